"""What is known of a cause, said where it is met: a note, and a word to find causes by."""

from collections.abc import Iterator

from console.deck import Deck
from console.format import counted, moment
from console.pages.page import Facts, Line
from console.refresh import Answer
from console.screens.dialog import Asked, Blank, Confirmed, Dialog
from console.screens.place import Place
from console.states import words
from engine.domain.cause import RootCause
from engine.domain.sync_event import ErrorGroup

NOTED = "noted"
"""The subject under which the answer comes back."""


def ask_note(place: Place, cause: RootCause | ErrorGroup) -> None:
    """Ask what is known of it, and keep what differs from what was known."""
    before = (cause.note or "", cause.category or "")
    asked = Asked(
        "What is known of this cause?",
        "Keep",
        [
            Line(cause.message),
            Facts(tuple(_facts(cause))),
            Line("It is shown wherever the cause is met; blank takes it back."),
        ],
        reason=False,
        danger=False,
        blanks=(
            Blank(
                "note", before[0], "such as: the shop's form lets blanks through, SHOP-77"
            ),
            Blank("category", before[1], "a word of your own to find causes by"),
        ),
    )

    def answered(confirmed: Confirmed | None) -> None:
        if confirmed is not None:
            _keep(place, cause.fingerprint, before, confirmed.filled)

    place.deck.push_screen(Dialog(asked), answered)


def _keep(
    place: Place, fingerprint: str, before: tuple[str, str], after: tuple[str, ...]
) -> None:
    # What was not touched is left to whoever says something of it meanwhile.
    note, category = (
        None if new == old else new for old, new in zip(before, after, strict=True)
    )
    if note is None and category is None:
        place.say("nothing was changed")
        return
    actor = place.deck.actor
    place.ask(
        lambda engine: engine.note_cause(
            fingerprint, note=note, category=category, actor=actor
        ),
        NOTED,
    )


def say_noted(deck: Deck, answer: Answer) -> None:
    """That it is kept, or taken back."""
    if answer.error is None:
        cause: RootCause = answer.value
        kept = bool(cause.note or cause.category)
        said = "kept: it is shown wherever the cause is met" if kept else "taken back"
        deck.say(f"{said}; the audit has it", style="good")


def _facts(cause: RootCause | ErrorGroup) -> Iterator[tuple[str, str]]:
    place = " of ".join(part for part in (cause.field, cause.stage) if part)
    kind = f"{words(str(cause.error_class))}/{cause.code}"
    yield "class", f"{kind} at {place}" if place else kind
    if isinstance(cause, RootCause):
        links = ", ".join(each.link for each in cause.links)
        events = counted(cause.events, "Sync Event")
        yield "met", f"{counted(cause.times, 'time')} in {events} of {links}"
        if cause.noted_at:
            yield "said by", f"{cause.noted_by}, {moment(cause.noted_at)}"
    yield "fingerprint", cause.fingerprint
