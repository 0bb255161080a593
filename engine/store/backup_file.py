"""The file of a backup: a tar of a store's files, its last member saying what they must be."""

import hashlib
import os
import re
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path, PurePosixPath

import msgspec

from engine.domain.values import dataclass
from engine.store.private import FILE_MODE, make_private_file, sync_folder
from engine.store.refusals import StoreUnusable

SHAPE = "linkdeck backup 1"
MANIFEST = "backup.json"
STORE, SECRET, ANCHOR = "linkdeck.db", "secret", "audit.anchor"

_STEP = 1 << 20
_SPOOLED = re.compile(r"spool/[^/]+/[^/]+/[^/]+")
_NO_BACKUP = (
    "{path} is not a backup of Linkdeck's; give the file that linkdeck backup wrote"
)
_CUT_OFF = "{path} ends too early, so that parts of it are missing; take another backup"
_ALTERED = (
    "{path} was altered or damaged: {name} is not what was written; take another backup"
)


class Manifest(msgspec.Struct, frozen=True):
    """What a backup says of itself; `files` has the SHA-256 of each."""

    shape: str
    made_at: datetime
    schema: str
    sync_events: int
    audit: int
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Contents:
    """What the manifest says of the store in it."""

    made_at: datetime
    schema: str
    sync_events: int
    audit: int


def write(path: Path, folder: Path, names: Sequence[str], contents: Contents) -> int:
    """A new file of mode 0600 with these files of a folder, durably; its size."""
    with _new(path) as archive:
        files = {name: _add(archive, folder, name) for name in names}
        manifest = Manifest(
            shape=SHAPE,
            made_at=contents.made_at,
            schema=contents.schema,
            sync_events=contents.sync_events,
            audit=contents.audit,
            files=files,
        )
        said = msgspec.json.format(msgspec.json.encode(manifest)) + b"\n"
        archive.addfile(_member(MANIFEST, len(said)), BytesIO(said))
    return path.stat().st_size


def refuse_there(path: Path) -> None:
    """Refused where a file of this name is there, or no folder to put it in."""
    try:
        there, folder = path.exists() or path.is_symlink(), path.parent.is_dir()
    except OSError as cause:
        raise StoreUnusable(f"{path} cannot be written: {cause.strerror}") from cause
    if there:
        raise StoreUnusable(f"{path} is already there; a backup never overwrites a file")
    if not folder:
        raise StoreUnusable(f"there is no folder {path.parent}; make it, or choose another")


@contextmanager
def _new(path: Path) -> Iterator[tarfile.TarFile]:
    """Written beside its place, so that a file of this name is always whole."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.unlink(missing_ok=True)
    make_private_file(aside)
    try:
        with aside.open("wb") as file:
            with tarfile.open(fileobj=file, mode="w") as archive:
                yield archive
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
        sync_folder(path.parent)
    except OSError as cause:
        why = cause.strerror or cause
        raise StoreUnusable(
            f"{path} cannot be written: {why}; free some space, or choose another place"
        ) from cause
    finally:
        aside.unlink(missing_ok=True)


def _add(archive: tarfile.TarFile, folder: Path, name: str) -> str:
    with (folder / name).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
        file.seek(0)
        archive.addfile(_member(name, size), file)
    return digest


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, FILE_MODE
    member.mtime = int(datetime.now(UTC).timestamp())
    return member


def unpack(path: Path, folder: Path) -> Manifest:
    """Its files in a folder, each proved to be what was written. Raises StoreUnusable."""
    try:
        with tarfile.open(path, "r:") as archive:
            found = _members(path, archive)
            manifest = _manifest(path, archive, found)
            for name, wanted in manifest.files.items():
                if name not in found:
                    raise StoreUnusable(_CUT_OFF.format(path=path))
                if _unpacked(archive, found[name], folder / name) != wanted:
                    raise StoreUnusable(_ALTERED.format(path=path, name=name))
    except FileNotFoundError as cause:
        raise StoreUnusable(f"there is no file {path}; check its name") from cause
    except (tarfile.TarError, ValueError, OverflowError) as cause:
        # The library's own errors, and those it lets through where a header is nonsense.
        raise StoreUnusable(_NO_BACKUP.format(path=path)) from cause
    except OSError as cause:
        raise StoreUnusable(f"{path} cannot be unpacked: {cause.strerror}") from cause
    return manifest


def _members(path: Path, archive: tarfile.TarFile) -> Mapping[str, tarfile.TarInfo]:
    found: dict[str, tarfile.TarInfo] = {}
    try:
        for member in archive:
            found[member.name] = member
    except tarfile.ReadError as cause:
        raise StoreUnusable(_CUT_OFF.format(path=path)) from cause
    return found


def _manifest(
    path: Path, archive: tarfile.TarFile, found: Mapping[str, tarfile.TarInfo]
) -> Manifest:
    if STORE not in found:
        raise StoreUnusable(_NO_BACKUP.format(path=path))
    if MANIFEST not in found:
        raise StoreUnusable(_CUT_OFF.format(path=path))
    file = archive.extractfile(found[MANIFEST])
    try:
        said = msgspec.json.decode(b"" if file is None else file.read(_STEP), type=Manifest)
    except msgspec.DecodeError as cause:
        raise StoreUnusable(_ALTERED.format(path=path, name=MANIFEST)) from cause
    if said.shape != SHAPE:
        raise StoreUnusable(
            f"{path} was made by a newer linkdeck ('{said.shape}'); upgrade linkdeck"
        )
    strange = [name for name in said.files if not _known(name)]
    if strange or not {STORE, SECRET} <= said.files.keys():
        name = strange[0] if strange else MANIFEST
        raise StoreUnusable(_ALTERED.format(path=path, name=name))
    return said


def _known(name: str) -> bool:
    if name in (STORE, SECRET, ANCHOR):
        return True
    return bool(_SPOOLED.fullmatch(name)) and ".." not in PurePosixPath(name).parts


def _unpacked(archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> str:
    """The file, private and durable; its SHA-256."""
    digest = hashlib.sha256()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_private_file(path)
    source = archive.extractfile(member)
    with path.open("wb") as file:
        while source is not None and (part := source.read(_STEP)):
            digest.update(part)
            file.write(part)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()
