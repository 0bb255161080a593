"""Places in a record, as a person writes them, and a record with some of them set or removed (I2).

`customer.email`, `lines[0].sku`; a name with a dot or a bracket in it stands in brackets and
quotes: `["billing.email"]`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine.domain.errors import Misused
from engine.domain.stored_json import parsed

Place = tuple[str | int, ...]

_STEP = re.compile(r"""\.?([^.\[\]]+)|\[([0-9]{1,6})\]|\[("(?:[^"\\]|\\.)*")\]""", re.ASCII)


def place(text: str) -> Place:
    """The steps of a path, names and numbers. Raises Misused where it cannot be read."""
    steps: list[str | int] = []
    at = 0
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None or (at == 0 and text[0] == ".") or (at and text[at] not in ".["):
            raise Misused(f"the path '{text}' cannot be read; write it like a.b or a[0].b")
        name, number, quoted = found.groups()
        if name is not None:
            steps.append(name)
        else:
            steps.append(int(number) if number is not None else json.loads(quoted))
        at = found.end()
    if not steps:
        raise Misused("a path to set cannot be empty; write it like a.b or a[0].b")
    return tuple(steps)


def typed(text: str) -> Any:
    """What a person typed as a value: JSON where it reads as such, else the text itself."""
    return parsed(text.encode("utf-8", "surrogateescape"))


def changed(document: Any, changes: Mapping[str, Any], remove: Sequence[str]) -> Any:
    """The document with these places set, and these removed; the one given stays as it was.

    Objects on the way are made where there is nothing, and a list grows by one at its end. Raises
    Misused where a path leads through a value that holds nothing, or what is to go is not there.
    """
    made = document
    for path, value in changes.items():
        made = _set(made, place(path), value, path)
    for path in remove:
        made = _removed(made, place(path), path)
    return made


def _set(holder: Any, steps: Place, value: Any, path: str) -> Any:
    if not steps:
        return value
    first, rest = steps[0], steps[1:]
    if isinstance(first, str):
        if holder is None:
            holder = {}
        if not isinstance(holder, dict):
            raise Misused(_no_way(path, first, holder))
        return {**holder, first: _set(holder.get(first), rest, value, path)}
    if holder is None:
        holder = []
    if not isinstance(holder, list):
        raise Misused(_no_way(path, first, holder))
    if first > len(holder):
        raise Misused(f"{path} cannot be set: that list has {len(holder)} entries")
    inner = holder[first] if first < len(holder) else None
    return [*holder[:first], _set(inner, rest, value, path), *holder[first + 1 :]]


def _removed(holder: Any, steps: Place, path: str) -> Any:
    first, rest = steps[0], steps[1:]
    there = (
        first in holder
        if isinstance(holder, dict)
        else isinstance(holder, list) and isinstance(first, int) and first < len(holder)
    )
    if not there:
        raise Misused(f"{path} cannot be removed: it is not there")
    if isinstance(holder, dict):
        kept = {name: inner for name, inner in holder.items() if name != first}
        if rest:
            return {**holder, first: _removed(holder[first], rest, path)}
        return kept
    number = int(first)
    inner = [_removed(holder[number], rest, path)] if rest else []
    return [*holder[:number], *inner, *holder[number + 1 :]]


def _no_way(path: str, step: str | int, holder: Any) -> str:
    kind = "a list" if isinstance(holder, list) else "an object"
    if not isinstance(holder, list | dict):
        kind = "a plain value"
    what = f"[{step}]" if isinstance(step, int) else f"'{step}'"
    return f"{path} cannot be set: what should hold {what} is {kind}"
