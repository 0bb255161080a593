"""Records whose custom code asks for another try wait without a worker (contract, Repeat)."""

import json
import signal
from pathlib import Path
from typing import Any

from sqlalchemy import select

from engine.domain.outcome import Ending, Status
from engine.domain.requests import Glimpse, Stop
from engine.store.tables import BATCH
from tests.faults.kills import Victim
from tests.faults.observing import until
from tests.stories.command_line import linkdeck
from tests.stories.definitions import COLUMNS, custom, definition
from tests.stories.world import World, order

CODE = """
from pathlib import Path

from engine.domain.record import Repeat

HERE = Path(__file__).parent


def patient(record):
    number = record.fields["id"]
    with (HERE / "tries").open("a") as tries:
        tries.write(f"{{number}}\\n")
    if number % 10 == 5 and not (HERE / "ready").exists():
        raise Repeat(interval={interval}, hops={hops}, reason="the shop naps")
    return record
"""


def prepare(links: Path, *, interval: float, hops: int) -> None:
    """Code that asks for another try of orders 5, 15, 25 … until the file `ready` is there."""
    text = CODE.format(interval=interval, hops=hops)
    (links / "ours.py").write_text(text, encoding="utf-8")


def tries(links: Path) -> list[int]:
    """The orders that the code was called with, in time."""
    return [int(line) for line in (links / "tries").read_text().split()]


def parking(
    world: World, *, interval: float, hops: int, count: int = 20, **more: Any
) -> None:
    prepare(world.links, interval=interval, hops=hops)
    lines = [json.dumps(order(number)) for number in range(1, count + 1)]
    (world.links / "orders.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
    stages = [custom("patient"), COLUMNS]
    world.link("orders", definition(stages=stages, workers="threads", **more))


def test_a_parked_record_is_tried_again_while_the_others_go_on(world: World) -> None:
    """S3: it counts in the Batch in which it is tried again; the plan grows by that."""
    parking(world, interval=0.3, hops=3)
    waiting: list[int] = []

    def watch(glimpse: Glimpse) -> None:
        waiting.append(glimpse.batches.waiting)
        if glimpse.records.written >= 18:
            (world.links / "ready").touch()

    event = world.run(watch=watch)

    assert event.status is Status.COMPLETED
    assert (event.records.fetched, event.records.written) == (20, 20)
    assert (event.batches.planned, event.batches.completed) == (4, 4)
    assert tries(world.links).count(5) >= 2
    assert tries(world.links).count(4) == 1
    assert len(world.rows()) == 20


def test_without_a_hop_left_it_fails_with_all_its_tries(world: World) -> None:
    """T5: a Record error, transient; its place is the one it had in the file."""
    parking(world, interval=0.05, hops=2, count=10)

    event = world.run()

    [record] = world.failing(event)
    [error] = record.errors
    assert (error["code"], error["class"], error["stage"]) == (
        "repeat",
        "transient",
        "ours",
    )
    assert error["message"] == "the shop naps"
    assert [(each["number"], each["wait"]) for each in error["attempts"]] == [
        (1, 0.05), (2, 0.05), (3, 0),
    ]  # fmt: skip
    assert (record.label, record.position) == ("5", 4)
    assert json.loads(record.before or b"") == order(5)
    assert tries(world.links).count(5) == 3
    assert (event.records.fetched, event.records.written, event.records.failed) == (
        10,
        9,
        1,
    )
    assert event.batches.planned == 3


def test_a_cancel_does_not_wait_for_parked_records(world: World) -> None:
    """What was parked is not attempted, and open: a retry takes it up, at once."""
    parking(world, interval=3600, hops=3)
    stop = Stop()

    def watch(glimpse: Glimpse) -> None:
        if glimpse.records.written == 18:
            stop.now("enough")

    event = world.run(stop=stop, watch=watch)

    assert (event.status, event.ending) == (Status.CANCELLED, Ending.CANCELLED)
    assert (event.batches.not_attempted, event.open.batches) == (2, 2)
    assert (event.records.fetched, event.records.written) == (18, 18)
    (world.links / "ready").touch()

    child = world.retry(event)

    assert (child.status, child.records.written) == (Status.COMPLETED, 2)
    assert len(world.rows()) == 20
    assert world.engine.event("1").status is Status.COMPLETED


def test_what_was_parked_does_not_stay_in_the_plan(world: World) -> None:
    """Once its record is settled, a scope holds nothing of it."""
    parking(world, interval=0.01, hops=1, count=10)

    event = world.run()

    assert event.batches.completed == 2
    store = world.engine._context.store
    with store._database.reading() as connection:
        scopes = connection.execute(
            select(BATCH.c.scope).order_by(BATCH.c.number)
        ).scalars()
        last = list(scopes)[-1]
    assert last["what"] == "1 record asked for another try in 0.01 s"
    assert "parked" not in last


def test_a_test_run_waits_for_nobody(world: World) -> None:
    parking(world, interval=3600, hops=3, count=10)

    event = world.run(test=True)

    assert (event.records.would_write, event.records.failed) == (9, 1)


def test_without_snapshots_nothing_is_parked(world: World) -> None:
    """C7: with logging `none` no value is kept, not even for a while."""
    parking(world, interval=3600, hops=3, count=10, snapshots="none")

    event = world.run()

    assert (event.records.written, event.records.failed) == (9, 1)


def test_hops_survive_a_crash(tmp_path: Path) -> None:
    """X1: the resume finds what was parked, with the hops that were left."""
    victim = Victim.made(
        tmp_path,
        batches=2,
        stages="  - {name: ours, python: 'ours:patient'}",
        extra="workers: threads",
        before=lambda links: prepare(links, interval=1.5, hops=2),
    )
    links = victim.world.links
    run = victim.start()
    until(lambda: (links / "tries").exists() and tries(links).count(5) == 2)
    run.send_signal(signal.SIGKILL)
    run.wait()

    answer = linkdeck("run", "orders", "--json", home=victim.world.folder)

    event = json.loads(answer.out)
    assert (event["id"], event["batches"]["planned"]) == (1, 4)
    assert (event["records"]["fetched"], event["records"]["residual"]) == (10, 0)
    # The second try was under way when it was killed, or had been written down: hops are 2.
    assert tries(links).count(5) in {3, 4}
    failing = victim.world.failing(victim.world.engine.event("1"))
    [repeated] = [each for each in failing if each.errors[0]["code"] == "repeat"]
    assert len(repeated.errors[0]["attempts"]) == 3
