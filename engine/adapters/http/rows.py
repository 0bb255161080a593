"""From an answer's body to rows: structs of what the stages read, straight from the bytes."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache, reduce
from typing import Any

import msgspec

from engine.adapters.http.cutting import (
    UNREADABLE,
    Path,
    path_of,
    plain,
    records_at,
    value_at,
)
from engine.domain.batch import Broken
from engine.domain.missing import MISSING
from engine.domain.values import dataclass


class BodyRows:
    """The records of a body as bytes, cut out when the first is asked for."""

    __slots__ = ("_body", "_cut", "_path")

    def __init__(self, body: bytes, path: Path) -> None:
        self._body = body
        self._path = path
        self._cut: Sequence[Any] | None = None

    def at(self, place: int) -> bytes:
        """The record at this place as JSON, exactly as the source gave it."""
        if self._cut is None:
            self._cut = records_at(self._body, self._path)
        return bytes(self._cut[place])

    def __reduce__(self) -> tuple[Any, ...]:
        return (BodyRows, (self._body, self._path))


@dataclass(frozen=True, slots=True)
class Items:
    """What a body holds: rows, the records that could not be read, and what else was looked for."""

    rows: Sequence[Any]
    raw: BodyRows
    found: Mapping[str, Any]
    struct: bool
    places: Sequence[int] | None = None
    broken: tuple[Broken, ...] = ()

    @property
    def count(self) -> int:
        """Records received, readable or not."""
        return len(self.rows) + len(self.broken)


class Shape:
    """Where an answer has its records and what else is of interest, by name and dotted path.

    `wanted` are the fields rows are made of; None makes them dicts of everything.
    """

    def __init__(
        self,
        records: str | None,
        *,
        wanted: tuple[str, ...] | None,
        seek: Mapping[str, str] | None = None,
    ) -> None:
        self._path = path_of(records)
        self._seek = {name: path_of(dotted) for name, dotted in (seek or {}).items()}
        row = _row_type(wanted)
        self._struct = row is not _DICT
        self._row = msgspec.json.Decoder(row)
        self._envelope = _Envelope.of(self._path, row, tuple(self._seek.values()))

    def read(self, body: bytes) -> Items:
        """The rows of a body; raises NotJson or WrongShape where there is no list of records."""
        body = plain(body)
        raw = BodyRows(body, self._path)
        if self._envelope is not None:
            opened = self._envelope.open(body)
            if opened is not None:
                rows, values = opened
                found = dict(zip(self._seek, values, strict=True))
                return Items(rows, raw, found, self._struct)
        return self._read_one_by_one(body, raw)

    def nothing(self) -> Items:
        """What an answer without a body holds."""
        found = dict.fromkeys(self._seek)
        return Items((), BodyRows(b"[]", ()), found, self._struct)

    def glance(self, body: bytes) -> tuple[int, Mapping[str, Any]]:
        """How many records a body holds, and what else was looked for; raises as `read` does."""
        body = plain(body)
        return len(records_at(body, self._path)), self._found(body)

    def _found(self, body: bytes) -> Mapping[str, Any]:
        return {name: value_at(body, path) for name, path in self._seek.items()}

    def _read_one_by_one(self, body: bytes, raw: BodyRows) -> Items:
        """A record that cannot be read must not take its neighbours along (T3)."""
        rows: list[Any] = []
        places: list[int] = []
        broken: list[Broken] = []
        for place, piece in enumerate(records_at(body, self._path)):
            try:
                rows.append(self._row.decode(piece))
                places.append(place)
            except UNREADABLE as cause:
                broken.append(Broken(place, bytes(piece), _blame(cause)))
        found = self._found(body)
        return Items(rows, raw, found, self._struct, places, tuple(broken))


def _blame(cause: Exception) -> str:
    if isinstance(cause, msgspec.ValidationError):
        text = str(cause).removesuffix(" - at `$`")
        return f"the record cannot be read: {text[:1].lower()}{text[1:]}"
    if isinstance(cause, UnicodeDecodeError):
        return f"the record is not UTF-8: {cause.reason} at byte {cause.start}"
    if isinstance(cause, RecursionError):
        return "the record is nested too deep"
    return f"the record is no valid JSON: {cause}"


_DICT: Any = dict[str, Any]


@lru_cache(maxsize=64)
def _row_type(wanted: tuple[str, ...] | None) -> Any:
    """The struct of these fields; dicts where a name is one no struct can have."""
    if wanted is None:
        return _DICT
    fields = [
        (f"f{place}", Any, msgspec.field(default=MISSING, name=name))
        for place, name in enumerate(wanted)
    ]
    try:
        row = msgspec.defstruct("Row", fields, gc=False)
        msgspec.json.Decoder(row)
    except ValueError:
        return _DICT
    return row


class _Envelope:
    """A decoder for the answer around the records, that builds nothing of the rest."""

    def __init__(self, decoder: Any, rows: str, values: Sequence[str]) -> None:
        self._decoder = decoder
        self._rows = rows
        self._values = values

    @classmethod
    def of(cls, records: Path, row: Any, others: tuple[Path, ...]) -> "_Envelope | None":
        """One for these places; None where they overlap."""
        if not records:
            return None if others else cls(msgspec.json.Decoder(list[row]), "", ())
        tree: dict[str, Any] = {}
        try:
            _plant(tree, records, list[row] | None)
            for path in others:
                _plant(tree, path, Any)
            names = [_attributes(tree, path) for path in (records, *others)]
            decoder = msgspec.json.Decoder(_level(tree))
        except (_Overlap, ValueError):
            return None
        return cls(decoder, names[0], names[1:])

    def open(self, body: bytes) -> tuple[list[Any], Iterable[Any]] | None:
        """The rows and the other values, or None where anything is not as expected."""
        try:
            opened = self._decoder.decode(body)
        except UNREADABLE:
            return None
        rows = _get(opened, self._rows)
        if rows is None:
            return None
        return rows, [_get(opened, name) for name in self._values]


class _Overlap(Exception):
    """One path leads through what another one ends at."""


def _plant(tree: dict[str, Any], path: Path, leaf: Any) -> None:
    *way, last = path
    for step in way:
        tree = tree.setdefault(step, {})
        if not isinstance(tree, dict):
            raise _Overlap
    if last in tree:
        raise _Overlap
    tree[last] = leaf


def _level(tree: dict[str, Any]) -> Any:
    fields = [
        (
            f"p{place}",
            _level(inner) | None if isinstance(inner, dict) else inner,
            msgspec.field(default=None, name=name),
        )
        for place, (name, inner) in enumerate(tree.items())
    ]
    return msgspec.defstruct("Level", fields, gc=False)


def _attributes(tree: dict[str, Any], path: Path) -> str:
    names = []
    for step in path:
        names.append(f"p{list(tree).index(step)}")
        tree = tree[step]
    return ".".join(names)


def _get(opened: Any, attributes: str) -> Any:
    if not attributes:
        return opened
    return reduce(
        lambda level, name: None if level is None else getattr(level, name),
        attributes.split("."),
        opened,
    )
