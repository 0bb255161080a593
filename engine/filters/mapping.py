"""The map stage: new fields from a record's fields, each by its own few steps."""

from collections.abc import Callable, Mapping
from typing import Any

from engine.domain.errors import ErrorClass
from engine.domain.expression import Path, reach
from engine.domain.missing import MISSING
from engine.domain.stage import FieldMap, MapStage
from engine.domain.values import dataclass
from engine.filters.casts import cast_of
from engine.filters.complaint import complaint
from engine.filters.concat import Joiner, joiner_of
from engine.filters.flight import Failure, Flight
from engine.filters.paths import parsed
from engine.filters.refusal import Refusal
from engine.filters.step import Seen
from engine.filters.tidying import STEPS, tidied

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Maker:
    """How one field is made.

    `fixed` is a constant, `default` stands in for null and missing; both have been through `do`
    and the cast already.
    """

    plan: FieldMap
    path: Path
    joiner: Joiner | None
    steps: tuple[Callable[[str], str], ...]
    cast: Callable[[object], Any] | None
    fixed: Any = MISSING
    default: Any = MISSING

    @property
    def field(self) -> str:
        """The field it makes."""
        return self.plan.field

    def raw(self, fields: Fields) -> Any:
        """What it starts from, before `do` and the cast."""
        if self.joiner is not None:
            return self.joiner.joined(fields)
        return reach(fields, *self.path)

    def finished(self, value: object) -> Any:
        """The value after `do` and the cast; Refusal where it cannot be cast."""
        if value is None or value is MISSING:
            return value if self.default is MISSING else self.default
        value = tidied(value, self.steps)
        return value if self.cast is None else self.cast(value)

    def make(self, fields: Fields) -> Any:
        """The field's value; MISSING where it has none; Refusal where it cannot be made."""
        return self.finished(self.raw(fields)) if self.fixed is MISSING else self.fixed

    def stood(self, fields: Fields) -> Any:
        """The value on which the cast gave up, for a person to see."""
        if self.joiner is not None:
            return MISSING
        return tidied(reach(fields, *self.path), self.steps)

    def failure(self, refusal: Refusal) -> Failure:
        """A value that cannot be made, as a failure of its record."""
        cast = self.plan.cast
        return Failure(
            code=f"cast_{cast.value}" if cast else "concat",
            message=f"{self.field} {refusal.why}",
            field=self.field,
            error_class=ErrorClass.SCHEMA if refusal.misfit else ErrorClass.VALIDATION,
        )


def maker_of(plan: FieldMap, *, stage: str) -> Maker:
    """One field's steps, compiled; SystemSyncError where the definition contradicts itself."""
    try:
        blank = Maker(
            plan=plan,
            path=parsed(plan.path) if plan.path is not None else (),
            joiner=joiner_of(plan.concat) if plan.concat is not None else None,
            steps=tuple(STEPS[step] for step in plan.do),
            cast=cast_of(plan.cast, plan.format) if plan.cast else None,
        )
        fixed = plan.constant if plan.constant is MISSING else blank.finished(plan.constant)
        default = plan.default if plan.default is MISSING else blank.finished(plan.default)
    except (ValueError, KeyError) as cause:
        why = cause if isinstance(cause, ValueError) else f"do knows no {cause}"
        raise complaint(stage, why, field=plan.field) from None
    return Maker(plan, blank.path, blank.joiner, blank.steps, blank.cast, fixed, default)


@dataclass(frozen=True, slots=True)
class Mapper:
    """A map stage, compiled: all of its fields are made, or it says which cannot be."""

    name: str
    makers: tuple[Maker, ...]
    keep: bool

    def __call__(self, flight: Flight, seen: Seen) -> list[Failure]:
        fields = flight.fields
        made = dict(fields) if self.keep else {}
        failures: list[Failure] = []
        for maker in self.makers:
            try:
                value = maker.make(fields)
            except Refusal as refusal:
                failures.append(maker.failure(refusal))
                value = maker.stood(fields)
            if value is not MISSING:
                made[maker.field] = value
            elif self.keep:
                made.pop(maker.field, None)
        if failures:
            flight.tried = made
        else:
            flight.become(made, stage=self.name)
        return failures


def mapper_of(stage: MapStage) -> Mapper:
    """The compiled stage; SystemSyncError where the definition contradicts itself."""
    makers = tuple(maker_of(plan, stage=stage.name) for plan in stage.fields)
    return Mapper(stage.name, makers, stage.keep)
