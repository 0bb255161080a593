"""Systems that no connection reaches: names nobody knows, certificates nobody trusts (T1)."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from engine.domain.outcome import Ending, Status
from tests.servers.scripted import Answer, Hang, ScriptedServer, Seen
from tests.servers.systems import Pages, Shelf
from tests.servers.tls import SelfSignedServer
from tests.stories.definitions import definition, pages, shelf
from tests.stories.world import World, order

ONCE = {"max_attempts": 1}
IMPATIENT = {"pause": "10ms", "patience": "50ms"}
BATCHES = 30


@contextmanager
def a_name_nobody_knows() -> Iterator[str]:
    yield "http://nobody.invalid"


@contextmanager
def a_certificate_nobody_trusts() -> Iterator[str]:
    with SelfSignedServer(Shelf()) as server:
        yield server.url
    assert server.seen == []


@contextmanager
def a_port_nobody_listens_on() -> Iterator[str]:
    with ScriptedServer(Shelf()) as server:
        gone = server.url
    yield gone


NOWHERE = [
    (a_port_nobody_listens_on, "refused", "availability", "refused the connection"),
    (a_name_nobody_knows, "dns", "availability", "nobody.invalid"),
    (a_certificate_nobody_trusts, "tls", "authorization", "certificate that it signed"),
]


@pytest.mark.parametrize(("nowhere", "code", "error_class", "said"), NOWHERE)
def test_a_source_nobody_reaches_while_planning_is_a_system_error(
    world: World, nowhere: object, code: str, error_class: str, said: str
) -> None:
    """T1."""
    with nowhere() as url:  # type: ignore[operator]
        world.link("orders", definition(source=pages(url, retry=ONCE)))
        event = world.run()

    assert (event.status, event.ending) == (Status.FAILED, Ending.STOPPED)
    assert (event.batches.planned, event.open.batches) == (0, 0)
    [group] = event.errors
    assert (group.tier, group.code, group.error_class) == ("system", code, error_class)
    assert said in group.message


@pytest.mark.parametrize(("nowhere", "code", "error_class", "said"), NOWHERE)
def test_a_target_nobody_reaches_batch_after_batch_is_down(
    world: World, nowhere: object, code: str, error_class: str, said: str
) -> None:
    """T1: ten refusals in a row, of any kind, end the run; each says what it was."""
    world.orders([order(n) for n in range(1, 10 * BATCHES + 1)])
    with nowhere() as url:  # type: ignore[operator]
        target = shelf(url, retry=ONCE, breaker=IMPATIENT)
        world.link("orders", definition(target=target, parallel=1))
        event = world.run()

    assert event.ending is Ending.STOPPED
    assert (event.records.written, event.records.in_doubt) == (0, 0)
    assert 10 <= event.batches.failed < BATCHES
    assert event.batches.not_attempted == BATCHES - event.batches.failed
    by_tier = {group.tier.value: group for group in event.errors}
    assert by_tier["system"].code == "system_down"
    below = next(group for group in event.errors if group.tier != "system")
    assert (below.code, below.error_class) == (code, error_class)
    assert said in below.message


def test_pages_that_are_refused_in_the_middle_end_the_run(world: World) -> None:
    """T1: the source was there while planning, and went away with the second page."""
    shop = Pages([order(n) for n in range(1, 10 * BATCHES + 1)])
    gone = ExitStack()

    def script(seen: Seen) -> Answer:
        if seen.query["page"] == "1":
            return shop(seen)
        # From elsewhere, since a server cannot wait for its own answers to end.
        threading.Thread(target=gone.close).start()
        return Hang()

    with gone:
        server = gone.enter_context(ScriptedServer(script))
        source = pages(server.url, retry=ONCE, breaker=IMPATIENT)
        world.link("orders", definition(source=source, parallel=1))
        event = world.run()

    assert event.ending is Ending.STOPPED
    assert event.batches.planned == BATCHES
    assert "system_down" in {group.code for group in event.errors}
    assert event.open.batches == event.batches.failed + event.batches.not_attempted
    assert event.batches.completed == 1
