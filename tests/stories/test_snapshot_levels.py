"""What is kept of a record, level by level, and whose doing each change was (C7, I1)."""

import json
from typing import Any

import pytest
from sqlalchemy import func, select

from engine.domain.outcome import Ending
from engine.domain.stored_json import parsed
from engine.store.tables import SNAPSHOT
from tests.servers.scripted import ScriptedServer, Status
from tests.servers.systems import Shelf
from tests.stories.definitions import COLUMNS, both_stores, custom, definition, shelf
from tests.stories.world import World, order

RULES = {
    "name": "rules",
    "check": [
        {"field": "email", "rule": "required"},
        {"field": "amount", "rule": "range", "max": 100, "severity": "warning"},
    ],
}
IGNORE = {"name": "few", "ignore": "id == 3", "reason": "three is left out"}


def four(world: World, level: str | None) -> None:
    """One fails, one is warned of, one is ignored, one is plain."""
    world.orders([order(1, email=""), order(2, amount=101), order(3), order(4)])
    world.link("orders", definition(stages=[IGNORE, COLUMNS, RULES], snapshots=level))


def kept(world: World) -> dict[str, int]:
    """How many Snapshots of each state the store holds."""
    query = select(SNAPSHOT.c.state, func.count()).group_by(SNAPSHOT.c.state)
    with world.engine._context.store._database.reading() as connection:
        return {str(row[0]): int(row[1]) for row in connection.execute(query)}


@both_stores
@pytest.mark.parametrize(
    ("level", "states"),
    [
        ("none", {"open": 1}),
        (None, {"open": 1}),
        ("errors", {"open": 1}),
        ("errors_and_warnings", {"open": 1, "warned": 1}),
        ("all", {"open": 1, "warned": 1, "kept": 2}),
    ],
)
def test_each_level_keeps_what_it_names(
    world: World, level: str | None, states: dict[str, int]
) -> None:
    """C7; the counts are the same whatever is kept."""
    four(world, level)

    event = world.run()

    assert kept(world) == states
    records = event.records
    assert (records.written, records.ignored, records.failed, records.warned) == (
        2,
        1,
        1,
        1,
    )
    assert event.open.records == 1


def test_with_none_the_key_and_the_errors_are_kept_but_no_values(world: World) -> None:
    """C7."""
    four(world, "none")

    event = world.run()

    [snapshot] = world.failing(event)
    assert snapshot.label == "1"
    assert snapshot.errors[0]["code"] == "required"
    assert (snapshot.before, snapshot.after, snapshot.blame) == (None, None, {})
    held = b"".join(path.read_bytes() for path in world.folder.glob("linkdeck.db*"))
    assert b"o4@example.com" not in held


def test_with_none_nothing_of_a_value_stands_in_the_store(world: World) -> None:
    """C7: a line that cannot be read is a value like any other."""
    world.orders(['{"id": 77, "email": "leak@x.example", '])
    world.link("orders", definition(snapshots="none"))

    event = world.run()

    [snapshot] = world.failing(event)
    assert (snapshot.label, snapshot.before) == ("orders.ndjson:1", None)
    held = b"".join(path.read_bytes() for path in world.folder.glob("linkdeck.db*"))
    assert b"leak@x.example" not in held


@both_stores
def test_before_is_what_the_source_gave_byte_for_byte(world: World) -> None:
    """I1: the order of fields, the spelling of numbers, what no stage reads."""
    line = (
        '{"amount": "x", "unread": {"b": [1, null, {"c": 1.10}]}, '
        '"big": 123456789012345678901234567890, "email": "a@x.example", "id": 1}'
    )
    world.orders([line])

    event = world.run()

    [snapshot] = world.failing(event)
    assert snapshot.before == line.encode()


@both_stores
def test_after_is_what_the_stages_made_up_to_the_failure_and_each_change_knows_its_stage(
    world: World,
) -> None:
    """I1: a value that two stages changed is blamed on the last."""
    first = {
        "name": "first",
        "map": {"email": {"from": "customer.email", "do": ["strip"]}, "amount": "amount"},
        "keep": True,
    }
    second = {
        "name": "second",
        "map": {"email": {"from": "email", "do": ["upper"]}},
        "keep": True,
    }
    rule = {"field": "email", "rule": "regex", "pattern": "[a-z@.]+"}
    third = {"name": "third", "check": [rule]}
    last = {"name": "last", "map": {"amount": {"constant": 0}}, "keep": True}
    world.orders([order(1, email="first", customer={"email": " ana@x.example "})])
    world.link("orders", definition(stages=[first, second, third, last, COLUMNS]))

    event = world.run()

    [snapshot] = world.failing(event)
    after = json.loads(snapshot.after or b"")
    assert (after["email"], after["amount"]) == ("ANA@X.EXAMPLE", 10)
    detail = world.engine.record(f"s{snapshot.id}")
    changed = {
        change.path: (change.before, change.after, change.stage)
        for change in detail.changes
    }
    assert changed["email"] == ("first", "ANA@X.EXAMPLE", "second")
    assert "amount" not in changed
    assert snapshot.errors[0]["stage"] == "third"


def test_null_missing_and_blank_are_told_apart(world: World) -> None:
    """I1, and what the console will show."""
    stage = {
        "name": "shape",
        "map": {"a": "a", "b": "b", "c": {"from": "c", "default": ""}, "id": "id"},
    }
    rule = {"name": "rules", "check": [{"field": "a", "rule": "required"}]}
    world.orders(['{"id": 1, "a": null, "b": ""}'])
    world.link("orders", definition(stages=[stage, rule]))

    event = world.run()

    [snapshot] = world.failing(event)
    before, after = json.loads(snapshot.before or b""), json.loads(snapshot.after or b"")
    assert before == {"id": 1, "a": None, "b": ""}
    assert (after["a"], after["b"], after["c"]) == (None, "", "")
    [change] = world.engine.record(f"s{snapshot.id}").changes
    assert (change.path, change.after, change.stage) == ("c", "", "shape")


@both_stores
def test_a_record_of_two_hundred_nested_fields_is_kept_whole(world: World) -> None:
    """I1: two hundred fields in an object, and an object two hundred deep."""
    wide = {f"field{n}": {"value": n, "of": [n, str(n)]} for n in range(200)}
    deep: Any = "the bottom"
    for level in range(200):
        deep = {f"level{level}": deep}
    world.orders([order(1, email="", wide=wide, deep=deep), order(2, wide=wide, deep=deep)])
    keep = {
        "name": "keep",
        "map": {"email": {"from": "email", "do": ["upper"]}},
        "keep": True,
    }
    rules = {"name": "rules", "check": [{"field": "email", "rule": "required"}]}
    target = {"adapter": "file", "path": "out", "format": "ndjson"}
    world.link("orders", definition(stages=[keep, rules], target=target))

    event = world.run()

    assert (event.records.written, event.records.failed) == (1, 1)
    [snapshot] = world.failing(event)
    before = json.loads(snapshot.before or b"")
    assert (before["wide"], before["deep"]) == (wide, deep)
    assert json.loads(snapshot.after or b"") == before
    [part] = (world.links / "out").glob("*")
    written = json.loads(part.read_text(encoding="utf-8"))
    assert (written["wide"], written["deep"]) == (wide, deep)


HOSTILE = [
    "\x1b]52;c;x\x07[/bold][@click=app.quit]",
    "\u202eevil\u2066 \x9b31m \ufeff \u0890",
    "'; DROP TABLE orders; --",
    "line\nbreak\r\n\ttab",
    "=cmd|' /C calc'!A0",
    "nul \x00 inside",
    "😀 𝒳 é ẹ́",
    "x" * 100_000,
]


@both_stores
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_travels_lossless_where_it_is_written_and_where_it_fails(
    world: World, text: str
) -> None:
    """Lossless in store and target; only screens make it visible."""
    world.orders(
        [order(1, email=text), order(2, email=text, amount="x"), order(3, email="")]
    )
    stage = {**COLUMNS, "map": {**_map(), "email": "email"}}
    world.link("orders", definition(stages=[stage]))

    event = world.run()

    assert (event.records.written, event.records.failed) == (2, 1)
    assert {row["id"]: row["email"] for row in world.rows()}[1] == text
    [snapshot] = world.failing(event)
    assert json.loads(snapshot.before or b"")["email"] == text
    detail = world.engine.record(f"s{snapshot.id}")
    assert detail.snapshot.before == snapshot.before


def _map() -> dict[str, Any]:
    made = COLUMNS["map"]
    assert isinstance(made, dict)
    return made


@both_stores
def test_a_hostile_key_a_hostile_field_and_a_hostile_message_are_kept(world: World) -> None:
    """Everything that reaches the store may be hostile: labels, codes, warnings, reasons."""
    text = "\x1b[31m\x00\u202e'\"; --"
    (world.links / "ours.py").write_text(OURS, encoding="utf-8")
    world.orders(
        [{"id": text, "how": how, text: 1} for how in ("fail", "ignore", "warn", "break")]
    )
    world.link(
        "orders",
        definition(
            stages=[custom("act")],
            workers="threads",
            duplicates="error",
            target={"adapter": "file", "path": "out", "format": "ndjson"},
        ),
    )

    event = world.run()

    assert event.records.fetched == 4
    assert event.records.failed == 2
    assert sum(event.ignored_reasons.values()) == 1
    assert sum(event.warnings.values()) == 1
    for snapshot in world.failing(event):
        assert json.loads(snapshot.before or b"")[text] == 1


OURS = '''
from engine.domain.errors import RecordSyncError


def act(record):
    text = record.fields["id"]
    how = record.fields["how"]
    if how == "fail":
        raise RecordSyncError(f"it says {text}", code="hostile", field=text)
    if how == "ignore":
        return record.ignored(f"because {text}")
    if how == "warn":
        return record.with_warning(f"look at {text}")
    raise ValueError(text)
'''  # fmt: skip


@both_stores
def test_a_lone_surrogate_is_no_text_and_fails_its_record_alone(world: World) -> None:
    """RELIABILITY 45: the Snapshot is kept all the same."""
    world.orders([order(1), '{"id": 2, "email": "\\ud800 half", "amount": 20}', order(3)])

    event = world.run()

    assert (event.records.written, event.records.failed) == (2, 1)
    [snapshot] = world.failing(event)
    assert b"ud800" in (snapshot.before or b"")


@pytest.mark.parametrize(
    ("level", "states"),
    [
        ("errors", {"open": 3}),
        ("errors_and_warnings", {"open": 3, "warned": 1}),
        ("all", {"open": 3, "warned": 1, "kept": 3}),
    ],
)
def test_a_record_that_is_kept_anyway_and_then_refused_is_told_once(
    world: World, level: str, states: dict[str, int]
) -> None:
    """C7: one with a Warning and one without are refused by the target."""
    world.orders(
        [order(1, email=""), order(2, amount=101), order(3), order(4), order(5),
         order(6, amount=103), order(5, amount=7)]
    )  # fmt: skip
    target = Shelf(faults={"2": [Status(422)], "4": [Status(422)]})
    with ScriptedServer(target) as server:
        stages = [IGNORE, COLUMNS, RULES]
        text = definition(stages=stages, snapshots=level, target=shelf(server.url))
        world.link("orders", text)
        event = world.run()

    assert kept(world) == states
    records = event.records
    assert (records.fetched, records.written, records.failed, records.ignored) == (
        7,
        2,
        3,
        2,
    )
    refused = {snapshot.label: snapshot.warnings for snapshot in world.failing(event)}
    assert refused == {"1": (), "2": ("amount '101' is above 100",), "4": ()}


ODD_LINES = [
    order(1, amount="x" * 100_000),
    "[1, 2]",
    "3",
    "null",
    '"text"',
    '{"id": 9223372036854775808, "email": "a", "amount": 1}',
    '{"id": 5, "email": "a", "amount": NaN}',
    '{"id": 6, "email": "a", "amount": 1e400}',
    '{"id": true, "email": "a", "amount": 1}',
    '{"id": 11, "email": "a", "amount": ' + "9" * 5000 + "}",
    '{"id": 12, "email": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "{}",
    '{"id": 14, "email": "a", ',
    "\x00",
]


@both_stores
def test_each_odd_line_fails_alone_and_can_be_looked_at(world: World) -> None:
    """T3, RELIABILITY 41-49: every one is kept, none harms another."""
    world.orders([*ODD_LINES, order(20)], batch_size=100)

    event = world.run()

    assert event.ending is Ending.DONE
    assert (event.records.written, event.records.failed) == (1, len(ODD_LINES))
    for snapshot in world.failing(event):
        detail = world.engine.record(f"s{snapshot.id}")
        assert len(detail.snapshot.errors[0]["message"]) < 1000
        assert parsed(detail.snapshot.before) is not None or snapshot.label.endswith(":4")
