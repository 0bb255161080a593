"""The service: an engine that registers, does its chores, and stops in good order."""

import logging
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import FrameType

from engine.domain.requests import Stop
from engine.operations.context import Context, private_folder
from engine.service.chore import Chore
from engine.service.claiming import Claiming
from engine.service.hearing import ear
from engine.service.logs import logging_to
from engine.service.loop import Loop
from engine.service.membership import IdleExit, Membership
from engine.service.run_processes import RunProcesses
from engine.service.spare import Spare
from engine.service.terms import Terms
from engine.service.themes import themes
from engine.settings import Settings

log = logging.getLogger("linkdeck.engine")


def serve(settings: Settings, terms: Terms, spare: Spare) -> int:
    """Be an engine until a signal, or idleness, ends it; the exit code.

    Refused where the store has an engine and takes no second.
    """
    context = Context(settings)
    with ExitStack() as undo:
        undo.callback(context.close)
        undo.callback(spare.let_go)
        folder = private_folder(settings.home / "logs")
        undo.enter_context(
            logging_to(folder, as_json=terms.log_json, foreground=terms.foreground)
        )
        Service(context, terms, RunProcesses(context, spare)).run()
    return 0


class Service:
    """What is held together by one engine's life."""

    def __init__(self, context: Context, terms: Terms, processes: RunProcesses) -> None:
        self._context, self._terms, self._processes = context, terms, processes
        self._stop = Stop()
        self._membership = Membership(context, listen=terms.listen)
        self._ear = ear(context, terms, self._late)
        self._loop = Loop(self._chores(), self._stop, now=context.clock)

    def run(self) -> None:
        """From registering to the last run process's end."""
        self._membership.enter()
        facts = {"pid": os.getpid()}
        try:
            with _stopped_by_signals(self._stop, self._processes), self._ear:
                log.info("engine started as pid %s", os.getpid(), extra=facts)
                self._loop.run()
                self._ear.stop()
                self._processes.stop()
                log.info("%d runs told to leave", len(self._processes), extra=facts)
                self._processes.end()
        finally:
            self._membership.leave()
        log.info("engine ended: %s", self._stop.reason, extra=facts)

    def _chores(self) -> Sequence[Chore]:
        context, terms = self._context, self._terms
        chores: list[Chore] = [
            self._membership,
            Claiming(context, self._processes, self._stop, parallel=terms.parallel),
            *themes(context),
        ]
        if terms.idle_exit is not None:
            chores.append(
                IdleExit(
                    context,
                    self._membership,
                    self._stop,
                    after=terms.idle_exit,
                    busy=self._busy,
                )
            )
        return chores

    def _busy(self) -> bool:
        return len(self._processes) > 0 or self._ear.busy

    def _late(self) -> Sequence[str]:
        """Chores that hang."""
        return self._loop.late()


@contextmanager
def _stopped_by_signals(stop: Stop, processes: RunProcesses) -> Iterator[None]:
    """TERM and INT let what is in flight finish; a second one ends all at once."""

    def heard(number: int, frame: FrameType | None) -> None:
        del frame
        if stop.asked:
            processes.stop()
        stop.now(f"signal {signal.Signals(number).name}")

    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, heard) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
