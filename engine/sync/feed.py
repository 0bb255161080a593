"""Where scopes come from that nobody could plan before: what is delivered while a run goes on."""

from collections.abc import Sequence
from typing import Protocol

from engine.domain.batch import Scope


class Feed(Protocol):
    """Asked for more on every turn of the runner, on its own thread."""

    @property
    def over(self) -> bool:
        """Whether nothing can come any more; the run then ends with what it has."""
        ...

    def more(self, *, idle: bool) -> Sequence[Scope]:
        """The scopes of what has come since; it may wait a moment where the runner is `idle`.

        Those it gives as it turns `over` are planned already, so that none can slip in between.
        """
        ...
