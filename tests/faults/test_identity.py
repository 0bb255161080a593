"""The accounting identity holds at every moment, seen from another process (S3)."""

from pathlib import Path

from engine.domain.sync_event import SyncEvent
from tests.faults.foreign import STAGE, Foreign
from tests.faults.kills import Victim
from tests.faults.observing import until
from tests.stories.world import assert_identity


def test_the_identity_holds_at_every_moment_of_a_run(tmp_path: Path) -> None:
    """S3: sampled while batches are planned, handed out, written and counted."""
    gates: list[Foreign] = []
    victim = Victim.made(
        tmp_path,
        batches=120,
        stages=STAGE.format(function="wait_at_50_and_150"),
        extra="workers: processes\nparallel: 2",
        before=lambda links: gates.append(Foreign(links)),
    )
    with victim.start() as run:
        seen = [until(lambda: _event(victim))]
        gates[0].waiting(2)
        seen.append(until(lambda: _some_counted(victim)))
        gates[0].end_waiting()
        while not seen[-1].status.over:
            seen.append(until(lambda: _event(victim)))
        run.communicate(timeout=30)

    for event in seen:
        assert_identity(event)
    assert len({event.batches.completed for event in seen}) > 3
    assert any(event.batches.in_flight and event.batches.completed for event in seen)
    assert seen[-1].batches.completed == 120
    assert seen[-1].records.fetched == victim.records
    victim.world.engine.close()


def _event(victim: Victim) -> SyncEvent | None:
    events = victim.world.engine.events().items
    return events[0] if events else None


def _some_counted(victim: Victim) -> SyncEvent | None:
    event = _event(victim)
    return event if event and event.batches.completed else None
