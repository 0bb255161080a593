"""The part of the front door at which people see what watches the Links, and clean up behind it."""

from collections.abc import Sequence

from engine.domain.alert import AlertSeen
from engine.domain.cause import CauseFilter, RootCause
from engine.domain.retention import Erased, Purge
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

    def purge_preview(self, link: str | None = None) -> Purge:
        """What retention would take now, and what stays though it is old."""
        from engine.operations import retention

        return retention.preview(self._context, link=link)

    def purge(self, link: str | None = None, *, actor: str) -> Purge:
        """Retention now: what is old and settled goes; what went."""
        from engine.operations import retention

        return retention.purge(self._context, link=link, actor=actor)

    def erase(
        self, key: str, *, link: str | None = None, reason: str, actor: str
    ) -> Erased:
        """Erase all that the store holds of one subject; what of it was open is discarded."""
        from engine.operations import erasure

        return erasure.erase(self._context, key, link=link, reason=reason, actor=actor)
