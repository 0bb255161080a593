"""What reads the parts of one file: by byte ranges, as one sequence, or as a document."""

from typing import Protocol

from engine.adapters.file import document
from engine.adapters.file.cutting import LIMIT
from engine.adapters.file.delimited import read_csv
from engine.adapters.file.finding import format_of, is_packed
from engine.adapters.file.front import front_of
from engine.adapters.file.identity import unchanged
from engine.adapters.file.layout import Layout
from engine.adapters.file.ndjson import Reading, read_lines, read_records
from engine.adapters.file.options import FileSourceOptions
from engine.adapters.file.ranges import Held, Range, RawItems, RawLines, RawTable, Text
from engine.adapters.file.scopes import Part
from engine.adapters.file.streams import Damaged, cuttable, open_stream, text_encoding
from engine.adapters.file.structs import row_type
from engine.adapters.file.tape import Tape
from engine.domain.batch import Broken, Fetched, RawRows
from engine.domain.errors import BatchSyncError, ErrorClass

_PREVIEW = 64 * 1024


class Reader(Protocol):
    """Reads parts of one file."""

    def read(self, part: Part) -> Fetched: ...

    def close(self) -> None: ...


def reader_of(
    part: Part, options: FileSourceOptions, wanted: tuple[str, ...] | None
) -> Reader:
    """The reader for the file of this part."""
    if format_of(part.path, options) == "json":
        return ItemReader(options, wanted)
    return LineReader(part, options, wanted)


class LineReader:
    """Lines of NDJSON or CSV, by byte ranges where the file allows it."""

    def __init__(
        self, part: Part, options: FileSourceOptions, wanted: tuple[str, ...] | None
    ) -> None:
        self._options = options
        self._wanted = wanted
        self._row = row_type(wanted)
        self._encoding = text_encoding(options.encoding)
        self._packed = is_packed(part.path)
        self._csv = format_of(part.path, options) == "csv"
        self._layout: Layout | None = None
        self._tape: Tape | None = None

    def read(self, part: Part) -> Fetched:
        """The records of a part; raises BatchSyncError."""
        text = self._text(part)
        data = text.read()
        if part.over:
            return self._fetched(part, Reading((), broken=(_too_long(data),)), text, None)
        layout = self._laid_out(part) if self._csv else None
        if layout is None:
            reading = read_lines(data, self._encoding, self._row)
        else:
            reading = read_csv(data, layout, self._row, self._wanted)
        return self._fetched(part, reading, text, layout)

    def close(self) -> None:
        """Let go of the file."""
        if self._tape:
            self._tape.close()
            self._tape = None

    def _fetched(
        self, part: Part, reading: Reading, text: Text, layout: Layout | None
    ) -> Fetched:
        raw: RawRows = (
            RawTable(text, layout)
            if layout
            else RawLines(text, self._encoding, reading.lines)
        )
        return fetched(part, reading, raw, struct=self._row.struct is not None)

    def _text(self, part: Part) -> Text:
        end = part.start + _PREVIEW if part.over else part.end
        if not self._packed and cuttable(self._options.encoding):
            return Range(part.path, part.file, part.of, part.start, end)
        with unchanged(part.path, part.file, part.of):
            return Held(self._taped(part, end))

    def _taped(self, part: Part, end: int) -> bytes:
        try:
            return self._wound(part).read(part.start, end)
        except Damaged as damage:
            raise damaged(part, str(damage)) from None

    def _wound(self, part: Part) -> Tape:
        if self._tape is None or self._tape.at > part.start:
            self.close()
            self._tape = Tape(
                part.path, packed=self._packed, encoding=self._options.encoding
            )
        return self._tape

    def _laid_out(self, part: Part) -> Layout | None:
        if self._layout is None:
            with unchanged(part.path, part.file, part.of):
                stream = open_stream(
                    part.path, packed=self._packed, encoding=self._options.encoding
                )
                try:
                    front = front_of(stream, part.file, "csv", self._options)
                finally:
                    stream.close()
            self._layout = front.layout
        return self._layout


class ItemReader:
    """Items of a JSON document."""

    def __init__(self, options: FileSourceOptions, wanted: tuple[str, ...] | None) -> None:
        self._options = options
        self._row = row_type(wanted)

    def read(self, part: Part) -> Fetched:
        """The records of a part; raises BatchSyncError."""
        raw = RawItems(part.path, part.file, part.of, part.start, self._options.encoding)
        try:
            items = raw.items(part.end)
        except Damaged as damage:
            raise damaged(part, str(damage)) from None
        reading = read_records(items, b"".join(items), self._row)
        return fetched(part, reading, raw, struct=self._row.struct is not None)

    def close(self) -> None:
        """Let go of the document."""
        document.forget()


def fetched(part: Part, reading: Reading, raw: RawRows, *, struct: bool) -> Fetched:
    """What a part gave."""
    return Fetched(
        reading.rows,
        raw,
        struct=struct,
        places=reading.places,
        broken=reading.broken,
        unit=part.file,
        first=part.line,
    )


def damaged(part: Part, fault: str) -> BatchSyncError:
    """A part that could be read when the run was planned, and cannot now."""
    return BatchSyncError(
        f"{part.what} cannot be read: the file {fault}",
        code="file_damaged",
        error_class=ErrorClass.SCHEMA,
    )


def _too_long(start: bytes) -> Broken:
    limit = f"{LIMIT // 1_000_000} MB"
    return Broken(
        0, start, f"the line is longer than {limit}; only its start is kept", "over_limit"
    )
