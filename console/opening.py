"""Whether the console can be opened here, and opening it."""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from console.medium import speaks_unicode
from engine.domain.errors import Misused

if TYPE_CHECKING:
    from engine.settings import Settings

INSTEAD = "linkdeck links, events, show and failures say the same, linkdeck --help the rest"


def refuse_without_terminal(environ: Mapping[str, str]) -> None:
    """Raises Misused, naming the commands that do the same, where there is nothing to draw on."""
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise Misused(f"the console needs a terminal; {INSTEAD}")
    if environ.get("TERM", "dumb") in {"dumb", ""}:
        raise Misused(f"the console needs a terminal that is not TERM=dumb; {INSTEAD}")


def opened(
    settings: "Settings", *, actor: str, slow: bool = False, tour: bool = False
) -> int:
    """Run the console to its end; its exit code. `tour`: it says five keys to begin with."""
    from console.app import Linkdeck

    unicode = speaks_unicode(sys.stdout, settings.environ)
    app = Linkdeck(settings, actor=actor, unicode=unicode, tour=tour)
    code = app.run(mouse=not slow)
    return app.return_code or 0 if code is None else code
