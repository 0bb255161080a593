"""The `ini` target: a section for each record, written by key."""

import os
from collections.abc import Callable, Mapping, Sequence
from configparser import ConfigParser
from configparser import Error as IniError
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

from engine.domain.adapter import (
    Load,
    Lookup,
    Receipt,
    TargetContext,
    TargetTraits,
    Waits,
    Writers,
)
from engine.domain.checkup import Check
from engine.domain.errors import (
    BatchSyncError,
    ErrorClass,
    RecordSyncError,
    SystemSyncError,
)
from engine.domain.missing import MISSING
from engine.domain.units import Doc
from linkdeck_example.ini import SECTION, name_of, parser, record_of, section_of


@dataclass(frozen=True, slots=True, kw_only=True)
class IniTargetOptions:
    """The keys of `target: {adapter: ini}`."""

    path: Annotated[str, Doc("the file, relative to the definition")]


class IniTarget:
    """An INI file with a section for each key; the file is replaced as a whole."""

    Options: ClassVar[type[Any]] = IniTargetOptions
    traits = TargetTraits(
        idempotent=True, lookup=Lookup.BULK, writers=Writers.ONE, waits=Waits.PROCESSOR
    )
    encoders: Mapping[str, Callable[[Any], Any]] = dict.fromkeys(
        ("decimal", "date", "datetime"), str
    )

    def __init__(self, options: IniTargetOptions, context: TargetContext) -> None:
        self._path = Path(context.folder, options.path)

    def open(self) -> None:
        """The file can be read, or made; raises SystemSyncError where it cannot."""
        if not self._path.parent.is_dir():
            raise _unusable(f"the folder {self._path.parent} is missing; make it")
        self._held(SystemSyncError)

    def push(self, loads: Sequence[Load]) -> Sequence[Receipt]:
        """All loads in one new file, on disk and in its place when this returns."""
        if not loads:
            return []
        try:
            held = self._held(BatchSyncError)
            receipts = [_written(held, load) for load in loads]
            self._replace(held)
        except BatchSyncError as failure:
            return [Receipt(load.batch, 0, error=failure) for load in loads]
        return receipts

    def lookup(
        self, keys: Sequence[tuple[Any, ...]]
    ) -> Mapping[tuple[Any, ...], Mapping[str, Any] | None]:
        """What the file holds for each key."""
        held = self._held(BatchSyncError)
        return {key: _record(held, name_of(key)) for key in keys}

    def check(self, load: Load | None) -> Sequence[Check]:
        """For `linkdeck check`: the same as `open`, which makes nothing."""
        del load
        self.open()
        return (Check("target reachable", ok=True, message=f"{self._path} can be written"),)

    def close(self) -> None:
        """Nothing is held open."""

    def _held(self, tier: type[SystemSyncError] | type[BatchSyncError]) -> ConfigParser:
        found = parser()
        try:
            found.read_string(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return found
        except (OSError, UnicodeDecodeError, IniError) as cause:
            said = " ".join(str(getattr(cause, "strerror", None) or cause).split())
            raise tier(
                f"{self._path} cannot be read as INI: {said}; correct path or the file",
                code="unreadable_ini",
                error_class=ErrorClass.SCHEMA,
            ) from cause
        return found

    def _replace(self, held: ConfigParser) -> None:
        aside = self._path.with_name(f".{self._path.name}.tmp")
        try:
            with aside.open("w", encoding="utf-8") as file:
                held.write(file)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(self._path)
            folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as cause:
            raise BatchSyncError(
                f"{self._path} cannot be written: {cause.strerror}",
                code="not_written",
                error_class=ErrorClass.AVAILABILITY,
            ) from cause


def _written(held: ConfigParser, load: Load) -> Receipt:
    """A section for each record that can be one."""
    refused = []
    for index, (row, key) in enumerate(zip(load.rows, load.keys, strict=True)):
        fields = row if load.columns is None else zip(load.columns, row, strict=True)
        record = {
            name: value for name, value in dict(fields).items() if value is not MISSING
        }
        try:
            held[name_of(key)] = section_of(record)
        except (TypeError, ValueError) as cause:
            refused.append(
                (index, RecordSyncError(f"no INI value: {cause}", code="no_json"))
            )
    return Receipt(load.batch, len(load.rows) - len(refused), tuple(refused))


def _record(held: ConfigParser, name: str) -> dict[str, Any] | None:
    if not held.has_section(name):
        return None
    record = record_of(name, held[name])
    return {field: value for field, value in record.items() if field != SECTION}


def _unusable(message: str) -> SystemSyncError:
    return SystemSyncError(
        message, code="target_unusable", error_class=ErrorClass.AVAILABILITY
    )
