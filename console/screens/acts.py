"""What several places let a person do, each with its reason (P7)."""

from collections.abc import Callable
from typing import Any

from console.deck import Deck
from console.format import bound, counted
from console.pages.page import Line
from console.screens.dialog import Asked, Confirmed, Dialog
from engine.domain.errors import Refused
from engine.domain.outcome import Status
from engine.domain.sync_event import LinkSeen, SyncEvent


def ask_reason(deck: Deck, asked: Asked, then: Callable[[str], None]) -> None:
    """Ask, and go on with the reason where it was confirmed."""

    def answered(confirmed: Confirmed | None) -> None:
        if confirmed is not None:
            then(confirmed.reason)

    deck.push_screen(Dialog(asked), answered)


def ask_discard(
    deck: Deck,
    number: int,
    what: str,
    then: Callable[[str], None],
    *,
    made_of: str = "",
) -> None:
    """Ask before open failures are discarded: final, for the mark may move."""
    asked = Asked(
        f"Discard {made_of or counted(number, 'open failure')}{what}?",
        "Discard",
        [
            Line("They are not sent again and count as accounted for. This is final:"),
            Line("Last Successful Sync may move on. Nothing is deleted but by retention."),
        ],
        number=number,
    )
    ask_reason(deck, asked, then)


def toggle_question(link: str, *, enabled: bool) -> Asked:
    """Whether this Link may run."""
    if enabled:
        return Asked(
            f"Enable {link}?",
            "Enable",
            [Line("It can run again, whatever its file says.")],
            danger=False,
        )
    return Asked(
        f"Disable {link}?",
        "Disable",
        [Line("No new Sync Event of it starts until it is enabled. What runs goes on.")],
    )


GRAVE = frozenset({"high", "critical"})
"""The severities of which a run is asked for twice."""


def standing_of(engine: Any, link: str) -> LinkSeen:
    """How a Link stands. Refused where there is none of that name."""
    for each in engine.links():
        if each.name == link:
            found: LinkSeen = each
            return found
    raise Refused(f"there is no Link '{link}' any more")


def run_question(link: LinkSeen) -> Asked:
    """Whether a Link on which much depends shall run, and what that does."""
    fetches = "everything its source holds"
    if link.mark is not None:
        fetches = f"what changed since {bound(link.mark)}"
    writes = f"writes to {link.last.target}" if link.last else "writes to its target"
    page = [Line(f"It fetches {fetches}, and {writes}.")]
    if link.last and link.last.downstream:
        page.append(Line(f"What depends on it: {', '.join(link.last.downstream)}."))
    if waiting := link.open.batches + link.open.records:
        page.append(
            Line(
                f"{counted(waiting, 'failure')} of it open; Retry Failures sends those alone."
            )
        )
    return Asked(
        f"Run {link.name}? Its severity is {link.severity}.", "Run", page, reason=False
    )


def cancel_question(event: SyncEvent) -> Asked:
    """Whether this run shall end."""
    return Asked(
        f"Cancel #{event.id} of {event.link}?",
        "Cancel the run",
        [
            Line("What is in flight finishes and counts, the rest is not attempted."),
            Line("What was not attempted stays open: Retry Failures takes it up."),
        ],
    )


def may_wait(event: SyncEvent) -> bool:
    """Whether something of it may be open, in itself or further down its Chain (C1)."""
    failed = event.status in (Status.FAILED, Status.CANCELLED)
    here = bool(event.open.batches or event.open.records)
    return here or (failed and bool(event.children))
