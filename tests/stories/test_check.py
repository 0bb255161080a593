"""`check`: source and target tried, each answer a sentence, nothing written anywhere."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from engine.domain.checkup import LinkChecks
from engine.domain.errors import Refused
from tests.databases import Postgres
from tests.servers.scripted import Answer, Json, ScriptedServer, Seen, Status
from tests.servers.systems import Pages, Shelf
from tests.stories.command_line import linkdeck
from tests.stories.definitions import COLUMNS, definition, pages
from tests.stories.world import World, order

DAY = "2026-01-02T03:04:05Z"
TABLE = "CREATE TABLE orders (id INTEGER PRIMARY KEY, email TEXT, amount INTEGER)"


def said(checks: LinkChecks) -> dict[str, str]:
    """By name, what was seen; a thing that is wrong begins with a cross."""
    return {c.name: c.message if c.ok else f"✗ {c.message}" for c in checks.checks}


def checked(world: World, **more: Any) -> LinkChecks:
    """The orders' Link, checked; what `more` says is different about it."""
    world.link("orders", definition(**more))
    return world.engine.check("orders")


def database(folder: Path, *statements: str) -> Path:
    """A warehouse in which these statements were run."""
    path = folder / "links" / "warehouse.db"
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()
    return path


def files(folder: Path) -> dict[str, bytes]:
    """Everything beside the definitions."""
    return {each.name: each.read_bytes() for each in (folder / "links").iterdir()}


def test_a_link_that_can_run_is_told_so_and_nothing_is_written(world: World) -> None:
    records = [order(1, updated=DAY), order(2, email="", updated=DAY)]
    database(world.folder, TABLE)
    with ScriptedServer(Pages(records)) as server:
        world.link("orders", definition(source=pages(server.url, changed_since="since")))
        before = files(world.folder)

        checks = world.engine.check("orders")

        assert {seen.method for seen in server.seen} == {"GET"}
    assert "127.0.0.1" in said(checks)["source reachable"]
    assert checks.ok
    assert files(world.folder) == before
    seen = said(checks)
    assert seen["first page"] == (
        "read 2 records: 1 would be written, 0 ignored, 1 would fail (email is blank)"
    )
    assert seen["change filter"].endswith("the source gives none: the filter is heeded")
    assert seen["target columns"] == "it has id, email and amount"
    assert seen["target key"] == "id is unique in it"
    assert (
        seen["target lookup"] == "asked for the record 1, the target does not hold it yet"
    )


def test_a_source_that_ignores_the_filter_is_found_out(world: World) -> None:
    records = [order(1, updated=DAY), order(2, updated=DAY)]
    with ScriptedServer(Pages(records, since="modified_after")) as server:
        checks = checked(world, source=pages(server.url, changed_since="since"))

    assert not checks.ok
    assert "still gives 2: it does not heed" in said(checks)["change filter"]


@pytest.mark.parametrize("there", [True, False])
def test_a_source_that_can_be_asked_for_a_record_is_asked_for_one_it_gave(
    world: World, *, there: bool
) -> None:
    records = [order(1), order(2)]
    listed = Pages(records)

    def shop(seen: Seen) -> Answer:
        if seen.path == "/orders":
            return listed(seen)
        return Json(records[0]) if there else Status(404)

    with ScriptedServer(shop) as server:
        source = pages(server.url, lookup={"url": f"{server.url}/orders/{{id}}"})
        checks = checked(world, source=source)

    assert checks.ok == there
    assert "asked for the record 1, the source " in said(checks)["source lookup"]


def test_refused_credentials_are_told_from_a_system_that_is_down(world: World) -> None:
    with ScriptedServer(lambda _: Status(401)) as server:
        shut_out = said(checked(world, source=pages(server.url)))
    # Closed by now: nobody listens there.
    down = said(checked(world, source=pages(server.url)))

    assert shut_out["source reachable"] == "the source answers"
    assert "✗" in shut_out["source authorised"]
    assert "check the credentials under auth" in shut_out["source authorised"]
    assert "✗" in down["source reachable"]
    assert "source authorised" not in down


def test_a_check_asks_once_where_a_run_would_try_again(world: World) -> None:
    with ScriptedServer(lambda _: Status(503)) as server:
        checks = checked(
            world, source=pages(server.url), retry={"max_attempts": 5, "delay_ms": 60_000}
        )
        assert len(server.seen) == 1
    assert not checks.ok


def test_a_first_page_of_which_nothing_passes_is_wrong(world: World) -> None:
    world.orders([order(1, email=""), order(2, email=" ")])

    checks = world.engine.check("orders")

    assert said(checks)["first page"] == (
        "✗ read 2 records: 0 would be written, 0 ignored, 2 would fail (email is blank)"
    )


@pytest.mark.parametrize(
    ("table", "wrong", "sentence"),
    [
        ("CREATE TABLE other (id INTEGER)", "target table", "table orders is missing"),
        (
            "CREATE TABLE orders (id INTEGER PRIMARY KEY, email TEXT)",
            "target columns",
            "table orders has no column amount",
        ),
        (
            "CREATE TABLE orders (id INTEGER, email TEXT, amount INTEGER)",
            "target key",
            "no unique key on id",
        ),
    ],
)
def test_what_the_table_lacks_is_named(
    world: World, postgres: Postgres, table: str, wrong: str, sentence: str
) -> None:
    world.orders([order(1)])
    database(world.folder, table)
    url = postgres.database(f"check_{abs(hash((table, world.folder)))}")
    with psycopg.connect(url) as connection:
        connection.execute(table.encode())
    for where in ("sqlite:///warehouse.db", url):
        target = {"adapter": "sql", "url": where, "table": "orders"}

        seen = said(checked(world, target=target))

        assert seen[wrong].startswith("✗")
        assert sentence in seen[wrong]


def test_a_role_that_may_not_write_hears_it_before_a_run_does(
    world: World, postgres: Postgres
) -> None:
    world.orders([order(1)])
    url = postgres.database(f"rights_{abs(hash(world.folder))}")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(TABLE.encode())
        connection.execute("DROP ROLE IF EXISTS reader")
        connection.execute("CREATE ROLE reader LOGIN")
        connection.execute("GRANT SELECT ON orders TO reader")
    reader = url.replace("//postgres", "//reader", 1)
    target = {"adapter": "sql", "url": reader, "table": "orders"}

    seen = said(checked(world, target=target))

    assert "✗ role reader may not INSERT" in seen["target rights"]


def test_a_table_that_the_first_run_makes_is_no_fault(world: World) -> None:
    world.orders([order(1)])

    without_file = said(world.engine.check("orders"))
    database(world.folder)
    without_table = said(world.engine.check("orders"))

    assert "the first run makes it" in without_file["target reachable"]
    assert without_table["target table"] == (
        "table orders is not there yet; the first run makes it"
    )


def test_an_http_target_is_asked_without_a_write(world: World) -> None:
    world.orders([order(1)])
    shelf = Shelf()
    with ScriptedServer(shelf) as server:
        target = {"adapter": "http", "url": f"{server.url}/things/{{id}}"}
        plain = said(checked(world, target=target))
        asked = [(seen.method, seen.path) for seen in server.seen]
        target["lookup"] = {"url": f"{server.url}/things/{{id}}"}  # type: ignore[assignment]
        with_lookup = said(checked(world, target=target))
        methods = {seen.method for seen in server.seen}

    assert asked == [("OPTIONS", "/things/1")], plain
    assert "whether it takes records shows a run" in plain["target reachable"]
    assert with_lookup["target lookup"].endswith("the target does not hold it yet")
    assert methods == {"OPTIONS", "GET"}
    assert not shelf.effects


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        (Status(401), "target authorised"),
        (Status(503), "target reachable"),
    ],
)
def test_an_http_target_that_shuts_us_out_or_is_down_is_wrong(
    world: World, answer: Any, wrong: str
) -> None:
    world.orders([order(1)])
    with ScriptedServer(lambda _: answer) as server:
        target = {"adapter": "http", "url": f"{server.url}/things/{{id}}"}

        assert said(checked(world, target=target))[wrong].startswith("✗")


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_server_that_does_not_do_options_is_there_all_the_same(
    world: World, status: int
) -> None:
    world.orders([order(1)])
    with ScriptedServer(lambda _: Status(status)) as server:
        target = {"adapter": "http", "url": f"{server.url}/things/{{id}}"}

        assert checked(world, target=target).ok


def test_a_folder_of_parts_is_looked_at_and_not_made(world: World) -> None:
    world.orders([order(1)])
    missing = {"adapter": "file", "path": "out/parts", "format": "ndjson"}
    to_be = {"adapter": "file", "path": "parts", "format": "ndjson"}

    no_parent, fine = checked(world, target=missing), checked(world, target=to_be)

    assert not no_parent.ok
    assert said(fine)["target reachable"].endswith(
        "parts can be written; the first run makes it"
    )
    assert not (world.links / "parts").exists()


def test_a_target_that_cannot_be_asked_is_said_to_show_in_a_run(world: World) -> None:
    """An Adapter without `check`, as strangers' may be."""
    world.orders([order(1)])
    target = {"adapter": "memory", "name": "shelf", "lookup": "none"}

    checks = checked(world, target=target)

    assert checks.ok


def test_stages_that_cannot_be_built_are_wrong(world: World) -> None:
    world.orders([order(1)])
    (world.links / "broken.py").write_text(
        "import nothing_of_that_name\n\ndef change(record): return record\n"
    )

    checks = checked(world, stages=[{"name": "own", "python": "broken:change"}])

    assert "the module 'broken' cannot be imported" in said(checks)["stages"]


def test_a_secret_that_a_server_repeats_is_not_shown(world: World) -> None:
    def repeats(seen: Seen) -> Answer:
        return Status(401, f"no such token: {seen.headers['authorization']}")

    with ScriptedServer(repeats) as server:
        source = pages(server.url, auth={"bearer": "hunter2hunter2"})
        checks = checked(world, source=source)

    assert not checks.ok
    assert "hunter2" not in str(checks)


def test_a_value_that_the_link_calls_personal_is_not_shown(world: World) -> None:
    world.orders([order(4711, email="ana.at.home")])
    database(world.folder, TABLE)
    email = {"name": "rules", "check": [{"field": "email", "rule": "email"}]}
    passing = {"name": "rules", "check": [{"field": "id", "rule": "required"}]}

    failing = checked(world, stages=[COLUMNS, email], masks=["email", "id"])
    keyed = checked(world, stages=[COLUMNS, passing], masks=["email", "id"])

    assert "1 would fail" in said(failing)["first page"]
    assert "ana.at.home" not in str(failing)
    assert said(keyed)["target lookup"].startswith("asked for the record ***,")


def test_the_command_ends_with_3_where_something_is_wrong(tmp_path: Path) -> None:
    linkdeck("new", "orders", home=tmp_path)

    good = linkdeck("check", "orders", home=tmp_path)
    (tmp_path / "links" / "orders.ndjson").unlink()
    bad = linkdeck("check", "orders", "--json", home=tmp_path)

    assert good.code == 0
    assert "first page" in good.out
    assert bad.code == 3
    first = bad.document()["checks"][0]
    assert first.keys() == {"name", "ok", "message", "hint"}
    assert (first["name"], first["ok"]) == ("source reachable", False)


def test_a_link_that_is_not_there_is_refused(world: World) -> None:
    with pytest.raises(Refused, match="there is no Link 'ordres'"):
        world.engine.check("ordres")
