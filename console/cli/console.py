"""`linkdeck` alone: opens the console."""

import os
from typing import Annotated

from cyclopts import Parameter

from console.cli.acting import ACTOR, actor_or_default
from console.cli.shared import DEFAULT, Shared

SLOW = "for thin lines: no mouse, fewer frames, the terminal's own colours"


def console(
    *,
    slow: Annotated[bool, Parameter(negative="", help=SLOW)] = False,
    actor: Annotated[str | None, ACTOR] = None,
    shared: Shared = DEFAULT,
) -> int:
    """Open the console: watch, understand and recover.

    The same as `linkdeck` alone. What runs goes on when it is left or lost.
    """
    from console.opening import opened, refuse_without_terminal

    refuse_without_terminal(os.environ)
    if slow:
        # Textual reads these when it is imported.
        os.environ.setdefault("TEXTUAL_FPS", "5")
        os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
        os.environ.setdefault("LINKDECK_THEME", "terminal")
    return opened(shared.settings(), actor=actor_or_default(actor), slow=slow)
