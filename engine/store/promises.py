"""Retries that were asked for together and wait until the one before on their Link is over (P3)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, func, insert, select
from sqlmodel import Field, SQLModel

from engine.domain.retry_plan import Choice, ItemClass, RetryOptions
from engine.domain.values import dataclass
from engine.store.audit import Act, Audit
from engine.store.columns import Json, Number, Table, UtcTime, Words
from engine.store.database import Database
from engine.store.events import ACTIVE
from engine.store.retry_plans import KeptPlan
from engine.store.tables import EVENT, PLAN


class PromiseRow(Table, table=True):
    """A plan that is to run once nothing else of its Link does."""

    __tablename__ = "promised_retry"

    plan: int = Field(
        primary_key=True,
        sa_type=Number,
        foreign_key="retry_plan.id",
        sa_column_kwargs={"autoincrement": False},
    )
    link: str = Field(sa_type=Words)
    actor: str = Field(sa_type=Words)
    reason: str = Field(sa_type=Words)
    options: dict[str, Any] = Field(sa_type=Json)
    at: datetime = Field(sa_type=UtcTime)


PROMISE = SQLModel.metadata.tables["promised_retry"]


@dataclass(frozen=True, slots=True)
class Promise:
    """A retry that waits: its plan, the Sync Event that is retried, and how it is to be run."""

    plan: int
    event: int
    link: str
    options: RetryOptions


class Promises:
    """Safe to use from many threads; every call is one transaction, or one moment read."""

    def __init__(
        self, database: Database, audit: Audit, clock: Callable[[], datetime]
    ) -> None:
        self._database, self._audit, self._clock = database, audit, clock

    def make(self, plan: KeptPlan, options: RetryOptions) -> None:
        """Keep the word that this plan is run; twice is once."""
        said = {
            "hash": plan.hash,
            "definition": None if options.definition is None else options.definition.value,
            "canary": options.canary,
            "include": sorted(options.include),
        }
        with self._database.writing() as write:
            known = select(PROMISE.c.plan).where(PROMISE.c.plan == plan.id)
            if write.connection.execute(known).first() is None:
                row = {
                    "plan": plan.id,
                    "link": plan.link,
                    "actor": options.actor,
                    "reason": options.reason,
                    "options": said,
                    "at": self._clock(),
                }
                write.connection.execute(insert(PROMISE), row)

    def due(self) -> tuple[Promise, ...]:
        """Of each Link on which nothing runs the one that waits longest."""
        running = exists().where(EVENT.c.link == PROMISE.c.link, EVENT.c.status.in_(ACTIVE))
        first = select(func.min(PROMISE.c.plan)).where(~running).group_by(PROMISE.c.link)
        query = (
            select(PROMISE, PLAN.c.event)
            .join(PLAN, PLAN.c.id == PROMISE.c.plan)
            .where(PROMISE.c.plan.in_(first))
        )
        with self._database.reading() as connection:
            return tuple(_promise(row) for row in connection.execute(query))

    def waiting(self) -> int:
        """How many wait."""
        with self._database.reading() as connection:
            query = select(func.count()).select_from(PROMISE)
            number: int = connection.execute(query).scalar_one()
            return number

    def drop(self, promise: Promise, *, why: str | None = None) -> None:
        """It has begun, or cannot: that is told in the audit, and its failures stay open."""
        with self._database.writing() as write:
            write.connection.execute(delete(PROMISE).where(PROMISE.c.plan == promise.plan))
            if why is not None:
                options = promise.options
                detail = {"why": why, "plan": options.plan}
                subject = f"#{promise.event}"
                act = Act(options.actor, "retry refused", subject, options.reason, detail)
                self._audit.append(write, act, now=self._clock())


def _promise(row: Any) -> Promise:
    said = row.options
    definition = said["definition"]
    options = RetryOptions(
        reason=row.reason,
        actor=row.actor,
        plan=said["hash"],
        definition=None if definition is None else Choice(definition),
        canary=said["canary"],
        include=frozenset(ItemClass(each) for each in said["include"]),
    )
    return Promise(row.plan, row.event, row.link, options)
