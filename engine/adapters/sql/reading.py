"""What reading asks of a kind of database, and the questions as SQL text that all kinds share."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from engine.adapters.sql.raw import Row
from engine.adapters.sql.table import Table

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

    def every(self, asking: "Asking", part: "Part", size: int) -> Iterator[Any]:
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

    `unmarked`: records whose change column is null belong to it too.
    """

    after: Any = None
    upto: Any = None
    since: Any = None
    until: Any = None
    unmarked: bool = False


@dataclass(frozen=True, slots=True)
class Asking:
    """Questions about the records of a table or a query, which `records` is as SQL text.

    `limits`: the database knows LIMIT and OFFSET.
    """

    records: str
    quoted: Callable[[str], str]
    order_by: str | None = None
    changed: str | None = None
    limits: bool = True

    @property
    def order(self) -> str:
        """The order column as SQL text."""
        return self.quoted(self.order_by or "")

    def all_of(self, part: Part) -> Question:
        """The records of a part, in order."""
        return self._of(part, "*", f" ORDER BY {self.order}" if self.order_by else "")

    def nothing(self) -> Question:
        """No record: only the names of the columns."""
        return Question(f"SELECT * FROM {self.records} WHERE 1 = 0")

    def highest(self, column: str, part: Part) -> Question:
        """The greatest value of a column, of any type that has an order."""
        name = self.quoted(column)
        if not self.limits:
            return self._of(part, f"max({name})")
        return self._of(part, name, f" ORDER BY {name} DESC LIMIT 1", f"{name} IS NOT NULL")

    def nulls(self, column: str) -> Question:
        """How many records have null in a column."""
        return Question(
            f"SELECT count(*) FROM {self.records} WHERE {self.quoted(column)} IS NULL"
        )

    def repeated(self, column: str) -> Question:
        """A value that a column has more than once, if any."""
        name = self.quoted(column)
        repeated = (
            f"SELECT {name} FROM {self.records} WHERE {name} IS NOT NULL "
            f"GROUP BY {name} HAVING count(*) > 1"
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
        for column, sign, bound in (
            (self.changed, ">=", part.since),
            (self.changed, "<=", part.until),
            (self.order_by, ">", part.after),
            (self.order_by, "<=", part.upto),
        ):
            if column is None or bound is None:
                continue
            name = self.quoted(column)
            condition = f"{name} {sign} {PARAMETER}"
            if part.unmarked and bound is part.until and column == self.changed:
                condition = f"({condition} OR {name} IS NULL)"
            conditions.append(condition)
            values.append(bound)
        return conditions, values
