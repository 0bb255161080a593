"""Single values: from what was typed to what the field takes, or the sentence that refuses it."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic_core import PydanticCustomError

from engine.definition import plain
from engine.definition.nodes import Scalar
from engine.definition.notes import Flaw
from engine.definition.wording import called, counted, near
from engine.domain.units import Between

UNKNOWN = "unknown"
"""The type of the error for a value whose variable is missing, which was complained about."""

SAID = "said"
"""The type of the errors whose text is a sentence of ours."""

_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(ms|s|m|h|d)", re.ASCII)
_SIZE = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?) ?(B|KB|MB|GB|KiB|MiB|GiB)", re.ASCII)
_SHARE = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)() ?%", re.ASCII)
_RATE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?) ?/ ?(s|m|h)", re.ASCII)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9}
_BYTES |= {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_ALL = 100


def refusal(
    sentence: str, hint: str | None = None, at: Sequence[str] = ()
) -> PydanticCustomError:
    """An error that says the sentence after the name of its key."""
    return PydanticCustomError(
        SAID, "{sentence}", {"sentence": sentence, "hint": hint, "at": list(at)}
    )


def wrong(
    wanted: str, value: object, hint: str | None = None, at: Sequence[str] = ()
) -> PydanticCustomError:
    """The error for a value of the wrong kind."""
    if isinstance(value, Scalar) and plain.is_null(value):
        return refusal(f"has no value, but takes {wanted}", at=at)
    return refusal(f"takes {wanted}, not {called(value)}", hint, at)


def scalar(value: object, wanted: str) -> Scalar:
    """The value as a single one that is known; the error else."""
    if not isinstance(value, Scalar):
        raise wrong(wanted, value)
    if not value.known:
        raise PydanticCustomError(UNKNOWN, "unknown")
    return value


def text(value: object) -> str:
    """A text; a number is one as it was typed, a truth value or nothing is none."""
    found = scalar(value, "a text")
    if plain.is_null(found):
        raise wrong("a text", value)
    if not found.expanded and plain.as_truth(found) is not None:
        raise wrong("a text", value, "put it in quotes")
    return found.text


def truth(value: object) -> bool:
    """True or false."""
    found = plain.as_truth(scalar(value, "true or false"))
    if found is None:
        raise wrong("true or false", value)
    return found


def whole(bounds: Between | None) -> Callable[[object], int]:
    """A whole number within the bounds."""
    wanted = _ranged("a whole number", bounds)

    def check(value: object) -> int:
        found = plain.as_whole(scalar(value, wanted))
        return int(_bounded(found, bounds, wanted, value))

    return check


def number(bounds: Between | None) -> Callable[[object], float]:
    """A number within the bounds."""
    wanted = _ranged("a number", bounds)

    def check(value: object) -> float:
        found = plain.as_number(scalar(value, wanted))
        return float(_bounded(found, bounds, wanted, value))

    return check


def duration(bounds: Between | None) -> Callable[[object], float]:
    """Seconds, written 30s; more than none unless the bounds say otherwise."""
    wanted = "a duration such as 500ms, 30s, 5m, 2h or 30d"
    if bounds:
        wanted = f"a duration from {spent(bounds.least)} to {spent(bounds.most)}"
    return _unit(wanted, _DURATION, _SECONDS, bounds)


def size(bounds: Between | None) -> Callable[[object], int]:
    """Bytes, written 10MB; more than none unless the bounds say otherwise."""
    found = _unit("a size such as 64KB or 10MB", _SIZE, _BYTES, bounds)
    return lambda value: int(found(value))


def rate(bounds: Between | None) -> Callable[[object], float]:
    """How often a second, written 10/s; more than never unless the bounds say otherwise."""
    often = {unit: 1 / _SECONDS[unit] for unit in ("s", "m", "h")}
    return _unit("a rate such as 10/s, 600/m or 5000/h", _RATE, often, bounds)


def share(bounds: Between | None) -> Callable[[object], float]:
    """A part of a whole, written 10%."""
    least, most = (bounds.least, min(bounds.most, 1)) if bounds else (0, 1)
    return _unit("a share such as 10%", _SHARE, {"": 1 / _ALL}, Between(least, most))


def spent(seconds: float) -> str:
    """Seconds as a definition writes them."""
    for unit in ("d", "h", "m", "s"):
        if seconds and seconds % _SECONDS[unit] == 0:
            return f"{seconds / _SECONDS[unit]:.0f}{unit}"
    return f"{seconds * 1000:.0f}ms" if seconds else "0s"


def _unit(
    wanted: str, form: re.Pattern[str], units: Mapping[str, float], bounds: Between | None
) -> Callable[[object], float]:
    def check(value: object) -> float:
        typed = scalar(value, wanted)
        found = form.fullmatch(typed.text)
        amount = float(found[1]) * units[found[2]] if found else None
        if found is None and plain.as_number(typed) == 0:
            amount = 0.0
        if amount == 0 and bounds is None:
            raise wrong(f"more than nothing: {wanted}", value)
        return float(_bounded(amount, bounds, wanted, value))

    return check


def one_of(words: Sequence[str]) -> Callable[[object], str]:
    """One of a few words."""
    wanted = f"one of {', '.join(words)}" if len(words) > 1 else f"'{words[0]}'"

    def check(value: object) -> str:
        found = scalar(value, wanted)
        if found.text not in words:
            raise wrong(wanted, value, None if found.expanded else near(found.text, words))
        return found.text

    return check


def sized(bounds: Between, unit: str) -> Callable[[Any], Any]:
    """A text or a list whose length is within the bounds."""

    def check(value: Any) -> Any:
        if bounds.least <= len(value) <= bounds.most:
            return value
        raise refusal(f"takes {_so_many(bounds, unit)}, not {len(value)}")

    return check


def checked(check: Callable[[str], Flaw | None]) -> Callable[[str], str]:
    """A text that passes a check of ours."""

    def passed(value: str) -> str:
        flaw = check(value)
        if flaw:
            raise refusal(flaw.sentence, flaw.hint)
        return value

    return passed


def _so_many(bounds: Between, unit: str) -> str:
    least, most = counted(bounds.least), counted(bounds.most)
    if bounds.most == float("inf"):
        return f"{least} {unit} or more"
    if least == most:
        return f"{least} {unit}" if least == "1" else f"{least} {unit}s"
    return f"{least} to {most} {unit}s"


def _ranged(noun: str, bounds: Between | None) -> str:
    return f"{noun} {_span(bounds)}" if bounds else noun


def _span(bounds: Between) -> str:
    if bounds.most == float("inf"):
        return f"of {counted(bounds.least)} or more"
    return f"from {counted(bounds.least)} to {counted(bounds.most)}"


def _bounded(found: Any, bounds: Between | None, wanted: str, value: object) -> Any:
    if found is None:
        raise wrong(wanted, value)
    if bounds and not bounds.least <= found <= bounds.most:
        raise wrong(wanted, value)
    return found
