"""What travels to a worker on another machine: the definition by value, no secret with it.

Variables that hold no secret travel along, so that a worker's surroundings cannot send records
elsewhere; secrets, files and python modules are the worker's own, and the modules' hashes are
compared (D1).
"""

import hmac
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine import plugins, worker
from engine.definition import callers
from engine.domain.adapter import Stopped
from engine.domain.batch import Job
from engine.domain.call import Caller
from engine.domain.errors import LinkdeckError, SystemSyncError
from engine.domain.link import Definition, Link
from engine.domain.record_key import KeyHashes, Keys
from engine.domain.stage import CallStage
from engine.domain.values import dataclass
from engine.operations.context import Clock
from engine.sync.crew import Pause, Result

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Commission:
    """A Setup as it travels; the worker makes one of its own of it.

    `text` is the effective definition, its variables unexpanded. `secret` is there where the
    worker writes: it makes idempotency keys of this Link, and no other.
    """

    text: str
    path: str
    folder: str
    variables: Mapping[str, str]
    event: int
    secret: bytes
    limit: float
    test: bool
    open_keys: Keys | None
    last_chance: bool
    seen_ids: KeyHashes | None
    spool: str | None
    now: Clock


def commission(setup: worker.Setup, *, pushes: bool) -> Commission:
    """What a worker must know of a Sync Event; `pushes`: it writes itself."""
    definition = setup.definition
    return Commission(
        text=definition.text,
        path=os.path.abspath(definition.path),  # noqa: PTH100 - links stay as they were named
        folder=definition.folder,
        variables=dict(setup.variables),
        event=setup.event,
        secret=setup.secret if pushes else b"",
        limit=setup.limit,
        test=setup.test,
        open_keys=setup.open_keys,
        last_chance=setup.last_chance,
        seen_ids=setup.seen_ids,
        spool=setup.spool,
        now=setup.now,
    )


def link_secret(secret: bytes, link: str) -> bytes:
    """The installation's secret as one Link has it: it leads to no other's."""
    return hmac.digest(secret, f"link|{link}".encode(), "sha256")


def plain_variables(definition: Definition, environ: Mapping[str, str]) -> dict[str, str]:
    """The variables a definition names, but those that hold a secret."""
    named = {name: environ.get(name) for name in _VARIABLE.findall(definition.text)}
    return {
        name: value
        for name, value in named.items()
        if value is not None and not any(each in value for each in definition.secrets)
    }


def callers_of(sources: Mapping[str, type[Any]], link: Link) -> dict[str, type[Caller]]:
    """The classes that answer for the Link's call stages, by adapter."""
    known = callers.Callers(sources)
    asked = (stage.adapter for stage in link.stages if isinstance(stage, CallStage))
    return {adapter: known[adapter] for adapter in asked}


class Bench:
    """One thread's place on a worker: a workshop whose rows travel packed."""

    def __init__(self, workshop: worker.Workshop) -> None:
        self._workshop = workshop

    def work(self, job: Job) -> Result:
        """One job."""
        return self._workshop.work_packed(job)

    def close(self) -> None:
        """Let go of connections and files."""
        self._workshop.close()


def open_there(commission: Commission, pause: Pause) -> Bench:
    """On the worker: the definition with its own secrets, and a place to work by it.

    Raises SystemSyncError, with a sentence about what is missing there.
    """

    def sleep(seconds: float) -> None:
        if pause(seconds):
            raise Stopped

    workshop = worker.Workshop(_setup(commission), sleep)
    workshop.begin()
    return Bench(workshop)


def _setup(said: Commission) -> worker.Setup:
    from engine.definition import loader

    catalogue = plugins.installed()
    try:
        definition = loader.from_stored(
            said.text,
            path=Path(said.path),
            folder=Path(said.folder),
            catalogue=catalogue,
            environ={**os.environ, **said.variables},
        )
        link = definition.link
        source = catalogue["source"][link.source.adapter]
        target = catalogue["target"][link.target.adapter]
        called = callers_of(catalogue["source"], link)
    except LinkdeckError as refusal:
        raise SystemSyncError(str(refusal), code="worker_unfit") from refusal
    return worker.Setup(
        definition=definition,
        source=source,
        target=target,
        event=said.event,
        secret=said.secret,
        limit=said.limit,
        test=said.test,
        callers=called,
        open_keys=said.open_keys,
        last_chance=said.last_chance,
        seen_ids=said.seen_ids,
        spool=said.spool,
        now=said.now,
    )
