"""Canaries planted wherever a secret enters; zero hits in all that is written, said or shown."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.console.piloting import opened, played
from tests.fuzz.leaks import Search, canary, echo
from tests.servers.scripted import ScriptedServer
from tests.stories.command_line import Answer, linkdeck
from tests.stories.definitions import AT_ONCE, COLUMNS, FILE, SQLITE, custom, definition
from tests.stories.push_world import a_door
from tests.stories.world import World, order

NAMES = (
    *(
        "bearer",
        "basic",
        "header",
        "param",
        "query",
        "target",
        "stage",
        "tap",
        "hook",
        "keyring",
    ),
    *("file", "push", "literal", "database"),
)
SECRETS = {name: canary(name) for name in NAMES}
# What stands in an address or a header is written there as it must be.
SECRETS |= {
    "query": "c4nary-query-1",
    "literal": "c4nary-literal-1",
    "database": "c4nary-base-1",
}
ENVIRON = {f"S_{name.upper()}": value for name, value in SECRETS.items()}

_AS_ENVIRON: Any = ENVIRON

STAGE = """
import os
def fails(record, context=None):
    secret = os.environ["S_STAGE"]
    raise RuntimeError("refused " + secret + " and again " + repr(secret))
"""
TAP = """
import json, pathlib, sys
config = json.loads(pathlib.Path(sys.argv[sys.argv.index("--config") + 1]).read_text())
sys.stderr.write("cannot log in with " + config["token"] + "\\n")
sys.stderr.write(json.dumps(config) + "\\n")
sys.exit(1)
"""
KEYRING = """
class errors:
    class KeyringError(Exception): pass
import os, sys
sys.modules["keyring.errors"] = errors
def get_password(service, user):
    return os.environ["S_KEYRING"]
"""


def _http(url: str, path: str, **more: Any) -> dict[str, Any]:
    return {"adapter": "http", "url": f"{url}/{path}", **more}


def _links(url: str, folder: Path) -> dict[str, dict[str, Any]]:
    bearer = {"auth": {"bearer": "${secret:S_BEARER}"}}
    alert = {
        "when": "failed_runs >= 0",
        "notify": [{"webhook": f"{url}/hook", "secret": "${secret:S_HOOK}"}],
    }
    return {
        "bearer": {"source": _http(url, "json", **bearer)},
        "plain": {"source": _http(url, "plain", **bearer)},
        "cut": {"source": _http(url, "cut", **bearer)},
        "away": {"source": _http(url, "away", **bearer)},
        "basic": {
            "source": _http(
                url,
                "json",
                auth={"basic": {"user": "ana", "password": "${secret:S_BASIC}"}},
            )
        },
        "header": {
            "source": _http(
                url,
                "plain",
                auth={"header": {"name": "X-Shop", "value": "${secret:S_HEADER}"}},
            )
        },
        "param": {"source": _http(url, "json", params={"api_key": "${secret:S_PARAM}"})},
        "query": {"source": _http(url, "plain?token=${secret:S_QUERY}")},
        "keyring": {"source": _http(url, "json", auth={"bearer": "${keyring:shop/ana}"})},
        "file": {"source": _http(url, "plain", headers={"X-Any": "${file:secret.txt}"})},
        "literal": {"source": _http(url, "json", auth={"bearer": SECRETS["literal"]})},
        "target": {
            "target": _http(url, "plain/{id}", headers={"X-Any": "${secret:S_TARGET}"}),
            "alerts": [alert],
        },
        "stage": {
            "stages": [custom("fails"), COLUMNS],
            "target": _http(url, "t/{id}", headers={"X-Any": "${secret:S_STAGE}"}),
        },
        "tap": {
            "source": {
                "adapter": "singer",
                "stream": "s",
                "command": f"{sys.executable} -I -S {folder / 'tap.py'}",
                "config": {"token": "${secret:S_TAP}"},
                "catalog": "catalog.json",
            }
        },
        "database": {
            "target": {
                **SQLITE,
                "url": "postgresql://ana:${secret:S_DATABASE}@127.0.0.1:1/x",
            }
        },
    }


@pytest.fixture
def planted(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A home whose Links use all of them."""
    links = world.links
    for name, text in (
        ("ours.py", STAGE),
        ("tap.py", TAP),
        (
            "catalog.json",
            '{"streams": [{"stream": "s", "tap_stream_id": "s", "schema": {}}]}',
        ),
    ):
        (links / name).write_text(text)
    (links / "secret.txt").write_text(SECRETS["file"] + "\n")
    (links / "secret.txt").chmod(0o600)
    beside = world.folder / "installed"
    beside.mkdir()
    (beside / "keyring.py").write_text(KEYRING)
    monkeypatch.syspath_prepend(str(beside))
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    world.orders([order(1), order(2)])
    return world


def _asked(world: World, search: Search, *words: str) -> Answer:
    answer = linkdeck(
        *words, home=world.folder, LINKDECK_PUSH_TOKEN=SECRETS["push"], **ENVIRON
    )
    search.text(" ".join(words), answer.out + answer.err)
    return answer


def _run_and_look(world: World, search: Search, names: list[str]) -> None:
    for name in names:
        assert _asked(world, search, "run", name, "--debug").code in {0, 3}
    count = json.loads(_asked(world, search, "events", "--json").out)["events"]
    assert len(count) == len(names)
    for number in range(1, len(count) + 1):
        event, place = str(number), str(world.folder / f"event{number}")
        _asked(world, search, "show", event)
        _asked(world, search, "failures", event, "--json")
        _asked(world, search, "plan", event)
        _asked(world, search, "retry", event, "--reason", "again", "--debug")
        form = ("csv", "ndjson")[number % 2]
        _asked(
            world, search, "export", event, "--format", form, "--output", f"{place}.{form}"
        )
        _asked(world, search, "evidence", event, "--output", f"{place}.json")
    for name in names[::4]:
        _asked(world, search, "check", name)
    for words in (
        ("links",),
        ("inbox",),
        ("audit",),
        ("alerts",),
        ("causes",),
        ("doctor",),
        ("validate",),
        ("record", "s1"),
        ("adapters",),
    ):
        _asked(world, search, *words)
        _asked(world, search, *words, "--json")
    wrong = (
        "events",
        "--store",
        f"postgresql://ana:{SECRETS['database']}@127.0.0.1:1/x",
        "--debug",
    )
    _asked(world, search, *wrong)


async def _screens(world: World, search: Search) -> None:
    async with opened(world.folder, size=(120, 40), **_AS_ENVIRON) as driver:
        await driver.sees("bearer")
        search.text("screen Links", driver.screen())
        for place in ("#1", "inbox", "audit", "links", "alerts", "causes"):
            await driver.press("colon")
            await driver.type(place)
            await driver.press("enter")
            await driver.pilot.pause(0.2)
            search.text(f"screen {place}", driver.screen())


def test_no_secret_is_written_said_or_shown_anywhere(planted: World) -> None:
    search = Search(SECRETS)
    with ScriptedServer(echo) as server:
        links = _links(server.url, planted.links)
        for name, said in links.items():
            keys = {
                "source": FILE,
                "target": SQLITE,
                "stages": [COLUMNS],
                "retry": AT_ONCE,
                **said,
            }
            planted.link(name, definition(**{**keys, "link": name}))
        (planted.links / "orders.yaml").unlink()
        _run_and_look(planted, search, list(links))
        assert any(
            SECRETS["bearer"] in seen.headers.get("authorization", "")
            for seen in server.seen
        )
    played(_screens(planted, search))

    spared = [planted.links / "secret.txt", planted.links / "literal.yaml"]
    looked = search.files(planted.folder, but=spared)
    assert looked > 40
    assert not search.hits, "\n".join(search.hits)


def test_no_token_of_a_push_link_is_written_or_said(world: World) -> None:
    """It is shown once, to who made it; the store holds its hash."""
    with a_door(world) as door:
        search = Search({"token": door.token, "push": SECRETS["push"]})
        event = door.accepted([{"id": 1, "email": "", "amount": 1}])
        door.runs(event)
        wrong = door.client.post(
            "/links/orders/records",
            content=b"[]",
            headers={
                "Authorization": f"Bearer {SECRETS['push'].encode('ascii', 'ignore').decode()}"
            },
        )
        assert wrong.status_code == 401
        for path in (
            "/metrics",
            "/health",
            "/openapi.json",
            f"/links/orders/events/{event}",
        ):
            search.text(path, door.client.get(path).text)
        search.text("401", wrong.text)
    for words in (("token", "list"), ("audit",), ("show", str(event)), ("links",)):
        for more in ((), ("--json",)):
            _asked(world, search, *words, *more)
    search.files(world.folder)
    assert not search.hits, "\n".join(search.hits)
