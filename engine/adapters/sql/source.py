"""The `sql` source: the records of a table or a query, in batches by key."""

import time
from collections.abc import Mapping, Sequence
from itertools import starmap
from operator import itemgetter
from typing import Any, ClassVar

import msgspec

from engine.adapters.sql.address import dialect_of, driver_missing, server, sqlite_file
from engine.adapters.sql.answers import answers
from engine.adapters.sql.identifiers import spoken
from engine.adapters.sql.options import SqlSourceOptions
from engine.adapters.sql.outcomes import ending_the_run
from engine.adapters.sql.patience import persevere
from engine.adapters.sql.planning import Records, part_of, plan_of
from engine.adapters.sql.raw import SqlRows, readable
from engine.adapters.sql.reading import PARAMETER, Answer, Asking, Part, Reader
from engine.adapters.sql.table import Table
from engine.domain.adapter import Lookup, Plan, SourceContext, SourceTraits, Waits
from engine.domain.batch import Fetched, Scope
from engine.domain.delta import ChangeFilter, Window
from engine.domain.errors import BatchSyncError, ErrorClass, SystemSyncError
from engine.domain.missing import MISSING

_TIMES_OVERLAP = 60.0


class SqlSource:
    """A table or a query in SQLite, PostgreSQL, or any database SQLAlchemy has a driver for.

    Its change filter is a column's own values (M1); the look-back is for marks that are times.
    """

    Options: ClassVar[type[Any]] = SqlSourceOptions
    traits: SourceTraits = SourceTraits()

    def __init__(self, options: SqlSourceOptions, context: SourceContext) -> None:
        self._options = options
        self._context = context
        self._dialect = dialect_of(options.url)
        self._made: Reader | None = None
        self._found: Records | None = None
        self._shapes: dict[tuple[str, ...], _Shape] = {}
        filtered = options.changed_since is not None
        self.traits = SourceTraits(
            change_filter=ChangeFilter.COLUMN if filtered else ChangeFilter.NONE,
            lookup=Lookup.BULK,
            waits=Waits.PROCESSOR if self._dialect == "sqlite" else Waits.NETWORK,
            default_lookback=_TIMES_OVERLAP if filtered else 0.0,
        )

    def plan_fetch(self, window: Window) -> Plan:
        """The batches of a run by ranges of the order column; all of it at once without one."""
        context = self._context
        try:
            plan, _ = persevere(
                lambda: self._plan(window), policy=context.retry, sleep=self._sleep
            )
        except BatchSyncError as cause:
            raise ending_the_run(cause) from cause
        return plan

    def fetch(self, scope: Scope) -> Fetched:
        """The records of one range, as structs of the wanted fields where these are known."""
        part = part_of(scope)
        answer, attempts = persevere(
            lambda: self._read(part), policy=self._context.retry, sleep=self._sleep
        )
        rows, broken = readable(answer.columns, answer.rows)
        places = None
        whole = rows
        if broken:
            unreadable = {each.place for each in broken}
            places = [place for place in range(len(rows)) if place not in unreadable]
            whole = [rows[place] for place in places]
        shape = self._shape(answer.columns)
        return Fetched(
            rows=shape.made_of(whole),
            raw=SqlRows(answer.columns, rows),
            struct=shape.struct is not None,
            places=places,
            broken=broken,
            unit=self._options.table or "record",
            first=int(scope.get("first", 1)),
            attempts=attempts,
        )

    def lookup(
        self, keys: Sequence[tuple[Any, ...]], *, by: tuple[str, ...] = ()
    ) -> Mapping[tuple[Any, ...], Mapping[str, Any] | None]:
        """By the values of the columns `by` (the order column if absent), the record, or None."""
        answers, _ = persevere(
            lambda: self._held(keys, by), policy=self._context.retry, sleep=self._sleep
        )
        return answers

    def close(self) -> None:
        """Let go of the connection."""
        if self._made is not None:
            self._made.close()

    def _sleep(self, seconds: float) -> None:
        (self._context.sleep or time.sleep)(seconds)

    def _plan(self, window: Window) -> Plan:
        reader = self._reader()
        records = self._found = self._records(reader)
        with reader.snapshot():
            return plan_of(reader, records, window, self._context.batch_size)

    def _read(self, part: Part) -> Answer:
        reader = self._reader()
        records = self._found = self._found or self._records(reader)
        return reader.select(records.asking.all_of(part))

    def _held(
        self, keys: Sequence[tuple[Any, ...]], by: tuple[str, ...]
    ) -> dict[tuple[Any, ...], Mapping[str, Any] | None]:
        reader = self._reader()
        records = self._found = self._found or self._records(reader)
        columns = by or self._own_key(records)
        _check_columns(records, columns)
        if not columns:
            raise records.unfit(
                f"{records.named} has no order_by to look records up by", code="no_key"
            )

        def ask(few: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
            answer = reader.held(records.asking, columns, few)
            rows, _ = readable(answer.columns, answer.rows)
            return [dict(zip(answer.columns, row, strict=True)) for row in rows]

        return answers(keys, ask, key=columns, at_once=reader.asked_at_once)

    def _own_key(self, records: Records) -> tuple[str, ...]:
        named, table = self._options.order_by, records.table
        return named if table is None or table.tells_apart(named) else table.own_key

    def _shape(self, columns: tuple[str, ...]) -> "_Shape":
        if columns not in self._shapes:
            self._shapes[columns] = _Shape(columns, self._context.wanted)
        return self._shapes[columns]

    def _reader(self) -> Reader:
        if self._made is None:
            self._made = self._make()
        return self._made

    def _make(self) -> Reader:
        url, system = self._options.url, self._context.system
        # Drivers are imported when they are needed: each costs a start that others do not.
        if self._dialect == "sqlite":
            from engine.adapters.sql.sqlite.reader import SqliteReader

            return SqliteReader(sqlite_file(url, self._context.folder).path, system)
        if self._dialect == "postgresql":
            try:
                from engine.adapters.sql.postgres.reader import PostgresReader
            except ImportError:
                raise driver_missing(system) from None
            return PostgresReader(server(url), system)
        from engine.adapters.sql.core.reader import CoreReader

        return CoreReader(server(url), system)

    def _records(self, reader: Reader) -> Records:
        options, system = self._options, self._context.system
        if (options.table is None) == (options.query is None):
            raise _unfit(
                system, "an sql source needs either a table or a query", "no_records"
            )
        if options.table is not None:
            records = _table_records(reader, options.table, options, system)
        else:
            records = _query_records(reader, options.query or "", options, system)
        asking = records.asking
        changed = () if asking.changed is None else (asking.changed,)
        _check_columns(records, (*asking.order_by, *changed))
        return records


class _Shape:
    """How rows of these columns become records: structs of the wanted fields, or dicts."""

    def __init__(self, columns: tuple[str, ...], wanted: tuple[str, ...] | None) -> None:
        self._columns = columns
        self.struct: Any = None
        if wanted is None:
            return
        there = [(f"f{i}", columns.index(n)) for i, n in enumerate(wanted) if n in columns]
        absent = [(f"f{i}", Any, MISSING) for i, n in enumerate(wanted) if n not in columns]
        given = [(name, Any) for name, _ in there]
        self.struct = msgspec.defstruct("Row", [*given, *absent], gc=False)
        self._places = [place for _, place in there]

    def made_of(self, rows: Sequence[tuple[Any, ...]]) -> list[Any]:
        """The records."""
        if self.struct is None:
            return [dict(zip(self._columns, row, strict=True)) for row in rows]
        match self._places:
            case []:
                return [self.struct() for _ in rows]
            case [place]:
                return [self.struct(row[place]) for row in rows]
            case places:
                return list(starmap(self.struct, map(itemgetter(*places), rows)))


def _table_records(
    reader: Reader, name: str, options: SqlSourceOptions, system: str
) -> Records:
    table = reader.table(name)
    if table is None:
        raise _unfit(system, f"table {name} is missing: correct the name", "table_missing")
    asking = Asking(
        reader.named(name),
        reader.quoted,
        _order(table, options.order_by),
        options.changed_since,
        reader.limits,
    )
    return Records(asking, name, system, tuple(table.columns), table)


def _query_records(
    reader: Reader, query: str, options: SqlSourceOptions, system: str
) -> Records:
    text = query.strip().rstrip(";").rstrip()
    if PARAMETER in text:
        raise _unfit(system, "the query has a NUL character in it", "malformed_query")
    # The line break ends a comment that the query may end with.
    asking = Asking(
        f"({text}\n) records",
        reader.quoted,
        options.order_by,
        options.changed_since,
        reader.limits,
    )
    columns = reader.select(asking.nothing()).columns
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise _unfit(
            system,
            f"the query gives column {spoken(twice)} more than once: name them apart with AS",
            "ambiguous_columns",
        )
    return Records(asking, "the query", system, columns)


def _order(table: Table, named: tuple[str, ...]) -> tuple[str, ...]:
    """The columns to cut by: those that are named, made unique by the table's own key."""
    if table.tells_apart(named):
        return named
    return named + tuple(name for name in table.own_key if name not in named)


def _check_columns(records: Records, names: Sequence[str]) -> None:
    missing = [name for name in names if name not in records.columns]
    if missing:
        raise records.unfit(
            f"{records.named} has no column {spoken(missing)}: correct the name",
            code="column_missing",
        )


def _unfit(system: str, why: str, code: str) -> SystemSyncError:
    return SystemSyncError(f"{system}: {why}", code=code, error_class=ErrorClass.SCHEMA)
