"""What a tap has said, kept in parts on disk, because it cannot be asked for a part again.

A spool is a private folder: `start.json` (where the tap starts from), `000001.lines` and
`000001.json` a part (its lines as they came; what is known of it, written last), `end.json` once
the tap has ended, and `lock`, held by whoever reads the tap.
"""

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from engine.domain.batch import Scope
from engine.domain.values import dataclass

T = TypeVar("T")


class Start(msgspec.Struct, frozen=True):
    """Where the tap starts: the state of the run before, and the catalog it is given."""

    state: Any = None
    catalog: Any = None


class Part(msgspec.Struct, frozen=True):
    """One part: how many lines, the schema they follow, and the state after them.

    `state` is the last that was told, and `beyond` how many records came after it: those come
    again when the tap goes on from there. `first` is the number of its first record.
    """

    count: int
    first: int
    schema: Any = None
    state: Any = None
    beyond: int = 0
    repeats: int = 0


class End(msgspec.Struct, frozen=True):
    """How the tap ended: `parts` there are, and the fault, if it broke off; `tries` so far."""

    parts: int
    tries: int = 1
    fault: str | None = None
    state: Any = None


@dataclass(frozen=True, slots=True)
class Spool:
    """One run of a tap, on disk."""

    folder: Path

    @property
    def name(self) -> str:
        """What scopes call it."""
        return self.folder.name

    def make(self, start: Start) -> None:
        """The folder, with where the tap starts."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=False)
        self._write("start.json", msgspec.json.encode(start))

    @property
    def start(self) -> Start:
        """Where the tap starts."""
        return msgspec.json.decode((self.folder / "start.json").read_bytes(), type=Start)

    def part(self, number: int) -> Part | None:
        """What is known of a part, None where it is not complete."""
        return self._read(f"{number:06}.json", Part)

    @property
    def end(self) -> End | None:
        """How the tap ended, None where it has not."""
        return self._read("end.json", End)

    def lines(self, number: int) -> bytes:
        """A part's lines."""
        return (self.folder / f"{number:06}.lines").read_bytes()

    def keep(self, number: int, part: Part, lines: Sequence[bytes]) -> None:
        """A complete part, durably: its lines first."""
        self._write(f"{number:06}.lines", b"".join(lines))
        self._write(f"{number:06}.json", msgspec.json.encode(part))

    def close(self, end: End) -> None:
        """The tap has ended."""
        self._write("end.json", msgspec.json.encode(end))

    @property
    def tries(self) -> int:
        """How often the tap has been started over, the first time included."""
        return 1 + len(list(self.folder.glob("broken-*.json")))

    def reopen(self) -> None:
        """The tap goes on where it broke off."""
        (self.folder / "end.json").rename(self.folder / f"broken-{self.tries}.json")

    def last(self) -> int:
        """The number of the last complete part, 0 where there is none."""
        return max((int(each.stem) for each in self.folder.glob("[0-9]*.json")), default=0)

    def held(self) -> int | None:
        """A descriptor that holds the lock, None where somebody else does."""
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor

    def private_file(self, name: str, content: bytes) -> Path:
        """A file that only its owner may read."""
        self._write(name, content)
        return self.folder / name

    def forget(self, name: str) -> None:
        """A file that is no longer needed, and may hold secrets."""
        (self.folder / name).unlink(missing_ok=True)

    def remove(self) -> None:
        """All of it."""
        for each in self.folder.iterdir():
            each.unlink(missing_ok=True)
        self.folder.rmdir()

    def _write(self, name: str, content: bytes) -> None:
        aside = self.folder / f".{name}.new"
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.rename(self.folder / name)

    def _read(self, name: str, kind: type[T]) -> T | None:
        try:
            content = (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None
        return msgspec.json.decode(content, type=kind)


def let_go(folder: Path, needed: Sequence[Scope]) -> None:
    """Remove the spools in this folder that no scope needs."""
    names = {scope.get("spool") for scope in needed}
    if not folder.is_dir():
        return
    for each in folder.iterdir():
        spool = Spool(each)
        if each.name in names or not each.is_dir() or (lock := spool.held()) is None:
            continue
        spool.remove()
        os.close(lock)
