"""`python -m engine.detached`: runs one Sync Event that an engine claimed, and outlives it (X2).

The order comes as JSON on stdin. What goes wrong is said on stderr, which is a file in the logs.
"""

import json
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from engine.domain.errors import LinkdeckError
from engine.domain.requests import Stop
from engine.operations.claims import run_claimed
from engine.operations.context import Context
from engine.settings import Settings
from engine.store.events import Owned
from engine.store.refusals import Fenced

GRACE = 10.0
"""Seconds that what is in flight has to finish, once the run is to be left."""

LEFT_HARD = 75
"""Exit code of a run that was left with batches in flight; whoever takes it up looks first."""


def main() -> int:
    """Run it to its end, or until it is left; exit code 3 where it could not begin."""
    _import_ahead()
    said = sys.stdin.read()
    if not said:
        return 0  # the engine that held this process in readiness has ended
    order = json.loads(said)
    stop = _left_on_a_signal()
    settings = Settings(
        Path(order["home"]), Path(order["links"]), order["store"], os.environ
    )
    context = Context(settings)
    try:
        run_claimed(context, Owned(order["event"], order["fence"]), stop=stop)
    except Fenced:
        # Another was quicker, and runs it: nothing is wrong.
        return 0
    except LinkdeckError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return refusal.exit_code
    finally:
        context.close()
    return 0


def _import_ahead() -> None:
    """What nearly every run needs, while there is no order yet."""
    import engine.definition.loader
    import engine.store.store  # noqa: F401 - for its own sake
    from engine import plugins

    installed = plugins.installed()
    for role, name in (("source", "file"), ("source", "http"), ("target", "sql")):
        installed[role].get(name)


def _left_on_a_signal() -> Stop:
    """A TERM leaves the run, once what is in flight has finished; a second one at once.

    A hang-up is not meant for who was detached.
    """
    stop = Stop()

    def heard(number: int, frame: FrameType | None) -> None:
        del number, frame
        if stop.leaving:
            os._exit(LEFT_HARD)
        stop.leave()
        late = threading.Timer(GRACE, os._exit, [LEFT_HARD])
        late.daemon = True
        late.start()

    signal.signal(signal.SIGTERM, heard)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return stop


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    # As it stands: all is closed, and taking a thousand modules apart takes a while.
    os._exit(code)
