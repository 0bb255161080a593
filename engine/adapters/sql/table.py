"""A table as it is found in a database, and whether it can take what a Link writes (T1)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from unicodedata import normalize

from engine.adapters.sql.identifiers import spoken
from engine.domain.adapter import Column, Sleep
from engine.domain.errors import ErrorClass, SystemSyncError
from engine.domain.retry import RetryPolicy
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column as declared. `generated`: the database computes it and takes no value."""

    name: str
    kind: str = ""
    nullable: bool = True
    generated: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table's columns in order, and the sets of columns that are unique in it.

    `view`: it is a view, whose rows are those of other tables. `nested`: its records refer to
    others of the same table.
    """

    name: str
    columns: Mapping[str, TableColumn]
    unique: tuple[frozenset[str], ...] = ()
    nested: bool = False
    view: bool = False

    @property
    def own_key(self) -> tuple[str, ...]:
        """The first columns, as few as can be, that tell its records apart and are never null."""
        known = [
            each for each in self.unique if not any(self.columns[n].nullable for n in each)
        ]
        if not known:
            return ()
        shortest = min(known, key=len)
        return tuple(name for name in self.columns if name in shortest)

    def tells_apart(self, columns: Iterable[str]) -> bool:
        """Whether no two records can be alike in these columns."""
        return any(unique <= set(columns) for unique in self.unique)


@dataclass(frozen=True, slots=True)
class Writing:
    """What a Link asks of a target: the table, the key, and how to write."""

    system: str
    table: str
    key: tuple[str, ...]
    sleep: Sleep
    columns: tuple[Column, ...] | None = None
    modified: str | None = None
    upsert: bool = True
    create: bool = False
    policy: RetryPolicy = field(default_factory=RetryPolicy)

    @property
    def casts(self) -> dict[str, str | None]:
        """The type the stages give each column, where known."""
        return {column.name: column.cast for column in self.columns or ()}


def check_request(writing: Writing) -> None:
    """Refuse what no table could serve: an upsert without a key, a `modified` never mapped."""
    if writing.upsert and not writing.key:
        raise misfit(
            writing,
            "upsert needs the key of the Link: name its fields under key, or use mode: insert",
            code="no_key",
        )
    if writing.columns is not None:
        check_written(tuple(writing.casts), writing)


def check_written(columns: Sequence[str], writing: Writing) -> None:
    """Refuse records without the columns by which they are told apart."""
    needed = (*writing.key, *filter(None, (writing.modified,))) if writing.upsert else ()
    for name in needed:
        if name not in columns:
            raise misfit(
                writing,
                f"the stages make no field {name}, which the target needs: map it",
                code="field_missing",
            )


def check_fit(table: Table, writing: Writing) -> None:
    """Refuse a table that cannot take the records, naming what is missing."""
    needed = (*writing.casts, *writing.key, *filter(None, (writing.modified,)))
    check_columns(table, needed, writing)
    if writing.upsert and not any(set(writing.key) == unique for unique in table.unique):
        raise misfit(
            writing,
            f"table {table.name} has no unique key on {spoken(writing.key)}, which upsert needs: "
            "add a unique index, or use mode: insert",
            code="no_unique_key",
        )


def check_columns(table: Table, names: Iterable[str], writing: Writing) -> None:
    """Refuse columns that the table does not have, or that it computes by itself."""
    names = dict.fromkeys(names)
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise misfit(
            writing,
            f"table {table.name} has no column {spoken(missing)}{_near(missing, table)}: "
            "add it to the table, or leave it out of the map",
            code="column_missing",
        )
    generated = [name for name in names if table.columns[name].generated]
    if generated:
        raise misfit(
            writing,
            f"table {table.name} computes {spoken(generated)} by itself: leave it out of the map",
            code="column_generated",
        )


def missing_table(writing: Writing, there: Sequence[str] = ()) -> SystemSyncError:
    """The table is not there; `there` are those that are."""
    folded = writing.table.casefold()
    near = next((name for name in there if name.casefold() == folded), None)
    hint = (
        f"there is {near}; correct the name" if near else "create it, or set create: true"
    )
    return misfit(
        writing, f"table {writing.table} is missing: {hint}", code="table_missing"
    )


def misfit(writing: Writing, why: str, *, code: str) -> SystemSyncError:
    """A target that cannot take the run for what it is or is asked for."""
    return SystemSyncError(
        f"{writing.system}: {why}", code=code, error_class=ErrorClass.SCHEMA
    )


def creatable(writing: Writing) -> tuple[Column, ...]:
    """The columns of a table to be made."""
    if writing.columns is None:
        raise misfit(
            writing,
            f"table {writing.table} cannot be made: create: true needs a map that names every "
            "field (no keep, no python stage after it)",
            code="columns_unknown",
        )
    return writing.columns


def _near(missing: Sequence[str], table: Table) -> str:
    alike = {_folded(name): name for name in table.columns}
    found = [alike[_folded(name)] for name in missing if _folded(name) in alike]
    if not found:
        return ""
    twins = any(_same_letters(name, missing) for name in found)
    how = ", which only looks the same: its letters are composed otherwise" if twins else ""
    return f" (it has {spoken(found)}{how})"


def _folded(name: str) -> str:
    return normalize("NFC", name).casefold()


def _same_letters(name: str, missing: Sequence[str]) -> bool:
    return normalize("NFC", name) in {normalize("NFC", each) for each in missing}
