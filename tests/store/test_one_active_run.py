"""One active run per Link, held by the store, whoever asks and from wherever (C5)."""

import re

import pytest

from engine.domain.outcome import Ending
from engine.domain.sync_event import Kind
from engine.store.refusals import LinkBusy
from engine.store.store import Store
from tests.store.conftest import Place
from tests.store.processes import process
from tests.store.world import NOON, clean, new_event, running, this_process, told

SINCE = f"{NOON.astimezone():%H:%M %Z}"


def test_a_second_run_is_refused_with_who_runs_what_since_when(store: Store) -> None:
    running(store)

    with pytest.raises(LinkBusy) as refusal:
        store.open_event(new_event(), this_process("bob@host"))

    assert str(refusal.value) == (
        f"orders is running as #1 since {SINCE} by ana@host; wait, or: linkdeck cancel 1"
    )


def test_a_run_that_has_not_begun_counts_too(store: Store) -> None:
    told(store)

    with pytest.raises(LinkBusy):
        store.open_event(new_event(kind=Kind.RETRY), this_process())


def test_a_refused_run_leaves_no_sync_event_and_no_gap(store: Store) -> None:
    run = running(store, 1)
    with pytest.raises(LinkBusy):
        told(store)
    run.finishes(clean(0)).ends()

    assert told(store).number == 2
    assert len(store.events().items) == 2


def test_the_next_run_may_begin_once_the_one_before_is_over(store: Store) -> None:
    running(store).ends(Ending.CANCELLED)

    assert told(store).number == 2


def test_other_links_are_not_held_up(store: Store) -> None:
    running(store)

    assert running(store, 1, new_event("customers")).number == 2


def test_push_intake_stores_while_a_run_goes_on(store: Store) -> None:
    running(store)

    assert told(store, new_event(kind=Kind.PUSH)).number == 2


def test_of_two_processes_that_open_at_once_exactly_one_succeeds(place: Place) -> None:
    with process("contender", place) as one, process("contender", place) as other:
        assert (one.says(), other.says()) == ("ready", "ready")
        for turn in range(15):
            link = f"link-{turn}"
            one.tells(link)
            other.tells(link)
            answers = sorted([one.says(), other.says()])
            assert answers[0] == str(turn + 1)
            assert re.match(rf"{link} is running as #{turn + 1} since ", answers[1])
