"""Lines of JSON: how records lie in them, and how they become rows."""

from collections.abc import Iterable, Sequence

from engine.adapters.file.cutting import Ends, split
from engine.adapters.file.structs import RowType
from engine.adapters.file.words import UNREADABLE, Complaint, complaint, not_utf8
from engine.domain.batch import Broken
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """The rows of a Batch with their places, and the records that could not be read.

    `lines` are the records' own bytes, where they are at hand.
    """

    rows: Sequence[object]
    places: Sequence[int] | None = None
    broken: tuple[Broken, ...] = ()
    lines: Sequence[bytes] | None = None


class JsonLines:
    """A record a line; blank lines are none."""

    newline = b"\n"
    too_long = None

    def ends(self, lines: Sequence[bytes], *, final: bool) -> Ends:
        """Where records end."""
        if not any(map(bytes.isspace, lines)):
            return Ends(None, len(lines))
        records = [i + 1 for i, line in enumerate(lines) if not line.isspace()]
        return Ends(records, len(lines))


def read_lines(data: bytes, encoding: str, row: RowType) -> Reading:
    """The rows in these lines.

    A key that stands twice in a record counts with its last value, as JSON readers do; the raw
    text keeps both. Fields that no stage reads are not decoded.
    """
    lines = split(data, b"\n")
    return (
        read_records(lines, data, row)
        if encoding == "utf-8"
        else _recoded(lines, encoding, row)
    )


def read_records(records: Sequence[bytes], text: bytes, row: RowType) -> Reading:
    """The rows of these pieces of JSON, blank ones left out; `text` is all of them."""
    try:
        _check_utf8(text)
        return Reading(list(map(row.decode, records)), lines=records)
    except UNREADABLE:
        return _one_by_one(enumerate(records), row)


def _check_utf8(text: bytes) -> None:
    # A struct decoder passes over the text of fields it does not want.
    if not text.isascii():
        text.decode("utf-8")


def _one_by_one(
    records: Iterable[tuple[int, bytes]], row: RowType, broken: Sequence[Broken] = ()
) -> Reading:
    rows, places, bad = [], [], list(broken)
    for place, record in records:
        if not record or record.isspace():
            continue
        try:
            _check_utf8(record)
            rows.append(row.decode(record))
            places.append(place)
        except UNREADABLE as error:
            bad.append(broken_at(place, record, complaint(record, error)))
    return Reading(rows, places, tuple(sorted(bad, key=lambda each: each.place)))


def _recoded(lines: Sequence[bytes], encoding: str, row: RowType) -> Reading:
    records, bad = [], []
    for place, line in enumerate(lines):
        try:
            records.append((place, line.decode(encoding).encode()))
        except UnicodeError:
            bad.append(broken_at(place, line, not_utf8(line, encoding)))
    return _one_by_one(records, row, bad)


def broken_at(place: int, raw: bytes, what: Complaint) -> Broken:
    """A record that could not be read."""
    return Broken(place, raw.strip(), what.message, what.code)
