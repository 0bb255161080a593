"""What the model remembers: Sync Events, tries of batches, and every failure there ever was."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.properties.chain.world import Row, Sent

OPEN = frozenset({"open", "doubt", "unmet"})

Held = Sent | None


@dataclass(eq=False)
class Item:
    """An open failure, or what became of one. `row` is None for a kept scope.

    `row` is what would be sent, with its edit (`version` names it); `held` what the target held
    for the key when it failed (`asked`: it could be asked then). `next` is what it went on as;
    `rest` are the records of the pages that only this one can name.
    """

    event: int
    batch: int
    ids: tuple[int, ...]
    row: Row | None = None
    rest: tuple[int, ...] = ()
    state: str = "open"
    why: str = ""
    asked: bool = False
    held: Held = None
    version: str = ""
    next: "Item | None" = None
    by: int | None = None

    @property
    def open(self) -> bool:
        """Whether it waits for somebody here."""
        return self.state in OPEN

    @property
    def unsettled(self) -> bool:
        """Whether it, or what it went on as, is open."""
        last = self
        while last.next is not None:
            last = last.next
        return last.open


@dataclass(eq=False)
class Event:
    """One Sync Event as the oracle saw it happen. `strict` is the rule of its definition.

    `left` is what it still has to do, or has left behind; `replaced`: a later run stands for it
    where Last Successful Sync is concerned.
    """

    id: int
    parent: int | None
    root: int
    kind: str
    strict: bool
    replay: str = "off"
    moves: bool = False
    planned: bool = False
    since: int | None = None
    until: int | None = None
    ended: bool = False
    stopped: bool = False
    cancelled: bool = False
    system: bool = False
    replaced: bool = False
    forced: bool = False
    canary: bool = False
    rows: Sequence[Row] = ()
    asked: set[int] = field(default_factory=set)
    left: list[Item] = field(default_factory=list)
    going: list[Item] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


@dataclass(eq=False)
class Job:
    """One try of a Batch: what it was made of, what came, what the target said."""

    ids: tuple[int, ...]
    rest: tuple[int, ...]
    sent: tuple[int, ...] | None
    uncertain: bool = False
    rows: tuple[Row, ...] | None = None
    answers: Mapping[int, str] = field(default_factory=dict)
    held: dict[int, Held] = field(default_factory=dict)


def covers(later: Event, earlier: Event) -> bool:
    """Whether a later run asked for all that an earlier one did, and may stand for it (M2)."""
    if not later.planned or not later.ended or later.until is None:
        return False
    # A replayed window (`--since`) holds no mark: what held it must not hand over to one.
    if earlier.moves and not later.moves:
        return False
    if later.since is not None and (earlier.since is None or earlier.since < later.since):
        return False
    return earlier.until is not None and earlier.until <= later.until
