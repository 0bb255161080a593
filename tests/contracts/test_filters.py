"""The contract of a Filter, over a function such as a `python` stage calls."""

import pytest

from engine.domain.errors import ErrorClass, RecordSyncError
from engine.domain.record import Record
from engine.testing import FilterCase, FilterContract


def only_euro(record: Record) -> Record:
    """Ignores test orders, refuses other currencies, warns where there is none."""
    currency = record.fields.get("currency")
    if record.fields.get("test"):
        return record.ignored("test orders stay in the shop")
    if currency is None:
        return record.with_fields(currency="EUR").with_warning("no currency: euro assumed")
    if currency != "EUR":
        raise RecordSyncError(
            f"'{currency}' is not euro",
            code="currency",
            error_class=ErrorClass.BUSINESS_RULE,
            field="currency",
        )
    return record.without("test")


class TestOnlyEuro(FilterContract):
    """A Filter with every kind of answer."""

    @pytest.fixture
    def case(self) -> FilterCase:
        fields: list[dict[str, object]] = [
            {"id": 1, "currency": "EUR", "test": False},
            {"id": 2, "currency": "USD"},
            {"id": 3},
            {"id": 4, "test": True},
        ]
        records = [Record(each, position=place) for place, each in enumerate(fields)]
        return FilterCase(only_euro, records)
