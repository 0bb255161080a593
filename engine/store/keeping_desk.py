"""The part of the store that looks after itself: copies of it, and what can be mended in it."""

from functools import cached_property
from pathlib import Path

from engine.store.backup import Backup
from engine.store.mending import Mending
from engine.store.presence import Here
from engine.store.timetable_desk import TimetableDesk


class KeepingDesk(TimetableDesk):
    """Part of `engine.store.store.Store`."""

    _home: Path
    _here: Here

    @cached_property
    def backup(self) -> Backup:
        """Copies of this store."""
        return Backup(self._database, self._home, self._audit, self._clock, self._here)

    @cached_property
    def mending(self) -> Mending:
        """What can be mended in this store."""
        return Mending(self._database, self._audit, self._clock, self._here)
