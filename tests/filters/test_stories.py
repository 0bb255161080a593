"""Snapshots: before, after, blame, key, label, levels (I1, C7, K1)."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.domain.batch import Broken, Fetched
from engine.domain.errors import (
    ErrorClass,
    ErrorRule,
    RecordSyncError,
    Route,
    SystemSyncError,
    fingerprint,
    judged,
)
from engine.domain.link import SnapshotLevel
from engine.domain.snapshot import RecordState
from engine.domain.stage import ON_ERROR, Cast, FieldMap, IgnoreStage, PythonStage, Rule
from tests.filters.building import (
    NOW,
    Lines,
    after,
    check_of,
    codes,
    fetched_of,
    map_of,
    messages,
    pipeline_of,
    rule,
    run,
    structs_of,
)

F = FieldMap
COLUMNS = map_of(
    F("order_id", "id", cast=Cast.INT),
    F("email", "email", do=("strip",)),
    F("note", "note"),
    F("total", "amount", cast=Cast.CENTS),
)
RULES = check_of(rule("email", "email"))
GOOD = {"id": "7", "email": "a@b.de", "note": "x", "amount": "1.50"}
BAD = GOOD | {"email": " nobody "}


def test_a_failing_record_is_kept_before_and_after() -> None:
    """I1: `before` byte for byte as the source gave it."""
    raw = b'{ "id":"7", "email":" nobody ", "note":"x", "amount":"1.50", "dropped":1 }'
    pipeline = pipeline_of(COLUMNS, RULES, key=("order_id",))

    staged = pipeline.run(Fetched([json.loads(raw)], Lines([raw])), now=NOW)

    (snapshot,) = staged.snapshots
    assert snapshot.before == raw
    assert after(snapshot) == {"order_id": 7, "email": "nobody", "note": "x", "total": 150}
    assert (snapshot.state, snapshot.position) == (RecordState.OPEN, 0)


def test_each_changed_field_knows_the_stage_that_changed_it_last() -> None:
    pipeline = pipeline_of(
        COLUMNS,
        map_of(F("email", "email", do=("upper",)), keep=True, name="shout"),
        check_of(rule("email", "email"), name="rules"),
    )

    snapshot = run(pipeline, BAD).snapshots[0]

    assert snapshot.blame == {
        "order_id": "to columns",
        "total": "to columns",
        "email": "shout",
    }


def test_blame_reaches_inside_objects_and_lists() -> None:
    pipeline = pipeline_of(
        map_of(F("who", "customer"), F("tags", "labels"), name="rename"),
        map_of(F("who", "who.name"), F("tags", "tags"), name="flatten"),
        check_of(rule("email", "who")),
    )

    snapshot = run(pipeline, {"customer": {"name": "Ana"}, "labels": [1, 2]}).snapshots[0]

    assert snapshot.blame == {"who": "flatten", "tags": "rename"}


def test_blame_tells_apart_what_two_stages_changed_in_one_object(tmp_path: Path) -> None:
    (tmp_path / "prices.py").write_text(
        "def tidy(record):\n"
        "    lines = record.fields['lines']\n"
        "    lines[1]['price'] = 5\n"
        "    return record.with_fields(lines=lines)\n"
    )
    pipeline = pipeline_of(
        map_of(F("lines", "lines"), F("n", "n", cast=Cast.INT)),
        PythonStage(name="prices", function="prices:tidy"),
        check_of(rule("email", "email"), rule("required", "email")),
        folder=tmp_path,
    )
    record = {"lines": [{"price": 1}, {"price": 2, "sku": "A"}], "n": "1"}

    snapshot = run(pipeline, record).snapshots[0]

    assert snapshot.blame == {"n": "to columns", "lines[1].price": "prices"}


def test_an_untouched_record_blames_nobody() -> None:
    snapshot = run(pipeline_of(RULES), {"email": "x", "a": {"b": [1]}}).snapshots[0]

    assert (after(snapshot), snapshot.blame) == ({"email": "x", "a": {"b": [1]}}, {})


def test_a_struct_row_has_the_same_story_as_a_dict() -> None:
    """Structs hold only wanted fields; `before` and blame see them all."""
    pipeline = pipeline_of(
        map_of(F("id", "key"), F("note", "text"), F("email", "email")), RULES, key=("id",)
    )
    record = {"key": 1, "text": "x", "note": "x", "email": "nobody", "id": 5}
    assert pipeline.wanted is not None

    dicts = run(pipeline, record)
    structs = pipeline.run(structs_of([record], pipeline.wanted), now=NOW)

    assert structs.snapshots == dicts.snapshots
    assert structs.snapshots[0].blame == {"id": "to columns"}


def test_a_struct_row_that_fails_before_its_map_shows_all_its_fields() -> None:
    pipeline = pipeline_of(check_of(rule("required", "email")), map_of(F("email", "email")))
    record = {"email": "", "nobody asked for": 1}
    assert pipeline.wanted == ("email",)

    (snapshot,) = pipeline.run(structs_of([record], pipeline.wanted), now=NOW).snapshots

    assert after(snapshot) == record


def test_key_and_label_come_from_the_mapped_key_fields() -> None:
    pipeline = pipeline_of(COLUMNS, RULES, key=("order_id", "note"))

    snapshot = run(pipeline, BAD).snapshots[0]

    assert (snapshot.key, snapshot.label) == ('[7,"x"]', "7/x")


@pytest.mark.parametrize(
    ("record", "key", "label"),
    [
        ({"id": " 7 ", "amount": "x"}, "[7]", "7"),
        ({"id": "seven", "order_id": 9, "amount": "x"}, "[9]", "9"),
        ({"id": "seven", "amount": "x"}, None, "orders.ndjson:1"),
        ({"amount": "x"}, None, "orders.ndjson:1"),
    ],
)
def test_a_record_that_failed_before_it_had_a_key_is_found_by_the_key_fields_own_maps(
    record: dict[str, Any], key: str | None, label: str
) -> None:
    """Contract, Key: the map of that field alone, else a source field of the name, else where."""
    pipeline = pipeline_of(
        check_of(rule("type", "amount", type="number"), name="first"),
        COLUMNS,
        key=("order_id",),
    )

    snapshot = run(pipeline, record).snapshots[0]

    assert (snapshot.key, snapshot.label) == (key, label)


def test_an_early_key_goes_through_every_map_on_its_way() -> None:
    pipeline = pipeline_of(
        check_of(rule("required", "never")),
        map_of(F("a", "id", do=("strip",)), F("other", "x", cast=Cast.INT), name="one"),
        map_of(F("b", constant=1), keep=True, name="two"),
        map_of(F("key", "a", do=("upper",)), name="three"),
        key=("key",),
    )

    assert run(pipeline, {"id": " k1 ", "x": "bad"}).snapshots[0].key == '["K1"]'


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (None, "order_id is null, and it is the key"),
        ("", "order_id is blank, and it is the key"),
        ([1], "order_id is a list, and it is the key"),
        ({}, "order_id is an object, and it is the key"),
    ],
)
def test_a_record_without_its_key_fails(value: Any, why: str) -> None:
    pipeline = pipeline_of(map_of(F("order_id", "id")), key=("order_id",))

    staged = run(pipeline, {"id": value})

    assert messages(staged) == [why]
    (error,) = staged.snapshots[0].errors
    assert (error.code, error.field, error.stage) == ("key_missing", "order_id", "key")


def test_a_missing_key_says_so() -> None:
    staged = run(pipeline_of(map_of(F("a", "b")), key=("a",)), {})

    assert messages(staged) == ["a is missing, and it is the key"]


@pytest.mark.parametrize("key", [0, False, 1.5, "0", " "])
def test_a_key_that_only_looks_empty_is_a_key(key: Any) -> None:
    staged = run(pipeline_of(map_of(F("a", "a")), key=("a",)), {"a": key})

    assert staged.keys == [(key,)]


def test_keys_are_plain_values_and_rows_are_encoded() -> None:
    at = map_of(
        F("at", "at", cast=Cast.DATETIME),
        F("price", "price", cast=Cast.DECIMAL),
        F("n", "n"),
    )
    pipeline = pipeline_of(
        at, key=("at",), encoders={"datetime": datetime.isoformat, "decimal": str}
    )

    staged = run(
        pipeline,
        {"at": "2024-05-06", "price": None, "n": 1},
        {"at": "2024-05-07", "price": 1.5},
    )

    assert staged.keys == [
        (datetime(2024, 5, 6, tzinfo=UTC),),
        (datetime(2024, 5, 7, tzinfo=UTC),),
    ]
    assert staged.rows == [
        ("2024-05-06T00:00:00+00:00", None, 1),
        ("2024-05-07T00:00:00+00:00", "1.5", None),
    ]


def test_a_value_the_target_cannot_take_fails_its_record() -> None:
    def small(value: int) -> int:
        if value > 2**63 - 1:
            raise OverflowError("beyond 64 bits")
        return value

    pipeline = pipeline_of(map_of(F("n", "n", cast=Cast.INT)), encoders={"int": small})

    staged = run(pipeline, {"n": 2**63}, {"n": 1})

    assert staged.rows == [(1,)]
    assert messages(staged) == [f"n '{2**63}' cannot be written: beyond 64 bits"]
    assert staged.snapshots[0].errors[0].stage == "target"


@pytest.mark.parametrize(
    ("level", "states"),
    [
        (SnapshotLevel.NONE, {0: RecordState.OPEN}),
        (SnapshotLevel.ERRORS, {0: RecordState.OPEN}),
        (
            SnapshotLevel.ERRORS_AND_WARNINGS,
            {0: RecordState.OPEN, 1: RecordState.WARNED},
        ),
        (
            SnapshotLevel.ALL,
            {
                0: RecordState.OPEN,
                1: RecordState.WARNED,
                2: RecordState.KEPT,
                3: RecordState.KEPT,
            },
        ),
    ],
)
def test_the_level_decides_which_records_are_kept(
    level: SnapshotLevel, states: dict[int, RecordState]
) -> None:
    """C7: failed ones always; warned, ignored and plain ones by level."""
    pipeline = pipeline_of(
        IgnoreStage(name="i", expression="skip", reason="asked"),
        check_of(rule("email", "email"), Rule("required", "note", severity="warning")),
        snapshots=level,
    )
    good = {"email": "a@b.de", "note": "x"}

    staged = run(
        pipeline, {"email": "x", "note": "y"}, {"email": "a@b.de"}, {"skip": 1}, good
    )

    assert {each.position: each.state for each in staged.snapshots} == states
    assert (staged.failed, len(staged.rows), staged.ignored) == (1, 2, {"asked": 1})


def test_level_none_keeps_key_and_error_and_no_value() -> None:
    """C7: not even one that the message quotes."""
    pipeline = pipeline_of(COLUMNS, RULES, key=("order_id",), snapshots=SnapshotLevel.NONE)

    (snapshot,) = run(pipeline, BAD).snapshots

    assert (snapshot.before, snapshot.after, snapshot.blame) == (None, None, {})
    assert (snapshot.key, snapshot.errors[0].message) == (
        "[7]",
        "email '…' is not an email address",
    )


def test_a_warned_record_keeps_its_warnings_in_full() -> None:
    pipeline = pipeline_of(
        check_of(rule("email", "email"), on_error=ON_ERROR["log"]),
        snapshots=SnapshotLevel.ERRORS_AND_WARNINGS,
    )

    staged = run(pipeline, {"email": "x"})

    assert staged.snapshots[0].warnings == ("email 'x' is not an email address",)
    assert staged.warnings == {"email '…' is not an email address": 1}


@pytest.mark.parametrize("level", [SnapshotLevel.ERRORS, SnapshotLevel.NONE])
def test_a_broken_record_fails_with_its_raw_text(level: SnapshotLevel) -> None:
    pipeline = pipeline_of(RULES, snapshots=level, key=("id",))
    broken = Broken(1, b'{"id": 7, \xff', "not JSON: unexpected end")

    staged = pipeline.run(fetched_of([{"id": 1}], broken=(broken,)), now=NOW)

    (snapshot,) = staged.snapshots
    (error,) = snapshot.errors
    assert (staged.failed, len(staged.rows)) == (1, 1)
    assert (error.code, error.stage, error.message, error.error_class) == (
        "malformed_record", "source", "not JSON: unexpected end", ErrorClass.SCHEMA,
    )  # fmt: skip
    assert (snapshot.position, snapshot.label, snapshot.key) == (1, "orders.ndjson:2", None)
    assert snapshot.before == (
        None if level is SnapshotLevel.NONE else rb'"{\"id\": 7, \\xff"'
    )


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ([1, 2], "a list"),
        (5, "a number"),
        ("x", "text"),
        (None, "null"),
        (True, "true or false"),
    ],
)
def test_a_record_that_is_no_object_fails(row: Any, what: str) -> None:
    staged = run(pipeline_of(COLUMNS, RULES), row, GOOD)

    assert messages(staged) == [f"the record is {what}, not an object with fields"]
    (snapshot,) = staged.snapshots
    assert (snapshot.errors[0].error_class, snapshot.after) == (ErrorClass.SCHEMA, None)
    assert json.loads(snapshot.before or b"") == row
    assert len(staged.rows) == 1


def test_places_are_the_batchs_own() -> None:
    pipeline = pipeline_of(RULES)
    raw = Lines([b"{}", b"broken", b'{"email":"x"}', b'{"email":null}'])
    fetched = Fetched(
        [{}, {"email": "x"}, {"email": None}], raw, places=[0, 2, 3], first=10
    )

    staged = pipeline.run(fetched, now=NOW)

    assert staged.places == [0, 3]
    (snapshot,) = staged.snapshots
    assert (snapshot.position, snapshot.label, snapshot.before) == (
        2,
        "record:12",
        b'{"email":"x"}',
    )


def test_a_definition_has_the_last_word_on_an_error() -> None:
    """T6."""
    rules = {
        "email": ErrorRule(
            error_class=ErrorClass.TRANSIENT, route=Route.REVIEW, owner="ana"
        )
    }

    error = run(pipeline_of(RULES, errors=rules), {"email": "x"}).snapshots[0].errors[0]

    assert (error.error_class, error.route, error.owner, error.at) == (
        ErrorClass.TRANSIENT, Route.REVIEW, "ana", NOW,
    )  # fmt: skip


@pytest.mark.parametrize(
    "value",
    ["x", "it's", 'say "x"', "«x»", "'\"“«", "a" * 500, "10 apples", "x\ny", "\ud800"],
)
def test_failures_of_one_cause_share_a_fingerprint_whatever_the_data(value: str) -> None:
    """T7, and the quick way of judging agrees with the domain's."""
    one, other = run(pipeline_of(RULES), {"email": "nobody"}, {"email": value}).snapshots

    assert one.errors[0].fingerprint == other.errors[0].fingerprint
    error = other.errors[0]
    assert error.fingerprint == fingerprint(
        "validation", "rules", "email", "email", error.message
    )
    assert error == judged(
        RecordSyncError(
            error.message, code="email", error_class=ErrorClass.VALIDATION, field="email"
        ),
        stage="rules",
        at=NOW,
        rules={},
    )
    error.message.encode()


def test_what_json_cannot_hold_is_still_shown() -> None:
    record = {
        "email": "x", "d": Decimal("1.50"), "at": datetime(2024, 5, 6, tzinfo=UTC),
        "big": 2**70, "half": "\ud800", "set": {1}, "t": ("a",),
    }  # fmt: skip
    fetched = Fetched([record], Lines([b'{"email":"x"}']))

    (snapshot,) = pipeline_of(RULES).run(fetched, now=NOW).snapshots

    shown = after(snapshot)
    assert (shown["d"], shown["at"][:10], shown["big"]) == ("1.50", "2024-05-06", 2**70)
    assert shown["half"] == "\ud800"


def test_a_record_nested_too_deeply_fails_without_taking_the_batch_along() -> None:
    deep: Any = []
    for _ in range(3000):
        deep = [deep]
    fetched = Fetched(
        [{"email": "x", "deep": deep}, {"email": None}], Lines([b"{}", b"{}"])
    )

    staged = pipeline_of(RULES, key=()).run(fetched, now=NOW)

    assert codes(staged.snapshots[0]) == ["email"]
    assert (staged.snapshots[0].after, len(staged.rows)) == (None, 1)


def test_a_record_refused_by_the_target_gets_its_story_from_its_raw_json() -> None:
    pipeline = pipeline_of(COLUMNS, RULES, key=("order_id",))
    error = judged(RecordSyncError("no such customer"), stage="target", at=NOW, rules={})

    snapshot = pipeline.snapshot_of(
        json.dumps(GOOD).encode(),
        (error,),
        place=3,
        position="orders.ndjson:4",
        state=RecordState.IN_DOUBT,
        now=NOW,
    )

    assert after(snapshot) == {"order_id": 7, "email": "a@b.de", "note": "x", "total": 150}
    assert snapshot.blame == {"order_id": "to columns", "total": "to columns"}
    assert (snapshot.key, snapshot.label, snapshot.position) == ("[7]", "7", 3)
    assert (snapshot.errors, snapshot.state) == ((error,), RecordState.IN_DOUBT)


def test_a_key_that_no_map_makes_is_refused() -> None:
    with pytest.raises(SystemSyncError, match="field 'id': no map makes the key field"):
        pipeline_of(COLUMNS, key=("id",))
