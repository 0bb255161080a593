"""A process that writes until the disk is full: `python -m tests.store.filler limit|disk HOME`.

Says what refused it; then makes room (more of its limit, or a ballast file gone), writes again,
and says what the books hold.
"""

import resource
import sys
from itertools import count
from pathlib import Path

from engine.domain.errors import Refused
from engine.store.store import Store
from tests.store.contender import say
from tests.store.world import Told, a_snapshot, books_hold, running, with_failures

LIMIT = 1_500_000


def main() -> None:
    """Fill the disk, or what may be written of one file."""
    how, home = sys.argv[1], Path(sys.argv[2])
    ballast = home.parent / "ballast"
    try:
        if how == "disk":
            ballast.write_bytes(b"x" * 2_000_000)
        store = Store.open(None, home=home)
        if how == "limit":
            resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, resource.RLIM_INFINITY))
        _fill(running(store, 5000), how, ballast)
        store.close()
    except Refused as refusal:
        say(str(refusal))


def _fill(run: Told, how: str, ballast: Path) -> None:
    for batch in count():
        try:
            _write(run, batch)
        except Refused as refusal:
            say(str(refusal))
            kept = run.store._database._writer is not None  # type: ignore[attr-defined]
            say("connection kept" if kept else "connection dropped")
            break
    before = run.seen()
    if how == "disk":
        ballast.unlink()
    else:
        most = resource.RLIM_INFINITY
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    _write(run, before.batches.completed)
    event = run.seen()
    books_hold(event)
    say(str(event.batches.completed - before.batches.completed))


def _write(run: Told, batch: int) -> None:
    failing = [a_snapshot(n, label="x" * 300) for n in range(60)]
    run.finishes(with_failures(batch, failing))


if __name__ == "__main__":
    main()
