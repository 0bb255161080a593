"""HTTP sources and targets over real loopback servers, for tests that only say what differs."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from engine.adapters.http.options import HttpSourceOptions, HttpTargetOptions
from engine.adapters.http.source import HttpSource
from engine.adapters.http.target import HttpTarget
from engine.domain.adapter import (
    Column,
    Load,
    Receipt,
    SourceContext,
    Stopped,
    TargetContext,
)
from engine.domain.batch import Fetched, Scope
from engine.domain.delta import Window
from engine.domain.errors import BatchSyncError
from engine.domain.retry import Jitter, Responses, RetryPolicy

STEADY = RetryPolicy(max_attempts=3, delay_ms=1000, jitter=Jitter.NONE)
"""Three tries, with waits of 1 and 2 seconds."""


@dataclass
class Waits:
    """A sleep that keeps a record instead; `stop_at` cancels the run in that wait."""

    slept: list[float] = field(default_factory=list)
    stop_at: int | None = None

    def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)
        if self.stop_at is not None and len(self.slept) >= self.stop_at:
            raise Stopped


@contextmanager
def a_source(
    url: str,
    *,
    waits: Waits | None = None,
    retry: RetryPolicy = STEADY,
    responses: Responses = Responses(),
    wanted: tuple[str, ...] | None = None,
    parallel: int = 4,
    **options: Any,
) -> Iterator[HttpSource]:
    """A source over that address, closed at the end."""
    context = SourceContext(
        link="orders",
        batch_size=1000,
        parallel=parallel,
        folder=".",
        system="shop",
        wanted=wanted,
        retry=retry,
        responses=responses,
        sleep=waits or Waits(),
    )
    with closing(HttpSource(HttpSourceOptions(url=url, **options), context)) as source:
        yield source


@dataclass
class Read:
    """Everything a source gave: rows, and the failures by what their scope is called."""

    rows: list[Any] = field(default_factory=list)
    batches: list[tuple[str, int]] = field(default_factory=list)
    failed: dict[str, BatchSyncError] = field(default_factory=dict)


def read_all(source: HttpSource, window: Window | None = None) -> Read:
    """Plan and fetch as a run does, with what answers and failures reveal."""
    read = Read()
    waiting: list[Scope] = list(source.plan_fetch(window or Window()).scopes)
    while waiting:
        scope = waiting.pop(0)
        try:
            fetched = source.fetch(scope)
        except BatchSyncError as failure:
            read.failed[scope["what"]] = failure
            waiting += failure.follow
        else:
            read.rows += fetched.rows
            read.batches.append((scope["what"], fetched.count))
            waiting += fetched.follow
    return read


def first_page(source: HttpSource) -> Fetched:
    """The first Batch of a plan."""
    return source.fetch(source.plan_fetch(Window()).scopes[0])


@contextmanager
def a_target(
    url: str,
    *,
    waits: Waits | None = None,
    retry: RetryPolicy = STEADY,
    responses: Responses = Responses(),
    link: str = "orders",
    columns: Sequence[str] = ("id", "name"),
    **options: Any,
) -> Iterator[HttpTarget]:
    """A target over that address, closed at the end."""
    context = TargetContext(
        link=link,
        key=("id",),
        folder=".",
        system="crm",
        columns=tuple(Column(name) for name in columns),
        secret=b"the installation's",
        retry=retry,
        responses=responses,
        sleep=waits or Waits(),
    )
    with closing(HttpTarget(HttpTargetOptions(url=url, **options), context)) as target:
        yield target


def load_of(*ids: Any, batch: int = 1, uncertain: bool = False) -> Load:
    """A Load of records with these ids, each named after its id."""
    rows = [(each, f"name of {each}") for each in ids]
    return Load(batch, rows, [(each,) for each in ids], ("id", "name"), uncertain)


def push(target: HttpTarget, *ids: Any, uncertain: bool = False) -> Receipt:
    """What becomes of one Load of these ids."""
    return target.push([load_of(*ids, uncertain=uncertain)])[0]
