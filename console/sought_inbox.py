"""What a filter line over the Inbox asks of the store."""

from collections.abc import Sequence

from console.filtering import Filter
from console.wanted import states_of
from engine.domain.inbox import Cause, InboxFilter
from engine.domain.requests import Search

OF_CAUSES = frozenset(
    ("tier", "class", "code", "field", "stage", "route", "owner", "severity", "link")
)


def narrows(filter_: Filter) -> bool:
    """Whether causes have to be known to understand it."""
    return any(term.field in OF_CAUSES for term in filter_.terms)


def inbox_filter(filter_: Filter, causes: Sequence[Cause]) -> InboxFilter:
    """The causes that it means; everything, where it speaks of none."""
    if not narrows(filter_):
        return InboxFilter()
    terms = Filter(tuple(term for term in filter_.terms if term.field in OF_CAUSES))
    kept = [
        (cause.event, cause.fingerprint)
        for cause in causes
        if terms.admits("", _fields(cause))
    ]
    return InboxFilter(causes=tuple(kept))


def inbox_search(filter_: Filter) -> Search:
    """Words among what waits."""
    return Search(
        words=filter_.of(None),
        without=(*filter_.of(None, negated=True), *filter_.of("key", negated=True)),
        keys=filter_.of("key"),
        states=states_of(filter_),
    )


def _fields(cause: Cause) -> dict[str, str]:
    return {
        "tier": cause.tier,
        "class": cause.error_class,
        "code": cause.code,
        "field": cause.field or "",
        "stage": cause.stage or "",
        "route": cause.route,
        "owner": cause.owner or "",
        "severity": cause.severity,
        "link": cause.link,
    }
