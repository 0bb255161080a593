"""The words of a command line made into a call; whatever is wrong with them is one sentence."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import get_args

from cyclopts import (
    App,
    Argument,
    CoercionError,
    CycloptsError,
    MissingArgumentError,
    Parameter,
    RepeatArgumentError,
    Token,
    UnusedCliTokensError,
)

from console.cli.registry import COMMANDS, COMPLETE, Command
from engine.domain.errors import Misused


def call(name: str, arguments: list[str]) -> int:
    """Call the command with these words and return its exit code. Raises Misused for the words."""
    app = application((COMMANDS[name],))
    try:
        code = app([name, *arguments], result_action="return_value")
    except CycloptsError as error:
        error.verbose = False
        raise Misused(f"{_sentence(error)} (linkdeck {name} --help)") from error
    return code if isinstance(code, int) else 0


def offer(words: list[str]) -> int:
    """Print what a shell may put in place of the last of these words."""
    command = next((COMMANDS[word] for word in words if word in COMMANDS), None)
    app = application(COMMANDS.values() if command is None else (command,))
    app([COMPLETE, *words], result_action="return_value")
    return 0


def application(commands: Iterable[Command]) -> App:
    """A cyclopts app of these commands, each imported when it is called."""
    app = App(
        name="linkdeck",
        help="Move records along Links, know what failed and why, and keep the evidence.",
        version_flags=(),
        help_format="plaintext",
        help_formatter="plain",
        default_parameter=Parameter(show_default=_worth_saying),
        exit_on_error=False,
        print_error=False,
        suppress_keyboard_interrupt=False,
        result_action="return_value",
    )
    for command in commands:
        app.command(command.path, name=command.name)
    return app


def _worth_saying(default: object) -> str | None:
    """A default as the help shows it; that a flag is off, or a list empty, says itself."""
    return str(default) if default not in (None, False, "", ()) else None


def unknown(word: str) -> Misused:
    """There is no such command; perhaps another was meant."""
    if word.startswith("-"):
        return Misused(
            f"unknown option {word} before a command (linkdeck --help lists both)"
        )
    close = get_close_matches(word, COMMANDS, n=1)
    hint = f"did you mean '{close[0]}'?" if close else "linkdeck --help lists them"
    return Misused(f"unknown command '{word}', {hint}")


def _sentence(error: CycloptsError) -> str:
    match error:
        case MissingArgumentError(argument=Argument() as argument):
            return _missing(error, argument)
        case UnusedCliTokensError():
            return f"cannot tell what '{(error.unused_tokens or [''])[0]}' is meant for"
        case RepeatArgumentError():
            return f"{error.token.keyword} may stand only once"
        case CoercionError(token=Token() as token, argument=Argument() as argument):
            return _value(token.value, token.keyword or argument.name, error.target_type)
        case _:
            pass
    text = " ".join(str(error).split()).rstrip(".")
    return text[:1].lower() + text[1:]


def _missing(error: MissingArgumentError, argument: Argument) -> str:
    name = error.keyword or argument.name
    given = error.keyword or argument.tokens
    return f"{name} needs a value" if given else f"{name} is missing"


def _value(value: str, name: str, wanted: object) -> str:
    if wanted is int:
        return f"{name} takes a whole number, not '{value}'"
    if wanted is float:
        return f"{name} takes a number, not '{value}'"
    words = [word for word in get_args(wanted) if isinstance(word, str)]
    close = get_close_matches(value, words, n=1)
    hint = f", did you mean '{close[0]}'?" if close else ""
    return f"{name} takes one of {', '.join(words)}, not '{value}'{hint}"
