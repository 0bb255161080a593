"""A part of a spool as a Batch: its records, and those that its schema refuses."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from engine.adapters.file.words import UNREADABLE, Complaint, complaint, not_utf8
from engine.adapters.singer.messages import message_of, record_of
from engine.adapters.singer.spool import Part, Spool
from engine.domain.batch import Broken, Fetched

Check = Callable[[Any], None]
"""Raises `fastjsonschema.JsonSchemaValueException` for a record that the schema refuses."""

_NOT_THE_FIELD = re.compile(r"^data\.?")


@dataclass(slots=True)
class RawPart:
    """The records of a part, read again when asked for; picklable."""

    path: str
    _lines: list[bytes] | None = field(default=None, repr=False)

    def at(self, place: int) -> bytes:
        """The record's own JSON, or the whole line where it is no record."""
        if self._lines is None:
            self._lines = Path(self.path).read_bytes().split(b"\n")
        line = self._lines[place]
        return record_of(line) or line.strip()

    def __reduce__(self) -> tuple[Any, ...]:
        return (RawPart, (self.path,))


def read(spool: Spool, number: int, part: Part) -> Fetched:
    """The records of a complete part, each held against the schema that the tap told."""
    check, warnings = _check(msgspec.json.encode(part.schema))
    rows, places, broken = [], [], []
    for place, line in enumerate(spool.lines(number).split(b"\n")[: part.count]):
        row = _row(line, check)
        if isinstance(row, Complaint):
            broken.append(Broken(place, record_of(line) or line, row.message, row.code))
        else:
            rows.append(row)
            places.append(place)
    return Fetched(
        rows=rows,
        raw=RawPart(str(spool.folder / f"{number:06}.lines")),
        places=places,
        broken=tuple(broken),
        unit="record",
        first=part.first,
        warnings=(*warnings, *_repeated(part)),
    )


def _repeated(part: Part) -> tuple[str, ...]:
    if not part.repeats:
        return ()
    return (
        "the tap went on from the last state it had told: "
        f"up to {part.repeats:,} records after it come a second time",
    )


def _row(line: bytes, check: Check | None) -> Any:
    """The record in a line, or what is wrong with it."""
    raw = record_of(line)
    if raw is None:
        return _no_record(line)
    try:
        raw.decode()
        record = msgspec.json.decode(raw, type=dict[str, Any])
    except UNREADABLE as error:
        return complaint(raw, error)
    return record if check is None else _held_against(record, check)


def _no_record(line: bytes) -> Complaint:
    try:
        line.decode()
    except UnicodeDecodeError:
        return not_utf8(line)
    if message_of(line) is not None:
        return Complaint("a RECORD message without a record", "malformed_record")
    try:
        msgspec.json.decode(line)
    except UNREADABLE as error:
        return complaint(line, error)
    return Complaint("not a message of the Singer protocol", "malformed_record")


def _held_against(record: dict[str, Any], check: Check) -> Any:
    from fastjsonschema import JsonSchemaValueException

    try:
        check(record)
    except JsonSchemaValueException as refusal:
        said = _NOT_THE_FIELD.sub("", refusal.message) or refusal.message
        return Complaint(f"the tap's own schema refuses it: {said}", "schema_mismatch")
    except _UNSOUND as cause:
        told = f"the tap's own schema cannot be applied to it: {_words(cause)}"
        return Complaint(told, "schema_mismatch")
    return record


_UNSOUND = (
    *(ValueError, TypeError, AttributeError, LookupError, ArithmeticError),
    *(RecursionError, SyntaxError, NameError, re.error),
)
"""What fastjsonschema raises where a schema is none, besides what it declares."""


def _words(cause: BaseException) -> str:
    if isinstance(cause, RecursionError):
        return "it refers to itself without end"
    return str(cause) or type(cause).__name__


@lru_cache(maxsize=16)
def _check(schema: bytes) -> tuple[Check | None, tuple[str, ...]]:
    """What holds a record against this schema; a Warning where that cannot be made."""
    told = msgspec.json.decode(schema)
    if not isinstance(told, dict) or not told:
        return None, ()
    import fastjsonschema

    try:
        # No formats: taps write times in more ways than the specification has.
        check = fastjsonschema.compile(
            told, handlers=_Nowhere(), use_default=False, use_formats=False
        )
    except (fastjsonschema.JsonSchemaException, *_UNSOUND) as cause:
        return None, (f"records are not held against the tap's schema: {_words(cause)}",)
    return check, ()


class _Nowhere(Mapping[str, Callable[[str], Any]]):
    """Where other schemas are looked for: a tap's data names no place that we then ask."""

    def __getitem__(self, scheme: str) -> Callable[[str], Any]:
        def refuse(place: str) -> Any:
            raise ValueError(f"it refers to {place}, and nothing outside it is asked")

        return refuse

    def __contains__(self, scheme: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(("https",))

    def __len__(self) -> int:
        return 1
