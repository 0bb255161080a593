"""Which file a scope was planned on: a changed one is refused, never guessed at (M5)."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from engine.domain.errors import BatchSyncError, ErrorClass


def identity(path: str, status: os.stat_result) -> str:
    """Path, inode, size and time of change as one text; equal while the file is the same."""
    return f"{path}|{status.st_ino}|{status.st_size}|{status.st_mtime_ns}"


@contextmanager
def unchanged(path: str, shown: str, of: str) -> Iterator[int]:
    """A descriptor of the file that was planned, checked before and after it is read."""
    try:
        # Without O_NONBLOCK, a FIFO put in the file's place would block for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as cause:
        raise _changed(f"{shown} is gone since the run was planned") from cause
    except OSError as cause:
        raise unreadable(shown, cause) from cause
    try:
        _same(descriptor, path, shown, of)
        yield descriptor
        _same(descriptor, path, shown, of)
    except OSError as cause:
        raise unreadable(shown, cause) from cause
    finally:
        os.close(descriptor)


def regular(status: os.stat_result) -> bool:
    """Whether this is a plain file: no folder, FIFO or device."""
    return stat.S_ISREG(status.st_mode)


def unreadable(shown: str, cause: OSError) -> BatchSyncError:
    """A file that was there when the run was planned and cannot be read now."""
    return BatchSyncError(
        f"{shown} cannot be read: {cause.strerror or cause}",
        code="file_unreadable",
        error_class=ErrorClass.AVAILABILITY,
    )


def _same(descriptor: int, path: str, shown: str, of: str) -> None:
    if identity(path, os.fstat(descriptor)) != of:
        raise _changed(f"{shown} changed since the run was planned")


def _changed(what: str) -> BatchSyncError:
    return BatchSyncError(
        f"{what}; run the Link again to fetch it as it is now",
        code="file_changed",
        error_class=ErrorClass.REFERENCE,
    )
