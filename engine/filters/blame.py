"""Which stage changed which field last (I1): by comparing what each made with what it was given."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.domain.missing import MISSING

Trail = Sequence[tuple[str, Mapping[str, Any]]]


def blamed(before: Mapping[str, Any], trail: Trail) -> dict[str, str]:
    """Per changed path the stage that changed it last; `before` is the decoded source record."""
    found: dict[str, str] = {}
    old = before
    for stage, new in trail:
        changed = _changed(old, new)
        if found:
            for path in (*changed, *(old.keys() - new.keys())):
                _forget(path, found)
        found.update(dict.fromkeys(changed, stage))
        old = new
    return found


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    paths: list[str] = []
    for name, value in new.items():
        was = old.get(name, MISSING)
        if was is value or (type(was) is type(value) and was == value):
            continue
        if isinstance(value, (dict, list)):
            paths += _inside(was, value, name)
        else:
            paths.append(name)
    return paths


def _inside(was: object, value: object, path: str) -> Iterator[str]:
    """The paths at which two values differ, down to where both are of one kind."""
    if was is value or (type(was) is type(value) and was == value):
        return
    if isinstance(was, dict) and isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _inside(was.get(name, MISSING), inner, f"{path}.{name}")
    elif isinstance(was, list) and isinstance(value, list) and value:
        for place, inner in enumerate(value):
            old = was[place] if place < len(was) else MISSING
            yield from _inside(old, inner, f"{path}[{place}]")
    else:
        yield path


def _forget(path: str, found: dict[str, str]) -> None:
    """What was blamed for a value, and inside it, goes with the value."""
    inner = (f"{path}.", f"{path}[")
    for gone in [each for each in found if each == path or each.startswith(inner)]:
        del found[gone]
