"""From `path` in a definition to the files a run reads, or one sentence why it cannot."""

import codecs
import errno
import glob
import os

from engine.adapters.file.identity import identity, regular
from engine.adapters.file.options import FileSourceOptions
from engine.domain.errors import ErrorClass, SystemSyncError
from engine.domain.values import dataclass

SUFFIXES = {".ndjson": "ndjson", ".jsonl": "ndjson", ".json": "json", ".csv": "csv"}


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read: where it is, what a person calls it, and which one it is (`of`)."""

    path: str
    shown: str
    format: str
    size: int
    of: str

    @property
    def packed(self) -> bool:
        """Whether it is compressed."""
        return is_packed(self.path)


def find(options: FileSourceOptions, folder: str) -> list[Found]:
    """The files of a source in order of their paths; raises SystemSyncError."""
    _check(options)
    pattern = os.path.normpath(os.path.join(folder, options.path))  # noqa: PTH118 - a pattern
    if os.path.lexists(pattern) or not glob.has_magic(options.path):
        return [_found(pattern, os.path.basename(pattern), options)]  # noqa: PTH119
    paths = sorted(path for path in glob.glob(pattern, recursive=True) if not _folder(path))  # noqa: PTH207
    if not paths:
        raise _refused(
            f"no file matches '{options.path}' in {folder}; check path in source",
            "file_not_found",
            ErrorClass.AVAILABILITY,
        )
    fixed = _fixed_part(pattern)
    return [_found(path, os.path.relpath(path, fixed), options) for path in paths]


def is_packed(path: str) -> bool:
    """Whether this name is that of a gzip file."""
    return path.lower().endswith(".gz")


def format_of(path: str, options: FileSourceOptions) -> str | None:
    """What a file holds: what the definition says, else what its suffix says."""
    if options.format:
        return options.format
    name = path[:-3] if is_packed(path) else path
    return SUFFIXES.get(os.path.splitext(name)[1].lower())  # noqa: PTH122 - text, no path


def refused_file(shown: str, cause: OSError) -> SystemSyncError:
    """The sentence for a file that cannot be opened or read while planning."""
    if isinstance(cause, FileNotFoundError):
        return _refused(
            f"{shown} does not exist; check path in source",
            "file_not_found",
            ErrorClass.AVAILABILITY,
        )
    if cause.errno in {errno.EACCES, errno.EPERM}:
        return _refused(
            f"{shown} may not be read by this user; change its permissions",
            "file_forbidden",
            ErrorClass.AUTHORIZATION,
        )
    return _refused(
        f"{shown} cannot be read: {cause.strerror or cause}",
        "file_unreadable",
        ErrorClass.AVAILABILITY,
    )


def _found(path: str, shown: str, options: FileSourceOptions) -> Found:
    try:
        status = os.stat(path)  # noqa: PTH116 - paths from glob are text
    except OSError as cause:
        raise refused_file(path, cause) from cause
    if not regular(status):
        kind = "a folder" if _folder(path) else "not a regular file"
        raise _refused(f"{path} is {kind}; path in source names files", "not_a_file")
    form = format_of(path, options)
    if form is None:
        raise _refused(
            f"{path} does not say what it holds; set format in source to ndjson, json or csv",
            "unknown_format",
        )
    return Found(path, shown, form, status.st_size, identity(path, status))


def _folder(path: str) -> bool:
    return os.path.isdir(path)  # noqa: PTH112 - paths from glob are text


def _fixed_part(pattern: str) -> str:
    folder = os.path.dirname(pattern)  # noqa: PTH120 - a pattern
    while glob.has_magic(folder):
        folder = os.path.dirname(folder)  # noqa: PTH120
    return folder


def _check(options: FileSourceOptions) -> None:
    try:
        codecs.lookup(options.encoding)
        "a".encode(options.encoding)
    except (LookupError, ValueError):
        raise _refused(
            f"'{options.encoding}' is not a text encoding; set encoding in source, "
            "for example to utf-8 or cp1252",
            "unknown_encoding",
        ) from None
    if "\0" in options.path:
        raise _refused("no path holds a NUL; check path in source", "file_not_found")
    marks = (options.delimiter, options.quote)
    if len(options.delimiter) != 1 or len(options.quote) > 1 or set(marks) & set("\r\n"):
        raise _refused("a CSV delimiter and quote are one character each", "bad_dialect")
    if options.delimiter == options.quote:
        raise _refused("a CSV delimiter cannot be the quote as well", "bad_dialect")


def _refused(
    message: str, code: str, error_class: ErrorClass = ErrorClass.VALIDATION
) -> SystemSyncError:
    return SystemSyncError(message, code=code, error_class=error_class)
