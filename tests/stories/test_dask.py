"""Batches on a Dask cluster: real schedulers and workers on loopback, killed where it hurts."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engine.domain.errors import LeftWaiting, Misused
from engine.domain.outcome import Ending, Status
from engine.domain.requests import Glimpse, Stop
from engine.domain.retry_plan import Choice
from engine.domain.sync_event import SyncEvent
from tests.servers.cluster import Cluster, a_cluster
from tests.servers.recording_proxy import RecordingProxy
from tests.servers.scripted import Answer, ScriptedServer, Seen
from tests.servers.scripted import Status as Answered
from tests.servers.systems import Pages, Shelf
from tests.stories.definitions import COLUMNS, EMAIL, custom, definition, pages, shelf
from tests.stories.test_vendor_story import (
    AGAIN,
    BATCHES,
    BLOCKED,
    RECORDS,
    SIZE,
    SLICES,
    SPREAD,
    TIMED_OUT,
    Shop,
    counts,
)
from tests.stories.world import World, a_world, order

THERE = "canary-of-the-worker"
HERE = "canary-of-the-coordinator"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler and two workers with a nanny each; their secret is not the coordinator's."""
    folder = tmp_path_factory.mktemp("cluster")
    with a_cluster(folder, 1, 1, SHOP_TOKEN=THERE) as made:
        yield made


def orders(world: World, cluster: Cluster, count: int, **more: Any) -> None:
    """File → SQLite by this cluster."""
    world.orders([order(n) for n in range(1, count + 1)])
    world.link("orders", definition(workers=cluster.url, **more))


def test_the_same_story_is_told_by_a_cluster(world: World, cluster: Cluster) -> None:
    """Seam 1: batches in, prepared rows out, counts exact; many batches travel in one task."""
    world.orders([order(n, email="" if n % 10 == 4 else "a@b.c") for n in range(1, 401)])

    event = world.run(executor=cluster.url)

    assert event.workers == f"{cluster.url}: asked for"
    assert (event.records.written, event.records.failed) == (360, 40)
    assert len(world.rows()) == 360
    assert world.retry(event).records.from_snapshots == 40


def test_workers_write_by_themselves_where_a_target_admits_many(
    world: World, cluster: Cluster
) -> None:
    """K1: what a worker sends is known by the same idempotency key as what this process sends."""
    keeper = Shelf()
    world.orders([order(n) for n in range(1, 31)])
    with ScriptedServer(keeper) as server:
        world.link("orders", definition(target=shelf(server.url)))
        for executor in (cluster.url, "threads"):
            assert world.run(executor=executor).records.written == 30
    keys = [seen.headers["idempotency-key"] for seen in server.seen]

    assert (len(keys), len(set(keys))) == (60, 30)


def test_secrets_are_the_workers_own_and_none_travels(
    tmp_path: Path, cluster: Cluster
) -> None:
    """RELIABILITY (e) 13: the plan's request bears our token, a Batch's the worker's."""
    source = Pages([order(n) for n in range(1, 31)])
    with ScriptedServer(source) as server, RecordingProxy(cluster.port) as proxy:
        world = a_world(tmp_path, SHOP_TOKEN=HERE, SHOP=server.url)
        auth = {"bearer": "${secret:SHOP_TOKEN}"}
        text = definition(source=pages("${SHOP}", auth=auth))
        world.link("orders", text)
        event = world.run(executor=f"dask://127.0.0.1:{proxy.port}")
        secret = world.engine._context.store.secret()
        world.engine.close()
    tokens = [seen.headers["authorization"] for seen in server.seen]

    assert event.status is Status.COMPLETED
    assert (tokens[0], set(tokens[1:])) == (f"Bearer {HERE}", {f"Bearer {THERE}"})
    # What is no secret went by value: the proxy sees what travels.
    assert server.url.encode() in proxy.sent
    assert HERE.encode() not in proxy.sent
    assert secret not in proxy.sent


def test_a_secret_that_a_worker_lacks_is_named_with_the_worker(
    tmp_path: Path, cluster: Cluster
) -> None:
    """T1: nothing begins; the rest waits for a retry."""
    with ScriptedServer(Pages([order(1)])) as server:
        world = a_world(tmp_path, ABSENT=HERE)
        auth = {"bearer": "${secret:ABSENT}"}
        world.link("orders", definition(source=pages(server.url, auth=auth)))
        event = world.run(executor=cluster.url)
        world.engine.close()

    said = message(event)
    assert said.startswith("the Dask worker tcp://127.0.0.1:")
    assert "the secret 'ABSENT' is not set" in said
    assert (event.batches.not_attempted, event.records.fetched) == (1, 0)


def test_a_worker_with_another_linkdeck_is_refused(world: World, tmp_path: Path) -> None:
    """T1: both versions are named, and no Batch begins."""
    other = tmp_path / "other" / "linkdeck-9.9.9.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: linkdeck\nVersion: 9.9.9\n"
    )
    with a_cluster(tmp_path / "dask", 1, PYTHONPATH=str(other.parent)) as cluster:
        orders(world, cluster, 20)
        event = world.run()

    assert event.ending is Ending.STOPPED
    assert "has Linkdeck 9.9.9, and this run Linkdeck 0.1" in message(event)
    assert (event.batches.planned, event.batches.not_attempted) == (2, 2)


def test_nobody_at_the_address_is_a_system_error_with_the_command_to_start_one(
    world: World,
) -> None:
    """T1, C1: what was planned waits for a retry."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    world.orders([order(n) for n in range(1, 21)])
    event = world.run(executor=f"dask://127.0.0.1:{port}")

    said = message(event)
    assert f"no Dask scheduler answers at tcp://127.0.0.1:{port}" in said
    assert f"dask scheduler --host 127.0.0.1 --port {port}" in said
    assert event.batches.not_attempted == 2
    assert world.retry(event).status is Status.COMPLETED


def test_plain_tcp_leaves_this_machine_only_where_somebody_says_so(world: World) -> None:
    """RELIABILITY (e) 13: nothing is connected before that is decided."""
    world.orders([order(1)])
    event = world.run(executor="dask://192.0.2.1:8786")

    said = message(event)
    assert said.startswith("dask://192.0.2.1:8786 is not this machine")
    assert "distributed.comm.tls.ca-file" in said
    assert "dask://192.0.2.1:8786?insecure=1" in said


def test_with_certificates_the_line_is_tls_and_who_has_none_is_turned_away(
    world: World, tmp_path: Path
) -> None:
    """RELIABILITY (e) 13: as Dask is configured; a client without a certificate gets nowhere."""
    import dask.config
    import distributed  # noqa: F401 - its defaults must stand before any is set

    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=cluster", "-keyout", key, "-out", cert),
        ],
        check=True,
        capture_output=True,
    )
    said = {f"{role}.key": key for role in ROLES} | {f"{role}.cert": cert for role in ROLES}
    tls = {name: str(path) for name, path in {**said, "ca-file": cert}.items()}
    environ = {f"{TLS_VARIABLES}{_variable(name)}": path for name, path in tls.items()}
    with Cluster(tmp_path / "dask", scheme="tls", environ=environ) as cluster:
        cluster.worker()
        orders(world, cluster, 20)
        with dask.config.set({f"distributed.comm.tls.{name}": tls[name] for name in tls}):
            event = world.run()
        stranger = world.run()

    assert (event.status, event.records.written) == (Status.COMPLETED, 20)
    assert message(stranger).startswith("no Dask scheduler answers at tcp://127.0.0.1")


ROLES = ("scheduler", "worker", "client")
TLS_VARIABLES = "DASK_DISTRIBUTED__COMM__TLS__"


def _variable(name: str) -> str:
    return name.replace(".", "__").replace("-", "_").upper()


@pytest.mark.parametrize("wrong", ["dask", "dask://", "dask://h:x", "dask://h?secure=0"])
def test_what_is_no_address_is_refused_in_words(world: World, wrong: str) -> None:
    world.orders([order(1)])
    with pytest.raises(Misused, match="is no executor; take one of threads"):
        world.run(executor=wrong)


DEADLY = """
import os


def act(record):
    if record.fields["id"] == 157:
        os._exit(1)
    return record
"""


def test_a_batch_that_kills_workers_twice_fails_alone(
    world: World, cluster: Cluster
) -> None:
    """T2: batches that travelled with it are sent again, and go through."""
    (world.links / "ours.py").write_text(DEADLY, encoding="utf-8")
    orders(world, cluster, 300, stages=[custom("act"), COLUMNS, EMAIL])

    event = world.run()

    assert event.ending is Ending.DONE
    assert (event.batches.completed, event.batches.failed) == (29, 1)
    assert [group.code for group in event.errors] == ["worker_died"]
    assert event.records.written == 290
    assert sorted({row["id"] for row in world.rows()} ^ set(range(1, 301))) == [
        *range(151, 161)
    ]


def test_a_cancel_ends_the_waits_of_all_workers(world: World, cluster: Cluster) -> None:
    """What is in flight finishes, the rest is not attempted; nobody sleeps a minute through."""
    slow = {
        "max_attempts": 3,
        "delay_ms": 600_000,
        "max_delay_ms": 600_000,
        "jitter": "none",
    }
    sound = Pages([order(n) for n in range(1, 301)])
    stuck = threading.Event()

    def failing(seen: Seen) -> Answer:
        if seen.query["page"] == "9":
            stuck.set()
            return Answered(503)
        return sound(seen)

    stop = Stop()

    def watch(glimpse: Glimpse) -> None:
        if stuck.is_set():
            stop.now("enough")

    with ScriptedServer(failing) as server:
        text = definition(source=pages(server.url), workers=cluster.url, retry=slow)
        world.link("orders", text)
        event = world.run(stop=stop, watch=watch)

    assert event.status is Status.CANCELLED
    assert event.batches.failed == 1
    assert [group.code for group in event.errors] == ["stopped"]


def killing(cluster: Cluster, process: int, *, at: int) -> Any:
    """A watch that kills a command of the cluster once so many batches are done."""
    done = threading.Event()

    def watch(glimpse: Glimpse) -> None:
        if glimpse.batches.completed >= at and not done.is_set():
            done.set()
            cluster.kill(process)

    return watch


def test_a_scheduler_that_goes_away_leaves_a_run_that_resumes(
    world: World, tmp_path: Path
) -> None:
    """X1: finished batches stay finished, the others run again, counts stay exact."""
    with Cluster(tmp_path / "one") as first:
        first.worker()
        port = first.port
        orders(world, first, 4000)
        with pytest.raises(LeftWaiting, match=r"^#1 waits where it is: the Dask scheduler"):
            world.run(watch=killing(first, first.scheduler.pid, at=30))
    left = world.event(1)
    assert left.status is Status.RUNNING
    assert 30 <= left.batches.completed < 400
    with Cluster(tmp_path / "two", port=port) as second:
        second.worker()
        event = world.engine.resume("1", actor="ana@test", stop=Stop(), watch=None)

    assert (event.status, event.batches.completed) == (Status.COMPLETED, 400)
    assert event.records.written == len(world.rows()) == 4000


def test_time_outs_and_blocked_records_are_mended_though_a_worker_is_killed(
    world: World, tmp_path: Path
) -> None:
    """C1-C4, X1: the vendor's story by a cluster, one worker killed half-way, all numbers exact."""
    shop = Shop(SPREAD)
    with ScriptedServer(shop) as server, a_cluster(tmp_path / "dask", 4) as cluster:
        victim = cluster.worker(threads=4)
        define(world, server.url, cluster, stages=[COLUMNS, EMAIL])
        first = world.run(watch=killing(cluster, victim, at=BATCHES // 2))
        received = RECORDS - TIMED_OUT * SIZE
        assert counts(first) == (
            *(BATCHES, BATCHES - TIMED_OUT, TIMED_OUT),
            *(received, 0, received - BLOCKED, BLOCKED),
        )
        cluster.worker(threads=4)
        define(world, server.url, cluster, stages=[COLUMNS])
        shop.hanging = frozenset(SPREAD[:AGAIN])
        second = world.retry(first, definition=Choice.CURRENT)
        fetched = (TIMED_OUT - AGAIN) * SIZE
        assert counts(second) == (
            *(TIMED_OUT + SLICES, TIMED_OUT + SLICES - AGAIN, AGAIN),
            *(fetched, BLOCKED, fetched + BLOCKED, 0),
        )
        shop.hanging = frozenset()
        third = world.retry(second)

    assert counts(third) == (AGAIN, AGAIN, 0, AGAIN * SIZE, 0, AGAIN * SIZE, 0)
    assert world.event(first).status is Status.COMPLETED
    assert world.event(first).recovered_by == third.id
    assert len(world.rows()) == RECORDS


def define(world: World, url: str, cluster: Cluster, *, stages: Any) -> None:
    """One try a page, and not long."""
    source = {
        **pages(url, timeout={"read": "1500ms"}, breaker={"pause": "100ms"}),
        "paginate": {"style": "page", "size": SIZE, "total": "meta.total"},
    }
    text = definition(
        source=source,
        stages=stages,
        batch_size=SIZE,
        retry={"max_attempts": 1},
        workers=cluster.url,
    )
    world.link("orders", text)


def test_nothing_of_dask_is_imported_unless_it_is_asked_for(tmp_path: Path) -> None:
    """A run on this machine knows nothing of clusters."""
    world = a_world(tmp_path)
    world.orders([order(n) for n in range(1, 11)])
    world.engine.close()
    said = subprocess.run(
        [
            sys.executable,
            "-X",
            "importtime",
            "-m",
            "console",
            "run",
            "orders",
            "--home",
            tmp_path,
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    imported = {line.rpartition("|")[2].strip() for line in said.stderr.splitlines()}
    assert "engine.operations.conduct" in imported
    assert not {name for name in imported if name.split(".")[0] in ("dask", "distributed")}


def message(event: SyncEvent) -> str:
    """What stopped it."""
    assert event.ending is Ending.STOPPED
    return event.errors[0].message
