"""What memory sources and targets hold, by name, in this process alone."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.domain.errors import RecordSyncError, SyncError

Key = tuple[Any, ...]


@dataclass(slots=True)
class Feed:
    """What a memory source reads: records in order.

    `failing` are Batches that fail when they are fetched, by number from 1. `down` fails planning
    and fetching with it.
    """

    records: list[Mapping[str, Any]] = field(default_factory=list)
    failing: dict[int, SyncError] = field(default_factory=dict)
    down: SyncError | None = None


@dataclass(slots=True)
class Shelf:
    """What a memory target holds, by key, and a log of every write it took.

    `refusing` are the records it refuses, by their keys. `lost` keys are written, but the answer
    never comes. `down` fails opening it and every Batch.
    """

    records: dict[Key, Mapping[str, Any]] = field(default_factory=dict)
    log: list[tuple[int, Key]] = field(default_factory=list)
    refusing: dict[Key, RecordSyncError] = field(default_factory=dict)
    lost: set[Key] = field(default_factory=set)
    down: SyncError | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


_feeds: dict[str, Feed] = {}
_shelves: dict[str, Shelf] = {}


def feed(name: str) -> Feed:
    """The source's records of this name; an empty one when it is new."""
    return _feeds.setdefault(name, Feed())


def has_feed(name: str) -> bool:
    """Whether somebody filled a source of this name."""
    return name in _feeds


def shelf(name: str) -> Shelf:
    """What the target of this name holds; empty when it is new."""
    return _shelves.setdefault(name, Shelf())


def forget(name: str) -> None:
    """Drop the source and the target of this name."""
    _feeds.pop(name, None)
    _shelves.pop(name, None)
