"""Schedules heeded: every slot that is due becomes a queued run, waits, or is left out, and why."""

from collections.abc import Iterator
from dataclasses import field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from engine.domain.errors import LinkdeckError
from engine.domain.gate import Active, waits_for
from engine.domain.link import Definition, Link, Overlap, Schedule
from engine.domain.requests import RunOptions
from engine.domain.schedule import Slot, coming, delay, named, passed, reason
from engine.domain.values import dataclass
from engine.operations import definitions, gates
from engine.operations.context import Context
from engine.operations.queueing import queue_run
from engine.operations.schedules import CRONTAB, enabled, pause_note, spec_of
from engine.store.refusals import LinkBusy, SlotTaken
from engine.store.schedules import ACTOR, Kept

AGAIN = timedelta(minutes=1)
"""How long a definition that could not be read is let be, where its file stays the same."""


@dataclass(slots=True)
class Round:
    """One look at all schedules: the Sync Events it queued, and the Links it could not heed."""

    queued: list[int] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Read:
    """A definition as it was read, or why it could not be; and what it was read from."""

    mark: Any
    definition: Definition | None
    problem: str | None
    at: datetime

    def stale(self, now: datetime) -> bool:
        """What could not be read may be for want of a secret; it is tried again."""
        return self.definition is None and now - self.at >= AGAIN


class Timetable:
    """Heeds the schedules of all Links; `keep` is to be called again and again."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._read: dict[Path, _Read] = {}
        self._quiet: dict[str, tuple[Any, datetime]] = {}

    def keep(self, now: datetime) -> Round:
        """Look at every schedule once; a Link that cannot be heeded holds up no other."""
        done = Round()
        found = list(self._definitions(done, now))
        kept = self._context.store.schedules.kept()
        active = self._context.store.schedules.active()
        for definition in _parents_first(found):
            name = definition.link.name
            if self._is_quiet(definition.link, kept.get(name), now):
                continue
            turn = _Turn(self._context, definition, kept.get(name), active.get(name), now)
            try:
                queued = turn.take()
            except LinkdeckError as problem:
                done.problems.append(f"{name}: {problem}")
            else:
                done.queued += [] if queued is None else [queued]
        # A folder that is not there, or cannot be read, says nothing of its schedules.
        if found and not done.problems:
            self._forget(found, kept)
        return done

    def _is_quiet(self, link: Link, kept: Kept | None, now: datetime) -> bool:
        """Whether nothing can be due yet: reading a cron line at every look is too dear."""
        schedule = link.schedule
        if schedule is None:
            return True
        if kept is None or kept.waiting or kept.paused or kept.spec != spec_of(schedule):
            return False
        known = (kept.spec, kept.seen_to)
        found = self._quiet.get(link.name)
        if found is None or found[0] != known:
            # Where a jitter is longer than the time between, the second may be due first.
            slots = coming(schedule, link.name, kept.seen_to, CRONTAB, least=2)
            found = self._quiet[link.name] = (known, min(slot.due for slot in slots))
        return now < found[1]

    def _forget(self, found: list[Definition], kept: Any) -> None:
        scheduled = {each.link.name for each in found if each.link.schedule is not None}
        for name in sorted(kept.keys() - scheduled):
            self._context.store.schedules.forget(name)

    def _definitions(self, done: Round, now: datetime) -> Iterator[Definition]:
        """Every Link of the folder; read anew where its file, or what is said of it, changed."""
        said = self._context.store.schedules.said()
        paths = definitions.files(self._context)
        self._read = {path: each for path, each in self._read.items() if path in paths}
        for path in paths:
            before = self._read.get(path)
            name = before.definition.link.name if before and before.definition else ""
            mark = (
                _stamp(path),
                _stamp(path.parent / definitions.DEFAULTS),
                said.get(name),
            )
            if before is None or before.mark != mark or before.stale(now):
                before = self._read[path] = self._load(path, mark, now)
            if before.definition is not None:
                yield before.definition
            elif before.problem is not None:
                done.problems.append(before.problem)

    def _load(self, path: Path, mark: Any, now: datetime) -> _Read:
        try:
            definition = definitions.load(self._context, str(path))
        except LinkdeckError as problem:
            return _Read(mark, None, str(problem).splitlines()[0], now)
        # By its name, which is known only now.
        said = self._context.store.schedules.said().get(definition.link.name)
        return _Read((*mark[:2], said), definition, None, now)


class _Turn:
    """One Link's schedule, looked at once."""

    def __init__(
        self,
        context: Context,
        definition: Definition,
        kept: Kept | None,
        active: Active | None,
        now: datetime,
    ) -> None:
        self._context, self._link = context, definition.link
        self._kept, self._active, self._now = kept, active, now
        self._store = context.store.schedules

    def take(self) -> int | None:
        """The Sync Event that was queued, if one was."""
        link, schedule = self._link, self._link.schedule
        if schedule is None:
            return None
        kept = self._kept
        if kept is None or kept.spec != spec_of(schedule):
            self._store.begin(link.name, spec_of(schedule), since=self._now)
            return None
        if kept.paused is not None and not pause_note(self._context, link.name, schedule):
            self._store.go_on(
                link.name, "a run was recovered, or somebody enabled the Link"
            )
        slot = self._due(schedule, kept)
        return None if slot is None else self._seen_to(schedule, slot, kept)

    def _due(self, schedule: Schedule, kept: Kept) -> Slot | None:
        """The newest slot that is due, or the one whose run waits."""
        new = passed(schedule, self._link.name, kept.seen_to, self._now, CRONTAB)
        if new is None and kept.waiting is not None:
            at = kept.waiting.at
            return Slot(at, at + delay(schedule, self._link.name, at))
        return new

    def _seen_to(self, schedule: Schedule, slot: Slot, kept: Kept) -> int | None:
        link = self._link.name
        if not enabled(self._context, self._link):
            self._store.pass_by(link, slot.at, "the Link was disabled")
        elif note := pause_note(self._context, link, schedule):
            self._pause(slot, kept, note)
        elif self._active is not None:
            self._overlap(schedule, slot, kept, _busy(self._active))
        elif note := waits_for(gates.parents(self._context, self._link, self._now)):
            self._wait(slot, kept, note)
        else:
            return self._queue(schedule, slot, kept)
        return None

    def _pause(self, slot: Slot, kept: Kept, note: str) -> None:
        if kept.paused is None:
            self._store.pause(self._link.name, slot.at, note)
        else:
            self._store.pass_by(self._link.name, slot.at, note)

    def _overlap(self, schedule: Schedule, slot: Slot, kept: Kept, busy: str) -> None:
        if schedule.overlap is Overlap.QUEUE:
            self._wait(slot, kept, f"waits until {busy} is over")
            return
        note = f"left out, due {named(schedule, slot.at)}: {busy} was not over"
        self._store.skip(self._link.name, slot.at, note)

    def _wait(self, slot: Slot, kept: Kept, note: str) -> None:
        waiting = kept.waiting
        if waiting is None or (waiting.at, waiting.note) != (slot.at, note):
            self._store.wait(self._link.name, slot.at, note)

    def _queue(self, schedule: Schedule, slot: Slot, kept: Kept) -> int | None:
        waited = kept.waiting.note if kept.waiting is not None else None
        options = RunOptions(
            actor=ACTOR,
            reason=reason(schedule, slot, self._now, waited=waited),
            slot=slot.at,
        )
        try:
            return queue_run(self._context, self._link.name, options).id
        except SlotTaken:
            # Another engine was quicker.
            return None
        except LinkBusy:
            # Somebody was quicker; the next look finds what runs.
            return None


def _busy(active: Active) -> str:
    since = active.since.astimezone()
    return f"#{active.event} ({active.status} since {since:%H:%M}, {active.who})"


def _stamp(path: Path) -> Any:
    """What differs once a file is another; None: there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _parents_first(found: list[Definition]) -> list[Definition]:
    """A Link after those it depends on, so that it sees what they have just begun."""
    by_name = {each.link.name: each for each in found}
    placed: dict[str, Definition] = {}

    def place(link: Link, above: frozenset[str]) -> None:
        for each in link.depends_on:
            # A circle is for `validate` to refuse: its Links wait for ever.
            if each.link in by_name and each.link not in above:
                place(by_name[each.link].link, above | {link.name})
        placed.setdefault(link.name, by_name[link.name])

    for each in by_name.values():
        place(each.link, frozenset())
    return list(placed.values())
