"""What the store holds of the Inbox, the ledger and what transactions did (I21, P7, SPEED 6)."""

import pytest
import sqlalchemy as sa

from engine.domain.inbox import InboxFilter
from engine.domain.requests import Selection
from engine.recovery import mark
from engine.store import inbox, noticing
from engine.store.discards import Meant
from engine.store.store import Store
from engine.store.tables import SNAPSHOT
from tests.store.world import Told, a_snapshot, an_error, running, with_failures

BLANK = an_error()


def failing(store: Store, count: int = 5) -> Told:
    """A run that ended with so many failing records, and a sixth of another cause."""
    other = a_snapshot(99, error=an_error("amount is odd"))
    records = [a_snapshot(number) for number in range(count)]
    run = running(store, 1).finishes(with_failures(0, [*records, other]))
    run.ends()
    return run


def acts(store: Store) -> list[str]:
    rows = store.desk.audit_rows(limit=50, after=None).items
    return [row.action for row in reversed(rows)]


def test_what_was_rolled_back_is_not_told_by_the_next_transaction(store: Store) -> None:
    """I21."""
    run = failing(store)

    def fail() -> None:
        with store._database.writing() as write:
            noticing.opened(write.connection, run.number)
            noticing.turned(write.connection, run.number)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    store.audit(actor="ana", action="edit", subject="s1", reason="x")

    assert acts(store) == ["run", "edit"]
    assert store.desk.verify_audit().bad is None


def test_an_act_and_what_it_closed_are_one_transaction(store: Store) -> None:
    """I12, I21: a crash in the middle leaves neither."""
    run = failing(store)

    def crash(*args: object, **more: object) -> None:
        raise RuntimeError

    desk, audit = store.desk, store._audit
    append, audit.append = audit.append, crash  # type: ignore[method-assign]
    with pytest.raises(RuntimeError):
        desk.discard([Meant(run.number)], actor="ana", reason="x", settle=mark.settle)
    audit.append = append  # type: ignore[method-assign]

    assert run.seen().open.records == 6
    assert acts(store) == ["run"]
    assert store.desk.verify_audit().bad is None


def test_what_is_left_in_the_chain_is_noted_when_a_run_ends(store: Store) -> None:
    run = failing(store)

    [event] = store.desk.ledger(run.number).events

    assert (event.left_batches, event.left_records) == (0, 6)


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (InboxFilter(), "snapshot_open (event=? AND id>?)"),
        (InboxFilter(fingerprint=BLANK.fingerprint), "snapshot_by_fingerprint"),
        (InboxFilter(key="o12"), "snapshot_by_label"),
    ],
)
def test_a_page_of_the_inbox_is_found_on_an_index(
    store: Store, wanted: InboxFilter, index: str
) -> None:
    """SPEED 6: a keyset page costs the same in 3,000,000 rows."""
    failing(store)
    steps: list[str] = []

    with store._database.reading() as connection:
        [header] = inbox.waiting(connection, None)
        chosen = inbox.wanted_of(connection, wanted, [header])
        query = inbox.records_query(connection, header, chosen)
        assert query is not None
        page = query.where(SNAPSHOT.c.id > 0).order_by(SNAPSHOT.c.id).limit(51)
        text = page.compile(connection, compile_kwargs={"literal_binds": True})
        plan = connection.execute(sa.text(f"EXPLAIN QUERY PLAN {text}")).all()
        steps = [str(step[-1]) for step in plan]

    assert index in " / ".join(steps)
    assert not any("SCAN snapshot" in step for step in steps)


def test_causes_that_have_mostly_closed_are_found_among_what_is_open(store: Store) -> None:
    run = failing(store)
    chosen = Meant(run.number, Selection(fingerprints=(BLANK.fingerprint,)))
    done = store.desk.discard([chosen], actor="ana", reason="x", settle=mark.settle)

    page = store.desk.inbox(InboxFilter(fingerprint=BLANK.fingerprint), limit=5, after=None)
    rest = store.desk.inbox(InboxFilter(), limit=5, after=None)

    assert (done.records, page.items) == (5, ())
    assert len(rest.items) == 1


def test_more_snapshots_than_a_statement_takes_are_discarded_by_name(store: Store) -> None:
    run = failing(store, 1000)
    desk = store.desk

    meant = desk.by_chain(range(1, 1002))
    done = desk.discard(meant, actor="ana", reason="x", settle=mark.settle)

    assert (done.records, done.completed) == (1001, (run.number,))
