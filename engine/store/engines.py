"""Engines: who takes what is queued, each under a heartbeat."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from engine.domain.errors import Refused
from engine.domain.values import dataclass
from engine.store.database import Database
from engine.store.events import Owner
from engine.store.numbers import taken
from engine.store.presence import Here
from engine.store.service_tables import ENGINE

COUNTER = "engine"


@dataclass(frozen=True, slots=True)
class EngineSeen:
    """An engine as it registered. `alive`: as far as can be told from here."""

    id: int
    host: str
    pid: int
    version: str
    listen: str | None
    started_at: datetime
    heartbeat_at: datetime
    alive: bool


class Engines:
    """Safe to use from many threads; every call is one transaction, or one moment read."""

    def __init__(
        self, database: Database, clock: Callable[[], datetime], here: Here
    ) -> None:
        self._database, self._clock, self._here = database, clock, here

    def register(self, owner: Owner, *, version: str, listen: str | None) -> int:
        """This process as an engine; Refused where the store has one and takes no second."""
        now = self._clock()
        with self._database.writing() as write:
            connection = write.connection
            number = taken(connection, COUNTER)
            rows = connection.execute(select(ENGINE)).all()
            self._refuse_second([row for row in rows if self._here.lives(row, now)])
            _forget(connection, [row.id for row in rows if not self._here.lives(row, now)])
            row = {
                "id": number,
                "host": owner.host,
                "pid": owner.pid,
                "process_started": repr(owner.started),
                "version": version,
                "listen": listen,
                "started_at": now,
                "heartbeat_at": now,
            }
            connection.execute(insert(ENGINE), row)
            return number

    def beat(self, engine: int) -> None:
        """A sign of life; Refused where this engine was taken for dead and forgotten."""
        with self._database.writing(durable=False) as write:
            beaten = write.connection.execute(
                update(ENGINE)
                .where(ENGINE.c.id == engine)
                .values(heartbeat_at=self._clock())
            ).rowcount
        if not beaten:
            raise Refused(f"engine {engine} was taken for dead; start it again")

    def leave(self, engine: int) -> None:
        """No longer an engine."""
        with self._database.writing() as write:
            _forget(write.connection, [engine])

    def seen(self) -> tuple[EngineSeen, ...]:
        """Every engine that registered and did not leave, the oldest first."""
        now = self._clock()
        with self._database.reading() as connection:
            rows = connection.execute(select(ENGINE).order_by(ENGINE.c.id)).all()
        return tuple(
            EngineSeen(
                id=row.id,
                host=row.host,
                pid=row.pid,
                version=row.version,
                listen=row.listen,
                started_at=row.started_at,
                heartbeat_at=row.heartbeat_at,
                alive=self._here.lives(row, now),
            )
            for row in rows
        )

    def alive(self) -> bool:
        """Whether any engine takes what is queued."""
        return any(engine.alive for engine in self.seen())

    def _refuse_second(self, living: Sequence[Row[Any]]) -> None:
        if living and not self._database.shared:
            first = living[0]
            since = first.started_at.astimezone()
            raise Refused(
                f"an engine runs on this store already: pid {first.pid} since "
                f"{since:%Y-%m-%d %H:%M}; a SQLite store has one engine"
            )


def _forget(connection: Connection, engines: Sequence[int]) -> None:
    if engines:
        connection.execute(delete(ENGINE).where(ENGINE.c.id.in_(engines)))
