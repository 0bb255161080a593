"""Tables, schemas and columns of any name: copied exactly, or refused; nothing else is touched."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pytest
from hypothesis import strategies as st

from engine.domain.errors import LinkdeckError
from engine.domain.outcome import Status
from tests.databases import Postgres
from tests.fuzz.exploring import Explore
from tests.fuzz.hostile import valid_texts
from tests.fuzz.sound import assert_ended
from tests.stories.definitions import definition
from tests.stories.world import World

_numbers = count(1)

NAMES = st.sampled_from(
    [
        *("select", "table", "order", "user", "rowid", "oid", "ctid", "xmin", "precious"),
        *("Id", "ID", "iD", "É", "é", "e\u0301", "ß", "SS", "\u0131", "I", "🙂", "\u202e"),
        *('"', '""', "'", "`", "a\"b'c`d", "]", "[a]", "a.b", ".", "a.", ".a", "a..b"),
        *("x; DROP TABLE precious; --", 'x"; DROP TABLE precious; --', "x'); DELETE FROM"),
        *("%s", "%(a)s", "%", ":a", "?", "$1", "{id}", "\\", "/*", "--", "*", " ", " a "),
        *(
            "\0",
            "a\0b",
            "a\nb",
            "a\tb",
            "\x1b[31m",
            "sqlite_master",
            "sqlite_x",
            "pg_class",
        ),
        *("x" * 63, "x" * 64, "x" * 200, "é" * 31, "é" * 32, "main.precious", "public.x"),
    ]
)
# `${NAME}` in a definition is no name but a reference to one.
_names = (NAMES | valid_texts).filter(lambda name: "${" not in name)
CASES = st.fixed_dictionaries(
    {"source": _names, "target": _names, "key": _names, "column": _names}
).filter(lambda case: case["key"] != case["column"])
ROWS = [(1, "one"), (2, "it's"), (3, '"three"; --')]
PRECIOUS = [(1, "do not touch")]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class Place(Protocol):
    """A database to make tables in, and to look at, without any code of ours."""

    @property
    def url(self) -> str:
        """As a definition names it."""

    def does(self, statement: str) -> None:
        """Execute it. Raises whatever its driver does."""

    def reads(self, query: str) -> list[Any]:
        """What it gives."""

    def table(self, name: str) -> str:
        """The name of a table as SQL."""

    def everything(self) -> Any:
        """Every table there is, and what is in the one that nobody may touch."""


@dataclass
class InFile:
    """SQLite."""

    file: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.file}"

    def does(self, statement: str) -> None:
        with closing(sqlite3.connect(self.file)) as raw, raw:
            raw.execute(statement)

    def reads(self, query: str) -> list[Any]:
        with closing(sqlite3.connect(self.file)) as raw:
            return raw.execute(query).fetchall()

    def table(self, name: str) -> str:
        return _quoted(name)

    def everything(self) -> Any:
        made = self.reads("SELECT type, name, sql FROM sqlite_master ORDER BY name")
        return made, self.reads("SELECT * FROM precious")


@dataclass
class InSchema:
    """A schema of its own in PostgreSQL."""

    server: str
    schema: str

    @property
    def url(self) -> str:
        return f"{self.server}&options=-csearch_path%3D{self.schema}"

    def does(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as raw:
            raw.execute(statement.encode())

    def reads(self, query: str) -> list[Any]:
        with psycopg.connect(self.url) as raw:
            return raw.execute(query.encode()).fetchall()

    def table(self, name: str) -> str:
        parts = name.split(".", 1)
        # Told in full: a catalogue of the server's own would come before ours.
        return ".".join(map(_quoted, parts if len(parts) > 1 else [self.schema, name]))

    def everything(self) -> Any:
        tables = "SELECT schemaname, tablename FROM pg_tables"
        made = f"{tables} WHERE schemaname !~ '^(pg_|information)' ORDER BY 1, 2"
        return self.reads(made), self.reads("SELECT * FROM precious")


@pytest.fixture(params=["sqlite", "postgresql"])
def a_place(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Place]:
    """A new database, or a new schema, that holds one table."""
    if request.param == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        folder = postgres.admin.url.query["host"]
        server = f"postgresql://postgres:@/postgres?host={folder}"

    def made() -> Place:
        if request.param == "sqlite":
            place: Place = InFile(tmp_path / f"base{next(_numbers)}.db")
        else:
            schema = f"names{next(_numbers)}"
            place = InSchema(server, schema)
            place.does(f"CREATE SCHEMA {schema}")
        place.does("CREATE TABLE precious (id INTEGER, said TEXT)")
        place.does("INSERT INTO precious VALUES (1, 'do not touch')")
        return place

    return made


def _made(place: Place, table: str, key: str, column: str, rows: Sequence[Any]) -> bool:
    """The table, if the database takes such names at all."""
    names = f"{_quoted(key)} INTEGER PRIMARY KEY, {_quoted(column)} TEXT"
    try:
        place.does(f"CREATE TABLE {place.table(table)} ({names})")
    except (sqlite3.Error, psycopg.Error, ValueError, UnicodeError):
        return False
    if rows:
        said = ", ".join(
            f"({n}, '{text.replace(chr(39), chr(39) * 2)}')" for n, text in rows
        )
        place.does(f"INSERT INTO {place.table(table)} VALUES {said}")
    return True


def _ran(world: World, text: str) -> bool:
    """Whether it ran to its end; a refusal is a sentence, whoever said it."""
    world.link("orders", text)
    refusal, event = "", None
    try:
        event = world.run(full=True)
    except LinkdeckError as said:
        refusal = str(said)
    if event is None:
        assert refusal.strip()
        assert all(line.isprintable() for line in refusal.splitlines())
        return False
    assert_ended(world, event)
    if event.status is Status.COMPLETED:
        return True
    assert event.errors
    assert all(error.message.strip() for error in event.errors)
    return False


def _copied(world: World, place: Place, case: dict[str, str]) -> bool:
    ends = [{"adapter": "sql", "url": place.url, "table": case[end]} for end in ENDS]
    source = {**ends[0], "order_by": case["key"]}
    said = definition(source=source, target=ends[1], stages=(), key=case["key"])
    return _ran(world, said)


ENDS = ("source", "target")


def test_names_of_any_kind_are_copied_exactly_or_refused(
    world: World, explore: Explore, a_place: Callable[[], Place]
) -> None:
    """RELIABILITY (e) 8: names are quoted by one function, and never pasted."""
    copied: list[bool] = []

    def holds(case: dict[str, str]) -> None:
        place, (key, column) = a_place(), (case["key"], case["column"])
        there = _made(place, case["source"], key, column, ROWS)
        there = _made(place, case["target"], key, column, ()) and there
        before = place.everything()

        done = _copied(world, place, case)

        assert place.everything() == before
        assert before[1] == PRECIOUS
        if done and there:
            query = f"SELECT * FROM {place.table(case['target'])} ORDER BY 1"
            assert place.reads(query) == ROWS
            copied.append(True)
        elif there:
            with suppress(sqlite3.Error, psycopg.Error):
                assert not place.reads(f"SELECT * FROM {place.table(case['target'])}")

    good = {"source": "orders", "target": 'x"; DROP TABLE precious; --', "key": "select"}
    explore(CASES, holds, few=25, also=[{**good, "column": 'a"b'}])
    assert copied


def test_tables_of_any_name_are_made_with_columns_of_any_name_or_refused(
    world: World, explore: Explore, a_place: Callable[[], Place]
) -> None:
    """`create: true`: one table more, of just that name, or none."""
    (world.links / "orders.ndjson").write_text('{"id": 1}\n{"id": 2}\n')
    made: list[bool] = []

    def holds(case: dict[str, str]) -> None:
        place, table = a_place(), case["target"]
        before = place.everything()
        target = {"adapter": "sql", "url": place.url, "table": table, "create": True}
        columns = {
            case["key"]: {"from": "id", "cast": "int"},
            case["column"]: {"constant": "c"},
        }
        text = definition(target=target, stages=[{"map": columns}], key=case["key"])
        done, now = _ran(world, text), place.everything()
        assert now[1] == PRECIOUS
        if not done:
            assert len(now[0]) <= len(before[0]) + 1
            return
        query = f"SELECT {_quoted(case['key'])} FROM {place.table(table)} ORDER BY 1"
        assert [row[0] for row in place.reads(query)] == [1, 2]
        assert len(now[0]) == len(before[0]) + 1
        made.append(True)

    good = {"target": "x'); DROP TABLE precious; --", "key": 'se"lect', "column": "Id; --"}
    explore(CASES, holds, few=25, also=[{**good, "source": ""}])
    assert made
