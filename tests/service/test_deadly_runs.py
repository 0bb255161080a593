"""Runs that kill the process they are in: the Batch is found, and a run is not tried for ever."""

from pathlib import Path

from engine.domain.outcome import Status
from engine.domain.requests import RunOptions
from engine.operations.queueing import queue_run
from tests.faults.foreign import STAGE, Foreign
from tests.faults.kills import SIZE, Victim
from tests.faults.observing import until
from tests.service.conftest import StartEngine
from tests.stories.world import World, assert_identity

DEADLY = """
import os
os._exit(7)

def never(record):
    return record
"""


def _ended(world: World) -> None:
    queue_run(world.engine._context, "orders", RunOptions(actor="ana@test"))
    until(lambda: world.engine.event("1").status.over, patience=90)
    assert_identity(world.engine.event("1"))


def test_a_batch_that_kills_its_run_is_given_a_worker_and_fails_alone(
    tmp_path: Path, start: StartEngine
) -> None:
    """RELIABILITY c 24, in a Link that works in threads."""
    victim = Victim.made(
        tmp_path,
        stages=STAGE.format(function="end_at_50"),
        extra="workers: threads\nparallel: 2",
        before=Foreign,
    )
    start()

    _ended(victim.world)

    event = victim.world.engine.event("1")
    assert (event.batches.failed, event.open.batches) == (1, 1)
    assert event.batches.completed == event.batches.planned - 1
    assert "worker_died" in {group.code for group in event.errors}
    lost = {50 - (50 - 1) % SIZE + place for place in range(SIZE)}
    assert not lost & set(victim.written())
    victim.world.engine.close()


def test_a_run_over_which_three_processes_died_in_a_row_is_given_up(
    tmp_path: Path, start: StartEngine
) -> None:
    victim = Victim.made(
        tmp_path,
        stages=STAGE.format(function="never"),
        before=lambda links: (links / "foreign_code.py").write_text(DEADLY, "utf-8"),
    )
    engine = start()

    _ended(victim.world)

    event = victim.world.engine.event("1")
    assert event.status is Status.FAILED
    assert [group.code for group in event.errors] == ["run_died"]
    assert "3 processes died over this run" in event.errors[0].message
    assert engine.said.read_text().count("resumed as pid") == 2
    again = victim.world.engine.event("1")
    assert again.finished_at == event.finished_at
    victim.world.engine.close()


def test_automated_replay_follows_a_run_of_the_engine(
    tmp_path: Path, start: StartEngine
) -> None:
    """C8."""
    victim = Victim.made(
        tmp_path,
        batches=4,
        stages=STAGE.format(function="sometimes"),
        extra="workers: threads\nautomated_replay: {enabled: true, max_attempts: 3}",
        before=lambda links: (links / "foreign_code.py").write_text(FLAKY, "utf-8"),
    )
    start()

    _ended(victim.world)

    until(lambda: len(victim.world.engine.events().items) == 2)
    until(lambda: victim.world.engine.event("2").status.over)
    replay = victim.world.engine.event("2")
    assert (replay.kind, replay.replay) == ("replay", "1 of 3 of #1")
    victim.world.engine.close()


FLAKY = """
from pathlib import Path

from engine.domain.errors import ErrorClass, RecordSyncError

SEEN = Path(__file__).parent / "seen"

def sometimes(record):
    if record.fields["id"] == 3 and not SEEN.exists():
        SEEN.touch()
        raise RecordSyncError("busy", code="busy", error_class=ErrorClass.TRANSIENT)
    return record
"""
