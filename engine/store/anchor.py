"""The head of the audit kept outside the store, so that a cut-off tail is noticed.

The file says which head the store has, and, while rows are being added, which one it had.
"""

import hmac
from pathlib import Path

import msgspec

from engine.domain.values import dataclass
from engine.store.private import private_file, replace_private_file


@dataclass(frozen=True, slots=True)
class Head:
    """The last row of the audit: its number and its hash."""

    seq: int = 0
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Anchored:
    """The head as it is, and as it was before rows whose commit is not known."""

    now: Head
    before: Head | None = None


class Anchor:
    """A file beside the store, sealed with the installation's secret."""

    def __init__(self, path: Path, secret: bytes) -> None:
        self._path, self._secret = path, secret

    def write(self, anchored: Anchored) -> None:
        """Replace what the file says, durably."""
        said = msgspec.json.encode(anchored)
        seal = hmac.new(self._secret, said, "sha256").hexdigest()
        replace_private_file(self._path, msgspec.json.encode({"head": said, "seal": seal}))

    def seal(self, head: Head) -> str:
        """What only this installation can say of a head: the seal of a checkpoint."""
        said = msgspec.json.encode(head)
        return hmac.new(self._secret, b"checkpoint|" + said, "sha256").hexdigest()

    def read(self) -> Anchored | None:
        """What the file says; None where it is missing, or not ours."""
        private_file(self._path)
        try:
            text = self._path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            file = msgspec.json.decode(text, type=_File)
            seal = hmac.new(self._secret, file.head, "sha256").hexdigest()
            if not hmac.compare_digest(seal, file.seal):
                return None
            return msgspec.json.decode(file.head, type=Anchored)
        except msgspec.DecodeError:
            return None


@dataclass(frozen=True, slots=True)
class _File:
    head: bytes
    seal: str
