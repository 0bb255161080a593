"""The unchanged stage: records that the target holds already, just as they are, are left out.

It comes last, so its work is done on what is ready to be pushed, for the whole Batch at once.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from operator import itemgetter
from typing import Any

from engine.domain.adapter import Column
from engine.domain.equality import same_row
from engine.domain.errors import SyncError, SystemSyncError
from engine.domain.filter import Ask
from engine.domain.stage import Cast, Disposition, OnError, UnchangedStage
from engine.domain.values import dataclass
from engine.filters.complaint import complaint
from engine.filters.encoding import decoded
from engine.filters.flight import Failure, Flight
from engine.filters.output import Output
from engine.filters.sentences import without_data
from engine.filters.step import Seen
from engine.filters.tally import Tally

REASON = "unchanged"

Columns = tuple[Column, ...] | None


@dataclass(frozen=True, slots=True)
class Unchanging:
    """An unchanged stage, compiled. `holds` asks the target by keys."""

    name: str
    holds: Ask
    on_error: OnError
    sometimes: bool

    def __call__(self, flight: Flight, seen: Seen) -> list[Failure]:
        flight.compared = True
        return []

    def settle(self, tally: Tally, output: Output, columns: Columns) -> None:
        """Leave out the rows that the target holds as they are.

        Raises SyncError where the target cannot be asked, unless `on_error` makes less of it.
        """
        asked = self._asked(tally)
        if not asked:
            return
        try:
            held = self.holds([tally.keys[row] for row in asked])
        except SyncError as failure:
            self._cannot_tell(failure, asked, tally)
            return
        same = _Same(output, _nested(columns))
        equal = [
            row for row in asked if same.at(tally.rows[row], held.get(tally.keys[row]))
        ]
        tally.equal.extend(tally.keys[row] for row in equal)
        tally.leave_out(equal, REASON)

    def _asked(self, tally: Tally) -> list[int]:
        """Rows whose key comes once: of several, the last is written, whatever is held now (K2)."""
        often = {key for key, count in Counter(tally.keys).items() if count > 1}
        return [
            row
            for row, key in enumerate(tally.keys)
            if key not in often and (not self.sometimes or tally.at[row] in tally.compared)
        ]

    def _cannot_tell(self, failure: SyncError, asked: Sequence[int], tally: Tally) -> None:
        failure.stage = failure.stage or self.name
        policy = self.on_error
        if policy.stops and not isinstance(failure, SystemSyncError):
            raise SystemSyncError(
                failure.message,
                code=failure.code,
                error_class=failure.error_class,
                stage=failure.stage,
                attempts=failure.attempts,
            ) from failure
        if isinstance(failure, SystemSyncError) or policy.status is Disposition.FAILED:
            raise failure
        if policy.status is Disposition.WARNING:
            for _ in asked:
                tally.warn([failure.message])
        if not policy.proceed:
            tally.leave_out(asked, without_data(failure.message))


class _Same:
    """Whether a row is what the target holds; what it holds is encoded as the row was.

    `nested` are the columns of JSON text, which a database may spell in its own way.
    """

    def __init__(self, output: Output, nested: frozenset[str]) -> None:
        self._columns = output.columns or ()
        self._nested = nested
        self._names = tuple(name for name, _ in self._columns)
        # One name would give the value alone, not in a tuple.
        self._values = itemgetter(*self._names) if len(self._names) > 1 else None

    def at(self, row: Any, held: Mapping[str, Any] | None) -> bool:
        """Whether nothing would change; what cannot be compared might."""
        try:
            return held is not None and self._is(row, held)
        except (ArithmeticError, RecursionError):  # a signalling NaN, or nested too deep
            return False

    def _is(self, row: Any, held: Mapping[str, Any]) -> bool:
        if not self._columns:
            return same_row(row, held)
        if self._values is not None:
            with suppress(KeyError):
                if self._values(held) == row:
                    return True
        planned = dict(zip(self._names, row, strict=True))
        return same_row(self._opened(planned), self._written(held))

    def _opened(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """With the values of JSON text in place of the text."""
        made = dict(fields)
        for name in self._nested & made.keys():
            if isinstance(made[name], str):
                with suppress(ValueError, RecursionError):
                    made[name] = decoded(made[name].encode())
        return made

    def _written(self, held: Mapping[str, Any]) -> dict[str, Any]:
        made = self._opened(held)
        for name, encode in self._columns:
            value = held.get(name)
            if encode is not None and value is not None:
                try:
                    made[name] = encode(value)
                except (ValueError, TypeError, AttributeError, ArithmeticError):
                    continue
        return made


def _nested(columns: Columns) -> frozenset[str]:
    return frozenset(each.name for each in columns or () if each.cast == Cast.JSON)


def unchanging_of(stage: UnchangedStage, holds: Ask | None) -> Unchanging:
    """The compiled stage; SystemSyncError where the target cannot be asked in bulk."""
    if holds is None:
        raise complaint(
            stage.name, "'unchanged' needs a target that can be asked in bulk, and a key"
        )
    sometimes = stage.condition is not None
    return Unchanging(stage.name, holds, stage.on_error, sometimes)
