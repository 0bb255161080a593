"""What operators may set for a Link, beside what its file says; kept and audited."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from textual import on

from console import keys
from console.format import minute, zone
from console.keys import Action
from console.layout import Field, heading, tabular
from console.messages import Chosen
from console.pages.overrides import plain, spoken
from console.pages.page import Cell, Line, Span, spans
from console.pages.timing import soon
from console.places import To
from console.refresh import Answer, Question
from console.screens.acts import ask_reason
from console.screens.dialog import Asked
from console.screens.valued import Valued
from console.theme import Skin
from console.widgets.paper import Leaf, Paper, leaves
from engine.domain.override import ENABLED, Said
from engine.domain.requests import LinkOverrides, OverrideSeen, Written

COLUMNS = (
    Field("SETTING", 29),
    Field("SAID", 12, grow=1),
    Field("FILE SAYS", 19, grow=1, rank=1),
    Field("BY", 11, grow=1, rank=2),
    Field("SINCE", 16, rank=4),
    Field("BECAUSE", 12, grow=3, rank=3),
)

KNOWN = {
    ENABLED: "true or false: whether it may run",
    "snapshots": "none, errors, errors_and_warnings or all",
    "automated_replay.enabled": "true or false",
    "automated_replay.max_attempts": "how often",
    "automated_replay.records": "ephemeral or all",
    "schedule.cron": "five fields, such as 0 * * * *",
    "schedule.every": "a duration, such as 15m, in place of cron",
    "schedule.timezone": "the zone of cron, such as Europe/Berlin",
    "schedule.overlap": "skip or queue: what is due while a run is not over",
    "schedule.pause_after": "failed runs in a row after which it waits",
    "retry.max_attempts": "tries of one request",
    "batch_size": "records",
    "parallel": "batches at once",
    "budget.failed_records": "a number, or a share such as 10%",
    "budget.failed_batches": "a number, or a share",
}

CLEAR = Action("clear_all", "C", "clear", "take back all that was said")


class Settings(Valued):
    """One Link's settings."""

    offers = (keys.CHANGE, CLEAR, keys.EXPLAIN)
    BINDINGS = keys.bindings(CLEAR, keys.EXPLAIN)

    def crumb(self) -> str:
        """What the header calls it."""
        return f"Settings of {self.to.link}"

    def question(self) -> Question:
        """What is said, beside what the file says."""
        link = self.to.link or ""
        return lambda engine: engine.overrides(link)

    def answered(self, answer: LinkOverrides) -> None:
        """Draw it."""
        self.query_one(Paper).show(lambda width, skin: list(_page(answer, width, skin)))

    def tally(self, skin: Skin) -> tuple[Cell, Cell]:
        """Where the file is."""
        del skin
        if self.answer is None:
            return self.unread()
        said = len(self.answer.items)
        file = Path(self.answer.path).name
        where: Cell = f"{self.to.link} over {file}, times in {zone()}"
        coming = self.answer.next
        if coming is not None and coming.attended:
            where = (str(where), ", next run ", *spans(soon(coming)))
        elif coming is not None:
            # First what somebody must do something about: the rest may be cut off.
            vain = Span(" no engine is alive", "warn")
            beside = f", over {file}, times in {zone()}"
            where = (str(self.to.link), ", next run ", *spans(soon(coming)), vain, beside)
        return where, f"{said} said" if said else "as the file says"

    def may(self, action: Action) -> bool:
        """There must be something to take back."""
        if self.answer is None:
            return False
        return action is not CLEAR or bool(self.answer.items)

    @on(Chosen)
    def _open(self, message: Chosen) -> None:
        name = message.target
        held = next((each for each in self.answer.items if each.name == name), None)
        value = "" if held is None else str(held.value)
        hint = f"{name}: {KNOWN.get(name, 'a value')}; left blank: as the file says"
        self.begin(name, value.lower() if value in ("True", "False") else value, hint)

    def typed(self, what: Any, text: str) -> None:
        """Say it, with a reason."""
        value: str | None = text.strip() or None
        verb = "Say" if value else "Take back"
        said = f" = {value}" if value else ""
        asked = Asked(
            f"{verb} {what}{said} for {self.to.link}?",
            verb,
            [Line("Every run after heeds it; what runs now does not.")],
            danger=False,
        )
        ask_reason(self.deck, asked, lambda reason: self._say(what, value, reason))

    def _say(self, name: str, value: str | None, reason: str) -> None:
        link, actor = self.to.link or "", self.deck.actor
        if name == ENABLED and value in ("true", "false"):
            self.ask(
                lambda engine: engine.set_enabled(
                    link, enabled=value == "true", reason=reason, actor=actor
                ),
                "said",
            )
        else:
            self.ask(
                lambda engine: engine.override(
                    link, [Said(name, value)], reason=reason, actor=actor
                ),
                "said",
            )

    def action_clear_all(self) -> None:
        """Take all of it back."""
        link, actor = self.to.link or "", self.deck.actor
        asked = Asked(f"Take back all that is said of {link}?", "Take back", danger=False)
        ask_reason(
            self.deck,
            asked,
            lambda reason: self.ask(
                lambda engine: engine.clear_overrides(link, reason=reason, actor=actor),
                "said",
            ),
        )

    def action_explain(self) -> None:
        """Why its mark is where it is."""
        self.deck.go(To("explain", link=self.to.link))

    def heard(self, subject: Any, answer: Answer) -> None:
        """It is said."""
        if subject == "said" and answer.error is None:
            self.say("kept; the audit has it", style="good")


def _page(said: LinkOverrides, width: int, skin: Skin) -> Iterator[Leaf]:
    wide = width - 2
    yield Leaf(
        [Span(" "), *(Span(each.text, "quiet") for each in heading(COLUMNS, wide, skin))]
    )
    held = {each.name: each for each in said.items}
    for name in dict.fromkeys((*KNOWN, *held)):
        each = held.get(name)
        file = _in_file(said.written.get(name), each)
        if each is None:
            cells: tuple[Cell, ...] = (name, Span("-", "quiet"), file, "", "", "")
        else:
            what = spoken(each.name, each.value).partition(" = ")[2] or str(each.value)
            cells = (
                Span(name, "strong"),
                Span(what, "warn"),
                file,
                each.actor,
                minute(each.at),
                each.reason or "",
            )
        yield Leaf([Span(" "), *tabular(COLUMNS, cells, wide, skin)], name)
    if said.problem:
        yield Leaf([])
        yield from leaves([Line(Span(said.problem, "bad"))], wide, skin)


def _in_file(written: Written | None, said: OverrideSeen | None) -> Cell:
    """What the file says, or what holds because it is silent."""
    if written is None:
        return plain(said.file) if said else ""
    if not written.default:
        return plain(written.value)
    default = "" if written.value is None else " (default)"
    return Span(f"{plain(written.value)}{default}", "quiet")
