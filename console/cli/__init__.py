"""The command `linkdeck`: finds the command that was called and sees to it that it ends well."""

import gc
import sys
from collections.abc import Sequence

from console.cli.edge import guarded, leave, put
from console.cli.registry import (
    COMMANDS,
    COMPLETE,
    FLAGS,
    TAKES_VALUE,
    Command,
    overview,
)
from engine.domain.errors import Misused

HELP = frozenset({"--help", "-h", "help"})


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; the exit code is what it returns."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    code = guarded(lambda: _dispatched(arguments), debug="--debug" in arguments)
    if argv is None and _leaves(arguments):
        # Called by itself: nobody waits for more.
        leave(code)
    return code


def _collect_seldom(command: Command) -> None:
    if command.brief:
        # It ends before there is garbage, and looking for some costs a tenth of its time.
        gc.disable()
    elif command.leaves:
        # What is imported, 180,000 objects, is no garbage either; a run collects sooner.
        gc.set_threshold(1_000_000, 50, 100)


def _leaves(arguments: list[str]) -> bool:
    _, rest = _parted(arguments)
    return bool(rest) and rest[0] in COMMANDS and COMMANDS[rest[0]].leaves


def _dispatched(arguments: list[str]) -> int:
    leading, rest = _parted(arguments)
    if not rest and leading and leading[-1] in TAKES_VALUE:
        raise Misused(f"{leading[-1]} needs a value")
    if rest and rest[0] in HELP:
        put(overview() + "\n")
        return 0
    if rest and rest[0] == "--version":
        from console.cli.version import version

        put(f"linkdeck {version()}\n")
        return 0
    if not rest:
        from console.cli.alone import alone

        return alone(leading)
    from console.cli.parse import call, offer, unknown

    if rest[0] == COMPLETE:
        return offer(rest[1:])
    if rest[0] not in COMMANDS:
        raise unknown(rest[0])
    _collect_seldom(COMMANDS[rest[0]])
    return call(rest[0], [*leading, *rest[1:]])


def _parted(arguments: list[str]) -> tuple[list[str], list[str]]:
    """The shared flags that stand before the command, and everything from the command on."""
    at = 0
    while at < len(arguments):
        word = arguments[at]
        if word in TAKES_VALUE:
            at += 2
        elif word in FLAGS or word.split("=", 1)[0] in TAKES_VALUE:
            at += 1
        else:
            break
    return arguments[:at], arguments[at:]
