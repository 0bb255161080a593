"""The Summary of a Sync Event, live: how it goes, what failed, what to do next."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from textual import on
from textual.app import ComposeResult

from console import clock, keys
from console.format import count, counted
from console.ink import fitted
from console.keys import Action
from console.layout import laid_out
from console.messages import Chosen, Moved
from console.pages import alerts_page, overview
from console.pages.chain_page import convergence
from console.pages.overview import Going
from console.pages.pace import Pacer
from console.pages.page import Block, Caption, Cell, Facts, Line, Span
from console.pages.summary import known
from console.places import To
from console.refresh import Answer, Question
from console.screens.acts import ask_reason, cancel_question, may_wait
from console.screens.place import Place
from console.screens.remark import NOTED, ask_note, say_noted
from console.theme import Skin
from console.widgets.paper import Leaf, Paper, leaves
from engine.domain.errors import Tier
from engine.domain.inbox import Chain
from engine.domain.requests import Glimpse
from engine.domain.sync_event import ErrorGroup, SyncEvent
from engine.domain.values import dataclass

WIDE = 120
GRID_ROWS = 3
BESIDE, NARROWEST = 66, 12
"""Cells for what stands beside the bar of a run: share, Batches, pace, time left."""

MOST_REASONS = 12


@dataclass(frozen=True, slots=True)
class Overview:
    """A Sync Event and where its Batches stand."""

    event: SyncEvent
    states: tuple[str, ...]
    chain: Chain | None = None
    alert: str = ""


class Summary(Place):
    """One Sync Event."""

    filters = False
    offers = (
        keys.FAILURES,
        keys.BATCHES,
        keys.RETRY,
        keys.RESUME,
        keys.CANCEL,
        keys.CHAIN,
        keys.PARENT,
        keys.NOTE,
        keys.RUN,
        keys.EXPLAIN,
        keys.COPY,
        keys.SAVE,
    )
    BINDINGS = keys.bindings(*offers)

    def __init__(self, to: To) -> None:
        super().__init__(to)
        self._pacer = Pacer()
        self._going = Going()

    def crumb(self) -> str:
        """What the header calls it."""
        return f"#{self.to.event}"

    def body(self) -> ComposeResult:
        """One page."""
        yield Paper(id="summary")

    def question(self) -> Question:
        """The Sync Event as it now stands."""
        ref = str(self.to.event)

        def overview_of(engine: Any) -> Overview:
            event = engine.event(ref)
            chained = event.parent is not None or event.children
            return Overview(
                event,
                engine.batch_states(ref),
                engine.chain(ref) if chained else None,
                alerts_page.banner(engine.alerts(event.link), event.link),
            )

        return overview_of

    def answered(self, answer: Overview) -> None:
        """Draw it."""
        event = answer.event
        if not event.status.over:
            pace = self._pacer.after(_glimpse(event))
            self._going = Going(pace.rate, pace.left)
        self._draw()

    def unchanged(self) -> None:
        """A run's clock moves on by itself."""
        if self.answer is not None and not self.answer.event.status.over:
            self._draw()

    def _draw(self) -> None:
        answer: Overview = self.answer
        going = replace(self._going, now=clock.now())

        def draw(width: int, skin: Skin) -> list[Leaf]:
            return list(_page(answer, going, width, skin))

        self.query_one(Paper).show(draw)

    def tally(self, skin: Skin) -> tuple[Cell, Cell]:
        """Number, Link, and how it stands."""
        if self.answer is None:
            return self.unread()
        event: SyncEvent = self.answer.event
        arrow = skin.glyph("→", "->")
        way = f"{event.source} {arrow} {event.target}" if event.source else ""
        severity = f"severity {event.severity}"
        return (Span(f"#{event.id} {event.link}", "strong"), f"  {way}"), severity

    def subject(self) -> str:
        """The page as text."""
        if self.answer is None:
            return ""
        rows = _page(self.answer, self._going, WIDE, self.deck.skin)
        return "\n".join("".join(span.text for span in leaf.row) for leaf in rows)

    # What can be done

    def may(self, action: Action) -> bool:
        """It depends on how it stands."""
        if self.answer is None:
            return False
        event: SyncEvent = self.answer.event
        over = event.status.over
        return {
            keys.FAILURES: bool(event.errors),
            keys.BATCHES: event.batches.planned > 0,
            keys.RETRY: over and may_wait(event),
            keys.RESUME: event.abandoned,
            keys.CANCEL: not over,
            keys.CHAIN: bool(event.parent or event.children),
            keys.PARENT: event.parent is not None,
            keys.NOTE: self._cause() is not None,
        }.get(action, over)

    @on(Moved)
    def _moved(self) -> None:
        self.look()

    def _cause(self) -> ErrorGroup | None:
        """The cause under the cursor."""
        page = self.query_one(Paper)
        target = page.target(page.at) if page.count() else None
        return next(
            (
                each
                for each in self.answer.event.errors
                if target == ("group", (each.tier.value, each.fingerprint))
            ),
            None,
        )

    def action_note(self) -> None:
        """Say what is known of the cause under the cursor."""
        if self.answer is not None and (cause := self._cause()) is not None:
            ask_note(self, cause)

    def heard(self, subject: Any, answer: Answer) -> None:
        """It is kept."""
        if subject == NOTED:
            say_noted(self.deck, answer)

    @on(Chosen)
    def _open(self, message: Chosen) -> None:
        what, which = message.target
        event: SyncEvent = self.answer.event
        if what == "group":
            tier, fingerprint = which
            self.deck.go(To("failures", event=event.id, fingerprint=fingerprint, tier=tier))
        elif what == "event":
            self.deck.go(To("summary", event=which))
        else:
            self.deck.go(To(what, event=event.id, link=event.link))

    def action_failures(self) -> None:
        """What failed."""
        self._go("failures")

    def action_batches(self) -> None:
        """Its Batches."""
        self._go("batches")

    def action_retry(self) -> None:
        """Plan a retry."""
        self._go("retry")

    def action_chain(self) -> None:
        """What descends from it, and what it descends from."""
        self._go("chain")

    def action_explain(self) -> None:
        """Why Last Successful Sync is where it is."""
        self._go("explain")

    def action_parent(self) -> None:
        """The Sync Event it was made from."""
        parent = self.answer.event.parent if self.answer else None
        if parent is not None:
            self.deck.go(To("summary", event=parent))

    def _go(self, place: str) -> None:
        if self.answer is not None:
            event = self.answer.event
            self.deck.go(To(place, event=event.id, link=event.link))

    def action_cancel(self) -> None:
        """End the run."""
        if self.answer is None or self.answer.event.status.over:
            return
        ref, actor = str(self.to.event), self.deck.actor
        ask_reason(
            self.deck,
            cancel_question(self.answer.event),
            lambda reason: self.ask(
                lambda engine: engine.cancel(ref, reason=reason, actor=actor), None
            ),
        )

    def action_run(self) -> None:
        """Run the Link again, in a process of its own."""
        if self.answer is not None:
            self.deck.start_run(self.answer.event.link)

    def action_resume(self) -> None:
        """Finish it, in a process of its own."""
        if self.to.event is not None:
            self.resume(self.to.event)

    def action_copy(self) -> None:
        """The page as text, to the clipboard."""
        self.deck.copy_out(self.subject())

    def action_save(self) -> None:
        """The page as text, into a file."""
        self.deck.keep(self.subject(), f"event-{self.to.event}")


def _glimpse(event: SyncEvent) -> Glimpse:
    return Glimpse(
        event=event.id,
        link=event.link,
        resumed=event.interrupted,
        workers=event.workers or "",
        batches=event.batches,
        records=event.records,
        started_at=event.started_at or event.queued_at,
        now=clock.now(),
    )


def _page(answer: Overview, going: Going, width: int, skin: Skin) -> Iterator[Leaf]:
    event, wide = answer.event, width - 2
    top = overview.banner(event, unicode=skin.unicode)
    room = wide // 2 if event.status.over else max(wide - BESIDE, NARROWEST)
    bar = overview.progress(event, going, min(room, 60), unicode=skin.unicode)
    lines: list[Block] = [Line(top), Line(bar), Facts(tuple(overview.facts(event, going)))]
    if answer.alert:
        lines.insert(1, Line(Span(answer.alert, "bad")))
    yield from _inset(leaves(lines, wide, skin))
    yield from _chain(answer, wide, skin)
    yield from _batches(answer, wide, skin)
    yield from _groups(event, wide, skin)
    yield from _reasons("Ignored", event.ignored_reasons, wide, skin)
    yield from _reasons("Warnings", event.warnings, wide, skin)


def _inset(rows: list[Leaf]) -> Iterator[Leaf]:
    for leaf in rows:
        yield Leaf([Span(" "), *leaf.row], leaf.target)


def _chain(answer: Overview, width: int, skin: Skin) -> Iterator[Leaf]:
    """How its Chain converges; parent and children, and who took over or recovered it."""
    event = answer.event
    lines: list[tuple[str, int]] = []
    if event.parent is not None:
        lines.append((f"made from #{event.parent}", event.parent))
    lines += [(f"retried by #{child}", child) for child in event.children]
    if event.recovered_by is not None:
        lines.append((f"recovered by #{event.recovered_by}", event.recovered_by))
    if event.superseded_by is not None:
        lines.append((f"taken over by #{event.superseded_by}", event.superseded_by))
    if not lines:
        return
    yield from _caption("Chain", width, skin)
    if answer.chain is not None:
        yield Leaf([Span("   "), Span(convergence(answer.chain, unicode=skin.unicode))])
    for text, number in lines:
        style = "good" if text.startswith("recovered") else ""
        yield Leaf([Span("   "), Span(text, style)], ("event", number))


def _caption(title: str, width: int, skin: Skin) -> Iterator[Leaf]:
    yield Leaf([])
    yield from _inset(leaves([Caption(title)], width, skin))


def _batches(answer: Overview, width: int, skin: Skin) -> Iterator[Leaf]:
    if not answer.states:
        return
    number = counted(len(answer.states), "Batch", "Batches")
    each = overview.to_a_cell(len(answer.states), width - 2, GRID_ROWS)
    several = f", {each} to a sign, the worst of them shown" if each > 1 else ""
    yield from _caption(f"{number}{several}", width, skin)
    rows = overview.grid(answer.states, width - 2, GRID_ROWS, unicode=skin.unicode)
    for row in rows:
        yield Leaf([Span("   "), *row])


def _groups(event: SyncEvent, width: int, skin: Skin) -> Iterator[Leaf]:
    above = [group for group in event.errors if group.tier is not Tier.RECORD]
    below = [group for group in event.errors if group.tier is Tier.RECORD]
    for title, found in (("System and Batch errors", above), ("Record errors", below)):
        if found:
            yield from _caption(title, width, skin)
            for group in found:
                yield from _group(group, width, skin)


def _group(group: ErrorGroup, width: int, skin: Skin) -> Iterator[Leaf]:
    """Count and message on one line, which opens its records; what is known of it below."""
    number = fitted(Span(count(group.count), "bad"), 8, skin, right=True)
    message = fitted(Span(group.message, "strong"), width - 10, skin)
    target = ("group", (group.tier.value, group.fingerprint))
    yield Leaf([*number, Span("  "), *message], target)
    for row in laid_out([Line(known(group), indent=10)], width, skin):
        yield Leaf([Span(span.text, span.style or "quiet") for span in row])


def _reasons(title: str, reasons: Any, width: int, skin: Skin) -> Iterator[Leaf]:
    if not reasons:
        return
    yield from _caption(title, width, skin)
    ranked = sorted(reasons.items(), key=lambda item: -item[1])
    for reason, number in ranked[:MOST_REASONS]:
        cells = fitted(count(number), 8, skin, right=True)
        yield Leaf([*cells, Span("  "), *fitted(reason, width - 10, skin)])
    if len(ranked) > MOST_REASONS:
        yield Leaf([Span(f"          and {len(ranked) - MOST_REASONS} more", "quiet")])
