"""The keys of each rule of a check."""

from typing import Annotated, Any, Literal

from engine.definition.notes import Misfit
from engine.definition.texts import EXPRESSION, PATH, PATTERN, SHOWN
from engine.domain.errors import ErrorClass
from engine.domain.units import Alias, Between, Doc, OneOf
from engine.domain.values import dataclass

_LONGEST = 1_000_000_000

Bound = int | float | str
TYPES = (
    *(
        "str",
        "int",
        "float",
        "number",
        "decimal",
        "bool",
        "date",
        "datetime",
        "object",
        "list",
    ),
    *("text", "string", "integer", "boolean", "array", "dict"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedShape:
    """What a check may say of the failures it finds."""

    code: Annotated[
        str | None, SHOWN, Doc("the failure's code; default: the rule's name")
    ] = None
    message: Annotated[str | None, SHOWN, Doc("the failure in a sentence")] = None
    error_class: Annotated[
        ErrorClass | None, Alias("class"), Doc("decides the response path")
    ] = None
    severity: Annotated[
        Literal["error", "warning"], Doc("warning: the record goes on, with a Warning")
    ] = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class WhenShape(JudgedShape):
    """Fails the records for which an expression is true."""

    when: Annotated[str, EXPRESSION, Doc("records for which this is true fail")]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRuleShape(JudgedShape):
    """A rule about one field."""

    field: Annotated[str, PATH, Doc("the field that is checked")]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredShape(FieldRuleShape):
    """Neither null nor missing nor blank."""

    rule: Literal["required"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailShape(FieldRuleShape):
    """Reads like an email address."""

    rule: Literal["email"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegexShape(FieldRuleShape):
    """The whole value has the form of a pattern."""

    rule: Literal["regex"]
    pattern: Annotated[str, PATTERN, Doc("the form of the whole value")]


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOfShape(FieldRuleShape):
    """One of a few values."""

    rule: Literal["one_of"]
    values: Annotated[tuple[Any, ...], Between(1, float("inf")), Doc("the values allowed")]


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeShape(FieldRuleShape):
    """A number or a time between two bounds, both allowed."""

    rule: Literal["range"]
    least: Annotated[Bound | None, Alias("min"), Doc("the least allowed")] = None
    most: Annotated[Bound | None, Alias("max"), Doc("the most allowed")] = None

    def __post_init__(self) -> None:
        refuse_bounds(self.least, self.most)


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthShape(FieldRuleShape):
    """A text, list or object of a size between two bounds, both allowed."""

    rule: Literal["length"]
    least: Annotated[
        int | None, Alias("min"), Between(0, _LONGEST), Doc("the least allowed")
    ] = None
    most: Annotated[
        int | None, Alias("max"), Between(0, _LONGEST), Doc("the most allowed")
    ] = None

    def __post_init__(self) -> None:
        refuse_bounds(self.least, self.most)


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeShape(FieldRuleShape):
    """A value of a kind."""

    rule: Literal["type"]
    type: Annotated[str, OneOf(TYPES), Doc("the kind of value")]


@dataclass(frozen=True, slots=True, kw_only=True)
class UniqueShape(FieldRuleShape):
    """A value that no other record of the Batch has."""

    rule: Literal["unique"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceShape(FieldRuleShape):
    """A value that stands in a column of a file or a table."""

    rule: Literal["reference"]
    column: Annotated[str | None, Doc("the column; default: the field's name")] = None
    file: Annotated[str | None, Doc("a file of records")] = None
    url: Annotated[str | None, Doc("the database of the table")] = None
    table: Annotated[str | None, Doc("a table of records")] = None

    def __post_init__(self) -> None:
        if (self.file is None) == (self.table is None):
            raise Misfit("needs either file or table")
        if (self.table is None) != (self.url is None):
            raise Misfit("needs url and table together")


RuleShape = (
    RequiredShape
    | EmailShape
    | RegexShape
    | OneOfShape
    | RangeShape
    | LengthShape
    | TypeShape
    | UniqueShape
    | ReferenceShape
    | WhenShape
)


def refuse_bounds(least: Bound | None, most: Bound | None) -> None:
    """Misfit where no value could pass, or every one would."""
    if least is None and most is None:
        raise Misfit("needs min or max")
    numbers = isinstance(least, int | float) and isinstance(most, int | float)
    if numbers and least > most:  # type: ignore[operator]
        raise Misfit(f"is above max, {most}", "min")
