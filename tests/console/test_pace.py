"""The rate and the time left, from glimpses, and the bar."""

from console.cli.interrupt import Interrupt
from console.cli.live import BAR, bar
from console.cli.progress import Lines
from console.pages.pace import Pacer
from engine.domain.requests import Glimpse, Stop
from engine.domain.sync_event import BatchCounts
from tests.console.made import a_glimpse


def test_the_first_glimpse_tells_nothing_yet() -> None:
    pace = Pacer().after(a_glimpse(0, completed=0, fetched=0))

    assert (pace.rate, pace.left) == (None, None)


def test_the_rate_is_taken_over_the_last_seconds() -> None:
    pacer = Pacer()
    for second in range(11):
        pacer.after(a_glimpse(second, completed=0, fetched=100 * second))

    pace = pacer.after(a_glimpse(20, completed=0, fetched=1000 + 10 * 1000))

    assert pace.rate == 1000.0


def test_time_left_follows_from_the_batches_that_are_done() -> None:
    pacer = Pacer()
    pacer.after(a_glimpse(0, completed=0, fetched=0))

    assert pacer.after(a_glimpse(10, completed=10, fetched=0)).left == 20.0


def test_what_a_resumed_run_had_before_does_not_count() -> None:
    pacer = Pacer()
    pacer.after(a_glimpse(0, completed=20, fetched=20_000))

    pace = pacer.after(a_glimpse(10, completed=25, fetched=25_000))

    assert (pace.rate, pace.left) == (500.0, 10.0)


def follow(glimpses: list[Glimpse]) -> tuple[list[str], Interrupt]:
    said: list[str] = []
    interrupt = Interrupt(Stop())
    clock = [0.0]

    lines = Lines(interrupt, said.append, lambda: clock[0])
    for glimpse in glimpses:
        clock[0] = glimpse.now.timestamp()
        lines.see(glimpse)
    return said, interrupt


def test_a_pipe_gets_a_line_every_five_seconds_at_most() -> None:
    glimpses = [a_glimpse(n / 5, completed=n // 5, fetched=20 * n) for n in range(56)]

    said, interrupt = follow(glimpses)

    assert said == [
        "orders runs as #12",
        "#12 orders: 5 of 30 batches, 500 fetched, 500 written, 100 records/s, about 25 s left",
        "#12 orders: 10 of 30 batches, 1,000 fetched, 1,000 written, 100 records/s,"
        " about 20 s left",
    ]
    assert interrupt.flying == 2


def test_the_bar_shows_failed_batches_and_is_always_as_long() -> None:
    parts = bar(BatchCounts(planned=30, completed=9, failed=1, waiting=20), unicode=False)

    assert [part.text for part in parts] == ["#" * 9, "#", "-" * 20]
    for over in range(31):
        counts = BatchCounts(planned=30, completed=over // 2, failed=over - over // 2)
        assert sum(len(part.text) for part in bar(counts, unicode=True)) == BAR
