"""A later run takes over from an earlier one only over the very same file (M2)."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.domain.outcome import Ending, Status
from engine.domain.sync_event import SyncEvent
from tests.stories.definitions import definition
from tests.stories.world import World, order

FILE = "orders.ndjson"


def stopped(world: World) -> SyncEvent:
    """A run over ten batches that its budget stopped; most of them were not attempted."""
    world.orders([order(n, email="" if n == 1 else "a@x.example") for n in range(1, 101)])
    budget = {"failed_records": 0}
    world.link("orders", definition(budget=budget, parallel=1, workers="threads"))
    event = world.run()
    assert event.ending is Ending.STOPPED
    assert event.open.batches == event.batches.not_attempted > 0
    return event


def run_again(world: World) -> SyncEvent:
    """The same Link over the same path, now without a budget."""
    world.link("orders", definition(parallel=1, workers="threads"))
    return world.run()


def another_inode(path: Path) -> None:
    copy = path.with_suffix(".copy")
    shutil.copy2(path, copy)
    copy.replace(path)


def another_size(path: Path) -> None:
    was = path.stat()
    with path.open("a", encoding="utf-8") as file:
        file.write("\n")
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))


def another_time(path: Path) -> None:
    was = path.stat()
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns + 1_000_000_000))


def test_batches_not_attempted_close_with_a_later_run_over_the_same_file(
    world: World,
) -> None:
    """M2."""
    first = stopped(world)

    later = run_again(world)

    assert world.engine.event(str(first.id)).open.batches == 0
    assert world.engine.event(str(first.id)).superseded_by == later.id


@pytest.mark.parametrize("changed", [another_inode, another_size, another_time])
def test_a_file_that_has_changed_takes_over_no_scope_of_the_old_one(
    world: World, changed: Callable[[Path], None]
) -> None:
    """M2: the same path, inode, size and time; what was in the old file nobody has read."""
    first = stopped(world)
    changed(world.links / FILE)

    run_again(world)

    event = world.engine.event(str(first.id))
    assert event.status is Status.FAILED
    assert event.open.batches == first.open.batches


def test_a_file_of_another_name_takes_over_nothing(world: World) -> None:
    """M2: another path is another scope, also where a pattern finds both."""
    first = stopped(world)
    (world.links / FILE).rename(world.links / "orders-2.ndjson")
    text = definition(source={"adapter": "file", "path": "orders*.ndjson"})
    world.link("orders", text)

    world.run()

    assert world.engine.event(str(first.id)).open.batches == first.open.batches
