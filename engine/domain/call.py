"""The seam of a call: another system that a stage asks about the records of a Batch."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol

from engine.domain.adapter import Sleep
from engine.domain.reply import Reply
from engine.domain.retry import Responses, RetryPolicy
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class CallContext:
    """What a caller is told of its Link and its stage."""

    link: str
    stage: str
    parallel: int
    folder: str
    system: str
    retry: RetryPolicy = RetryPolicy()
    responses: Responses = Responses()
    sleep: Sleep | None = None
    shared: str | None = None


class Caller(Protocol):
    """What a call stage asks through; an Adapter for sources names it as its `Caller`.

    Synchronous. `fields` are the paths into a record that it asks by. `ask` answers every record,
    in order, and raises nothing but Stopped.
    """

    Options: ClassVar[type[Any]]
    fields: tuple[str, ...]

    def __init__(self, options: Any, context: CallContext) -> None: ...

    def ask(self, records: Sequence[Mapping[str, Any]]) -> Sequence[Reply]: ...

    def close(self) -> None: ...
