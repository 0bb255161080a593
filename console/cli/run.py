"""`run` and `resume`."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from console.cli.acting import ACTOR, actor_or_default, given
from console.cli.edge import remark
from console.cli.events import EVENT
from console.cli.executor import executor as checked_executor
from console.cli.interrupt import Interrupt
from console.cli.progress import following
from console.cli.shared import DEFAULT, Shared, here
from console.cli.suggest import LINK
from console.pages.page import Line
from console.pages.summary import summary
from engine.domain.cluster_address import EXECUTORS
from engine.domain.documents import event_document
from engine.domain.errors import Tier
from engine.domain.outcome import Ending, Status
from engine.domain.requests import RunOptions, Selection, Stop, Watch
from engine.domain.sync_event import SyncEvent
from engine.domain.values import dataclass

if TYPE_CHECKING:
    from engine.engine import Engine


@Parameter(name="*", group="What to fetch")
@dataclass(frozen=True, kw_only=True, slots=True)
class What:
    """Which part of the source, and whether anything is written."""

    full: Annotated[
        bool, Parameter(negative="", help="fetch everything, whatever the mark says")
    ] = False
    since: Annotated[
        str | None, Parameter(help="fetch changes from here on; the mark stays")
    ] = None
    until: Annotated[str | None, Parameter(help="and up to here")] = None
    test: Annotated[bool, Parameter(negative="", help="everything but the writing")] = False


CHANGES = What()


def run(
    link: Annotated[str, LINK],
    /,
    *,
    what: What = CHANGES,
    executor: Annotated[
        str | None, Parameter(help=f"where batches are prepared: {EXECUTORS}")
    ] = None,
    reason: Annotated[str | None, Parameter(help="why; kept with the Sync Event")] = None,
    detach: Annotated[
        bool, Parameter(negative="", help="leave it to an engine, and come back")
    ] = False,
    actor: Annotated[str | None, ACTOR] = None,
    shared: Shared = DEFAULT,
) -> int:
    """Run a Link once, and print the summary.

    An interrupted Sync Event of the Link is finished first.
    Exit code 0: completed. 3: failed. 130: interrupted by ctrl+c, which lets what is in
    flight finish.
    """
    options = RunOptions(
        full=what.full,
        since=what.since,
        until=what.until,
        test=what.test,
        executor=checked_executor(executor),
        actor=actor_or_default(actor),
        reason=None if reason is None else given(reason),
    )
    with shared.engine(makes=True) as engine:
        if detach:
            return detached(engine.launch(link, options), shared)
        return followed(
            engine,
            lambda stop, watch: engine.run(link, options, stop=stop, watch=watch),
            shared,
        )


def resume(
    event: Annotated[str, EVENT],
    /,
    *,
    actor: Annotated[str | None, ACTOR] = None,
    shared: Shared = DEFAULT,
) -> int:
    """Finish a Sync Event whose process died, and print its summary."""
    who = actor_or_default(actor)
    with shared.engine() as engine:
        return followed(
            engine,
            lambda stop, watch: engine.resume(event, actor=who, stop=stop, watch=watch),
            shared,
        )


def detached(event: SyncEvent, shared: Shared) -> int:
    """Say what was started, and leave it to itself."""
    shared.answer(
        lambda: event_document(event),
        lambda: (
            Line(f"#{event.id} {event.link} is queued; an engine runs it"),
            Line(f"{shared.called()} show {event.id}", indent=2),
        ),
    )
    return 0


Going = Callable[[Stop, Watch], SyncEvent]


def followed(engine: "Engine", go: Going, shared: Shared) -> int:
    """Let it go on under this terminal's eyes, and print its summary; the exit code."""
    stop = Stop()
    interrupt = Interrupt(stop)
    with interrupt.listening(), following(interrupt) as follower:
        event = go(stop, follower.see)
    _error_line(engine, event)
    unicode = here().unicode
    shared.answer(
        lambda: event_document(event),
        lambda: tuple(summary(event, unicode=unicode, linkdeck=shared.called())),
    )
    return verdict(event, interrupt.code)


def verdict(event: SyncEvent, interrupted: int | None) -> int:
    """The exit code of a run: what a signal made of it, else its status."""
    if interrupted is not None and event.ending is Ending.CANCELLED:
        return interrupted
    return 3 if event.status in {Status.FAILED, Status.CANCELLED} else 0


def _error_line(engine: "Engine", event: SyncEvent) -> None:
    """One line for whoever watches the logs of a run that a System error stopped (T1)."""
    stopped = [group for group in event.errors if group.tier is Tier.SYSTEM]
    if event.ending is not Ending.STOPPED or not stopped:
        return
    error = stopped[0]
    place = f" stage '{error.stage}'" if error.stage else ""
    where = _place(engine, event, error.fingerprint)
    remark(f"ERROR {event.link} #{event.id}:{place}{where}: {error.message} ({error.code})")


def _place(engine: "Engine", event: SyncEvent, fingerprint: str) -> str:
    """The Batch and the record that it began with, where it was a record's."""
    selection = Selection(fingerprints=(fingerprint,))
    found = engine.failures(str(event.id), selection, limit=1).records
    return f", batch {found[0].batch}, record {found[0].label}" if found else ""
