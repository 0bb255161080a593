"""The keys of each kind of stage."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from engine.definition import texts
from engine.definition.notes import Checked, Elsewhere, Misfit, Wanted
from engine.definition.policies import OnErrorField, refuse_ignored_yet_going_on
from engine.definition.rule_shapes import RuleShape
from engine.definition.texts import EXPRESSION, PATH, SHOWN
from engine.domain.missing import MISSING
from engine.domain.stage import Cast, Disposition
from engine.domain.units import Alias, Between, Doc
from engine.domain.values import dataclass

_MANY = float("inf")

Tidying = Literal["strip", "lower", "upper", "title", "collapse"]
Path = Annotated[str, PATH]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageShape:
    """The keys that every stage may have."""

    name: Annotated[str | None, SHOWN, Doc("what the stage is called; blame names it")] = (
        None
    )
    condition: Annotated[
        str | None, Alias("if"), EXPRESSION, Doc("the stage runs where this is true")
    ] = None
    on_error: OnErrorField = None
    proceed: Annotated[
        bool | None, Alias("continue"), Doc("whether later stages run for a failed record")
    ] = None
    status: Annotated[Disposition | None, Doc("what a failed record is called")] = None

    def __post_init__(self) -> None:
        if self.on_error is not None and (
            self.proceed is not None or self.status is not None
        ):
            other = "continue" if self.proceed is not None else "status"
            raise Misfit(
                "says again what 'on_error' says", other, hint="use the word, or the pair"
            )
        refuse_ignored_yet_going_on(
            proceed=self.proceed is True, status=self.status or Disposition.FAILED
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldShape:
    """How one field is made."""

    path: Annotated[
        str | None, Alias("from"), PATH, Doc("where the value is in the record")
    ] = None
    constant: Annotated[Any, Doc("the value itself")] = MISSING
    concat: Annotated[
        tuple[Annotated[str, Checked(texts.part)], ...] | None,
        Between(1, 100),
        Doc("fields and texts, one after the other"),
    ] = None
    cast: Annotated[Cast | None, Doc("what the value is made into")] = None
    do: Annotated[tuple[Tidying, ...], Doc("what is done to a text, in order")] = ()
    default: Annotated[Any, Doc("stands in for missing and null")] = MISSING
    format: Annotated[str | None, Doc("how a date is written, as strptime reads it")] = None

    def __post_init__(self) -> None:
        said = [
            name
            for name, value in (
                ("from", self.path),
                ("constant", None if self.constant is MISSING else self),
                ("concat", self.concat),
            )
            if value is not None
        ]
        if not said:
            raise Misfit("needs one of from, constant or concat")
        if len(said) > 1:
            raise Misfit(f"takes {' or '.join(said)}, not both")
        if self.format is not None and self.cast not in {Cast.DATE, Cast.DATETIME}:
            raise Misfit("needs 'cast: date' or 'cast: datetime' beside it", "format")


@dataclass(frozen=True, slots=True, kw_only=True)
class MapShape(StageShape):
    """Makes new fields; fields not named are dropped unless `keep`."""

    fields: Annotated[
        Mapping[str, Path | FieldShape],
        Alias("map"),
        Between(1, _MANY),
        Doc("new fields by name: a path, or how each is made"),
    ]
    keep: Annotated[bool, Doc("whether fields not named stay")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckShape(StageShape):
    """Fails the records that do not pass."""

    rules: Annotated[
        tuple[RuleShape, ...], Alias("check"), Between(1, _MANY), Doc("all of them are run")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoreShape(StageShape):
    """Leaves records out, for a reason."""

    expression: Annotated[
        str, Alias("ignore"), EXPRESSION, Doc("records for which this is true are left out")
    ]
    reason: Annotated[
        str,
        SHOWN,
        Wanted("say why these records are left out"),
        Doc("why they are left out"),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonShape(StageShape):
    """Calls code of one's own."""

    function: Annotated[
        str,
        Alias("python"),
        Checked(texts.function),
        Doc("module:function; a Record in, a Record out"),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnchangedShape(StageShape):
    """Ignores records that the target already holds as they are."""

    unchanged: Annotated[bool, Doc("true: records equal in the target are ignored")]

    def __post_init__(self) -> None:
        StageShape.__post_init__(self)
        if not self.unchanged:
            raise Misfit("takes true", "unchanged", hint="leave the stage out instead")


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupBlock:
    """Where a field is looked up."""

    on: Annotated[
        Path | Mapping[str, Annotated[str, SHOWN]],
        Doc("the field whose value is looked up, or fields with the columns they stand in"),
    ]
    into: Annotated[str, SHOWN, Doc("the field that takes the row that was found")]
    default: Annotated[Any, Doc("stands in where there is no such row")] = MISSING
    file: Annotated[str | None, Doc("a file of records")] = None
    url: Annotated[str | None, Doc("the database of the table")] = None
    table: Annotated[str | None, Doc("a table of records")] = None

    def __post_init__(self) -> None:
        if (self.file is None) == (self.table is None):
            raise Misfit("needs either file or table")
        if (self.table is None) != (self.url is None):
            raise Misfit("needs url and table together")
        if not self.on:
            raise Misfit("needs a field to look up", "on")
        for field in () if isinstance(self.on, str) else self.on:
            flaw = texts.path(field)
            if flaw is not None:
                raise Misfit(flaw.sentence, "on", field, hint=flaw.hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupShape(StageShape):
    """Adds a field found by key."""

    lookup: Annotated[LookupBlock, Doc("adds a field found in a file or a table")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallShape(StageShape):
    """Adds a field from another system's answer."""

    call: Annotated[Any, Elsewhere("call"), Doc("adds a field from a system's answer")]


AnyStageShape = (
    MapShape
    | CheckShape
    | IgnoreShape
    | PythonShape
    | UnchangedShape
    | LookupShape
    | CallShape
)
