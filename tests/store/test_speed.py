"""The bulk paths stay bulk paths: processor time, with room for a slow machine."""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from statistics import median

import pytest

from engine.domain.outcome import Ending
from engine.domain.progress import BatchFinished, SyncFinished
from engine.domain.requests import Selection
from engine.store.store import Store
from tests.store.world import NOON, a_snapshot, clean, running, told, with_failures

pytestmark = pytest.mark.parametrize("place", ["sqlite"], indirect=True)


def _seconds(act: Callable[[], object]) -> float:
    """Processor time of an act."""
    began = time.process_time()
    act()
    return time.process_time() - began


def test_seventy_thousand_snapshots_are_written_in_bulk(store: Store) -> None:
    """One second where nothing else runs; SQLModel's add_all took seven."""
    run = running(store, 70)
    one = a_snapshot(0)
    group = tuple(replace(one, position=n, label=f"order-{n}") for n in range(1000))
    outcomes = [with_failures(batch, group) for batch in range(70)]

    def write() -> None:
        for first in range(0, 70, 10):
            run.journal.emit(BatchFinished(tuple(outcomes[first : first + 10])))

    spent = _seconds(write)

    assert store.failures(run.number, Selection(), limit=1)[1] == 70_000
    assert spent < 3
    run.journal.emit(SyncFinished(NOON, Ending.DONE))
    assert _seconds(lambda: store.event(run.number)) < 0.05


def test_three_thousand_batches_are_planned_at_once(store: Store) -> None:
    """A third of a second at most, where nothing else runs."""
    run = told(store).starts()

    assert _seconds(lambda: run.plans(3000)) < 1


def test_twenty_clean_outcomes_cost_a_few_milliseconds(store: Store) -> None:
    """Three at most, where nothing else runs."""
    run = running(store, 400)

    groups = [[clean(first + n) for n in range(20)] for first in range(0, 400, 20)]
    acts = [partial(run.finishes, *group) for group in groups]

    spent = [_seconds(act) for act in acts]

    assert median(spent) < 0.012
