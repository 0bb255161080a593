"""File sources over real files, for tests that only say what differs."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from engine.adapters.file.options import FileSourceOptions
from engine.adapters.file.source import FileSource
from engine.domain.adapter import SourceContext
from engine.domain.batch import Broken, Fetched, Scope
from engine.domain.delta import Window


def source(
    path: Path,
    *,
    wanted: tuple[str, ...] | None = None,
    batch_size: int = 1000,
    **options: Any,
) -> FileSource:
    """A source that reads this file, or a pattern relative to its folder."""
    context = SourceContext(
        link="orders",
        batch_size=batch_size,
        parallel=2,
        folder=str(path.parent),
        system="shop",
        wanted=wanted,
    )
    return FileSource(FileSourceOptions(path=path.name, **options), context)


def scopes(reader: FileSource) -> Sequence[Scope]:
    """What it plans."""
    return reader.plan_fetch(Window()).scopes


def batches(reader: FileSource) -> list[Fetched]:
    """All it plans, fetched in order."""
    with closing(reader):
        return [reader.fetch(scope) for scope in scopes(reader)]


def rows(reader: FileSource) -> list[Any]:
    """Every row, whatever Batch it is in."""
    return [row for batch in batches(reader) for row in batch.rows]


def labelled(reader: FileSource) -> dict[str, Any]:
    """Every row by the position a person finds it at."""
    found = {}
    for batch in batches(reader):
        places = range(len(batch.rows)) if batch.places is None else batch.places
        for place, row in zip(places, batch.rows, strict=True):
            found[batch.position(place)] = row
    return found


def broken(reader: FileSource) -> dict[str, Broken]:
    """Every record that could not be read, by its position."""
    return {
        batch.position(each.place): each
        for batch in batches(reader)
        for each in batch.broken
    }
