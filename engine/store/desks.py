"""The desks of the store: a theme each, imported when somebody first goes to it.

A command that only looks goes to few of them, and a tenth of its processor time is imports of ours.
"""

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from engine.store import opening
from engine.store.anchor import Anchor
from engine.store.audit import Audit
from engine.store.database import Database
from engine.store.presence import Here
from engine.store.secret import secret_in

if TYPE_CHECKING:
    from engine.store.backup import Backup
    from engine.store.desk import Desk
    from engine.store.engines import Engines
    from engine.store.gates import Gates
    from engine.store.mending import Mending
    from engine.store.promises import Promises
    from engine.store.push_desk import PushDesk
    from engine.store.queue import Queue
    from engine.store.retries import Retries
    from engine.store.schedules import Schedules
    from engine.store.upkeep import Upkeep


class Desks:
    """Part of `engine.store.store.Store`."""

    _database: Database
    _clock: Callable[[], datetime]
    _home: Path
    _here: Here

    @cached_property
    def _audit(self) -> Audit:
        anchor = Anchor(self._home / opening.ANCHOR, secret_in(self._home))
        return Audit(anchor, shared=self._database.shared)

    @cached_property
    def retries(self) -> "Retries":
        """Plans and what they are made of."""
        from engine.store.retries import Retries

        return Retries(self._database, self._audit, self._clock)

    @cached_property
    def promises(self) -> "Promises":
        """Retries that wait for their turn."""
        from engine.store.promises import Promises

        return Promises(self._database, self._audit, self._clock)

    @cached_property
    def desk(self) -> "Desk":
        """What a person at the Inbox looks at and does."""
        from engine.store.desk import Desk

        return Desk(self._database, self._audit, self._clock)

    @cached_property
    def queue(self) -> "Queue":
        """What nobody runs yet, or any more."""
        from engine.store.queue import Queue

        return Queue(self._database, self._audit, self._clock, self._here)

    @cached_property
    def engines(self) -> "Engines":
        """Who takes what is queued."""
        from engine.store.engines import Engines

        return Engines(self._database, self._clock, self._here)

    @cached_property
    def push(self) -> "PushDesk":
        """Deliveries to push Links, and the tokens they come with."""
        from engine.store.push_desk import PushDesk

        return PushDesk(self._database, self._audit, self._here, self._clock)

    @cached_property
    def schedules(self) -> "Schedules":
        """Since when schedules are heeded, and what became of their slots."""
        from engine.store.schedules import Schedules

        return Schedules(self._database, self._audit, self._clock)

    @cached_property
    def gates(self) -> "Gates":
        """What gates are decided from, and who approved."""
        from engine.store.gates import Gates

        return Gates(self._database, self._audit, self._clock)

    @cached_property
    def upkeep(self) -> "Upkeep":
        """What watches the Links and cleans up behind them."""
        from engine.store.upkeep import Upkeep

        return Upkeep(self._database, self._audit, self._clock)

    @cached_property
    def backup(self) -> "Backup":
        """Copies of this store."""
        from engine.store.backup import Backup

        return Backup(self._database, self._home, self._audit, self._clock, self._here)

    @cached_property
    def mending(self) -> "Mending":
        """What can be mended in this store."""
        from engine.store.mending import Mending

        return Mending(self._database, self._audit, self._clock, self._here)
