"""Records known by an id of their own, which another Sync Event has written already (K2)."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from engine.domain.batch import Prepared
from engine.domain.link import Duplicates
from engine.domain.record_key import key_hash
from engine.sync.bench import Bench

_DECODE = msgspec.json.Decoder().decode


def unseen(batch: Prepared, bench: Bench) -> Prepared:
    """The Batch without records whose id was written before, or comes a second time here."""
    if bench.event_id is None or bench.duplicates is not Duplicates.MARK:
        return batch
    met: set[int] = set()
    kept: list[int] = []
    reasons: Counter[str] = Counter()
    for row, said in enumerate(ids_of(batch, range(len(batch.rows)), bench.event_id)):
        number = None if said is None else key_hash(said)
        if number is None or (number not in met and not _written(number, bench)):
            kept.append(row)
        else:
            reasons[f"duplicate of {said}"] += 1
        if number is not None:
            met.add(number)
    if not reasons:
        return batch
    return replace(
        batch,
        rows=[batch.rows[row] for row in kept],
        places=[batch.places[row] for row in kept],
        keys=[batch.keys[row] for row in kept],
        ignored=Counter(batch.ignored) + reasons,
    )


def ids_of(batch: Prepared, rows: Sequence[int], path: str) -> Iterator[str | None]:
    """The id of each of these rows, as text: a field of what is written, else of the source."""
    columns = batch.columns
    if columns is not None and path in columns:
        at = columns.index(path)
        return (_text(batch.rows[row][at]) for row in rows)
    return (_text(_within(_record(batch, row), path)) for row in rows)


def _written(number: int, bench: Bench) -> bool:
    return bench.seen_ids is not None and number in bench.seen_ids


def _record(batch: Prepared, row: int) -> Any:
    values = batch.rows[row]
    if isinstance(values, dict) and values:
        return values
    if batch.raw is None:
        return None
    try:
        return _DECODE(batch.raw.at(batch.places[row]))
    except msgspec.DecodeError:
        return None


def _within(record: Any, path: str) -> Any:
    for name in path.split("."):
        if not isinstance(record, dict):
            return None
        record = record.get(name)
    return record


def _text(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)
