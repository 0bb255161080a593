"""The keys of a Link definition (contract, section 1)."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from engine.definition import texts
from engine.definition.alert_shapes import AlertShape
from engine.definition.notes import Checked, Elsewhere, Misfit, Wanted
from engine.definition.policies import OnErrorField, ResponsesShape, RetryShape
from engine.definition.stage_shapes import AnyStageShape
from engine.definition.texts import NAME, PATH, SHOWN
from engine.domain.cluster_address import SCHEME
from engine.domain.errors import Durability, ErrorClass, Route
from engine.domain.link import Duplicates, Overlap, Severity, SnapshotLevel, Workers
from engine.domain.units import Alias, Between, Doc, Duration, Share
from engine.domain.values import dataclass

_MANY = float("inf")
_CENTURY = 36_525 * 86_400.0
_MONTH = Duration(30 * 86_400.0)
_HALF_YEAR = Duration(180 * 86_400.0)
_WEEK = Duration(7 * 86_400.0)
Kept = Between(3600, _CENTURY)
_WORKERS = {"pattern": rf"^({'|'.join(Workers)}|{SCHEME}://.+)$|\$\{{"}

Text = Annotated[str, SHOWN]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointShape:
    """The keys that a source, a target and a call share."""

    adapter: Annotated[str, Doc("which Adapter talks to the system")]
    system: Annotated[
        str | None, SHOWN, Doc("what the system is called; default: its host or file")
    ] = None
    retry: Annotated[
        RetryShape | None, Doc("tries of one request; wins over the Link's")
    ] = None
    responses: Annotated[ResponsesShape | None, Doc("what HTTP statuses mean here")] = None
    on_error: OnErrorField = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceShape(EndpointShape):
    """The keys that every source shares."""

    lookback: Annotated[
        Duration | int | float | None,
        Between(0, _CENTURY),
        Doc("how far a run reaches back before Last Successful Sync"),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetShape(EndpointShape):
    """The keys that every target shares."""


_ANSWER = (
    "the field that takes the answer; a status such as 404 fails the record, unless "
    "responses.success names it: then it is null"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledShape(EndpointShape):
    """The keys that every call shares."""

    into: Annotated[str, SHOWN, Doc(_ANSWER)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomatedReplayShape:
    """Whether failing records are sent again by themselves."""

    enabled: Annotated[bool, Doc("off unless said")] = False
    max_attempts: Annotated[int, Between(1, 100), Doc("passes at most")] = 3
    records: Annotated[
        Literal["ephemeral", "all"],
        Doc("which failures: likely to pass by themselves, or all"),
    ] = "ephemeral"


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetShape:
    """How much may fail before the run stops."""

    failed_records: Annotated[
        int | Share | None, Between(0, 10**12), Doc("a count, or a share such as 10%")
    ] = None
    failed_batches: Annotated[
        int | Share | None, Between(0, 10**12), Doc("a count, or a share such as 10%")
    ] = None
    consecutive_refused: Annotated[
        int, Between(1, 10**6), Doc("Batches in a row that found no connection")
    ] = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleShape:
    """When the Link runs by itself."""

    cron: Annotated[
        str | None, Checked(texts.cron), Doc("five fields, such as 0 * * * *")
    ] = None
    every: Annotated[
        Duration | None, Between(1, _CENTURY), Doc("the time between runs")
    ] = None
    timezone: Annotated[
        str,
        Checked(texts.timezone),
        Doc("the zone cron is meant in, such as Europe/Berlin"),
    ] = "UTC"
    jitter: Annotated[
        Duration | None,
        Between(0, 86_400.0),
        Doc("by how much at most a run comes later, the same for each time it is due"),
    ] = None
    overlap: Annotated[
        Overlap, Doc("a run that is due while another is not over: left out, or queued")
    ] = Overlap.SKIP
    pause_after: Annotated[
        int | None,
        Between(1, 1000),
        Doc(
            "failed runs in a row after which no more is begun until somebody recovers one"
        ),
    ] = None

    def __post_init__(self) -> None:
        if (self.cron is None) == (self.every is None):
            raise Misfit("needs either cron or every")
        if self.every is not None and (self.jitter or 0.0) >= self.every:
            raise Misfit("takes a jitter that is shorter than every")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionShape:
    """How long evidence is kept once nothing of it is open."""

    snapshots: Annotated[Duration, Kept, Doc("Snapshots")] = _MONTH
    events: Annotated[Duration, Kept, Doc("Sync Events")] = _HALF_YEAR
    batches: Annotated[
        Duration | None, Kept, Doc("Batches; default: as long as their Sync Events")
    ] = None
    deliveries: Annotated[Duration, Kept, Doc("pushed payloads")] = _WEEK
    plans: Annotated[Duration, Kept, Doc("retry plans that were never used")] = _WEEK
    audit: Annotated[
        Duration | None,
        Kept,
        Doc("the audit, as long as any Link says; default: for ever"),
    ] = None

    def __post_init__(self) -> None:
        for name in ("snapshots", "batches"):
            age = getattr(self, name)
            if age is not None and age > self.events:
                raise Misfit("is longer than events, whose part it is", name)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnersShape:
    """Who owns the fix, by where a failure goes."""

    source: Text | None = None
    target: Text | None = None
    pipeline: Text | None = None
    governance: Text | None = None
    business: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyShape:
    """A Link that must be complete before this one runs by schedule."""

    link: Annotated[str, NAME]
    field: Annotated[str | None, PATH, Doc("the field that refers to it")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRuleShape:
    """What failures of one code are to be taken for."""

    error_class: Annotated[ErrorClass | None, Alias("class")] = None
    durability: Durability | None = None
    severity: Annotated[Severity | None, Doc("how much it matters")] = None
    route: Route | None = None
    owner: Annotated[str | None, SHOWN] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkShape:
    """One Link: a source, stages, a target, and how it is run."""

    link: Annotated[
        str,
        NAME,
        Doc("the name of the Link"),
        Wanted("name the Link, for example link: orders"),
    ]
    source: Annotated[
        Any,
        Elsewhere("source"),
        Doc("where records come from"),
        Wanted("say where records come from"),
    ]
    target: Annotated[
        Any, Elsewhere("target"), Doc("where records go"), Wanted("say where records go")
    ]
    label: Annotated[str | None, SHOWN, Doc("what people call the Link")] = None
    severity: Annotated[Severity, Doc("how much it matters to the business")] = (
        Severity.NORMAL
    )
    downstream: Annotated[tuple[Text, ...], Doc("what depends on this data")] = ()
    key: Annotated[
        tuple[Text, ...], Between(1, 32), Doc("the fields that name a record, once mapped")
    ] = ()
    enabled: Annotated[bool, Doc("whether it may run")] = True
    batch_size: Annotated[int, Between(1, 100_000), Doc("records a Batch")] = 1000
    parallel: Annotated[int, Between(1, 256), Doc("Batches at once")] = 4
    workers: Annotated[
        str, Checked(texts.workers, _WORKERS), Doc("where Batches are prepared")
    ] = Workers.AUTO
    snapshots: Annotated[SnapshotLevel, Doc("which records are kept before and after")] = (
        SnapshotLevel.ERRORS
    )
    stages: Annotated[
        tuple[AnyStageShape, ...], Doc("what happens on the way, in order")
    ] = ()
    on_error: OnErrorField = None
    retry: Annotated[RetryShape | None, Doc("tries of one request inside a Batch")] = None
    responses: Annotated[ResponsesShape | None, Doc("what HTTP statuses mean")] = None
    automated_replay: Annotated[
        AutomatedReplayShape, Doc("whether failing records go again by themselves")
    ] = AutomatedReplayShape()
    budget: Annotated[BudgetShape, Doc("how much may fail before the run stops")] = (
        BudgetShape()
    )
    schedule: Annotated[ScheduleShape | None, Doc("when it runs by itself")] = None
    retention: Annotated[RetentionShape, Doc("how long evidence is kept")] = (
        RetentionShape()
    )
    alerts: Annotated[
        tuple[AlertShape, ...] | None,
        Doc("when somebody is told; default: rules of its severity, [] for none"),
    ] = None
    masks: Annotated[
        tuple[Text, ...], Doc("patterns of fields hidden on screens and in exports")
    ] = ()
    duplicates: Annotated[Duplicates, Doc("what the same key twice in a Batch means")] = (
        Duplicates.LAST_WINS
    )
    event_id: Annotated[
        str | None, PATH, Doc("the field by which a record seen before is known")
    ] = None
    owner: Annotated[str | None, SHOWN, Doc("who owns the Link")] = None
    owners: Annotated[OwnersShape | None, Doc("who owns the fix, by kind of failure")] = (
        None
    )
    domain: Annotated[str | None, SHOWN, Doc("the part of the business")] = None
    depends_on: Annotated[
        tuple[DependencyShape, ...], Doc("Links that must be complete first")
    ] = ()
    errors: Annotated[
        Mapping[str, ErrorRuleShape] | None,
        Doc("class, durability and route by error code"),
    ] = None
