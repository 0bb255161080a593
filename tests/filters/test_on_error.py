"""`on_error` in all its settings, conditions, and ignoring with a reason (contract, on_error)."""

from typing import Any

import pytest

from engine.domain.batch import Broken
from engine.domain.errors import SystemSyncError, Tier
from engine.domain.filter import Staged
from engine.domain.link import SnapshotLevel
from engine.domain.snapshot import RecordState
from engine.domain.stage import (
    ON_ERROR,
    Cast,
    CheckStage,
    Disposition,
    FieldMap,
    IgnoreStage,
    OnError,
    Rule,
)
from tests.filters.building import (
    NOW,
    after,
    check_of,
    codes,
    fetched_of,
    map_of,
    messages,
    pipeline_of,
    rule,
    run,
)

GO_ON_AND_FAIL = OnError(proceed=True, status=Disposition.FAILED)
LEAVE_OUT_AND_WARN = OnError(proceed=False, status=Disposition.WARNING)


def countries(on_error: OnError) -> CheckStage:
    return check_of(rule("one_of", "country", values=["DE"]), on_error=on_error)


def staged_with(on_error: OnError, **more: Any) -> Staged:
    """A record that fails the first stage, and would fail the second; one that passes both."""
    pipeline = pipeline_of(
        countries(on_error), check_of(rule("range", "n", max=1), name="later"), **more
    )
    return run(pipeline, {"country": "XX", "n": 0}, {"country": "DE", "n": 0})


def test_record_fails_the_record_at_that_stage() -> None:
    staged = staged_with(ON_ERROR["record"])

    assert (len(staged.rows), staged.failed, staged.ignored, staged.warned) == (1, 1, {}, 0)
    assert messages(staged) == ["country 'XX' is not one of DE"]


def test_log_lets_the_record_through_with_a_warning() -> None:
    staged = staged_with(ON_ERROR["log"])

    assert (len(staged.rows), staged.failed, staged.ignored, staged.warned) == (2, 0, {}, 1)
    assert staged.warnings == {"country '…' is not one of DE": 1}


def test_skip_ignores_the_record_with_the_error_for_a_reason() -> None:
    """Without the data in it: reasons are counted, and must stay few."""
    staged = staged_with(ON_ERROR["skip"])

    assert (len(staged.rows), staged.failed, staged.warned) == (1, 0, 0)
    assert staged.ignored == {"country '…' is not one of DE": 1}


def test_continue_with_failed_runs_the_rest_and_pushes_nothing() -> None:
    pipeline = pipeline_of(
        countries(GO_ON_AND_FAIL), check_of(rule("range", "n", max=1), name="later")
    )

    staged = run(pipeline, {"country": "XX", "n": 5}, {"country": "XX", "n": 0})

    assert (len(staged.rows), staged.failed) == (0, 2)
    assert [codes(each) for each in staged.snapshots] == [["one_of", "range"], ["one_of"]]
    assert [error.stage for error in staged.snapshots[0].errors] == ["rules", "later"]


def test_a_record_that_has_failed_is_not_ignored_later() -> None:
    ignore = IgnoreStage(name="old", expression="n > 1", reason="too old")

    staged = run(pipeline_of(countries(GO_ON_AND_FAIL), ignore), {"country": "XX", "n": 5})

    assert (staged.failed, staged.ignored) == (1, {})


def test_stop_with_warning_ignores_the_record_and_warns() -> None:
    staged = staged_with(LEAVE_OUT_AND_WARN)

    assert (len(staged.rows), staged.failed, staged.warned) == (1, 0, 1)
    assert staged.ignored == staged.warnings == {"country '…' is not one of DE": 1}


def test_continue_with_ignored_is_refused() -> None:
    with pytest.raises(SystemSyncError, match=r"stage 'rules': .* contradict each other"):
        pipeline_of(countries(OnError(proceed=True, status=Disposition.IGNORED)))


def test_fail_stops_the_run_at_that_record() -> None:
    """T1: records from there on are in no count; what came before is."""
    ignore = IgnoreStage(name="test orders", expression="n == 9", reason="a test")
    pipeline = pipeline_of(ignore, countries(ON_ERROR["fail"]))
    records = [{"country": "DE"}, {"n": 9}, {"country": "XX"}, {"country": "YY"}, {"n": 9}]
    broken = (Broken(5, b"x", "not JSON"),)

    staged = pipeline.run(fetched_of(records, broken=broken), now=NOW)

    assert (staged.rows, staged.places, staged.ignored) == (
        [{"country": "DE"}],
        [0],
        {"a test": 1},
    )
    assert (staged.failed, staged.snapshots, staged.stop_place) == (0, (), 2)
    assert staged.stop is not None
    assert staged.stop.tier is Tier.SYSTEM
    assert staged.stop.stage == "rules"
    assert staged.stop.message == (
        "Link 'orders', check stage 'rules', orders.ndjson:3: country 'XX' is not one of DE"
    )


def test_what_was_broken_before_the_stop_still_counts() -> None:
    pipeline = pipeline_of(countries(ON_ERROR["fail"]))
    fetched = fetched_of([{"country": "XX"}], broken=(Broken(0, b"x", "not JSON"),))
    at_one = type(fetched)(
        fetched.rows,
        fetched_of([None, {"country": "XX"}]).raw,
        places=[1],
        broken=fetched.broken,
    )

    staged = pipeline.run(at_one, now=NOW)

    assert (staged.failed, staged.stop_place) == (1, 1)


@pytest.mark.parametrize("on_error", [ON_ERROR["log"], ON_ERROR["skip"], GO_ON_AND_FAIL])
def test_a_map_that_fails_leaves_the_record_unchanged(on_error: OnError) -> None:
    numbers = map_of(FieldMap("n", "id", cast=Cast.INT), on_error=on_error)
    pipeline = pipeline_of(numbers, snapshots=SnapshotLevel.ALL)

    staged = run(pipeline, {"id": "x", "note": "y"})

    states = {"log": RecordState.WARNED, "skip": RecordState.KEPT}
    name = next((key for key, value in ON_ERROR.items() if value == on_error), "")
    assert staged.snapshots[0].state is states.get(name, RecordState.OPEN)
    if name == "log":
        assert staged.rows == [{"id": "x", "note": "y"}]
    if not name:
        assert after(staged.snapshots[0]) == {"id": "x", "note": "y"}


def test_a_stage_is_for_the_records_that_meet_its_condition() -> None:
    pipeline = pipeline_of(check_of(rule("required", "vat"), condition="country != 'DE'"))

    staged = run(pipeline, {"country": "DE"}, {"country": "FR"}, {})

    assert [snapshot.position for snapshot in staged.snapshots] == [1]
    assert staged.places == [0, 2]


def test_a_conditional_map_changes_only_those() -> None:
    pipeline = pipeline_of(
        map_of(FieldMap("n", "n", cast=Cast.INT), condition="kind == 'a'")
    )

    staged = run(pipeline, {"kind": "a", "n": "1"}, {"kind": "b", "n": "1"})

    assert staged.rows == [{"n": 1}, {"kind": "b", "n": "1"}]


def test_ignored_records_are_counted_by_reason() -> None:
    """T4."""
    pipeline = pipeline_of(
        IgnoreStage(name="a", expression="status == 'archived'", reason="archived"),
        IgnoreStage(
            name="b", expression="test", reason="a test", condition="country == 'DE'"
        ),
    )

    staged = run(
        pipeline,
        {"status": "archived"},
        {"status": "archived", "test": True, "country": "DE"},
        {"test": True, "country": "DE"},
        {"test": True},
        {},
    )

    assert staged.ignored == {"archived": 2, "a test": 1}
    assert staged.places == [3, 4]


def test_an_ignore_without_a_reason_is_refused() -> None:
    with pytest.raises(SystemSyncError, match="must give its reason"):
        pipeline_of(IgnoreStage(name="a", expression="x", reason=" "))


def test_an_expression_that_cannot_be_read_is_refused_with_its_column() -> None:
    with pytest.raises(SystemSyncError, match=r"stage 'a': .* \(column 3 of 'x = 1'\)"):
        pipeline_of(IgnoreStage(name="a", expression="x = 1", reason="r"))


def test_reasons_of_one_batch_stay_countable() -> None:
    """A rule whose own message names each record would else make a reason of each."""
    records = [{"value": f"{n}"} for n in range(250)]
    own = [
        Rule("one_of", "value", options={"values": ["no"]}, message=f"reason {n}")
        for n in range(250)
    ]
    stages = [
        check_of(each, name=f"s{n}", condition=f"value == '{n}'", on_error=ON_ERROR["skip"])
        for n, each in enumerate(own)
    ]

    staged = run(pipeline_of(*stages), *records)

    assert sum(staged.ignored.values()) == 250
    assert len(staged.ignored) == 101
