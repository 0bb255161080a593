"""A process that opens Sync Events when told to: `python -m tests.store.contender HOME [URL]`."""

import sys
from pathlib import Path

from engine.domain.errors import Refused
from engine.store.store import Store
from tests.store.world import new_event, this_process


def main() -> None:
    """For every Link named on a line: the number of the Sync Event opened, or why not."""
    home, *url = sys.argv[1:]
    store = Store.open(url[0] if url else None, home=Path(home))
    say("ready")
    for line in sys.stdin:
        try:
            say(str(store.open_event(new_event(line.strip()), this_process()).event))
        except Refused as refusal:
            say(str(refusal))
    store.close()


def say(text: str) -> None:
    """One line, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
