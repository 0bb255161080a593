"""The README's chapter about push Links goes as it is printed."""

import json
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.observing import until
from tests.service.engines import AnEngine, end_all
from tests.stories.command_line import linkdeck
from tests.stories.test_readme import chapter
from tests.stories.world import World, a_world

PRINTED = chapter("The service").split("\n### Push\n")[1].split("\n### ")[0]
PORT = "127.0.0.1:8377"


def blocks(language: str) -> list[str]:
    """What is printed in this language."""
    return re.findall(rf"```{language}\n(.*?)```", PRINTED, re.DOTALL)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = a_world(tmp_path)
    yield made
    made.engine.close()
    end_all(tmp_path)


def test_push_goes_as_it_is_printed(world: World) -> None:
    """Definition, token, both deliveries and what is shown of them."""
    (definition,) = blocks("yaml")
    setup, calls = blocks("sh")
    world.link("signups", definition)
    assert linkdeck("validate", home=world.folder).code == 0
    assert "linkdeck token create signups --name website --json" in setup
    words = ("token", "create", "signups", "--name", "website", "--json")
    token = linkdeck(*words, home=world.folder).document()["token"]
    assert f"linkdeck engine --listen {PORT} &" in setup
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    engine = AnEngine(world.folder, "--listen", address).ready()

    said = [_called(line, address, token) for line in calls.splitlines() if line[:1] != "#"]

    printed = [json.loads(line[1:]) for line in calls.splitlines() if line[:1] == "#"]
    assert [_evened(each) for each in said[:2]] == [_evened(each) for each in printed]
    assert (said[2]["link"], said[2]["kind"]) == ("signups", "push")
    until(lambda: len(world.rows("contacts", "contacts.db")) == 2)
    rows = world.rows("contacts", "contacts.db")
    assert {row["email"] for row in rows} == {"ana@example.com", "bo@example.com"}
    assert engine.term() == 0


def _called(line: str, address: str, token: str) -> Any:
    command = line.replace(PORT, address)
    answer = subprocess.run(
        ["bash", "-c", command],
        env={"TOKEN": token, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=True,
        timeout=60,
    )
    return json.loads(answer.stdout)


def _evened(said: Any) -> str:
    """Without the number of the Sync Event: a second of quiet may lie between two calls."""
    return re.sub(r'(events/|"event": )\d+', r"\1N", json.dumps(said))
