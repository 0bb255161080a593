"""The contracts catch Adapters that break them: each mutant is one mistake of a real Adapter."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from engine.adapters.memory import store
from engine.adapters.memory.options import MemorySourceOptions, MemoryTargetOptions
from engine.adapters.memory.source import MemorySource
from engine.adapters.memory.target import MemoryTarget
from engine.domain.adapter import Load, Plan, Receipt, Source, Target
from engine.domain.batch import Fetched, Scope
from engine.domain.delta import Window
from engine.testing import (
    SourceCase,
    SourceContract,
    TargetCase,
    TargetContract,
    WindowCase,
)
from tests.contracts.orders import order, orders, source_context, target_context

SOURCE = SourceContract()
TARGET = TargetContract()


class Forgetful(MemorySource):
    """Loses the last record of every Batch."""

    def fetch(self, scope: Scope) -> Fetched:
        fetched = super().fetch(scope)
        return replace(fetched, rows=fetched.rows[:-1])


class Doubling(MemorySource):
    """Plans a Batch twice."""

    def plan_fetch(self, window: Window) -> Plan:
        plan = super().plan_fetch(window)
        return replace(plan, scopes=[*plan.scopes, plan.scopes[0]])


class Strict(MemorySource):
    """Takes `since` for exclusive."""

    def plan_fetch(self, window: Window) -> Plan:
        since = window.since + 1 if isinstance(window.since, int) else None
        return super().plan_fetch(replace(window, since=since))


class Endless(MemorySource):
    """Does not end at `until`."""

    def plan_fetch(self, window: Window) -> Plan:
        return super().plan_fetch(replace(window, until=None))


class Unbounded(MemorySource):
    """Does not say how far its plan reaches."""

    def plan_fetch(self, window: Window) -> Plan:
        return replace(super().plan_fetch(window), bound=None)


class Restless(MemorySource):
    """Plans something else every time."""

    planned = 0

    def plan_fetch(self, window: Window) -> Plan:
        Restless.planned += 1
        plan = super().plan_fetch(window)
        return replace(plan, scopes=[{**s, "token": self.planned} for s in plan.scopes])


class Wordless(MemorySource):
    """Does not say what a scope is."""

    def plan_fetch(self, window: Window) -> Plan:
        plan = super().plan_fetch(window)
        return replace(plan, scopes=[{**s, "what": ""} for s in plan.scopes])


class Retyping(MemorySource):
    """Gives rows that are not what the raw text says."""

    def fetch(self, scope: Scope) -> Fetched:
        fetched = super().fetch(scope)
        return replace(
            fetched, rows=[{**row, "id": f"#{row['id']}"} for row in fetched.rows]
        )


class Remembering(MemorySource):
    """Gives less when a scope is fetched again."""

    _seen: set[str] = set()  # noqa: RUF012 - the mistake

    def fetch(self, scope: Scope) -> Fetched:
        fetched = super().fetch(scope)
        again = scope["what"] in self._seen
        self._seen.add(scope["what"])
        return replace(fetched, rows=fetched.rows[1:]) if again else fetched


class Unlabelled(MemorySource):
    """Calls records of all Batches the same."""

    def fetch(self, scope: Scope) -> Fetched:
        return replace(super().fetch(scope), unit="item")


SOURCE_MUTANTS: list[tuple[type[Source], Callable[[SourceCase], None]]] = [
    (Forgetful, SOURCE.test_the_batches_together_are_all_records_once),
    (Doubling, SOURCE.test_the_batches_together_are_all_records_once),
    (Strict, SOURCE.test_the_change_filter_is_what_the_traits_say),
    (Endless, SOURCE.test_the_change_filter_is_what_the_traits_say),
    (Unbounded, SOURCE.test_a_column_filter_names_its_bound_before_the_first_fetch),
    (Restless, SOURCE.test_planning_again_gives_the_same_scopes),
    (Wordless, SOURCE.test_scopes_are_json_and_say_what_they_are),
    (Retyping, SOURCE.test_raw_rows_are_the_rows_as_json_also_after_travelling),
    (Retyping, SOURCE.test_wanted_fields_are_the_same_as_in_whole_records),
    (Remembering, SOURCE.test_a_scope_is_fetched_alone_again_with_the_same_result),
    (Unlabelled, SOURCE.test_every_record_has_a_position_of_its_own),
]


@pytest.mark.parametrize(("mutant", "test"), SOURCE_MUTANTS, ids=lambda each: each.__name__)
def test_a_source_that_breaks_its_contract_is_caught(
    mutant: type[Source], test: Callable[[SourceCase], None], request: pytest.FixtureRequest
) -> None:
    name = request.node.nodeid
    records = orders()
    store.feed(name).records.extend(records)
    options = MemorySourceOptions(name=name, changed_since="id", change_filter="column")
    case = SourceCase(
        make=lambda context: mutant(options, context),
        context=source_context("/"),
        records=records,
        windows=(
            WindowCase(Window(since=11), records[10:]),
            WindowCase(Window(until=20), records[:20]),
        ),
    )

    with pytest.raises(AssertionError):
        test(case)
    test(replace(case, make=lambda context: MemorySource(options, context)))


class Losing(MemoryTarget):
    """Answers, and writes nothing."""

    def push(self, loads: Sequence[Load]) -> Sequence[Receipt]:
        return [Receipt(load.batch, len(load.rows)) for load in loads]


class Lagging(MemoryTarget):
    """Writes only when it is closed."""

    _late: Sequence[Load] = ()

    def push(self, loads: Sequence[Load]) -> Sequence[Receipt]:
        self._late = loads
        return [Receipt(load.batch, len(load.rows)) for load in loads]

    def close(self) -> None:
        super().push(self._late)


class AllOrNothing(MemoryTarget):
    """Counts neighbours of a refused record as not written."""

    def push(self, loads: Sequence[Load]) -> Sequence[Receipt]:
        receipts = super().push(loads)
        return [replace(each, written=0) if each.refused else each for each in receipts]


class Disorderly(MemoryTarget):
    """Answers in another order than it was asked."""

    def push(self, loads: Sequence[Load]) -> Sequence[Receipt]:
        return list(reversed(super().push(loads)))


class Appending(MemoryTarget):
    """Claims that a write twice is harmless, and it is not."""

    _count = 0

    def push(self, loads: Sequence[Load]) -> Sequence[Receipt]:
        Appending._count += 1
        return super().push(
            [
                replace(load, keys=[(*key, self._count) for key in load.keys])
                for load in loads
            ]
        )


class Keeping(MemoryTarget):
    """Leaves what it already holds as it is."""

    def push(self, loads: Sequence[Load]) -> Sequence[Receipt]:
        known = self.lookup([key for load in loads for key in load.keys])
        if any(known.values()):
            return [Receipt(load.batch, len(load.rows)) for load in loads]
        return super().push(loads)


class Guessing(MemoryTarget):
    """Says of every key that it is there."""

    def lookup(
        self, keys: Sequence[tuple[Any, ...]]
    ) -> Mapping[tuple[Any, ...], Mapping[str, Any] | None]:
        return {key: {"id": key[0]} for key in keys}


TARGET_MUTANTS: list[tuple[type[Target], Callable[[TargetCase], None]]] = [
    (Losing, TARGET.test_what_is_written_is_durable_when_push_returns),
    (Lagging, TARGET.test_what_is_written_is_durable_when_push_returns),
    (AllOrNothing, TARGET.test_a_refused_record_stops_no_other),
    (Disorderly, TARGET.test_receipts_come_in_order_and_add_up),
    (Appending, TARGET.test_the_same_batch_again_changes_nothing),
    (Appending, TARGET.test_an_uncertain_batch_is_never_written_twice),
    (Keeping, TARGET.test_another_batch_replaces_the_records_of_its_keys),
    (Guessing, TARGET.test_lookup_answers_as_the_traits_say),
]


@pytest.mark.parametrize(("mutant", "test"), TARGET_MUTANTS, ids=lambda each: each.__name__)
def test_a_target_that_breaks_its_contract_is_caught(
    mutant: type[Target], test: Callable[[TargetCase], None], request: pytest.FixtureRequest
) -> None:
    name = request.node.nodeid
    options = MemoryTargetOptions(name=name, refuses=("9",))
    case = TargetCase(
        make=lambda context: mutant(options, context),
        context=target_context("/"),
        held=lambda: list(store.shelf(name).records.values()),
        rows=[order(number) for number in range(1, 7)],
        refused=order(9),
    )

    with pytest.raises(AssertionError):
        test(case)
    store.forget(name)
    test(replace(case, make=lambda context: MemoryTarget(options, context)))
