"""Part files: the records of one Batch as NDJSON, JSON or CSV."""

import csv
import io
import math
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from engine.domain.adapter import Load
from engine.domain.errors import ErrorClass, RecordSyncError
from engine.domain.missing import MISSING

Refusals = tuple[tuple[int, RecordSyncError], ...]


class Content(NamedTuple):
    """What goes into a part file, and the rows that cannot."""

    body: bytes
    refused: Refusals


def ndjson(load: Load) -> Content:
    """A JSON object a line."""
    encoded, refused = _encoded(load)
    return Content(b"".join(line + b"\n" for line in encoded), refused)


def json(load: Load) -> Content:
    """An array of objects, one a line."""
    encoded, refused = _encoded(load)
    return Content(b"[\n" + b",\n".join(encoded) + b"\n]\n", refused)


def table(load: Load) -> Content:
    """CSV with a header; null, missing and "" all become nothing, objects and lists JSON."""
    checked, refused = _checked(load)
    rows = [row for row, _ in checked]
    names = load.columns or _names(rows)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return Content(text.getvalue().encode(), refused)


FORMATS: Mapping[str, Callable[[Load], Content]] = {
    "ndjson": ndjson,
    "json": json,
    "csv": table,
}


_ENCODER = msgspec.json.Encoder(decimal_format="number")
_UNWRITABLE = (UnicodeError, TypeError, ValueError, OverflowError, RecursionError)
_MAYBE_NOT_FINITE = re.compile(rb"null|NaN|Infinity")


def _encoded(load: Load) -> tuple[list[bytes], Refusals]:
    rows, refused = _checked(load)
    return [line for _, line in rows], refused


def _checked(load: Load) -> tuple[list[tuple[dict[str, Any], bytes]], Refusals]:
    rows, refused = [], []
    for index, values in enumerate(load.rows):
        row = _named(values, load.columns)
        try:
            line = _ENCODER.encode(row)
        except _UNWRITABLE as error:
            refused.append((index, _refused(_culprit(row), _words(error))))
            continue
        # The encoder makes null of NaN, which is another value.
        name = _not_finite(row) if _MAYBE_NOT_FINITE.search(line) else None
        if name is None:
            rows.append((row, line))
        else:
            refused.append((index, _refused(name, "is not a finite number")))
    return rows, tuple(refused)


def _named(values: Any, columns: Sequence[str] | None) -> dict[str, Any]:
    pairs = values.items() if columns is None else zip(columns, values, strict=True)
    return {name: value for name, value in pairs if value is not MISSING}


def _words(error: Exception) -> str:
    if isinstance(error, UnicodeError):
        return "holds text that is not valid Unicode"
    if isinstance(error, RecursionError):
        return "is nested too deep to be written"
    return f"cannot be written: {error}"


def _not_finite(row: Mapping[str, Any]) -> str | None:
    return next((name for name, value in row.items() if not _finite(value)), None)


def _finite(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, Decimal):
        return value.is_finite()
    if isinstance(value, Mapping):
        return all(map(_finite, value.values()))
    return not isinstance(value, list | tuple) or all(map(_finite, value))


def _culprit(row: dict[str, Any]) -> str:
    for name, value in row.items():
        try:
            _ENCODER.encode(value)
        except _UNWRITABLE:
            return name
    return next(iter(row))


def _refused(name: str, what: str) -> RecordSyncError:
    return RecordSyncError(
        f"'{name}' {what}",
        code="not_writable",
        error_class=ErrorClass.VALIDATION,
        field=name,
    )


def _names(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _cell(value: Any) -> str | int | float:
    match value:
        case None | "":
            cell: str | int | float = ""
        case bool():
            cell = "true" if value else "false"
        case str() | int() | float():
            cell = value
        case Decimal():
            cell = format(value, "f")
        case _:
            cell = _ENCODER.encode(value).decode().strip('"')
    return cell
