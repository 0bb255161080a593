"""Who does the work of a run: chosen from what the Link waits for, and said in words."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

from engine import plugins, worker
from engine.domain.adapter import Sleep, Waits
from engine.domain.cluster_address import EXECUTORS, ClusterAddress, cluster_address
from engine.domain.errors import Misused
from engine.domain.link import Link, Workers
from engine.domain.stage import CallStage, PythonStage, UnchangedStage
from engine.domain.values import dataclass
from engine.operations.idleness import Idleness
from engine.sync.board import Board
from engine.sync.crew import Crew, Work
from engine.sync.crews import InlineCrew, ThreadCrew

WORTH_A_PROCESS = 40
"""Batches below which starting a process costs more than it saves (0.4 s against 4 ms each)."""

IDLE_ENOUGH = 0.6
"""Processors that must be free: with less, a second process only takes turns with others."""


_UNITS = {
    "threads": ("thread", "threads"),
    "processes": ("worker process", "worker processes"),
    "inline": ("process", "processes"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """How batches are prepared, how many at once, and why."""

    workers: str
    count: int
    why: str
    cluster: ClusterAddress | None = None

    def __str__(self) -> str:
        if self.cluster is not None:
            return f"{self.cluster}: {self.why}"
        one, several = _UNITS[self.workers]
        return f"{self.count} {one if self.count == 1 else several}: {self.why}"


def choose(
    link: Link,
    workshop: worker.Workshop,
    batches: int,
    asked: str | None,
    *,
    idleness: Idleness,
) -> Choice:
    """Threads where a network is waited for, processes where the processor is."""
    wanted = asked or link.workers
    cluster = cluster_address(wanted)
    if cluster is not None:
        return Choice("cluster", 0, "asked for", cluster)
    if wanted == Workers.THREADS:
        return Choice("threads", link.parallel, "asked for")
    if wanted == Workers.PROCESSES:
        return Choice("processes", link.parallel, "asked for")
    if wanted != Workers.AUTO:
        raise Misused(f"'{wanted}' is no executor; take one of {EXECUTORS}, auto")
    return _automatic(link, workshop, batches, idleness)


def _automatic(
    link: Link, workshop: worker.Workshop, batches: int, idleness: Idleness
) -> Choice:
    cores = os.cpu_count() or 1
    foreign = _foreign_code(link)
    if foreign:
        return Choice("processes", min(link.parallel, cores), f"{foreign} may hang")
    bench = workshop.bench
    waits = {bench.source.traits.waits}
    if workshop.pushes_itself:
        waits.add(bench.target.traits.waits)
    if Waits.NETWORK in waits or _calls(link):
        return Choice("threads", link.parallel, "a network is what it waits for")
    if batches < WORTH_A_PROCESS:
        return Choice("inline", 1, "too little work for a second one")
    if cores < 2 or idleness.processors() < IDLE_ENOUGH:
        return Choice("inline", 1, "no core is idle")
    readers = cores - 1 if not workshop.pushes_itself else cores
    return Choice("processes", max(1, min(readers, link.parallel)), "a core is idle")


def _foreign_code(link: Link) -> str | None:
    for stage in link.stages:
        if isinstance(stage, PythonStage):
            return f"the python stage '{stage.name}'"
        if isinstance(stage, CallStage) and not plugins.is_ours("source", stage.adapter):
            return f"the call adapter '{stage.adapter}'"
    for role, name in (("source", link.source.adapter), ("target", link.target.adapter)):
        if not plugins.is_ours(role, name):
            return f"the {role} adapter '{name}'"
    return None


def _calls(link: Link) -> bool:
    return any(isinstance(stage, CallStage) for stage in link.stages)


def assemble(choice: Choice, workshop: worker.Workshop, sleep: Sleep) -> Crew:
    """The crew of a choice; `workshop` is the coordinator's own."""
    setup = workshop.setup
    if choice.workers == "inline":
        return InlineCrew(workshop.work, workshop.push)
    if choice.workers == "threads":
        return ThreadCrew(choice.count, _opener(setup, sleep), workshop.push)
    limit = setup.limit if _foreign_code(setup.definition.link) else None
    if choice.cluster is not None:
        return _on_cluster(choice.cluster, workshop, sleep, limit)
    return _in_processes(choice.count, workshop, limit)


def _may_help(workshop: worker.Workshop) -> bool:
    """Whether the coordinator may do a Batch itself while it waits.

    Not where workers push, since they are as many as there are cores; nor where another system is
    asked, since it would not keep to the rates and waits that the workers share.
    """
    asks = workshop.bench.source.traits.waits is Waits.NETWORK
    return not (workshop.pushes_itself or asks or _calls(workshop.setup.definition.link))


def alone(choice: Choice, workshop: worker.Workshop) -> Work | None:
    """What the coordinator does with kept records while its threads wait for pages; None: nothing.

    Not where workers push, which the order of what is pushed would hang on; nor where the target
    takes nothing twice, or a page leaves out what the target held when it came, or what was written
    before (K2); nor where somebody else is asked, or code may hang that is not ours.
    """
    link = workshop.setup.definition.link
    waits = choice.workers == "threads" and not workshop.pushes_itself
    harmless = workshop.bench.target.traits.idempotent
    compares = any(isinstance(stage, UnchangedStage) for stage in link.stages)
    leaves_out = compares or link.event_id is not None
    if not (waits and harmless) or leaves_out or _calls(link) or _foreign_code(link):
        return None
    return workshop.work


def _in_processes(count: int, workshop: worker.Workshop, limit: float | None) -> Crew:
    from engine.sync.processes import ProcessCrew
    from engine.sync.worker_process import Trade

    helper = workshop.work if limit is None and _may_help(workshop) else None
    board = Board()
    setup = replace(workshop.setup, shared=board.path)
    trade = Trade(worker.open_here, setup, worker.work_here)
    return ProcessCrew(
        count, trade, push=workshop.push, limit=limit, helper=helper, board=board
    )


def _on_cluster(
    address: ClusterAddress, workshop: worker.Workshop, sleep: Sleep, limit: float | None
) -> Crew:
    from engine.operations.commission import commission, open_there
    from engine.sync.cluster import ClusterCrew

    sent = commission(workshop.setup, pushes=workshop.pushes_itself)
    return ClusterCrew(
        address, (open_there, sent), push=workshop.push, limit=limit, sleep=sleep
    )


def _opener(setup: worker.Setup, sleep: Sleep) -> Callable[[], worker.Workshop]:
    def opened() -> worker.Workshop:
        with ExitStack() as undone:
            workshop = worker.Workshop(setup, sleep)
            undone.callback(workshop.close)
            workshop.begin()
            undone.pop_all()
        return workshop

    return opened
