"""Links over Singer taps: processes of strangers, of which one stream is moved."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from engine.domain.inbox import Edit
from engine.domain.outcome import Status
from engine.domain.sync_event import SyncEvent
from tests.servers import tap as scripted
from tests.servers.scripted import Json, ScriptedServer, in_turn
from tests.stories.world import World, order

LINK = """
link: orders
key: id
batch_size: 10
source:
  adapter: singer
  command: {command}
  stream: {stream}
  config: {config}
stages:
  - name: to columns
    map:
      id: {{from: id, cast: int}}
      email: {{from: email, do: [strip, lower]}}
  - name: rules
    check: [{{field: email, rule: required}}]
target: {{adapter: sql, url: "sqlite:///warehouse.db", table: orders, create: true}}
"""


def tapped(
    world: World,
    records: list[dict[str, Any]],
    *,
    command: str = f"{sys.executable} {scripted.__file__}",
    stream: str = "orders",
    **config: Any,
) -> None:
    """The Link over a tap that tells these records."""
    path = world.links / "told.ndjson"
    path.write_text("".join(f"{json.dumps(each)}\n" for each in records), encoding="utf-8")
    said = json.dumps({"records": str(path), **config})
    world.link("orders", LINK.format(command=command, stream=stream, config=said))


def spools(world: World) -> list[Path]:
    """What is kept of the tap's words."""
    folder = world.folder / "spool" / "orders"
    return list(folder.iterdir()) if folder.is_dir() else []


def message_of(event: SyncEvent) -> str:
    """The sentence of the only error."""
    (error,) = event.errors
    return error.message


def test_a_real_tap_feeds_a_link_and_its_failing_records_are_retried_from_the_inbox(
    world: World,
) -> None:
    """`tap-jsonl`, from the package index, as it is."""
    lines = [
        order(n, email="" if n in {3, 17} else f"o{n}@x.example") for n in range(1, 26)
    ]
    path = world.links / "told.ndjson"
    path.write_text("".join(f"{json.dumps(each)}\n" for each in lines), encoding="utf-8")
    tap = Path(sys.executable).with_name("tap-jsonl")
    config = json.dumps({"path": str(path), "stream_name": "orders"})
    world.link("orders", LINK.format(command=tap, stream="orders", config=config))

    first = world.run()

    assert (first.records.fetched, first.records.written, first.open.records) == (25, 23, 2)
    assert spools(world) == []

    for each in world.failing(first):
        edit = Edit({"email": "mended@x.example"})
        world.engine.edit(f"s{each.id}", edit, reason="asked the shop", actor="ana@test")
    second = world.retry(first)

    assert (second.records.from_snapshots, second.records.written) == (2, 2)
    assert world.event(first).status is Status.COMPLETED
    assert len(world.rows()) == 25


def test_the_next_run_starts_from_the_state_that_the_tap_told_last(world: World) -> None:
    """M1: a tap's state is the mark."""
    records = [order(n) for n in range(1, 31)]
    tapped(world, records)
    assert world.run().records.fetched == 30

    tapped(world, [*records, order(31)])
    later = world.run()

    assert (later.records.fetched, later.records.written) == (1, 1)
    assert world.run(full=True).records.fetched == 31


def test_a_failing_record_holds_the_state_where_it_was(world: World) -> None:
    """M1, M4."""
    records = [order(n, email="" if n == 5 else "a@x.example") for n in range(1, 21)]
    tapped(world, records)
    first = world.run()

    assert world.engine.explain("orders").mark is None
    assert [each.event for each in world.engine.explain("orders").held_by] == [first.id]


def test_a_tap_that_is_killed_half_way_leaves_the_rest_as_one_batch(world: World) -> None:
    """T2: what it had said is written; the retry goes on from its last state (C1)."""
    breaks = world.folder / "breaks"
    breaks.write_text("46")
    tapped(world, [order(n) for n in range(1, 101)], breaks=str(breaks))

    first = world.run()

    assert first.status is Status.FAILED
    assert (first.records.written, first.open.batches) == (45, 1)
    assert "was ended by signal 9" in message_of(first)
    assert "(after 45 records)" in message_of(first)
    assert len(spools(world)) == 1

    second = world.retry(first)

    assert second.status is Status.COMPLETED_WITH_WARNINGS
    assert second.records.written == 60, "the five after the last state come again"
    assert world.event(first).recovered_by == second.id
    assert len(world.rows()) == 100
    assert spools(world) == []
    assert world.run().records.fetched == 0, (
        "the Chain has moved the mark to the last state"
    )


def test_a_tap_that_breaks_off_twice_is_gone_on_with_twice(world: World) -> None:
    """C1."""
    breaks = world.folder / "breaks"
    breaks.write_text("25")
    tapped(world, [order(n) for n in range(1, 61)], breaks=str(breaks))
    first = world.run()
    breaks.write_text("45")

    second = world.retry(first)

    assert (second.status, second.open.batches) == (Status.FAILED, 1)
    third = world.retry(second)
    assert world.event(first).recovered_by == third.id
    assert len(world.rows()) == 60


def test_a_line_that_is_no_message_fails_as_a_record_and_its_neighbours_are_written(
    world: World,
) -> None:
    """T3."""
    tapped(world, [order(n) for n in range(1, 6)], say=["{oh no", '{"type": 7}'])

    event = world.run()

    assert (event.records.fetched, event.records.written, event.open.records) == (7, 5, 2)
    assert {error.code for error in event.errors} == {"malformed_record"}


def test_a_record_that_the_taps_own_schema_refuses_fails_alone(world: World) -> None:
    """T3: schema messages are checks."""
    tapped(world, [order(1), order(2, email=5), {"email": "a@x.example"}])

    event = world.run()

    assert (event.records.written, event.open.records) == (1, 2)
    assert {error.code for error in event.errors} == {"schema_mismatch"}
    said = " ".join(error.message for error in event.errors)
    assert "email must be string or null" in said


def under(schema: object) -> str:
    """The message that puts what follows under this schema."""
    return json.dumps({"type": "SCHEMA", "stream": "orders", "schema": schema})


def test_a_schema_that_refers_to_itself_without_end_fails_its_records_in_words(
    world: World,
) -> None:
    tapped(world, [order(1), order(2)], say=[under({"$ref": "#"})])

    event = world.run()

    assert (event.records.fetched, event.open.records) == (2, 2)
    assert message_of(event) == (
        "the tap's own schema cannot be applied to it: it refers to itself without end"
    )


@pytest.mark.parametrize(
    "schema", [{"properties": None}, {"oneOf": 5}, {"$ref": "#/items/5", "items": []}]
)
def test_what_is_no_schema_is_a_warning_and_checks_nothing(
    world: World, schema: object
) -> None:
    tapped(world, [order(1), order(2)], say=[under(schema)])

    event = world.run()

    assert (event.records.written, event.errors) == (2, ())
    [warning] = event.warnings
    assert "records are not held against the tap's schema" in warning


def test_a_schema_makes_nobody_ask_for_another_elsewhere(
    world: World, tmp_path: Path
) -> None:
    """What a tap says is data: it names no address, and no file, that is then opened."""
    there = tmp_path / "schema.json"
    there.write_text('{"required": ["nothing"]}', encoding="utf-8")
    with ScriptedServer(in_turn(Json({"required": ["nothing"]}))) as server:
        for place in (f"{server.url}/schema", there.as_uri()):
            tapped(world, [order(1), order(2)], say=[under({"$ref": place})])

            event = world.run(full=True)

            assert event.records.written == 2
            assert any("nothing outside it is asked" in each for each in event.warnings)
    assert server.seen == []


def test_a_tap_that_refuses_its_config_stops_the_run_with_its_own_words(
    world: World,
) -> None:
    """T1."""
    tapped(world, [order(1)], refuses="config: the token has expired")

    event = world.run()

    assert event.status is Status.FAILED
    assert "ended with exit code 1: config: the token has expired" in message_of(event)
    assert event.errors[0].tier == "system"


def test_a_tap_that_is_not_installed_is_named(world: World) -> None:
    """T1."""
    tapped(world, [order(1)], command="tap-nowhere")

    assert message_of(world.run()) == (
        "the tap 'tap-nowhere' is not installed here; install it, or name its path"
    )


def test_a_stream_that_the_tap_does_not_have_is_told_with_those_it_has(
    world: World,
) -> None:
    """T1."""
    tapped(world, [order(1)], stream="oders")

    assert "has no stream 'oders'; it has: orders, people" in message_of(world.run())


def test_a_tap_cannot_start_from_a_value(world: World) -> None:
    """M4."""
    tapped(world, [order(1)])

    event = world.run(since="5")

    assert "a tap starts from the state it told last" in message_of(event)


def test_a_tap_sees_nothing_that_is_linkdecks_own_and_its_config_does_not_stay(
    world: World,
) -> None:
    """Secrets in a tap's config are in a private file as long as the tap runs."""
    breaks = world.folder / "breaks"
    breaks.write_text("15")
    tapped(world, [order(n) for n in range(1, 21)], breaks=str(breaks), token="hush-hush")
    world.run()

    (spool,) = spools(world)

    assert not any(b"hush-hush" in each.read_bytes() for each in spool.iterdir())
    assert spool.stat().st_mode & 0o077 == 0


def test_a_killed_run_takes_its_tap_along_and_the_next_one_goes_on_from_its_parts(
    world: World,
) -> None:
    """X1: counts are exact; what the tap tells a second time would be said."""
    pipe = world.folder / "pipe"
    os.mkfifo(pipe)
    tapped(world, [order(n) for n in range(1, 46)], waits=str(pipe))
    run = subprocess.Popen(
        [
            Path(sys.executable).with_name("linkdeck"),
            "run",
            "orders",
            "--home",
            world.folder,
        ],
        stdout=subprocess.DEVNULL,
    )
    with pipe.open("wb"):
        # The tap has opened its end, so it has said all but the last record.
        taps = psutil.Process(run.pid).children(recursive=True)
        run.kill()
        run.wait()
        gone, alive = psutil.wait_procs(taps, timeout=5)
    assert (len(gone), alive) == (1, [])
    pipe.unlink()

    event = world.run()

    assert event.interrupted
    assert event.status.over
    assert event.open.batches == 0
    assert event.records.fetched == 45, "every part ends with a state: nothing comes twice"
    assert len(world.rows()) == 45
