"""Taking in what is delivered to push Links: stored together, durably, then acknowledged (C9)."""

import re
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import field

from engine.adapters.push.options import PushSourceOptions
from engine.domain.delivery import Accepted, Answer, Delivery
from engine.domain.delta import Window
from engine.domain.errors import LinkdeckError, Refused
from engine.domain.link import Definition
from engine.domain.sync_event import Kind
from engine.domain.values import dataclass
from engine.operations import definitions
from engine.operations.context import Context
from engine.store.deliveries import KeyTaken
from engine.store.events import NewEvent

FRESH = 1.0
"""Seconds a definition is used before its file is read again; a push Sync Event lasts longer."""

MOST_WAITING = 256 << 20
"""Bytes that may wait to be stored; more is turned away."""

MOST_TOGETHER = 500
"""Deliveries that share a transaction."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


class NotPush(Refused):
    """There is no such Link, or it fetches its records itself."""


class TurnedAway(Refused):
    """Nothing can be taken now; the sender may try again after `again` seconds."""

    def __init__(self, sentence: str, again: int) -> None:
        super().__init__(sentence)
        self.again = again


@dataclass(frozen=True, slots=True)
class PushLink:
    """A Link that takes deliveries, as its definition says now."""

    definition: Definition
    options: PushSourceOptions
    enabled: bool

    @property
    def name(self) -> str:
        """What it is called."""
        return self.definition.link.name


@dataclass(slots=True)
class _Group:
    """Deliveries that are stored together."""

    deliveries: list[Delivery] = field(default_factory=list)
    opening: dict[str, NewEvent] = field(default_factory=dict)
    size: int = 0
    stored: "Future[list[Accepted | KeyTaken]]" = field(default_factory=Future)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A delivery on its way into the store: its place among those it is stored with."""

    stored: "Future[list[Accepted | KeyTaken]]"
    index: int


class Intake:
    """Safe to use from many threads; close it when done."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._writer = ThreadPoolExecutor(1, "push")
        self._lock = threading.Lock()
        self._group: _Group | None = None
        self._waiting = 0
        self._links: dict[str, tuple[float, PushLink]] = {}

    def known(self, name: str) -> PushLink | None:
        """The Link of this name where it was looked at a moment ago; costs nothing."""
        since, kept = self._links.get(name, (-FRESH, None))
        return kept if time.monotonic() - since < FRESH else None

    def link(self, name: str) -> PushLink:
        """The Link of this name. Raises NotPush, and TurnedAway where it may not run now."""
        self._links.pop(name, None)
        found = _link(self._context, name)
        if not found.enabled:
            raise TurnedAway(f"the Link '{name}' is disabled; try again later", 60)
        self._links[name] = (time.monotonic(), found)
        return found

    def deliver(self, link: PushLink, delivery: Delivery) -> Receipt:
        """Have it stored with others that come at this moment. Raises TurnedAway."""
        size = sum(map(len, delivery.records))
        with self._lock:
            if self._waiting and self._waiting + size > MOST_WAITING:
                raise TurnedAway("more is delivered than can be stored; try again", 1)
            group = self._group
            if group is None or len(group.deliveries) >= MOST_TOGETHER:
                group = self._group = _Group()
            group.deliveries.append(delivery)
            group.opening.setdefault(link.name, self._new(link, delivery))
            group.size += size
            self._waiting += size
            if len(group.deliveries) == 1:
                group.stored = self._writer.submit(self._store, group)
            return Receipt(group.stored, len(group.deliveries) - 1)

    def answer(self, accepted: Accepted) -> Answer:
        """What has become of a delivery by now."""
        return self._context.store.push.answer(accepted)

    def close(self) -> None:
        """Store what waits, then end."""
        self._writer.shutdown(wait=True)

    def _store(self, group: _Group) -> list[Accepted | KeyTaken]:
        with self._lock:
            if self._group is group:
                self._group = None
        try:
            return self._context.store.push.store(group.deliveries, group.opening)
        finally:
            with self._lock:
                self._waiting -= group.size

    def _new(self, link: PushLink, delivery: Delivery) -> NewEvent:
        """The Sync Event that is opened where the Link has none that takes deliveries."""
        return NewEvent(
            link=link.name,
            kind=Kind.PUSH,
            definition=link.definition,
            actor=f"push:{delivery.by}",
            reason=None,
            options={},
            window=Window(),
            queued_at=delivery.at,
        )


def names(context: Context) -> Sequence[str]:
    """The push Links there are, those whose definition cannot be loaded left out."""
    found = []
    for path in definitions.files(context):
        try:
            definition = definitions.as_written(context, str(path))
        except LinkdeckError:
            continue
        if definitions.takes_deliveries(context, definition):
            found.append(definition.link.name)
    return found


def _link(context: Context, name: str) -> PushLink:
    if not _NAME.fullmatch(name):
        raise NotPush("there is no Link of this name")
    try:
        path = definitions.find(context, name)
    except Refused as unknown:
        raise NotPush(f"there is no Link '{name}'") from unknown
    try:
        definition = definitions.load(context, str(path))
    except LinkdeckError as problem:
        raise TurnedAway(
            f"the definition of '{name}' cannot be used now; "
            f"whoever runs it sees why with: linkdeck validate",
            60,
        ) from problem
    if not definitions.takes_deliveries(context, definition):
        raise NotPush(
            f"the Link '{name}' fetches its records; nothing can be delivered to it"
        )
    said = context.store.enabled(name)
    enabled = definition.link.enabled if said is None else said
    return PushLink(definition, definition.link.source.options, enabled)
