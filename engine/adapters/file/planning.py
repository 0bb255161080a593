"""A file's Batches, fixed before the first fetch."""

import os
from collections.abc import Iterator
from itertools import pairwise

from engine.adapters.file import document
from engine.adapters.file.cutting import Cutter, Shape, cuts
from engine.adapters.file.delimited import CsvLines
from engine.adapters.file.finding import Found, refused_file
from engine.adapters.file.front import front_of
from engine.adapters.file.identity import identity
from engine.adapters.file.ndjson import JsonLines
from engine.adapters.file.options import FileSourceOptions
from engine.adapters.file.scopes import fault_scope, items_scope, lines_scope
from engine.adapters.file.streams import Damaged, open_stream
from engine.domain.batch import Scope
from engine.domain.errors import ErrorClass, SystemSyncError


def plan_file(found: Found, options: FileSourceOptions, size: int) -> list[Scope]:
    """The scopes of a file, `size` records each; raises SystemSyncError."""
    plan = _plan_items if found.format == "json" else _plan_lines
    try:
        scopes = list(plan(found, options, size))
        _check_still(found)
    except OSError as cause:
        raise refused_file(found.path, cause) from cause
    return scopes


def _plan_lines(found: Found, options: FileSourceOptions, size: int) -> Iterator[Scope]:
    stream = open_stream(found.path, packed=found.packed, encoding=options.encoding)
    try:
        front = front_of(stream, found.shown, found.format, options)
        layout = front.layout
        shape: Shape = CsvLines(layout.dialect) if layout else JsonLines()
        cutter = Cutter(size, start=front.start, line=front.line)
        for cut in cuts(stream, front.rest, shape, cutter):
            yield lines_scope(found, cut)
    finally:
        stream.close()


def _plan_items(found: Found, options: FileSourceOptions, size: int) -> Iterator[Scope]:
    if found.size > document.LARGEST:
        raise _too_large(found)
    try:
        count = len(
            document.load(
                found.path, of=found.of, packed=found.packed, encoding=options.encoding
            )
        )
    except document.TooLarge:
        raise _too_large(found) from None
    except Damaged as damage:
        yield fault_scope(found, str(damage))
        return
    for start, end in pairwise((*range(0, count, size), count)):
        yield items_scope(found, start, end)


def _check_still(found: Found) -> None:
    if identity(found.path, os.stat(found.path)) != found.of:  # noqa: PTH116
        raise SystemSyncError(
            f"{found.path} is being written while the run is planned; run again once it is whole",
            code="file_changed",
            error_class=ErrorClass.AVAILABILITY,
        )


def _too_large(found: Found) -> SystemSyncError:
    return SystemSyncError(
        f"{found.path} is a JSON document of more than 256 MB, which must be held in memory as a "
        "whole; have it delivered as ndjson, one object a line",
        code="file_too_large",
        error_class=ErrorClass.VALIDATION,
    )
