"""Where known records are kept: a file beside the definition, or a table of a database."""

import csv
import io
import os
import stat
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, BinaryIO, Generic, Protocol, TypeVar
from weakref import WeakValueDictionary

import msgspec

from engine.domain.errors import ErrorClass, SystemSyncError
from engine.domain.filter import ReadTable
from engine.domain.values import dataclass
from engine.filters.encoding import decoded

Row = Mapping[str, Any]
T = TypeVar("T")


class Origin(Protocol):
    """Records to be looked up. `name` is what a person calls them."""

    @property
    def name(self) -> str: ...

    def stamp(self) -> object:
        """Something else as soon as they have changed."""
        ...

    def rows(self) -> Iterable[Row]: ...


@dataclass(frozen=True, slots=True)
class FileOrigin:
    """A file of records: CSV, a JSON list, or lines of JSON, told by its suffix."""

    path: Path

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.path.name

    def stamp(self) -> object:
        """Its time, size and place on disk."""
        found = self.path.stat()
        return found.st_mtime_ns, found.st_size, found.st_ino

    def rows(self) -> Iterable[Row]:
        """Its records; OSError, ValueError or csv.Error where it cannot be read."""
        match self.path.suffix.lower():
            case ".csv":
                with io.TextIOWrapper(
                    _opened(self.path), encoding="utf-8-sig", newline=""
                ) as file:
                    yield from csv.DictReader(file)
            case ".json":
                with _opened(self.path) as whole:
                    document = decoded(whole.read())
                yield from msgspec.convert(document, list[dict[str, Any]])
            case _:
                with _opened(self.path) as lines:
                    for line in lines:
                        if line.strip():
                            yield msgspec.convert(decoded(line), dict[str, Any])


@dataclass(frozen=True, slots=True)
class TableOrigin:
    """A table, read once: a run sees one state of it."""

    name: str
    url: str = field(repr=False)
    read: ReadTable = field(repr=False)

    def stamp(self) -> object:
        """It counts as unchanged for as long as the run goes."""
        return self.name

    def rows(self) -> Iterable[Row]:
        """Its records; raises the SyncErrors of whoever reads it."""
        return self.read(self.url, self.name)


@dataclass(slots=True, weakref_slot=True, eq=False)
class Held(Generic[T]):
    """What is made of an origin's records, once, and again when they have changed."""

    origin: Origin
    make: Callable[[Iterable[Row]], T]
    found: T = field(init=False)
    stamp: object = field(default=None, repr=False)

    def refresh(self) -> None:
        """Look at the origin, once a Batch; SystemSyncError where it cannot be read."""
        try:
            stamp = self.origin.stamp()
            if stamp != self.stamp:
                self.found = self.make(self.origin.rows())
                self.stamp = stamp
        except (OSError, ValueError, csv.Error, RecursionError) as cause:
            raise _unreadable(self.origin, cause) from cause


_shared: WeakValueDictionary[Any, Held[Any]] = WeakValueDictionary()
"""What this process holds of files, for all workers alike."""


def held_of(
    origin: Origin, use: tuple[str, ...], make: Callable[[Iterable[Row]], T]
) -> Held[T]:
    """The origin's records as `make` makes them, read; `use` tells apart what is made of them."""
    held: Held[T] = Held(origin, make)
    if isinstance(origin, FileOrigin):
        held = _shared.setdefault((origin.path.absolute(), *use), held)
    held.refresh()
    return held


def origin_of(options: Mapping[str, Any], folder: str, read: ReadTable | None) -> Origin:
    """The origin that `file`, or `url` and `table`, name; ValueError where tables are not read."""
    if options.get("file") is not None:
        return FileOrigin(Path(folder, str(options["file"])))
    if read is None:
        raise ValueError("a table cannot be read here; name a file with 'file'")
    return TableOrigin(str(options["table"]), str(options["url"]), read)


def _opened(path: Path) -> BinaryIO:
    """The file, open for reading; a device has no end, and a pipe would wait for its writer."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ValueError("it is not a file")
    return os.fdopen(descriptor, "rb")


def _unreadable(origin: Origin, cause: Exception) -> SystemSyncError:
    why = cause.strerror if isinstance(cause, OSError) and cause.strerror else cause
    what = f"file '{origin.path}'" if isinstance(origin, FileOrigin) else origin.name
    return SystemSyncError(
        f"the reference {what} cannot be read: {why}",
        code="reference_file",
        error_class=ErrorClass.REFERENCE,
    )
