"""What must be true now, told from what was remembered; the store is never asked for a fate."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from tests.properties.chain.fates import Event, Item
from tests.properties.chain.world import Systems


class Memory:
    """Every Sync Event of the Link and every failure there ever was."""

    def __init__(self, systems: Systems) -> None:
        self.idempotent = systems.idempotent
        self.lookup = systems.lookup
        self.events: dict[int, Event] = {}
        self.items: list[Item] = []
        self.by_snapshot: dict[int, Item] = {}

    # What is open

    def subtree(self, event: int) -> list[Event]:
        """A Sync Event and all that descend from it."""
        found = {event}
        for each in self.events.values():
            if each.parent in found:
                found.add(each.id)
        return [self.events[each] for each in sorted(found)]

    def open_below(self, event: int) -> list[Item]:
        """Failures that wait in a Sync Event or its subtree."""
        below = {each.id for each in self.subtree(event)}
        return [item for item in self.items if item.open and item.event in below]

    def unsettled(self, event: int) -> bool:
        """Whether anything of a Sync Event, its subtree, or what that went on as, is open (C4)."""
        below = {each.id for each in self.subtree(event)}
        mine = (item for item in self.items if item.event in below)
        return any(item.unsettled for item in mine) or self._system_open(event)

    def _system_open(self, event: int) -> bool:
        mine = self.events[event]
        if mine.parent is None or not mine.system:
            return mine.system
        if not mine.left:
            return self.unsettled(mine.parent)
        return any(item.unsettled for item in mine.left)

    def open_of(self, event: int) -> tuple[int, int]:
        """Kept scopes and failing records that are open in one Sync Event itself."""
        mine = [item for item in self.items if item.open and item.event == event]
        scopes = sum(item.row is None for item in mine)
        return scopes, len(mine) - scopes

    def balance(self, root: int) -> dict[str, int]:
        """Every record of a Chain once, by what became of it (S3)."""
        chain = [each for each in self.events.values() if each.root == root]
        total: Counter[str] = sum((each.counts for each in chain), Counter())
        mine = {each.id for each in chain}
        for item in self.items:
            if item.event in mine and item.row is not None and item.state != "carried":
                total[item.state] += 1
        return {
            "fetched": total["fetched"],
            "written": total["written"] + total["resolved"],
            "ignored": total["ignored"],
            "open": total["open"] + total["unmet"],
            "in_doubt": total["doubt"],
            "superseded": total["superseded"],
            "equal": total["equal"],
            "discarded": total["discarded"],
            "moved": total["moved"],
        }

    # Last Successful Sync

    def mark(self) -> int | None:
        """The bound of the newest run up to which everything is accounted for (M1)."""
        mark: int | None = None
        for event in self.events.values():
            if event.parent is not None or not event.moves or event.replaced:
                continue
            if not event.ended or self.unsettled(event.id):
                break
            if not event.planned:
                continue
            gap = event.since is not None and mark is not None and event.since > mark
            if event.until is not None and not gap:
                mark = max(event.until, mark if mark is not None else event.until)
        return mark

    # What a plan must say

    def expected_class(self, item: Item, *, strict: bool, held: Mapping[int, Any]) -> str:
        """What a plan made now must say of a failing record (P1)."""
        row = item.row
        assert row is not None
        passes = not row.skip and not (strict and not row.email)
        if self.lookup == "none":
            if item.state == "doubt" and not self.idempotent:
                return "in_doubt"
            return "unknown" if passes else "safe"
        now = held.get(row.id)
        if not passes or now == row.sent:
            return "equal" if passes else "safe"
        if item.asked:
            same = now == item.held or (item.state == "doubt" and now is None)
            return "safe" if same else "changed"
        return "safe" if now is None else "unknown"
