"""The same canaries where a run is elsewhere: on a cluster, in an engine, in backups, alerts."""

import json
import tarfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.faults.observing import until
from tests.fuzz.leaks import Search, echo
from tests.fuzz.test_secrets import ENVIRON, SECRETS, planted
from tests.servers.cluster import a_cluster
from tests.servers.recording_proxy import RecordingProxy
from tests.servers.scripted import Answer, Json, ScriptedServer, Seen
from tests.service.engines import AnEngine, end_all
from tests.stories.command_line import in_a_process, linkdeck
from tests.stories.definitions import AT_ONCE, COLUMNS, FILE, SQLITE, custom, definition
from tests.stories.world import World

__all__ = ["planted"]

BROKEN = """
import os
raise RuntimeError("cannot begin with " + os.environ["S_STAGE"])
def any(record, context=None): return record
"""
KEY = "${secret:S_QUERY}"
SHOP = f"/orders/{KEY}"
WHO = {"auth": {"bearer": "${secret:S_BEARER}"}}


@pytest.fixture(autouse=True)
def no_engine_is_left(tmp_path: Path) -> Iterator[None]:
    yield
    end_all(tmp_path)


def _links(url: str) -> dict[str, dict[str, Any]]:
    """Secrets that a worker needs: in headers, addresses, files, code, and a password."""
    http = {"adapter": "http"}
    named = {**http, "url": f"{url}/t/{{id}}", "headers": {"X-Any": "${secret:S_STAGE}"}}
    return {
        "bearer": {"source": {**http, "url": f"{url}{SHOP}", **WHO}},
        "plain": {"source": {**http, "url": f"{url}/plain{SHOP}", **WHO}},
        "file": {
            "source": {
                **http,
                "url": f"{url}/plain",
                "headers": {"X": "${file:secret.txt}"},
            }
        },
        "target": {
            "target": {
                **http,
                "url": f"{url}/plain/{{id}}",
                "headers": {"X-Any": "${secret:S_TARGET}"},
            }
        },
        "stage": {"stages": [custom("fails"), COLUMNS], "target": named},
        "broken": {"stages": [{"python": "broken:any"}, COLUMNS], "target": named},
        "database": {
            "target": {
                **SQLITE,
                "url": "postgresql://ana:${secret:S_DATABASE}@127.0.0.1:1/x",
            }
        },
    }


def _written(world: World, links: dict[str, dict[str, Any]]) -> None:
    (world.links / "broken.py").write_text(BROKEN)
    for name, said in links.items():
        plain = {"source": FILE, "target": SQLITE, "stages": [COLUMNS], "retry": AT_ONCE}
        world.link(name, definition(**{**plain, **said, "link": name}))
    (world.links / "orders.yaml").unlink(missing_ok=True)


def _asked(world: World, search: Search, *words: str) -> str:
    answer = linkdeck(*words, home=world.folder, **ENVIRON)
    assert answer.code in {0, 1, 3}, answer
    search.text(" ".join(words), answer.out + answer.err)
    return answer.out


def _looked_at(world: World, search: Search, events: int) -> None:
    """Whatever can be asked of these Sync Events, and every file there is."""
    for number in map(str, range(1, events + 1)):
        for command in ("show", "failures", "plan"):
            _asked(world, search, command, number, "--json")
        _asked(world, search, "evidence", number, "--output", f"{world.folder}/e{number}")
    for words in (
        ("events",),
        ("inbox",),
        ("audit",),
        ("alerts",),
        ("causes",),
        ("doctor",),
    ):
        _asked(world, search, *words)
        _asked(world, search, *words, "--json")
    assert search.files(world.folder, but=[world.links / "secret.txt"]) > 10
    assert not search.hits, "\n".join(search.hits)


def test_no_secret_is_left_with_a_cluster_nor_travels_to_it(planted: World) -> None:
    """RELIABILITY (e) 13: workers have secrets of their own; logs of either say none."""
    search, folder = Search(SECRETS), planted.folder / "cluster"
    with (
        ScriptedServer(echo) as server,
        a_cluster(folder, 1, PYTHONPATH=str(planted.links), **ENVIRON) as cluster,
        RecordingProxy(cluster.port) as proxy,
    ):
        links = _links(server.url)
        _written(planted, links)
        for name in links:
            at = f"dask://127.0.0.1:{proxy.port}"
            answer = in_a_process(
                "run", name, "--executor", at, "--debug", home=planted.folder, **ENVIRON
            )
            assert answer.code in {0, 3}, answer
            search.text(f"run {name}", answer.out + answer.err)
        search.text("what went to the cluster", proxy.sent.decode("latin-1"))
        asked = [seen.headers.get("authorization", "") for seen in server.seen]

    assert any(SECRETS["bearer"] in each for each in asked)
    _looked_at(planted, search, len(links))


class Holding:
    """A server that answers nobody until it is told to; then as `echo` does."""

    def __init__(self) -> None:
        self.met, self.go = threading.Event(), threading.Event()

    def __call__(self, seen: Seen) -> Answer:
        self.met.set()
        assert self.go.wait(60)
        return echo(seen)


def _arguments() -> dict[int, str]:
    """The command lines of everything that runs here, which are there for all to read."""
    found = {}
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess):
            found[process.pid] = "\0".join(process.cmdline())
    return found


def test_no_secret_is_in_arguments_or_logs_of_what_is_detached(planted: World) -> None:
    search, shop = Search(SECRETS), Holding()
    environ = {**ENVIRON, "LINKDECK_IDLE_EXIT": "1"}
    with ScriptedServer(shop) as server:
        links = _links(server.url)
        _written(planted, links)
        for name in links:
            words = ("run", name, "--detach")
            answer = linkdeck(*words, home=planted.folder, **environ)
            assert answer.code == 0, answer
            search.text(" ".join(words), answer.out + answer.err)
        assert shop.met.wait(60)
        for pid, said in _arguments().items():
            search.text(f"arguments of {pid}", said)
        shop.go.set()
        until(lambda: _over(planted) == len(links))
        end_all(planted.folder)

    logs = list(planted.folder.rglob("engine.log"))
    assert logs
    _looked_at(planted, search, len(links))


def _over(world: World) -> int:
    said = linkdeck("events", "--json", home=world.folder, **ENVIRON).document()
    return sum(each["status"] not in {"queued", "running"} for each in said["events"])


def _hook(seen: Seen) -> Answer:
    return Json({}) if "/good/" in seen.path else echo(seen)


def test_no_secret_of_a_webhook_is_left_where_it_was_sent_from(planted: World) -> None:
    """In its address and what signs it; one hook takes the message, one repeats all it is told."""
    search, socket = Search(SECRETS), planted.folder / "s"
    with ScriptedServer(_hook) as server:
        ways = [
            # Each by another name, for one that failed is left alone for a while.
            {
                "webhook": f"{server.url.replace('127.0.0.1', host)}/{path}/{KEY}",
                "secret": "${secret:S_HOOK}",
            }
            for host, path in (
                ("127.0.0.1", "good"),
                ("localhost", "plain"),
                ("127.1", "away"),
            )
        ]
        rule = {"when": "failed_runs >= 1", "window": "1h", "notify": [*ways, "log"]}
        stage = _links(server.url)["stage"]
        _written(planted, {"stage": {**stage, "alerts": [rule]}})
        _asked(planted, search, "run", "stage", "--debug")
        engine = AnEngine(planted.folder, "--listen", f"unix:{socket}", **ENVIRON).ready()
        until(lambda: _sent(server) >= {"/good/", "/plain/", "/away/"})
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(socket))) as client:
            for path in ("/metrics", "/health", "/ready"):
                search.text(path, client.get(f"http://engine{path}").text)
        _asked(planted, search, "alerts", "--json")
        assert engine.term() == 0
        signed = [seen.headers.get("webhook-signature") for seen in server.seen]

    assert all(signed)
    assert any(SECRETS["query"] in seen.target for seen in server.seen)
    acts = json.loads(_asked(planted, search, "audit", "--json"))["rows"]
    assert "notified" in {row["action"] for row in acts}
    _looked_at(planted, search, 1)


def _sent(server: ScriptedServer) -> set[str]:
    return {f"/{seen.path.split('/')[1]}/" for seen in server.seen}


def _unpacked(path: Path, folder: Path) -> None:
    """Every file of an archive, side by side."""
    folder.mkdir()
    with tarfile.open(path) as archive:
        for member in archive.getmembers():
            file = archive.extractfile(member)
            if file is not None:
                (folder / Path(member.name).name).write_bytes(file.read())


def test_no_secret_is_in_a_backup_nor_in_what_a_restore_leaves(planted: World) -> None:
    search, home = Search(SECRETS), planted.folder
    with ScriptedServer(echo) as server:
        links = _links(server.url)
        _written(planted, links)
        for name in links:
            _asked(planted, search, "run", name, "--debug")
    _asked(planted, search, "backup", str(home / "monday.tar"))
    _unpacked(home / "monday.tar", home / "unpacked")
    _asked(planted, search, "restore", str(home / "monday.tar"), "--check", "--json")
    _asked(planted, search, "restore", str(home / "monday.tar"), "--reason", "a try")
    _asked(planted, search, "doctor", "--fix")

    assert list(home.glob("before-restore-*/linkdeck.db"))
    _looked_at(planted, search, len(links))
