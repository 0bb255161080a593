"""The summary: numbers a reader can add up, and what to do next."""

from dataclasses import replace

from console.pages.summary import data, next_steps, summary, warned
from engine.domain.outcome import Ending, Status
from engine.domain.sync_event import BatchCounts, Kind, OpenCounts, RecordCounts, SyncEvent
from tests.console.drawing import piped
from tests.console.made import an_event


def drawn(event: SyncEvent) -> str:
    return piped(summary(event, unicode=True, linkdeck="linkdeck --home x"))


def test_the_books_are_written_as_sums() -> None:
    """S3: fetched = written + ignored + failed + in doubt, so that it can be seen."""
    text = drawn(an_event())

    assert "fetched 28,000 = written 27,890 + ignored 40 + failed 70 + in doubt 0" in text
    assert "planned 30 = completed 28 + failed 2" in text
    assert "UNEXPLAINED" not in text


def test_what_the_books_do_not_explain_is_shouted() -> None:
    """S3: a residual other than 0 is shown."""
    lost = replace(an_event().records, fetched=28003)

    assert "+ in doubt 0 + UNEXPLAINED 3" in drawn(an_event(records=lost))


def test_batches_that_were_not_attempted_stand_in_the_sum() -> None:
    counts = BatchCounts(planned=30, completed=3, failed=1, not_attempted=26)
    event = an_event(batches=counts, status=Status.CANCELLED, ending=Ending.CANCELLED)

    assert "planned 30 = completed 3 + failed 1 + not attempted 26" in drawn(event)
    assert "□ cancelled" in drawn(event)


def test_a_test_run_would_have_written() -> None:
    counts = RecordCounts(fetched=10, would_write=9, failed=1)
    text = drawn(an_event(kind=Kind.TEST, records=counts, open=OpenCounts()))

    assert "fetched 10 = would write 9 + ignored 0 + failed 1 + in doubt 0" in text
    assert "test: nothing was written" in text


def test_a_retry_counts_what_came_from_snapshots() -> None:
    counts = RecordCounts(fetched=100, from_snapshots=70, written=170)
    event = an_event(kind=Kind.RETRY, parent=7, root=3, records=counts)

    assert "fetched 100 + from Snapshots 70 = written 170" in drawn(event)
    assert "retry of #7" in drawn(event)
    assert "child of #7, root #3" in drawn(event)


def test_the_size_of_what_was_never_received_is_unknown() -> None:
    assert "2 batches (their sizes are unknown) and 70 records" in drawn(an_event())


def test_system_and_batch_errors_stand_above_record_errors() -> None:
    text = drawn(an_event())

    assert text.index("expected JSON, got text/html") < text.index("email is blank")


def test_a_group_says_class_code_place_durability_route_owner_and_fingerprint() -> None:
    expected = (
        "   70  email is blank\n"
        "       validation/required at email of warehouse rules, durable, to quarantine,"
        " owner data-operations  9f3ab2c4d5e60718"
    )
    assert expected in drawn(an_event())


def test_the_next_step_is_the_largest_cause() -> None:
    steps = list(next_steps(an_event(), "linkdeck"))

    assert steps == [
        "linkdeck failures 12 --fingerprint 9f3ab2c4d5e60718",
        "linkdeck plan 12    what a retry would send",
        "linkdeck explain orders",
    ]


def test_a_run_that_planned_nothing_does_not_speak_of_open_records() -> None:
    event = an_event(batches=BatchCounts(), open=OpenCounts(), label="partial")

    assert data(event) == "none: it ended before anything was planned"
    assert data(an_event(label="partial")) == "partial: what is open is missing"


def test_what_a_test_warns_of_was_not_written() -> None:
    records = RecordCounts(fetched=1, would_write=1, warned=1)
    test = an_event(kind=Kind.TEST, records=records)

    assert warned(test) == "1 record, would be written all the same"
    assert warned(an_event(records=records)) == "1 record, written all the same"


def test_a_completed_run_needs_no_next_step() -> None:
    event = an_event(status=Status.COMPLETED, errors=(), open=OpenCounts())

    assert list(next_steps(event, "linkdeck")) == []


def test_a_run_that_never_planned_has_nothing_but_to_run_again() -> None:
    """C6."""
    event = an_event(ending=Ending.STOPPED, batches=BatchCounts(), open=OpenCounts())

    assert list(next_steps(event, "linkdeck")) == [
        "linkdeck run orders    once its cause is gone"
    ]


def test_a_running_one_can_be_cancelled_or_resumed() -> None:
    event = an_event(status=Status.RUNNING, outcome=None, ending=None, finished_at=None)

    assert [step.split()[1] for step in next_steps(event, "linkdeck")] == [
        "cancel",
        "resume",
    ]
