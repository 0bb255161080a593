"""What was seen of a first page and of a change filter, as the sentences of `check`."""

import json
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from engine.domain.batch import Prepared
from engine.domain.checkup import Check
from engine.domain.delta import ChangeFilter, MarkValue
from engine.domain.errors import Error, SyncError
from engine.domain.masking import MASK, Privacy
from engine.domain.snapshot import Snapshot
from engine.domain.stored_json import parsed

Key = tuple[Any, ...]

FUTURE = timedelta(days=30)
"""Further ahead than clocks and time zones differ."""


def source_key(first: Prepared | None, by: tuple[str, ...]) -> Key | None:
    """The source's own key of the first record, where there is one."""
    if first is None or first.raw is None or not first.fetched or not by:
        return None
    try:
        record = json.loads(first.raw.at(first.places[0] if first.places else 0))
    except ValueError:
        return None
    key = tuple(record.get(name) for name in by) if isinstance(record, dict) else ()
    return key if key and all(isinstance(part, str | int) for part in key) else None


def spoken(key: Key, rules: Privacy) -> str:
    """A key as a sentence names it; hidden where the Link calls it personal."""
    return MASK if rules.hides_key else ", ".join(map(str, key))


def first_page(first: Prepared, problem: Error | None, rules: Privacy) -> Check:
    """How many of the first page would pass, and what is wrong with one that would not."""
    if problem is not None:
        hint = "linkdeck validate, and the stage's own code, say more"
        return Check("first page", ok=False, message=problem.message, hint=hint)
    passing, ignored = len(first.rows), sum(first.ignored.values())
    counts = f"{passing} would be written, {ignored} ignored, {first.failed} would fail"
    unit = "record" if first.fetched == 1 else "records"
    message = f"read {first.fetched} {unit}: {counts}"
    if not first.failed:
        return Check("first page", ok=True, message=message)
    failing = [snapshot for snapshot in first.snapshots if snapshot.errors]
    why = f" ({_why(failing[0], rules)})" if failing else ""
    keep = "linkdeck run LINK --test keeps each with what is wrong"
    return Check(
        "first page",
        ok=passing > 0,
        message=f"{message}{why}",
        hint=None if passing else keep,
    )


def _why(failing: Snapshot, rules: Privacy) -> str:
    """What is wrong with a record first, without personal values."""
    sides = (failing.before, failing.after)
    personal = [rules.values(parsed(side)) for side in sides if side is not None]
    error = failing.errors[0]
    return rules.text(error.message, field=error.field, values={*chain(*personal)})


def heeded(page: Prepared | SyncError | None, mark: MarkValue, before: int | None) -> Check:
    """What was seen; `before` is how many came unfiltered, where fewer must come now."""
    after = mark.date().isoformat() if isinstance(mark, datetime) else str(mark)
    asked = f"asked for changes after {after}"
    if isinstance(page, SyncError):
        return Check("change filter", ok=False, message=f"{asked}: {page.message}")
    problem = page and (page.error or page.stop)
    if problem:
        return Check("change filter", ok=False, message=f"{asked}: {problem.message}")
    count = (page.fetched or 0) if page else 0
    if not count:
        message = f"{asked}, the source gives none: the filter is heeded"
        return Check("change filter", ok=True, message=message)
    if before is None or count < before:
        message = f"{asked}, the source gives {count}"
        return Check("change filter", ok=True, message=message)
    return Check(
        "change filter",
        ok=False,
        message=f"{asked}, the source still gives {count}: it does not heed the filter",
        hint="check changed_since and changed_format, or leave changed_since out",
    )


def ahead(
    kind: ChangeFilter, bound: MarkValue | None, *, now: datetime
) -> MarkValue | None:
    """A mark that nothing has reached; of a text, the newest there is."""
    if kind is ChangeFilter.TIME:
        return now + FUTURE
    match bound:
        case int():
            return bound + 1
        case datetime():
            return bound + FUTURE
        case _:
            return bound
