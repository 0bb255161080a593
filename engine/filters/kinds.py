"""The rule `type`: what a value is, without making it into anything."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from engine.filters.refusal import not_a

_SAME = {
    "text": "str",
    "string": "str",
    "integer": "int",
    "boolean": "bool",
    "array": "list",
    "dict": "object",
}
_KINDS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "str": ((str,), "text"),
    "int": ((int,), "a whole number"),
    "float": ((float, int), "a number"),
    "number": ((int, float, Decimal), "a number"),
    "decimal": ((Decimal, int), "a decimal number"),
    "bool": ((bool,), "true or false"),
    "date": ((date,), "a date"),
    "datetime": ((datetime,), "a date-time"),
    "object": ((dict,), "an object"),
    "list": ((list,), "a list"),
}


def kind_named(word: str) -> tuple[tuple[type, ...], str]:
    """The Python types behind a word, and what a person calls them; ValueError if unknown."""
    name = _SAME.get(word, word)
    if name not in _KINDS:
        close = get_close_matches(word, [*_KINDS, *_SAME], n=1)
        hint = f", did you mean '{close[0]}'?" if close else ""
        raise ValueError(f"no type is called '{word}'{hint}")
    return _KINDS[name]


def type_fault(options: Mapping[str, Any]) -> Callable[[object], str | None]:
    """The rule `type`."""
    types, wanted = kind_named(options["type"])

    def fault(value: object) -> str | None:
        return None if _is(value, types) else not_a(wanted, value).why

    return fault


def _is(value: object, types: tuple[type, ...]) -> bool:
    if isinstance(value, bool):
        return bool in types
    if isinstance(value, datetime):
        return datetime in types
    return isinstance(value, types)
