"""The part of the front door at which schedules and gates are looked at and heeded."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from engine.domain.gate import Approval, Gate
from engine.domain.schedule import LinkSchedule
from engine.operations.context import Context

if TYPE_CHECKING:
    from engine.operations.timetable import Round, Timetable


class TimetableDoor:
    """When Links run by themselves, and whether downstream may go on; part of `Engine`."""

    _context: Context

    def schedules(
        self, links: Sequence[str] = (), *, coming: int = 5
    ) -> tuple[LinkSchedule, ...]:
        """The schedules of these Links, or of all that have one, with so many times to come."""
        from engine.operations import schedules

        return schedules.schedules(self._context, links, least=coming)

    def keep_schedules(self, now: datetime | None = None) -> "Round":
        """Heed every schedule once: what is due is queued, waits, or is left out."""
        return self._timetable.keep(self._context.clock() if now is None else now)

    def gates(
        self, links: Sequence[str], *, max_age: float | None = None
    ) -> tuple[Gate, ...]:
        """Whether the data of each Link is complete, and no older than so many seconds."""
        from engine.operations import gates

        return gates.gates(self._context, links, max_age=max_age)

    def approve_gate(self, link: str, *, until: str, reason: str, actor: str) -> Approval:
        """Let those downstream of a Link go on until a time, with what is open now."""
        from engine.operations import gates

        return gates.approve(self._context, link, until=until, reason=reason, actor=actor)

    def withdraw_gate(self, link: str, *, reason: str, actor: str) -> None:
        """Take an approval back."""
        from engine.operations import gates

        gates.withdraw(self._context, link, reason=reason, actor=actor)

    @cached_property
    def _timetable(self) -> "Timetable":
        from engine.operations.timetable import Timetable

        return Timetable(self._context)
