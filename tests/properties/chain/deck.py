"""The real engine over a store of its own, watched; and processes that die half-way."""

import json
import os
import pickle
import shutil
import sqlite3
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

from engine.domain.errors import Refused
from engine.domain.requests import Stop
from engine.engine import Engine
from engine.settings import Settings
from engine.store.sqlite_database import SqliteDatabase
from engine.store.tables import COUNTER, EVENT
from tests.properties.chain.adapters import CATALOGUE
from tests.properties.chain.watching import watched
from tests.properties.chain.world import Died, Faults, Now, Systems

T = TypeVar("T")

BATCH_SIZE = 2
LINK = "orders"
_MEMORY = Path("/dev/shm")


_NEWEST = sa.select(EVENT.c.id, EVENT.c.status).order_by(EVENT.c.id.desc()).limit(1)


class Crashed(Exception):
    """The process that did it died half-way."""


def folder() -> Path:
    """A new folder, in memory where there is such a place: syncs then cost nothing."""
    where = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    return Path(tempfile.mkdtemp(prefix="linkdeck-chain-", dir=where))


def definition(*, strict: bool, replay: str) -> str:
    """The Link under test; `strict`: a rule refuses blank addresses."""
    check = {"name": "rules", "check": [{"field": "email", "rule": "required"}]}
    columns = {
        "id": {"from": "id", "cast": "int"},
        "version": {"from": "version", "cast": "int"},
        "email": "email",
    }
    said = {
        "link": LINK,
        "key": "id",
        "batch_size": BATCH_SIZE,
        "source": {"adapter": "memory"},
        "stages": [
            {"name": "left out", "ignore": "skip", "reason": "nobody needs it"},
            {"name": "to columns", "map": columns},
            *([check] if strict else []),
        ],
        "target": {"adapter": "memory"},
        "automated_replay": {
            "enabled": replay != "off",
            "max_attempts": 2,
            "records": replay if replay != "off" else "ephemeral",
        },
    }
    return json.dumps(said)


class Deck:
    """An installation: a home on disk, and the front door while it is open."""

    def __init__(self, template: Path | str, *, forks: bool = False) -> None:
        self._template = template
        self.forks = forks
        self.home = folder()
        self.home.chmod(0o700)
        (self.home / "links").mkdir(mode=0o700)
        if isinstance(template, Path):
            shutil.copy(template, self.home / "linkdeck.db")
        self._engine: Engine | None = None

    def begin(self) -> None:
        """As after the installation: nothing ever ran here."""
        if isinstance(self._template, Path):
            with (
                closing(sqlite3.connect(self._template)) as empty,
                closing(sqlite3.connect(self.home / "linkdeck.db")) as store,
            ):
                empty.backup(store)
        else:
            _emptied(self._template)
        (self.home / "audit.anchor").unlink(missing_ok=True)
        self.engine._context.privacies.clear()

    @property
    def engine(self) -> Engine:
        """The front door, opened by the first who needs it."""
        if self._engine is None:
            store = None if isinstance(self._template, Path) else self._template
            settings = Settings.resolve(
                str(self.home), None, store, {"HOME": str(self.home)}
            )
            self._engine = Engine(settings)
            self._engine._context.__dict__["catalogue"] = CATALOGUE
        return self._engine

    def define(self, *, strict: bool, replay: str) -> None:
        """Write the definition."""
        text = definition(strict=strict, replay=replay)
        (self.home / "links" / f"{LINK}.yaml").write_text(text, encoding="utf-8")

    def newest(self) -> tuple[int, str] | None:
        """The newest Sync Event and its status, asked as cheaply as can be."""
        with self.engine._context.store._database.reading() as connection:
            row = connection.execute(_NEWEST).first()
        return None if row is None else (row.id, row.status)

    def mark(self) -> int | None:
        """Last Successful Sync, without the reading of definitions that `explain` begins with."""
        found = self.engine._context.store.mark(LINK)
        return None if found is None else int(str(found.value))

    def close(self) -> None:
        """Leave as a process does that ends well."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def remove(self) -> None:
        """Leave nothing."""
        self.close()
        shutil.rmtree(self.home)

    def do(self, act: Callable[[Engine, Stop], T], faults: Faults) -> T:
        """Do it with these faults; Crashed where it was cut off half-way.

        Here, a process that dies is played: nothing is written and nothing pushed from there on,
        and its owner is taken for dead. With `forks` it is a process that really dies.
        """
        if faults.crash_at is not None and self.forks:
            return self._elsewhere(act, faults)
        stop = Now.begin(faults, Now.die)
        try:
            return act(self.engine, stop)
        except Died:
            Now.life += 1
            raise Crashed from None
        finally:
            Now.begin(Faults())

    def _elsewhere(self, act: Callable[[Engine, Stop], T], faults: Faults) -> T:
        self.engine.events(limit=1)
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.close(reading)
            self._doomed(act, faults, writing)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            said = pipe.read()
        os.waitpid(child, 0)
        how, Now.systems, result = pickle.loads(said)
        if how == "crashed":
            raise Crashed
        if how == "refused":
            raise Refused(result)
        assert how == "done", result
        answer: T = result
        return answer

    def _connect_anew(self) -> list[object]:
        """Connections of its own for a forked process; what it inherited must lie still."""
        database = self.engine._context.store._database
        assert isinstance(database, SqliteDatabase)
        kept: list[object] = [database._writer, database._watch]
        database._watch = None
        database._readers.dispose(close=False)
        if database._writer is not None:
            engine = database._writer.engine
            engine.dispose(close=False)
            database._writer = engine.connect()
        return kept

    def _doomed(self, act: Callable[[Engine, Stop], T], faults: Faults, pipe: int) -> None:
        """The child's life: it tells what became of the world, and ends without a farewell."""

        def tell(how: str, result: object) -> None:
            with os.fdopen(pipe, "wb") as told:
                told.write(pickle.dumps((how, Now.systems, result)))
            os._exit(9)

        try:
            kept = self._connect_anew()
            stop = Now.begin(faults, lambda: tell("crashed", None))
            result = act(self.engine, stop)
            tell("done", result)
            del kept
        except Refused as refusal:
            tell("refused", str(refusal))
        finally:
            tell("failed", traceback.format_exc())


def _emptied(url: str) -> None:
    """A PostgreSQL store as it was when it was made."""
    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        names = sa.inspect(connection).get_table_names()
        filled = ", ".join(sorted({*names} - {"linkdeck_schema", COUNTER.name}))
        connection.exec_driver_sql(f"TRUNCATE {filled}")
        connection.execute(sa.update(COUNTER).values(value=0))
    engine.dispose()


@contextmanager
def installed(template: Path | str, *, forks: bool = False) -> Iterator[Deck]:
    """An installation with an empty store: a copy of this file, or a PostgreSQL database."""
    deck = Deck(template, forks=forks)
    try:
        with watched():
            yield deck
    finally:
        deck.remove()


def fresh(systems: Systems) -> None:
    """Another world."""
    Now.systems = systems
    Now.begin(Faults())
