"""The demo's story: three Links over the flaky shop, every count the planted one."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from engine.demo import story
from engine.demo.home import demo_settings
from engine.demo.planted import (
    planted_customers,
    planted_first_retry,
    planted_orders,
    planted_returns,
    planted_second_retry,
)
from engine.demo.steps import (
    Grouped,
    Looked,
    Opened,
    Outcome,
    Planned,
    Ran,
    Settled,
    Step,
)
from engine.demo.verdict import differences
from engine.demo.world import World
from engine.domain.documents import event_document
from engine.domain.errors import Misused, Tier
from engine.domain.outcome import Status
from engine.domain.requests import Stop
from engine.domain.sync_event import SyncEvent
from engine.engine import Engine
from engine.settings import Settings
from tests.stories.world import assert_identity

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Played:
    """A demo that was played: its steps, its end, its settings."""

    settings: Settings
    steps: tuple[Step, ...]
    outcome: Outcome

    def run_of(self, number: int) -> SyncEvent:
        """The Sync Event of that number, as it was told."""
        return next(
            step.event
            for step in self.steps
            if isinstance(step, Ran) and step.event.id == number
        )


def play(folder: Path, *, records: int, seed: int, stop: Stop | None = None) -> Played:
    settings = demo_settings(str(folder / "home"), {"HOME": str(folder)})
    steps: list[Step] = []
    outcome = story.run(settings, records=records, seed=seed, say=steps.append, stop=stop)
    return Played(settings, tuple(steps), outcome)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The demo as it is by default."""
    return play(tmp_path_factory.mktemp("demo"), records=3000, seed=7)


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """A smaller world of another seed."""
    return play(tmp_path_factory.mktemp("demo"), records=900, seed=1234)


def _counted(event: SyncEvent) -> dict[str, Any]:
    """Everything of a Sync Event that the seed decides."""
    document = event_document(event)
    groups = [
        (group["tier"], group["code"], group["class"], group["fingerprint"], group["count"])
        for group in document["errors"]
    ]
    names = ("link", "status", "records", "open", "ignored_reasons", "warnings")
    return {**{name: document[name] for name in names}, "errors": sorted(groups)}


def test_every_count_of_the_default_demo_is_the_planted_one(played: Played) -> None:
    assert [each.sentence() for each in played.outcome.differences] == []
    assert played.outcome.exit_code == 0


def test_another_seed_counts_what_it_planted_itself(another: Played) -> None:
    assert [each.sentence() for each in another.outcome.differences] == []
    assert differences(planted_orders(World(7, 900)), another.run_of(2))


def test_the_same_seed_counts_the_same_again(another: Played, tmp_path: Path) -> None:
    again = play(tmp_path, records=900, seed=1234)

    assert [_counted(event) for event in again.outcome.events] == [
        _counted(event) for event in another.outcome.events
    ]


def test_the_books_of_every_run_are_balanced(played: Played, another: Played) -> None:
    """S3."""
    for event in (*played.outcome.events, *another.outcome.events):
        assert_identity(event)


def test_a_wrong_token_stops_the_run_before_anything_is_fetched(played: Played) -> None:
    """T1: a System error; C4: the next run of the Link that plans closes it."""
    stopped = played.run_of(1)

    assert (stopped.status, stopped.batches.planned) == (Status.FAILED, 0)
    assert [group.tier for group in stopped.errors] == [Tier.SYSTEM]
    assert "401" in stopped.errors[0].message


def test_orders_fail_with_bad_batches_and_bad_records_and_the_rest_is_written(
    played: Played,
) -> None:
    """T2, T3: only what is bad fails."""
    orders = played.run_of(2)

    assert orders.status is Status.FAILED
    assert {group.tier for group in orders.errors} == {Tier.BATCH, Tier.RECORD}
    assert orders.records.written == planted_orders(World(7, 3000)).written


def test_customers_complete_with_warnings_in_spite_of_faults_that_pass(
    played: Played,
) -> None:
    """T4."""
    assert played.run_of(3).status is Status.COMPLETED_WITH_WARNINGS


def test_the_warehouse_holds_exactly_what_was_counted_as_written(played: Played) -> None:
    world = World(7, 3000)
    with closing(sqlite3.connect(played.settings.home / "warehouse.db")) as warehouse:
        held = {
            table: warehouse.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("orders", "customers", "returns")
        }

    assert held == {
        "orders": sum(
            planted(world).written
            for planted in (planted_orders, planted_first_retry, planted_second_retry)
        ),
        "customers": planted_customers(world).written,
        "returns": planted_returns(world).written,
    }


def test_the_story_is_told_step_by_step(played: Played) -> None:
    kinds = [type(step) for step in played.steps]

    assert kinds == [
        *(Opened, Ran, Ran, Grouped, Looked),
        *(Ran, Ran, Grouped, Looked),
        *(Planned, Ran, Planned, Ran, Settled),
    ]


def test_two_retries_turn_the_run_of_orders_completed(played: Played) -> None:
    """C1, C4: the rules are mended, then the pages; each sends only what failed."""
    world = World(7, 3000)
    orders, first, second = (played.outcome.events[at] for at in (1, 4, 5))

    assert (first.parent, second.parent) == (orders.id, orders.id)
    assert first.records.from_snapshots == planted_orders(world).failing
    assert first.batches.failed == second.batches.planned
    assert second.records.from_snapshots == 0
    assert orders.outcome is Status.FAILED
    assert orders.status is Status.COMPLETED_WITH_WARNINGS
    assert orders.recovered_by == second.id
    environ = {"SHOP_URL": "http://127.0.0.1:1", "SHOP_TOKEN": "today"}
    with Engine(replace(played.settings, environ=environ)) as engine:
        mark = engine.explain("orders").mark
    assert mark is not None
    assert mark.set_by == orders.id


def test_a_record_is_shown_before_and_after_with_who_changed_it(played: Played) -> None:
    """I1."""
    looked = next(step.record for step in played.steps if isinstance(step, Looked))

    assert looked.snapshot.state == "open"
    assert looked.snapshot.errors
    assert {change.stage for change in looked.changes} >= {"to warehouse columns"}


def test_a_demo_can_be_explored_after_its_end(played: Played) -> None:
    with Engine(played.settings) as engine:
        kept = [engine.event(str(number)) for number in range(1, 7)]

    assert tuple(kept) == played.outcome.events


def test_its_links_validate(played: Played) -> None:
    environ = {"SHOP_URL": "http://127.0.0.1:1", "SHOP_TOKEN": "today"}
    links = played.settings.links
    with Engine(Settings.resolve(None, str(links), None, environ)) as engine:
        reports = engine.validate([str(path) for path in sorted(links.glob("*.yaml"))])

    assert [(Path(report.path).name, report.complaints) for report in reports] == [
        *(("customers.yaml", ()), ("orders.yaml", ()), ("returns.yaml", ())),
    ]


def test_a_count_that_is_not_the_planted_one_is_said_and_ends_with_3(
    played: Played,
) -> None:
    wrong = differences(planted_orders(World(8, 3000)), played.run_of(2))

    assert "#2 orders: records written: planted " in wrong[0].sentence() + "".join(
        each.sentence() for each in wrong
    )
    assert Outcome(played.settings.home, (), wrong).exit_code == 3


@pytest.mark.parametrize("records", [0, -1, 10_000_001])
def test_a_number_of_records_that_cannot_be_is_refused(
    tmp_path: Path, records: int
) -> None:
    with pytest.raises(Misused, match="--records takes a number from 1 to 10000000"):
        play(tmp_path, records=records, seed=7)

    assert not (tmp_path / "home").exists()


def test_a_demo_of_one_order_is_a_demo(tmp_path: Path) -> None:
    played = play(tmp_path, records=1, seed=7)

    assert (played.outcome.exit_code, played.run_of(2).records.fetched) == (0, 1)


def test_a_demo_that_is_stopped_says_so_and_leaves_no_shop(tmp_path: Path) -> None:
    stop = Stop()
    stop.now("ctrl+c")

    played = play(tmp_path, records=900, seed=7, stop=stop)

    assert (played.outcome.interrupted, played.outcome.exit_code) == (True, 130)
    assert not _shops_of(os.getpid())


def _shops_of(parent: int) -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process(parent).children(recursive=True)
        if "engine.demo.shop" in child.cmdline()
    ]


def test_a_demo_killed_in_the_middle_leaves_no_process_and_can_be_played_again(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    command = [sys.executable, "-m", "console", "demo", "--headless", "--home", str(home)]
    with subprocess.Popen(
        [*command, "--records", "900"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as demo:
        assert demo.stderr is not None
        while b"orders runs as #2" not in demo.stderr.readline():
            assert demo.poll() is None
        children = psutil.Process(demo.pid).children(recursive=True)
        os.kill(demo.pid, signal.SIGKILL)

        _, alive = psutil.wait_procs(children, timeout=5)
    again = play(tmp_path, records=90, seed=7)

    assert (len(children) > 0, alive) == (True, [])
    assert again.outcome.exit_code == 0


def test_the_command_prints_the_story_and_exits_0(tmp_path: Path) -> None:
    home = tmp_path / "home"
    command = [sys.executable, "-m", "console", "demo", "--headless", "--home", str(home)]

    done = subprocess.run(
        [*command, "--records", "90", "--seed", "1234"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert "every count is the one that was planted" in done.stdout
    assert str(home) in done.stdout


def test_the_command_answers_with_one_json_document(tmp_path: Path) -> None:
    home = tmp_path / "home"
    command = [sys.executable, "-m", "console", "demo", "--json", "--home", str(home)]

    done = subprocess.run(
        [*command, "--records", "90", "--seed", "3"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    told = json.loads(done.stdout)
    assert (done.returncode, told["differences"]) == (0, [])
    links = [event["link"] for event in told["events"]]
    assert links[:4] == ["orders", "orders", "customers", "returns"]
    assert set(links[4:]) == {"orders"}
