"""`python -m engine.detached`: does one errand for whoever launched it, and outlives them (X2).

The order comes as JSON on stdin. The first line on the descriptor `tells` says which Sync Event it
became, or why there is none; what goes wrong later is in the log.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from engine.domain.errors import LinkdeckError
from engine.domain.requests import Glimpse, RunOptions, Selection, Stop, Watch
from engine.domain.retry_plan import Choice, ItemClass, RetryOptions
from engine.engine import Engine
from engine.settings import Settings


def main() -> int:
    """Do what the order says; exit code 3 where it was refused."""
    order = json.load(sys.stdin)
    if os.fork():
        # Nobody is left who would have to wait for the one that does it.
        os._exit(0)
    teller = _Teller(int(order["tells"]))
    stop = _stopped_by_signals()
    log = Path(order["log"])
    try:
        with Engine(_settings(order)) as engine:
            DO[order["do"]](engine, order, stop, teller.see)
    except LinkdeckError as refusal:
        teller.refused(str(refusal))
        sys.stderr.write(f"{refusal}\n")
        return refusal.exit_code
    if not log.stat().st_size:
        log.unlink(missing_ok=True)
    return 0


def _settings(order: Mapping[str, Any]) -> Settings:
    return Settings(Path(order["home"]), Path(order["links"]), order["store"], os.environ)


def _run(engine: Engine, order: Mapping[str, Any], stop: Stop, watch: Watch) -> None:
    options = RunOptions(**order["options"])
    engine.run(order["link"], options, stop=stop, watch=watch)


def _resume(engine: Engine, order: Mapping[str, Any], stop: Stop, watch: Watch) -> None:
    engine.resume(str(order["event"]), actor=order["actor"], stop=stop, watch=watch)


def _retry(engine: Engine, order: Mapping[str, Any], stop: Stop, watch: Watch) -> None:
    said, chosen = order["options"], order["selection"]
    names = {name: tuple(chosen[name]) for name in ("fingerprints", "keys")}
    definition = said["definition"]
    options = RetryOptions(
        **{
            **said,
            "include": frozenset(ItemClass(each) for each in said["include"]),
            "definition": Choice(definition) if definition else None,
        }
    )
    selection = Selection(**{**chosen, **names})
    engine.retry(order["event"], selection, options, stop=stop, watch=watch)


DO: Mapping[str, Callable[[Engine, Mapping[str, Any], Stop, Watch], None]] = {
    "run": _run,
    "resume": _resume,
    "retry": _retry,
}


class _Teller:
    """Says once, to who launched this, which Sync Event it is."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    def see(self, glimpse: Glimpse) -> None:
        """The first glimpse names the Sync Event."""
        self._say({"event": glimpse.event})

    def refused(self, sentence: str) -> None:
        """There is none."""
        self._say({"refused": sentence})

    def _say(self, answer: Mapping[str, Any]) -> None:
        if self._descriptor is None:
            return
        descriptor, self._descriptor = self._descriptor, None
        try:
            os.write(descriptor, json.dumps(answer).encode() + b"\n")
        except BrokenPipeError:
            return
        finally:
            os.close(descriptor)


def _stopped_by_signals() -> Stop:
    """A TERM lets what is in flight finish; a hang-up is not meant for who was detached."""
    stop = Stop()

    def heard(number: int, frame: FrameType | None) -> None:
        del number, frame
        stop.now("terminated")

    signal.signal(signal.SIGTERM, heard)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    return stop


if __name__ == "__main__":
    raise SystemExit(main())
