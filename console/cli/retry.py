"""`plan` and `retry`."""

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from console.cli.acting import ACTOR, actor_or_default, given
from console.cli.failures import ALL, Which
from console.cli.run import detached, followed
from console.cli.several import (
    ALL_OF_IT,
    OfInbox,
    Terms,
    plan_them,
    retry_them,
    taken,
)
from console.cli.shared import DEFAULT, Shared
from console.pages.page import Block
from console.pages.plan_page import items_page, plan_page
from engine.domain.errors import Misused
from engine.domain.plan_documents import Item, plan_document
from engine.domain.retry_plan import Choice, ItemClass, RetryOptions, RetryPlan
from engine.domain.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.engine import Engine

OF = Parameter(
    help="a number, #number or latest:LINK; Snapshots (s123), as many as you like; or inbox"
)
DEFINITION = Parameter(help="which definition to go with, where it changed since")
INCLUDE = Parameter(help="also these classes: changed, gone, or both with a comma")

MOST_ITEMS = 200


@Parameter(name="*", group="How to retry")
@dataclass(frozen=True, kw_only=True, slots=True)
class How:
    """The plan, and how it is run."""

    plan: Annotated[str | None, Parameter(help="the hash of a plan: run exactly that")] = (
        None
    )
    definition: Annotated[Literal["as-run", "current"] | None, DEFINITION] = None
    canary: Annotated[
        int | None, Parameter(help="so many items of each cause first; park what fails")
    ] = None
    include: Annotated[str, INCLUDE] = ""

    def options(self, *, reason: str, actor: str | None) -> RetryOptions:
        """The same as the engine takes it."""
        return RetryOptions(
            reason=given(reason),
            actor=actor_or_default(actor),
            plan=self.plan,
            definition=Choice(self.definition) if self.definition else None,
            canary=self.canary,
            include=_included(self.include),
        )


AS_PLANNED = How()


def plan(
    *refs: Annotated[str, OF],
    which: Which = ALL,
    of_inbox: OfInbox = ALL_OF_IT,
    definition: Annotated[Literal["as-run", "current"] | None, DEFINITION] = None,
    include: Annotated[str, INCLUDE] = "",
    simulate: Annotated[
        bool, Parameter(negative="", help="say how many would pass, as run and now")
    ] = False,
    items: Annotated[bool, Parameter(negative="", help="list every item")] = False,
    actor: Annotated[str | None, ACTOR] = None,
    shared: Shared = DEFAULT,
) -> int:
    """Freeze a retry plan and print it: what would go, what would not, and why.

    Nothing else changes. `retry EVENT --plan HASH` runs exactly what is printed. Of
    several Chains, or of the Inbox, there is a plan for each.
    """
    selection = which.selection()
    choice = Choice(definition) if definition else None
    who = actor_or_default(actor)
    several = taken(refs, of_inbox, selection)
    if several is not None:
        terms = Terms(choice, _included(include), who, simulate)
        return plan_them(several, terms, shared)
    with shared.engine() as engine:
        made = engine.plan(
            refs[0],
            selection,
            definition=choice,
            include=_included(include),
            simulate=simulate,
            actor=who,
        )
        listed = _items(engine, made) if items else None
    shared.answer(
        lambda: plan_document(made, listed),
        lambda: tuple(_drawn(made, listed, linkdeck=shared.called())),
    )
    return 0


def retry(
    *refs: Annotated[str, OF],
    reason: Annotated[str, Parameter(help="why; kept with the Sync Event and the audit")],
    which: Which = ALL,
    of_inbox: OfInbox = ALL_OF_IT,
    how: How = AS_PLANNED,
    detach: Annotated[
        bool, Parameter(negative="", help="leave it to an engine, and come back")
    ] = False,
    actor: Annotated[str | None, ACTOR] = None,
    shared: Shared = DEFAULT,
) -> int:
    """Send again only what failed, and print the summary of the child.

    Failed Batches are fetched again; failing records go from their Snapshots, edited
    ones as edited. Of several Chains, or of the Inbox, each has its own child, and they
    run one after another.
    Exit code 0: nothing failed again. 3: something did, or the retry was refused.
    """
    options = how.options(reason=reason, actor=actor)
    selection = which.selection()
    several = taken(refs, of_inbox, selection)
    if several is not None:
        return retry_them(several, options, shared, detach=detach)
    event = refs[0]
    with shared.engine() as engine:
        if detach:
            return detached(engine.launch_retry(event, selection, options), shared)
        return followed(
            engine,
            lambda stop, watch: engine.retry(
                event, selection, options, stop=stop, watch=watch
            ),
            shared,
        )


def _included(said: str) -> frozenset[ItemClass]:
    """The classes of `--include`. Raises Misused for anything else."""
    names = [name.strip() for name in said.split(",") if name.strip()]
    wrong = next((name for name in names if name not in ("changed", "gone")), None)
    if wrong is not None:
        raise Misused(f"--include takes changed and gone, not '{wrong}'")
    return frozenset(ItemClass(name) for name in names)


def _items(engine: "Engine", made: RetryPlan) -> list[Item]:
    return list(_each(engine, made.hash))


def _each(engine: "Engine", hash_: str) -> "Iterator[Item]":
    after: str | None = None
    while True:
        page = engine.plan_items(hash_, limit=1000, after=after)
        yield from page.items
        if page.next is None:
            return
        after = page.next


def _drawn(
    made: RetryPlan, listed: Sequence[Item] | None, *, linkdeck: str
) -> "Iterator[Block]":
    yield from plan_page(made, linkdeck=linkdeck)
    if listed is not None:
        yield from items_page(list(islice(listed, MOST_ITEMS)))
