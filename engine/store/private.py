"""Folders and files that only their owner may read; anything wider is refused with its cure."""

import os
import pwd
import shlex
import stat
import threading
from pathlib import Path

from engine.store.refusals import StoreUnusable

FOLDER_MODE = 0o700
FILE_MODE = 0o600

_DEEPLY_SHARED = frozenset({"usr", "var"})
_SHARED = _DEEPLY_SHARED | {
    *("bin", "boot", "dev", "etc", "home", "lib", "lib64", "media", "mnt", "opt", "proc"),
    *("run", "sbin", "srv", "sys", "tmp"),
}
"""Folders at the root of the system that all users share; of some, those in them as well."""

DEEP = 3
"""So far below the root a folder is somebody's own."""


def private_folder(path: Path, *, create: bool) -> None:
    """The folder, made with mode 0700 where it is missing; refused where it is not private."""
    if create and not path.exists():
        try:
            path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        except OSError as cause:
            raise _unmakeable(path, cause) from cause
    if not path.exists():
        raise StoreUnusable(f"{path} does not exist; run a Link first, or check --home")
    if not path.is_dir():
        raise StoreUnusable(f"{path} is not a folder; choose another --home")
    _refuse_shared(path, path.stat(), FOLDER_MODE)


def private_file(path: Path) -> None:
    """Nothing, where the file is missing or private; else refused."""
    try:
        # Once: a log of SQLite's may vanish at any moment, when another process closes.
        found = path.stat()
    except FileNotFoundError:
        return
    if not stat.S_ISREG(found.st_mode):
        raise StoreUnusable(f"{path} is not a file; move it away, or choose another place")
    _refuse_shared(path, found, FILE_MODE)


def closed_to_others(path: Path) -> str | None:
    """The mode it had, where it is ours and was open to others; closed to them now."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    folder = stat.S_ISDIR(found.st_mode)
    ours = found.st_uid == os.geteuid() and (folder or stat.S_ISREG(found.st_mode))
    if not ours or not found.st_mode & 0o077 or _is_the_systems(path, found):
        return None
    path.chmod(FOLDER_MODE if folder else FILE_MODE)
    return _octal(found)


def writable(path: Path) -> None:
    """Nothing, where this process may write there; else refused."""
    if os.access(path, os.W_OK):
        return
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        raise StoreUnusable(
            f"{path} is on a file system mounted read-only; choose another --home"
        )
    mode = FOLDER_MODE if path.is_dir() else FILE_MODE
    what = "folder" if path.is_dir() else "file"
    raise StoreUnusable(
        f"the {what} {path} is read-only (mode {_octal(path.stat())}); "
        f"run: chmod {mode:o} {shlex.quote(str(path))}"
    )


def make_private_file(path: Path, content: bytes = b"") -> bool:
    """A new file with mode 0600 and this content; false where there was one already."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    except FileExistsError:
        return False
    except OSError as cause:
        raise _unmakeable(path, cause) from cause
    try:
        _write_all(handle, content)
    except OSError as cause:
        path.unlink()
        raise _unmakeable(path, cause) from cause
    finally:
        os.close(handle)
    return True


def replace_private_file(path: Path, content: bytes) -> None:
    """The file with this content, durably: as it was, or as it shall be, never in between."""
    aside = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}")
    aside.unlink(missing_ok=True)
    make_private_file(aside, content)
    try:
        aside.replace(path)
    except OSError as cause:
        raise _unmakeable(path, cause) from cause
    sync_folder(path.parent)


def _write_all(handle: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(handle, view) :]
    os.fsync(handle)


def sync_folder(path: Path) -> None:
    """What stands in the folder, durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refuse_shared(path: Path, found: os.stat_result, mode: int) -> None:
    """Refused where it is somebody else's, or open to others."""
    if _is_the_systems(path, found):
        # The cure of any other folder, chmod or chown, would break the machine here.
        raise StoreUnusable(
            f"{path} is a folder of the system's, which all its users share; "
            "choose a folder of your own with --home or --store"
        )
    if found.st_uid != os.geteuid():
        raise StoreUnusable(
            f"{path} belongs to {_user(found.st_uid)}, not to {_user(os.geteuid())}; "
            f"use a place of your own, or run: chown {_user(os.geteuid())} "
            f"{shlex.quote(str(path))}"
        )
    if found.st_mode & 0o077:
        raise StoreUnusable(
            f"{path} is open to other users (mode {_octal(found)}); "
            f"run: chmod {mode:o} {shlex.quote(str(path))}"
        )


def _is_the_systems(path: Path, found: os.stat_result) -> bool:
    if not stat.S_ISDIR(found.st_mode):
        return False
    parts = path.resolve().parts[1:]
    near = not parts or (
        parts[0] in (_SHARED if len(parts) == 1 else _DEEPLY_SHARED) and len(parts) < DEEP
    )
    return near or bool(found.st_mode & stat.S_ISVTX)


def _octal(found: os.stat_result) -> str:
    return f"{stat.S_IMODE(found.st_mode):04o}"


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _unmakeable(path: Path, cause: OSError) -> StoreUnusable:
    return StoreUnusable(
        f"{path} cannot be made: {cause.strerror}; free some space, or choose another place"
    )
