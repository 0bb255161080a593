"""`events` and `show`."""

from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from console.cli import suggest
from console.cli.shared import DEFAULT, Shared, here
from console.cli.suggest import OF_LINK
from console.pages import chain_page, failing, lists, summary
from console.pages.page import Block
from engine.domain.documents import batch_detail_document, event_document, events_document
from engine.domain.sync_event import Kind, SyncEvent

if TYPE_CHECKING:
    from engine.engine import Engine

EVENT = Parameter(help="a number, '#12', or latest:LINK", completer=suggest.events)
LIMIT = Parameter(help="how many to list", validator=Number(gte=1))

RUNS = 20
"""Sync Events among which the run before is looked for."""

StatusWord = Literal[
    "queued", "running", "completed", "completed_with_warnings", "failed", "cancelled"
]
KindWord = Literal["sync", "retry", "replay", "push", "test"]


def events(
    *,
    link: Annotated[str | None, OF_LINK] = None,
    status: Annotated[StatusWord | None, Parameter(help="only in this status")] = None,
    kind: Annotated[KindWord | None, Parameter(help="only of this kind")] = None,
    limit: Annotated[int, LIMIT] = 50,
    after: Annotated[
        int | None, Parameter(help="continue a page: what the last one ended with")
    ] = None,
    shared: Shared = DEFAULT,
) -> int:
    """List Sync Events, newest first."""
    with shared.engine() as engine:
        page = engine.events(link=link, status=status, kind=kind, limit=limit, before=after)
    unicode = here().unicode
    shared.answer(
        lambda: events_document(page),
        lambda: tuple(lists.events_page(page, unicode=unicode, linkdeck=shared.called())),
    )
    return 0


def show(
    event: Annotated[str, EVENT],
    /,
    *,
    batch: Annotated[int | None, Parameter(help="one Batch of it, by its number")] = None,
    shared: Shared = DEFAULT,
) -> int:
    """Print the summary of a Sync Event, or one of its Batches."""
    unicode = here().unicode
    with shared.engine() as engine:
        if batch is None:
            seen = engine.event(event)
            related = seen.parent is not None or seen.descendants
            chain = engine.chain(event) if related and not shared.json else None
            shared.answer(
                lambda: event_document(seen),
                lambda: (
                    *summary.summary(seen, unicode=unicode, linkdeck=shared.called()),
                    *(chain_page.chain_page(chain, unicode=unicode) if chain else ()),
                    *_trends(engine, seen),
                ),
            )
        else:
            detail = engine.batch(event, batch)
            shared.answer(
                lambda: batch_detail_document(detail),
                lambda: tuple(failing.batch_page(detail, unicode=unicode)),
            )
    return 0


def _trends(engine: "Engine", seen: SyncEvent) -> tuple[Block, ...]:
    """What became of each cause since the Sync Event before: its parent, or the run before."""
    if seen.kind is Kind.TEST or not seen.status.over:
        return ()
    before = seen.parent
    if before is None:
        runs = engine.events(link=seen.link, before=seen.id, limit=RUNS).items
        before = next(
            (run.id for run in runs if run.parent is None and run.kind is seen.kind), None
        )
    if before is None:
        return ()
    trends = engine.trends(str(before), str(seen.id))
    return chain_page.trends_page(trends, before=before) if trends else ()
