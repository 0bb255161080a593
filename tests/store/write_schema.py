"""Writes the rows of a store of one revision: `python -m tests.store.write_schema 0012`.

What it tells is the same for all; each revision gets the tables and columns it knew. A file that
is there already is never written again: it stands for stores that are out there.
"""

import os
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from engine.domain.requests import RunOptions, Selection, Stop
from engine.domain.retry_plan import RetryOptions
from engine.engine import Engine
from engine.operations import definitions
from engine.store.every_table import METADATA
from tests.servers.scripted import Body, ScriptedServer
from tests.servers.systems import Pages
from tests.store.old_stores import HOME, rows_of, upgraded
from tests.store.world import a_dead_process, clean, new_event, told
from tests.stories.definitions import definition, pages
from tests.stories.world import World, a_world, order

ELSEWHERE = "elsewhere.example"
"""The host that everything ran on, and that nobody has heard of since."""

NEEDS_RETRIES = "0002"
_AT = "'2026-11-22 12:00:00.000000'"

BESIDE = {
    "0001": ("INSERT INTO link_setting (link, enabled) VALUES ('stock', FALSE)",),
    "0006": ("INSERT INTO seen_id (link, hash, event) VALUES ('orders', 77, 1)",),
    "0008": (
        "INSERT INTO engine (id, host, pid, process_started, version, listen, started_at,"
        f" heartbeat_at) VALUES (1, '{ELSEWHERE}', 7, '1.0', '0.8', NULL, {_AT}, {_AT})",
        "UPDATE counter SET value = 1 WHERE name = 'engine'",
    ),
    "0009": (
        "INSERT INTO alert (link, rule, asks, state, priority, severity, downstream,"
        " figures, sentence, owner, window_s, times, event, fired_at, resolved_at) VALUES"
        " ('orders', 'r1', 'failed > 0', 'firing', 'high', 'normal', '[\"finance\"]',"
        " '{\"failed\": 2}', 'orders: failed > 0 (failed 2)', NULL, 3600, 1, 1,"
        f" {_AT}, NULL)",
        "INSERT INTO notice (id, message, link, rule, place, channel, body, made_at,"
        " due_at, attempts, delivered_at, given_up_at, problem) VALUES (1, 'm1', 'orders',"
        f" 'r1', 0, 'log', '{{}}', {_AT}, {_AT}, 1, {_AT}, NULL, NULL)",
        "UPDATE counter SET value = 1 WHERE name = 'notice'",
    ),
    "0010": (
        "INSERT INTO delivery (id, link, event, place, records, sender, at, digest, key,"
        f" answered, body, batch) VALUES (1, 'returns', 4, 0, 1, 'shop', {_AT}, 'd', 'k1',"
        " TRUE, X'7b7d', 0)",
        "UPDATE counter SET value = 1 WHERE name = 'delivery'",
    ),
    "0011": (
        f"INSERT INTO schedule (link, spec, since, paused) VALUES ('orders', '{{}}', {_AT},"
        " NULL)",
        "INSERT INTO schedule_slot (link, slot, state, event, note) VALUES"
        f" ('orders', {_AT}, 'queued', 1, NULL)",
    ),
    "0013": (
        "INSERT INTO promised_retry (plan, link, actor, reason, options, at) VALUES"
        f" (1, 'orders', 'ana@host', 'once the run has ended', '{{}}', {_AT})",
    ),
}
"""By the revision that made their tables: rows that the story does not come to."""

GONE = {"0001": "0003"}
"""Rows of `BESIDE` whose table a later revision dropped."""


def main(revision: str) -> None:
    """Live the story, and keep what this revision would have kept of it."""
    path = rows_of(revision)
    if path.exists():
        raise SystemExit(f"{path} is there; stores like it are out there")
    with tempfile.TemporaryDirectory() as folder, closing(_lived(Path(folder), revision)):
        rows = _Rows(Path(folder), revision)
        path.write_text(";\n\n".join([*rows.told(), *rows.beside()]) + ";\n", "utf-8")


def _lived(folder: Path, revision: str) -> Engine:
    """A run with failures, one with a lost Batch, one that was interrupted; acts of people."""
    world = a_world(folder)
    store, engine = world.engine._context.store, world.engine
    store.audit(actor="ana@host", action="disable", subject="stock", reason="moving")
    world.orders(
        [order(n, **({"email": " "} if n in {3, 7} else {})) for n in range(1, 13)],
        batch_size=5,
    )
    engine.run("orders", RunOptions(actor="ana@host"), stop=Stop())
    _lost_batch(world)
    if revision >= NEEDS_RETRIES:
        _settled(world)
    _interrupted(world)
    engine.set_enabled("returns", enabled=True, reason="it may", actor="ben@host")
    return engine


def _lost_batch(world: World) -> None:
    page = Body(b"<html></html>", kind="text/html")
    orders = [order(number) for number in range(1, 31)]
    with ScriptedServer(Pages(orders, faults={2: [page]})) as server:
        text = definition(source=pages(server.url)).replace("orders", "stock")
        world.link("stock", text)
        world.engine.run("stock", RunOptions(actor="ana@host"), stop=Stop())


def _settled(world: World) -> None:
    """A record discarded; the other retried, which fails again; a cause with a note."""
    engine = world.engine
    first, last = engine.failures("1", Selection()).records
    engine.discard([f"s{last.id}"], reason="a test order", actor="ben@host")
    options = RetryOptions(actor="ana@host", reason="the shop mended it")
    engine.retry("1", Selection(), options, stop=Stop())
    print_ = first.errors[0]["fingerprint"]
    engine.note_cause(print_, note="the shop's form lets it through", actor="ana@host")
    pushed = definition(source={"adapter": "push", "rate": "10/s"})
    world.link("intake", pushed.replace("orders", "intake"))
    engine.create_token("intake", name="shop", actor="ana@host")
    until = "2026-11-23T12:00"
    engine.approve_gate("orders", until=until, reason="two are known", actor="ana@host")


def _interrupted(world: World) -> None:
    world.link("returns", definition().replace("orders", "returns"))
    context = world.engine._context
    new = replace(
        new_event("returns"), definition=definitions.as_written(context, "returns")
    )
    told(context.store, new, a_dead_process()).starts().plans(2).finishes(clean(0))


@dataclass(frozen=True)
class _Rows:
    """The rows of a store as statements, as far as a revision knew them."""

    folder: Path
    revision: str

    def told(self) -> Iterator[str]:
        """What the story left."""
        known = _columns_at(self.revision)
        with closing(sqlite3.connect(self.folder / "linkdeck.db")) as kept:
            for table in METADATA.sorted_tables:
                names = [name for name in known.get(table.name, ()) if name in table.c]
                for row in kept.execute(_select(table, names)) if names else ():
                    yield self._statement(table, names, row)

    def beside(self) -> Iterator[str]:
        """What the story does not come to."""
        for since, statements in BESIDE.items():
            if since <= self.revision < GONE.get(since, "9999"):
                yield from statements

    def _statement(self, table: sa.Table, names: list[str], row: tuple[Any, ...]) -> str:
        values = [
            self._literal(table.c[name], value)
            for name, value in zip(names, row, strict=True)
        ]
        if table.name == "counter":
            return f"UPDATE counter SET value = {values[1]} WHERE name = {values[0]}"
        said = ", ".join(f'"{name}"' for name in names)
        return f"INSERT INTO {table.name} ({said})\nVALUES ({', '.join(values)})"

    def _literal(self, column: sa.Column[Any], value: object) -> str:
        if value is None:
            return "NULL"
        if isinstance(column.type, sa.Boolean):
            return "TRUE" if value else "FALSE"
        if isinstance(value, bytes):
            return f"X'{value.hex()}'"
        if column.name == "host":
            value = ELSEWHERE
        if isinstance(value, str):
            return "'" + value.replace(str(self.folder), HOME).replace("'", "''") + "'"
        return str(value)


def _columns_at(revision: str) -> Mapping[str, list[str]]:
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        upgraded(connection, revision)
        looked = sa.inspect(connection)
        return {
            table: [column["name"] for column in looked.get_columns(table)]
            for table in looked.get_table_names()
        }


def _select(table: sa.Table, names: list[str]) -> str:
    said = ", ".join(f'"{name}"' for name in names)
    order_by = ", ".join(f'"{column.name}"' for column in table.primary_key)
    return f"SELECT {said} FROM {table.name} ORDER BY {order_by}"


if __name__ == "__main__":
    os.umask(0o077)
    main(sys.argv[1])
