"""The engines of a store: which there are, and what waits for one in vain."""

from collections.abc import Iterator
from datetime import timedelta

from engine.domain.errors import LinkdeckError
from engine.domain.requests import Finding
from engine.operations import definitions
from engine.operations.context import Context
from engine.store.engines import EngineSeen

PATIENCE = timedelta(seconds=5)
"""What is queued longer than this was passed over by every engine there is."""

PUSH = "push"


def findings(context: Context) -> Iterator[Finding]:
    """What is wrong with the service, for `doctor`."""
    engines = context.store.engines.seen()
    alive = [engine for engine in engines if engine.alive]
    for engine in engines:
        if not engine.alive:
            yield _stale(engine)
    yield from _waiting(context, alive=bool(alive))
    if not alive and _needs_one(context):
        yield Finding(
            "engine",
            "no engine runs, and Links here are scheduled or take records in",
            "linkdeck engine; the README has a systemd unit for it",
            serious=False,
        )


def _stale(engine: EngineSeen) -> Finding:
    heard = engine.heartbeat_at.astimezone()
    return Finding(
        f"engine {engine.id}",
        f"pid {engine.pid} on {engine.host} died; it was last heard of {heard:%Y-%m-%d %H:%M}",
        "linkdeck engine goes on where it stopped, and forgets it",
        serious=False,
        fixable=True,
    )


def _waiting(context: Context, *, alive: bool) -> Iterator[Finding]:
    now = context.clock()
    for event, link, since in context.store.queue.waiting():
        if now - since < PATIENCE:
            continue
        told = f"{link} waits since {since.astimezone():%Y-%m-%d %H:%M}, "
        why = "every engine is busy with others" if alive else "and no engine takes it"
        remedy = f"linkdeck engine, or: linkdeck resume {event}"
        yield Finding(f"#{event}", told + why, remedy, serious=not alive)


def _needs_one(context: Context) -> bool:
    for path in definitions.files(context):
        try:
            link = definitions.load(context, str(path)).link
        except LinkdeckError:
            continue  # said already, of the definition
        if link.enabled and (link.schedule is not None or link.source.adapter == PUSH):
            return True
    return False
