"""The rows of a Load inside an open transaction: at once, or one by one where some are refused."""

import sqlite3
from itertools import chain

from engine.adapters.sql.exact import guards_of
from engine.adapters.sql.identifiers import listed, quoted
from engine.adapters.sql.rows import (
    Row,
    Run,
    Tally,
    keys_of,
    runs_of,
    storable_row,
    without_doubtful,
)
from engine.adapters.sql.sqlite.failures import OF_A_ROW, refusal_of
from engine.adapters.sql.sqlite.lookup import held
from engine.adapters.sql.sqlite.storing import EASY, guard, storable
from engine.adapters.sql.statements import HELD, minds_age, upsert_clause
from engine.adapters.sql.table import Table, Writing, check_columns
from engine.domain.adapter import Load
from engine.domain.errors import RecordSyncError

TOGETHER = 25
"""Rows a statement writes: 1.7 µs each, where executemany takes 2.6 (ten columns, upsert)."""

MOST_PARAMETERS = 32_000
"""What SQLite takes of a statement's parameters, since 3.32."""

_BY_TRIGGER = "left out by a trigger of the target"


class RolledBack(Exception):
    """The transaction is gone, or its commit refused, because of some row in it."""


class Loading:
    """Writes Loads to a table on a connection whose transaction somebody else begins and ends."""

    def __init__(
        self, connection: sqlite3.Connection, table: Table, writing: Writing
    ) -> None:
        self._connection = connection
        self._cursor = connection.cursor()
        self._table = table
        self._writing = writing
        self._guards = guards_of(table, writing.casts, guard)
        self._statements: dict[tuple[tuple[str, ...], int], str] = {}

    def write(self, load: Load) -> Tally:
        """Write a Load and say what became of its rows; nothing is committed yet."""
        tally = Tally(load)
        runs = runs_of(
            tally,
            self._table,
            self._writing,
            storable=storable,
            easy=EASY,
            guards=self._guards,
        )
        for run in runs:
            rest = self._not_there_yet(run, tally) if load.uncertain else run
            if rest.rows:
                self._write_run(rest, tally)
        return tally

    def statement(self, columns: tuple[str, ...], rows: int = 1) -> str:
        """The statement that writes a row of these columns, or several rows of them."""
        if (columns, rows) not in self._statements:
            check_columns(self._table, columns, self._writing)
            marks = f"({', '.join('?' * len(columns))})"
            # What the table itself says of conflicts may drop or replace rows silently. Several
            # rows that fail are undone to the savepoint around them: SQLite need not remember how
            # to undo them alone, which would cost a seventh.
            conflict = "FAIL" if rows > 1 else "ABORT"
            self._statements[columns, rows] = (
                f"INSERT OR {conflict} INTO {quoted(self._table.name)} AS {HELD} "
                f"({listed(columns)}) VALUES {', '.join([marks] * rows)}"
                f"{upsert_clause(columns, self._writing)}"
            )
        return self._statements[columns, rows]

    def _write_run(self, run: Run, tally: Tally) -> None:
        statement = self.statement(run.columns)
        counted = not statement.endswith("NOTHING")
        self._cursor.execute("SAVEPOINT load")
        try:
            written = self._at_once(run, statement)
        except OF_A_ROW:
            self._check_transaction()
            written = -1
        if written == len(run.rows) or (written >= 0 and not counted):
            self._cursor.execute("RELEASE load")
            return
        self._cursor.execute("ROLLBACK TO load")
        self._cursor.execute("RELEASE load")
        self._one_by_one(run, statement, tally, counted=counted)

    def _at_once(self, run: Run, statement: str) -> int:
        """Rows changed by writing all of them, so many with one statement."""
        together = min(TOGETHER, MOST_PARAMETERS // len(run.columns))
        whole = len(run.rows) - len(run.rows) % together if together > 1 else 0
        written = 0
        if whole:
            several = self.statement(run.columns, together)
            for start in range(0, whole, together):
                values = list(chain.from_iterable(run.rows[start : start + together]))
                written += self._cursor.execute(several, values).rowcount
        if whole < len(run.rows):
            written += self._cursor.executemany(statement, run.rows[whole:]).rowcount
        return written

    def _one_by_one(self, run: Run, statement: str, tally: Tally, *, counted: bool) -> None:
        left_out = []
        for place in range(len(run.rows)):
            written = self._try(run, place, statement, tally)
            if written == 0 and counted:
                left_out.append(place)
        if self._table.nested:
            self._again_while_it_helps(run, statement, tally)
        if self._writing.modified and minds_age(run.columns, self._writing):
            tally.leave_out(run, left_out, self._writing.modified)
        else:
            tally.ignored.update((run.at[place], _BY_TRIGGER) for place in left_out)

    def _try(self, run: Run, place: int, statement: str, tally: Tally) -> int:
        """Rows changed by writing this one; -1 where it is refused."""
        row, columns = run.rows[place], run.columns
        try:
            return self._cursor.execute(statement, row).rowcount
        except OF_A_ROW as cause:
            self._check_transaction()
            made = storable_row(columns, row, storable, range(len(columns)))
            if isinstance(made, tuple) and not _same(made, row):
                return self._try(
                    Run(columns, run.at[place : place + 1], [made]), 0, statement, tally
                )
            tally.refused[run.at[place]] = (
                made
                if isinstance(made, RecordSyncError)
                else refusal_of(
                    cause,
                    connection=self._connection,
                    table=self._table,
                    columns=columns,
                    row=made,
                )
            )
            return -1

    def _check_transaction(self) -> None:
        """A trigger may roll back everything; nothing more may be written then."""
        if not self._connection.in_transaction:
            raise RolledBack

    def _again_while_it_helps(self, run: Run, statement: str, tally: Tally) -> None:
        """A record may refer to one of the same table that came after it."""
        helped = True
        while helped:
            waiting = [
                place
                for place in range(len(run.rows))
                if _refers(tally.refused.get(run.at[place]))
            ]
            helped = False
            for place in waiting:
                before = tally.refused.pop(run.at[place])
                if self._try(run, place, statement, tally) >= 0:
                    helped = True
                else:
                    tally.refused[run.at[place]] = before

    def _not_there_yet(self, run: Run, tally: Tally) -> Run:
        """Of rows that may have been written before a crash, those that were not (K4)."""
        if self._writing.upsert:
            return run
        run = without_doubtful(run, tally, self._writing)
        keys = keys_of(run, self._writing.key)
        there = held(self._connection, keys, self._writing)
        return run.part(i for i, each in enumerate(keys) if there[each] is None)


def _same(made: Row, row: Row) -> bool:
    return all(a is b for a, b in zip(made, row, strict=True))


def _refers(failure: RecordSyncError | None) -> bool:
    return failure is not None and failure.code == "foreign_key_violation"
