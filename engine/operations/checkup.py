"""`check`: a Link's source and target tried once, nothing written; each answer a sentence."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from engine import worker
from engine.domain.adapter import Load, Lookup, Plan
from engine.domain.batch import Job, Prepared
from engine.domain.checkup import Check, Checkable, LinkChecks, answers, failed
from engine.domain.delta import ChangeFilter, MarkValue, Window
from engine.domain.errors import BatchSyncError, Error, SyncError, SystemSyncError
from engine.domain.filter import Raised
from engine.domain.link import Definition
from engine.operations import definitions
from engine.operations.conduct import callers_of
from engine.operations.context import Context
from engine.sync import batch as steps

T = TypeVar("T")

_FUTURE = timedelta(days=30)
"""Further ahead than clocks and time zones differ."""


def check(context: Context, link: str) -> LinkChecks:
    """Try the source, the stages over its first page, and the target; one try each."""
    definition = _one_try(definitions.load(context, link))
    setup = worker.Setup(
        definition=definition,
        source=context.catalogue["source"][definition.link.source.adapter],
        target=context.catalogue["target"][definition.link.target.adapter],
        event=0,
        secret=context.store.secret(),
        limit=context.settings.batch_limit,
        test=True,
        callers=callers_of(context, definition.link),
    )
    try:
        workshop = worker.Workshop(setup, time.sleep)
    except SystemSyncError as failure:
        error = worker.error_of(setup, failure, stage="stages")
        return LinkChecks(definition.link.name, (_stages_broken(error),))
    redact = workshop.bench.redact
    with closing(workshop):
        checks = tuple(
            replace(each, message=redact(each.message)) for each in _Checkup(workshop).all()
        )
    return LinkChecks(definition.link.name, checks)


def _one_try(definition: Definition) -> Definition:
    """The Link without patience: whoever asks wants to hear now what is wrong."""
    link = definition.link
    return replace(
        definition,
        link=replace(
            link,
            source=replace(link.source, retry=replace(link.source.retry, max_attempts=1)),
            target=replace(link.target, retry=replace(link.target.retry, max_attempts=1)),
        ),
    )


class _Checkup:
    """One go at a Link's bench, from the source to the target."""

    def __init__(self, workshop: worker.Workshop) -> None:
        self._workshop = workshop
        self._bench = workshop.bench
        self._link = workshop.setup.definition.link

    def all(self) -> Iterator[Check]:
        """Everything, in the order a record goes."""
        first: Prepared | None = None
        plan = self._tried(lambda: steps.plan(Window(), self._bench))
        if isinstance(plan, SyncError):
            yield from failed("source", plan)
        else:
            first = self._page(plan)
            yield from self._source(plan, first)
            yield from self._change_filter(plan, first)
        yield from self._target(_load_of(first))

    def _source(self, plan: Plan, first: Prepared | None) -> Iterator[Check]:
        system = self._link.source.system
        if first is None:
            yield from answers("source", f"{system} answers; it holds nothing to fetch")
            return
        problem = first.error or first.stop
        if problem is not None and first.fetched is None and problem.stage == "source":
            yield from failed("source", _as_failure(problem))
            return
        many = f"{len(plan.scopes)} Batches" if len(plan.scopes) != 1 else "1 Batch"
        planned = f"at least {many}" if plan.grows else many
        yield from answers("source", f"{system} answers; {planned} to fetch")
        yield _first_page(first, problem)

    def _page(self, plan: Plan) -> Prepared | None:
        if not plan.scopes:
            return None
        return steps.prepare(Job(1, plan.scopes[0]), self._bench)

    def _change_filter(self, plan: Plan, first: Prepared | None) -> Iterator[Check]:
        """Asked for what changes after a mark ahead of everything, a source gives nothing."""
        kind = self._bench.source.traits.change_filter
        if kind is ChangeFilter.NONE:
            message = "the source has none: every run fetches everything"
            yield Check("change filter", ok=True, message=message)
            return
        ahead = _ahead(kind, plan.bound)
        if first is None or not first.fetched or ahead is None:
            message = "there are no records by which to tell whether it is heeded"
            yield Check("change filter", ok=True, message=message)
            return
        later = self._tried(lambda: steps.plan(Window(since=ahead), self._bench))
        page = later if isinstance(later, SyncError) else self._page(later)
        # A mark is inclusive: of texts the newest is the most that can be asked for.
        yield _heeded(page, ahead, None if ahead == plan.bound else first.fetched)

    def _target(self, load: Load | None) -> Iterator[Check]:
        target = self._bench.target
        if isinstance(target, Checkable):
            found = self._tried(lambda: tuple(target.check(load)))
            if isinstance(found, SyncError):
                yield from failed("target", found)
                return
            yield from found
            if any(each.to_be_made or not each.ok for each in found):
                return
        yield from self._lookup(load, checked=isinstance(target, Checkable))

    def _lookup(self, load: Load | None, *, checked: bool) -> Iterator[Check]:
        target, system = self._bench.target, self._link.target.system
        if target.traits.lookup is Lookup.NONE:
            if not checked:
                message = f"{system} cannot be asked; whether it takes records shows a run"
                yield Check("target", ok=True, message=message)
            return
        if load is None or not load.keys:
            message = "there is no record whose key could be looked up"
            yield Check("target lookup", ok=True, message=message)
            return
        key = tuple(load.keys[0])
        held = self._tried(lambda: target.lookup([key]))
        if isinstance(held, SyncError):
            yield from failed("target", held)
            return
        said = ", ".join(map(str, key))
        what = "holds it" if held.get(key) is not None else "does not hold it yet"
        if not checked:
            yield from answers("target", f"{system} answers")
        message = f"asked for the record {said}, the target {what}"
        yield Check("target lookup", ok=True, message=message)

    def _tried(self, ask: Callable[[], T]) -> T | SyncError:
        """The answer, or the failure."""
        answer = steps.guard(ask)
        if not isinstance(answer, Raised):
            found: T = answer
            return found
        failure = answer.exception
        if not isinstance(failure, SyncError):
            text = f"{type(failure).__name__}: {failure}"
            failure = BatchSyncError(f"the adapter failed unforeseen ({text})")
        return failure


def _load_of(first: Prepared | None) -> Load | None:
    if first is None or not first.rows:
        return None
    return Load(0, first.rows, first.keys, first.columns)


def _first_page(first: Prepared, problem: Error | None) -> Check:
    if problem is not None:
        hint = "linkdeck validate, and the stage's own code, say more"
        return Check("first page", ok=False, message=problem.message, hint=hint)
    passing, ignored = len(first.rows), sum(first.ignored.values())
    counts = f"{passing} would be written, {ignored} ignored, {first.failed} would fail"
    unit = "record" if first.fetched == 1 else "records"
    message = f"read {first.fetched} {unit}: {counts}"
    if not first.failed:
        return Check("first page", ok=True, message=message)
    errors = [error for snapshot in first.snapshots for error in snapshot.errors]
    why = f" ({errors[0].message})" if errors else ""
    keep = "linkdeck run LINK --test keeps each with what is wrong"
    return Check(
        "first page",
        ok=passing > 0,
        message=f"{message}{why}",
        hint=None if passing else keep,
    )


def _heeded(
    page: Prepared | SyncError | None, ahead: MarkValue, before: int | None
) -> Check:
    """What was seen; `before` is how many came unfiltered, where fewer must come now."""
    after = ahead.date().isoformat() if isinstance(ahead, datetime) else str(ahead)
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


def _ahead(kind: ChangeFilter, bound: MarkValue | None) -> MarkValue | None:
    """A mark that nothing has reached; of a text, the newest there is."""
    if kind is ChangeFilter.TIME:
        return worker.clock() + _FUTURE
    match bound:
        case int():
            return bound + 1
        case datetime():
            return bound + _FUTURE
        case _:
            return bound


def _stages_broken(error: Error) -> Check:
    return Check("stages", ok=False, message=error.message)


def _as_failure(problem: Error) -> SyncError:
    return BatchSyncError(problem.message, error_class=problem.error_class)
