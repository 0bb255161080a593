"""`python -P -m engine.service`: an engine away from any terminal; its order is JSON on stdin."""

import json
import os
import signal
import sys
from pathlib import Path

from engine.domain.errors import LinkdeckError
from engine.service.spare import Spare
from engine.service.terms import Terms
from engine.settings import Settings


def main() -> int:
    """Serve as the order says; exit code 3 where that is refused."""
    order = json.load(sys.stdin)
    if os.fork():
        # Nobody is left who would have to wait for the one that serves.
        os._exit(0)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    settings = Settings(
        Path(order["home"]), Path(order["links"]), order["store"], os.environ
    )
    try:
        return _serve(settings, Terms(idle_exit=order["idle_exit"]))
    except LinkdeckError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return refusal.exit_code


def _serve(settings: Settings, terms: Terms) -> int:
    spare = Spare(settings)
    # Imported while the spare does the same in its own process.
    from engine.service.service import serve

    return serve(settings, terms, spare)


if __name__ == "__main__":
    raise SystemExit(main())
