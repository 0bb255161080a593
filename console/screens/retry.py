"""Retry Failures: the plans, what may be chosen about them, and the confirmation (P1-P6)."""

from collections.abc import Iterator
from typing import Any

from textual import on
from textual.app import ComposeResult

from console import keys
from console.format import counted
from console.keys import Action
from console.messages import Chosen as Opened
from console.pages.page import Cell, Line, Span
from console.pages.plan_page import going
from console.places import To
from console.refresh import Answer, Question
from console.screens.acts import ask_reason
from console.screens.dialog import Asked
from console.screens.place import Place
from console.screens.retry_page import CANARIES, Chosen, RetryPage, confirmation
from console.theme import Skin
from console.trouble import by_keys, sentence
from console.widgets.paper import Leaf, Paper, leaves
from engine.domain.requests import Selection
from engine.domain.retry_plan import Choice, ItemClass, RetryOptions
from engine.domain.sync_event import SyncEvent
from engine.domain.together import Plans, Taken

AS_RUN = Choice.AS_RUN.value


class Retry(Place):
    """Plans that are looked at before they run: one for each Chain that is meant."""

    filters = False
    offers = (keys.CHOOSE, keys.RETRY)
    BINDINGS = keys.bindings(keys.RETRY)

    def __init__(self, to: To) -> None:
        super().__init__(to)
        self.plans: Plans | None = None
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
        """Nothing but whether the store answers: the plans are frozen."""
        return lambda engine: engine.changed()

    def _taken(self) -> Taken:
        """What is meant: what was marked, else the Sync Event as far as it was narrowed."""
        to = self.to
        if to.taken is not None:
            return to.taken
        if to.snapshots:
            return Taken(tuple(f"s{each}" for each in to.snapshots))
        prints = (to.fingerprint,) if to.fingerprint else ()
        return Taken((str(to.event),), selection=Selection(prints, tier=to.tier))

    def _make(self) -> None:
        """Plan with what is chosen by now."""
        self._planning = True
        taken, actor = self._taken(), self.deck.actor
        choice, include, simulate = self._choice, self._include, self._simulated
        self.ask(
            lambda engine: engine.plans(
                taken, definition=choice, include=include, simulate=simulate, actor=actor
            ),
            "plan",
        )
        self.look()

    def heard(self, subject: Any, answer: Answer) -> None:
        """The plans, or the first child."""
        if subject == "plan":
            self._planning = False
            self._planned(answer)
            self._draw()
        elif subject == "retry" and answer.error is None:
            self._started(answer.value)
        self.look()

    def _planned(self, answer: Answer) -> None:
        self.refusal = sentence(answer.error) if answer.error else None
        if answer.error is not None:
            return
        plans: Plans = answer.value
        if plans.plans:
            self.plans = plans
        else:
            # Of one Chain, the reason is all there is to say.
            self.refusal = "; ".join(
                dict.fromkeys(by_keys(each.why) for each in plans.refused)
            )

    def _started(self, child: SyncEvent) -> None:
        more = len(self.plans.plans) - 1 if self.plans else 0
        self.deck.replace(To("summary", event=child.id, link=child.link))
        if more:
            then = f"then {counted(more, 'retry more', 'retries more')}, one after another"
            self.deck.call_after_refresh(self.deck.say, then, style="good")

    def _draw(self) -> None:
        plans, refusal = self.plans, self.refusal
        if plans is None:
            self.query_one(Paper).show(
                lambda width, skin: list(_refused(refusal or "", width, skin))
            )
            return
        page = RetryPage(plans, self._chosen(), refusal)
        self.query_one(Paper).show(lambda width, skin: list(page.leaves(width, skin)))

    def _chosen(self) -> Chosen:
        """What it goes with; where definitions differ, nobody guesses (P6)."""
        choice = self._choice
        if choice is None and self.plans is not None:
            same = all(plan.definitions.same for plan in self.plans.plans)
            choice = self.plans.plans[0].definitions.chosen if same else None
        return Chosen(choice, self._include, self._canary)

    def tally(self, skin: Skin) -> tuple[Cell, Cell]:
        """Of what, and whether it is being made."""
        dots = skin.glyph("…", "...")
        if self._planning:
            return self._named(), Span(f"planning{dots}", "busy")
        plans = self.plans.plans if self.plans else ()
        return self._named(), f"plan {plans[0].hash[:12]}" if len(plans) == 1 else ""

    def _named(self) -> str:
        plans = self.plans.plans if self.plans else ()
        if len(plans) > 1:
            return f"Retry Failures of {counted(len(plans), 'Chain')}"
        if plans:
            return f"Retry Failures of #{plans[0].event} {plans[0].link}"
        if self.to.event is None:
            return "Retry Failures of the Inbox"
        return f"Retry Failures of #{self.to.event} {self.to.link or ''}"

    # What can be done

    def may(self, action: Action) -> bool:
        """Plans that may go, go; what is to be chosen before is said."""
        return self.plans is not None or action is not keys.RETRY

    @on(Opened)
    def _open(self, message: Opened) -> None:
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
        plans = self.plans
        if plans is None:
            return
        if self._planning:
            self.say("it is being planned; R again in a moment", style="warn")
            return
        if self._chosen().choice is None:
            self.say("choose the definition it goes with first", style="warn")
            return
        if plans.empty and not any(_closes(plan.counts) for plan in plans.plans):
            self.say("nothing of it may go: see its classes", style="warn")
            return
        of = self._named().removeprefix("Retry Failures of ")
        asked = Asked(
            title=f"Retry {going(plans)} of {of}?",
            verb="Retry",
            page=tuple(confirmation(plans, self._chosen())),
            number=plans.records,
            danger=False,
        )
        ask_reason(self.deck, asked, self._go)

    def _go(self, reason: str) -> None:
        plans = self.plans
        if plans is None:
            return
        hashes = [plan.hash for plan in plans.plans]
        options = RetryOptions(reason=reason, actor=self.deck.actor, canary=self._canary)
        if len(hashes) > 1:
            self.say(f"starting {counted(len(hashes), 'retry', 'retries')}")
            self.ask(lambda engine: engine.launch_retries(hashes, options), "retry")
            return
        plan = plans.plans[0]
        one = RetryOptions(
            reason=reason, actor=self.deck.actor, plan=plan.hash, canary=self._canary
        )
        self.say(f"starting the retry of #{plan.event}")
        ref = str(plan.event)
        self.ask(lambda engine: engine.launch_retry(ref, Selection(), one), "retry")


def _refused(refusal: str, width: int, skin: Skin) -> Iterator[Leaf]:
    """Why there is no plan, and the definition that may do all the same."""
    for leaf in leaves([Line(Span(refusal, "warn"))], width - 2, skin):
        yield Leaf([Span(" "), *leaf.row])
    yield Leaf([])
    if refusal.endswith(AS_RUN):
        text = [
            Span(" ( ) "),
            Span(AS_RUN, "strong"),
            Span("   the one it ran with", "quiet"),
        ]
        yield Leaf(text, ("definition", AS_RUN))
    yield Leaf([Span(" esc goes back", "quiet")])


def _closes(counts: Any) -> bool:
    """Whether starting the plan closes something, unsent."""
    return bool(counts.get(ItemClass.EQUAL) or counts.get(ItemClass.SUPERSEDED))
