"""What must hold whenever nothing runs: the front door says what the oracle remembers."""

from hypothesis.stateful import invariant

from engine.domain.inbox import InboxFilter
from engine.domain.outcome import Status
from engine.domain.sync_event import SyncEvent
from tests.properties.chain.acting import Acting

SETTLED = (Status.COMPLETED, Status.COMPLETED_WITH_WARNINGS)


class Checked(Acting):
    """Looks at every Sync Event, every Chain, the mark and the Inbox after each step."""

    @invariant()
    def the_books_are_right(self) -> None:
        """S1-S3, C3, C4, M1, M2."""
        if self.interrupted is not None or not self.changed:
            return
        self.changed = False
        for seen in self.deck.engine.events(limit=1000).items:
            self._check(seen)
        for root in {each.root for each in self.oracle.events.values()}:
            self._check_chain(root)
        marks = self.deck.mark(), self.oracle.mark()
        assert marks[0] == marks[1], f"Last Successful Sync, and what it must be: {marks}"
        waiting = self.deck.engine.inbox(InboxFilter(), limit=1000).items
        open_ones = sum(each.batch > 0 for each in waiting)
        assert open_ones == sum(item.open for item in self.oracle.items)

    def _check(self, seen: SyncEvent) -> None:
        unsettled = self.oracle.unsettled(seen.id)
        assert (seen.status in SETTLED) == (not unsettled), f"#{seen.id} is {seen.status}"
        if unsettled:
            cancelled = self.oracle.events[seen.id].cancelled
            assert (seen.status is Status.CANCELLED) == cancelled
        opened = (seen.open.batches, seen.open.records)
        assert opened == self.oracle.open_of(seen.id), f"open in #{seen.id}"
        assert seen.residual == 0

    def _check_chain(self, root: int) -> None:
        balance = self.oracle.balance(root)
        if self.balances.get(root) == balance:
            return
        chain = self.deck.engine.chain(str(root))
        said = {name: getattr(chain.balance, name) for name in balance}
        assert said == balance, f"the Chain of #{root}"
        assert chain.residual == 0
        self.balances[root] = balance
