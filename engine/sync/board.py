"""A little memory that all worker processes of a run map, for what they must agree on."""

import os
import tempfile
from pathlib import Path

SIZE = 16 * 1024
"""Bytes; all of them zero at first."""


class Board:
    """A file of zeros that is gone when its coordinator is; `path` is how workers open it."""

    def __init__(self) -> None:
        if hasattr(os, "memfd_create"):
            # No name in any folder: nothing is left behind, however the coordinator ends.
            self._file = os.memfd_create("linkdeck")
            self.path = f"/proc/{os.getpid()}/fd/{self._file}"
        else:
            self._file, self.path = tempfile.mkstemp(prefix="linkdeck-")
        os.ftruncate(self._file, SIZE)

    def close(self) -> None:
        """Let go of it; workers that still map it keep what they have."""
        os.close(self._file)
        if not hasattr(os, "memfd_create"):
            Path(self.path).unlink()
