"""The identity S3 on kept counters, after every emit, whatever comes in whatever order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.domain.batch import BatchOutcome, BatchState
from engine.domain.errors import Tier
from engine.domain.outcome import Ending
from engine.domain.progress import BatchFinished, BatchStarted
from engine.domain.requests import Selection
from engine.domain.snapshot import RecordState
from engine.domain.sync_event import Kind
from engine.recovery import mark
from engine.store.store import Store
from tests.store.world import (
    NOON,
    Told,
    a_dead_process,
    a_snapshot,
    an_error,
    new_event,
    told,
)

BATCHES = 5
_links = count(1)

small = st.integers(0, 4)
messages = st.sampled_from(["email is blank", "note is too long", "country is unknown"])


@st.composite
def outcomes(draw: st.DrawFn) -> BatchOutcome:
    """Anything that can become of a Batch, honest about its sums."""
    batch = draw(st.integers(0, BATCHES - 1))
    if draw(st.booleans()) and draw(st.booleans()):
        error = an_error(draw(messages), tier=Tier.BATCH, stage="source")
        return BatchOutcome(batch, BatchState.FAILED, error=error, scope_open=True)
    failing = draw(st.lists(messages, max_size=3))
    doubtful = draw(st.lists(messages, max_size=2))
    written, ignored, warned = draw(small), draw(small), draw(small)
    snapshots = [
        *(a_snapshot(n, error=an_error(text)) for n, text in enumerate(failing)),
        *(
            a_snapshot(n, error=an_error(text), state=RecordState.IN_DOUBT)
            for n, text in enumerate(doubtful, 10)
        ),
    ]
    return BatchOutcome(
        batch,
        draw(st.sampled_from([BatchState.COMPLETED, BatchState.FAILED])),
        fetched=written + ignored + len(snapshots),
        written=written,
        ignored={"archived": ignored},
        warnings={"no tier": warned},
        warned=warned,
        failed=len(failing),
        in_doubt=len(doubtful),
        snapshots=tuple(snapshots),
    )


@dataclass
class Oracle:
    """What the books must say, remembered apart from the store: the first outcome counts."""

    first: dict[int, BatchOutcome] = field(default_factory=dict)

    def hears(self, group: Sequence[BatchOutcome]) -> None:
        for outcome in group:
            self.first.setdefault(outcome.batch, outcome)

    def agrees(self, run: Told) -> None:
        event, counted = run.seen(), self.first.values()
        written = sum(outcome.written for outcome in counted)
        assert event.records.fetched == sum(outcome.fetched or 0 for outcome in counted)
        assert event.records.written + event.records.would_write == written
        assert event.records.failed == sum(outcome.failed for outcome in counted)
        assert event.records.warned == sum(outcome.warned for outcome in counted)
        listed = sum(len(outcome.snapshots) for outcome in counted)
        assert run.store.failures(run.number, Selection(), limit=1)[1] == listed
        if event.kind is not Kind.TEST:
            assert event.open.records == listed
        settled = event.batches.completed + event.batches.failed
        assert settled == len(self.first)


steps = st.lists(
    st.one_of(
        st.lists(outcomes(), min_size=1, max_size=4),
        st.sets(st.integers(0, BATCHES - 1), min_size=1),
        st.just("crash"),
    ),
    max_size=8,
)


def _retold(run: Told) -> Told:
    """The coordinator died; another took the Sync Event up."""
    owned = run.store.adopt_event(run.number, a_dead_process())
    return Told(run.store, owned, run.store.journal(owned, mark.settle))


def _live_through(
    store: Store, kind: Kind, script: Sequence[object], ending: Ending
) -> None:
    run = told(store, new_event(f"link-{next(_links)}", kind=kind), a_dead_process())
    run.starts().plans(BATCHES)
    oracle = Oracle()
    for step in script:
        if step == "crash":
            run = _retold(run)
        elif isinstance(step, list):
            run.journal.emit(BatchFinished(tuple(step)))
            oracle.hears(step)
        elif isinstance(step, set):
            run.journal.emit(BatchStarted(tuple(step), NOON, durable=False))
        oracle.agrees(run)
    run.ends(ending)
    oracle.agrees(run)
    assert [finding for finding in store.check() if finding.serious] == []


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    kind=st.sampled_from([Kind.SYNC, Kind.TEST]),
    script=steps,
    ending=st.sampled_from(list(Ending)),
)
def test_the_books_add_up_after_every_emit_and_a_batch_counts_once(
    store: Store, kind: Kind, script: Sequence[object], ending: Ending
) -> None:
    """S3, X1: at every moment, through crashes and outcomes that come twice."""
    _live_through(store, kind, script, ending)
