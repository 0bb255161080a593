"""The scopes of a run over a table or a query: keyset batches, fixed before the first fetch (M3).

A scope is a range of keys, cut at every batch-size-th one, so that a Batch is fetched again alone
whatever is added or removed elsewhere. With `changed_since` the mark is the source's own maximum
of that column when the run is planned (M1): a time where the column holds times, as such or as
ISO text, else its number or its text.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from engine.adapters.sql.identifiers import spoken
from engine.adapters.sql.raw import Row
from engine.adapters.sql.reading import Asking, Part, Question, Reader
from engine.adapters.sql.scopes import (
    bindable,
    mark_of,
    scoped,
    scoped_key,
    spoken_value,
    unscoped,
    unscoped_key,
)
from engine.adapters.sql.table import Table
from engine.domain.adapter import Plan
from engine.domain.batch import Scope
from engine.domain.delta import Window
from engine.domain.errors import ErrorClass, SystemSyncError
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Records:
    """What is read, and what a person calls it. `table` is None for a query."""

    asking: Asking
    named: str
    system: str
    columns: tuple[str, ...]
    table: Table | None = None

    def unfit(self, why: str, *, code: str) -> SystemSyncError:
        """The records cannot be read as asked."""
        return SystemSyncError(
            f"{self.system}: {why}", code=code, error_class=ErrorClass.SCHEMA
        )


def plan_of(reader: Reader, records: Records, window: Window, size: int) -> Plan:
    """The plan of a run; SystemSyncError where the records cannot be cut or marked."""
    part = _window(reader, records, window)
    if part is None:
        return Plan(())
    warnings = _warnings(reader, records, window)
    if not records.asking.order_by:
        scopes: tuple[Scope, ...] = (_scope(records, part, 1),)
    else:
        _check_order(reader, records)
        scopes = tuple(_scopes(reader, records, part, size))
    bound = None if part.until is None else mark_of(part.until)
    return Plan(scopes, bound, warnings=warnings)


def part_of(scope: Scope) -> Part:
    """The part of the records that a scope describes."""
    bounds = {name: unscoped(scope[name]) for name in ("since", "until") if name in scope}
    keys = {name: unscoped_key(scope[name]) for name in ("after", "upto") if name in scope}
    return Part(**keys, **bounds, unmarked=bool(scope.get("unmarked")))


def _window(reader: Reader, records: Records, window: Window) -> Part | None:
    """The part a window asks for; None where nothing can have changed in it."""
    asking = records.asking
    column = asking.changed
    if column is None:
        return Part()
    highest = until = _value(reader, asking.highest(column, Part()))
    if highest is None:
        return Part() if window.since is None else None
    since = None
    if window.since is not None:
        since = bindable(window.since, highest, column=column)
    if window.until is not None:
        last = Part(until=bindable(window.until, highest, column=column))
        until = _value(reader, asking.highest(column, last))
    if until is None:
        return None
    return Part(since=since, until=until, unmarked=since is None)


def _warnings(reader: Reader, records: Records, window: Window) -> tuple[str, ...]:
    warnings = []
    if not records.asking.order_by:
        warnings.append(
            f"{records.named} is one batch: name a unique column under order_by to have several"
        )
    column = records.asking.changed
    if column is not None and window.since is not None:
        unmarked = _value(reader, records.asking.nulls(column))
        if unmarked:
            warnings.append(
                f"{unmarked} records have no {column}: only a run with --full fetches them"
            )
    return tuple(warnings)


def _check_order(reader: Reader, records: Records) -> None:
    """Null is in no range of keys, and a key that comes often makes a Batch without measure."""
    table, columns = records.table, records.asking.order_by
    for column in columns:
        if table is not None and not table.columns[column].nullable:
            continue
        blank = _value(reader, records.asking.nulls(column))
        if blank:
            raise records.unfit(
                f"order_by {column} is null in {blank} records of {records.named}, which no batch "
                "would hold: name a column that is never null",
                code="order_by_null",
            )
    if table is not None and table.tells_apart(columns):
        return
    repeated = _value(reader, records.asking.repeated())
    if repeated is not None:
        raise records.unfit(
            f"order_by {spoken(columns)} is not unique in {records.named}: "
            f"{spoken_value(repeated)} comes more than once; name a unique column",
            code="order_by_not_unique",
        )


def _scopes(reader: Reader, records: Records, part: Part, size: int) -> Iterator[Scope]:
    after, first = None, 1
    for key in _keys(reader, records, part, size):
        yield _scope(records, replace(part, after=after, upto=key), first)
        after, first = key, first + size
    rest = replace(part, after=after)
    last = _last(reader, records.asking, rest)
    if last is not None:
        yield _scope(records, replace(rest, upto=last), first)


def _last(reader: Reader, asking: Asking, part: Part) -> Row | None:
    """The greatest key of a part, column after column."""
    found: dict[str, Any] = {}
    for column in asking.order_by:
        value = _value(reader, asking.highest(column, part, found))
        if value is None:
            return None
        found[column] = value
    return tuple(found.values())


def _keys(reader: Reader, records: Records, part: Part, size: int) -> Iterator[Row]:
    """The key of every size-th record.

    Steps over an index cost a tenth of a pass over its rows (measured); without an index, or
    where another one serves the window, each step would sort everything anew.
    """
    asking = records.asking
    if reader.limits and records.table is not None and part.until is None:
        return _steps(reader, asking, part, size)
    return reader.every(asking, part, size)


def _steps(reader: Reader, asking: Asking, part: Part, size: int) -> Iterator[Row]:
    while rows := reader.select(asking.step(part, size)).rows:
        yield rows[0]
        part = replace(part, after=rows[0])


def _value(reader: Reader, question: Question) -> Any:
    """The one value of an answer, or None."""
    return next((value for (value,) in reader.select(question).rows), None)


def _scope(records: Records, part: Part, first: int) -> Scope:
    keys = (("after", part.after), ("upto", part.upto))
    marks = (("since", part.since), ("until", part.until))
    bounds = {name: scoped_key(key) for name, key in keys if key is not None}
    bounds |= {name: scoped(mark) for name, mark in marks if mark is not None}
    if part.unmarked:
        bounds["unmarked"] = True
    return {"what": _described(records, part), "first": first, **bounds}


def _described(records: Records, part: Part) -> str:
    asking = records.asking
    said = [
        f"{_spoken_key(asking.order_by)} {sign} {_spoken_key(map(spoken_value, key))}"
        for sign, key in ((">", part.after), ("<=", part.upto))
        if key is not None
    ]
    said += [
        f"{asking.changed} {sign} {spoken_value(value)}"
        for sign, value in ((">=", part.since), ("<=", part.until))
        if value is not None
    ]
    return (
        f"{records.named} where {' and '.join(said)}" if said else f"all of {records.named}"
    )


def _spoken_key(parts: Iterable[str]) -> str:
    """A key, or its columns: in brackets where there are several."""
    listed = list(parts)
    return listed[0] if len(listed) == 1 else f"({', '.join(listed)})"
