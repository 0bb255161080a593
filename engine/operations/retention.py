"""Retention: what is old and settled goes, in small steps; and one subject's data on request."""

import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from engine.definition.leaves import spent
from engine.domain.errors import LinkdeckError
from engine.domain.link import Retention
from engine.domain.retention import Purge, Purgeable
from engine.operations import definitions
from engine.operations.context import Context
from engine.store.retention import Due

AGES = Retention()
"""What holds for a Link without a definition, where a person asks for it by name."""

_TIDY = timedelta(days=30)
"""Notifications and slots are kept that long at least."""


def preview(context: Context, *, link: str | None = None) -> Purge:
    """What would go now, and what stays though it is old."""
    now = context.clock()
    keeps, stays = _keeps(context, link)
    upkeep = context.store.upkeep
    found = [upkeep.due(name, keep, now=now)[1] for name, keep in keeps.items()]
    return Purge((*(each for each in found if not _quiet(each)), *stays))


def _quiet(found: Purgeable) -> bool:
    return found.nothing and not found.stays


def purge(
    context: Context,
    *,
    actor: str,
    link: str | None = None,
    seconds: float | None = None,
    gentle: bool = False,
) -> Purge:
    """Take it away, for so many seconds at most; what went.

    `gentle`: as much time is left to others as each step took.
    """
    until = None if seconds is None else time.monotonic() + seconds
    keeps, stays = _keeps(context, link)
    gone = [
        _purged(context, name, keep, actor=actor, until=until, gentle=gentle)
        for name, keep in keeps.items()
    ]
    audit = 0 if link else _audit(context, keeps, complete=not stays, actor=actor)
    shown = tuple(each for each in gone if not _quiet(each))
    return Purge((*shown, *stays), audit=audit, done=True)


def _keeps(
    context: Context, link: str | None
) -> tuple[Mapping[str, Retention], tuple[Purgeable, ...]]:
    """How long each Link keeps what; those of which nobody knows keep everything."""
    keeps: dict[str, Retention] = {}
    stays: list[Purgeable] = []
    for name, path in sorted(context.store.upkeep.links().items()):
        if link not in (None, name):
            continue
        try:
            keeps[name] = definitions.load(context, _place(name, path)).link.retention
        except LinkdeckError as problem:
            if link is not None and not Path(path).is_file():
                keeps[name] = AGES
            else:
                first = str(problem).splitlines()[0]
                why = f"all of it stays, because its definition cannot be read: {first}"
                stays.append(Purgeable(name, stays=(why,)))
    return keeps, tuple(stays)


def _place(link: str, path: str) -> str:
    return path if Path(path).is_file() else link


def _purged(
    context: Context,
    link: str,
    keep: Retention,
    *,
    actor: str,
    until: float | None,
    gentle: bool,
) -> Purgeable:
    """All of one Link that is due, a page at a time; each page is in the audit before it goes."""
    upkeep, now = context.store.upkeep, context.clock()
    total = Purgeable(link)
    while until is None or time.monotonic() < until:
        due, size = upkeep.due(link, keep, now=now)
        total = _sum(total, size)
        if due.nothing:
            break
        context.store.audit(
            actor=actor,
            action="purge",
            subject=link,
            reason=_reason(keep),
            detail=_detail(size, due.events),
        )
        for took in _steps(context, due, now):
            if gentle:
                time.sleep(took)
        if due.events:
            upkeep.tidy(link, now - max(timedelta(seconds=keep.events), _TIDY))
    return total


def _steps(context: Context, due: Due, now: datetime) -> Iterator[float]:
    """Step by step; how long each took."""
    more = True
    while more:
        began = time.monotonic()
        more = context.store.upkeep.purge_step(due, now=now)
        yield time.monotonic() - began


def _sum(one: Purgeable, other: Purgeable) -> Purgeable:
    return Purgeable(
        link=one.link,
        snapshots=one.snapshots + other.snapshots,
        batches=one.batches + other.batches,
        events=one.events + other.events,
        deliveries=one.deliveries + other.deliveries,
        plans=one.plans + other.plans,
        stays=other.stays,
    )


def _reason(keep: Retention) -> str:
    ages = {"snapshots": keep.snapshots, "events": keep.events}
    if keep.batches is not None:
        ages["batches"] = keep.batches
    return "older than " + ", ".join(f"{what} {spent(age)}" for what, age in ages.items())


def _detail(size: Purgeable, events: tuple[int, ...]) -> dict[str, object]:
    counts = {
        "snapshots": size.snapshots,
        "batches": size.batches,
        "events": size.events,
        "deliveries": size.deliveries,
        "plans": size.plans,
    }
    said: dict[str, object] = {name: count for name, count in counts.items() if count}
    if events:
        said |= {"first": min(events), "last": max(events)}
    return said


def _audit(
    context: Context, keeps: Mapping[str, Retention], *, complete: bool, actor: str
) -> int:
    """The oldest rows of the audit, where every Link says how long it is kept."""
    ages = [keep.audit for keep in keeps.values()]
    if not complete or not ages or None in ages:
        return 0
    age = max(each for each in ages if each is not None)
    now, upkeep, gone = context.clock(), context.store.upkeep, 0
    while (through := upkeep.audit_due(now - timedelta(seconds=age))) is not None:
        reason = f"older than audit {spent(age)}"
        gone += upkeep.purge_audit(through, actor=actor, reason=reason, now=now)
    return gone
