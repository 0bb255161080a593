"""Schedules as people see them: when a Link runs next by itself, or why it does not."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta

from engine.domain.errors import LinkdeckError, Refused
from engine.domain.link import Definition, Link, Schedule
from engine.domain.schedule import LinkSchedule, NextRun, coming, passed, paused
from engine.domain.values import dataclass
from engine.operations import definitions
from engine.operations.context import Context
from engine.operations.crontab import Crontab
from engine.store.schedules import Kept

CRONTAB = Crontab()
LAST, COMING = 10, 5

NO_ENGINE = "no engine is alive: nothing will start it; linkdeck engine"
OVERDUE = "overdue: no engine is running; linkdeck engine"


@dataclass(frozen=True, slots=True)
class Timely:
    """What the store says of all schedules: slots heeded by Link, and if any engine is alive."""

    kept: Mapping[str, Kept]
    attended: bool


def timely(context: Context) -> Timely:
    """What `next_run` asks of the store, read once for all Links."""
    return Timely(context.store.schedules.kept(), context.store.engines.alive())


def schedules(
    context: Context, links: Sequence[str], *, least: int = COMING
) -> tuple[LinkSchedule, ...]:
    """The schedules of these Links, or of all that have one."""
    kept = timely(context)
    now = context.clock()
    return tuple(
        _shown(context, definition, schedule, kept, now, least)
        for definition in _chosen(context, links)
        if (schedule := definition.link.schedule) is not None
    )


def next_run(context: Context, link: Link, seen: Timely, now: datetime) -> NextRun | None:
    """When a Link runs next by itself; None: it has no schedule."""
    if link.schedule is None:
        return None
    found = _planned(context, link, link.schedule, seen, now)
    if seen.attended or found.due is None:
        return found
    return replace(found, attended=False, note=found.note or NO_ENGINE)


def _planned(
    context: Context, link: Link, schedule: Schedule, seen: Timely, now: datetime
) -> NextRun:
    if not enabled(context, link):
        return NextRun(None, "off", "disabled")
    stopped = pause_note(context, link.name, schedule)
    if stopped:
        return NextRun(None, "paused", stopped)
    mine = seen.kept.get(link.name)
    if mine is None or mine.spec != spec_of(schedule):
        return NextRun(coming(schedule, link.name, now, CRONTAB)[0].due)
    return _heeded(link.name, schedule, mine, now, attended=seen.attended)


def spec_of(schedule: Schedule) -> str:
    """What a schedule says of times, by which a changed one is known."""
    said = asdict(schedule)
    return json.dumps([said[name] for name in ("cron", "every", "timezone", "jitter")])


def enabled(context: Context, link: Link) -> bool:
    """Whether a Link may run; an operator's word counts before the file's."""
    said = context.store.enabled(link.name)
    return link.enabled if said is None else said


def pause_note(context: Context, link: str, schedule: Schedule) -> str | None:
    """Why no run is begun until somebody recovers one; None: runs are begun."""
    if schedule.pause_after is None:
        return None
    ends = context.store.schedules.ends(link, schedule.pause_after)
    failed = paused(ends, schedule.pause_after)
    if not failed:
        return None
    runs = f"#{failed[0]}" if len(failed) == 1 else f"the last {len(failed)} runs"
    newest = "" if len(failed) == 1 else f", #{failed[0]} the newest"
    return (
        f"paused: {runs} failed{newest}; linkdeck retry {failed[0]} --reason …, "
        f"or linkdeck enable {link} --reason …"
    )


def _heeded(
    link: str, schedule: Schedule, kept: Kept, now: datetime, *, attended: bool
) -> NextRun:
    if kept.waiting is not None:
        return NextRun(kept.waiting.at, "waiting", kept.waiting.note)
    overdue = passed(schedule, link, kept.seen_to, now, CRONTAB)
    if overdue is not None:
        return NextRun(overdue.due, note=None if attended else OVERDUE)
    # A slot that has come may still be due a little later.
    after = max(kept.seen_to, now - timedelta(seconds=schedule.jitter or 0.0))
    return NextRun(coming(schedule, link, after, CRONTAB)[0].due)


def _shown(
    context: Context,
    definition: Definition,
    schedule: Schedule,
    kept: Timely,
    now: datetime,
    least: int,
) -> LinkSchedule:
    link = definition.link
    shown = next_run(context, link, kept, now)
    assert shown is not None
    times = coming(schedule, link.name, now, CRONTAB, least=least)
    return LinkSchedule(
        link=link.name,
        schedule=schedule,
        next=shown,
        coming=tuple(each.due for each in times),
        last=context.store.schedules.slots(link.name, LAST),
    )


def _chosen(context: Context, links: Sequence[str]) -> list[Definition]:
    if links:
        chosen = [definitions.load(context, link) for link in dict.fromkeys(links)]
        bare = [each.link.name for each in chosen if each.link.schedule is None]
        if bare:
            raise Refused(
                f"{bare[0]} has no schedule; write schedule: {{cron: '0 * * * *'}} in its file"
            )
        return chosen
    found = []
    for path in definitions.files(context):
        try:
            found.append(definitions.load(context, str(path)))
        except LinkdeckError:
            # What cannot be loaded is told by `links` and by the engine's log.
            continue
    return sorted(found, key=lambda each: each.link.name)
