"""`check`: a Link's source and target tried once, nothing written; each answer a sentence."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import TypeVar

from engine import worker
from engine.domain.adapter import Askable, Load, Lookup, Plan
from engine.domain.batch import Job, Prepared
from engine.domain.checkup import Check, Checkable, LinkChecks, answers, failed
from engine.domain.delta import ChangeFilter, Window
from engine.domain.errors import BatchSyncError, Error, SyncError, SystemSyncError
from engine.domain.filter import Raised
from engine.domain.link import Definition
from engine.domain.masking import Privacy
from engine.domain.retry import RetryPolicy
from engine.domain.stage import CallStage
from engine.operations import definitions
from engine.operations.classifying import source_fields
from engine.operations.conduct import setup_of
from engine.operations.context import Context
from engine.operations.first_page import ahead, first_page, heeded, source_key, spoken
from engine.sync import batch as steps

T = TypeVar("T")


def check(context: Context, link: str) -> LinkChecks:
    """Try the source, the stages over its first page, and the target; one try each."""
    definition = one_try(definitions.load(context, link))
    limit = context.settings.batch_limit
    setup = setup_of(context, definition, event=0, limit=limit, test=True)
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


def one_try(definition: Definition) -> Definition:
    """The Link without patience: whoever asks wants to hear now what is wrong."""
    link = definition.link
    impatient = replace(
        link,
        source=replace(link.source, retry=_once(link.source.retry)),
        target=replace(link.target, retry=_once(link.target.retry)),
        stages=tuple(
            replace(stage, retry=_once(stage.retry))
            if isinstance(stage, CallStage)
            else stage
            for stage in link.stages
        ),
    )
    return replace(definition, link=impatient)


def _once(policy: RetryPolicy) -> RetryPolicy:
    return replace(policy, max_attempts=1)


class _Checkup:
    """One go at a Link's bench, from the source to the target."""

    def __init__(self, workshop: worker.Workshop) -> None:
        self._workshop = workshop
        self._bench = workshop.bench
        self._link = workshop.setup.definition.link
        self._rules = Privacy(self._link.masks, self._link.key)

    def all(self) -> Iterator[Check]:
        """Everything, in the order a record goes."""
        first: Prepared | None = None
        if self._bench.source.traits.delivered:
            address = f"POST /links/{self._link.name}/records"
            delivered = f"its records are delivered, by {address}"
            yield Check("source reachable", ok=True, message=delivered)
            yield from self._target(None)
            return
        plan = self._tried(lambda: steps.plan(Window(), self._bench))
        if isinstance(plan, SyncError):
            yield from failed("source", plan)
        else:
            first = self._page(plan)
            yield from self._source(plan, first)
            yield from self._change_filter(plan, first)
            yield from self._source_lookup(first)
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
        yield first_page(first, problem, self._rules)

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
        mark = ahead(kind, plan.bound, now=self._workshop.setup.now())
        if first is None or not first.fetched or mark is None:
            message = "there are no records by which to tell whether it is heeded"
            yield Check("change filter", ok=True, message=message)
            return
        later = self._tried(lambda: steps.plan(Window(since=mark), self._bench))
        page = later if isinstance(later, SyncError) else self._page(later)
        # A mark is inclusive: of texts the newest is the most that can be asked for.
        yield heeded(page, mark, None if mark == plan.bound else first.fetched)

    def _source_lookup(self, first: Prepared | None) -> Iterator[Check]:
        """Asked for a record that it has just given, a source has it."""
        source, by = self._bench.source, source_fields(self._link)
        if source.traits.lookup is Lookup.NONE or not isinstance(source, Askable):
            return
        key = source_key(first, by)
        if key is None:
            return
        held = self._tried(lambda: source.lookup([key], by=by))
        if isinstance(held, SyncError):
            yield Check("source lookup", ok=False, message=held.message)
            return
        there = held.get(key) is not None
        said = "has it" if there else "says there is none, though it has just given it"
        yield Check(
            "source lookup",
            ok=there,
            message=f"asked for the record {spoken(key, self._rules)}, the source {said}",
            hint=None if there else "check the lookup of the source",
        )

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
        what = "holds it" if held.get(key) is not None else "does not hold it yet"
        if not checked:
            yield from answers("target", f"{system} answers")
        message = f"asked for the record {spoken(key, self._rules)}, the target {what}"
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


def _stages_broken(error: Error) -> Check:
    return Check("stages", ok=False, message=error.message)


def _as_failure(problem: Error) -> SyncError:
    return BatchSyncError(problem.message, error_class=problem.error_class)
