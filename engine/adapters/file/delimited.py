"""CSV: how its records lie in lines, and how they become rows."""

import csv
import io
from collections.abc import Sequence
from itertools import repeat
from operator import contains

from engine.adapters.file.cutting import Ends, split
from engine.adapters.file.layout import CUT_OFF, Dialect, Layout, decoded, records
from engine.adapters.file.ndjson import Reading, broken_at
from engine.adapters.file.structs import RowType
from engine.adapters.file.words import Complaint, not_utf8
from engine.domain.batch import Broken
from engine.domain.missing import MISSING
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class CsvLines:
    """Records of CSV in lines: those in quotes may go over several; empty lines are none."""

    dialect: Dialect
    too_long: str | None = (
        "has a record longer than 50 MB there, or a quote that opens and never closes"
    )

    @property
    def newline(self) -> bytes:
        """What ends a line."""
        return self.dialect.newline

    def ends(self, lines: Sequence[bytes], *, final: bool) -> Ends:
        """Where records end."""
        blank = not all(map(bytes.strip, lines, repeat(b"\r\n")))
        if not blank and not _any_has(lines, _bytes(self.dialect)):
            return Ends(None, len(lines))
        return self._parsed(lines, final=final)

    def _parsed(self, lines: Sequence[bytes], *, final: bool) -> Ends:
        at: list[int] = []
        consumed = 0
        for upto, row, error in records(lines, self.dialect):
            if error == CUT_OFF:
                fault = "has a quote there that opens and never closes" if final else None
                return Ends(at, consumed, fault)
            if row or error:
                at.append(upto)
            consumed = upto
        return Ends(at, consumed)


def read_csv(
    data: bytes, layout: Layout, row: RowType, wanted: tuple[str, ...] | None
) -> Reading:
    """The rows in these lines; values are text."""
    rows, places, broken = _parsed(data, layout)
    return Reading(_made(rows, layout.names, row, wanted), places, tuple(broken))


def rows_by_place(data: bytes, layout: Layout) -> dict[int, dict[str, str]]:
    """The same rows as objects, by place."""
    rows, places, _ = _parsed(data, layout)
    numbers = range(len(rows)) if places is None else places
    return {
        place: dict(zip(layout.names, row, strict=True))
        for place, row in zip(numbers, rows, strict=True)
    }


def _parsed(
    data: bytes, layout: Layout
) -> tuple[list[list[str]], list[int] | None, list[Broken]]:
    dialect = layout.dialect
    try:
        text = data.decode(dialect.encoding)
        # Lines end as the dialect says; the reader must see the ends that stand in quotes.
        reader = dialect.reader(io.StringIO(text, newline=dialect.newline.decode()))
        rows = list(reader)
    except (UnicodeError, csv.Error):
        return _one_by_one(split(data, dialect.newline), layout)
    if reader.line_num == len(rows) and set(map(len, rows)) <= {len(layout.names)}:
        return rows, None, []
    return _one_by_one(split(data, dialect.newline), layout)


def _one_by_one(
    lines: Sequence[bytes], layout: Layout
) -> tuple[list[list[str]], list[int], list[Broken]]:
    rows, places, broken = [], [], []
    place = 0
    for upto, row, error in records(lines, layout.dialect):
        raw = lines[place:upto]
        what = _wrong(raw, row, error, layout)
        if what:
            broken.append(broken_at(place, b"".join(raw), what))
        elif row:
            rows.append(row)
            places.append(place)
        place = upto
    return rows, places, broken


def _wrong(
    raw: Sequence[bytes], row: list[str], error: str | None, layout: Layout
) -> Complaint | None:
    encoding = layout.dialect.encoding
    if decoded(raw, encoding) is None:
        return not_utf8(b"".join(raw), encoding)
    lines = f" on its {len(raw)} lines" if len(raw) > 1 else ""
    if error:
        return Complaint(f"the record is not CSV{lines}: {error}")
    if row and len(row) != len(layout.names):
        return Complaint(
            f"the record has {len(row)} fields{lines}, the header has {len(layout.names)}",
            "ragged_record",
        )
    return None


def _made(
    rows: list[list[str]],
    names: tuple[str, ...],
    row: RowType,
    wanted: tuple[str, ...] | None,
) -> Sequence[object]:
    if row.struct is None or wanted is None:
        return [dict(zip(names, values, strict=True)) for values in rows]
    if not rows or not wanted:
        return [row.struct() for _ in rows]
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    nothing = (MISSING,) * len(rows)
    return list(map(row.struct, *(columns.get(name, nothing) for name in wanted)))


def _any_has(lines: Sequence[bytes], quote: bytes) -> bool:
    return bool(quote) and any(map(contains, lines, repeat(quote)))


def _bytes(dialect: Dialect) -> bytes:
    return dialect.quote.encode(dialect.encoding, "ignore")
