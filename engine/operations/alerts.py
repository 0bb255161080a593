"""Alerts: which rules begin to fire or stop, and seeing that whoever is to know is told."""

import socket
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.domain import alert
from engine.domain.alert import LOG, AlertRule, AlertSeen, AlertState
from engine.domain.errors import LinkdeckError
from engine.domain.link import Definition, Link
from engine.domain.sync_event import Kind
from engine.operations import definitions, notifying
from engine.operations.context import Context
from engine.operations.loaded import Loaded
from engine.store.alerts import Change

NO_RULE = "the definition no longer asks it"
NO_LINK = "the definition of the Link is gone"

Figures = Mapping[str, Any]

AFTER_RUN = 10.0
"""Seconds that a run at its end may spend on telling people."""


def listed(context: Context, *, link: str | None = None) -> tuple[AlertSeen, ...]:
    """Every rule that fires or has fired: what fires first, the loudest on top, then the newest."""
    found = context.store.upkeep.alerts()
    chosen = [each for each in found if link in (None, each.link)]
    return tuple(sorted(chosen, key=_weight))


def _weight(seen: AlertSeen) -> tuple[bool, int, float]:
    fires = seen.state is AlertState.FIRING
    moment = seen.fired_at if fires else (seen.resolved_at or seen.fired_at)
    return not fires, -alert.PRIORITIES.index(seen.priority), -moment.timestamp()


def watch(context: Context, loaded: Loaded, *, now: datetime) -> tuple[Change, ...]:
    """Look at every Link; the transitions that were kept."""
    changes: list[Change] = []
    files = definitions.files(context)
    found = [loaded.definition(path) for path in files]
    for definition in found:
        if definition is not None:
            changes += evaluate(context, definition.link, now=now)
    known = {each.link.name for each in found if each is not None}
    for link, path in context.store.upkeep.firing_links().items():
        if link not in known:
            changes += _elsewhere(context, loaded, link, path, now=now)
    return tuple(changes)


def _elsewhere(
    context: Context, loaded: Loaded, link: str, path: str | None, *, now: datetime
) -> tuple[Change, ...]:
    """A Link that is none of the folder, or one that cannot be read; what of it fires."""
    place = Path(path) if path else None
    if place is None or not place.is_file():
        return tuple(_resolved_all(context, link, now=now))
    definition = loaded.definition(place)
    if definition is None or definition.link.name != link:
        return ()
    return evaluate(context, definition.link, now=now)


def evaluate(context: Context, link: Link, *, now: datetime) -> tuple[Change, ...]:
    """Look at one Link; the transitions that were kept."""
    upkeep = context.store.upkeep
    rules = {rule.id: rule for rule in link.alert_rules}
    windows = sorted({rule.window for rule in rules.values()})
    figures = upkeep.figures(link.name, windows, now=now) if rules else {}
    firing = upkeep.firing(link.name)
    wanted = [
        *_changes(link, rules.values(), figures, firing),
        *(_dropped(seen, NO_RULE) for rule, seen in firing.items() if rule not in rules),
    ]
    actor = me()
    return tuple(each for each in wanted if upkeep.turn(each, actor=actor, now=now))


def _changes(
    link: Link,
    rules: Iterable[AlertRule],
    figures: Mapping[float, Figures],
    firing: Container[str],
) -> Iterator[Change]:
    for rule in rules:
        seen = {**figures[rule.window], "severity": link.severity.value}
        if seen["replaying"]:
            # An Automated Replay may yet mend it.
            continue
        fires = alert.holds(rule, seen)
        if fires is not (rule.id in firing):
            yield _change(link, rule, seen, fires=fires)


def _change(link: Link, rule: AlertRule, figures: Figures, *, fires: bool) -> Change:
    severity = link.severity.value
    return Change(
        link=link.name,
        rule=rule,
        state=AlertState.FIRING if fires else AlertState.RESOLVED,
        priority=alert.priority_of(rule, severity, link.downstream),
        severity=severity,
        downstream=link.downstream,
        owner=link.owner,
        figures=alert.asked(rule, figures),
        sentence=alert.sentence(link.name, rule, figures),
        event=figures["event"],
    )


def _resolved_all(context: Context, link: str, *, now: datetime) -> Iterator[Change]:
    upkeep = context.store.upkeep
    for seen in upkeep.firing(link).values():
        change = _dropped(seen, NO_LINK)
        if upkeep.turn(change, actor=me(), now=now):
            yield change


def _dropped(seen: AlertSeen, why: str) -> Change:
    """A rule that nobody asks any more; the log alone is told, since its channels are gone."""
    return Change(
        link=seen.link,
        rule=AlertRule(seen.when, seen.window, seen.priority, LOG),
        state=AlertState.RESOLVED,
        priority=seen.priority,
        severity=seen.severity,
        downstream=seen.downstream,
        owner=seen.owner,
        figures=seen.figures,
        sentence=seen.sentence,
        event=seen.event,
        why=why,
    )


def after_run(context: Context, ran: Definition, *, event: int, kind: Kind) -> None:
    """What the end of a run means for the rules its Link has; never raises LinkdeckError.

    Rules that come by severity alone are the engine's to look at.
    """
    if kind is Kind.TEST or not ran.link.alerts:
        return
    now = context.clock()
    try:
        # What is asked now, not what was asked when a retry's Sync Event began.
        link = definitions.load(context, ran.path).link
        evaluate(context, link, now=now)
        notifying.deliver(context, now=now, link=link.name, seconds=AFTER_RUN)
    except LinkdeckError as problem:
        with suppress(LinkdeckError):
            first = str(problem).splitlines()[0]
            context.store.warn(event, f"alerts were not looked at: {first}")


def me() -> str:
    """Who tells people."""
    return f"engine@{socket.gethostname()}"
