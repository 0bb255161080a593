"""The call stage: a field from another system's answer, asked for a whole Batch at once."""

from collections.abc import Mapping, Sequence

from engine.domain.call import Caller
from engine.domain.errors import Attempt, SystemSyncError
from engine.domain.stage import CallStage
from engine.domain.values import dataclass
from engine.filters.complaint import complaint
from engine.filters.flight import Failure, Flight, failure_of
from engine.filters.step import Seen


@dataclass(frozen=True, slots=True)
class Calling:
    """A call stage, compiled. A record gets the reply that was asked for it before."""

    name: str
    into: str
    caller: Caller

    def ask(self, flights: Sequence[Flight]) -> None:
        """Ask about all these records; raises Stopped where the run is cancelled meanwhile."""
        replies = self.caller.ask([flight.fields for flight in flights])
        for flight, reply in zip(flights, replies, strict=True):
            flight.replies = {**flight.replies, self.name: reply}

    def __call__(self, flight: Flight, seen: Seen) -> list[Failure]:
        reply = flight.replies.get(self.name)
        if reply is None:
            # A record told again, that never got its answer: its story ends here.
            flight.over = True
            return []
        if reply.error is None:
            made = {**flight.fields, self.into: reply.value}
            flight.become(made, stage=self.name)
            return []
        if isinstance(reply.error, SystemSyncError):
            raise reply.error
        return [failure_of(reply.error)]


def calling_of(stage: CallStage, callers: Mapping[str, Caller]) -> Calling:
    """The compiled stage; SystemSyncError where there is nobody to ask."""
    caller = callers.get(stage.name)
    if caller is None:
        raise complaint(stage.name, f"nobody answers for the adapter '{stage.adapter}'")
    return Calling(stage.name, stage.into, caller)


def attempts_of(flights: Sequence[Flight]) -> list[Attempt]:
    """The tries before the answers these records got, each once though several share one."""
    replies = {id(reply): reply for flight in flights for reply in flight.replies.values()}
    return [attempt for reply in replies.values() for attempt in reply.attempts]
