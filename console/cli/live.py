"""A run on a terminal: three lines that are drawn again twice a second."""

import sys
from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.live import Live

from console.cli.interrupt import Interrupt
from console.cli.painted import console, text
from console.format import count, duration, rate, remaining
from console.medium import Medium
from console.pages.pace import Pace, Pacer, done, opening
from console.pages.page import Span
from engine.domain.requests import Glimpse
from engine.domain.sync_event import BatchCounts

A_SECOND = 2
BAR = 30


class Picture:
    """The newest glimpse as it looks; drawn from the first one until `rest`, which wipes it out."""

    def __init__(self, medium: Medium, interrupt: Interrupt) -> None:
        self._medium, self._interrupt = medium, interrupt
        self._pacer = Pacer()
        self._now: tuple[Glimpse, Pace] | None = None
        self._live: Live | None = None

    def see(self, glimpse: Glimpse) -> None:
        """Keep a glimpse; drawing is another thread's."""
        self._interrupt.flying = glimpse.batches.in_flight
        if self._now is not None and self._now[0].event != glimpse.event:
            self._pacer = Pacer()
        self._now = (glimpse, self._pacer.after(glimpse))
        if self._live is None:
            self._live = self._started()

    def rest(self) -> None:
        """Leave the terminal to somebody else until the next glimpse."""
        if self._live is not None:
            self._live.stop()
        self._live = None
        self._interrupt.drawn = False

    def _started(self) -> Live:
        live = Live(
            get_renderable=self.drawn,
            console=console(sys.stderr, self._medium),
            refresh_per_second=A_SECOND,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._interrupt.drawn = True
        live.start(refresh=True)
        return live

    def drawn(self) -> RenderableType:
        """The lines as they stand."""
        if self._now is None:
            return text("planning", self._medium)
        glimpse, pace = self._now
        lines: list[RenderableType] = [
            text((Span(opening(glimpse), "strong"), f"  {glimpse.workers}"), self._medium),
            text(self._bar(glimpse, pace), self._medium),
            text(_counts(glimpse), self._medium),
        ]
        if self._interrupt.signal is not None:
            lines.append(text(Span(self._interrupt.sentence, "warn"), self._medium))
        elif glimpse.stopping:
            why = f"{glimpse.stopping}; {self._interrupt.finishing}"
            lines.append(text(Span(why, "warn"), self._medium))
        return Group(*lines)

    def _bar(self, glimpse: Glimpse, pace: Pace) -> tuple[Span, ...]:
        if not glimpse.batches.planned:
            return (Span("planning", "quiet"),)
        passed = (datetime.now(UTC) - glimpse.started_at).total_seconds()
        about = [f"{count(done(glimpse))}/{count(glimpse.batches.planned)} batches"]
        about += [rate(pace.rate)] if pace.rate else []
        staying = pace.left is not None and self._interrupt.signal is None
        staying = staying and not glimpse.stopping
        about += [remaining(pace.left or 0) if staying else duration(passed)]
        return (
            *bar(glimpse.batches, unicode=self._medium.unicode),
            Span("  " + ", ".join(about)),
        )


def bar(counts: BatchCounts, *, unicode: bool) -> tuple[Span, Span, Span]:
    """What is done, what failed, and what is to come, as parts of one bar."""
    full, empty = ("━", "─") if unicode else ("#", "-")
    over = counts.completed + counts.failed
    filled = BAR * over // max(counts.planned, 1)
    red = -(-filled * counts.failed // max(over, 1))
    return (
        Span(full * (filled - red), "good"),
        Span(full * red, "bad"),
        Span(empty * (BAR - filled), "quiet"),
    )


def _counts(glimpse: Glimpse) -> tuple[Span, ...]:
    counts = glimpse.records
    failed = f"   failed {count(counts.failed)}"
    batches = glimpse.batches.failed
    return (
        Span(f"fetched {count(counts.fetched + counts.from_snapshots)}"),
        Span(f"   written {count(counts.written + counts.would_write)}", "good"),
        Span(f"   ignored {count(counts.ignored)}"),
        Span(failed, "bad" if counts.failed else ""),
        Span(f"   in doubt {count(counts.in_doubt)}" if counts.in_doubt else "", "warn"),
        Span(f"   batches failed {count(batches)}" if batches else "", "bad"),
    )
