"""The part of the front door at which people see what watches the Links, and clean up behind it."""

from collections.abc import Sequence

from engine.domain.alert import AlertSeen
from engine.domain.cause import CauseFilter, RootCause
from engine.operations.context import Context

EVERY_CAUSE = CauseFilter()


class WatchDoor:
    """Alerts, causes over all Sync Events, retention; part of `engine.engine.Engine`."""

    _context: Context

    def alerts(self, link: str | None = None) -> Sequence[AlertSeen]:
        """Every rule that fires or has fired: what fires first, the loudest on top."""
        from engine.operations import alerts

        return alerts.listed(self._context, link=link)

    def root_causes(self, wanted: CauseFilter = EVERY_CAUSE) -> Sequence[RootCause]:
        """Causes over all Sync Events: those that came back first."""
        from engine.operations import causes

        return causes.listed(self._context, wanted)

    def root_cause(self, fingerprint: str) -> RootCause:
        """One cause, by its fingerprint or the beginning of it."""
        from engine.operations import causes

        return causes.one(self._context, fingerprint)

    def note_cause(
        self,
        fingerprint: str,
        *,
        note: str | None = None,
        category: str | None = None,
        actor: str,
    ) -> RootCause:
        """Say something of a cause, which is shown wherever it is met; blank takes it back."""
        from engine.operations import causes

        return causes.noted(
            self._context, fingerprint, note=note, category=category, actor=actor
        )
