"""The part of the store that keeps schedules, gates and promised retries."""

from collections.abc import Callable
from datetime import datetime
from functools import cached_property

from engine.store.audit import Audit
from engine.store.database import Database
from engine.store.gates import Gates
from engine.store.promises import Promises
from engine.store.schedules import Schedules


class TimetableDesk:
    """Part of `engine.store.store.Store`."""

    _database: Database
    _clock: Callable[[], datetime]

    @cached_property
    def _audit(self) -> Audit:
        raise NotImplementedError

    @cached_property
    def schedules(self) -> Schedules:
        """Since when schedules are heeded, and what became of their slots."""
        return Schedules(self._database, self._audit, self._clock)

    @cached_property
    def promises(self) -> Promises:
        """Retries that wait for their turn."""
        return Promises(self._database, self._audit, self._clock)

    @cached_property
    def gates(self) -> Gates:
        """What gates are decided from, and who approved."""
        return Gates(self._database, self._audit, self._clock)
