"""The chores of every theme beside the queue: one line each."""

from collections.abc import Sequence

from engine.operations.context import Context
from engine.service.alerting import Alerting, Notifying
from engine.service.chore import Chore
from engine.service.promised import Promised
from engine.service.retaining import Retaining
from engine.service.scheduling import Scheduling


def themes(context: Context) -> Sequence[Chore]:
    """What an engine does besides taking what is queued."""
    return [
        Promised(context),
        Scheduling(context),
        Alerting(context),
        Notifying(context),
        Retaining(context),
    ]
