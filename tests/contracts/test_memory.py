"""The contracts over memory, which has every trait in turn."""

from collections.abc import Iterator
from typing import Any

import pytest

from engine.adapters.memory import store
from engine.adapters.memory.options import MemorySourceOptions, MemoryTargetOptions
from engine.adapters.memory.source import MemorySource
from engine.adapters.memory.target import MemoryTarget
from engine.domain.adapter import Column
from engine.domain.delta import Window
from engine.testing import (
    SourceCase,
    SourceContract,
    TargetCase,
    TargetContract,
    WindowCase,
)
from tests.contracts.orders import order, orders, source_context, target_context


@pytest.fixture
def name(request: pytest.FixtureRequest) -> Iterator[str]:
    """A name of the test's own; what it held is dropped afterwards."""
    own: str = request.node.nodeid
    yield own
    store.forget(own)


class TestMemorySource(SourceContract):
    """With a change filter and without."""

    @pytest.fixture(params=[False, True], ids=["whole", "changes"])
    def case(self, request: pytest.FixtureRequest, name: str) -> SourceCase:
        records = orders()
        store.feed(name).records.extend(records)
        options = (
            MemorySourceOptions(name=name, changed_since="id", change_filter="column")
            if request.param
            else MemorySourceOptions(name=name)
        )
        windows = (
            WindowCase(Window(since=11), records[10:]),
            WindowCase(Window(since=3, until=20), records[2:20]),
        )
        return SourceCase(
            make=lambda context: MemorySource(options, context),
            context=source_context("/"),
            records=records,
            windows=windows if request.param else (),
            unplannable=lambda context: MemorySource(
                MemorySourceOptions(name="nobody filled this"), context
            ),
        )


class TestMemoryTarget(TargetContract):
    """With every way of being asked, and where a write twice does harm."""

    @pytest.fixture(params=["tuples", "dicts"])
    def shape(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture(params=["bulk", "single", "none", "once"])
    def case(self, request: pytest.FixtureRequest, shape: str, name: str) -> TargetCase:
        once = request.param == "once"
        options = MemoryTargetOptions(
            name=name,
            refuses=("9",),
            idempotent=not once,
            lookup="none" if once else str(request.param),
        )
        columns = tuple(map(Column, order(1))) if shape == "tuples" else None

        def held() -> list[dict[str, Any]]:
            return [dict(row) for row in store.shelf(name).records.values()]

        return TargetCase(
            make=lambda context: MemoryTarget(options, context),
            context=target_context("/", columns=columns),
            held=held,
            rows=[order(number) for number in range(1, 7)],
            refused=order(9),
        )
