"""The audit: every act with who and why, chained, and proved from the front door (P7)."""

import sqlite3
from contextlib import closing

import pytest

from engine.domain.errors import Refused
from engine.domain.inbox import AuditSeen
from engine.domain.requests import Selection
from engine.domain.retry_plan import Choice
from tests.stories.command_line import linkdeck
from tests.stories.definitions import COLUMNS, both_stores, definition
from tests.stories.world import World, order

ORDERS = [order(n, email="" if n in {2, 5} else f"o{n}@x.de") for n in range(1, 7)]


def acts(world: World) -> list[tuple[str, str]]:
    """What was done to what, in order."""
    rows = world.engine.audit_rows(limit=100).items
    return [(row.action, row.subject) for row in reversed(rows)]


def last(world: World) -> AuditSeen:
    return world.engine.audit_rows(limit=1).items[0]


def tampered(world: World, statement: str) -> None:
    with closing(sqlite3.connect(world.folder / "linkdeck.db")) as connection:
        for guard in ("update", "delete"):
            connection.execute(f"DROP TRIGGER IF EXISTS audit_keeps_from_{guard}")
        connection.execute(statement)
        connection.commit()


@both_stores
def test_runs_definitions_retries_and_what_they_recovered_are_told(world: World) -> None:
    world.orders(ORDERS)
    first = world.run(reason="nightly")
    run = last(world)
    world.run(test=True)
    world.link("orders", definition(stages=[COLUMNS]))
    world.run(test=True)
    world.retry(first, definition=Choice.CURRENT)

    assert run.actor == "ana@test"
    assert run.reason == "nightly"
    assert run.detail == {"definition": first.definition, "kind": "sync", "link": "orders"}
    assert acts(world) == [
        ("run", "#1"),
        ("run", "#2"),
        ("definition", "orders"),
        ("run", "#3"),
        ("plan", "#1"),
        ("retry", "#4"),
        ("recovered", "#1"),
    ]
    recovered = last(world)
    assert recovered.detail is not None
    assert (recovered.actor, recovered.detail["by"]) == ("ana@test", 4)
    assert world.engine.verify_audit().holds


@both_stores
def test_what_a_later_run_superseded_is_told(world: World) -> None:
    """I4."""
    world.orders(ORDERS)
    world.run()
    world.orders([order(n) for n in range(1, 7)])

    world.run()

    assert acts(world)[-1] == ("superseded", "#1")
    detail = last(world).detail
    assert detail is not None
    assert (detail["by"], detail["status"]) == (2, "completed")


def test_a_run_that_was_refused_leaves_no_row(world: World) -> None:
    world.orders(ORDERS)
    world.engine.set_enabled("orders", enabled=False, reason="stop", actor="ana")

    with pytest.raises(Refused):
        world.run()

    assert acts(world) == [("disable", "orders")]


@both_stores
def test_rows_are_paged_and_found_by_actor_and_subject(world: World) -> None:
    world.orders(ORDERS)
    world.run()
    world.engine.discard(["s1"], reason="x", actor="ben@desk")
    world.engine.discard(["1"], Selection(keys=("5",)), reason="y", actor="eva@desk")

    page = world.engine.audit_rows(limit=2)
    rest = world.engine.audit_rows(limit=2, after=page.next)

    assert [row.seq for row in (*page.items, *rest.items)] == [3, 2, 1]
    assert rest.next is None
    by_ben = world.engine.audit_rows(actor="ben").items
    assert [row.actor for row in by_ben] == ["ben@desk"]
    assert world.engine.audit_rows(actor="be").items == ()
    assert [row.reason for row in world.engine.audit_rows(subject="s1").items] == ["x"]
    assert len(world.engine.audit_rows(subject="#1").items) == 2


@pytest.mark.parametrize(
    ("statement", "bad"),
    [
        ("UPDATE audit SET actor = 'nobody' WHERE seq = 2", 2),
        ("DELETE FROM audit WHERE seq = 1", 1),
        ("DELETE FROM audit WHERE seq = 3", 3),
    ],
)
def test_the_first_row_that_does_not_hold_is_named(
    world: World, statement: str, bad: int
) -> None:
    """A tail that was cut off, too."""
    world.orders(ORDERS)
    world.run()
    world.engine.discard(["s1"], reason="x", actor="ben@desk")
    world.engine.discard(["s2"], reason="y", actor="ben@desk")
    assert linkdeck("audit", "--verify", home=world.folder).code == 0
    world.engine.close()

    tampered(world, statement)

    answer = linkdeck("audit", "--verify", "--json", home=world.folder)
    assert (answer.code, answer.document()["bad"]) == (3, bad)
    drawn = linkdeck("audit", "--verify", home=world.folder)
    assert f"row {bad} does not hold" in drawn.out


def test_rows_that_retention_sealed_and_took_away_are_not_missed(world: World) -> None:
    """What is left still verifies, and nothing else may be missing."""
    world.orders(ORDERS)
    world.run()
    for name in ("s1", "s2"):
        world.engine.discard([name], reason="x", actor="ben@desk")
    desk = world.engine._context.store.desk
    desk.checkpoint(2, actor="retention", reason="older than 180d")
    world.engine.close()

    tampered(world, "DELETE FROM audit WHERE seq <= 2")
    holds = linkdeck("audit", "--verify", home=world.folder)
    tampered(world, "DELETE FROM audit WHERE seq <= 3")
    too_much = linkdeck("audit", "--verify", "--json", home=world.folder)

    assert holds.code == 0
    assert (too_much.code, too_much.document()["bad"]) == (3, 1)


def test_a_checkpoint_nobody_sealed_vouches_for_nothing(world: World) -> None:
    world.orders(ORDERS)
    world.run()
    world.engine.discard(["s1"], reason="x", actor="ben@desk")
    [row] = world.engine.audit_rows(subject="#1").items
    world.engine._context.store.audit(
        actor="eve",
        action="checkpoint",
        subject="audit",
        reason="hush",
        detail={"through": 1, "hash": row.hash, "seal": "0" * 64},
    )
    world.engine.close()

    tampered(world, "DELETE FROM audit WHERE seq = 1")

    assert linkdeck("audit", "--verify", home=world.folder).code == 3


def test_the_command_line_lists_the_audit(world: World) -> None:
    world.orders(ORDERS)
    world.run()
    world.engine.discard(["s1"], reason="a test order", actor="ben@desk")
    home = world.folder

    drawn = linkdeck("audit", home=home).out
    assert "ben@desk" in drawn
    assert "a test order" in drawn
    rows = linkdeck("audit", "--json", "--actor", "ben", home=home).document()
    keys = ["seq", "at", "actor", "action", "subject", "reason", "detail", "hash"]
    assert [list(row) for row in rows["rows"]] == [keys]
    assert rows["next"] is None
    assert linkdeck("audit", "--verify", "--actor", "ben", home=home).code == 2


def test_the_actor_says_where_a_session_came_from(world: World) -> None:
    """P7: user, host, SSH origin."""
    world.orders(ORDERS)
    world.run()

    linkdeck(
        "discard", "s1", "--reason", "x", home=world.folder,
        SSH_CONNECTION="203.0.113.9 4711 10.0.0.1 22",
    )  # fmt: skip

    assert last(world).actor.endswith(" from 203.0.113.9")
