"""A process that only opens a store: `python -m tests.store.contender_open disk HOME`."""

import sys
from pathlib import Path

from engine.domain.errors import Refused
from engine.store.store import Store
from tests.store.contender import say

if __name__ == "__main__":
    try:
        Store.open(None, home=Path(sys.argv[2])).close()
        say("opened")
    except Refused as refusal:
        say(str(refusal))
