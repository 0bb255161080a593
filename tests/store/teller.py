"""A coordinator in a process of its own: `python -m tests.store.teller BATCHES HOME [URL]`.

Opens a Sync Event, says its number, then for every line it reads emits a few outcomes and says
how many batches it has finished. With the line `run` it goes on by itself until it is killed.
"""

import sys
from itertools import count
from pathlib import Path

from engine.store.store import Store
from tests.store.contender import say
from tests.store.world import Told, a_snapshot, clean, new_event, told, with_failures

GROUP = 4


def main() -> None:
    """Tell the journal what the lines ask for."""
    batches, home, *url = sys.argv[1:]
    store = Store.open(url[0] if url else None, home=Path(home))
    run = told(store, new_event()).starts().plans(int(batches))
    say(str(run.number))
    groups = count(0, GROUP)
    for line in sys.stdin:
        if line.strip() == "run":
            while True:
                _group(run, next(groups))
        _group(run, next(groups))


def _group(run: Told, first: int) -> None:
    run.hands_out(*range(first, first + GROUP))
    failing = [a_snapshot(n, label=f"{first}-{n}") for n in range(20)]
    run.finishes(
        with_failures(first, failing, written=80),
        *(clean(first + n, 100) for n in range(1, GROUP)),
    )
    say(str(first + GROUP))


if __name__ == "__main__":
    main()
