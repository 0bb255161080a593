"""What a Sync Event ran with is kept, and nothing that is edited meanwhile touches it (D1)."""

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine import worker
from engine.domain.delta import Window
from engine.domain.errors import Refused
from engine.domain.outcome import Status
from engine.domain.requests import Stop
from engine.domain.sync_event import Kind, SyncEvent
from engine.engine import Engine
from engine.operations import definitions
from engine.settings import Settings
from engine.store.events import NewEvent, Owner
from tests.servers.scripted import Answer, ScriptedServer, Seen
from tests.servers.systems import Pages
from tests.stories.definitions import COLUMNS, both_stores, custom, definition, pages
from tests.stories.world import World, assert_identity, order


def at_page(
    page: str, act: Callable[[], object], source: Pages
) -> Callable[[Seen], Answer]:
    """A source that acts when this page is asked for."""

    def script(seen: Seen) -> Answer:
        if seen.query.get("page") == page:
            act()
        return source(seen)

    return script


def marked(text: str) -> dict[str, Any]:
    """The columns, with this text for every email."""
    made = COLUMNS["map"]
    assert isinstance(made, dict)
    return {**COLUMNS, "map": {**made, "email": {"constant": text}}}


def stored(world: World, event: SyncEvent) -> str:
    """The text of the definition the Sync Event ran with."""
    return world.engine._context.store.plan_of(event.id).text


@both_stores
def test_a_file_edited_during_a_run_does_not_touch_that_run(world: World) -> None:
    """D1."""
    source = Pages([order(n) for n in range(1, 51)])
    with ScriptedServer(at_page("2", lambda: tell("after"), source)) as server:

        def tell(text: str) -> None:
            world.link(
                "orders", definition(source=pages(server.url), stages=[marked(text)])
            )

        tell("before")
        first = world.run()
        assert {row["email"] for row in world.rows()} == {"before"}
        second = world.run()

    assert {row["email"] for row in world.rows()} == {"after"}
    assert first.definition != second.definition
    assert "before" in stored(world, first)
    assert "after" in stored(world, second)


@pytest.mark.parametrize("page", ["1", "2"])
def test_code_edited_during_a_run_does_not_touch_that_run(world: World, page: str) -> None:
    """D1: the hash of its python modules belongs to the definition."""

    def tell(text: str) -> None:
        code = f"def act(record):\n    return record.with_fields(email={text!r})\n"
        (world.links / "ours.py").write_text(code, encoding="utf-8")

    tell("before")
    source = Pages([order(n) for n in range(1, 51)])
    with ScriptedServer(at_page(page, lambda: tell("after"), source)) as server:
        text = definition(
            source=pages(server.url), stages=[custom("act"), COLUMNS], workers="threads"
        )
        world.link("orders", text)
        first = world.run()
        emails = {row["email"] for row in world.rows()}
        second = world.run()

    assert first.status is Status.COMPLETED
    assert emails == {"before"}
    assert {row["email"] for row in world.rows()} == {"after"}
    assert first.definition != second.definition


def test_the_hash_is_of_what_counts(world: World) -> None:
    """D1: comments do not; defaults that are inherited do."""
    world.orders([order(1)])
    said = definition(batch_size=None)
    hashes = []
    for text in (said, f"# by ana\n{said}"):
        world.link("orders", text)
        hashes.append(world.run().definition)
    (world.links / "defaults.yaml").write_text("batch_size: 7\n", encoding="utf-8")
    hashes.append(world.run().definition)

    assert hashes[0] == hashes[1]
    assert hashes[2] != hashes[0]


def test_variables_are_stored_unexpanded_and_secrets_never(world: World) -> None:
    """D1."""
    (world.links / "token").write_text("s3cr3t-token", encoding="utf-8")
    (world.links / "token").chmod(0o600)
    with ScriptedServer(Pages([order(1)])) as server:
        source = pages("${SHOP_URL}", auth={"bearer": "${file:token}"})
        world.link("orders", definition(source=source))
        home = str(world.folder)
        settings = Settings.resolve(
            home, None, None, {"HOME": home, "SHOP_URL": server.url}
        )
        with Engine(settings) as engine:
            world.engine, own = engine, world.engine
            event = world.run()
            text = stored(world, event)
            world.engine = own

    assert event.status is Status.COMPLETED
    assert "${SHOP_URL}" in text
    assert server.url not in text
    assert "${file:token}" in text
    assert "s3cr3t-token" not in text


def interrupted(world: World) -> None:
    """A Sync Event whose process is gone before it planned anything."""
    context = world.engine._context
    found = definitions.load(context, "orders")
    new = NewEvent(
        link="orders",
        kind=Kind.SYNC,
        definition=found,
        actor="ana@test",
        reason=None,
        options={},
        window=Window(),
        queued_at=worker.clock(),
    )
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    context.store.open_event(new, Owner(socket.gethostname(), gone.pid, 1.0, "ana@test"))


@both_stores
def test_a_resume_uses_what_is_stored(world: World) -> None:
    """D1."""
    world.orders([order(n) for n in range(1, 16)])
    world.link("orders", definition(stages=[marked("before")]))
    interrupted(world)
    world.link("orders", definition(stages=[marked("after")]))

    event = world.engine.resume("#1", actor="ben@test", stop=Stop())

    assert_identity(event)
    assert event.status is Status.COMPLETED
    assert event.interrupted
    assert {row["email"] for row in world.rows()} == {"before"}


def test_a_run_asked_for_again_is_the_interrupted_one_resumed(world: World) -> None:
    """X1, contract: asked for with the same options, it is the run."""
    world.orders([order(n) for n in range(1, 16)])
    interrupted(world)

    event = world.run()

    assert event.id == 1
    assert event.records.written == 15


def test_a_run_asked_for_with_other_options_follows_the_interrupted_one(
    world: World,
) -> None:
    """Contract."""
    world.orders([order(n) for n in range(1, 16)])
    interrupted(world)

    event = world.run(test=True)

    assert event.id == 2
    assert world.engine.event("1").status is Status.COMPLETED


@pytest.mark.parametrize("changed", [True, False], ids=["changed", "gone"])
def test_as_run_is_refused_in_words_where_its_code_is_gone(
    world: World, *, changed: bool
) -> None:
    """D1."""
    code = Path(world.links / "ours.py")
    code.write_text("def act(record):\n    return record\n", encoding="utf-8")
    world.orders([order(1)])
    world.link("orders", definition(stages=[custom("act"), COLUMNS], workers="threads"))
    interrupted(world)
    if changed:
        code.write_text("def act(record):\n    return None\n", encoding="utf-8")
    else:
        code.unlink()

    with pytest.raises(Refused, match="ours"):
        world.engine.resume("1", actor="ana@test", stop=Stop())


def test_an_interrupted_run_can_be_cancelled_and_leaves_the_link_free(world: World) -> None:
    """C5, contract: a cancel of a run whose owner is dead ends it."""
    world.orders([order(n) for n in range(1, 16)])
    interrupted(world)

    ended = world.engine.cancel("1", reason="machine went down", actor="ben@test")

    assert ended.status is Status.CANCELLED
    assert_identity(ended)
    assert world.run().id == 2
