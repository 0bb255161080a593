"""One failing record: before and after field by field, the seven answers, its journey."""

import json
from typing import Any

from textual import on
from textual.app import ComposeResult

from console import keys
from console.ink import fitted
from console.keys import Action
from console.messages import Chosen
from console.pages.page import Cell, Line, Span
from console.places import To
from console.refresh import Answer, Question
from console.screens.acts import ask_discard, ask_reason
from console.screens.dialog import Asked, Confirmed, Dialog
from console.screens.place import Place
from console.screens.story import Page, Story, documents, story_of
from console.states import RECORD, words
from console.theme import Skin
from console.widgets.paper import Leaf, Paper
from engine.domain.present import Present
from engine.domain.requests import RecordDetail, Selection, Stretch
from engine.domain.snapshot import OPEN_STATES, RecordState


class OneRecord(Place):
    """One failing record."""

    filters = False
    offers = (
        keys.CHANGED,
        keys.RAW,
        keys.TARGET,
        keys.EDIT,
        keys.RETRY,
        keys.DISCARD,
        keys.RESOLVE,
        keys.REVEAL,
        keys.COPY,
        keys.SAVE,
        keys.NEXT,
        keys.PREVIOUS,
    )
    BINDINGS = keys.bindings(*offers)

    def __init__(self, to: To) -> None:
        super().__init__(to)
        self._changed_only = False
        self._raw = False
        self._unfolded: set[str] = set()
        self._reason: str | None = None
        self._present: Present | None = None
        self._asking = False

    def crumb(self) -> str:
        """What the header calls it."""
        return f"s{self.to.snapshot}"

    def body(self) -> ComposeResult:
        """One page."""
        yield Paper(id="record")

    def question(self) -> Question:
        """The record; once revealed, as it is until one leaves it."""
        ref = f"s{self.to.snapshot}"
        revealed = self.answer.detail if self.answer and self._reason else None
        return lambda engine: story_of(revealed or engine.record(ref))

    def answered(self, answer: Story) -> None:
        """Draw it."""
        self._draw()

    def _draw(self) -> None:
        story: Story = self.answer
        changed_only, unfolded = self._changed_only, frozenset(self._unfolded)
        raw, revealed = self._raw, self._reason is not None
        now = self._present

        def draw(width: int, skin: Skin) -> list[Leaf]:
            if raw:
                return [
                    Leaf([Span(" "), *fitted(line, width - 2, skin)]) for line in story.raw
                ]
            page = Page(
                story, width, skin, changed_only=changed_only, unfolded=unfolded, now=now
            )
            return list(page.leaves(revealed=revealed))

        self.query_one(Paper).show(draw)

    def tally(self, skin: Skin) -> tuple[Cell, Cell]:
        """Which record, and how it stands."""
        if self.answer is None:
            return self.unread()
        seen = self.answer.detail.snapshot
        look = RECORD[RecordState(seen.state)]
        state = Span(f"{look.mark(unicode=skin.unicode)} {words(seen.state)}", look.style)
        edited = Span("  edited", "key") if seen.edited else ""
        key = "key " if seen.key else ""
        left = (Span(f"{key}{seen.label}", "strong"), "  ", state, edited)
        return left, f"#{seen.event} {seen.link}, batch {seen.batch}"

    # What can be done

    def may(self, action: Action) -> bool:
        """It depends on whether it is open, and on what was kept of it."""
        if self.answer is None:
            return False
        detail: RecordDetail = self.answer.detail
        waits = detail.snapshot.state in OPEN_STATES
        kept = detail.snapshot.before is not None
        return {
            keys.CHANGED: kept and not self._raw,
            keys.RAW: kept,
            keys.TARGET: not self._raw,
            keys.EDIT: waits and kept,
            keys.RETRY: waits and detail.event.status.over,
            keys.DISCARD: waits and detail.event.status.over,
            keys.RESOLVE: detail.snapshot.state == RecordState.IN_DOUBT,
            keys.REVEAL: bool(detail.masked),
        }.get(action, True)

    def action_changed(self) -> None:
        """Changed fields only, or all of them."""
        self._changed_only = not self._changed_only
        self._draw()

    def action_raw(self) -> None:
        """The stored JSON, or the fields."""
        self._raw = not self._raw
        self._draw()
        self.look()

    def action_target(self) -> None:
        """Ask the target what it holds now; or hide what it said."""
        if self._present is not None:
            self._present = None
            self._draw()
        elif self.answer is not None and not self._asking:
            self._asking = True
            ref, reason, actor = f"s{self.to.snapshot}", self._reason, self.deck.actor
            self.say(f"asking {self.answer.detail.event.target}")
            self.ask(
                lambda engine: engine.present(
                    ref, reveal=reason is not None, actor=actor, reason=reason or ""
                ),
                ("present", ref),
            )

    @on(Chosen)
    def _open(self, message: Chosen) -> None:
        what, which = message.target
        if what == "event":
            self.deck.go(To("summary", event=which))
        else:
            self._unfolded.symmetric_difference_update({which})
            self._draw()

    def action_next(self) -> None:
        """The next failing record of the same Sync Event."""
        self._beside(backwards=False)

    def action_previous(self) -> None:
        """The one before."""
        self._beside(backwards=True)

    def _beside(self, *, backwards: bool) -> None:
        if self.answer is None:
            return
        seen = self.answer.detail.snapshot
        part = Stretch(1, beyond=seen.id, backwards=backwards)
        self.ask(
            lambda engine: engine.stretch(str(seen.event), Selection(), part), "beside"
        )

    def heard(self, subject: Any, answer: Answer) -> None:
        """The record beside this one, what a reveal showed, what the target holds."""
        if isinstance(subject, tuple):
            self._asking = False
        if answer.error is not None:
            return
        if subject == ("present", f"s{self.to.snapshot}"):
            self.quiet()
            self._present = answer.value
            self._draw()
        if subject == "revealed":
            self.answer = answer.value
            self._draw()
            self.look()
        elif subject == "beside" and not answer.value:
            self.say("that was the last one")
        elif subject == "beside":
            self.to = To("record", event=self.to.event, snapshot=answer.value[0].id)
            self._unfolded.clear()
            self._reason = self._present = None
            self.ask_again()

    def action_reveal(self) -> None:
        """Show what is masked; the audit keeps who looked, and why."""
        asked = Asked(
            f"Reveal the masked fields of s{self.to.snapshot}?",
            "Reveal",
            [Line("The audit keeps who looked, and why.")],
        )
        ask_reason(self.deck, asked, self._reveal)

    def _reveal(self, reason: str) -> None:
        self._reason, ref, actor = reason, f"s{self.to.snapshot}", self.deck.actor
        self.ask(
            lambda engine: story_of(
                engine.record(ref, reveal=True, actor=actor, reason=reason)
            ),
            "revealed",
        )

    def action_edit(self) -> None:
        """Edit it for its next retry."""
        self._go("edit")

    def action_retry(self) -> None:
        """Plan a retry of it alone."""
        self._go("retry")

    def action_discard(self) -> None:
        """Discard it."""
        ref, actor = f"s{self.to.snapshot}", self.deck.actor
        ask_discard(
            self.deck,
            1,
            f": {ref}",
            lambda reason: self.ask(
                lambda engine: engine.discard(
                    [ref], Selection(), reason=reason, actor=actor
                ),
                "discarded",
            ),
        )

    def action_resolve(self) -> None:
        """Say whether its write was written: look it up in the target first."""
        ref, actor = f"s{self.to.snapshot}", self.deck.actor
        asked = Asked(
            f"Was the write of {ref} written?",
            "It was written",
            [
                Line("Its answer never came. Look the key up in the target, then say."),
                Line(
                    "Written: it is recovered. Not written: it is open, and may be retried."
                ),
            ],
            other="It was not",
        )

        def resolved(confirmed: Confirmed | None) -> None:
            if confirmed is not None:
                written, reason = not confirmed.other, confirmed.reason
                self.ask(
                    lambda engine: engine.resolve(
                        ref, written=written, reason=reason, actor=actor
                    ),
                    "resolved",
                )

        self.deck.push_screen(Dialog(asked), resolved)

    def _go(self, place: str) -> None:
        if self.answer is not None:
            seen = self.answer.detail.snapshot
            self.deck.go(
                To(
                    place,
                    event=seen.event,
                    link=seen.link,
                    snapshot=seen.id,
                    snapshots=(seen.id,),
                )
            )

    def action_copy(self) -> None:
        """The value under the cursor, or the whole record, as JSON without control characters."""
        self.deck.copy_out(self.subject())

    def action_save(self) -> None:
        """The whole record as JSON."""
        if self.answer is not None:
            self.deck.keep("\n".join(self.answer.raw), f"record-s{self.to.snapshot}")

    def subject(self) -> str:
        """The value under the cursor in JSON; where there is none, the record."""
        if self.answer is None:
            return ""
        paper, sides = self.query_one(Paper), self.answer.sides
        target = paper.target(paper.at) if not self._raw else None
        if target is None or target[0] != "field":
            return json.dumps(documents(self.answer.detail), indent=2, default=str)
        path = target[1]
        value = sides.after.get(path, sides.before.get(path))
        return json.dumps(value, default=str)
