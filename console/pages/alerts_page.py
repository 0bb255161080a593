"""Alerts as people read them: what fires, the loudest first, and what has been resolved."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from console.format import age, counted, minute
from console.pages.page import Block, Caption, Cell, Column, Grid, Line, Span
from console.states import GOOD, WARNED
from engine.domain.alert import AlertSeen, AlertState

LOUD = ("high", "critical")


def alerts_page(alerts: Sequence[AlertSeen], *, unicode: bool) -> Iterator[Block]:
    """Two lists: what fires, and what did."""
    fires = [each for each in alerts if each.state is AlertState.FIRING]
    over = [each for each in alerts if each.state is AlertState.RESOLVED]
    if not fires:
        yield Line(Span(f"{GOOD.mark(unicode=unicode)} nothing fires", "good"))
    yield from _listed("Firing", fires, unicode=unicode)
    yield from _listed("Resolved", over, unicode=unicode)


def _listed(title: str, alerts: Sequence[AlertSeen], *, unicode: bool) -> Iterator[Block]:
    if not alerts:
        return
    columns = (
        Column("PRIORITY"),
        Column("LINK", wraps=True),
        Column("SINCE"),
        Column("TOLD", wraps=True),
        Column("WHY", wraps=True),
    )
    yield Caption(title)
    yield Grid(columns, [_row(each, unicode=unicode) for each in alerts])


def _row(seen: AlertSeen, *, unicode: bool) -> tuple[Cell, ...]:
    return (
        priority(seen, unicode=unicode),
        seen.link,
        minute(since(seen)),
        told(seen),
        why(seen),
    )


def priority(seen: AlertSeen, *, unicode: bool) -> Span:
    """How loud it is, as glyph, word and colour; quiet once it is over."""
    if seen.state is AlertState.RESOLVED:
        return Span(f"{GOOD.mark(unicode=unicode)} {seen.priority}", "quiet")
    style = "bad" if seen.priority in LOUD else "warn"
    return Span(f"{WARNED.mark(unicode=unicode)} {seen.priority}", style)


def since(seen: AlertSeen) -> datetime:
    """Since when it stands as it does."""
    fires = seen.state is AlertState.FIRING
    return seen.fired_at if fires or seen.resolved_at is None else seen.resolved_at


def why(seen: AlertSeen) -> str:
    """The sentence without the name of the Link, which stands beside it."""
    said = seen.sentence.removeprefix(f"{seen.link}: ")
    event = f", see #{seen.event}" if seen.event else ""
    return f"{said}{event}"


def told(seen: AlertSeen) -> Cell:
    """Whether those who are to know have been told."""
    if seen.lost:
        return Span(f"{counted(seen.lost, 'notification')} not delivered", "bad")
    if seen.undelivered:
        return Span(f"{seen.undelivered} on the way", "warn")
    return "yes"


def banner(alerts: Sequence[AlertSeen], link: str) -> str:
    """What fires of a Link in one line, or nothing."""
    fires = [
        each for each in alerts if each.link == link and each.state is AlertState.FIRING
    ]
    if not fires:
        return ""
    loudest = fires[0]
    more = f" (and {len(fires) - 1} more)" if len(fires) > 1 else ""
    return f"{loudest.priority} alert for {age(loudest.fired_at)}: {why(loudest)}{more}"


def firing_words(alerts: Sequence[AlertSeen]) -> str:
    """How many fire, for other places; nothing where none does."""
    fires = sum(each.state is AlertState.FIRING for each in alerts)
    return f"   {counted(fires, 'alert')}, see :alerts" if fires else ""
