"""Failing records as a file: one line each, private, never over another file."""

import csv
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from engine.domain.documents import failure_document
from engine.domain.errors import Misused, Refused
from engine.domain.masking import Privacy
from engine.domain.requests import Selection
from engine.domain.sync_event import SnapshotSeen
from engine.operations import masking
from engine.operations.context import Context
from engine.operations.events import known
from engine.operations.failures import document, kept_by

COLUMNS = (
    "id",
    "event",
    "link",
    "key",
    "state",
    "attempts",
    "errors",
    "before",
    "after",
    "edited",
)
FORMATS = ("ndjson", "csv")
_RUNS_IN_A_SPREADSHEET = (*"=+-@\t\r\n\0", *"＝＋－＠")
_GUARD = "'"


def export(
    context: Context,
    event: int,
    selection: Selection,
    *,
    form: str,
    output: str,
    mask: bool,
) -> int:
    """Write the selected failing records to a new file of mode 0600; how many they were."""
    if form not in FORMATS:
        raise Misused(f"'{form}' is no export format; one of {', '.join(FORMATS)}")
    of = known(context, event)
    rules = masking.privacy(context, of) if mask else Privacy()
    found = context.store.each_failure(event, selection, keep=kept_by(selection))
    lines = (_line(masking.snapshot(snapshot, rules)) for snapshot in found)
    with new_file(Path(output)) as file:
        return _write_csv(file, lines) if form == "csv" else _write_ndjson(file, lines)


def new_file(path: Path) -> TextIO:
    """A file of mode 0600 that was not there before. Raises Refused."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        descriptor = os.open(path, flags, 0o600)
    except FileExistsError as cause:
        raise Refused(f"{path} is already there; exports never overwrite a file") from cause
    except OSError as cause:
        raise Refused(f"{path} cannot be written: {cause.strerror}") from cause
    return os.fdopen(descriptor, "w", encoding="utf-8", newline="")


def _line(snapshot: SnapshotSeen) -> dict[str, Any]:
    shown = failure_document(snapshot)
    return {
        "id": shown["id"],
        "event": snapshot.event,
        "link": snapshot.link,
        "key": shown["key"],
        "state": shown["state"],
        "attempts": shown["attempts"],
        "errors": shown["errors"],
        "before": document(snapshot.before),
        "after": document(snapshot.after),
        "edited": document(snapshot.edited),
    }


def _write_ndjson(file: TextIO, lines: Iterator[dict[str, Any]]) -> int:
    count = 0
    for line in lines:
        file.write(json.dumps(line) + "\n")
        count += 1
    return count


def _write_csv(file: TextIO, lines: Iterator[dict[str, Any]]) -> int:
    writer = csv.DictWriter(file, COLUMNS)
    writer.writeheader()
    count = 0
    for line in lines:
        writer.writerow({name: _cell(value) for name, value in line.items()})
        count += 1
    return count


def _cell(value: object) -> object:
    """A cell as text; one that a spreadsheet would run is guarded with an apostrophe.

    So is one that begins with an apostrophe: whoever takes one away has the text again.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value)
    guarded = text.startswith((*_RUNS_IN_A_SPREADSHEET, _GUARD))
    return f"{_GUARD}{text}" if guarded else text
