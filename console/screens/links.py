"""All Links: how each stands, what is open, how its last runs ended."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from textual import on
from textual.app import ComposeResult

from console import keys
from console.format import age, count, counted, minute, zone
from console.keys import Action
from console.layout import Field
from console.messages import Chosen, Moved
from console.pages.alerts_page import firing_words
from console.pages.lists import link_state, problem_of, shortened
from console.pages.page import Cell, Span
from console.pages.timing import NOBODY, VAIN, own_note, soon
from console.places import To
from console.refresh import Question
from console.screens.acts import ask_reason, toggle_question
from console.screens.place import Place
from console.states import GOOD, STATUS
from console.theme import Skin
from console.widgets.empty import Empty
from console.widgets.table import Entryline, Table
from engine.domain.alert import AlertSeen
from engine.domain.delta import MarkValue
from engine.domain.sync_event import LinkSeen, SyncEvent
from engine.domain.values import dataclass

RECENT = 10
COUNTED = (
    ("running", "busy"),
    ("interrupted", "bad"),
    ("failed", "bad"),
    ("disabled", "warn"),
)
LOOKED_AT = 200
"""Sync Events from which the recent runs of all Links are taken."""

COLUMNS = (
    Field("LINK", 14, grow=1),
    Field("STATE", 15),
    Field("LAST RUN", 11),
    Field("OPEN", 6, right=True),
    Field("RECENT RUNS", RECENT + 1, rank=1),
    Field("SEVERITY", 8, rank=2),
    Field("OWNER", 15, rank=4),
    Field("SYNCED UP TO", 16, rank=5),
    Field("LABEL", 20, grow=9, rank=6),
)

COUNTS = 25
"""Cells for how many Links there are and are shown, and the gaps between."""

WITH_TIMES = 125
"""Cells of a terminal from which on times are among what is shown."""

AFTER = 3
NEXT_RUN = Field("NEXT RUN", 10, rank=1)
"""A column that stands there, behind the last run, where any Link has a schedule."""

NO_LINKS = (
    "There is no Link yet.",
    "",
    "  linkdeck demo       tells the story of a flaky shop on this machine, then opens on it",
    "  linkdeck new NAME   writes a commented starter definition that runs as it is",
    "",
    "What you write is seen here at once.",
)


@dataclass(frozen=True, slots=True)
class Standing:
    """All Links, and the latest Sync Events of each, newest first."""

    links: tuple[LinkSeen, ...]
    recent: Mapping[str, Sequence[SyncEvent]]
    alerts: Sequence[AlertSeen] = ()


class Links(Place):
    """Where the console begins."""

    offers = (
        keys.OPEN,
        keys.RUN,
        keys.RESUME,
        keys.TOGGLE,
        keys.EXPLAIN,
        keys.SETTINGS,
    )
    BINDINGS = keys.bindings(*offers[1:])

    def crumb(self) -> str:
        """What the header calls it."""
        return "Links"

    def body(self) -> ComposeResult:
        """The list, or what to do where there is none."""
        yield Table(id="links")
        none = Empty(NO_LINKS, id="empty")
        # Whether there are any is known once the store was asked.
        none.display = False
        yield none

    def question(self) -> Question:
        """Every Link, and what the latest Sync Events made of it."""

        def standing(engine: Any) -> Standing:
            recent = defaultdict(list)
            for event in engine.events(limit=LOOKED_AT).items:
                recent[event.link].append(event)
            return Standing(engine.links(), recent, engine.alerts())

        return standing

    def answered(self, answer: Standing) -> None:
        """A row a Link."""
        self.query_one(Empty).display = not answer.links
        self.query_one(Table).display = bool(answer.links)
        self._fill()

    def unchanged(self) -> None:
        """Ages move on by themselves."""
        self._fill()

    def narrowed(self) -> None:
        """Other Links match."""
        self._fill()

    def _fill(self) -> None:
        if self.answer is None:
            return
        columns, told = list(COLUMNS), any(link.next for link in self.answer.links)
        if told:
            columns.insert(AFTER, NEXT_RUN)
        rows = []
        for link in self._matching():
            cells = list(_cells(link, self.answer.recent, self.deck.skin))
            if told:
                cells.insert(AFTER, soon(link.next))
            rows.append(Entryline(link.name, cells))
        self.query_one(Table).fill(columns, rows)

    def _matching(self) -> list[LinkSeen]:
        wanted = self.filter
        return [
            link
            for link in self.answer.links
            if wanted.admits(f"{link.name} {link.label}", _fields(link))
        ]

    def tally(self, skin: Skin) -> tuple[Cell, Cell]:
        """How many there are, and how many of them need somebody."""
        if self.answer is None:
            return self.unread("opening the store")
        links = self.answer.links
        here = self.here()
        if here is not None and (said := _wrong(here)):
            return said, ""
        states = [link_state(link, unicode=skin.unicode) for link in links]
        parts: list[str | Span] = []
        for word, style in COUNTED:
            number = sum(state.text.endswith(word) for state in states)
            if number:
                parts.append(Span(f"   {count(number)} {word}", style))
        if fires := firing_words(self.answer.alerts):
            parts.append(Span(fires, "bad"))
        if any(link.next is not None and not link.next.attended for link in links):
            parts.append(Span(f"   {VAIN} {self._nobody(parts)}", "warn"))
        shown = len(self._matching())
        parts += self._zone()
        left = (counted(len(links), "Link"), *parts)
        return left, f"{count(shown)} of {count(len(links))}"

    def _nobody(self, beside: Sequence[str | Span]) -> str:
        """The whole sentence where it fits beside what is counted."""
        said = "".join(part if isinstance(part, str) else part.text for part in beside)
        fits = len(said) + len(NOBODY) + COUNTS <= self.size.width
        return NOBODY if fits else NOBODY.partition(":")[0]

    def _zone(self) -> list[Span]:
        """Of which zone times are, where any are shown."""
        shown = self.size.width >= WITH_TIMES
        return [Span(f"   times in {zone()}", "quiet")] * shown

    # What can be done

    def may(self, action: Action) -> bool:
        """Most of it needs a Link that can run."""
        link = self.here()
        if action in (keys.RUN, keys.EXPLAIN, keys.SETTINGS):
            return link is not None and link.problem is None
        if action is keys.RESUME:
            return link is not None and link.last is not None and link.last.abandoned
        return link is not None

    def here(self) -> LinkSeen | None:
        """The Link under the cursor."""
        if self.answer is None:
            return None
        table = self.query_one(Table)
        name = table.target(table.at) if table.count() else None
        return next((link for link in self.answer.links if link.name == name), None)

    @on(Moved)
    def _moved(self) -> None:
        self.look()

    @on(Chosen)
    def _open(self, message: Chosen) -> None:
        self.deck.go(To("events", link=message.target))

    def action_explain(self) -> None:
        """Why its mark is where it is."""
        if (link := self.here()) is not None:
            self.deck.go(To("explain", link=link.name))

    def action_settings(self) -> None:
        """What operators may set for it."""
        if (link := self.here()) is not None:
            self.deck.go(To("settings", link=link.name))

    def action_run(self) -> None:
        """Run it, in a process of its own."""
        if (link := self.here()) is not None:
            self.deck.start_run(link.name)

    def action_resume(self) -> None:
        """Finish its interrupted run."""
        link = self.here()
        if link is not None and link.last is not None:
            self.resume(link.last.id)

    def action_switch(self) -> None:
        """Let it run, or keep it from running."""
        if (link := self.here()) is not None:
            name, enabled = link.name, not link.enabled
            ask_reason(
                self.deck,
                toggle_question(name, enabled=enabled),
                lambda reason: self._toggle(name, reason, enabled=enabled),
            )

    def _toggle(self, name: str, reason: str, *, enabled: bool) -> None:
        actor = self.deck.actor
        self.ask(
            lambda engine: engine.set_enabled(
                name, enabled=enabled, reason=reason, actor=actor
            ),
            None,
        )


def _wrong(link: LinkSeen) -> Span | None:
    """What keeps the Link under the cursor from running, in words."""
    if link.problem:
        return Span(problem_of(link), "bad")
    last = link.last
    if last is not None and last.abandoned:
        what = f"#{last.id} was interrupted, nobody runs it any more: u resumes it"
        return Span(what, "bad")
    if last is not None and last.unattended:
        what = f"#{last.id} is queued, and no engine is alive: linkdeck engine takes it"
        return Span(what, "warn")
    note = own_note(link.next) if link.enabled and link.next else None
    return Span(note, "warn") if note else None


def _cells(
    link: LinkSeen, recent: Mapping[str, Sequence[SyncEvent]], skin: Skin
) -> tuple[Cell, ...]:
    waiting = link.open.batches + link.open.records
    last = link.last
    ran = last.started_at or last.queued_at if last else None
    return (
        Span(link.name, "strong"),
        shortened(link_state(link, unicode=skin.unicode)),
        f"{age(ran)} ago" if ran else Span("never", "quiet"),
        Span(count(waiting), "bad" if waiting else "quiet"),
        _runs(recent.get(link.name, ()), skin),
        link.severity,
        link.owner or "",
        _up_to(link.mark) if link.mark is not None else Span("-", "quiet"),
        Span(problem_of(link), "bad") if link.problem else link.label,
    )


def _up_to(mark: MarkValue) -> str:
    return minute(mark) if isinstance(mark, datetime) else str(mark)


def _runs(events: Sequence[SyncEvent], skin: Skin) -> Cell:
    """The latest runs, oldest first, a glyph each."""
    looks = [STATUS[event.status] for event in reversed(events[:RECENT])]
    return tuple(
        Span(look.mark(unicode=skin.unicode), look.style) for look in looks
    ) or Span("", GOOD.style)


def _fields(link: LinkSeen) -> dict[str, str]:
    status = link.last.status.value if link.last else "never ran"
    return {
        "link": link.name,
        "state": status,
        "status": status,
        "owner": link.owner or "",
        "severity": link.severity,
    }
