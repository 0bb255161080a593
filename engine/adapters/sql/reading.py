"""What reading asks of a kind of database, and the questions as SQL text that all kinds share."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import Any, Protocol

from engine.adapters.sql.raw import Row
from engine.adapters.sql.table import Table
from engine.domain.values import dataclass

PARAMETER = "\0"
"""Where a value goes in the text of a question; no name and no query may have it in it."""


@dataclass(frozen=True, slots=True)
class Question:
    """SQL text and the values of its parameters, in order."""

    text: str
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The columns and the rows of a SELECT."""

    columns: tuple[str, ...]
    rows: list[Row]


class Reader(Protocol):
    """A database that is only read. Raises SyncErrors of its own making.

    `limits`: it knows LIMIT and OFFSET. `asked_at_once`: how many keys one question may name.
    """

    limits: bool
    asked_at_once: int

    def table(self, name: str) -> Table | None: ...

    def named(self, table: str) -> str:
        """A table's name as SQL text."""
        ...

    def quoted(self, column: str) -> str:
        """A column's name as SQL text."""
        ...

    def select(self, question: Question) -> Answer: ...

    def every(self, asking: "Asking", part: "Part", size: int) -> Iterator[Row]:
        """The key of every `size`-th record of a part, in one pass over it."""
        ...

    def held(
        self, asking: "Asking", columns: tuple[str, ...], keys: Sequence[Row]
    ) -> Answer:
        """The records that have any of these values in these columns."""
        ...

    def snapshot(self) -> AbstractContextManager[None]:
        """Everything asked inside sees the same state."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the records: keys above `after` up to `upto`, changes from `since` to `until`.

    A key is a tuple of values. `unmarked`: records whose change column is null belong to it too.
    """

    after: Row | None = None
    upto: Row | None = None
    since: Any = None
    until: Any = None
    unmarked: bool = False


_ALL: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Asking:
    """Questions about the records of a table or a query, which `records` is as SQL text.

    `limits`: the database knows LIMIT and OFFSET.
    """

    records: str
    quoted: Callable[[str], str]
    order_by: tuple[str, ...] = ()
    changed: str | None = None
    limits: bool = True

    @property
    def order(self) -> str:
        """The order columns as SQL text."""
        return self.listed(self.order_by)

    def listed(self, columns: Sequence[str]) -> str:
        """Columns as SQL text."""
        return ", ".join(map(self.quoted, columns))

    def all_of(self, part: Part) -> Question:
        """The records of a part, in order."""
        return self._of(part, "*", f" ORDER BY {self.order}" if self.order_by else "")

    def nothing(self) -> Question:
        """No record: only the names of the columns."""
        return Question(f"SELECT * FROM {self.records} WHERE 1 = 0")

    def highest(self, column: str, part: Part, among: Mapping[str, Any] = _ALL) -> Question:
        """The greatest value of a column, of any type that has an order.

        `among`: only of records that have these values in these columns.
        """
        name = self.quoted(column)
        same = [f"{self.quoted(each)} = {PARAMETER}" for each in among]
        there = " AND ".join([f"{name} IS NOT NULL", *same])
        if self.limits:
            found = self._of(part, name, f" ORDER BY {name} DESC LIMIT 1", there)
        else:
            found = self._of(part, f"max({name})", "", there)
        return Question(found.text, (*found.values, *among.values()))

    def nulls(self, column: str) -> Question:
        """How many records have null in a column."""
        return Question(
            f"SELECT count(*) FROM {self.records} WHERE {self.quoted(column)} IS NULL"
        )

    def repeated(self) -> Question:
        """The first of the order column's values in a key that comes more than once, if any."""
        name = self.quoted(self.order_by[0])
        repeated = (
            f"SELECT {name} FROM {self.records} WHERE {name} IS NOT NULL "
            f"GROUP BY {self.order} HAVING count(*) > 1"
        )
        if self.limits:
            return Question(f"{repeated} LIMIT 1")
        return Question(f"SELECT min({name}) FROM ({repeated}) repeated")

    def step(self, part: Part, size: int) -> Question:
        """The key of the record `size` places on from the start of a part."""
        return self._of(
            part, self.order, f" ORDER BY {self.order} LIMIT 1 OFFSET {size - 1}"
        )

    def ordered_keys(self, part: Part) -> Question:
        """The keys of a part, in order."""
        return self._of(part, self.order, f" ORDER BY {self.order}")

    def numbered_keys(self, part: Part, size: int) -> Question:
        """The key of every `size`-th record of a part, in one pass over it."""
        numbers = f"{self.order}, row_number() OVER (ORDER BY {self.order}) AS place"
        inner = self._of(part, numbers)
        return Question(
            f"SELECT {self.order} FROM ({inner.text}) numbered "
            f"WHERE place % {size} = 0 ORDER BY place",
            inner.values,
        )

    def held(self, columns: tuple[str, ...], keys: Sequence[Row]) -> Question:
        """The records that have any of these values in these columns."""
        one = " AND ".join(f"{self.quoted(column)} = {PARAMETER}" for column in columns)
        where = " OR ".join([f"({one})"] * len(keys))
        values = tuple(part for key in keys for part in key)
        return Question(f"SELECT * FROM {self.records} WHERE {where}", values)

    def _of(self, part: Part, what: str, end: str = "", *also: str) -> Question:
        conditions, values = self._conditions(part)
        conditions += also
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        return Question(f"SELECT {what} FROM {self.records}{where}{end}", tuple(values))

    def _conditions(self, part: Part) -> tuple[list[str], list[Any]]:
        conditions: list[str] = []
        values: list[Any] = []
        for sign, bound in ((">=", part.since), ("<=", part.until)):
            if self.changed is not None and bound is not None:
                name = self.quoted(self.changed)
                condition = f"{name} {sign} {PARAMETER}"
                if part.unmarked and sign == "<=":
                    condition = f"({condition} OR {name} IS NULL)"
                conditions.append(condition)
                values.append(bound)
        for sign, key in ((">", part.after), ("<=", part.upto)):
            if self.order_by and key is not None:
                condition, bounds = self._beyond(sign, key)
                conditions.append(condition)
                values += bounds
        return conditions, values

    def _beyond(self, sign: str, key: Row) -> tuple[str, Sequence[Any]]:
        """Keys greater, or not greater, than this one, column by column."""
        if len(key) == 1 or self.limits:
            marks = ", ".join([PARAMETER] * len(key))
            return (
                f"({self.order}) {sign} ({marks})"
                if len(key) > 1
                else f"{self.order} {sign} {marks}"
            ), key
        # Not every database compares rows.
        return self._stepwise(sign, list(map(self.quoted, self.order_by)), key)

    def _stepwise(
        self, sign: str, names: Sequence[str], key: Row
    ) -> tuple[str, Sequence[Any]]:
        name, value = names[0], key[0]
        if len(key) == 1:
            return f"{name} {sign} {PARAMETER}", key
        rest, values = self._stepwise(sign, names[1:], key[1:])
        text = f"({name} {sign[0]} {PARAMETER} OR ({name} = {PARAMETER} AND {rest}))"
        return text, (value, value, *values)
