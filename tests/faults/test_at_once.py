"""Two people, or a person and a chore, at the same thing at once (catalogue 45)."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from engine.domain.errors import LinkdeckError, Refused
from engine.domain.outcome import Status
from engine.domain.retry_plan import Choice
from tests.servers.scripted import Answer, ScriptedServer, Seen
from tests.servers.systems import Shelf
from tests.stories.definitions import COLUMNS, definition, shelf
from tests.stories.world import World, order


class HeldShelf:
    """A target that holds every answer back, once it is told to."""

    def __init__(self) -> None:
        self.arrived, self.go = threading.Event(), threading.Event()
        self.kept = Shelf()

    def __call__(self, seen: Seen) -> Answer:
        if seen.method != "GET":
            self.arrived.set()
            assert self.go.wait(20)
        return self.kept(seen)


@contextmanager
def a_retry_under_way(world: World) -> Iterator[HeldShelf]:
    """#2 retries the two failures of #1, and its target does not answer yet."""
    held = HeldShelf()
    with ScriptedServer(held) as server:
        world.orders([order(1, email=""), order(2, email="")])
        target = shelf(server.url)
        world.link("orders", definition(target=target))
        world.run()
        world.link("orders", definition(target=target, stages=[COLUMNS]))
        child = threading.Thread(
            target=world.retry, args=(1,), kwargs={"definition": Choice.CURRENT}
        )
        child.start()
        try:
            assert held.arrived.wait(20)
            yield held
        finally:
            held.go.set()
            child.join(20)


def at_once(*acts: Callable[[], object]) -> list[LinkdeckError]:
    """All of them at one moment; what was refused."""
    start, told = threading.Barrier(len(acts)), list[LinkdeckError]()

    def does(act: Callable[[], object]) -> None:
        start.wait(10)
        try:
            act()
        except LinkdeckError as refusal:
            told.append(refusal)

    threads = [threading.Thread(target=does, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return told


def test_45_of_two_who_retry_at_once_one_does_and_one_is_told(world: World) -> None:
    """C5, I13: a record goes out once."""
    shelved = Shelf()
    with ScriptedServer(shelved) as server:
        world.orders([order(1, email=""), order(2, email="")])
        target = shelf(server.url)
        world.link("orders", definition(target=target))
        world.run()
        world.link("orders", definition(target=target, stages=[COLUMNS]))
        told = at_once(*[lambda: world.retry(1, definition=Choice.CURRENT)] * 2)

    (refusal,) = told
    assert "#1" in str(refusal) or "#2" in str(refusal)
    assert sorted(shelved.effects) == ["1", "2"]
    assert world.event(1).status is Status.COMPLETED
    assert len(world.engine.events().items) == 2


def test_45_a_second_retry_while_one_runs_is_told_which_and_since_when(
    world: World,
) -> None:
    with a_retry_under_way(world), pytest.raises(Refused, match=r"#2 since") as refused:
        world.retry(1, definition=Choice.CURRENT)

    assert "\n" not in str(refused.value)
    assert world.event(1).status is Status.COMPLETED


def test_45_a_purge_takes_nothing_of_what_is_being_retried(world: World) -> None:
    with a_retry_under_way(world):
        purge = world.engine.purge(actor="ben@desk")

    assert purge.links == ()
    assert world.event(1).status is Status.COMPLETED
    assert world.event(2).records.written == 2


def test_45_a_subject_that_is_being_retried_is_not_erased_under_the_retry(
    world: World,
) -> None:
    """Refused in words; after the retry it can be done."""
    with (
        a_retry_under_way(world),
        pytest.raises(Refused, match=r"is being retried by #2 since"),
    ):
        world.engine.erase("1", reason="asked by the subject", actor="dpo@desk")

    assert world.event(1).status is Status.COMPLETED
    erased = world.engine.erase("1", reason="asked by the subject", actor="dpo@desk")
    assert erased.records > 0
