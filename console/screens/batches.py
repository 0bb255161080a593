"""The Batches of a Sync Event, in order."""

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult

from console import keys
from console.format import count, duration
from console.layout import Field
from console.messages import Chosen, Moved
from console.pages.failing import batch_state, scope_of, why_of
from console.pages.page import Cell, Span
from console.places import To
from console.refresh import Question
from console.screens.place import Place
from console.theme import Skin
from console.widgets.empty import Empty
from console.widgets.table import Entryline, Table
from engine.domain.requests import Page
from engine.domain.sync_event import BatchSeen

PAGE = 200

COLUMNS = (
    Field("BATCH", 6, right=True),
    Field("STATE", 15),
    Field("FETCHED", 8, right=True),
    Field("WRITTEN", 8, right=True),
    Field("IGNORED", 8, right=True, rank=3),
    Field("FAILED", 7, right=True),
    Field("TRIES", 5, right=True, rank=4),
    Field("TOOK", 10, rank=5),
    Field("SCOPE", 14, grow=2, rank=2, tail=True),
    Field("ERROR", 16, grow=4, rank=1),
)


@dataclass(frozen=True, slots=True)
class Listed:
    """The first so many Batches, and how many were planned."""

    page: Page[BatchSeen]
    planned: int


class Batches(Place):
    """The list of Batches."""

    offers = (keys.OPEN, keys.FAILURES)
    BINDINGS = keys.bindings(keys.FAILURES)

    def on_mount(self) -> None:
        """It begins with one page."""
        self.limit = PAGE

    def crumb(self) -> str:
        """What the header calls it."""
        return "Batches"

    def body(self) -> ComposeResult:
        """The list."""
        yield Table(id="batches")
        yield Empty(["Nothing was planned: the run ended before."], id="empty")

    def question(self) -> Question:
        """The first so many."""
        ref, limit = str(self.to.event), self.limit
        state = next(iter(self.filter.of("state")), None)
        return lambda engine: Listed(
            engine.batches(ref, state=_state(state), limit=limit),
            engine.event(ref).batches.planned,
        )

    def answered(self, answer: Listed) -> None:
        """A row a Batch."""
        some = bool(answer.page.items) or bool(self.filter_text)
        self.query_one(Empty).display = not some
        self.query_one(Table).display = some
        self._fill()

    def narrowed(self) -> None:
        """Others match; by state the store looks."""
        self.ask_again()
        self._fill()

    def _fill(self) -> None:
        if self.answer is not None:
            skin = self.deck.skin
            rows = [
                Entryline(batch.index, _cells(batch, skin)) for batch in self._matching()
            ]
            self.query_one(Table).fill(COLUMNS, rows)

    def _matching(self) -> list[BatchSeen]:
        wanted = self.filter
        return [each for each in self.answer.page.items if wanted.admits(*_said(each))]

    def tally(self, skin: Skin) -> tuple[Cell, Cell]:
        """How many of how many."""
        del skin
        if self.answer is None:
            return Span(self.problem or "reading", "quiet"), ""
        # Where more are read as the cursor goes on, all of them are meant.
        shown = len(self._matching())
        if self.answer.page.next and not self.filter_text:
            shown = self.answer.planned
        return (
            f"Batches of #{self.to.event}",
            f"{count(shown)} of {count(self.answer.planned)}",
        )

    @on(Moved)
    def _moved(self) -> None:
        table = self.query_one(Table)
        near = table.at >= table.count() - PAGE // 4
        if near and self.answer is not None and self.answer.page.next:
            self.limit = len(self.answer.page.items) + PAGE
            self.ask_again()

    @on(Chosen)
    def _open(self, message: Chosen) -> None:
        self.deck.go(To("batch", event=self.to.event, batch=message.target))

    def action_failures(self) -> None:
        """The failing records of the Sync Event."""
        self.deck.go(To("failures", event=self.to.event))


def _state(typed: str | None) -> str | None:
    """The state that was typed, once it is a whole word."""
    words = ("waiting", "in_flight", "completed", "failed", "not_attempted")
    token = (typed or "").replace(" ", "_")
    return token if token in words else None


def _cells(batch: BatchSeen, skin: Skin) -> tuple[Cell, ...]:
    took = "-"
    if batch.started_at and batch.finished_at:
        took = duration((batch.finished_at - batch.started_at).total_seconds())
    unknown = batch.fetched is None
    return (
        Span(str(batch.index), "strong"),
        batch_state(batch, unicode=skin.unicode),
        Span("unknown", "quiet") if unknown else count(batch.fetched or 0),
        count(batch.written),
        count(batch.ignored),
        Span(count(batch.failed), "bad" if batch.failed else "quiet"),
        count(batch.attempts),
        took,
        scope_of(batch),
        Span(why_of(batch), "bad") if batch.error else "",
    )


def _said(batch: BatchSeen) -> tuple[str, dict[str, str]]:
    error = batch.error or {}
    text = f"{batch.index} {scope_of(batch)} {error.get('message', '')}"
    fields = {name: str(error.get(name) or "") for name in ("code", "class", "stage")}
    return text, {**fields, "state": batch.state}
