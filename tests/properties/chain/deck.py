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
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest

from engine.definition import effective
from engine.definition.parsing import Parsed, parse
from engine.domain.batch import Job, Prepared
from engine.domain.errors import Refused
from engine.domain.progress import BatchesPlanned, BatchFinished, Progress, SyncFinished
from engine.domain.requests import Stop
from engine.engine import Engine
from engine.settings import Settings
from engine.store.database import Database, Write
from engine.store.journal import Journal
from engine.store.sqlite_database import SqliteDatabase
from engine.sync import batch as steps
from engine.sync.bench import Bench
from tests.properties.chain.world import CATALOGUE, Faults, Now, Systems

T = TypeVar("T")

BATCH_SIZE = 2
LINK = "orders"
_MEMORY = Path("/dev/shm")


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

    def __init__(self, template: Path) -> None:
        self._template = template
        self.home = folder()
        self.home.chmod(0o700)
        (self.home / "links").mkdir(mode=0o700)
        shutil.copy(template, self.home / "linkdeck.db")
        self._engine: Engine | None = None

    def begin(self) -> None:
        """As after the installation: nothing ever ran here."""
        with (
            closing(sqlite3.connect(self._template)) as empty,
            closing(sqlite3.connect(self.home / "linkdeck.db")) as store,
        ):
            empty.backup(store)
        (self.home / "audit.anchor").unlink(missing_ok=True)
        self.engine._context.privacies.clear()

    @property
    def engine(self) -> Engine:
        """The front door, opened by the first who needs it."""
        if self._engine is None:
            settings = Settings.resolve(
                str(self.home), None, None, {"HOME": str(self.home)}
            )
            self._engine = Engine(settings)
            self._engine._context.__dict__["catalogue"] = CATALOGUE
        return self._engine

    def define(self, *, strict: bool, replay: str) -> None:
        """Write the definition."""
        text = definition(strict=strict, replay=replay)
        (self.home / "links" / f"{LINK}.yaml").write_text(text, encoding="utf-8")

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
        """Do it with these faults, here; or where it is to crash, in a process that then dies."""
        if faults.crash_at is not None:
            return self._elsewhere(act, faults)
        stop = Now.begin(faults)
        try:
            return act(self.engine, stop)
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


@contextmanager
def installed(template: Path) -> Iterator[Deck]:
    """An installation with an empty store."""
    deck = Deck(template)
    try:
        with watched():
            yield deck
    finally:
        deck.remove()


@contextmanager
def watched() -> Iterator[None]:
    """What the engine does told to the log of the world, and crashes where they are asked for."""
    with pytest.MonkeyPatch.context() as patch:
        # The six texts there are would be read thousands of times.
        patch.setattr(effective, "parse", _read_once(parse))
        patch.setattr(steps, "prepare", _noted_jobs(steps.prepare))
        patch.setattr(Journal, "_keep", _noted_outcomes(Journal._keep))
        patch.setattr(Database, "writing", _with_failpoints(Database.writing))
        yield


def _read_once(original: Callable[[str, str], Parsed]) -> Callable[[str, str], Parsed]:
    read = cache(lambda text: original(text, f"{LINK}.yaml"))
    return lambda text, path: read(text)


def _noted_jobs(original: Callable[[Job, Bench], Prepared]) -> Any:
    def prepare(job: Job, bench: Bench) -> Prepared:
        sent = None
        if job.records is not None:
            sent = tuple(each.snapshot for each in job.records)
        ids = tuple(job.scope["ids"]) if sent is None else ()
        Now.systems.log.append(("job", job.batch, ids, sent, job.uncertain))
        return original(job, bench)

    return prepare


_told: list[tuple[Any, ...]] = []


def _noted_outcomes(original: Callable[..., None]) -> Any:
    def keep(journal: Journal, connection: Any, progress: Progress) -> None:
        original(journal, connection, progress)
        if isinstance(progress, BatchFinished):
            numbers = tuple(each.batch for each in progress.outcomes)
            _told.append(("kept", journal.event, numbers))
        if isinstance(progress, BatchesPlanned) and progress.first:
            _told.append(("plan kept", journal.event))
        if isinstance(progress, SyncFinished):
            _told.append(("ended", journal.event))

    return keep


def _with_failpoints(original: Any) -> Any:
    @contextmanager
    def writing(database: Database, *, durable: bool = True) -> Iterator[Write]:
        Now.point()
        _told.clear()
        with original(database, durable=durable) as write:
            yield write
            Now.point()
        # Only now it is in the store: this is what a restarted process will find.
        Now.systems.log.extend(_told)
        _told.clear()
        Now.point()

    return writing


def fresh(systems: Systems) -> None:
    """Another world."""
    Now.systems = systems
    Now.begin(Faults())
