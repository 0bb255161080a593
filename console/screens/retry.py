"""Retry Failures: the plan, what may be chosen about it, and the confirmation (P1-P6)."""

from collections.abc import Iterator
from typing import Any

from textual import on
from textual.app import ComposeResult

from console import keys
from console.format import count, counted, moment
from console.keys import Action
from console.messages import Chosen
from console.pages.page import Block, Caption, Cell, Line, Span
from console.places import To
from console.refresh import Answer, Question
from console.screens.acts import ask_reason
from console.screens.dialog import Asked
from console.screens.place import Place
from console.states import words
from console.theme import Skin
from console.trouble import sentence
from console.widgets.paper import Leaf, Paper, leaves
from engine.domain.requests import Selection
from engine.domain.retry_plan import Choice, ItemClass, RetryOptions, RetryPlan

CANARIES = (None, 1, 5, 20)
"""How many items of each fingerprint go first; None: all at once."""

MEANS = {
    ItemClass.SAFE: "nothing speaks against it",
    ItemClass.UNKNOWN: "the target cannot be asked; the age of the Snapshot is the warning",
    ItemClass.CHANGED: "the target holds something else by now than when the record failed",
    ItemClass.GONE: "the source no longer has it",
    ItemClass.SUPERSEDED: "a later Sync Event has written that key: it closes",
    ItemClass.EQUAL: "the target holds exactly this already: it closes",
    ItemClass.NO_SNAPSHOT: "no value was kept: it cannot go",
    ItemClass.IN_DOUBT: "its write was sent and never answered: resolve it first",
}


class Retry(Place):
    """A plan that is looked at before it runs."""

    filters = False
    offers = (keys.OPEN, keys.RETRY)
    BINDINGS = keys.bindings(keys.RETRY)

    def __init__(self, to: To) -> None:
        super().__init__(to)
        self.plan: RetryPlan | None = None
        self.refusal: str | None = None
        self._choice: Choice | None = None
        self._include: frozenset[ItemClass] = frozenset()
        self._simulated = False
        self._canary: int | None = None
        self._planning = False

    def crumb(self) -> str:
        """What the header calls it."""
        return "Retry Failures"

    def body(self) -> ComposeResult:
        """One page."""
        yield Paper(id="retry")

    def on_mount(self) -> None:
        """A plan is made at once; it changes nothing."""
        self._make()

    def question(self) -> Question:
        """The Sync Event it is about."""
        ref = str(self.to.event)
        return lambda engine: engine.event(ref)

    def answered(self, answer: Any) -> None:
        """The plan is frozen: what changes meanwhile is said when it runs."""

    def _make(self) -> None:
        """Plan with what is chosen by now."""
        self._planning = True
        to, actor = self.to, self.deck.actor
        single = len(to.snapshots) == 1
        ref = f"s{to.snapshots[0]}" if single else str(to.event)
        selection = Selection(
            fingerprints=(to.fingerprint,) if to.fingerprint else (),
            keys=() if single else to.keys,
            tier=to.tier,
        )
        choice, include, simulate = self._choice, self._include, self._simulated
        self.ask(
            lambda engine: engine.plan(
                ref,
                selection,
                definition=choice,
                include=include,
                simulate=simulate,
                actor=actor,
            ),
            "plan",
        )
        self.look()

    def heard(self, subject: Any, answer: Answer) -> None:
        """A plan, or its child."""
        if subject == "plan":
            self._planning = False
            self.refusal = sentence(answer.error) if answer.error else None
            self.plan = self.plan if answer.error else answer.value
            self._draw()
        elif subject == "retry" and answer.error is None:
            child = To("summary", event=answer.value.id, link=answer.value.link)
            self.deck.replace(child)
        self.look()

    def _draw(self) -> None:
        plan, refusal = self.plan, self.refusal
        if plan is None:
            text = [Line(Span(refusal or "", "warn")), Line("esc goes back", indent=0)]
            self.query_one(Paper).show(lambda width, skin: leaves(text, width - 2, skin))
            return
        page = _Page(plan, self._chosen(), self._include, self._canary, refusal)
        self.query_one(Paper).show(lambda width, skin: list(page.leaves(width, skin)))

    def _chosen(self) -> Choice | None:
        """The definition it goes with; where they differ, nobody guesses (P6)."""
        if self.plan is not None and self.plan.definitions.same:
            return self.plan.definitions.chosen
        return self._choice

    def tally(self, skin: Skin) -> tuple[Cell, Cell]:
        """Of what, and whether it is being made."""
        dots = skin.glyph("…", "...")
        state = Span(f"planning{dots}", "busy") if self._planning else ""
        made = f"plan {self.plan.hash[:12]}" if self.plan and not self._planning else ""
        return f"Retry Failures of #{self.to.event} {self.to.link or ''}", state or made

    # What can be done

    def may(self, action: Action) -> bool:
        """A plan that may go, goes."""
        if action is keys.RETRY:
            plan = self.plan
            return plan is not None and not self._planning and self._chosen() is not None
        return self.plan is not None

    @on(Chosen)
    def _open(self, message: Chosen) -> None:
        what, which = message.target
        if what == "definition":
            self._choice = Choice(which)
            self._make()
        elif what == "include":
            self._include ^= {ItemClass(which)}
            self._make()
        elif what == "simulate":
            self._simulated = True
            self._make()
        elif what == "canary":
            place = CANARIES.index(self._canary)
            self._canary = CANARIES[(place + 1) % len(CANARIES)]
        else:
            self.action_retry()
        self._draw()

    def action_retry(self) -> None:
        """Confirm it."""
        plan = self.plan
        if plan is None or self._planning:
            return
        if self._chosen() is None:
            self.say("choose the definition it goes with first", style="warn")
            return
        asked = Asked(
            title=f"Retry {_going(plan)} of #{plan.event} {plan.link}?",
            verb="Retry",
            page=tuple(_confirmation(plan, self._canary)),
            number=plan.records,
            danger=False,
        )
        ask_reason(self.deck, asked, self._go)

    def _go(self, reason: str) -> None:
        plan = self.plan
        if plan is not None:
            options = RetryOptions(
                reason=reason, actor=self.deck.actor, plan=plan.hash, canary=self._canary
            )
            self.say(f"starting the retry of #{plan.event}")
            ref = str(plan.event)
            self.ask(lambda engine: engine.launch_retry(ref, Selection(), options), "retry")


def _going(plan: RetryPlan) -> str:
    parts = []
    if plan.batches:
        parts.append(counted(plan.batches, "batch", "batches"))
    if plan.records or not plan.batches:
        parts.append(counted(plan.records, "record"))
    return " and ".join(parts)


def _confirmation(plan: RetryPlan, canary: int | None) -> Iterator[Block]:
    where = plan.target or "the target"
    yield Line(f"It writes to {where}, in {counted(plan.runs_as, 'batch', 'batches')}.")
    definitions = plan.definitions
    if not definitions.same:
        yield Line(f"With the {definitions.chosen.value} definition.")
    left = [
        f"{count(times)} {words(each.value)}"
        for each, times in plan.counts.items()
        if times and each not in (ItemClass.SAFE, ItemClass.UNKNOWN, *plan.include)
    ]
    if left:
        yield Line(f"Left out: {', '.join(left)}.")
    if canary is not None:
        yield Line(
            f"The first {canary} of each cause go first; a cause that fails is parked."
        )


class _Page:
    """The plan, top to bottom."""

    def __init__(
        self,
        plan: RetryPlan,
        choice: Choice | None,
        include: frozenset[ItemClass],
        canary: int | None,
        refusal: str | None,
    ) -> None:
        self.plan, self.choice, self.include = plan, choice, include
        self.canary, self.refusal = canary, refusal

    def leaves(self, width: int, skin: Skin) -> Iterator[Leaf]:
        """Every part of it."""
        plan = self.plan
        said: list[Block] = []
        if self.refusal:
            said.append(Line(Span(self.refusal, "bad")))
        closing = "" if plan.empty else f", as {counted(plan.runs_as, 'batch', 'batches')}"
        said.append(Line((Span(f"{_going(plan)} to go{closing}", "strong"),)))
        if plan.oldest:
            said.append(Line(f"the oldest Snapshot is of {moment(plan.oldest)}"))
        said += [Line(Span(note, "warn")) for note in plan.notes]
        yield from _read(said, width, skin)
        yield from self._classes(width, skin)
        yield from self._definitions(width, skin)
        yield from self._options(width, skin)

    def _classes(self, width: int, skin: Skin) -> Iterator[Leaf]:
        yield from _caption("Records by class", width, skin)
        for each, times in self.plan.counts.items():
            if not times:
                continue
            goes = each in (ItemClass.SAFE, ItemClass.UNKNOWN, *self.include)
            by_name = each in (ItemClass.CHANGED, ItemClass.GONE)
            tick = _box(skin, on=goes) if by_name else "   "
            word = Span(f"{words(each.value):<12}", "good" if goes else "quiet")
            row = [
                Span(f"   {tick} {count(times):>9}  "),
                word,
                Span(MEANS[each], "quiet"),
            ]
            yield Leaf(row, ("include", each.value) if by_name else None)

    def _definitions(self, width: int, skin: Skin) -> Iterator[Leaf]:
        definitions = self.plan.definitions
        if definitions.same:
            return
        yield from _caption("The definition has changed since", width, skin)
        hashes = {Choice.AS_RUN: definitions.as_run, Choice.CURRENT: definitions.current}
        for choice, hash_ in hashes.items():
            if hash_ is None:
                continue
            tick = _radio(skin, on=self.choice is choice)
            row = [
                Span(f"   {tick} "),
                Span(f"{choice.value:<9}", "strong"),
                Span(hash_[:12]),
            ]
            yield Leaf(row, ("definition", choice.value))
        if definitions.problem:
            yield from _read([Line(Span(definitions.problem, "bad"), 2)], width, skin)
        for line in definitions.difference:
            style = {"+": "good", "-": "bad"}.get(line[:1], "quiet")
            yield from _read([Line(Span(line, style), 6)], width, skin)

    def _options(self, width: int, skin: Skin) -> Iterator[Leaf]:
        yield from _caption("Before it goes", width, skin)
        passes = self.plan.would_pass
        said = "simulate: send the originals through the stages, write nothing"
        if passes is not None:
            said = f"simulated: of {count(passes.of)} records would pass"
            for name, number in (("as-run", passes.as_run), ("current", passes.current)):
                if number is not None:
                    said += f"  {count(number)} {name}"
        yield Leaf(
            [Span(f"   {_box(skin, on=passes is not None)} {said}")], ("simulate", "")
        )
        canary = (
            "all at once" if self.canary is None else f"first {self.canary} of each cause"
        )
        tick = _box(skin, on=self.canary is not None)
        yield Leaf([Span(f"   {tick} canary: {canary}")], ("canary", ""))
        yield Leaf([])
        verb = Span(f"   R  Retry {_going(self.plan)}", "key" if self.choice else "quiet")
        yield Leaf([verb], ("go", ""))


def _read(page: list[Block], width: int, skin: Skin) -> Iterator[Leaf]:
    for leaf in leaves(page, width - 2, skin):
        yield Leaf([Span(" "), *leaf.row])


def _caption(title: str, width: int, skin: Skin) -> Iterator[Leaf]:
    yield Leaf([])
    yield from _read([Caption(title)], width, skin)


def _box(skin: Skin, *, on: bool) -> str:
    return f"[{skin.glyph('✓', 'x')}]" if on else "[ ]"


def _radio(skin: Skin, *, on: bool) -> str:
    return f"({skin.glyph('●', '*')})" if on else "( )"
