"""Prepared rows as they travel from a worker process to the one writer, packed.

Rows of plain values go as marshal bytes, which cost a third of pickled tuples and keep every type
(SPEED: 0.79 + 0.53 µs against 1.36 + 0.64); rows of anything else go as they are. Keys that are
columns of the row are not sent twice.
"""

import marshal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, overload

from engine.domain.batch import Prepared


class PackedRows(bytes):
    """Rows as marshal bytes."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class KeysInRows(Sequence[tuple[Any, ...]]):
    """The keys of rows, read from the rows themselves when somebody asks."""

    rows: Sequence[Any]
    at: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, index: int) -> tuple[Any, ...]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[tuple[Any, ...]]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return KeysInRows(self.rows[index], self.at)
        row = self.rows[index]
        return tuple(row[place] for place in self.at)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return (tuple(row[place] for place in self.at) for row in self.rows)


def packed(batch: Prepared) -> Prepared:
    """The Batch ready to travel; unchanged where its values do not marshal."""
    if batch.columns is None or not batch.rows:
        return batch
    try:
        rows = PackedRows(marshal.dumps(list(batch.rows)))
    except ValueError:
        return batch
    return replace(batch, rows=rows, keys=())


def unpacked(batch: Prepared, key: tuple[str, ...]) -> Prepared:
    """The Batch as it was before it travelled; `key` names the key columns."""
    if not isinstance(batch.rows, PackedRows):
        return batch
    rows = marshal.loads(batch.rows)
    columns = batch.columns or ()
    at = tuple(columns.index(name) for name in key)
    return replace(batch, rows=rows, keys=KeysInRows(rows, at))
