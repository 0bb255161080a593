"""Writes through SQLAlchemy Core: look, then update or insert, a savepoint a row."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from engine.adapters.sql import refusals
from engine.adapters.sql.address import Server
from engine.adapters.sql.core.database import (
    OF_A_ROW,
    described,
    engine_of,
    failure_of,
    names_of,
    refusal_of,
)
from engine.adapters.sql.core.lookup import held
from engine.adapters.sql.core.storing import declared, storable
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
                    made = sa.Table(name, sa.MetaData(), *columns, schema=schema)
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
            left_out = [
                place
                for place in range(len(rest.rows))
                if self._write_one(connection, rows, rest, place, tally) == 0
            ]
            if self._writing.modified and minds_age(rest.columns, self._writing):
                tally.leave_out(rest, left_out, self._writing.modified)
        return tally

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
        self, connection: sa.Connection, rows: sa.Table, run: Run, place: int, tally: Tally
    ) -> int:
        """Rows changed by writing this one; -1 where it is refused."""
        record, at = {}, run.at[place]
        for name, value in zip(run.columns, run.rows[place], strict=True):
            try:
                record[name] = storable(value, rows.c[name])
            except Unstorable as cause:
                tally.refused[at] = refusals.unstorable(name, str(cause))
                return -1
        try:
            with connection.begin_nested():
                return self._update_or_insert(connection, rows, record)
        except OF_A_ROW as cause:
            tally.refused[at] = refusal_of(cause, self._writing.table)
            return -1

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
