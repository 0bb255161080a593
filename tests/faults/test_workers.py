"""Worker processes that are killed, kill themselves, hang, or cannot even begin."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.faults.foreign import STAGE, Foreign
from tests.faults.kills import SIZE, Victim
from tests.faults.observing import dead, until
from tests.stories.command_line import linkdeck
from tests.stories.world import assert_identity


def test_workers_are_gone_within_a_second_of_their_coordinator(tmp_path: Path) -> None:
    victim, foreign = a_waiting_one(tmp_path)
    with victim.start() as run:
        workers = foreign.waiting(2)
        run.send_signal(signal.SIGKILL)
        until(lambda: all(map(dead, workers)), patience=1.0)

    foreign.open_gate()
    victim.check(victim.finish())


def test_a_worker_killed_runs_its_batch_again_and_nothing_else(tmp_path: Path) -> None:
    victim, foreign = a_waiting_one(tmp_path)
    run = victim.start("run", "orders", "--json")
    foreign.waiting(2)

    foreign.end_waiting()

    victim.check(ended(run, code=3))


def test_a_worker_killed_before_it_begins_is_replaced(tmp_path: Path) -> None:
    victim = Victim.made(tmp_path, extra="workers: processes\nparallel: 2")
    run = victim.start("run", "orders", "--json")

    while run.poll() is None:
        newborn = _newborn(run.pid)
        if newborn is not None:
            newborn.kill()
            break

    victim.check(ended(run, code=3))


def test_a_batch_that_kills_its_worker_twice_fails_alone(tmp_path: Path) -> None:
    victim = Victim.made(
        tmp_path,
        stages=STAGE.format(function="end_at_50"),
        extra="workers: processes\nparallel: 2",
        before=Foreign,
    )

    event = ended(victim.start("run", "orders", "--json"), code=3)

    assert_one_batch_lost(victim, event, code="worker_died")


def test_a_stage_that_hangs_is_ended_and_fails_its_batch_alone(tmp_path: Path) -> None:
    victim, foreign = a_waiting_one(tmp_path, LINKDECK_BATCH_LIMIT="2")
    run = victim.start("run", "orders", "--json")
    foreign.waiting(2)

    event = ended(run, code=3)

    assert event["batches"]["failed"] == 2
    assert event["batches"]["completed"] == event["batches"]["planned"] - 2
    assert event["open"]["batches"] == 2
    assert codes(event)["worker_hung"] == 2
    assert event["records"]["residual"] == 0
    victim.world.engine.close()


def test_a_limit_that_is_no_number_of_seconds_is_refused_before_anything_runs(
    tmp_path: Path,
) -> None:
    victim = Victim.made(tmp_path)

    answer = linkdeck("run", "orders", home=tmp_path, LINKDECK_BATCH_LIMIT="soon")

    assert answer.code == 2
    assert "LINKDECK_BATCH_LIMIT is 'soon'; give seconds, such as 900" in answer.err
    assert victim.world.engine.events().items == ()
    victim.world.engine.close()


def test_workers_that_never_begin_are_a_system_error(tmp_path: Path) -> None:
    """T1: one sentence, nothing left running, no traceback."""
    victim = Victim.made(
        tmp_path,
        stages=STAGE.format(function="end_at_50"),
        extra="workers: processes\nparallel: 2",
        before=lambda links: Foreign(links, unborn=True),
    )

    event = ended(victim.start("run", "orders", "--json"), code=3)

    assert "no_workers" in codes(event)
    assert event["batches"]["completed"] == 0
    assert event["batches"]["in_flight"] == event["batches"]["waiting"] == 0
    victim.world.engine.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_ctrl_c_for_everybody_is_heeded_by_the_coordinator_alone(
    tmp_path: Path, number: int
) -> None:
    """A terminal sends it to the whole group: workers finish what they do all the same."""
    victim, foreign = a_waiting_one(tmp_path)
    run = victim.start("run", "orders", "--json")
    workers = foreign.waiting(2)

    os.killpg(run.pid, number)
    assert run.stderr is not None
    assert any(line.startswith("finishing") for line in run.stderr)
    alive = [not dead(pid) for pid in workers]
    foreign.end_waiting()
    event = ended(run, code=128 + number)

    assert alive == [True, True]
    batches = event["batches"]
    assert event["status"] == "cancelled"
    assert batches["failed"] == 0
    assert batches["completed"] + batches["not_attempted"] == batches["planned"]
    assert event["open"]["batches"] == batches["not_attempted"] > 0
    assert event["records"]["fetched"] == batches["completed"] * SIZE
    assert_identity(victim.world.engine.event("1"))
    victim.world.engine.close()


def a_waiting_one(folder: Path, **environ: str) -> tuple[Victim, Foreign]:
    """A Link whose two workers come to wait in their stage, until the gate is open."""
    made: list[Foreign] = []
    victim = Victim.made(
        folder,
        stages=STAGE.format(function="wait_at_50_and_150"),
        extra="workers: processes\nparallel: 2",
        before=lambda links: made.append(Foreign(links)),
        environ=environ,
    )
    return victim, made[0]


def ended(run: Any, *, code: int) -> dict[str, Any]:
    """The Sync Event of a run in the background, as it printed it."""
    out, err = run.communicate(timeout=60)
    assert run.returncode == code, err
    assert "Traceback" not in err
    document: dict[str, Any] = json.loads(out)
    return document


def codes(event: dict[str, Any]) -> dict[str, int]:
    """How many errors of each code."""
    return {error["code"]: error["count"] for error in event["errors"]}


def assert_one_batch_lost(victim: Victim, event: dict[str, Any], *, code: str) -> None:
    """One Batch failed with this code, and only that one."""
    batches, records = event["batches"], event["records"]
    assert (batches["failed"], batches["completed"]) == (1, batches["planned"] - 1)
    assert codes(event)[code] == 1
    assert records["fetched"] == victim.records - SIZE
    assert event["open"]["batches"] == 1
    assert records["residual"] == 0
    victim.world.engine.close()


def _newborn(coordinator: int) -> psutil.Process | None:
    """A worker process that has just been started, if there is one."""
    try:
        children = psutil.Process(coordinator).children()
        return next((c for c in children if "spawn_main" in " ".join(c.cmdline())), None)
    except psutil.NoSuchProcess:
        return None
