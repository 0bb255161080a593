"""Personal data hidden wherever a person looks, also in what stages and targets say of a record."""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import pytest

from console.places import To
from tests.console.piloting import opened, played
from tests.stories.command_line import Answer, linkdeck
from tests.stories.definitions import SQLITE, definition
from tests.stories.push_world import a_door, push_link
from tests.stories.world import World

PERSONAL = ("ana@@shop.example", "Ana Secret", "0170-5551", "Hidden Street 5")
PICKY = """
def picky(record, context=None):
    given = record.fields
    if given["id"] == 2:
        raise ValueError("cannot call " + given["name"] + " at " + given["phone"])
    return record
"""
COLUMNS = {
    "name": "to columns",
    "map": {
        "id": {"from": "id", "cast": "int"},
        "email": {"from": "customer.email", "do": ["strip"]},
        "name": "customer.name",
        "phone": "customer.phone",
        "address": "address",
        "note": "note",
    },
}
CHECK = {"name": "rules", "check": [{"field": "email", "rule": "email"}]}
PICK = {"name": "ours", "python": "ours:picky"}
MASKS = ["email", "*.email", "*.name", "name", "phone", "*.phone", "address"]


def _order(number: int, email: str = "ben@shop.example", **more: Any) -> dict[str, Any]:
    customer = {"email": email, "name": PERSONAL[1], "phone": PERSONAL[2]}
    street = {"street": PERSONAL[3]}
    return {"id": number, "customer": customer, "address": street, "note": "n", **more}


ORDERS = [_order(1, PERSONAL[0]), _order(2), _order(3), _order(4)]


@pytest.fixture
def ran(world: World) -> World:
    """#1, of four orders: one fails a check, one its python stage, one at the target."""
    (world.links / "ours.py").write_text(PICKY)
    (world.links / "orders.ndjson").write_text(
        "".join(json.dumps(o) + "\n" for o in ORDERS)
    )
    with closing(sqlite3.connect(world.links / "warehouse.db")) as connection:
        connection.executescript(
            "CREATE TABLE orders (id INTEGER PRIMARY KEY, email, name, phone, address, note);"
            "CREATE TRIGGER bar BEFORE INSERT ON orders WHEN NEW.id = 3 BEGIN"
            f" SELECT RAISE(ABORT, '{PERSONAL[1]} is barred'); END;"
        )
    _linked(world)
    assert _asked(world, "run", "orders").code == 3
    return world


def _linked(world: World, **more: Any) -> None:
    said: dict[str, Any] = {"stages": [COLUMNS, CHECK, PICK], "masks": MASKS, **more}
    world.link("orders", definition(**said))


def _asked(world: World, *words: str, **environ: str) -> Answer:
    answer = linkdeck(*words, home=world.folder, **environ)
    _hidden(" ".join(words), answer.out + answer.err)
    return answer


def _hidden(where: str, said: str) -> None:
    found = [each for each in PERSONAL if each in said]
    assert not found, f"{found} in {where}:\n{said}"


def _audited(world: World, action: str) -> list[Mapping[str, Any]]:
    rows = linkdeck("audit", "--json", home=world.folder).document()["rows"]
    return [row for row in rows if row["action"] == action]


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_nothing_that_tells_of_a_run_shows_personal_values(
    ran: World, more: tuple[str, ...]
) -> None:
    for words in (
        ("failures", "1"),
        ("inbox",),
        ("causes",),
        ("alerts",),
        ("audit",),
        ("explain", "orders"),
        ("plan", "1", "--items", "--simulate"),
        ("plan", "s1", "--items"),
        ("show", "1"),
        ("show", "1", "--batch", "1"),
        *(("record", f"s{n}", "--target") for n in (1, 2, 3)),
    ):
        assert _asked(ran, *words, *more).code == 0, words


def test_a_retry_and_a_run_that_is_stopped_say_nothing_personal(ran: World) -> None:
    """The ERROR line of `on_error: fail` names the cause, which quotes a value."""
    assert _asked(ran, "retry", "1", "--reason", "again", "--debug").code == 3
    _linked(ran, on_error="fail")
    stopped = _asked(ran, "run", "orders", "--full", "--debug")

    assert stopped.code == 3
    assert "ERROR orders" in stopped.err
    assert _asked(ran, "show", "3", "--json").document()["errors"]


def test_evidence_and_masked_exports_hold_none(ran: World) -> None:
    evidence = ran.folder / "evidence.json"
    _asked(ran, "evidence", "1", "--output", str(evidence))
    _hidden("evidence", evidence.read_text("utf-8"))
    for form in ("csv", "ndjson"):
        file = ran.folder / f"export.{form}"
        _asked(ran, "export", "1", "--mask", "--format", form, "--output", str(file))
        _hidden(form, file.read_text("utf-8"))


def test_an_edit_shows_and_says_nothing_personal(ran: World) -> None:
    """What is tried is hidden as what is kept: also where it would fail again."""
    tried = _asked(ran, "edit", "s1", "--set", "note=x", "--dry-run", "--json")
    again = _asked(ran, "edit", "s1", "--set", "note=x", "--reason", "why")
    picked = _asked(ran, "edit", "s2", "--set", "note=x", "--reason", "why")
    kept = _asked(
        ran, "edit", "s1", "--set", "customer.email=a@b.example", "--reason", "asked"
    )

    assert (tried.code, again.code, picked.code, kept.code) == (3, 3, 3, 0)
    assert "would fail again" in again.err
    assert "cannot call" in picked.err
    edit = _audited(ran, "edit")[0]
    assert "a@b.example" not in json.dumps(edit)
    assert "a@b.example" not in _asked(ran, "record", "s1", "--json").out


def test_the_mask_is_never_taken_for_the_value(ran: World) -> None:
    """Who changes the document that `record --json` shows would send asterisks."""
    shown = _asked(ran, "record", "s1", "--json").document()["before"]
    shown["note"] = "changed"
    whole = in_a_process_with(ran, json.dumps(shown), "edit", "s1", "--stdin", "--dry-run")
    one = _asked(ran, "edit", "s1", "--set", "customer.email=***", "--reason", "why")
    kept = _asked(ran, "edit", "s3", "--set", "note=***", "--reason", "no mask names it")

    for said in (whole, one):
        assert said.code == 2, said
        assert "hidden by a mask" in said.err
    assert kept.code == 0, kept


def in_a_process_with(world: World, given: str, *words: str) -> Answer:
    """A command with this on its standard input."""
    import subprocess
    import sys

    from tests.stories.command_line import ROOT, environment

    done = subprocess.run(
        [sys.executable, "-m", "console", *words],
        input=given.encode(),
        capture_output=True,
        check=False,
        cwd=ROOT,
        env=environment(world.folder, {}),
    )
    answer = Answer(done.returncode, done.stdout.decode(), done.stderr.decode())
    _hidden(" ".join(words), answer.out + answer.err)
    return answer


def test_each_reveal_is_audited_and_shows_it_all(ran: World) -> None:
    for number, reason in (("1", "caller asks"), ("1", "asks again"), ("2", "another")):
        words = ("record", f"s{number}", "--reveal", "--reason", reason, "--json")
        said = linkdeck(*words, home=ran.folder).out
        assert PERSONAL[1] in said

    told = [(row["subject"], row["reason"]) for row in reversed(_audited(ran, "reveal"))]
    assert told == [("s1", "caller asks"), ("s1", "asks again"), ("s2", "another")]


def test_the_listener_and_its_metrics_tell_nothing_personal(world: World) -> None:
    """A sender knows what it sent; who asks for the Sync Event, or scrapes, need not."""
    (world.links / "ours.py").write_text(PICKY)
    text = push_link(stages=(COLUMNS, CHECK, PICK), masks=MASKS, target=SQLITE)
    with a_door(world, text) as door:
        event = door.accepted(ORDERS)
        door.runs(event)
        for path in ("/metrics", f"/links/orders/events/{event}"):
            _hidden(path, door.client.get(path).text)


def test_no_screen_and_no_copy_holds_what_is_hidden(ran: World) -> None:
    places = (
        (To("failures", event=1), "ours"),
        (To("record", event=1, snapshot=1), "s1"),
        (To("record", event=1, snapshot=2), "s2"),
        (To("record", event=1, snapshot=3), "s3"),
        (To("edit", event=1, snapshot=1), "WILL BE"),
        (To("retry", event=1), "to go"),
        (To("summary", event=1), "failed"),
        (To("inbox"), "ours"),
        (To("causes"), "ours"),
        (To("audit"), "run"),
    )
    for place, there in places:
        played(_seen(ran, place, there))


async def _seen(world: World, place: To, there: str) -> None:
    async with opened(world.folder, size=(150, 50), first=place) as driver:
        copied: list[str] = []
        driver.app.copy_to_clipboard = copied.append  # type: ignore[method-assign,assignment]
        await driver.sees(there)
        for keys in (("y",), ("t",), ("tab",), ("down", "y"), ("G", "y"), ("enter",)):
            await driver.press(*keys)
            await driver.pilot.pause(0.1)
            _hidden(f"screen {place}", driver.screen())
        _hidden(f"copies of {place}", "\n".join(copied))
        if place.place == "record":
            assert copied
