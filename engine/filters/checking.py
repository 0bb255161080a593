"""The check stage: every rule is run, and a record lists all its errors."""

from collections.abc import Sequence

from engine.domain.errors import ErrorClass
from engine.domain.expression import (
    Expression,
    ExpressionError,
    Path,
    compile_expression,
    reach,
)
from engine.domain.filter import ReadTable
from engine.domain.missing import MISSING
from engine.domain.stage import CheckStage, Rule
from engine.domain.values import dataclass
from engine.filters.complaint import complaint
from engine.filters.encoding import as_json
from engine.filters.flight import Failure, Flight
from engine.filters.paths import parsed
from engine.filters.reference import Reference, reference_of
from engine.filters.rules import Fault, fault_of
from engine.filters.sentences import quoted
from engine.filters.step import Seen

_CLASSES = {"unique": ErrorClass.DUPLICATE, "reference": ErrorClass.REFERENCE}


@dataclass(frozen=True, slots=True)
class Check:
    """One rule, compiled.

    `number` tells it from the Link's others; exactly one of `fault`, `reference`, `expression`
    is there, none for `unique`.
    """

    rule: Rule
    number: int
    path: Path = ()
    fault: Fault | None = None
    reference: Reference | None = None
    expression: Expression | None = None

    def judge(self, flight: Flight, seen: Seen) -> Failure | None:
        """What is wrong with the record by this rule."""
        if self.expression is not None:
            broken = self.expression.truth(flight.fields)
            return self._failure(f"not allowed: {self.rule.when}") if broken else None
        value = reach(flight.fields, *self.path)
        if (value is None or value is MISSING) and self.rule.rule != "required":
            return None
        why = self._why(value, flight, seen)
        return self._failure(f"{self.rule.field} {why}") if why else None

    def _why(self, value: object, flight: Flight, seen: Seen) -> str | None:
        if self.fault is not None:
            return self.fault(value)
        if self.reference is not None:
            return self.reference.fault(value)
        first = seen(self.number).setdefault(token(value), flight.row)
        return (
            f"{quoted(value)} was there before in the batch"
            if first != flight.row
            else None
        )

    def _failure(self, message: str) -> Failure:
        rule = self.rule
        name = rule.rule or "when"
        return Failure(
            code=rule.code or name,
            message=rule.message or message,
            field=rule.field,
            error_class=rule.error_class or _CLASSES.get(name, ErrorClass.VALIDATION),
        )


def token(value: object) -> object:
    """What stands for a value among those seen: itself, or its JSON where it cannot be hashed."""
    try:
        hash(value)
    except TypeError:
        return ("json", as_json(value))
    return value


@dataclass(frozen=True, slots=True)
class Checker:
    """A check stage, compiled; what a warning rule finds is a Warning, never a failure (T4).

    Of a field that `required` fails, its other rules say nothing: one cause is one error.
    """

    checks: tuple[Check, ...]

    def __call__(self, flight: Flight, seen: Seen) -> list[Failure]:
        return self.judged(self.checks, flight, seen)

    def judged(self, checks: Sequence[Check], flight: Flight, seen: Seen) -> list[Failure]:
        """What these of its rules find."""
        found = []
        empty = set()
        for check in checks:
            failure = check.judge(flight, seen)
            if failure is not None:
                found.append((check.rule, failure))
                if _demands(check.rule):
                    empty.add(failure.field)
        failures = []
        for rule, failure in found:
            if rule.field in empty and _is_moot(rule):
                continue
            if rule.severity == "warning":
                flight.warnings.append(failure.message)
            else:
                failures.append(failure)
        return failures


def _demands(rule: Rule) -> bool:
    return rule.rule == "required" and rule.severity != "warning"


def _is_moot(rule: Rule) -> bool:
    return rule.rule is not None and not _demands(rule)


def checker_of(
    stage: CheckStage, *, folder: str, first: int, read: ReadTable | None = None
) -> Checker:
    """The compiled stage, its rules numbered from `first`; SystemSyncError where one is wrong."""
    return Checker(
        tuple(
            _check_of(rule, first + at, stage=stage.name, origins=(folder, read))
            for at, rule in enumerate(stage.rules)
        )
    )


def _check_of(
    rule: Rule, number: int, *, stage: str, origins: tuple[str, ReadTable | None]
) -> Check:
    options = rule.options or {}
    try:
        if rule.when is not None:
            return Check(rule, number, expression=compile_expression(rule.when))
        path = parsed(rule.field or "")
        if rule.rule == "unique":
            return Check(rule, number, path)
        if rule.rule == "reference":
            return Check(rule, number, path, reference=reference_of(rule, *origins))
        return Check(rule, number, path, fault=fault_of(rule.rule or "", options))
    except KeyError as cause:
        raise complaint(
            stage, f"rule '{rule.rule}' lacks {cause}", field=rule.field
        ) from None
    except ExpressionError as cause:
        why = f"{cause.message} (column {cause.column} of '{rule.when}')"
        raise complaint(stage, why, field=rule.field) from None
    except ValueError as cause:
        raise complaint(stage, cause, field=rule.field) from None
