"""Causes over all Sync Events: which come again and again, or came back; what is known of them."""

from collections.abc import Sequence
from dataclasses import replace

from engine.domain.cause import CauseFilter, RootCause, cause_weight
from engine.domain.errors import Misused, Tier
from engine.domain.masking import Privacy, without_quotes
from engine.operations import masking
from engine.operations.context import Context

EVERYTHING = CauseFilter()

GONE = "the records it told of are gone, and it may name what the masks hide"


def listed(context: Context, wanted: CauseFilter = EVERYTHING) -> tuple[RootCause, ...]:
    """Those that came back first, then those that go on, then those that are quiet."""
    found = [each for each in context.store.upkeep.causes() if wanted.admits(each)]
    return _masked(context, sorted(found, key=cause_weight))


def one(context: Context, fingerprint: str) -> RootCause:
    """A cause by its fingerprint, or the beginning of it."""
    return _masked(context, context.store.upkeep.cause(fingerprint))[0]


def noted(
    context: Context,
    fingerprint: str,
    *,
    note: str | None,
    category: str | None,
    actor: str,
) -> RootCause:
    """Say something of a cause, which is shown wherever it is met; blank takes it back."""
    if note is None and category is None:
        raise Misused("say something of it: --note TEXT or --category WORD")
    context.store.upkeep.note_cause(fingerprint, note=note, category=category, actor=actor)
    return one(context, fingerprint)


def _masked(context: Context, causes: Sequence[RootCause]) -> tuple[RootCause, ...]:
    return tuple(_hidden(context, each) for each in causes)


def _hidden(context: Context, cause: RootCause) -> RootCause:
    """Its sentence as the definition of the Sync Event that met it last has it masked."""
    last = max(cause.links, key=lambda each: each.last_at).last_event
    definition = context.store.upkeep.definition_of(last)
    if definition is None:
        return replace(cause, message=without_quotes(cause.message))
    rules = masking.rules_of(context, definition, last)
    return replace(cause, message=_said(context, cause, last, rules))


def _said(context: Context, cause: RootCause, event: int, rules: Privacy) -> str:
    if cause.field or not rules.patterns:
        return rules.text(cause.message, field=cause.field)
    # What is quoted may be anybody's.
    message = without_quotes(cause.message)
    if cause.tier != Tier.RECORD:
        return rules.text(message)
    values = masking.values_met(context, event, cause.fingerprint, rules)
    if values is None:
        return f"{cause.code}: {GONE}"
    return rules.text(message, values=values)
