"""The `ini` source: the sections of a file, so many a Batch."""

import json
from collections.abc import Sequence
from configparser import Error as IniError
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

from engine.domain.adapter import Plan, SourceContext, SourceTraits
from engine.domain.batch import Fetched, Scope
from engine.domain.delta import Window
from engine.domain.errors import BatchSyncError, ErrorClass, SystemSyncError
from engine.domain.units import Between, Doc
from linkdeck_example.ini import parser, record_of


@dataclass(frozen=True, slots=True, kw_only=True)
class IniSourceOptions:
    """The keys of `source: {adapter: ini}`."""

    path: Annotated[str, Doc("the file, relative to the definition")]
    most: Annotated[int, Between(1, 1_000_000), Doc("sections a run reads")] = 10_000


@dataclass(frozen=True, slots=True)
class Sections:
    """The records of a Batch as JSON, read again where one needs its `before`."""

    texts: Sequence[bytes]

    def at(self, place: int) -> bytes:
        """The record at this place."""
        return self.texts[place]


class IniSource:
    """The sections of an INI file, each a record."""

    Options: ClassVar[type[Any]] = IniSourceOptions
    traits = SourceTraits()

    def __init__(self, options: IniSourceOptions, context: SourceContext) -> None:
        self._options = options
        self._path = Path(context.folder, options.path)
        self._size = context.batch_size

    def plan_fetch(self, window: Window) -> Plan:
        """So many sections a Batch; a scope says which, and of what state of the file."""
        del window  # There is no change filter, as the traits say.
        try:
            count = min(len(self._records()), self._options.most)
            stamp = self._stamp()
        except (OSError, UnicodeDecodeError, IniError) as cause:
            raise SystemSyncError(
                f"{self._path} cannot be read as INI: {_said(cause)}; correct path or the file",
                code="unreadable_ini",
                error_class=ErrorClass.SCHEMA,
            ) from cause
        return Plan(
            [
                {
                    "what": f"{self._path.name} from section {start + 1}",
                    "start": start,
                    "end": min(start + self._size, count),
                    "stamp": stamp,
                }
                for start in range(0, count, self._size)
            ]
        )

    def fetch(self, scope: Scope) -> Fetched:
        """The sections of a scope; a file that has changed since is never guessed at (M5)."""
        try:
            changed = self._stamp() != scope["stamp"]
            records = [] if changed else self._records()[scope["start"] : scope["end"]]
        except (OSError, UnicodeDecodeError, IniError) as cause:
            raise BatchSyncError(
                f"{self._path} cannot be read: {_said(cause)}",
                code="unreadable_ini",
                error_class=ErrorClass.AVAILABILITY,
            ) from cause
        if changed:
            raise BatchSyncError(
                f"{self._path} has changed since this was planned; run the Link again",
                code="file_changed",
                error_class=ErrorClass.SCHEMA,
            )
        raw = Sections([json.dumps(record).encode() for record in records])
        return Fetched(records, raw, unit=self._path.name, first=scope["start"] + 1)

    def close(self) -> None:
        """Nothing is held open."""

    def _records(self) -> list[dict[str, Any]]:
        found = parser()
        found.read_string(self._path.read_text(encoding="utf-8"))
        return [record_of(name, found[name]) for name in found.sections()]

    def _stamp(self) -> list[int]:
        seen = self._path.stat()
        return [seen.st_size, seen.st_mtime_ns]


def _said(cause: Exception) -> str:
    """What is wrong, in one line."""
    return " ".join(str(getattr(cause, "strerror", None) or cause).split())
