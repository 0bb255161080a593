"""The engine watched: what it does goes to the log of the world, and it crashes where told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from engine.definition import loader
from engine.domain.batch import Job, Prepared
from engine.domain.link import Definition
from engine.domain.progress import BatchesPlanned, BatchFinished, Progress, SyncFinished
from engine.operations.context import Context
from engine.store import outcomes, plans, scopes
from engine.store.database import Database, Write
from engine.store.events import Owner
from engine.store.journal import Journal
from engine.sync import batch as steps
from engine.sync import runner
from engine.sync.bench import Bench
from tests.properties.chain.world import Now

ANOTHER_LIFE = 100.0
"""Seconds by which an owner is older for every crash that was played: another process."""

AN_HOUR = 3600.0

_told: list[tuple[Any, ...]] = []
"""What the transaction under way will have done."""


@contextmanager
def watched() -> Iterator[None]:
    """All of it, for as long as the block lasts."""
    with pytest.MonkeyPatch.context() as patch:
        # The few texts there are would be read and checked thousands of times.
        patch.setattr(loader, "load", _loaded_once(loader.load))
        patch.setattr(loader, "from_stored", _stored_once(loader.from_stored))
        patch.setattr(steps, "prepare", _noted_jobs(steps.prepare))
        patch.setattr(Journal, "_keep", _noted_outcomes(Journal._keep))
        patch.setattr(outcomes, "_follow", _noted_pages(outcomes._follow))
        patch.setattr(Database, "writing", _with_failpoints(Database.writing))
        patch.setattr(Context, "owner", _of_this_life(Context.owner))
        # Two deaths over a Batch would send it to a worker process, where nobody watches.
        patch.setattr(plans, "_deadly", lambda connection, event: False)
        patch.setattr(runner, "PATIENCE", 0.0)
        yield


def settle_together(together: bool) -> None:  # noqa: FBT001 - as drawn
    """Whether batches are settled in groups, or one by one; never as the time happens to fall."""
    runner.PATIENCE = AN_HOUR if together else 0.0


def _loaded_once(original: Callable[..., Definition]) -> Any:
    found: dict[tuple[Path, str], Definition] = {}

    def load(path: Path, **said: Any) -> Definition:
        key = path, path.read_text("utf-8")
        if key not in found:
            found[key] = original(path, **said)
        return found[key]

    return load


def _stored_once(original: Callable[..., Definition]) -> Any:
    found: dict[tuple[Path, str], Definition] = {}

    def from_stored(text: str, *, path: Path, **said: Any) -> Definition:
        if (path, text) not in found:
            found[path, text] = original(text, path=path, **said)
        return found[path, text]

    return from_stored


def _of_this_life(original: Callable[[Context, str], Owner]) -> Any:
    asked = cache(original)

    def owner(context: Context, who: str) -> Owner:
        found = asked(context, who)
        return replace(found, started=found.started - ANOTHER_LIFE * Now.life)

    return owner


def _page(scope: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return tuple(scope["ids"]), tuple(scope["rest"])


def _noted_jobs(original: Callable[[Job, Bench], Prepared]) -> Any:
    def prepare(job: Job, bench: Bench) -> Prepared:
        sent = None
        if job.records is not None:
            sent = tuple(each.snapshot for each in job.records)
        ids, rest = _page(job.scope) if sent is None else ((), ())
        Now.systems.log.append(("job", job.batch, ids, rest, sent, job.uncertain))
        return original(job, bench)

    return prepare


def _noted_outcomes(original: Callable[..., None]) -> Any:
    def keep(journal: Journal, connection: Any, progress: Progress) -> None:
        original(journal, connection, progress)
        if isinstance(progress, BatchFinished):
            numbers = tuple(each.batch for each in progress.outcomes)
            _told.append(("kept", journal.event, numbers))
        if isinstance(progress, BatchesPlanned) and progress.first:
            _told.append(("plan kept", journal.event))
        if isinstance(progress, SyncFinished):
            _told.append(("ended", journal.event))

    return keep


def _noted_pages(original: Callable[..., None]) -> Any:
    def follow(connection: Any, event: int, found: Any) -> None:
        if found:
            first = scopes.next_batch(connection, event)
            _told.append(("followed", event, first, tuple(map(_page, found))))
        original(connection, event, found)

    return follow


def _with_failpoints(original: Any) -> Any:
    @contextmanager
    def writing(database: Database, *, durable: bool = True) -> Iterator[Write]:
        Now.point()
        _told.clear()
        with original(database, durable=durable) as write:
            yield write
            Now.point()
        # Only now it is in the store: this is what a restarted process will find.
        Now.systems.log.extend(_told)
        Now.systems.commits += 1
        _told.clear()
        Now.point()

    return writing
