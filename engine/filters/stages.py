"""The stages of a Link, compiled one by one for the slow way, which is the truth."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import assert_never

from engine.domain.expression import Expression, ExpressionError, compile_expression
from engine.domain.filter import Guard, Outside
from engine.domain.stage import (
    AnyStage,
    CallStage,
    CheckStage,
    Disposition,
    IgnoreStage,
    LookupStage,
    MapStage,
    PythonStage,
    UnchangedStage,
)
from engine.domain.values import dataclass
from engine.filters.calling import Calling, calling_of
from engine.filters.checking import Checker, checker_of
from engine.filters.complaint import complaint, placed
from engine.filters.custom import Custom, custom_of
from engine.filters.flight import Failure, Flight
from engine.filters.looking import Looker, looker_of
from engine.filters.mapping import Mapper, mapper_of
from engine.filters.step import CALL, Seen, Step, Work
from engine.filters.unchanged import Unchanging, unchanging_of


@dataclass(frozen=True, slots=True)
class Ignorer:
    """An ignore stage, compiled."""

    expression: Expression
    reason: str

    def __call__(self, flight: Flight, seen: Seen) -> list[Failure]:
        if self.expression.truth(flight.fields):
            flight.ignore(self.reason)
        return []


AnyWork = Mapper | Checker | Ignorer | Custom | Calling | Looker | Unchanging


@dataclass(frozen=True, slots=True)
class Needs:
    """What stages are compiled with besides themselves.

    `code` are the hashes of the python modules that the run began with (D1).
    """

    folder: str
    guard: Guard
    code: Mapping[str, str] = field(default_factory=dict)
    outside: Outside = field(default_factory=Outside)


@dataclass(frozen=True, slots=True)
class Compiled:
    """One stage: what the definition says, what it does, and its condition."""

    stage: AnyStage
    work: AnyWork
    condition: Expression | None
    kind: str

    def step(self, work: Work) -> Step:
        """The stage as the slow way runs it, `work` being its own or a quicker form of it."""
        return Step(
            name=self.stage.name,
            kind=self.kind,
            work=work,
            on_error=self.stage.on_error,
            condition=self.condition.truth if self.condition else None,
        )


def compiled(stages: Sequence[AnyStage], needs: Needs) -> tuple[Compiled, ...]:
    """Every stage, in order; SystemSyncError for the first that cannot be."""
    _admit_order(stages)
    done: list[Compiled] = []
    rules = 0
    for stage in stages:
        _admit(stage)
        with placed(stage.name):
            work, kind = _work(stage, needs, first_rule=rules)
        condition = _expression(stage, stage.condition) if stage.condition else None
        done.append(Compiled(stage, work, condition, kind))
        rules += len(work.checks) if isinstance(work, Checker) else 0
    return tuple(done)


def _work(stage: AnyStage, needs: Needs, *, first_rule: int) -> tuple[AnyWork, str]:
    match stage:
        case MapStage():
            return mapper_of(stage), "map"
        case CheckStage():
            return _checker(stage, needs, first_rule), "check"
        case IgnoreStage():
            return _ignorer(stage), "ignore"
        case _:
            return _outward(stage, needs)


def _outward(
    stage: PythonStage | UnchangedStage | LookupStage | CallStage, needs: Needs
) -> tuple[AnyWork, str]:
    """A stage that asks something beyond the record."""
    outside = needs.outside
    match stage:
        case PythonStage():
            return _custom(stage, needs), "python"
        case UnchangedStage():
            return unchanging_of(stage, outside.holds), "unchanged"
        case LookupStage():
            return looker_of(stage, needs.folder, outside.read), "lookup"
        case CallStage():
            return calling_of(stage, outside.callers), CALL
    assert_never(stage)


def _checker(stage: CheckStage, needs: Needs, first: int) -> Checker:
    return checker_of(stage, folder=needs.folder, first=first, read=needs.outside.read)


def _custom(stage: PythonStage, needs: Needs) -> Custom:
    return custom_of(stage, folder=needs.folder, guard=needs.guard, code=needs.code)


def _ignorer(stage: IgnoreStage) -> Ignorer:
    if not stage.reason.strip():
        raise complaint(stage.name, "an ignore stage must give its reason")
    return Ignorer(_expression(stage, stage.expression), stage.reason)


def _admit(stage: AnyStage) -> None:
    policy = stage.on_error
    if policy.proceed and policy.status is Disposition.IGNORED and not policy.stops:
        why = "'continue: true' with 'status: ignored' contradict each other; drop one"
        raise complaint(stage.name, why)


def _admit_order(stages: Sequence[AnyStage]) -> None:
    for stage in stages[:-1]:
        if isinstance(stage, UnchangedStage):
            why = "'unchanged' compares what would be pushed; make it the last stage"
            raise complaint(stage.name, why)


def _expression(stage: AnyStage, text: str) -> Expression:
    try:
        return compile_expression(text)
    except ExpressionError as cause:
        why = f"{cause.message} (column {cause.column} of '{text}')"
        raise complaint(stage.name, why) from None
