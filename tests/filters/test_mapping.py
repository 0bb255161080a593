"""Maps: paths, do, default, constant, concat, keep (contract, Stages)."""

from typing import Any

import pytest

from engine.domain.adapter import Column
from engine.domain.errors import SystemSyncError
from engine.domain.missing import MISSING
from engine.domain.stage import Cast, Disposition, FieldMap, OnError
from tests.filters.building import (
    after,
    check_of,
    map_of,
    mapped,
    messages,
    pipeline_of,
    rule,
    run,
)

F = FieldMap


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("a", {"b": [{"c": 1}, {"c": 2}], "d.e": 3}),
        ("a.b", [{"c": 1}, {"c": 2}]),
        ("a.b[1].c", 2),
        ("a.b[7].c", None),
        ("a.x.y", None),
        ("a.b.c", None),
        ("nowhere", None),
    ],
)
def test_a_path_reaches_inside_a_record(path: str, value: Any) -> None:
    pipeline = pipeline_of(map_of(F("found", path)))

    staged = run(pipeline, {"a": {"b": [{"c": 1}, {"c": 2}], "d.e": 3}})

    assert staged.rows == [(value,)]


@pytest.mark.parametrize(
    ("steps", "given", "made"),
    [
        (("strip",), "  Ana  ", "Ana"),
        (("lower",), "ANA", "ana"),
        (("upper",), "straße", "STRASSE"),
        (("title",), "ana maría", "Ana María"),
        (("collapse",), "  a \t b\n\nc ", "a b c"),
        (("strip", "lower"), " ANA ", "ana"),
        (("strip",), 5, 5),
        (("upper",), ["a"], ["a"]),
        (("strip",), None, None),
    ],
)
def test_do_works_on_text_and_leaves_the_rest(
    steps: tuple[str, ...], given: Any, made: Any
) -> None:
    assert mapped(given, do=steps) == made


def test_do_comes_before_the_cast() -> None:
    assert mapped("YES", do=("lower",), cast=Cast.STR) == "yes"


@pytest.mark.parametrize(
    ("record", "made"),
    [
        ({"country": "at"}, "AT"),
        ({"country": None}, "DE"),
        ({}, "DE"),
        ({"country": ""}, ""),
    ],
)
def test_a_default_stands_in_for_null_and_missing(
    record: dict[str, Any], made: str
) -> None:
    """And goes through `do` like what it stands in for."""
    pipeline = pipeline_of(map_of(F("country", "country", do=("upper",), default="de")))

    assert run(pipeline, record).rows == [(made,)]


def test_a_default_is_cast_like_what_it_stands_in_for() -> None:
    pipeline = pipeline_of(map_of(F("amount", "amount", cast=Cast.CENTS, default="1.50")))

    assert run(pipeline, {}).rows == [(150,)]


def test_a_null_default_makes_missing_null() -> None:
    pipeline = pipeline_of(map_of(F("a", "a", default=None), keep=True))

    assert run(pipeline, {"b": 1}).rows == [{"b": 1, "a": None}]


@pytest.mark.parametrize("constant", ["shop", 5, None, False, 1.5])
def test_a_constant_is_the_same_for_every_record(constant: Any) -> None:
    pipeline = pipeline_of(map_of(F("source", constant=constant), F("id", "id")))

    assert run(pipeline, {"id": 1}, {"id": 2}).rows == [(constant, 1), (constant, 2)]


def test_a_constant_that_cannot_be_cast_is_the_definitions_fault() -> None:
    with pytest.raises(
        SystemSyncError, match=r"stage 'to columns', field 'a': .* a number"
    ):
        pipeline_of(map_of(F("a", constant="x", cast=Cast.FLOAT)))


@pytest.mark.parametrize(
    ("parts", "record", "made"),
    [
        (("first", " ", "last"), {"first": "Ana", "last": "Diaz"}, "Ana Diaz"),
        (("first", " ", "last"), {"first": "Ana", "last": None}, "Ana "),
        (("first", " ", "last"), {"first": None}, None),
        (("country", "-", "zip"), {"country": "DE", "zip": 10115}, "DE-10115"),
        (("'ID'", "id"), {"id": True}, "IDtrue"),
        (("a.b[0]", "c"), {"a": {"b": [1.5]}, "c": "x"}, "1.5x"),
        (("'only'", " text"), {}, "only text"),
    ],
)
def test_concat_joins_fields_and_literal_texts(
    parts: tuple[str, ...], record: dict[str, Any], made: str | None
) -> None:
    pipeline = pipeline_of(map_of(F("made", concat=parts)))

    assert run(pipeline, record).rows == [(made,)]


def test_concat_of_an_object_fails_the_record() -> None:
    staged = run(pipeline_of(map_of(F("made", concat=("a", "b")))), {"a": {}, "b": "x"})

    assert messages(staged) == ["made is an object, not text"]
    assert staged.snapshots[0].errors[0].code == "concat"


def test_concat_can_be_cast_and_tidied() -> None:
    pipeline = pipeline_of(
        map_of(
            F("n", concat=("a", "b"), cast=Cast.INT),
            F("t", concat=("a", "' X'"), do=("lower",)),
        )
    )

    assert run(pipeline, {"a": 1, "b": 2}).rows == [(12, "1 x")]


def test_fields_not_named_are_dropped_and_keep_keeps_them() -> None:
    record = {"id": 1, "note": "x"}

    dropped = run(pipeline_of(map_of(F("number", "id"))), record)
    kept = run(pipeline_of(map_of(F("number", "id"), keep=True)), record)

    assert dropped.rows == [(1,)]
    assert kept.rows == [{"id": 1, "note": "x", "number": 1}]


def test_a_kept_field_goes_where_its_map_finds_nothing() -> None:
    pipeline = pipeline_of(map_of(F("email", "customer.email"), keep=True))

    assert run(pipeline, {"email": "old", "customer": {}}).rows == [{"customer": {}}]


def test_maps_follow_one_another() -> None:
    pipeline = pipeline_of(
        map_of(F("a", "x", cast=Cast.INT), F("b", "y"), name="one"),
        map_of(F("c", "a", cast=Cast.STR), F("d", "x"), name="two"),
    )

    assert run(pipeline, {"x": "5", "y": 1}).rows == [("5", None)]
    assert pipeline.columns == (Column("c", "str"), Column("d", None))


def test_all_fields_that_cannot_be_made_are_told_at_once() -> None:
    pipeline = pipeline_of(
        map_of(F("id", "id"), F("a", "a", cast=Cast.INT), F("b", "b", cast=Cast.CENTS))
    )

    staged = run(pipeline, {"id": 1, "a": " x ", "b": "0.001"})

    assert messages(staged) == [
        "a ' x ' is not a whole number",
        "b '0.001' has more than two decimals",
    ]
    assert after(staged.snapshots[0]) == {"id": 1, "a": " x ", "b": "0.001"}


def test_the_value_a_cast_gave_up_on_is_shown_as_it_stood() -> None:
    """I1: `after` is what the stages made of it up to the failure."""
    pipeline = pipeline_of(map_of(F("made", "given", do=("strip",), cast=Cast.INT)))

    snapshot = run(pipeline, {"given": " abc "}).snapshots[0]

    assert after(snapshot) == {"made": "abc"}
    assert snapshot.blame == {"made": "to columns"}


def test_what_is_wanted_ends_at_the_map_that_drops_the_rest() -> None:
    pipeline = pipeline_of(
        check_of(rule("required", "id")),
        map_of(F("a", "x.y"), F("b", "z"), F("c", concat=("p", "q"))),
        check_of(rule("required", "a"), name="later"),
    )

    assert pipeline.wanted == ("id", "x", "z", "p", "q")


@pytest.mark.parametrize(
    "more",
    [
        {"keep": True},
        {"condition": "x > 1"},
        {"on_error": OnError(proceed=True, status=Disposition.WARNING)},
    ],
)
def test_a_map_that_may_leave_other_fields_wants_everything(more: dict[str, Any]) -> None:
    pipeline = pipeline_of(map_of(F("a", "x"), **more))

    assert (pipeline.wanted, pipeline.columns) == (None, None)


def test_without_stages_records_leave_as_they_came() -> None:
    pipeline = pipeline_of(key=("id",))

    staged = run(pipeline, {"id": 1, "x": None})

    assert (staged.rows, staged.keys, pipeline.wanted) == (
        [{"id": 1, "x": None}],
        [(1,)],
        None,
    )


@pytest.mark.parametrize(
    ("field", "why"),
    [
        (F("a", "x..y"), "the path 'x..y' cannot be read; write it like a.b or a[0].b"),
        (F("a", ""), "a path cannot be empty"),
        (F("a", "x", do=("trim",)), "do knows no 'trim'"),
        (F("a", "x", cast=Cast.INT, default="none"), "'none' is not a whole number"),
    ],
)
def test_a_map_that_contradicts_itself_is_refused_with_its_place(
    field: FieldMap, why: str
) -> None:
    with pytest.raises(SystemSyncError) as raised:
        pipeline_of(map_of(field))

    assert raised.value.message == f"stage 'to columns', field 'a': {why}"


def test_a_missing_field_is_null_in_a_tuple_and_absent_in_a_dict() -> None:
    fields = (F("a", "a"), F("b", "b", cast=Cast.INT), F("c", "c", do=("strip",)))

    assert run(pipeline_of(map_of(*fields)), {}).rows == [(None, None, None)]
    assert run(pipeline_of(map_of(*fields, keep=True)), {}).rows == [{}]
    assert MISSING not in run(pipeline_of(map_of(*fields)), {}).rows[0]
