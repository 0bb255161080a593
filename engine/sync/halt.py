"""A stage with `on_error: fail`: the failing Batch stops at that record (T1)."""

from dataclasses import replace

from engine.domain.batch import Fetched, Prepared, position_of
from engine.domain.errors import BatchSyncError, Error, ErrorClass
from engine.domain.snapshot import RecordState, Snapshot
from engine.sync.bench import Bench


def halted(
    batch: Prepared, fetched: Fetched, stop: Error, place: int, bench: Bench
) -> Prepared:
    """The Batch with the failing record and all after it as failing records (T2).

    What came before it goes to the target as usual; nothing received is left without a place in
    the books.
    """
    later = sorted({*_places(fetched), *(broken.place for broken in fetched.broken)})
    rest = [at for at in later if at > place]
    unreached = _unreached(batch, place, bench)
    snapshots = (
        *batch.snapshots,
        _stopping(fetched, place, stop, bench),
        *(bench.pipeline.unreached(fetched, at, unreached) for at in rest),
    )
    return replace(
        batch,
        snapshots=snapshots,
        failed=batch.failed + 1 + len(rest),
        error=stop,
        stop=stop,
    )


def _places(fetched: Fetched) -> range | list[int]:
    if fetched.places is None:
        return range(len(fetched.rows))
    return list(fetched.places)


def _unreached(batch: Prepared, place: int, bench: Bench) -> Error:
    where = position_of(batch.unit, batch.first, place)
    failure = BatchSyncError(
        f"not attempted: the run was stopped at {where}, earlier in the same batch",
        code="not_attempted",
        error_class=ErrorClass.PARTIAL_LOAD,
    )
    return bench.error(failure, stage="stages")


def _stopping(fetched: Fetched, place: int, error: Error, bench: Bench) -> Snapshot:
    """The record at which the run stopped, as far as the stages took it."""
    return bench.pipeline.snapshot_of(
        fetched.raw.at(place),
        (error,),
        place=place,
        position=fetched.position(place),
        state=RecordState.OPEN,
        now=bench.now(),
    )
