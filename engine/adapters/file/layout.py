"""How a CSV file is laid out: its dialect, its fields, and where its records begin."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from engine.adapters.file.cutting import LIMIT, split
from engine.adapters.file.options import FileSourceOptions
from engine.adapters.file.streams import text_encoding
from engine.domain.errors import ErrorClass, SystemSyncError
from engine.domain.values import dataclass

# The module's own limit, 131,072 characters a field, holds for the whole process.
csv.field_size_limit(LIMIT * 4)

CUT_OFF = "unexpected end of data"
"""What the csv module says where the text ends inside quotes."""

_STRAY_RETURN = {"new-line": "a carriage return stands outside quotes"}
_OTHER_DELIMITERS = (";", "\t", "|", ",")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How fields are told apart."""

    delimiter: str
    quote: str
    encoding: str
    newline: bytes

    def reader(self, lines: Iterable[str]) -> Any:
        """The csv module's reader over these lines."""
        if not self.quote:
            return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE)
        return csv.reader(
            lines, delimiter=self.delimiter, quotechar=self.quote, strict=True
        )


@dataclass(frozen=True, slots=True)
class Layout:
    """What the front of a CSV file says: its fields, and where its records begin."""

    dialect: Dialect
    names: tuple[str, ...]
    start: int
    line: int


def layout_of(
    head: bytes, shown: str, options: FileSourceOptions, *, whole: bool
) -> Layout:
    """The layout of a file that begins with these bytes; raises SystemSyncError.

    `whole`: they are all of it, or all that can be read of it.
    """
    newline = b"\r" if b"\r" in head and b"\n" not in head else b"\n"
    encoding = text_encoding(options.encoding)
    dialect = Dialect(options.delimiter, options.quote, encoding, newline)
    first = "header" if options.header else "first record"
    lines = split(head, newline)
    for upto, row, error in records(lines, dialect):
        if error or (upto == len(lines) and not whole):
            raise _refused(
                f"the {first} of {shown} cannot be read: {error or 'it is too long'}"
            )
        if row:
            return _laid_out(row, lines[:upto], dialect, shown, header=options.header)
    return Layout(dialect, (), len(head), len(lines) + 1)


def records(
    lines: Sequence[bytes], dialect: Dialect
) -> Iterator[tuple[int, list[str], str | None]]:
    """Each record: the number of lines up to its end, its fields, what is wrong with it.

    Empty lines come as records without fields.
    """
    reader = dialect.reader(line.decode(dialect.encoding, "replace") for line in lines)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield reader.line_num, [], _STRAY_RETURN.get(str(error)[:8], str(error))
        else:
            yield reader.line_num, row, None


def decoded(lines: Sequence[bytes], encoding: str) -> str | None:
    """The text of these lines; None where it is not of that encoding."""
    try:
        return b"".join(lines).decode(encoding)
    except UnicodeError:
        return None


def _laid_out(
    row: list[str], lines: Sequence[bytes], dialect: Dialect, shown: str, *, header: bool
) -> Layout:
    if not header:
        return Layout(dialect, tuple(f"column{n}" for n in range(1, len(row) + 1)), 0, 1)
    if decoded(lines, dialect.encoding) is None:
        raise _refused(
            f"the header of {shown} is not valid {dialect.encoding.upper()}; "
            "set encoding in source"
        )
    _check_names(row, shown)
    return Layout(dialect, tuple(row), sum(map(len, lines)), len(lines) + 1)


def _check_names(names: list[str], shown: str) -> None:
    other = next((mark for mark in _OTHER_DELIMITERS if mark in names[0]), None)
    if len(names) == 1 and other:
        mark = "\\t" if other == "\t" else other
        raise _refused(
            f"the header of {shown} is a single field with '{mark}' in it; if that separates "
            f'the fields, set delimiter in source to "{mark}"'
        )
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        what = f"the field '{twice[0]}' twice" if twice[0] else "two fields without a name"
        raise _refused(f"the header of {shown} has {what}; rename one of them")


def _refused(message: str) -> SystemSyncError:
    return SystemSyncError(message, code="bad_header", error_class=ErrorClass.SCHEMA)
