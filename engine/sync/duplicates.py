"""The same key twice in one Batch, settled after the stages among what is left (K2)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from engine.domain.batch import Prepared, position_of
from engine.domain.errors import ErrorClass, RecordSyncError
from engine.domain.link import Duplicates
from engine.domain.snapshot import RecordState, Snapshot
from engine.sync.bench import Bench

SUPERSEDED = "superseded in the same batch"


def settled(batch: Prepared, bench: Bench) -> Prepared:
    """The Batch with every key once: the last wins, or the earlier ones fail as duplicates."""
    if not bench.key or len(set(batch.keys)) == len(batch.keys):
        return batch
    last = {key: row for row, key in enumerate(batch.keys)}
    kept = sorted(last.values())
    left_out = [row for row, key in enumerate(batch.keys) if last[key] != row]
    thinned = replace(
        batch,
        rows=[batch.rows[row] for row in kept],
        places=[batch.places[row] for row in kept],
        keys=[batch.keys[row] for row in kept],
    )
    if bench.duplicates is Duplicates.ERROR:
        return _failed(thinned, batch, left_out, bench)
    return _ignored(thinned, _reasons(batch, left_out, bench))


def _reasons(batch: Prepared, rows: Sequence[int], bench: Bench) -> Counter[str]:
    if bench.duplicates is Duplicates.MARK:
        return Counter(f"duplicate of {_label(batch.keys[row])}" for row in rows)
    return Counter({SUPERSEDED: len(rows)})


def _ignored(batch: Prepared, reasons: Counter[str]) -> Prepared:
    return replace(batch, ignored=Counter(batch.ignored) + reasons)


def _failed(
    thinned: Prepared, batch: Prepared, rows: Sequence[int], bench: Bench
) -> Prepared:
    snapshots = tuple(_snapshot(batch, row, bench) for row in rows)
    return replace(
        thinned,
        snapshots=(*thinned.snapshots, *snapshots),
        failed=thinned.failed + len(rows),
    )


def _snapshot(batch: Prepared, row: int, bench: Bench) -> Snapshot:
    failure = RecordSyncError(
        f"the key '{_label(batch.keys[row])}' comes again later in the same batch",
        code="duplicate_key",
        error_class=ErrorClass.DUPLICATE,
        field=bench.key[0],
    )
    place = batch.places[row]
    assert batch.raw is not None
    return bench.pipeline.snapshot_of(
        batch.raw.at(place),
        (bench.error(failure, stage="key"),),
        place=place,
        position=position_of(batch.unit, batch.first, place),
        state=RecordState.OPEN,
        now=bench.now(),
        replies=batch.replies.get(place),
    )


def _label(key: tuple[Any, ...]) -> str:
    return "/".join(str(part) for part in key)
