"""Checks of texts that mean something: names, expressions, patterns, paths, times."""

import importlib
import re
import unicodedata
import zoneinfo
from datetime import UTC, datetime
from typing import Any

from engine.definition.notes import Checked, Flaw
from engine.definition.wording import near, visible
from engine.domain.cluster_address import EXECUTORS, cluster_address
from engine.domain.expression import ExpressionError, compile_expression, compile_pattern
from engine.domain.link import Workers

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_STEP = re.compile(r"\.?[^.\[\]]+|\[[0-9]{1,6}\]")
_FIELD = re.compile(r"[^\W\d][\w.\[\]-]*")
_FUNCTION = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")
_STATUS = re.compile(
    r"(?:(>=|>|<=|<)\s*)?([1-5][0-9]{2})|([1-5][0-9]{2})\s*-\s*([1-5][0-9]{2})"
)
LONGEST_FUNCTION = 200
_CRON_FIELDS = 5

_SOME_DAY = datetime(2024, 1, 1, tzinfo=UTC)
_HIDING = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNING = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


def link_name(text: str) -> Flaw | None:
    """The name of a Link."""
    if _NAME.fullmatch(text):
        return None
    return Flaw(
        "must be 1 to 64 small letters, digits and '-', and not begin with '-'",
        f"for example {_near_name(text)}",
    )


def _near_name(text: str) -> str:
    """What could be a Link's name, and says the same."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    near = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return near if _NAME.fullmatch(near) else "shop-orders"


def shown(text: str) -> Flaw | None:
    """A text that people read on screens: not blank, nothing that hides or turns the line."""
    if not text.strip():
        return Flaw("is blank")
    for letter in text:
        if unicodedata.category(letter) in _HIDING or letter in _TURNING:
            return Flaw(f"holds the control character U+{ord(letter):04X}", "remove it")
    return None


def workers(text: str) -> Flaw | None:
    """Where batches are prepared: a word, or the address of a cluster."""
    words = [each.value for each in Workers]
    if text in words or cluster_address(text):
        return None
    sentence = f"takes one of {Workers.AUTO}, {EXECUTORS}, not '{visible(text)}'"
    return Flaw(sentence, near(text, words))


def expression(text: str) -> Flaw | None:
    """An expression of the language."""
    try:
        compile_expression(text)
    except ExpressionError as error:
        return Flaw(f"is wrong at its column {error.column}: {error.message}")
    return None


def pattern(text: str) -> Flaw | None:
    """A regular expression whose cost is bounded."""
    try:
        compile_pattern(text)
    except ExpressionError as error:
        return Flaw(f"cannot be used: {error.message}")
    return None


def path(text: str) -> Flaw | None:
    """A path into a record."""
    at = 0
    while at < len(text):
        step = _STEP.match(text, at)
        if step is None or (at == 0) != (text[at] not in ".["):
            return Flaw(
                f"names the path '{visible(text)}', which cannot be read",
                "write it like a.b or a[0].b",
            )
        at = step.end()
    return None if text else Flaw("names no path")


def part(text: str) -> Flaw | None:
    """A part of a `concat`: a path where it starts like one, any other text else."""
    return path(text) if is_path_like(text) else None


def is_path_like(text: str) -> bool:
    """Whether a part of a `concat` is meant as a path."""
    return _FIELD.fullmatch(text) is not None


def function(text: str) -> Flaw | None:
    """A function of a module."""
    if _FUNCTION.fullmatch(text) and len(text) <= LONGEST_FUNCTION:
        return None
    return Flaw(f"takes module:function, not '{visible(text)}'", "for example rules:clean")


def status(text: str) -> Flaw | None:
    """An HTTP status, or several."""
    found = _STATUS.fullmatch(text)
    if found is None:
        return Flaw(
            f"takes statuses such as 200, '>=500' or '400-428', not '{visible(text)}'"
        )
    if found[3] and found[3] > found[4]:
        return Flaw(
            f"takes a range from the lower to the higher status, not '{visible(text)}'"
        )
    return None


def cron(text: str) -> Flaw | None:
    """A cron line, where the library that reads them is installed."""
    try:
        library: Any = importlib.import_module("cronsim")
    except ImportError:
        return None
    problem = "it takes five fields"
    if len(text.split()) == _CRON_FIELDS:
        minute, hour, day, _, weekday = text.split()
        problem = _problem_of_cron(library, text) or ""
        if not problem:
            return None
        if not _problem_of_cron(library, f"{minute} {hour} {day} * {weekday}"):
            return Flaw(f"names a time that never comes: '{visible(text)}'")
    return Flaw(f"is no cron line: {problem}", "for example 0 * * * *")


def _problem_of_cron(library: Any, text: str) -> str | None:
    try:
        next(library.CronSim(text, _SOME_DAY))
    except library.CronSimError as error:
        reason = str(error)
        return f"{reason[:1].lower()}{reason[1:]}"
    except StopIteration:
        return "it never comes"
    return None


def timezone(text: str) -> Flaw | None:
    """A time zone by its name."""
    try:
        zoneinfo.ZoneInfo(text)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        hint = near(text, zoneinfo.available_timezones())
        return Flaw(
            f"names no time zone: '{visible(text)}'", hint or "write it like Europe/Berlin"
        )
    return None


SHOWN = Checked(shown)
NAME = Checked(link_name, {"pattern": f"^{_NAME.pattern}$"})
EXPRESSION = Checked(expression)
PATTERN = Checked(pattern)
PATH = Checked(path)
