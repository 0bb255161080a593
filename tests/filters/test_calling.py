"""Call stages over a caller in memory: the order of things, and what reaches only its own tier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest

from engine.domain.call import CallContext
from engine.domain.errors import (
    Attempt,
    ErrorClass,
    RecordSyncError,
    Route,
    SystemSyncError,
)
from engine.domain.filter import Outside, Staged
from engine.domain.link import SnapshotLevel
from engine.domain.reply import Reply
from engine.domain.snapshot import RecordState
from engine.domain.stage import (
    ON_ERROR,
    AnyStage,
    CallStage,
    FieldMap,
    IgnoreStage,
    PythonStage,
    Rule,
)
from engine.filters.pipeline import CompiledStages, compile_pipeline
from tests.filters.building import (
    NOW,
    after,
    check_of,
    codes,
    fetched_of,
    guard,
    link_of,
    map_of,
    run,
    structs_of,
)


@dataclass
class Answers:
    """A caller that knows its answers by `id`; an exception is raised, a SyncError replied."""

    known: Mapping[Any, Any]
    fields: tuple[str, ...] = ("id",)
    asked: list[list[Any]] = field(default_factory=list)
    Options: ClassVar[type[Any]] = dict

    def __init__(
        self, known: Mapping[Any, Any], context: CallContext | None = None
    ) -> None:
        del context
        self.known, self.fields, self.asked = known, ("id",), []

    def ask(self, records: Sequence[Mapping[str, Any]]) -> Sequence[Reply]:
        self.asked.append([record["id"] for record in records])
        return [self._reply(record["id"]) for record in records]

    def _reply(self, key: Any) -> Reply:
        found = self.known[key]
        if isinstance(found, (RecordSyncError, SystemSyncError)):
            return Reply(error=found)
        if isinstance(found, Exception):
            raise found
        return found if isinstance(found, Reply) else Reply(found)

    def close(self) -> None:
        pass


def call(name: str = "ask", into: str = "tier", **more: Any) -> CallStage:
    return CallStage(name=name, adapter="memory", options=None, into=into, **more)


def calling(
    caller: Answers, *stages: AnyStage, name: str = "ask", **more: Any
) -> CompiledStages:
    return compile_pipeline(
        link_of(*stages, **more),
        encoders={},
        folder=".",
        guard=guard,
        outside=Outside(callers={name: caller}),
    )


def records(count: int) -> list[dict[str, Any]]:
    return [{"id": number} for number in range(count)]


def test_a_batch_is_asked_about_at_once_without_those_left_out_before() -> None:
    caller = Answers({number: f"t{number}" for number in range(4)})
    left_out = IgnoreStage(name="i", expression="id == 1", reason="one")
    failing = check_of(Rule(when="id == 2", code="two"))

    staged = run(calling(caller, left_out, failing, call()), *records(4))

    assert caller.asked == [[0, 3]]
    assert staged.rows == [{"id": 0, "tier": "t0"}, {"id": 3, "tier": "t3"}]
    assert (dict(staged.ignored), staged.failed) == ({"one": 1}, 1)


def test_rows_of_structs_are_asked_about_too() -> None:
    caller = Answers({0: "a", 1: "b"})
    pipeline = calling(caller, call(), map_of(FieldMap("id", "id"), FieldMap("t", "tier")))

    assert pipeline.wanted is not None
    staged = pipeline.run(structs_of(records(2), pipeline.wanted), now=NOW)

    assert staged.rows == [(0, "a"), (1, "b")]
    assert [column.name for column in pipeline.columns or ()] == ["id", "t"]


def test_after_a_map_of_all_fields_the_columns_are_known() -> None:
    pipeline = calling(Answers({}), map_of(FieldMap("id", "id")), call(condition="id"))

    assert [column.name for column in pipeline.columns or ()] == ["id", "tier"]


def test_unique_sees_the_batch_as_if_there_were_no_call() -> None:
    caller = Answers({0: "same", 1: "same", 2: "other"})
    unique = check_of(Rule(rule="unique", field="tier"), name="once")

    staged = run(calling(caller, call(), unique), *records(3))

    assert [snapshot.position for snapshot in staged.snapshots] == [1]
    assert codes(staged.snapshots[0]) == ["unique"]


def test_a_system_error_stops_at_its_record(  # T1
) -> None:
    caller = Answers({0: "a", 1: SystemSyncError("who are you?", code="http_401"), 2: "c"})

    staged = run(calling(caller, call()), *records(3))

    assert staged.rows == [{"id": 0, "tier": "a"}]
    assert staged.stop is not None
    assert (staged.stop_place, staged.stop.code, staged.stop.stage) == (
        1,
        "http_401",
        "ask",
    )


def test_what_a_caller_does_not_declare_is_not_swallowed() -> None:
    """T2: the wall around a Batch's stages, in `sync.batch`, makes it that Batch's error."""
    with pytest.raises(ZeroDivisionError):
        run(calling(Answers({0: ZeroDivisionError()}), call()), *records(1))


def test_of_an_optional_call_the_error_is_kept_with_its_route() -> None:
    """T6: routed `delayed`, unless the definition says where it goes."""
    down = RecordSyncError(
        "down", code="http_503", error_class=ErrorClass.AVAILABILITY,
        attempts=(Attempt(1, "down", 0.0),),
    )  # fmt: skip
    stage = call(on_error=ON_ERROR["log"])
    level = SnapshotLevel.ERRORS_AND_WARNINGS

    staged = run(calling(Answers({0: down}), stage, snapshots=level), *records(1))

    [snapshot] = staged.snapshots
    assert (snapshot.state, snapshot.warnings) == (RecordState.WARNED, ("down",))
    [error] = snapshot.errors
    assert (error.route, error.stage, len(error.attempts)) == (Route.DELAYED, "ask", 1)
    assert staged.rows == [{"id": 0}]


def test_the_tries_of_answers_count_once_though_records_share_them() -> None:
    shared = Reply("x", attempts=(Attempt(1, "503", 0.1),))

    staged = run(calling(Answers({0: shared, 1: shared}), call()), *records(2))

    assert staged.attempts == (Attempt(1, "503", 0.1),)


def test_a_record_told_again_is_not_asked_about_again() -> None:
    caller = Answers({0: {"name": "gold"}})
    pipeline = calling(caller, call(), map_of(FieldMap("tier", "tier.name"), keep=True))
    staged = run(pipeline, *records(1))

    snapshot = told_again(pipeline, staged)

    assert after(snapshot) == {"id": 0, "tier": "gold"}
    assert snapshot.blame["tier"] == "to columns"
    assert caller.asked == [[0]]


def test_a_record_told_again_that_had_no_answer_ends_there() -> None:
    caller = Answers({0: "gold"})
    pipeline = calling(
        caller, map_of(FieldMap("id", "id")), call(), check_of(Rule(when="1"))
    )

    snapshot = told_again(pipeline, Staged([], [], []))

    assert after(snapshot) == {"id": 0}
    assert caller.asked == []


def test_calls_and_code_of_ones_own_go_together(tmp_path: Any) -> None:
    (tmp_path / "mine.py").write_text(
        "def go(record):\n    return record.with_fields(t=record.fields['tier'] * 2)\n"
    )
    pipeline = compile_pipeline(
        link_of(call(), PythonStage(name="mine", function="mine:go")),
        encoders={},
        folder=str(tmp_path),
        guard=guard,
        outside=Outside(callers={"ask": Answers({0: "a"})}),
    )

    assert run(pipeline, {"id": 0}).rows == [{"id": 0, "tier": "a", "t": "aa"}]


def told_again(pipeline: CompiledStages, staged: Staged) -> Any:
    return pipeline.snapshot_of(
        fetched_of(records(1)).raw.at(0),
        (),
        place=0,
        position="1",
        state=RecordState.OPEN,
        now=NOW,
        replies=staged.replies.get(0),
    )
