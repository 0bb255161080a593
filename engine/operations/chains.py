"""The Chain ledger: what every Sync Event of a Chain did, and whether the books add up (S3)."""

from dataclasses import replace

from engine.domain.errors import Refused
from engine.domain.inbox import Balance, Chain, Trend
from engine.operations import masking
from engine.operations.context import Context
from engine.operations.events import known
from engine.recovery import accounting
from engine.store.ledger import Ledger


def chain(context: Context, event: int) -> Chain:
    """The Chain a Sync Event is in, from its root on."""
    ledger = context.store.desk.ledger(event)
    batches, records = accounting.convergence(
        [(each.left_batches, each.left_records) for each in ledger.events],
        (
            sum(each.open_batches for each in ledger.events),
            sum(each.open_records for each in ledger.events),
        ),
    )
    root = ledger.events[0]
    return Chain(
        root=root.event,
        link=ledger.link,
        status=ledger.status,
        events=ledger.events,
        batches=batches,
        records=records,
        balance=_balance(context, ledger, root.event),
        moved_to=ledger.moved_to,
    )


def _balance(context: Context, ledger: Ledger, root: int) -> Balance:
    events, kept, in_doubt = ledger.events, ledger.kept, ledger.in_doubt
    found = accounting.balance(events, kept=kept, in_doubt=in_doubt)
    if not found.residual:
        return found
    # The counters forget what moved away and closed there; the Snapshots do not.
    fates = context.store.desk.fates(root)
    return accounting.balance(events, kept=kept, in_doubt=in_doubt, settled=fates)


def trends(context: Context, before: int, after: int) -> tuple[Trend, ...]:
    """What became of each cause of failure between two Sync Events of a Link."""
    old, new = known(context, before), known(context, after)
    if old.link != new.link:
        raise Refused(
            f"#{before} is of the Link '{old.link}' and #{after} of '{new.link}'; "
            "causes are compared within one Link"
        )
    if before == after:
        raise Refused(f"#{before} cannot be compared with itself; name two Sync Events")
    shown = {
        group.fingerprint: group.message
        for each in (old, new)
        for group in masking.event(context, each).errors
    }
    found = context.store.desk.trends(before, after)
    return tuple(
        replace(each, message=shown.get(each.fingerprint, each.message)) for each in found
    )
