"""The rows of a Load inside an open transaction: many by COPY into a stage, few as one document.

The document is JSON, read as a table in the statement that writes: it needs no right to make a
table, and takes what COPY has no text for. A stage costs two thirds of it (measured), and only
the first rows of a transaction find it empty.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import psycopg

from engine.adapters.sql import refusals
from engine.adapters.sql.exact import guards_of
from engine.adapters.sql.postgres.failures import failure_of, is_of_a_row, refusal_of
from engine.adapters.sql.postgres.lookup import held
from engine.adapters.sql.postgres.schema import ServerTable, privileges_missing
from engine.adapters.sql.postgres.server import Connection
from engine.adapters.sql.postgres.staging import WORTH_IT, copy_text
from engine.adapters.sql.postgres.statements import Insert, conversion, insert_of
from engine.adapters.sql.postgres.storing import EASY, guard, storable
from engine.adapters.sql.rows import (
    Run,
    Tally,
    keys_of,
    runs_of,
    storable_row,
    without_doubtful,
)
from engine.adapters.sql.table import Writing, check_columns
from engine.domain.adapter import Load
from engine.domain.errors import RecordSyncError

_BY_TRIGGER = "left out by a trigger of the target"
_UNENCODABLE = (TypeError, ValueError, OverflowError, RecursionError)

_encode = msgspec.json.Encoder().encode

_Write = Callable[[Connection, Run, Tally], bool]


class Narrow(Exception):
    """Some row is refused or left out, and only smaller parts can say which."""


class Loading:
    """Writes Loads to a table on a connection whose transaction somebody else ends."""

    def __init__(self, found: ServerTable, writing: Writing) -> None:
        self.found = found
        self._writing = writing
        self._guards = guards_of(found.table, writing.casts, guard)
        self._inserts: dict[tuple[str, ...], Insert] = {}

    def write(self, connection: Connection, loads: Sequence[Load]) -> list[Tally]:
        """Write Loads at once; raises Narrow where some row is not written."""
        tallies, staged = [], not self.found.stages
        for load in loads:
            tallies.append(tally := Tally(load))
            for run in self._runs(connection, tally):
                write = self._write_rows
                if not staged and len(run.rows) >= WORTH_IT:
                    write, staged = self._write_staged, True
                self._whole(write, connection, run, tally)
        return tallies

    def _whole(self, write: _Write, connection: Connection, run: Run, tally: Tally) -> None:
        try:
            complete = write(connection, run, tally)
        except _UNENCODABLE as cause:
            raise Narrow from cause
        except psycopg.Error as cause:
            if is_of_a_row(cause):
                raise Narrow from cause
            raise
        if not complete:
            raise Narrow

    def write_narrowing(self, connection: Connection, load: Load) -> Tally:
        """Write a Load in halves of halves, so that what is refused stands alone (T3)."""
        tally = Tally(load)
        for run in self._runs(connection, tally):
            self._narrow(connection, run, tally)
            while self.found.table.nested and self._once_more(connection, run, tally):
                pass
        if load.uncertain:
            self._forgive_own_commit(tally)
        return tally

    def _forgive_own_commit(self, tally: Tally) -> None:
        """A commit that was on its way while we looked makes its records seem to be another's."""
        own = ", ".join(self._writing.key)
        for at, failure in list(tally.refused.items()):
            if (failure.code, failure.field) == ("unique_violation", own):
                del tally.refused[at]

    def _runs(self, connection: Connection, tally: Tally) -> list[Run]:
        table, writing = self.found.table, self._writing
        runs = runs_of(
            tally, table, writing, storable=storable, easy=EASY, guards=self._guards
        )
        if tally.load.uncertain and not writing.upsert:
            runs = [self._not_there_yet(connection, run, tally) for run in runs]
        return [run for run in runs if run.rows]

    def _not_there_yet(self, connection: Connection, run: Run, tally: Tally) -> Run:
        """Of rows that may have been written before, those that were not (K4)."""
        run = without_doubtful(run, tally, self._writing)
        keys = keys_of(run, self._writing.key)
        there = held(connection, keys, self.found, self._writing)
        return run.part(i for i, key in enumerate(keys) if there[key] is None)

    def _write_rows(self, connection: Connection, run: Run, tally: Tally) -> bool:
        """Whether every row was written, or left out for its age."""
        insert = self._insert(run.columns)
        document = _encode([dict(zip(insert.names, row, strict=True)) for row in run.rows])
        cursor = connection.execute(insert.statement, (document.decode(),))
        return self._is_complete(cursor, insert, run, tally)

    def _write_staged(self, connection: Connection, run: Run, tally: Tally) -> bool:
        """The same by way of a stage, which is empty."""
        insert = self._insert(run.columns)
        rows = run.rows
        if insert.tells_older:
            rows = [(*row, place) for place, row in enumerate(rows, start=1)]
        text = copy_text(rows)
        if text is None:
            return self._write_rows(connection, run, tally)
        insert.stage.fill(connection, text)
        cursor = connection.execute(insert.stage.insert)
        return self._is_complete(cursor, insert, run, tally)

    def _is_complete(
        self, cursor: psycopg.Cursor[Any], insert: Insert, run: Run, tally: Tally
    ) -> bool:
        if insert.tells_older:
            older = [int(place) for (place,) in cursor.fetchall()]
            tally.leave_out(run, older, self._writing.modified or "")
            return True
        return cursor.rowcount == len(run.rows) or not insert.counts

    def _narrow(self, connection: Connection, run: Run, tally: Tally) -> None:
        parts = [run]
        while parts:
            part = parts.pop()
            if len(part.rows) == 1:
                self._write_one(connection, part, tally)
                continue
            try:
                with connection.transaction():
                    if not self._write_rows(connection, part, tally):
                        raise Narrow  # noqa: TRY301 - the savepoint goes with it
            except (Narrow, *_UNENCODABLE):
                parts += _halves(part)
            except psycopg.Error as cause:
                if not is_of_a_row(cause):
                    raise
                parts += _halves(part)

    def _write_one(self, connection: Connection, run: Run, tally: Tally) -> None:
        columns, (at,) = run.columns, run.at
        made = storable_row(columns, run.rows[0], storable, range(len(columns)))
        if isinstance(made, RecordSyncError):
            tally.refused[at] = made
            return
        try:
            with connection.transaction():
                written = self._write_rows(connection, Run(columns, [at], [made]), tally)
        except psycopg.Error as cause:
            if not is_of_a_row(cause):
                raise
            tally.refused[at] = self._refusal(connection, cause, columns, made)
            return
        if not written:
            tally.ignored[at] = _BY_TRIGGER

    def _once_more(self, connection: Connection, run: Run, tally: Tally) -> bool:
        """A record may refer to one of the same table that came after it: whether it helped."""
        waiting = [
            place
            for place, at in enumerate(run.at)
            if at in tally.refused and tally.refused[at].code == "foreign_key_violation"
        ]
        for place in waiting:
            del tally.refused[run.at[place]]
            self._write_one(connection, run.part([place]), tally)
        return any(run.at[place] not in tally.refused for place in waiting)

    def _refusal(
        self,
        connection: Connection,
        cause: psycopg.Error,
        columns: Sequence[str],
        row: Sequence[Any],
    ) -> RecordSyncError:
        if cause.sqlstate == "42501":
            missing, _ = privileges_missing(connection, self.found, self._writing)
            if missing:
                raise failure_of(cause, system=self._writing.system) from cause
            return refusals.forbidden(self.found.table.name)
        blamed = None
        if (cause.sqlstate or "").startswith("22"):
            blamed = self._culprit(connection, columns, row)
        return refusal_of(cause, self.found, blamed)

    def _culprit(
        self, connection: Connection, columns: Sequence[str], row: Sequence[Any]
    ) -> str | None:
        """PostgreSQL does not say which value it could not read: ask for each alone."""
        for name, value in zip(columns, row, strict=True):
            kind = self.found.table.columns[name].kind
            document = _encode([{"c0": value}]).decode()
            try:
                with connection.transaction():
                    connection.execute(conversion(kind), (document,))
            except psycopg.DataError:
                return name
        return None

    def _insert(self, columns: tuple[str, ...]) -> Insert:
        if columns not in self._inserts:
            check_columns(self.found.table, columns, self._writing)
            self._inserts[columns] = insert_of(columns, self.found.table, self._writing)
        return self._inserts[columns]


def _halves(run: Run) -> list[Run]:
    middle = len(run.rows) // 2
    return [run.part(range(middle, len(run.rows))), run.part(range(middle))]
