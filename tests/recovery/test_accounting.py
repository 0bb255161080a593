"""The books of a Chain: every record of it once, however often it was tried (S3)."""

from typing import Any

from engine.domain.inbox import Balance, ChainEvent, Kept, Settled
from engine.recovery.accounting import balance, convergence


def event(number: int = 1, **more: Any) -> ChainEvent:
    nothing: dict[str, Any] = {
        "parent": None,
        "kind": "sync",
        "status": "failed",
        **dict.fromkeys(
            (
                "batches",
                "failed_batches",
                "open_batches",
                "open_records",
                "fetched",
                "from_snapshots",
                "written",
                "ignored",
                "superseded",
                "equal",
                "discarded",
                "moved",
                "in_doubt",
            ),
            0,
        ),
        "actor": "ana",
        "reason": None,
        "started_at": None,
        "finished_at": None,
    }
    return ChainEvent(event=number, **{**nothing, **more})


def test_what_a_retry_took_up_again_counts_once() -> None:
    root = event(fetched=100, written=93, failed=7, superseded=1, discarded=1)
    child = event(2, from_snapshots=5, written=3, failed=2, open_records=2)

    assert balance([root, child]) == Balance(
        fetched=100, written=96, open=2, superseded=1, discarded=1
    )
    assert balance([root, child]).residual == 0


def test_records_of_a_kept_scope_that_was_fetched_again_count_where_they_went() -> None:
    root = event(fetched=20, written=10, failed=10)
    child = event(2, fetched=10, written=10)

    found = balance([root, child], kept=[Kept("retry", 10)])

    assert (found.fetched, found.written, found.residual) == (20, 20, 0)


def test_records_of_a_kept_scope_are_open_until_something_closes_it() -> None:
    root = event(fetched=20, written=10, failed=10)

    assert balance([root], kept=[Kept(None, 10)]).open == 10
    assert balance([root], kept=[Kept("discard", 10)]).discarded == 10
    assert balance([root], kept=[Kept("superseded", 10)]).residual == 0


def test_doubt_is_told_apart_from_what_is_open() -> None:
    root = event(fetched=5, written=3, in_doubt=2, open_records=2)

    found = balance([root], in_doubt=2)

    assert (found.open, found.in_doubt, found.residual) == (0, 2, 0)


def test_a_record_that_is_in_no_place_shows() -> None:
    root = event(fetched=5, written=3, failed=2, open_records=1)

    assert balance([root]).residual == 1
    assert balance([root], settled=Settled(moved=1)).residual == 0


def test_a_chain_converges_step_by_step() -> None:
    assert convergence([(15, 70_000), (4, 0), (0, 0)], (0, 0)) == (
        (15, 4, 0),
        (70_000, 0, 0),
    )


def test_what_was_closed_since_the_last_one_ended_is_a_step_of_its_own() -> None:
    assert convergence([(2, 3)], (0, 1)) == ((2, 0), (3, 1))
    assert convergence([(None, None), (1, 1)], (1, 1)) == ((1,), (1,))
