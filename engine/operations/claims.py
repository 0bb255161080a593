"""What an engine has claimed: run to its end in a process of its own, or given up in words."""

from engine.domain.errors import LeftWaiting, LinkdeckError, SystemSyncError, judged
from engine.domain.outcome import Ending
from engine.domain.progress import SyncFinished
from engine.domain.requests import Stop
from engine.operations import runs
from engine.operations.context import Context
from engine.recovery import mark
from engine.store.events import Owned
from engine.store.queue import MOST_LIVES
from engine.store.refusals import Fenced, StoreUnusable

ENGINE = "engine"
"""The stage that a System error is put under when no part of a run met it."""


def run_claimed(context: Context, claimed: Owned, *, stop: Stop) -> None:
    """Take over a claimed Sync Event and finish it. Raises Fenced, StoreUnusable.

    One that cannot even begin, because a variable or its code is missing, ends with a System error.
    """
    owned = context.store.queue.hand_over(claimed, context.owner(""))
    try:
        runs.finish(context, owned, stop=stop, watch=None)
    except (Fenced, StoreUnusable, LeftWaiting):
        raise
    except LinkdeckError as refusal:
        give_up(context, owned, str(refusal), code="cannot_begin")
        raise


def give_up_hopeless(context: Context, owned: Owned) -> None:
    """End a Sync Event over which one process after the other has died."""
    said = (
        f"{MOST_LIVES} processes died over this run, one after the other, with no Batch done "
        "between; is there memory enough? See the logs folder, then retry it"
    )
    give_up(context, owned, said, code="run_died")


def give_up(context: Context, owned: Owned, sentence: str, *, code: str) -> None:
    """End it with a System error; what was not attempted waits for a retry."""
    failure = SystemSyncError(sentence, code=code)
    error = judged(failure, stage=ENGINE, at=context.clock(), rules={})
    journal = context.store.journal(owned, mark.settle)
    journal.emit(SyncFinished(context.clock(), Ending.STOPPED, error, None))
