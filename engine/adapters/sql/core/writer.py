"""Writes through SQLAlchemy Core: look, then update or insert, a savepoint a row."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from engine.adapters.sql import refusals
from engine.adapters.sql.address import Server
from engine.adapters.sql.core.database import described, engine_of, failure_of
from engine.adapters.sql.core.lookup import held
from engine.adapters.sql.core.naming import names_of
from engine.adapters.sql.core.refusing import Rules, is_of_a_row, refusal_of, rules_of
from engine.adapters.sql.core.storing import OF_MADE_TABLES, declared, storable
from engine.adapters.sql.core.together import Apart, Record, write_together
from engine.adapters.sql.outcomes import all_in_doubt, ending_the_run, nothing_of, stopped
from engine.adapters.sql.patience import persevere
from engine.adapters.sql.rows import Row, Run, Tally, keys_of, runs_of, without_doubtful
from engine.adapters.sql.statements import minds_age
from engine.adapters.sql.table import (
    Table,
    Writing,
    check_columns,
    check_fit,
    check_request,
    creatable,
    missing_table,
)
from engine.adapters.sql.values import Unstorable
from engine.domain.adapter import Load, Receipt, Stopped
from engine.domain.errors import BatchSyncError, ErrorClass

_UNKNOWN = "outcome_unknown"


class CoreWriter:
    """A table of any database SQLAlchemy has a driver for."""

    def __init__(self, server: Server, writing: Writing) -> None:
        self._server = server
        self._writing = writing
        self._engine = engine_of(server, system=writing.system)
        self._found: tuple[Table, sa.Table] | None = None
        self._rules: Rules | None = None

    def open(self) -> None:
        """Find or make the table; SystemSyncError where it cannot take the run."""
        writing = self._writing
        check_request(writing)
        try:
            persevere(self._prepare, policy=writing.policy, sleep=writing.sleep)
        except BatchSyncError as cause:
            raise ending_the_run(cause) from cause

    def push(self, loads: Sequence[Load]) -> list[Receipt]:
        """Write all loads in one transaction that is committed when this returns."""
        writing = self._writing
        try:
            tallies, _ = persevere(
                lambda: self._written(loads), policy=writing.policy, sleep=writing.sleep
            )
        except BatchSyncError as failure:
            unknown = failure.code == _UNKNOWN
            return [(all_in_doubt if unknown else nothing_of)(e, failure) for e in loads]
        except Stopped:
            return [nothing_of(load, stopped()) for load in loads]
        return [tally.receipt() for tally in tallies]

    def lookup(self, keys: Sequence[Row]) -> Mapping[Row, Mapping[str, Any] | None]:
        """By key, the record as the stages' casts would have made it, or None."""
        try:
            with self._engine.connect() as connection:
                table, rows = self._found or self._tables(connection)
                check_columns(table, self._writing.key, self._writing)
                return held(connection, rows, keys, self._writing)
        except exc.SQLAlchemyError as cause:
            raise failure_of(cause, self._server, system=self._writing.system) from cause

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def _prepare(self) -> None:
        writing = self._writing
        try:
            with self._engine.begin() as connection:
                if writing.create and described(connection, writing.table) is None:
                    schema, name = names_of(writing.table)
                    columns = [declared(each, writing.key) for each in creatable(writing)]
                    made = sa.Table(
                        name, sa.MetaData(), *columns, schema=schema, **OF_MADE_TABLES
                    )
                    made.create(connection, checkfirst=True)
                self._found = self._tables(connection)
                check_fit(self._found[0], writing)
        except exc.SQLAlchemyError as cause:
            raise failure_of(cause, self._server, system=writing.system) from cause

    def _tables(self, connection: sa.Connection) -> tuple[Table, sa.Table]:
        schema, name = names_of(self._writing.table)
        table = described(connection, self._writing.table)
        if table is None:
            raise missing_table(
                self._writing, sa.inspect(connection).get_table_names(schema)
            )
        rows = sa.Table(
            name, sa.MetaData(), schema=schema, autoload_with=connection, resolve_fks=False
        )
        return table, rows

    def _written(self, loads: Sequence[Load]) -> list[Tally]:
        committing = False
        try:
            with self._engine.connect() as connection:
                table, rows = self._found or self._tables(connection)
                tallies = [self._write(connection, table, rows, load) for load in loads]
                committing = True
                connection.commit()
        except exc.SQLAlchemyError as cause:
            failure = failure_of(cause, self._server, system=self._writing.system)
            if committing and not self._writing.upsert:
                failure = BatchSyncError(
                    f"{failure.message} (before the commit was answered)",
                    code=_UNKNOWN,
                    error_class=ErrorClass.AVAILABILITY,
                )
            raise failure from cause
        return tallies

    def _write(
        self, connection: sa.Connection, table: Table, rows: sa.Table, load: Load
    ) -> Tally:
        tally = Tally(load)
        for run in runs_of(tally, table, self._writing, storable=lambda value, _: value):
            check_columns(table, run.columns, self._writing)
            rest = (
                self._not_there_yet(connection, rows, run, tally) if load.uncertain else run
            )
            records = self._storable(rows, rest, tally)
            if records and not self._written_together(connection, rows, rest, records):
                self._write_apart(connection, rows, rest, records, tally)
        return tally

    def _storable(self, rows: sa.Table, run: Run, tally: Tally) -> dict[int, Record]:
        """By place, the records as the columns' types take them; the others are refused."""
        records: dict[int, Record] = {}
        for place, row in enumerate(run.rows):
            record = {}
            for name, value in zip(run.columns, row, strict=True):
                try:
                    record[name] = storable(value, rows.c[name])
                except Unstorable as cause:
                    tally.refused[run.at[place]] = refusals.unstorable(name, str(cause))
                    break
            else:
                records[place] = record
        return records

    def _written_together(
        self,
        connection: sa.Connection,
        rows: sa.Table,
        run: Run,
        records: Mapping[int, Record],
    ) -> bool:
        if minds_age(run.columns, self._writing):
            return False
        try:
            with connection.begin_nested():
                write_together(connection, rows, list(records.values()), self._writing)
        except Apart:
            return False
        except exc.StatementError as cause:
            if isinstance(cause, exc.DBAPIError) and not is_of_a_row(cause):
                raise
            return False
        return True

    def _write_apart(
        self,
        connection: sa.Connection,
        rows: sa.Table,
        run: Run,
        records: Mapping[int, Record],
        tally: Tally,
    ) -> None:
        """One by one, so that what is refused stands alone (T3)."""
        left_out = [
            place
            for place, record in records.items()
            if self._write_one(connection, rows, record, run.at[place], tally) == 0
        ]
        if self._writing.modified and minds_age(run.columns, self._writing):
            tally.leave_out(run, left_out, self._writing.modified)

    def _not_there_yet(
        self, connection: sa.Connection, rows: sa.Table, run: Run, tally: Tally
    ) -> Run:
        """Of rows that may have been written before a crash, those that were not (K4)."""
        if self._writing.upsert:
            return run
        run = without_doubtful(run, tally, self._writing)
        keys = keys_of(run, self._writing.key)
        there = held(connection, rows, keys, self._writing)
        return run.part(i for i, key in enumerate(keys) if there[key] is None)

    def _write_one(
        self,
        connection: sa.Connection,
        rows: sa.Table,
        record: Record,
        at: int,
        tally: Tally,
    ) -> int:
        """Rows changed by writing this one; -1 where it is refused."""
        try:
            with connection.begin_nested():
                return self._update_or_insert(connection, rows, record)
        except exc.StatementError as cause:
            # One that is no error of the driver's: it could not even bind a value.
            if isinstance(cause, exc.DBAPIError) and not is_of_a_row(cause):
                raise
            tally.refused[at] = refusal_of(cause, self._known_rules(connection))
            return -1

    def _known_rules(self, connection: sa.Connection) -> Rules:
        """The table's constraints, asked for once there is something to blame on them."""
        if self._rules is None:
            table, _ = self._found or self._tables(connection)
            self._rules = rules_of(connection, self._writing.table, tuple(table.columns))
        return self._rules

    def _update_or_insert(
        self, connection: sa.Connection, rows: sa.Table, record: Mapping[str, Any]
    ) -> int:
        key, modified = self._writing.key, self._writing.modified
        if self._writing.upsert:
            same = sa.and_(*(rows.c[name] == record[name] for name in key))
            others = {name: value for name, value in record.items() if name not in key}
            if connection.execute(sa.select(sa.literal(1)).where(same)).first():
                if modified in others:
                    same = sa.and_(same, _not_older(rows.c[modified], record[modified]))
                change = sa.update(rows).where(same).values(others)
                return connection.execute(change).rowcount if others else 1
        connection.execute(sa.insert(rows).values(record))
        return 1


def _not_older(column: "sa.Column[Any]", value: Any) -> "sa.ColumnElement[bool]":
    unknown = column.is_(None)
    return unknown if value is None else sa.or_(unknown, column <= value)
