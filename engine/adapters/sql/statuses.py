"""The rows of a status table."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from engine.adapters.sql.values import moment
from engine.domain.adapter import Column, Load, Receipt
from engine.domain.errors import BatchSyncError, ErrorClass, SyncError
from engine.domain.load_status import LoadStatus

STATUS_KEY = ("link", "event")

_TEXTS = frozenset({"link", "kind", "status", "label", "closed_by"})
_TIMES = frozenset({"started_at", "finished_at"})
_NAMES = tuple(each.name for each in fields(LoadStatus))

STATUS_COLUMNS = tuple(
    Column(name, "str" if name in _TEXTS else "datetime" if name in _TIMES else "int")
    for name in _NAMES
)


def status_load(statuses: Sequence[LoadStatus]) -> Load:
    """The statuses as a Load for the table."""
    rows = [
        tuple(_stored(getattr(each, name), name) for name in _NAMES) for each in statuses
    ]
    return Load(0, rows, [(each.link, each.event) for each in statuses], _NAMES)


def failure_in(receipt: Receipt, table: str) -> SyncError | None:
    """Why the statuses, or some of them, were not written."""
    if receipt.error is not None:
        return receipt.error
    for _, why in (*receipt.refused, *receipt.in_doubt):
        return BatchSyncError(
            f"status table {table}: {why.message}",
            code="status_not_written",
            error_class=ErrorClass.PARTIAL_LOAD,
        )
    return None


def _stored(value: Any, name: str) -> Any:
    return moment(value) if name in _TIMES and value is not None else value
