"""Causes over all Sync Events as people read them."""

from collections.abc import Iterator, Sequence

from console.format import count, counted, minute, moment
from console.pages.page import Block, Caption, Cell, Column, Facts, Grid, Line, Span
from console.states import BAD, GOOD, WARNED, Look, words
from engine.domain.cause import REPEATED, AtLink, Pattern, RootCause, Turn

LOOK: dict[Turn, tuple[Look, str]] = {
    Turn.REGRESSED: (BAD, "came back"),
    Turn.ACTIVE: (WARNED, "active"),
    Turn.QUIET: (GOOD, "quiet"),
}

ADVICE = {
    Pattern.TRANSIENT: "systems that fail for a while: more attempts, longer waits, "
    "Automated Replay, a talk with whoever runs them",
    Pattern.VALIDATION: "data that is not as it should be: tell its producer, "
    "or let a stage put it right",
    Pattern.REVIEW: "decisions that people make again and again: make them a rule",
}


def causes_page(
    causes: Sequence[RootCause], *, unicode: bool, linkdeck: str
) -> Iterator[Block]:
    """A line a cause, and below it what is known of it."""
    if not causes:
        yield Line("No cause matches.")
        return
    yield from _grid(causes, unicode=unicode)
    first = causes[0].fingerprint
    yield Line(f"One of them: {linkdeck} causes {first}")


def report_page(causes: Sequence[RootCause], *, unicode: bool) -> Iterator[Block]:
    """Repeated causes by what they ask for."""
    repeated = [each for each in causes if each.events >= REPEATED]
    if not repeated:
        yield Line(f"No cause was met by {REPEATED} Sync Events or more.")
        return
    for pattern in Pattern:
        found = [each for each in repeated if each.pattern is pattern]
        if found:
            failures = counted(sum(each.times for each in found), "failure")
            named = counted(len(found), "repeated cause")
            yield Caption(f"{pattern.value}: {named}, {failures}")
            yield Line(Span(ADVICE[pattern], "quiet"), 2)
            yield from _grid(sorted(found, key=lambda each: -each.times), unicode=unicode)


def _grid(causes: Sequence[RootCause], *, unicode: bool) -> Iterator[Block]:
    columns = (
        Column("STATE"),
        Column("EVENTS", right=True),
        Column("FAILURES", right=True),
        Column("LAST"),
        Column("CAUSE", wraps=True),
    )
    rows: list[tuple[Cell, ...]] = []
    for cause in causes:
        rows.append(
            (
                turn(cause.turn, unicode=unicode),
                count(cause.events),
                count(cause.times),
                minute(cause.last_at),
                Span(cause.message, "strong"),
            )
        )
        rows.append(("", "", "", "", known(cause)))
    yield Grid(columns, rows)


def turn(found: Turn, *, unicode: bool) -> Span:
    """How it stands as glyph, word and colour."""
    look, word = LOOK[found]
    return Span(f"{look.mark(unicode=unicode)} {word}", look.style)


def known(cause: RootCause) -> Cell:
    """Class, code, place, Links, what a person said, fingerprint; in one line."""
    place = " of ".join(part for part in (cause.field, cause.stage) if part)
    kind = f"{words(cause.error_class)}/{cause.code}"
    links = ", ".join(each.link for each in cause.links)
    parts = [f"{kind} at {place}" if place else kind, links]
    told = said(cause)
    return (
        ", ".join(parts),
        "  ",
        Span(cause.fingerprint, "quiet"),
        Span(f"  {told}", "warn") if told else "",
    )


def said(cause: RootCause) -> str:
    """What a person said of it."""
    parts = [cause.category] if cause.category else []
    parts += [f'"{cause.note}"'] if cause.note else []
    return ", ".join(parts)


def cause_page(cause: RootCause, *, unicode: bool, linkdeck: str) -> Iterator[Block]:
    """One cause: since when, how often, where, how it was recovered, what is known."""
    yield Line((turn(cause.turn, unicode=unicode), "  ", Span(cause.message, "strong")))
    yield Facts(tuple(_facts(cause)))
    yield Caption("By Link")
    yield Grid(
        (
            Column("LINK", wraps=True),
            Column("STATE"),
            Column("FIRST"),
            Column("LAST"),
            Column("EVENTS", right=True),
            Column("FAILURES", right=True),
            Column("CLOSED", wraps=True),
        ),
        [_at(each, unicode=unicode) for each in cause.links],
    )
    note = f"{linkdeck} causes {cause.fingerprint} --note TEXT --category WORD"
    yield Line(f"Say what is known of it: {note}")


def _facts(cause: RootCause) -> Iterator[tuple[str, Cell]]:
    yield "class", f"{words(cause.error_class)}, {cause.durability}"
    yield "code", cause.code
    place = " of ".join(part for part in (cause.field, cause.stage) if part)
    if place:
        yield "at", place
    yield "routed to", words(cause.route)
    yield "first seen", moment(cause.first_at)
    yield "last seen", moment(cause.last_at)
    if cause.category:
        yield "category", Span(cause.category, "warn")
    if cause.note:
        yield "note", Span(cause.note, "warn")
    if cause.noted_at:
        yield "said by", f"{cause.noted_by}, {moment(cause.noted_at)}"
    yield "fingerprint", Span(cause.fingerprint, "quiet")


def _at(at: AtLink, *, unicode: bool) -> tuple[Cell, ...]:
    times = f" ({at.returned} times)" if at.returned > 1 else ""
    state = turn(at.turn, unicode=unicode)
    return (
        at.link,
        Span(state.text + (times if at.turn is Turn.REGRESSED else ""), state.style),
        f"#{at.first_event} {minute(at.first_at)}",
        f"#{at.last_event} {minute(at.last_at)}",
        count(at.events),
        count(at.times),
        closed(at),
    )


def closed(at: AtLink) -> str:
    """How failures of it closed."""
    ways = {
        "recovered": at.recovered,
        "superseded": at.superseded,
        "equal": at.equal,
        "discarded": at.discarded,
    }
    parts = [f"{way} {count(number)}" for way, number in ways.items() if number]
    return ", ".join(parts) or "none yet"
