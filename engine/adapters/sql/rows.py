"""The rows of a Load made ready to write: grouped by their columns, the unfit ones refused."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import field
from math import isfinite
from operator import itemgetter
from types import MappingProxyType
from typing import Any

from engine.adapters.sql import refusals
from engine.adapters.sql.exact import Guard
from engine.adapters.sql.table import Table, Writing, check_written
from engine.adapters.sql.values import Unstorable
from engine.domain.adapter import Load, Receipt
from engine.domain.errors import RecordSyncError
from engine.domain.missing import MISSING
from engine.domain.values import dataclass

Row = tuple[Any, ...]
Storable = Callable[[Any, str], Any]
"""A value and its column's name to what the driver takes; raises Unstorable."""

OLDER = "older than what the target holds"


@dataclass(frozen=True, slots=True)
class Run:
    """Rows with the same columns; `at[i]` is row i's place in the Load."""

    columns: tuple[str, ...]
    at: Sequence[int]
    rows: Sequence[Row]

    def part(self, places: Iterable[int]) -> "Run":
        """Only these of its rows."""
        kept = list(places)
        return Run(self.columns, [self.at[i] for i in kept], [self.rows[i] for i in kept])


@dataclass(slots=True)
class Tally:
    """What becomes of the rows of one Load while they are written."""

    load: Load
    refused: dict[int, RecordSyncError] = field(default_factory=dict)
    ignored: dict[int, str] = field(default_factory=dict)
    in_doubt: dict[int, RecordSyncError] = field(default_factory=dict)

    def receipt(self) -> Receipt:
        """The Receipt: everything not named was written."""
        named = len(self.refused) + len(self.ignored) + len(self.in_doubt)
        return Receipt(
            self.load.batch,
            len(self.load.rows) - named,
            tuple(sorted(self.refused.items(), key=itemgetter(0))),
            tuple(sorted(self.in_doubt.items(), key=itemgetter(0))),
            tuple(sorted(self.ignored.items())),
        )

    def leave_out(self, run: Run, places: Iterable[int], modified: str) -> None:
        """These rows were not written, because the target holds newer ones."""
        column = run.columns.index(modified)
        for place in places:
            known = run.rows[place][column] is not None
            self.ignored[run.at[place]] = (
                OLDER if known else f"{OLDER}: it has no {modified}"
            )


def runs_of(
    tally: Tally,
    table: Table,
    writing: Writing,
    *,
    storable: Storable,
    easy: Collection[type] = (),
    guards: Mapping[str, Guard] = MappingProxyType({}),
) -> list[Run]:
    """The rows to write. Values of `easy` types go as they are, others through `storable`.

    `guards` find those that their column would change.
    """
    load = tally.load
    if load.columns is None:
        runs = _runs_of_dicts(tally, table, writing)
    else:
        check_written(load.columns, writing)
        runs = [Run(load.columns, range(len(load.rows)), load.rows)]
    if writing.upsert:
        runs = [_with_keys(run, tally, writing) for run in runs]
    kept = [_kept_exact(run, tally, guards) for run in runs]
    return [_made_plain(run, tally, writing, storable, easy) for run in kept]


def _with_keys(run: Run, tally: Tally, writing: Writing) -> Run:
    """Without the rows whose key is null: the database would number them, or keep them twice."""
    for name in writing.key:
        place = run.columns.index(name)
        if [row for row in run.rows if row[place] is None]:
            kept = [i for i, row in enumerate(run.rows) if row[place] is not None]
            blank = set(range(len(run.rows))).difference(kept)
            tally.refused.update(
                (run.at[i], refusals.keyless(writing.table, name)) for i in blank
            )
            run = run.part(kept)
    return run


def _kept_exact(run: Run, tally: Tally, guards: Mapping[str, Guard]) -> Run:
    for name in guards.keys() & set(run.columns):
        guard, place = guards[name], run.columns.index(name)
        wrong = {
            i: why
            for i, row in enumerate(run.rows)
            if (why := guard(row[place])) is not None
        }
        if wrong:
            tally.refused.update(
                (run.at[i], refusals.inexact(name, why)) for i, why in wrong.items()
            )
            run = run.part(i for i in range(len(run.rows)) if i not in wrong)
    return run


def _made_plain(
    run: Run,
    tally: Tally,
    writing: Writing,
    storable: Storable,
    easy: Collection[type],
) -> Run:
    """Columns that the stages cast hold what `push` takes; only the others are looked at."""
    casts, types = writing.casts, tally.load.types
    if types is not None and types.issubset(easy):
        return run
    odd = [
        place
        for place, name in enumerate(run.columns)
        if casts.get(name) is None and not _is_easy(run.rows, place, easy)
    ]
    return _each_made_plain(run, odd, tally, storable) if odd else run


def _is_easy(rows: Sequence[Row], place: int, easy: Collection[type]) -> bool:
    met = {type(row[place]) for row in rows}
    if not met.issubset(easy):
        return False
    # A driver would write what is not a number as null, and say nothing.
    return float not in met or all(
        isfinite(row[place]) for row in rows if type(row[place]) is float
    )


def _each_made_plain(run: Run, odd: Sequence[int], tally: Tally, storable: Storable) -> Run:
    kept: list[int] = []
    rows: list[Row] = []
    for i, row in enumerate(run.rows):
        made = storable_row(run.columns, row, storable, odd)
        if isinstance(made, RecordSyncError):
            tally.refused[run.at[i]] = made
            continue
        kept.append(run.at[i])
        rows.append(made)
    return Run(run.columns, kept, rows)


def storable_row(
    columns: Sequence[str], row: Row, storable: Storable, places: Iterable[int]
) -> Row | RecordSyncError:
    """The row with the values at these places as the driver takes them, or why it cannot."""
    made = list(row)
    for place in places:
        try:
            made[place] = storable(row[place], columns[place])
        except Unstorable as cause:
            return refusals.unstorable(columns[place], str(cause))
    return tuple(made)


def keys_of(run: Run, key: Sequence[str]) -> list[Row]:
    """The key of each row."""
    places = [run.columns.index(name) for name in key]
    return [tuple([row[place] for place in places]) for row in run.rows]


def without_doubtful(run: Run, tally: Tally, writing: Writing) -> Run:
    """Without the rows that cannot be looked up, and may have been written before (K4)."""
    if writing.key and set(writing.key) <= set(run.columns):
        doubtful = [i for i, key in enumerate(keys_of(run, writing.key)) if None in key]
    else:
        doubtful = list(range(len(run.rows)))
    for i in doubtful:
        tally.in_doubt[run.at[i]] = refusals.unsettled(writing.table)
    if not doubtful:
        return run
    return run.part(i for i in range(len(run.rows)) if run.at[i] not in tally.in_doubt)


def _runs_of_dicts(tally: Tally, table: Table, writing: Writing) -> list[Run]:
    """Records with the same fields make a run; a field that is missing stays as it is."""
    fit: dict[tuple[str, ...], list[int]] = {}
    shapes: dict[tuple[str, ...], tuple[str, ...] | RecordSyncError] = {}
    for i, row in enumerate(tally.load.rows):
        present = tuple(name for name, value in row.items() if value is not MISSING)
        if present not in shapes:
            shapes[present] = _shape(present, table, writing)
        shape = shapes[present]
        if isinstance(shape, RecordSyncError):
            tally.refused[i] = shape
        else:
            fit.setdefault(shape, []).append(i)
    return [_run(columns, at, tally.load.rows) for columns, at in fit.items()]


def _run(
    columns: tuple[str, ...], at: list[int], records: Sequence[Mapping[str, Any]]
) -> Run:
    rows = [tuple([records[i].get(name) for name in columns]) for i in at]
    return Run(columns, at, rows)


def _shape(
    present: Sequence[str], table: Table, writing: Writing
) -> tuple[str, ...] | RecordSyncError:
    """The table's columns that such a record fills, in the table's order."""
    unknown = [
        name
        for name in present
        if name not in table.columns or table.columns[name].generated
    ]
    if unknown:
        return refusals.unknown_fields(table.name, unknown)
    for name in writing.key if writing.upsert else ():
        if name not in present:
            return refusals.keyless(table.name, name)
    if not present:
        return refusals.empty(table.name)
    # Without it the database would compare a default with what it holds.
    asked = {*present, *filter(None, (writing.modified,))}
    return tuple(name for name in table.columns if name in asked)
