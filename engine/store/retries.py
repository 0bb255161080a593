"""Retries as the store sees them: what can go, plans made and found, one started at a time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine.domain.inbox import InboxFilter
from engine.domain.requests import Page, Selection
from engine.domain.retry_plan import ItemClass
from engine.store import candidates, events, inbox_chains, retry_plans, retry_start
from engine.store.audit import Act, Audit
from engine.store.candidates import Candidate, Home, KeptScope
from engine.store.database import Database
from engine.store.events import NewEvent, Owner
from engine.store.inbox_chains import ChainWaiting
from engine.store.retry_plans import Going, Item, KeptPlan, NewPlan
from engine.store.retry_start import Started, Terms
from engine.store.tables import PLAN


class Retries:
    """Safe to use from many threads; every call is one transaction, or one moment read."""

    def __init__(
        self, database: Database, audit: Audit, clock: Callable[[], datetime]
    ) -> None:
        self._database, self._audit, self._clock = database, audit, clock

    def below(self, event: int) -> list[int]:
        """A Sync Event and all that descend from it."""
        with self._database.reading() as connection:
            return candidates.events_below(connection, event)

    def scopes(
        self, events_: Sequence[int], selection: Selection, *, of: int
    ) -> list[KeptScope]:
        """Batches that wait for a retry; `of` is the Sync Event a Batch number means."""
        with self._database.reading() as connection:
            return candidates.open_scopes(connection, events_, selection, of=of)

    def records(
        self, events_: Sequence[int], selection: Selection, *, of: int
    ) -> Iterator[list[Candidate]]:
        """Failing records that are open, some at a time."""
        return candidates.open_records(self._database, events_, selection, of=of)

    def named(self, snapshots: Sequence[int]) -> Iterator[list[Candidate]]:
        """These failing records as far as they are open, some at a time."""
        return candidates.named_records(self._database, snapshots)

    def homes(self, snapshots: Sequence[int]) -> tuple[Home, ...]:
        """In which Sync Event and Chain each of these is."""
        with self._database.reading() as connection:
            return candidates.homes(connection, snapshots)

    def chains(self, wanted: InboxFilter) -> tuple[ChainWaiting, ...]:
        """The Chains in which something waits that matches, the most severe Link first."""
        with self._database.reading() as connection:
            return inbox_chains.chains(connection, wanted)

    def stopped(self, wanted: InboxFilter) -> tuple[int, ...]:
        """The Sync Events whose own System error waits, and nothing else of them."""
        with self._database.reading() as connection:
            return inbox_chains.stopped(connection, wanted)

    def begin(self, new: NewPlan) -> int:
        """An empty plan, not yet to be run."""
        with self._database.writing(durable=False) as write:
            return retry_plans.begun(write.connection, new)

    def add(self, plan: int, items: Sequence[Item], *, first: int, going: Going) -> None:
        """More items for a plan that is being made."""
        with self._database.writing(durable=False) as write:
            retry_plans.add_items(write.connection, plan, items, first=first, going=going)

    def thin(self, plan: int) -> Mapping[ItemClass, int]:
        """Every key once; then how many records there are of each class."""
        with self._database.writing(durable=False) as write:
            retry_plans.thinned(write.connection, plan)
            return retry_plans.counts(write.connection, plan)

    def freeze(
        self, plan: int, said: Mapping[str, Any], *, of: Sequence[str], act: Act
    ) -> KeptPlan:
        """The plan with its hash, never to change again; audited under its maker."""
        with self._database.writing() as write:
            hash_ = retry_plans.frozen(write.connection, plan, said, of=of)
            told = Act(act.actor, act.action, act.subject, act.reason, {"plan": hash_})
            self._audit.append(write, told, now=self._clock())
            row = write.connection.execute(select(PLAN).where(PLAN.c.id == plan)).one()
            return retry_plans.kept(row)

    def drop(self, plan: int) -> None:
        """Forget a plan that nothing came of."""
        with self._database.writing() as write:
            retry_plans.dropped(write.connection, plan)

    def find(self, hash_: str) -> KeptPlan:
        """The plan whose hash begins so; Refused where there is none."""
        with self._database.reading() as connection:
            return retry_plans.by_hash(connection, hash_)

    def plan_of(self, event: int) -> KeptPlan | None:
        """The plan a retry runs, or ran."""
        with self._database.reading() as connection:
            number = events.known(connection, event).plan
            if number is None:
                return None
            row = connection.execute(select(PLAN).where(PLAN.c.id == number)).one()
            return retry_plans.kept(row)

    def items(self, plan: int, *, limit: int, after: str | None) -> Page[Item]:
        """A part of a plan's items."""
        with self._database.reading() as connection:
            return retry_plans.page(connection, plan, limit=limit, after=after)

    def start(self, plan: KeptPlan, new: NewEvent, owner: Owner, terms: Terms) -> Started:
        """The retry opened in this owner's hands; LinkBusy or Refused where it may not be."""
        with self._database.reading() as connection:
            events.refuse_busy(connection, new)
        with self._database.writing() as write:
            found = retry_start.started(write, plan, new, owner, terms)
            act = Act(
                new.actor,
                new.kind.value,
                f"#{found.owned.event}",
                new.reason,
                {
                    "of": f"#{plan.event}",
                    "plan": plan.hash,
                    "definition": new.definition.hash,
                    "closed": found.closed,
                    "dropped": sum(found.dropped.values()),
                },
            )
            self._audit.append(write, act, now=self._clock())
            return found
