"""Which file system a folder is on: SQLite's write-ahead log needs a local one."""

import re
from pathlib import Path

from engine.store.refusals import StoreUnusable

_NETWORK = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "9p",
        "afs",
        "ncpfs",
        "fuse.sshfs",
        "fuse.s3fs",
    }
)
_MOUNTS = Path("/proc/self/mounts")
_ESCAPE = re.compile(r"\\([0-7]{3})")
"""Blanks in mount points stand there as octal numbers."""


def local(folder: Path) -> None:
    """Nothing, where the folder is on a local file system or none can be told; else refused."""
    try:
        mounts = _MOUNTS.read_text(errors="replace")
    except OSError:
        return
    kind = kind_of(folder.resolve(), mounts)
    if kind in _NETWORK:
        raise StoreUnusable(
            f"{folder} is on a network file system ({kind}), where SQLite can lose data; "
            "choose a local folder, or a PostgreSQL store"
        )


def kind_of(folder: Path, mounts: str) -> str | None:
    """The file system type of the longest mount point that holds the folder."""
    best, kind = -1, None
    for line in mounts.splitlines():
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        point = _ESCAPE.sub(lambda found: chr(int(found[1], 8)), parts[1])
        if folder.is_relative_to(point) and len(point) >= best:
            best, kind = len(point), parts[2]
    return kind
