"""The generated function: who has one, what it passes by itself, and that it can be read."""

from typing import Any

import pytest

from engine.domain.batch import Fetched
from engine.domain.link import SnapshotLevel
from engine.domain.stage import (
    AnyStage,
    Cast,
    FieldMap,
    IgnoreStage,
    PythonStage,
    Rule,
)
from engine.filters.fast.program import Program
from engine.filters.pipeline import CompiledStages
from engine.filters.tally import Tally
from tests.filters.building import (
    check_of,
    fetched_of,
    map_of,
    pipeline_of,
    rule,
    run,
    structs_of,
)

F = FieldMap


def sent_slow(pipeline: CompiledStages, fetched: Fetched) -> list[int]:
    """The rows that the generated function does not decide by itself."""
    program = pipeline.program(struct=fetched.struct)
    assert isinstance(program, Program)
    sent: list[int] = []

    def slow(row: int, made: dict[str, Any] | None) -> bool:
        sent.append(row)
        return False

    program.run(fetched.rows, Tally(), slow)
    return sent


PLAIN: list[tuple[Any, Any]] = [
    (F("v", "v"), ["x", 5, None, [], {}]),
    (F("v", "v", do=("strip", "collapse", "title")), [" x ", 5, None]),
    (F("v", "v", default="d"), ["x", None]),
    (F("v", "v.w[0].x"), [{"w": [{"x": 1}]}, {"w": []}, "x", None]),
    (F("v", constant=5), [None]),
    (F("v", concat=("v", " ", "v")), ["x", 1.5, None]),
    (F("v", "v", cast=Cast.STR), ["x", 5, None, True]),
    (F("v", "v", cast=Cast.INT), [5, " 12 ", "12", None, 2**70]),
    (F("v", "v", cast=Cast.FLOAT), [1.5, 2, "1.5", None]),
    (F("v", "v", cast=Cast.DECIMAL), [1.5, 2, "1.50", None]),
    (F("v", "v", cast=Cast.BOOL), [True, False, "yes", 0, None]),
    (F("v", "v", cast=Cast.CENTS), [1.15, 12, "12.30", " 1.5 ", None]),
    (F("v", "v", cast=Cast.DATE), ["2024-05-06", "2024-05-06T07:08:09Z", None]),
    (F("v", "v", cast=Cast.DATETIME), ["2024-05-06", "2024-05-06T07:08:09.5+02:00", None]),
    (F("v", "v", cast=Cast.EPOCH), ["2024-05-06T07:08:09Z", 5, 5.5, "1700000000", None]),
    (F("v", "v", cast=Cast.EPOCH_MS), ["2024-05-06T07:08:09Z", 5, None]),
    (F("v", "v", cast=Cast.DATE, format="%d.%m.%Y"), ["06.05.2024", None]),
    (F("v", "v", cast=Cast.JSON), [{"a": 1}, "x", None]),
    (rule("required", "v"), ["x", 0, False]),
    (rule("email", "v"), ["a@b.de", None]),
    (rule("regex", "v", pattern="[a-z]+"), ["abc", None]),
    (rule("one_of", "v", values=["a", "b"]), ["a", None]),
    (rule("one_of", "v", values=[1, True]), [1, True, None]),
    (rule("range", "v", min=0, max=9), [0, 9, 5.5, None]),
    (rule("length", "v", min=1, max=3), ["abc", [1], 123, None]),
    (rule("type", "v", type="text"), ["x", None]),
    (rule("type", "v", type="number"), [1, 1.5, None]),
    (rule("unique", "v"), ["a", "b", 1, None, None]),
    (Rule(when="v < 0 or v == 'x'"), [1, "y", None]),
    (IgnoreStage(name="i", expression="v == 'x'", reason="r"), ["x", "y", None]),
]


@pytest.mark.parametrize(("one", "values"), PLAIN)
@pytest.mark.parametrize("struct", [True, False])
def test_what_is_plainly_right_never_takes_the_slow_way(
    one: Any, values: list[Any], *, struct: bool
) -> None:
    everything = map_of(F("k", constant=1), F("v", "v"))
    stages: list[AnyStage] = [map_of(F("k", constant=1), one)]
    if isinstance(one, Rule):
        stages = [check_of(one), everything]
    if isinstance(one, IgnoreStage):
        stages = [one, everything]
    pipeline = pipeline_of(*stages, key=("k",))
    records = [{"v": value} for value in values]
    if not (isinstance(one, Rule) and one.rule == "required"):
        records.append({})

    fetched = structs_of(records, pipeline.wanted or ()) if struct else fetched_of(records)

    assert sent_slow(pipeline, fetched) == []


@pytest.mark.parametrize(
    ("stage", "value"),
    [
        (map_of(F("v", "v", cast=Cast.INT)), "x"),
        (map_of(F("v", "v", cast=Cast.CENTS)), 0.001),
        (check_of(rule("required", "v")), " "),
        (check_of(rule("email", "v")), "x"),
        (check_of(rule("email", "v")), 5),
        (check_of(rule("range", "v", max=1)), 2),
        (check_of(rule("type", "v", type="text")), 2),
        (check_of(rule("unique", "v")), {}),
        (check_of(Rule(when="v > 1")), 2),
    ],
)
def test_what_is_not_takes_it(stage: AnyStage, value: Any) -> None:
    assert sent_slow(pipeline_of(stage), fetched_of([{"v": value}])) == [0]


@pytest.mark.parametrize("row", [[1], 5, "text", None])
def test_a_row_that_is_no_object_takes_it(row: Any) -> None:
    assert sent_slow(pipeline_of(map_of(F("v", "v"))), fetched_of([row])) == [0]


@pytest.mark.parametrize(
    ("stages", "more"),
    [
        ([PythonStage(name="p", function="json:loads")], {}),
        ([map_of(F("a", "a"), condition="a > 1")], {}),
        ([map_of(F("a", "a"), keep=True), map_of(F("b", "a"), keep=True)], {}),
        ([map_of(F("a", "a"))], {"snapshots": SnapshotLevel.ALL}),
    ],
)
def test_some_links_have_only_the_slow_way(
    stages: list[AnyStage], more: dict[str, Any]
) -> None:
    assert pipeline_of(*stages, **more).source(struct=False) is None


def test_a_link_without_a_closing_map_has_no_function_over_structs() -> None:
    pipeline = pipeline_of(check_of(rule("required", "a")))

    assert (pipeline.wanted, pipeline.source(struct=True)) == (None, None)


def test_what_a_conditional_check_proved_holds_for_its_records_alone() -> None:
    """Else a null that was never checked would go through the encoder as if it were there."""
    pipeline = pipeline_of(
        map_of(F("a", "a", cast=Cast.DECIMAL), F("strict", "strict")),
        check_of(rule("required", "a"), condition="strict"),
        encoders={"decimal": str},
    )

    staged = run(pipeline, {"a": None, "strict": False}, {"a": 1, "strict": True})

    assert staged.rows == [(None, False), ("1", True)]


def test_the_generated_function_reads_like_one_written_by_hand() -> None:
    pipeline = pipeline_of(
        IgnoreStage(name="open only", expression="status == 'archived'", reason="archived"),
        map_of(
            F("order_id", "id", cast=Cast.INT), F("email", "email", do=("strip", "lower"))
        ),
        check_of(rule("required", "email"), rule("email", "email")),
        key=("order_id",),
    )

    assert pipeline.source(struct=True) == EXPECTED


EXPECTED = """\
def pass_rows(rows, tally, slow):
    put, at, key = tally.rows.append, tally.at.append, tally.keys.append
    ignored_0 = 0
    for i, r in enumerate(rows):
        mapped = False
        try:
            s1_status = r.f0
            # ignore: 'open only'
            if (s1_status == 'archived'):
                ignored_0 += 1
                continue
            s2_id = r.f1
            s3_email = r.f2
            # map: 'to columns'
            if type(s2_id) is int:
                v4_order_id = s2_id
            elif s2_id is None or s2_id is M:
                v4_order_id = None
            else:
                v4_order_id = as_int(s2_id)
            if type(s3_email) is str:
                v5_email = s3_email.strip().lower()
            elif s3_email is None or s3_email is M:
                v5_email = None
            else:
                v5_email = s3_email
            mapped = True
            # check: 'rules'
            if not v5_email and (v5_email is None or type(v5_email) is str):
                raise Odd
            if (len(v5_email) > 254 or email(v5_email) is None):
                raise Odd
            if v4_order_id is None:
                raise Odd
            k = (v4_order_id,)
            row = (v4_order_id, v5_email)
        except ODD:
            if slow(i, {'order_id': v4_order_id, 'email': v5_email} if mapped else None):
                break
            continue
        put(row)
        at(i)
        key(k)
    tally.ignore(reason_0, ignored_0)
"""
