"""What a filter line over failing records asks of the store."""

from collections.abc import Sequence

from console.filtering import Filter
from engine.domain.requests import Search, Selection
from engine.domain.snapshot import RecordState
from engine.domain.sync_event import ErrorGroup
from engine.domain.values import dataclass

OF_GROUPS = ("tier", "class", "code", "field", "stage", "route", "owner", "severity")
NOBODY = "-"
"""A fingerprint that no failure has: nothing matches."""


@dataclass(frozen=True, slots=True)
class Sought:
    """A Selection and a search in it."""

    selection: Selection
    search: Search


def sought(
    filter_: Filter,
    groups: Sequence[ErrorGroup] | None,
    *,
    fingerprint: str | None = None,
    tier: str | None = None,
) -> Sought:
    """What is asked for: the group that is chosen, narrowed by what was typed.

    `groups` None: they are not known yet, and every one may match.
    """
    prints = _prints(filter_, groups, fingerprint)
    selection = Selection(fingerprints=prints, tier=tier)
    search = Search(
        words=filter_.of(None),
        without=(*filter_.of(None, negated=True), *filter_.of("key", negated=True)),
        keys=filter_.of("key"),
        states=states_of(filter_),
    )
    return Sought(selection, search)


def _prints(
    filter_: Filter, groups: Sequence[ErrorGroup] | None, fingerprint: str | None
) -> tuple[str, ...]:
    """The fingerprints to look for; none: whatever there is."""
    narrows = any(term.field in OF_GROUPS for term in filter_.terms)
    if groups is None or not narrows:
        return (fingerprint,) if fingerprint else ()
    kept = {group.fingerprint for group in groups if _admits(filter_, group)}
    return tuple(sorted(kept & {fingerprint} if fingerprint else kept)) or (NOBODY,)


def _admits(filter_: Filter, group: ErrorGroup) -> bool:
    terms = tuple(term for term in filter_.terms if term.field in OF_GROUPS)
    fields = {
        "tier": group.tier.value,
        "class": group.error_class.value,
        "code": group.code,
        "field": group.field or "",
        "stage": group.stage or "",
        "route": group.route.value,
        "owner": group.owner or "",
        "severity": group.severity or "",
    }
    return Filter(terms).admits("", fields)


def states_of(filter_: Filter) -> tuple[str, ...]:
    """The states whose word begins so, without those that were denied."""
    asked = filter_.of("state")
    denied = filter_.of("state", negated=True)
    if not (asked or denied):
        return ()
    states = [state.value for state in RecordState]
    kept = [
        state
        for state in states
        if all(_begins(state, text) for text in asked)
        and not any(_begins(state, text) for text in denied)
    ]
    return tuple(kept) or (NOBODY,)


def _begins(state: str, text: str) -> bool:
    return state.startswith(text.lower().replace(" ", "_"))
