"""What the console asks of a store, by what a person would call it."""

from collections.abc import Callable, Mapping
from typing import Any

from engine.domain.inbox import InboxFilter
from engine.domain.requests import Search, Selection, Stretch
from engine.store.store import Store
from tests.store.crowd import Crowd


def questions(store: Store, crowd: Crowd) -> Mapping[str, Callable[[], Any]]:
    """Every query of a screen, on a store that was filled with this crowd."""
    return {**_overview(store, crowd), **_failures(store, crowd), **_inbox(store)}


def _overview(store: Store, crowd: Crowd) -> Mapping[str, Callable[[], Any]]:
    event, middle = crowd.open_event, crowd.events // 2
    return {
        "Links": store.link_states,
        "Sync Events, newest": store.events,
        "Sync Events, from the middle": lambda: store.events(before=middle),
        "Sync Events of a Link": lambda: store.events(link="link 7"),
        "Sync Events that failed": lambda: store.events(status="failed"),
        "latest of a Link": lambda: store.latest("link 7"),
        "Summary": lambda: store.event(event),
        "ledger of its Chain": lambda: store.desk.ledger(event),
        "its batches": lambda: store.batches(event),
        "a stretch of its batches": lambda: store.desk.batch_stretch(
            event, Stretch(50, beyond=1)
        ),
        "the last of its batches": lambda: store.desk.batch_stretch(
            event, Stretch(50, backwards=True)
        ),
        "how many batches before one": lambda: store.desk.batch_count(event, before=2),
        "its batch grid": lambda: store.batch_states(event),
        "its failing batches": lambda: store.failing_batches(event),
        "whether anything changed": store.changed,
    }


def _failures(store: Store, crowd: Crowd) -> Mapping[str, Callable[[], Any]]:
    event, first = crowd.open_event, (crowd.open_event - 1) * crowd.snapshots + 1
    middle = first + crowd.snapshots // 2
    cause = store.events(before=event + 1, limit=1).items[0].errors[0].fingerprint
    of_cause = Selection(fingerprints=(cause,))
    everything = Selection()
    half = Stretch(limit=50, beyond=middle)
    return {
        "Failures, first page": lambda: store.failures(event, everything),
        "Failures, from the middle": lambda: store.failures(
            event, everything, after=str(middle)
        ),
        "Failures of one cause": lambda: store.failures(event, of_cause),
        "Failures of a stage": lambda: store.failures(event, Selection(stage="rules")),
        "Failures of a key": lambda: store.failures(
            event, Selection(keys=(f"order-{middle}",))
        ),
        "Failures of a Batch": lambda: store.failures(event, Selection(batch=1)),
        "a stretch of them": lambda: store.stretch(event, everything, half, Search()),
        "what a discard would close": lambda: store.desk.open_count(event, of_cause),
        "a record": lambda: store.snapshot(middle),
        "its history": lambda: store.history(middle),
    }


def _inbox(store: Store) -> Mapping[str, Callable[[], Any]]:
    desk, everything = store.desk, InboxFilter()
    routed = InboxFilter(route="quarantine")
    half = Stretch(limit=50, skip=1000)
    return {
        "Inbox, first page": lambda: desk.inbox(everything, limit=50, after=None),
        "Inbox of a route": lambda: desk.inbox(routed, limit=50, after=None),
        "Inbox of a Link": lambda: desk.inbox(
            InboxFilter(link="link 0"), limit=50, after=None
        ),
        "a stretch of it": lambda: desk.inbox_stretch(everything, half),
        "how much waits": lambda: desk.inbox_matching(everything),
        "by route and Link": desk.counts,
        "what is scraped of sums": store.upkeep.totals,
        "what is scraped of the Inbox": store.upkeep.inbox_routes,
        "causes of what waits": desk.causes,
        "causes over all runs": store.upkeep.causes,
    }
