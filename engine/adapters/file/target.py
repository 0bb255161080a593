"""A folder as a target: one part file a Batch, whole or not there at all."""

import contextlib
import errno
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, ClassVar

from engine.adapters.file.options import FileTargetOptions
from engine.adapters.file.parts import FORMATS
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
from engine.domain.errors import BatchSyncError, ErrorClass, SystemSyncError

_ABANDONED = 3600.0
_ASIDE = ".tmp"


class FileTarget:
    """Writes `part-EVENT-BATCH-TAG` files.

    A Batch that runs again replaces its own part, another Sync Event's parts stay; the tag sets
    the parts of one Link of one installation apart from all others.
    """

    Options: ClassVar[type[FileTargetOptions]] = FileTargetOptions
    traits = TargetTraits(
        idempotent=True, lookup=Lookup.NONE, writers=Writers.MANY, waits=Waits.PROCESSOR
    )
    encoders: Mapping[str, Callable[[Any], Any]] = {}

    def __init__(self, options: FileTargetOptions, context: TargetContext) -> None:
        self._folder = Path(context.folder, options.path)
        self._format = options.format
        self._event = context.event
        self._tag = blake2b(
            context.secret + context.link.encode(), digest_size=3
        ).hexdigest()

    def open(self) -> None:
        """Make the folder where it is missing; raises SystemSyncError where it cannot be used."""
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with self._aside("probe"):
                pass
        except FileExistsError:
            raise _unusable(
                f"{self._folder} is not a folder; target.file.path names one"
            ) from None
        except FileNotFoundError:
            raise _unusable(
                f"{self._folder.parent} does not exist; make it, or check target.file.path"
            ) from None
        except ValueError:
            raise _unusable("no path holds a NUL; correct target.file.path") from None
        except OSError as cause:
            raise _unwritable(self._folder, cause) from cause
        self._sweep()

    def check(self, load: Load | None) -> Sequence[Check]:
        """Whether the folder can be written, or made."""
        del load
        there = self._folder if self._folder.exists() else self._folder.parent
        if not there.is_dir():
            raise _unusable(f"{there} is not a folder; check target.file.path")
        if not os.access(there, os.W_OK | os.X_OK):
            raise _unusable(f"{there} cannot be written: check its permissions")
        made = "" if there == self._folder else "; the first run makes it"
        message = f"{self._folder} can be written{made}"
        return (Check("target reachable", ok=True, message=message),)

    def push(self, loads: Sequence[Load]) -> Sequence[Receipt]:
        """A part file for each Load, durable on return."""
        return [self._write(load) for load in loads]

    def lookup(
        self,
        keys: Sequence[tuple[Any, ...]],
    ) -> Mapping[tuple[Any, ...], Mapping[str, Any] | None]:
        """Nothing: a folder of parts cannot be asked."""
        return {}

    def close(self) -> None:
        """Nothing is held open."""

    def path_of(self, batch: int) -> Path:
        """Where the part of a Batch stands."""
        name = f"part-{self._event:06d}-{batch:06d}-{self._tag}.{self._format}"
        return self._folder / name

    def _write(self, load: Load) -> Receipt:
        content = FORMATS[self._format](load)
        path = self.path_of(load.batch)
        written = len(load.rows) - len(content.refused)
        try:
            if written:
                self._replace(path, content.body)
            else:
                path.unlink(missing_ok=True)
        except OSError as cause:
            return Receipt(load.batch, 0, content.refused, error=_failed(path, cause))
        return Receipt(load.batch, written, content.refused)

    def _replace(self, path: Path, body: bytes) -> None:
        with self._aside(path.name) as (descriptor, aside):
            with open(descriptor, "wb", closefd=False) as file:
                file.write(body)
            os.fsync(descriptor)
            aside.replace(path)
        _sync_folder(self._folder)

    @contextlib.contextmanager
    def _aside(self, name: str) -> Iterator[tuple[int, Path]]:
        # Hidden and by a name of its own: a worker thought dead may still write the same part.
        aside = self._folder / f".{name}.{secrets.token_hex(4)}{_ASIDE}"
        descriptor = os.open(
            aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600
        )
        try:
            yield descriptor, aside
        finally:
            os.close(descriptor)
            aside.unlink(missing_ok=True)

    def _sweep(self) -> None:
        """Remove what killed workers left behind."""
        before = time.time() - _ABANDONED
        for left in self._folder.glob(f".part-*-{self._tag}.*{_ASIDE}"):
            with contextlib.suppress(FileNotFoundError):
                if left.stat().st_mtime < before:
                    left.unlink()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _failed(path: Path, cause: OSError) -> BatchSyncError:
    return BatchSyncError(
        f"{path.name} cannot be written: {cause.strerror or cause}",
        code="part_not_written",
        error_class=ErrorClass.AVAILABILITY,
    )


def _unwritable(folder: Path, cause: OSError) -> SystemSyncError:
    forbidden = cause.errno in {errno.EACCES, errno.EPERM, errno.EROFS}
    return SystemSyncError(
        f"{folder} cannot be written: {cause.strerror}",
        code="target_unusable",
        error_class=ErrorClass.AUTHORIZATION if forbidden else ErrorClass.AVAILABILITY,
    )


def _unusable(message: str) -> SystemSyncError:
    return SystemSyncError(
        message, code="target_unusable", error_class=ErrorClass.AVAILABILITY
    )
