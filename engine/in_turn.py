"""`python -m engine.in_turn`: runs the retries of several Chains, one after another (P3, X2).

The order comes as JSON on stdin. The first line on the descriptor `tells` names the first Sync
Event, or says why there is none; what is refused later is said on stderr, and stays in the Inbox.
"""

import json
import os
import signal
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from engine.domain.errors import LinkdeckError, Refused
from engine.domain.requests import Glimpse, Stop
from engine.domain.retry_plan import Choice, ItemClass, RetryOptions
from engine.engine import Engine
from engine.settings import Settings


def main() -> int:
    """Run them all; exit code 3 where none could begin."""
    order = json.load(sys.stdin)
    if os.fork():
        # Nobody is left who would have to wait for the one that runs them.
        os._exit(0)
    teller = _Teller(int(order["tells"]))
    stop = _stopped_by_signals()
    settings = Settings(
        Path(order["home"]), Path(order["links"]), order["store"], os.environ
    )
    try:
        with Engine(settings) as engine:
            _run(engine, order, stop, teller)
    except LinkdeckError as refusal:
        teller.refused(str(refusal))
        _say(str(refusal))
        return refusal.exit_code
    return 0


def _run(engine: Engine, order: Mapping[str, Any], stop: Stop, teller: "_Teller") -> None:
    options = _options(order["options"])
    done = engine.retry_all(order["plans"], options, stop=stop, watch=teller.see)
    for each in done.refused:
        _say(f"#{each.event} {each.link}: {each.why}")
    if done.refused and not done.events:
        raise Refused(done.refused[0].why)


def _say(sentence: str) -> None:
    sys.stderr.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%SZ} {sentence}\n")


def _options(said: Mapping[str, Any]) -> RetryOptions:
    definition = said["definition"]
    return RetryOptions(
        **{
            **said,
            "include": frozenset(ItemClass(each) for each in said["include"]),
            "definition": Choice(definition) if definition else None,
        }
    )


class _Teller:
    """Says once, to who started this, which Sync Event came first."""

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
