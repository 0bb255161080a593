"""What the target holds now for the key of one failing record; asked on demand, never stored."""

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from typing import Any

from engine.domain.adapter import Lookup, Stopped
from engine.domain.errors import LinkdeckError, SyncError
from engine.domain.link import Definition
from engine.domain.masking import Privacy
from engine.domain.present import Present
from engine.domain.requests import Stop
from engine.domain.stored_json import parsed
from engine.domain.sync_event import SnapshotSeen, SyncEvent
from engine.operations import failures, masking
from engine.operations.checkup import one_try
from engine.operations.conduct import sleeping_on
from engine.operations.context import Context
from engine.operations.events import known
from engine.operations.simulation import Key, Passed, Simulator
from engine.operations.versions import Versions


def present(
    context: Context, ref: str, *, reveal: bool, actor: str, reason: str
) -> Present:
    """The target asked once for this record; masked as the record is, unless revealed."""
    seen = failures.kept(context, failures.snapshot_number(ref))
    event = known(context, seen.event)
    rules = masking.privacy(context, event)
    if reveal:
        failures.audit_reveal(context, seen, actor=actor, reason=reason, of="target")
        rules = Privacy()
    try:
        definition = one_try(_definition(context, event))
    except LinkdeckError as problem:
        said = str(problem).splitlines()[0]
        return Present(event.target, context.clock(), problem=f"it cannot be asked: {said}")
    try:
        with closing(Simulator(context, definition, sleeping_on(Stop()))) as simulator:
            return _masked(_asked(context, simulator, seen), rules, seen)
    except SyncError as failure:
        return Present(event.target, context.clock(), problem=str(failure))


def _definition(context: Context, event: SyncEvent) -> Definition:
    """The one on disk, where a retry would write to; where it cannot be used, the as-run one."""
    versions = Versions(context, event.id)
    try:
        return versions.current
    except LinkdeckError:
        return versions.as_run


def _asked(context: Context, simulator: Simulator, seen: SnapshotSeen) -> Present:
    made = Present(simulator.link.target.system, context.clock())
    if simulator.target.traits.lookup is Lookup.NONE:
        return replace(
            made, problem="it cannot be asked for single records; look there yourself"
        )
    key = _key(simulator, seen)
    if key is None:
        return replace(
            made,
            problem="the record failed before it had a key, so there is none to ask for",
        )
    try:
        held = simulator.target.lookup([key])
    except (SyncError, Stopped) as failure:
        said = simulator.redact(str(failure))
        return replace(made, problem=f"it could not be asked: {said}")
    if key not in held:
        return replace(made, problem="it gave no answer for this key")
    row = held[key]
    return made if row is None else replace(made, fields=_plain(row))


def _key(simulator: Simulator, seen: SnapshotSeen) -> Key | None:
    if seen.key is not None:
        return tuple(json.loads(seen.key))
    sent = seen.edited or seen.before
    if sent is None:
        return None
    [fate] = simulator.fates([sent])
    return fate.key if isinstance(fate, Passed) and fate.key else None


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row as JSON values."""
    from engine.filters.encoding import as_json

    found: dict[str, Any] = parsed(as_json(dict(row)))
    return found


def _masked(found: Present, rules: Privacy, seen: SnapshotSeen) -> Present:
    if not rules.patterns:
        return found
    values = masking.values_of(seen, rules)
    problem = found.problem and rules.text(found.problem, values=values)
    fields = None if found.fields is None else rules.document(dict(found.fields))
    return replace(found, fields=fields, problem=problem)
