"""Python stages: Record in, Record out, and whatever else custom code does (T3, T4)."""

from pathlib import Path
from typing import Any

import pytest

from engine.domain.errors import (
    Attempt,
    BatchSyncError,
    Durability,
    ErrorClass,
    Route,
    SystemSyncError,
)
from engine.domain.filter import Staged
from engine.domain.stage import ON_ERROR, Cast, FieldMap, OnError, PythonStage
from engine.filters.custom import unguarded
from engine.filters.pipeline import CompiledStages, compile_pipeline
from tests.filters.building import (
    after,
    check_of,
    guard,
    link_of,
    map_of,
    pipeline_of,
    rule,
    run,
)

HEAD = """
from engine.domain.errors import (
    BatchSyncError, ErrorClass, RecordSyncError, SystemSyncError
)
from engine.domain.record import Record, Repeat

"""


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """Writes a module `own` with a function `tidy(record)` of this body; the compiled stage."""

    def written(
        body: str, *, on_error: OnError = OnError(), name: str = "own"
    ) -> CompiledStages:
        lines = "\n".join(f"    {line}" for line in body.splitlines())
        (tmp_path / f"{name}.py").write_text(f"{HEAD}def tidy(record):\n{lines}\n")
        stage = PythonStage(name="custom", function=f"{name}:tidy", on_error=on_error)
        return pipeline_of(stage, folder=tmp_path)

    return written


def only(staged: Staged) -> Any:
    """The one error of the one record."""
    ((error,),) = (snapshot.errors for snapshot in staged.snapshots)
    return error


def test_custom_code_answers_with_a_changed_record(write: Any) -> None:
    pipeline = write("return record.with_fields(n=record.fields['n'] * 2).without('x')")

    assert run(pipeline, {"n": 2, "x": 1}).rows == [{"n": 4}]
    assert (pipeline.wanted, pipeline.columns) == (None, None)


def test_custom_code_knows_the_records_place(write: Any) -> None:
    pipeline = write("return record.with_fields(place=record.position)")

    assert run(pipeline, {}, {}).rows == [{"place": 0}, {"place": 1}]


def test_custom_code_ignores_with_a_reason(write: Any) -> None:
    staged = run(write("return record.ignored('too old')"), {"a": 1})

    assert (staged.ignored, staged.rows) == ({"too old": 1}, [])


@pytest.mark.parametrize(
    "body", ["return record.ignored(' ')", "return Record(record.fields, ignore_reason='')"]
)
def test_an_ignore_without_a_reason_fails_the_record(write: Any, body: str) -> None:
    """T4."""
    error = only(run(write(body), {}))

    assert (error.code, error.message) == (
        "ignored_without_reason",
        "an ignored record must give its reason",
    )


def test_custom_code_warns(write: Any) -> None:
    staged = run(
        write("return record.with_warning('no phone').with_warning('no fax')"), {}, {}
    )

    assert (staged.warnings, staged.warned, len(staged.rows)) == (
        {"no phone": 2, "no fax": 2}, 2, 2,
    )  # fmt: skip


def test_custom_code_refuses_a_record_in_its_own_words(write: Any) -> None:
    body = """raise RecordSyncError(
    "no such customer", code="customer", error_class=ErrorClass.REFERENCE, field="customer")"""

    error = only(run(write(body), {}))

    assert (error.code, error.message, error.error_class, error.field, error.stage) == (
        "customer", "no such customer", ErrorClass.REFERENCE, "customer", "custom",
    )  # fmt: skip


def test_whatever_custom_code_raises_fails_its_record_alone(write: Any) -> None:
    """T3: unclassified, for the error queue, with the place a developer looks for."""
    pipeline = write("return record.with_fields(n=1 / record.fields['n'])")

    staged = run(pipeline, {"n": 0}, {"n": 1}, {})

    first, second = (snapshot.errors[0] for snapshot in staged.snapshots)
    assert (first.error_class, first.route, first.durability, first.code) == (
        ErrorClass.UNCLASSIFIED, Route.ERROR_QUEUE, Durability.DURABLE, "unclassified_exception",
    )  # fmt: skip
    assert first.message == "ZeroDivisionError in tidy (own.py, line 8): division by zero"
    assert second.message == "KeyError in tidy (own.py, line 8): 'n'"
    assert staged.rows == [{"n": 1.0}]


def test_custom_code_that_asks_to_be_repeated_is_parked(write: Any) -> None:
    staged = run(write("raise Repeat(interval=5, reason='the shop naps')"), {"a": 1})

    [parked] = staged.parked
    assert (parked.place, parked.raw, parked.wait) == (0, b'{"a": 1}', 5)
    assert parked.tries == (Attempt(1, "the shop naps", 5),)
    assert (staged.rows, staged.failed, staged.ignored) == ([], 0, {})


def test_without_a_hop_left_it_fails_as_transient(write: Any) -> None:
    error = only(run(write("raise Repeat(5, hops=0, reason='the shop naps')"), {}))

    assert (error.code, error.message, error.durability, error.route) == (
        "repeat", "the shop naps", Durability.EPHEMERAL, Route.RETRY,
    )  # fmt: skip


@pytest.mark.parametrize(
    "asked", ["Repeat('soon')", "Repeat(-1)", "Repeat(float('nan'))", "Repeat(5, hops='x')"]
)
def test_a_repeat_that_makes_no_sense_is_unclassified(write: Any, asked: str) -> None:
    error = only(run(write(f"raise {asked}"), {}))

    assert error.error_class is ErrorClass.UNCLASSIFIED
    assert "make no sense" in error.message


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("return None", "the function answered nothing, not a Record"),
        ("return {'a': 1}", "the function answered an object, not a Record"),
        ("return Record({1: 2})", "the function answered fields that have no names"),
        ("return Record('abc')", "the function answered fields that have no names"),
    ],
)
def test_an_answer_that_is_no_record_fails_it(write: Any, body: str, what: str) -> None:
    error = only(run(write(body), {}))

    assert (error.code, error.message) == ("python_result", what)


def test_custom_code_may_fail_the_whole_batch(write: Any) -> None:
    """T2: its tier is its type."""
    with pytest.raises(BatchSyncError, match="page is odd"):
        run(write("raise BatchSyncError('page is odd')"), {})


def test_custom_code_may_stop_the_run_whatever_on_error_says(write: Any) -> None:
    """T1."""
    pipeline = write("raise SystemSyncError('no licence')", on_error=ON_ERROR["skip"])

    staged = run(pipeline, {})

    assert staged.stop is not None
    assert staged.stop.message.endswith(
        "python stage 'custom', orders.ndjson:1: no licence"
    )


def test_on_error_log_lets_the_record_through_unchanged(write: Any) -> None:
    body = "record.fields['n'].append(2)\nrecord.fields['x'] = 1\nraise ValueError('late')"

    staged = run(write(body, on_error=ON_ERROR["log"]), {"n": [1]})

    assert staged.rows == [{"n": [1]}]
    assert staged.warned == 1


def test_what_custom_code_changes_in_place_is_what_it_answers(write: Any) -> None:
    staged = run(write("record.fields['n'] = 5\nreturn record"), {"n": 1})

    assert staged.rows == [{"n": 5}]


def test_the_source_row_stays_as_it_was(write: Any) -> None:
    record = {"n": {"m": [1]}}

    run(write("record.fields['n']['m'].append(2)\nreturn record"), record)

    assert record == {"n": {"m": [1]}}


def test_a_module_is_read_afresh_each_time_it_is_compiled(write: Any) -> None:
    write("return record.with_fields(version=1)")
    pipeline = write("return record.with_fields(version=22)")

    assert run(pipeline, {}).rows == [{"version": 22}]


def test_two_folders_may_both_have_a_module_of_that_name(tmp_path: Path) -> None:
    stages = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "own.py").write_text(
            f"def tidy(record):\n    return record.with_fields(of={name!r})\n"
        )
        stage = PythonStage(name="s", function="own:tidy")
        stages.append(pipeline_of(stage, folder=tmp_path / name))

    assert [run(pipeline, {}).rows[0]["of"] for pipeline in stages] == ["one", "two"]


def test_a_module_may_import_what_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "linkdeck_test_rates.py").write_text("RATE = 3\n")
    (tmp_path / "own.py").write_text(
        "import linkdeck_test_rates\n\n"
        "def tidy(record):\n    return record.with_fields(n=linkdeck_test_rates.RATE)\n"
    )

    pipeline = pipeline_of(PythonStage(name="s", function="own:tidy"), folder=tmp_path)

    assert run(pipeline, {}).rows == [{"n": 3}]


@pytest.mark.parametrize(
    ("function", "text", "why"),
    [
        ("own", "", "write python as module:function, not 'own'"),
        (
            "nowhere:tidy",
            "",
            "the module 'nowhere' cannot be imported: ModuleNotFoundError",
        ),
        ("own:absent", "", "the module 'own' has no function 'absent'"),
        ("own:VALUE", "VALUE = 1", "the module 'own' has no function 'VALUE'"),
        ("own:tidy", "def tidy(:", "the module 'own' cannot be imported: SyntaxError"),
        ("own:tidy", "1 / 0", "the module 'own' cannot be imported: ZeroDivisionError"),
    ],
)
def test_a_function_that_cannot_be_had_is_refused_in_words(
    tmp_path: Path, function: str, text: str, why: str
) -> None:
    (tmp_path / "own.py").write_text(text)

    with pytest.raises(SystemSyncError) as raised:
        pipeline_of(PythonStage(name="s", function=function), folder=tmp_path)

    assert raised.value.message.startswith(f"stage 's': {why}")


def test_without_a_guard_only_what_is_meant_to_be_raised_is_caught(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(
        HEAD + "def tidy(record):\n    raise record.fields['x']\n"
    )
    stage = PythonStage(name="s", function="own:tidy")
    pipeline = compile_pipeline(
        link_of(stage), encoders={}, folder=str(tmp_path), guard=unguarded
    )

    with pytest.raises(TypeError):
        run(pipeline, {"x": 1})
    with pytest.raises(SystemSyncError, match="cannot be imported"):
        compile_pipeline(
            link_of(PythonStage(name="s", function="nowhere:tidy")), encoders={}, folder="."
        )


def test_secrets_are_taken_out_of_what_custom_code_says(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(
        "def tidy(record):\n    raise ValueError('pw hunter2')\n"
    )
    pipeline = compile_pipeline(
        link_of(PythonStage(name="s", function="own:tidy")),
        encoders={},
        folder=str(tmp_path),
        guard=guard,
        redact=lambda text: text.replace("hunter2", "***"),
    )

    assert only(run(pipeline, {})).message.endswith("pw ***")


def test_stages_after_custom_code_see_what_it_made(write: Any, tmp_path: Path) -> None:
    write("return record.with_fields(n='5')")
    pipeline = pipeline_of(
        PythonStage(name="custom", function="own:tidy"),
        map_of(FieldMap("n", "n", cast=Cast.INT)),
        check_of(rule("range", "n", max=4)),
        folder=tmp_path,
        key=("n",),
    )

    (snapshot,) = run(pipeline, {"m": 1}).snapshots

    assert (after(snapshot), snapshot.key, snapshot.blame) == (
        {"n": 5},
        "[5]",
        {"n": "to columns"},
    )
