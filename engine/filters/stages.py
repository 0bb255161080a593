"""The stages of a Link, compiled one by one for the slow way, which is the truth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from engine.domain.expression import Expression, ExpressionError, compile_expression
from engine.domain.filter import Guard
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
from engine.filters.checking import Checker, checker_of
from engine.filters.complaint import complaint
from engine.filters.custom import Custom, custom_of
from engine.filters.flight import Failure, Flight
from engine.filters.mapping import Mapper, mapper_of
from engine.filters.step import Seen, Step, Work


@dataclass(frozen=True, slots=True)
class Ignorer:
    """An ignore stage, compiled."""

    expression: Expression
    reason: str

    def __call__(self, flight: Flight, seen: Seen) -> list[Failure]:
        if self.expression.truth(flight.fields):
            flight.ignore(self.reason)
        return []


AnyWork = Mapper | Checker | Ignorer | Custom


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


def compiled(
    stages: Sequence[AnyStage],
    *,
    folder: str,
    guard: Guard,
    code: Mapping[str, str] | None = None,
) -> tuple[Compiled, ...]:
    """Every stage, in order; SystemSyncError for the first that cannot be."""
    done: list[Compiled] = []
    rules = 0
    for stage in stages:
        _admit(stage)
        work, kind = _work(
            stage, folder=folder, guard=guard, code=code or {}, first_rule=rules
        )
        condition = _expression(stage, stage.condition) if stage.condition else None
        done.append(Compiled(stage, work, condition, kind))
        rules += len(work.checks) if isinstance(work, Checker) else 0
    return tuple(done)


def _work(
    stage: AnyStage, *, folder: str, guard: Guard, code: Mapping[str, str], first_rule: int
) -> tuple[AnyWork, str]:
    match stage:
        case MapStage():
            return mapper_of(stage), "map"
        case CheckStage():
            return checker_of(stage, folder=folder, first=first_rule), "check"
        case IgnoreStage():
            return _ignorer(stage), "ignore"
        case PythonStage():
            return custom_of(stage, folder=folder, guard=guard, code=code), "python"
        case UnchangedStage():
            raise complaint(
                stage.name, "'unchanged' is not available yet; take the stage out"
            )
        case LookupStage():
            raise complaint(stage.name, "'lookup' is not available yet; take the stage out")
        case CallStage():
            raise complaint(stage.name, "'call' is not available yet; take the stage out")
    assert_never(stage)


def _ignorer(stage: IgnoreStage) -> Ignorer:
    if not stage.reason.strip():
        raise complaint(stage.name, "an ignore stage must give its reason")
    return Ignorer(_expression(stage, stage.expression), stage.reason)


def _admit(stage: AnyStage) -> None:
    policy = stage.on_error
    if policy.proceed and policy.status is Disposition.IGNORED and not policy.stops:
        why = "'continue: true' with 'status: ignored' contradict each other; drop one"
        raise complaint(stage.name, why)


def _expression(stage: AnyStage, text: str) -> Expression:
    try:
        return compile_expression(text)
    except ExpressionError as cause:
        why = f"{cause.message} (column {cause.column} of '{text}')"
        raise complaint(stage.name, why) from None
