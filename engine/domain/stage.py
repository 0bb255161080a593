"""The stages of a Link as values: what a definition says, before anything is compiled."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from engine.domain.errors import ErrorClass
from engine.domain.missing import MISSING
from engine.domain.override import Repeats
from engine.domain.retry import Responses, RetryPolicy
from engine.domain.values import dataclass


class Disposition(StrEnum):
    """What becomes of a record whose stage or target failed."""

    FAILED = "failed"
    WARNING = "warning"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class OnError:
    """The two settings behind `on_error`: go on, and what to call it; `stops` ends the run (T1)."""

    proceed: bool = False
    status: Disposition = Disposition.FAILED
    stops: bool = False


ON_ERROR = {
    "record": OnError(),
    "log": OnError(proceed=True, status=Disposition.WARNING),
    "skip": OnError(status=Disposition.IGNORED),
    "fail": OnError(stops=True),
}
"""The words of `on_error`, as the pairs of the contract."""


class Cast(StrEnum):
    """What a mapped value is made into."""

    STR = "str"
    INT = "int"
    FLOAT = "float"
    DECIMAL = "decimal"
    BOOL = "bool"
    DATE = "date"
    DATETIME = "datetime"
    EPOCH = "epoch"
    EPOCH_MS = "epoch_ms"
    CENTS = "cents"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class FieldMap:
    """How one field is made: from a path, a constant or a concatenation, in that order of steps.

    Source value → `do` (each in turn, on text) → `cast`; `default` stands in for missing and null.
    """

    field: str
    path: str | None = None
    constant: Any = MISSING
    concat: tuple[str, ...] | None = None
    cast: Cast | None = None
    do: tuple[str, ...] = ()
    default: Any = MISSING
    format: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One check: a named rule on a field, or a `when` expression that must not be true."""

    rule: str | None = None
    field: str | None = None
    when: str | None = None
    code: str | None = None
    message: str | None = None
    error_class: ErrorClass | None = None
    severity: str = "error"
    options: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What every stage has: a name, a condition, and what happens when it fails."""

    name: str
    condition: str | None = None
    on_error: OnError = OnError()


@dataclass(frozen=True, slots=True, kw_only=True)
class MapStage(Stage):
    """Makes new fields from a record's fields; the rest is dropped unless `keep`."""

    fields: tuple[FieldMap, ...]
    keep: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckStage(Stage):
    """Fails the records that do not pass; all of its rules are run."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoreStage(Stage):
    """Leaves out the records for which the expression is true, with a reason (T4)."""

    expression: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonStage(Stage):
    """Calls `module:function` with a Record; it answers with a Record.

    `repeats` is what an operator says in place of the interval and hops of a Repeat it raises.
    """

    function: str
    repeats: Repeats | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnchangedStage(Stage):
    """Ignores the records that the target already holds as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupStage(Stage):
    """Adds a row found by key in a file or a table.

    `on`: pairs of a path into the record and the column it is looked up in. `default` stands in
    where there is no such row; MISSING: then the record fails.
    """

    on: tuple[tuple[str, str], ...]
    into: str
    default: Any = MISSING
    file: str | None = None
    url: str | None = None
    table: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStage(Stage):
    """Adds a field from another system's answer."""

    adapter: str
    options: Any
    into: str
    system: str = ""
    retry: RetryPolicy = RetryPolicy()
    responses: Responses = Responses()


AnyStage = (
    MapStage
    | CheckStage
    | IgnoreStage
    | PythonStage
    | UnchangedStage
    | LookupStage
    | CallStage
)
