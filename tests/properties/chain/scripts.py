"""The shortest way to each seeded mistake, step by step."""

from collections.abc import Callable, Iterable, Mapping

import pytest

from engine.domain.retry_plan import Choice
from tests.properties.chain import mistakes
from tests.properties.chain.machine import ChainMachine
from tests.properties.chain.world import Faults

Seeded = Callable[[pytest.MonkeyPatch], None]
Script = Callable[[ChainMachine, int], None]
"""What is done, step by step; the number is where the process dies, in scripts where it does."""

GOOD = [(1, "a@x"), (2, "a@x"), (3, "a@x")]
BLANK = [(1, ""), (2, "a@x"), (3, "a@x")]


def keys(*numbers: int) -> frozenset[int]:
    """Records that something happens to."""
    return frozenset(numbers)


def runs(machine: ChainMachine, at: int) -> None:
    """A run in which nothing goes wrong."""
    machine.begin(GOOD)
    machine.run(Faults())


def late_change(machine: ChainMachine, at: int) -> None:
    """A change of the very moment the mark stands at, seen after it."""
    machine.begin(GOOD)
    machine.run(Faults())
    machine.change([(1, "late")])
    machine.run(Faults())


def blocked(machine: ChainMachine, at: int) -> None:
    """A record that a rule refuses."""
    machine.begin(BLANK)
    machine.run(Faults())


def page_lost(machine: ChainMachine, at: int) -> None:
    """A Batch that times out, and a run that fetches it."""
    machine.begin(GOOD)
    machine.run(Faults(times_out=keys(1)))
    machine.run(Faults())


def answer_lost(machine: ChainMachine, at: int) -> None:
    """A write that took hold, and its answer never came."""
    machine.begin(GOOD)
    machine.run(Faults(lost=keys(1)))


def one_recovered(machine: ChainMachine, at: int) -> None:
    """Two records fail, one is recovered; a plan of what is left."""
    machine.begin(BLANK)
    machine.run(Faults(refused=keys(2)))
    machine.define(strict=False, replay="off")
    machine.retry_some(0, "key", 0, Choice.CURRENT, False, False, Faults())  # noqa: FBT003
    machine.the_books_are_right()
    machine.plan(0, "all", 0, Choice.CURRENT)


def page_planned(machine: ChainMachine, at: int) -> None:
    """A Batch that times out, and a plan for it."""
    machine.begin(GOOD)
    machine.run(Faults(times_out=keys(1)))
    machine.plan(0, "all", 0, Choice.CURRENT)


def discarded(machine: ChainMachine, at: int) -> None:
    """All that failed is let go."""
    blocked(machine, at)
    machine.the_books_are_right()
    machine.discard(0, "all", 0)


def died(machine: ChainMachine, at: int) -> None:
    """A process that dies half-way, and another that goes on."""
    machine.begin(GOOD)
    machine.run(Faults(crash_at=at))
    if machine.interrupted:
        machine.resume(Faults())


def written_since(machine: ChainMachine, at: int) -> None:
    """A newer version of a failing record goes through."""
    blocked(machine, at)
    machine.change([(1, "a@x")])
    machine.run(Faults())


def planned_and_run(machine: ChainMachine, at: int) -> None:
    """A plan that is run, and run again."""
    blocked(machine, at)
    machine.plan(0, "all", 0, Choice.CURRENT)
    machine.run_plan(0, Faults())
    machine.the_books_are_right()
    machine.run_plan(0, Faults())


def planned_and_edited(machine: ChainMachine, at: int) -> None:
    """A plan, then an edit of what is in it, then the plan is run."""
    blocked(machine, at)
    machine.plan_and_edit_and_run(0, False, Faults())  # noqa: FBT003


def failed_again(machine: ChainMachine, at: int) -> None:
    """A retry that mends nothing."""
    blocked(machine, at)
    machine.retry(0, Faults())


def landed_late(machine: ChainMachine, at: int) -> None:
    """A write without an answer, which takes hold after the plan of its retry has looked."""
    machine.begin(GOOD)
    machine.run(Faults(unanswered=keys(1)))
    machine.plan(0, "all", 0, Choice.CURRENT)
    machine.land()
    machine.run_plan(0, Faults())


def replayed(machine: ChainMachine, at: int) -> None:
    """A record that cannot pass by itself, in a Link that replays what may."""
    machine.begin(BLANK, replay="ephemeral")
    machine.run(Faults())


ANYWHERE = range(1, 26)
"""Where the process of a script dies: the moments are many, and not the same for ever."""

SCRIPTS: Mapping[Seeded, tuple[Script, Iterable[int]]] = {
    mistakes.strict_bound: (late_change, (0,)),
    mistakes.clock_mark: (runs, (0,)),
    mistakes.no_hold: (blocked, (0,)),
    mistakes.no_taking_over: (page_lost, (0,)),
    mistakes.doubt_is_written: (answer_lost, (0,)),
    mistakes.retry_all: (one_recovered, (0,)),
    mistakes.batches_skipped: (page_planned, (0,)),
    mistakes.early_flip: (blocked, (0,)),
    mistakes.discarded_is_written: (discarded, (0,)),
    mistakes.flip_forgotten: (discarded, (0,)),
    mistakes.in_flight_dropped: (died, ANYWHERE),
    mistakes.start_forgotten: (died, ANYWHERE),
    mistakes.stale_overwrite: (written_since, (0,)),
    mistakes.plan_twice: (planned_and_run, (0,)),
    mistakes.drift_ignored: (planned_and_edited, (0,)),
    mistakes.in_two_places: (failed_again, (0,)),
    mistakes.blind_resend: (landed_late, (0,)),
    mistakes.durable_replayed: (replayed, (0,)),
}
"""Each mistake, how it is met, and where the process dies on the way."""
