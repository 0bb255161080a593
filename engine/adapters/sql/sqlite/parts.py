"""A Load of which only some rows are tried, and what became of all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from engine.adapters.sql.rows import Tally
from engine.domain.adapter import Load
from engine.domain.errors import RecordSyncError


@dataclass(slots=True)
class Part:
    """The rows `at` these places are still to be tried."""

    tally: Tally
    at: Sequence[int]

    @property
    def load(self) -> Load:
        """What is to be tried, as a Load of its own."""
        whole = self.tally.load
        if len(self.at) == len(whole.rows):
            return whole
        return replace(
            whole,
            rows=[whole.rows[i] for i in self.at],
            keys=[whole.keys[i] for i in self.at],
        )

    def refuse(self, rows: Mapping[int, RecordSyncError]) -> None:
        """These of the tried rows are out; the others are to be tried again."""
        self.tally.refused.update((self.at[i], why) for i, why in rows.items())
        self.at = [place for i, place in enumerate(self.at) if i not in rows]

    def done(self, found: Tally) -> None:
        """What became of the tried rows is what became of those places."""
        at = self.at
        self.tally.refused.update((at[i], why) for i, why in found.refused.items())
        self.tally.ignored.update((at[i], why) for i, why in found.ignored.items())
        self.tally.in_doubt.update((at[i], why) for i, why in found.in_doubt.items())
