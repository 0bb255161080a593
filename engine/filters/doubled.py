"""Names that stand twice in one JSON object, of which the last won."""

import json
import re
from typing import Any

from engine.domain.errors import ErrorClass
from engine.filters.flight import Failure
from engine.filters.sentences import quoted


class _Doubled(Exception):
    """Carries the name."""


def doubled(before: bytes, source: object) -> Failure | None:
    """What is wrong with a record of the source in which a name stands twice; else None.

    `source` is what `before` was decoded to.
    """
    try:
        if _plainly_single(before, source):
            return None
        _DECODER.decode(before.decode())
    except _Doubled as found:
        name = str(found)
        return Failure(
            "repeated_key",
            f"the key {quoted(name)} stands twice in an object of the record; the last counted",
            field=name,
            error_class=ErrorClass.SCHEMA,
        )
    except (ValueError, RecursionError):
        return None
    return None


def _plainly_single(before: bytes, source: object) -> bool:
    """Whether there are no more colons after quotes than names: then none stands twice."""
    return before.count(b'":') == _names(source) and _SPACED.search(before) is None


_SPACED = re.compile(rb'"[ \t\n\r]+:')


def _names(value: object) -> int:
    """How many names the objects of a document hold."""
    if isinstance(value, dict):
        return len(value) + sum(
            _names(each) for each in value.values() if isinstance(each, (dict, list))
        )
    return sum(map(_names, value)) if isinstance(value, list) else 0


def _refuse_doubled(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in pairs:
        if name in made:
            raise _Doubled(name)
        made[name] = value
    return made


_DECODER = json.JSONDecoder(object_pairs_hook=_refuse_doubled)
