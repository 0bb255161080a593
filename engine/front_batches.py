"""The part of the front door at which the Batches of a Sync Event are read, however many."""

from collections.abc import Callable

from engine.domain.requests import Found, Stretch
from engine.domain.sync_event import BatchSeen
from engine.operations.context import Context


class BatchDoor:
    """Long lists of Batches in constant memory; part of `engine.engine.Engine`."""

    _context: Context

    def batch_stretch(self, ref: str, part: Stretch) -> tuple[BatchSeen, ...]:
        """Any part of the Batches of a Sync Event, in order, by their numbers."""
        from engine.operations import batch_list

        return batch_list.stretch(self._context, self._context.event_number(ref), part)

    def batch_search(
        self, ref: str, keep: Callable[[BatchSeen], bool], beyond: int | None = None
    ) -> Found:
        """One step of a search through them; `beyond` None: from the first."""
        from engine.operations import batch_list

        number = self._context.event_number(ref)
        return batch_list.search(self._context, number, keep, beyond)

    def batch_count(self, ref: str, *, before: int | None = None) -> int:
        """How many Batches are kept of it, or how many of them before that number."""
        number = self._context.event_number(ref)
        return self._context.store.desk.batch_count(number, before=before)
