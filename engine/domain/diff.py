"""A flat diff of two JSON documents: dotted paths, missing apart from null."""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.domain.missing import MISSING
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """One path whose value differs; MISSING where a side has none. `stage` is who changed it."""

    path: str
    before: Any
    after: Any
    stage: str | None = None


def changes(before: object, after: object, blame: Mapping[str, str]) -> tuple[Change, ...]:
    """Every path at which the two documents differ, in the order of `before`, then `after`."""
    old, new = dict(leaves(before)), dict(leaves(after))
    paths = [*old, *(path for path in new if path not in old)]
    return tuple(
        Change(path, old.get(path, MISSING), new.get(path, MISSING), _blamed(path, blame))
        for path in paths
        if not _same(old.get(path, MISSING), new.get(path, MISSING))
    )


def leaves(document: object, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The paths of a document down to its plain values; empty containers count as values."""
    if isinstance(document, Mapping) and document:
        for name, value in document.items():
            yield from leaves(value, f"{prefix}.{name}" if prefix else str(name))
    elif isinstance(document, list) and document:
        for index, value in enumerate(document):
            yield from leaves(value, f"{prefix}[{index}]")
    else:
        yield prefix, document


def _same(old: object, new: object) -> bool:
    return type(old) is type(new) and old == new


def _blamed(path: str, blame: Mapping[str, str]) -> str | None:
    while path:
        if path in blame:
            return blame[path]
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return None
