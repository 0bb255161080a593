"""A source that cannot be asked: its records are delivered, stored, and only then processed."""

from typing import Any, ClassVar

from engine.adapters.push.options import PushSourceOptions
from engine.domain.adapter import Plan, SourceContext, SourceTraits
from engine.domain.batch import Fetched, Scope
from engine.domain.delta import Window
from engine.domain.errors import BatchSyncError, ErrorClass, SystemSyncError


class PushSource:
    """Takes the records that others deliver by POST /links/NAME/records (C9)."""

    Options: ClassVar[type[Any]] = PushSourceOptions
    traits = SourceTraits(delivered=True, tells_drift=False)

    def __init__(self, options: PushSourceOptions, context: SourceContext) -> None:
        self.options = options
        self._link = context.link

    def plan_fetch(self, window: Window) -> Plan:
        """Raises SystemSyncError: there is nobody to ask."""
        del window
        raise SystemSyncError(
            f"nothing can be fetched for '{self._link}': its records are delivered by "
            f"POST /links/{self._link}/records",
            code="delivered",
            error_class=ErrorClass.VALIDATION,
        )

    def fetch(self, scope: Scope) -> Fetched:
        """Raises BatchSyncError: a Batch gets its records from the store before it goes out."""
        raise BatchSyncError(
            f"{scope.get('what', 'a Batch')} came without the records that were delivered",
            code="delivery_missing",
            error_class=ErrorClass.UNCLASSIFIED,
        )

    def close(self) -> None:
        """Nothing is held open."""
