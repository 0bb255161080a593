"""`linkdeck` with no command: opens the console, without a parser that costs as much again."""

import os
from collections.abc import Sequence

from console.cli.registry import TAKES_VALUE


def alone(flags: Sequence[str]) -> int:
    """Open it with these shared flags; its exit code."""
    from console.opening import opened, refuse_without_terminal
    from engine.settings import Settings, default_actor

    refuse_without_terminal(os.environ)
    given = _values(flags)
    settings = Settings.resolve(
        home=given.get("--home"),
        links=given.get("--links"),
        store=given.get("--store"),
        environ=os.environ,
    )
    return opened(settings, actor=default_actor(os.environ))


def _values(flags: Sequence[str]) -> dict[str, str]:
    """Shared flags by name, as `--home DIR` or `--home=DIR`."""
    found: dict[str, str] = {}
    words = iter(flags)
    for word in words:
        name, sign, value = word.partition("=")
        found[name] = value if sign else next(words, "") if name in TAKES_VALUE else ""
    return found
