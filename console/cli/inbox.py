"""`inbox`, `discard` and `resolve`."""

from typing import Annotated, Literal

from cyclopts import Parameter

from console.cli.acting import ACTOR, actor_or_default, given
from console.cli.control import REASON
from console.cli.events import LIMIT
from console.cli.failures import ALL, Which
from console.cli.shared import DEFAULT, Shared, here
from console.cli.suggest import OF_LINK
from console.pages import inbox_page, record_page
from engine.domain.documents import record_document
from engine.domain.errors import Misused
from engine.domain.inbox import InboxFilter
from engine.domain.recovery_documents import discarded_document, inbox_document
from engine.domain.values import dataclass

SeverityName = Literal["low", "normal", "high", "critical"]
RouteName = Literal[
    "retry",
    "producer",
    "quarantine",
    "duplicate",
    "review",
    "access_review",
    "delayed",
    "dead_letter",
    "error_queue",
]
ClassName = Literal[
    "transient",
    "availability",
    "schema",
    "validation",
    "duplicate",
    "reference",
    "authorization",
    "partial_load",
    "business_rule",
    "unclassified",
]


@Parameter(name="*", group="Which failures")
@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What narrows the Inbox; everything that is given must hold."""

    link: Annotated[str | None, OF_LINK] = None
    route: Annotated[RouteName | None, Parameter(help="only on this route")] = None
    error_class: Annotated[
        ClassName | None, Parameter(name="--class", help="only of this class")
    ] = None
    severity: Annotated[SeverityName | None, Parameter(help="only of this severity")] = None
    owner: Annotated[str | None, Parameter(help="only what this owner fixes")] = None
    fingerprint: Annotated[str | None, Parameter(help="only of this cause")] = None
    key: Annotated[str | None, Parameter(help="only records with this key")] = None

    def filter(self) -> InboxFilter:
        """The same as the engine takes it."""
        return InboxFilter(
            link=self.link,
            route=self.route,
            error_class=self.error_class,
            severity=self.severity,
            owner=self.owner,
            fingerprint=self.fingerprint,
            key=self.key,
        )


EVERYTHING = Wanted()


def inbox(
    *,
    wanted: Wanted = EVERYTHING,
    limit: Annotated[int, LIMIT] = 50,
    after: Annotated[
        str | None, Parameter(help="continue a page: what the last one ended with")
    ] = None,
    shared: Shared = DEFAULT,
) -> int:
    """List every open failure: the most severe Links first, in each the oldest."""
    with shared.engine() as engine:
        page = engine.inbox(wanted.filter(), limit=limit, after=after)
        counts = None if shared.json else engine.inbox_counts()
    unicode = here().unicode
    shared.answer(
        lambda: inbox_document(page),
        lambda: tuple(
            inbox_page.inbox_page(page, counts, unicode=unicode, linkdeck=shared.called())
        ),
    )
    return 0


def discard(
    *refs: Annotated[
        str, Parameter(help="a Sync Event, or Snapshots such as s123, as many as you like")
    ],
    reason: Annotated[str, REASON],
    which: Which = ALL,
    actor: Annotated[str | None, ACTOR] = None,
    shared: Shared = DEFAULT,
) -> int:
    """Close open failures without sending them: all of an event's, some, or records.

    They count as accounted for; nothing is deleted.
    """
    why = given(reason)
    with shared.engine() as engine:
        done = engine.discard(
            refs, which.selection(), reason=why, actor=actor_or_default(actor)
        )
    shared.answer(
        lambda: discarded_document(done),
        lambda: tuple(inbox_page.discarded_page(done, linkdeck=shared.called())),
    )
    return 0


def resolve(
    snapshot: Annotated[str, Parameter(help="a Snapshot that is in doubt: s123")],
    /,
    *,
    reason: Annotated[str, REASON],
    written: Annotated[
        bool | None,
        Parameter(negative="--not-written", help="whether the target has the record"),
    ] = None,
    actor: Annotated[str | None, ACTOR] = None,
    shared: Shared = DEFAULT,
) -> int:
    """Say of a record in doubt whether it was written: it is then recovered, or open."""
    if written is None:
        raise Misused("say what you found in the target: --written or --not-written")
    why = given(reason)
    with shared.engine() as engine:
        detail = engine.resolve(
            snapshot, written=written, reason=why, actor=actor_or_default(actor)
        )
    unicode = here().unicode
    shared.answer(
        lambda: record_document(detail),
        lambda: tuple(
            record_page.record_page(detail, unicode=unicode, linkdeck=shared.called())
        ),
    )
    return 0
