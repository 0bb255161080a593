"""The README keeps its word: its five definitions run as they are printed."""

import json
import os
import re
import shlex
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

from tests.databases import Postgres
from tests.servers.scripted import Answer, Json, ScriptedServer, Seen, Status
from tests.servers.systems import Pages
from tests.stories.command_line import ROOT, linkdeck
from tests.stories.command_line import Answer as Said

README = (ROOT / "README.md").read_text(encoding="utf-8")


def chapter(title: str) -> str:
    """A chapter of the README."""
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def printed() -> dict[str, str]:
    """The definitions of the chapter, by the name of their Link."""
    blocks = re.findall(r"```yaml\n(.*?)```", chapter("Connect your systems"), re.DOTALL)
    return {re.findall(r"^link: (.+)$", block, re.MULTILINE)[0]: block for block in blocks}


DEFINITIONS = printed()


class Shop:
    """A home with one definition of the README, as it is printed."""

    def __init__(self, home: Path, link: str) -> None:
        self.links, self._home, self.link = home / "links", home, link
        home.chmod(0o700)
        self.links.mkdir(mode=0o700)
        (self.links / f"{link}.yaml").write_text(DEFINITIONS[link], encoding="utf-8")

    def said(self, *words: str, **environ: str) -> Said:
        """What a command says of the Link."""
        return linkdeck(words[0], self.link, *words[1:], home=self._home, **environ)

    def runs(self, **environ: str) -> Any:
        """The Sync Event of a run; checked before, and validated."""
        validated = linkdeck(
            "validate", str(self.links / f"{self.link}.yaml"), home=self._home, **environ
        )
        assert validated.code == 0, validated.err
        checked = self.said("check", **environ)
        assert checked.code == 0, checked.out
        return self.said("run", "--json", **environ).document()

    def rows(self, table: str) -> Sequence[tuple[Any, ...]]:
        """What the warehouse beside the definition holds."""
        with closing(sqlite3.connect(self.links / "warehouse.db")) as connection:
            return connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()


def test_the_readme_has_the_five_definitions() -> None:
    names = ["shop-orders", "prices", "customers", "loyal-orders", "visits"]
    assert list(DEFINITIONS) == names


def test_a_rest_api_into_sqlite(tmp_path: Path) -> None:
    """The second run asks for changes only, with the token that no text shows."""
    orders = [
        {
            "id": n,
            "status": "archived" if n == 2 else "open",
            "customer": {"email": "" if n == 3 else f" O{n}@Example.com"},
            "amount": "12.50" if n != 4 else "-1",
            "updated": "2026-01-02T03:04:05Z",
        }
        for n in range(1, 7)
    ]
    api = Pages(orders, since="updated_after")
    shop = Shop(tmp_path, "shop-orders")

    with ScriptedServer(lambda seen: _if_known(seen, api)) as server:
        environ = {"SHOP_URL": server.url, "SHOP_TOKEN": "token-9f2c"}
        event = shop.runs(**environ)
        api.records = [*orders[:2], {**orders[2], "customer": {"email": "o3@example.com"}}]
        api.records += [{**orders[3], "amount": "1"}, *orders[4:]]
        shop.said("run", **environ)
        shop.said("run", **environ)
        last = server.seen[-1]

    assert (event["status"], event["records"]["written"]) == ("failed", 3)
    assert {group["code"] for group in event["errors"]} == {"required", "negative_amount"}
    assert event["ignored_reasons"] == {"archived orders live in the archive": 1}
    assert [row[:3] for row in shop.rows("orders")] == [
        (1, "o1@example.com", 1250),
        (3, "o3@example.com", 1250),
        (4, "o4@example.com", 100),
        (5, "o5@example.com", 1250),
        (6, "o6@example.com", 1250),
    ]
    assert "updated_after" in last.query
    store = (tmp_path / "linkdeck.db").read_bytes()
    assert b"token-9f2c" not in store


def test_csv_files_into_postgresql(tmp_path: Path, postgres: Postgres) -> None:
    shop = Shop(tmp_path, "prices")
    folder = shop.links / "prices"
    folder.mkdir()
    head = "Artikel;Preis;gültig ab\n"
    new = "ab-1234;9.99;01.02.2026\nAB-0001;0;01.02.2026\n"
    (folder / "1.csv").write_text(head + new, encoding="utf-8")
    old = "AB-1234;8.88;01.01.2026\nCD-1;2.00;01.01.2026\nCD-0007;2.00;01.01.2026\n"
    (folder / "2.csv").write_text(head + old, encoding="utf-8")
    url = postgres.database(f"prices_{abs(hash(tmp_path))}")
    with psycopg.connect(url) as connection:
        connection.execute(
            "CREATE TABLE prices (sku text PRIMARY KEY, price numeric, valid_from date)"
        )

    event = shop.runs(WAREHOUSE_URL=url)

    with psycopg.connect(url) as connection:
        held = connection.execute("SELECT sku, price::text FROM prices ORDER BY sku")
        assert held.fetchall() == [("AB-1234", "9.99"), ("CD-0007", "2.00")]
    assert {group["code"] for group in event["errors"]} == {"range", "regex"}
    assert event["records"]["ignored"] + event["records"]["written"] == 3


def test_a_database_into_a_rest_api_in_bulk(tmp_path: Path) -> None:
    """One customer is refused in words of the API; its neighbours are written."""
    shop = Shop(tmp_path, "customers")
    with closing(sqlite3.connect(shop.links / "erp.db")) as connection:
        connection.execute(
            "CREATE TABLE customer "
            "(id INTEGER PRIMARY KEY, name TEXT, email TEXT, changed_at TEXT, deleted BOOLEAN)"
        )
        connection.executemany(
            "INSERT INTO customer VALUES (?, ?, ?, '2026-01-02', ?)",
            [(n, f"C{n}", f"c{n}@example.com", n == 5) for n in range(1, 251)],
        )
        connection.commit()
    held: dict[str, Any] = {}
    sizes: list[int] = []

    def crm(seen: Seen) -> Answer:
        if seen.headers.get("x-api-key") != "key-77aa":
            return Status(401)
        if seen.method == "GET":
            found = held.get(seen.path.rpartition("/")[2])
            return Status(404) if found is None else Json(found)
        sent = seen.json["customers"]
        sizes.append(len(sent))
        held.update({str(each["id"]): each for each in sent if each["id"] != 7})
        return Json({"results": [_answer(each["id"]) for each in sent]})

    with ScriptedServer(crm) as server:
        environ = {"CRM_URL": server.url, "CRM_KEY": "key-77aa"}
        event = shop.runs(ERP_URL="sqlite:///erp.db", **environ)

    assert (len(held), sizes) == (248, [100, 100, 49])
    assert (event["records"]["written"], event["records"]["failed"]) == (248, 1)
    assert "the name is taken" in event["errors"][0]["message"]
    assert held["250"] == {
        "id": 250,
        "name": "C250",
        "email": "c250@example.com",
        "changed_at": "2026-01-02",
    }


def test_enrichment_on_the_way(tmp_path: Path) -> None:
    """The one order whose customer cannot be asked about goes on, with a Warning."""
    shop = Shop(tmp_path, "loyal-orders")
    orders = [{"id": n, "customer": f"c{n}"} for n in (1, 2, 3)]
    lines = "".join(json.dumps(order) + "\n" for order in orders)
    (shop.links / "orders.ndjson").write_text(lines, encoding="utf-8")

    def loyalty(seen: Seen) -> Answer:
        member = seen.path.rpartition("/")[2]
        tiers = {"c1": "gold", "c2": "silver"}
        if member not in tiers:
            return Status(503)
        return Json({"member": {"id": member, "tier": tiers[member]}})

    with ScriptedServer(loyalty) as server:
        event = shop.runs(LOYALTY_URL=server.url)
        asked = [seen.path for seen in server.seen].count("/members/c3")

    assert shop.rows("loyal_orders") == [
        (1, "c1", "gold"),
        (2, "c2", "silver"),
        (3, "c3", "none"),
    ]
    assert (event["status"], event["records"]["warned"]) == ("completed_with_warnings", 1)
    # Once by check, which does not try again, and twice by the run.
    assert asked == 3


def told() -> list[tuple[list[str], list[str]]]:
    """The commands of the first chapter that are shown with what they say."""
    blocks = re.findall(
        r"```\n(\$.*?)```", chapter("A Link of your own in five minutes"), re.DOTALL
    )
    parts = [
        part for block in blocks for part in re.split(r"^\$ ", block, flags=re.MULTILINE)
    ]
    shown = [part.splitlines() for part in parts if part.startswith("linkdeck ")]
    return [(shlex.split(first)[1:], rest) for first, *rest in shown]


def test_the_first_five_minutes_go_as_they_are_printed(tmp_path: Path) -> None:
    """Times, versions and names apart; `…` stands for lines that are left out."""
    home = tmp_path / "linkdeck-try"
    commands = told()

    for words, printed_lines in commands:
        answer = linkdeck(*words, home=home)
        said = _evened(
            f"{answer.err}{answer.out}".replace(str(home), "/home/ana/linkdeck-try")
        )
        wanted = _evened("\n".join(printed_lines))
        if wanted[0] == "…":
            assert said[len(said) - len(wanted) + 1 :] == wanted[1:], words
        else:
            assert said == wanted, words

    corrected = home / "links" / "orders.ndjson"
    text = corrected.read_text(encoding="utf-8")
    corrected.write_text(text.replace('"email": ""', '"email": "d@example.com"'))
    again = linkdeck("run", "orders", home=home)
    both = linkdeck("events", "--json", home=home).document()["events"]

    assert "#2 orders  ✓ completed" in again.out
    assert "fetched 4 = written 3 + ignored 1 + failed 0 + in doubt 0" in again.out
    assert {event["status"] for event in both} == {"completed"}
    assert [words[0] for words, _ in commands] == [
        "new",
        "validate",
        "run",
        "failures",
        "record",
    ]


def _evened(text: str) -> list[str]:
    """Lines without what differs from run to run."""
    for pattern, even in (
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "TIME"),
        (r"took [0-9.]+ (ms|s)", "took"),
        (r"(?m)^by( +).*$", r"by\1ACTOR"),
        (r"(?m)^version( +)[0-9a-f]{12}$", r"version\1HASH"),
    ):
        text = re.sub(pattern, even, text)
    return [line.rstrip() for line in text.strip().splitlines()]


def test_every_command_the_chapter_names_is_there() -> None:
    named = set(re.findall(r"linkdeck ([a-z]+)", chapter("Connect your systems")))

    for command in sorted(named):
        assert linkdeck(command, "--help").code == 0


def _if_known(seen: Seen, api: Pages) -> Answer:
    if seen.headers.get("authorization") != "Bearer token-9f2c":
        return Status(401)
    return api(seen)


def _answer(number: int) -> dict[str, Any]:
    if number == 7:
        return {"id": number, "status": 409, "error": "the name is taken"}
    return {"id": number, "status": 200}


def test_a_singer_tap_into_sqlite(tmp_path: Path) -> None:
    """The tap is the one of the package index; the second run has nothing new to move."""
    shop = Shop(tmp_path, "visits")
    (shop.links / "visits").mkdir()
    lines = [{"id": 1, "email": " A@x.example"}, {"id": 2, "email": "nobody"}, {"id": 3}]
    told = "".join(f"{json.dumps(each)}\n" for each in lines)
    (shop.links / "visits" / "monday.jsonl").write_text(told, encoding="utf-8")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    event = shop.runs(PATH=path)

    assert event["records"]["written"] == 2
    assert {group["code"] for group in event["errors"]} == {"email"}
    assert shop.rows("visits") == [(1, "a@x.example"), (3, None)]
