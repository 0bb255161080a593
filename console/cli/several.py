"""What `plan` and `retry` do with several Chains: all that is named, or what waits in the Inbox."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from console.cli.edge import remark
from console.cli.inbox import ClassName, RouteName, SeverityName
from console.cli.interrupt import Interrupt
from console.cli.progress import following
from console.cli.run import detached, verdict
from console.cli.shared import Shared, here
from console.cli.suggest import OF_LINK
from console.pages.plan_page import plans_page
from console.pages.summary import summary
from engine.domain.documents import event_document
from engine.domain.errors import Misused, Refused
from engine.domain.inbox import InboxFilter
from engine.domain.plan_documents import plans_document, refused_document
from engine.domain.requests import Selection, Stop
from engine.domain.retry_plan import Choice, ItemClass, RetryOptions
from engine.domain.together import ChainRefused, Plans, Retried, Taken
from engine.domain.values import dataclass

if TYPE_CHECKING:
    from engine.engine import Engine

INBOX = "inbox"
"""In place of a Sync Event: everything that waits, as far as the flags let it through."""


@Parameter(name="*", group="Of the Inbox")
@dataclass(frozen=True, kw_only=True, slots=True)
class OfInbox:
    """What narrows `inbox` where it stands in place of a Sync Event."""

    link: Annotated[str | None, OF_LINK] = None
    route: Annotated[RouteName | None, Parameter(help="only on this route")] = None
    error_class: Annotated[
        ClassName | None, Parameter(name="--class", help="only of this class")
    ] = None
    severity: Annotated[SeverityName | None, Parameter(help="only of this severity")] = None
    owner: Annotated[str | None, Parameter(help="only what this owner fixes")] = None


ALL_OF_IT = OfInbox()


def taken(refs: Sequence[str], narrowed: OfInbox, selection: Selection) -> Taken | None:
    """What is meant, where it is of several Chains; None: one Sync Event or one Snapshot."""
    if not refs:
        raise Misused("say what: a Sync Event, Snapshots such as s123, or inbox")
    if INBOX in refs:
        if len(refs) > 1:
            raise Misused("inbox stands alone: it means everything that waits")
        said = {each.name: getattr(narrowed, each.name) for each in fields(narrowed)}
        return Taken(inbox=InboxFilter(**said), selection=selection)
    if narrowed != ALL_OF_IT:
        raise Misused(
            "--link, --route, --class, --severity and --owner narrow the Inbox: say inbox"
        )
    if len(refs) == 1 and "." not in refs[0]:
        return None
    return Taken(refs=tuple(refs), selection=selection)


@dataclass(frozen=True, slots=True)
class Terms:
    """How they are planned."""

    definition: Choice | None
    include: frozenset[ItemClass]
    actor: str
    simulate: bool = False


def _planned(engine: "Engine", what: Taken, terms: Terms) -> Plans:
    return engine.plans(
        what,
        definition=terms.definition,
        include=terms.include,
        simulate=terms.simulate,
        actor=terms.actor,
    )


def plan_them(what: Taken, terms: Terms, shared: Shared) -> int:
    """Print a plan for each Chain; exit code 3 where there is none."""
    with shared.engine() as engine:
        made = _planned(engine, what, terms)
    shared.answer(
        lambda: plans_document(made),
        lambda: tuple(plans_page(made, linkdeck=shared.called())),
    )
    return 0 if made.plans else 3


def retry_them(what: Taken, options: RetryOptions, shared: Shared, *, detach: bool) -> int:
    """Plan and run a retry of each Chain, one after another; exit code 3 where one was refused."""
    if options.plan is not None:
        raise Misused("a plan is of one Chain: linkdeck retry EVENT --plan HASH")
    with shared.engine() as engine:
        terms = Terms(options.definition, options.include, options.actor)
        made = _unguessed(_planned(engine, what, terms), options.definition)
        hashes = [plan.hash for plan in made.plans]
        for each in made.refused:
            _say(each)
        if not hashes:
            raise Refused(f"nothing goes: {made.refused[0].why}")
        if detach:
            return detached(engine.launch_retries(hashes, options), shared)
        return _followed(engine, hashes, options, shared, made.refused)


def _unguessed(made: Plans, definition: Choice | None) -> Plans:
    """Without those whose definition changed where nobody said which to go with (P6)."""
    if definition is not None:
        return made
    changed = [plan for plan in made.plans if not plan.definitions.same]
    why = "its definition changed since: say --definition as-run or --definition current"
    refused = [ChainRefused(plan.event, plan.link, why) for plan in changed]
    kept = tuple(plan for plan in made.plans if plan.definitions.same)
    return replace(made, plans=kept, refused=(*made.refused, *refused))


def _say(refused: ChainRefused) -> None:
    remark(f"#{refused.event} {refused.link}: refused: {refused.why}")


def _followed(
    engine: "Engine",
    hashes: Sequence[str],
    options: RetryOptions,
    shared: Shared,
    before: Sequence[ChainRefused],
) -> int:
    stop = Stop()
    interrupt = Interrupt(stop)
    with interrupt.listening(), following(interrupt) as follower:
        done = engine.retry_all(hashes, options, stop=stop, watch=follower.see)
    for each in done.refused:
        _say(each)
    unicode, called = here().unicode, shared.called()
    shared.answer(
        lambda: {
            "events": [event_document(event) for event in done.events],
            "refused": refused_document((*before, *done.refused)),
        },
        lambda: tuple(
            block
            for event in done.events
            for block in summary(event, unicode=unicode, linkdeck=called)
        ),
    )
    return _verdict(done, before, interrupt.code)


def _verdict(done: Retried, before: Sequence[ChainRefused], interrupted: int | None) -> int:
    codes = [verdict(event, interrupted) for event in done.events]
    codes += [3] * bool(before or done.refused)
    return max(codes, default=3)
