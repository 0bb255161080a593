"""What can be mended in a store without asking anybody: each thing in the audit as it is done."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, delete, select, update

from engine.domain.requests import Finding, Fixed
from engine.store import indexes, open_causes, recount, retry_plans
from engine.store.audit import Act, Audit
from engine.store.books import batch_counts, record_counts, rederived
from engine.store.database import Database
from engine.store.events import known
from engine.store.presence import Here
from engine.store.service_tables import ENGINE
from engine.store.tables import EVENT

MENDED = "mend"
CLOSED_BY = "recount"
"""How a Sync Event closed whose counters said that something was open, and nothing was."""


class Mending:
    """Safe to use from many threads; each fix is one transaction with its row of the audit."""

    def __init__(
        self,
        database: Database,
        audit: Audit,
        clock: Callable[[], datetime],
        here: Here,
    ) -> None:
        self._database, self._audit = database, audit
        self._clock, self._here = clock, here

    def mend(self, *, actor: str) -> tuple[Fixed, ...]:
        """Mend what can be mended; what was."""
        steps = (self._indexes, self._plans, self._engines)
        done = [fixed for step in steps for fixed in self._step(step, actor)]
        for event in self._miscounted():
            done += self._step(partial(_counted, event=event), actor)
        return tuple(done)

    def note(self, fixed: Fixed, *, actor: str) -> None:
        """Say in the audit what was mended outside the store."""
        with self._database.writing() as write:
            act = Act(actor, MENDED, fixed.subject, fixed.message)
            self._audit.append(write, act, now=self._clock())

    def _step(
        self, step: Callable[[Connection], Iterator[Fixed]], actor: str
    ) -> list[Fixed]:
        with self._database.writing() as write:
            done = list(step(write.connection))
            for fixed in done:
                act = Act(actor, MENDED, fixed.subject, fixed.message)
                self._audit.append(write, act, now=self._clock())
        return done

    def _indexes(self, connection: Connection) -> Iterator[Fixed]:
        for index in list(indexes.missing(connection)):
            if indexes.made(connection, index):
                yield Fixed(str(index.name), "the index was missing, and was made again")

    def _plans(self, connection: Connection) -> Iterator[Fixed]:
        for plan in retry_plans.abandoned(connection, self._clock()):
            retry_plans.dropped(connection, plan)
            yield Fixed(f"plan {plan}", "the plan was never frozen, and was forgotten")

    def _engines(self, connection: Connection) -> Iterator[Fixed]:
        now = self._clock()
        for row in connection.execute(select(ENGINE).order_by(ENGINE.c.id)).all():
            if not self._here.lives(row, now):
                connection.execute(delete(ENGINE).where(ENGINE.c.id == row.id))
                yield Fixed(
                    f"engine {row.id}", f"pid {row.pid} on {row.host} died; forgotten"
                )

    def _miscounted(self) -> tuple[int, ...]:
        with self._database.reading() as connection:
            found = recount.recounted(connection)
            subjects = [each.subject for each in found if each.fixable]
        return tuple(int(each.removeprefix("#")) for each in dict.fromkeys(subjects))


def findings(connection: Connection, now: datetime) -> Iterator[Finding]:
    """What of it there is, for `doctor`."""
    for index in indexes.missing(connection):
        table = "" if index.table is None else f" of {index.table.name}"
        yield Finding(
            str(index.name),
            f"this index{table} is missing, so that what it serves is slow or not held",
            "linkdeck doctor --fix makes it again",
            serious=bool(index.unique),
            fixable=True,
        )
    for plan in retry_plans.abandoned(connection, now):
        yield Finding(
            f"plan {plan}",
            "whoever made this plan died before it was frozen; nobody can run it",
            "linkdeck doctor --fix forgets it",
            serious=False,
            fixable=True,
        )


def _counted(connection: Connection, event: int) -> Iterator[Fixed]:
    """All that is kept of a Sync Event and follows from its rows."""
    yield from _books(connection, event)
    for each in open_causes.mended(connection, event):
        said = f"{each.said} counted anew: {each.found}, where {each.kept} stood"
        yield Fixed(f"#{event}", said)


def _books(connection: Connection, event: int) -> Iterator[Fixed]:
    """The counters of a Sync Event as its rows say; nothing, where its books would not add up."""
    row = known(connection, event, locked=True)
    wrong = recount.miscounts(connection, row)
    values = {each.column: each.found for each in wrong}
    if not values or _unbalanced(connection, event, values):
        return
    if row.ending is not None:
        rederived(connection, event, closed_by=CLOSED_BY)
    for each in wrong:
        yield Fixed(
            f"#{event}", f"{each.said} counted anew: {each.found}, where {each.kept} stood"
        )


def _unbalanced(connection: Connection, event: int, values: dict[str, int]) -> bool:
    """Whether the books do not add up with these values, which are kept only if they do."""
    with connection.begin_nested() as attempt:
        connection.execute(update(EVENT).where(EVENT.c.id == event).values(**values))
        row = known(connection, event)
        bad = bool(record_counts(row).residual or batch_counts(row).residual)
        if bad:
            attempt.rollback()
    return bad
