"""A frozen plan run once: the child opened with its batches, then an ordinary run (C1, P2)."""

from engine.domain.delta import Window
from engine.domain.link import Definition
from engine.domain.requests import Stop, Watch
from engine.domain.retry_plan import ItemClass
from engine.domain.sync_event import Kind, SyncEvent
from engine.domain.values import dataclass
from engine.operations.conduct import Begun, conduct
from engine.operations.context import Context
from engine.store.events import NewEvent, Owner
from engine.store.retry_plans import KeptPlan
from engine.store.retry_start import Started, Terms
from engine.traits import target_traits


@dataclass(frozen=True, slots=True)
class Errand:
    """A plan that is to be run now: as what, by whom, why."""

    plan: KeptPlan
    definition: Definition
    kind: Kind
    actor: str
    reason: str
    include: frozenset[ItemClass] = frozenset()
    canary: int | None = None
    replay: str | None = None
    last_chance: bool = False


def run(context: Context, errand: Errand, *, stop: Stop, watch: Watch | None) -> SyncEvent:
    """Run it; the child as it then stands. Refused where the plan ran already (P2)."""
    limit = context.settings.batch_limit
    started = start(context, errand, context.owner(errand.actor))
    begun = Begun(
        owned=started.owned,
        definition=errand.definition,
        kind=errand.kind,
        window=Window(),
        limit=limit,
        pending=started.jobs,
        first_new=len(started.jobs) + 1,
        notes=left_out(started),
        last_chance=errand.last_chance,
    )
    return conduct(context, begun, stop=stop, watch=watch)


def start(context: Context, errand: Errand, owner: Owner) -> Started:
    """The child opened in this owner's hands. Refused where the plan ran already (P2)."""
    link = errand.definition.link
    new = NewEvent(
        link=link.name,
        kind=errand.kind,
        definition=errand.definition,
        actor=errand.actor,
        reason=errand.reason,
        options={"of": errand.plan.event, "plan": errand.plan.hash},
        window=Window(),
        queued_at=context.clock(),
        parent=errand.plan.event,
        replay=errand.replay,
    )
    target = context.catalogue["target"][link.target.adapter]
    terms = Terms(
        include=errand.include,
        batch_size=link.batch_size,
        canary=errand.canary,
        unsafe=not target_traits(errand.definition, target).idempotent,
    )
    return context.store.retries.start(errand.plan, new, owner, terms)


def left_out(started: Started) -> tuple[str, ...]:
    """What the plan held and the child does not, as Warnings."""
    return tuple(f"{times} left out: {why}" for why, times in started.dropped.items())
