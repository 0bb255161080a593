"""Runs, each in a process of its own: started, watched, told to stop.

They are not tied to the engine's life: one that is killed leaves them to go on by themselves.
"""

import logging
import signal
import subprocess
from contextlib import suppress

from engine.domain.values import dataclass
from engine.operations.context import Context
from engine.operations.launch import places
from engine.service.spare import Process, Spare, drop_if_empty
from engine.store.queue import Claimed

log = logging.getLogger("linkdeck.runs")

GRACE = 15.0
"""Seconds a run that was told to stop may take to leave, before it is ended."""


@dataclass(frozen=True, slots=True)
class _Running:
    claimed: Claimed
    its: Process

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        return self.its.process


class RunProcesses:
    """Those this engine has started and that have not ended; for one thread."""

    def __init__(self, context: Context, spare: Spare) -> None:
        self._context, self._spare = context, spare
        self._running: list[_Running] = []

    def __len__(self) -> int:
        return len(self._running)

    def start(self, claimed: Claimed) -> None:
        """A process for what was claimed; it takes it over from here."""
        owned = claimed.owned
        order = {**places(self._context), "event": owned.event, "fence": owned.fence}
        its = self._spare.with_order(order)
        self._running.append(_Running(claimed, its))
        how = "resumed" if claimed.interrupted else "started"
        log.info(
            "#%s %s: %s as pid %s",
            owned.event,
            claimed.link,
            how,
            its.process.pid,
            extra={"event": owned.event, "link": claimed.link, "pid": its.process.pid},
        )

    def reap(self) -> None:
        """Forget those that have ended, and say how."""
        self._spare.refill()
        for each in [each for each in self._running if each.process.poll() is not None]:
            self._running.remove(each)
            self._context.store.queue.give_back(each.claimed.owned)
            self._tell(each)

    def stop(self) -> None:
        """Tell them to leave what they run to the next engine; the second time, at once."""
        for each in self._running:
            with suppress(ProcessLookupError):
                each.process.send_signal(signal.SIGTERM)

    def end(self) -> None:
        """Wait for all that were told to stop."""
        for each in self._running:
            try:
                each.process.wait(GRACE)
            except subprocess.TimeoutExpired:
                each.process.kill()
                each.process.wait()
        self.reap()

    def _tell(self, each: _Running) -> None:
        event, code = each.claimed.owned.event, each.process.returncode
        facts = {"event": event, "link": each.claimed.link, "pid": each.process.pid}
        seen = self._context.store.event(event)
        if seen is not None and seen.status.over:
            log.info("#%s %s: %s", event, seen.link, seen.status, extra=facts)
        elif code:
            how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
            words = "#%s %s: pid %s %s, and it goes on in another"
            log.warning(words, event, each.claimed.link, each.process.pid, how, extra=facts)
        else:
            log.info("#%s %s: left, to go on later", event, each.claimed.link, extra=facts)
        drop_if_empty(each.its.said)
