"""The contract of a target."""

import pickle
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import is_dataclass, replace
from typing import Any

from engine.domain.adapter import (
    Load,
    Lookup,
    Receipt,
    Target,
    TargetContext,
    TargetTraits,
    Writers,
)
from engine.domain.checkup import Checkable
from engine.domain.errors import SystemSyncError
from engine.domain.missing import MISSING
from engine.domain.values import dataclass
from engine.testing.agreement import agrees
from engine.testing.raising import raised

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TargetCase:
    """A target over a real system, empty at first.

    `held` reads what the system holds, by a connection of its own. `rows` are at least four good
    records with keys of their own. `refused` is a record that the system itself refuses.
    `upserts`: a record written by another Batch replaces the one of its key. `unusable` makes a
    target that cannot take a run.
    """

    make: Callable[[TargetContext], Target]
    context: TargetContext
    held: Callable[[], Sequence[Row]]
    rows: Sequence[Row]
    refused: Row | None = None
    upserts: bool = True
    unusable: Callable[[TargetContext], Target] | None = None


class TargetContract:
    """What every target must do. Inherit it and give a fixture `case`."""

    def test_it_declares_frozen_options_traits_and_encoders(self, case: TargetCase) -> None:
        target = case.make(case.context)

        assert is_dataclass(target.Options)
        assert target.Options.__dataclass_params__.frozen  # type: ignore[attr-defined]
        assert isinstance(target.traits, TargetTraits)
        assert pickle.loads(pickle.dumps(dict(target.encoders))) == dict(target.encoders)

    def test_what_is_written_is_durable_when_push_returns(self, case: TargetCase) -> None:
        """X1: seen by others while this one is still open."""
        with opened(case) as target:
            (receipt,) = target.push([load(case, target, case.rows)])

            assert receipt.written == len(case.rows)
            assert_held(case, case.rows)

    def test_receipts_come_in_order_and_add_up(self, case: TargetCase) -> None:
        """T2, S3: every row is in exactly one place."""
        first, second = case.rows[:2], case.rows[2:]
        with opened(case) as target:
            loads = [
                load(case, target, first, batch=4),
                load(case, target, second, batch=2),
            ]
            receipts = target.push(loads)

        assert [receipt.batch for receipt in receipts] == [4, 2]
        for receipt, each in zip(receipts, loads, strict=True):
            assert_adds_up(receipt, each)
        assert_held(case, case.rows)

    def test_no_loads_and_empty_loads_are_answered(self, case: TargetCase) -> None:
        with opened(case) as target:
            assert list(target.push([])) == []
            (receipt,) = target.push([load(case, target, [])])

        assert (receipt.written, receipt.error) == (0, None)
        assert list(case.held()) == []

    def test_the_same_batch_again_changes_nothing(self, case: TargetCase) -> None:
        """X1: what was not journalled runs again."""
        for _ in range(2):
            with opened(case) as target:
                if not target.traits.idempotent:
                    return
                (receipt,) = target.push([load(case, target, case.rows)])
                assert receipt.written == len(case.rows)

        assert_held(case, case.rows)

    def test_another_batch_replaces_the_records_of_its_keys(self, case: TargetCase) -> None:
        if not case.upserts:
            return
        changed = [{**old, **_but_key(case, new)} for old, new in _swapped(case.rows)]
        with opened(case) as target:
            target.push([load(case, target, case.rows, batch=1)])
            (receipt,) = target.push([load(case, target, changed, batch=2)])

        assert receipt.written == len(changed)
        assert_held(case, changed)

    def test_a_refused_record_stops_no_other(self, case: TargetCase) -> None:
        """T3, in its own Batch and in others pushed with it."""
        if case.refused is None:
            return
        rows = [case.rows[0], case.refused, *case.rows[1:3]]
        with opened(case) as target:
            loads = [
                load(case, target, rows, batch=1),
                load(case, target, case.rows[3:], batch=2),
            ]
            first, second = target.push(loads)

        assert [index for index, _ in first.refused] == [1]
        assert (first.written, first.error) == (3, None)
        assert second.written == len(case.rows) - 3
        assert first.refused[0][1].message
        assert pickle.loads(pickle.dumps(first.refused[0][1])).code
        assert_adds_up(first, loads[0])
        assert_held(case, case.rows)

    def test_lookup_answers_as_the_traits_say(self, case: TargetCase) -> None:
        """An absent key is None; what cannot be asked is not answered."""
        absent = keys_of(case, case.rows[-1:])
        with opened(case) as target:
            target.push([load(case, target, case.rows[:-1])])
            keys = keys_of(case, case.rows[:-1])
            found = target.lookup([*keys, *absent])

        if target.traits.lookup is Lookup.NONE:
            assert found == {}
            return
        assert found[absent[0]] is None
        for key, row in zip(keys, case.rows, strict=False):
            assert _holds(found[key], row), (key, found[key])

    def test_an_uncertain_batch_is_never_written_twice(self, case: TargetCase) -> None:
        """K4: it may have been written before a crash; it is looked up, or left in doubt."""
        with opened(case) as target:
            target.push([load(case, target, case.rows)])
        with opened(case) as target:
            again = replace(load(case, target, case.rows), uncertain=True)
            (receipt,) = target.push([again])

        assert_adds_up(receipt, again)
        assert_held(case, case.rows)

    def test_a_check_says_something_and_writes_nothing(self, case: TargetCase) -> None:
        """Where an Adapter offers one; it is never called together with `open`."""
        target = case.make(case.context)
        if not isinstance(target, Checkable):
            return
        with closing(target):
            checks = target.check(load(case, target, case.rows))
            nothing = target.check(None)

        for check in (*checks, *nothing):
            assert check.ok, check
            assert check.message
            assert "\n" not in check.message
        assert list(case.held()) == []

    def test_as_many_write_as_the_traits_allow(self, case: TargetCase) -> None:
        def push(index: int) -> int:
            with opened(case) as target:
                rows = [case.rows[index]]
                return target.push([load(case, target, rows, batch=index)])[0].written

        if case.make(case.context).traits.writers is not Writers.MANY:
            return
        with opened(case), ThreadPoolExecutor(4) as threads:
            written = list(threads.map(push, range(len(case.rows))))

        assert written == [1] * len(case.rows)
        assert_held(case, case.rows)

    def test_a_target_that_cannot_take_the_run_is_a_system_error(
        self, case: TargetCase
    ) -> None:
        """T1."""
        if case.unusable is None:
            return
        with closing(case.unusable(case.context)) as target:
            error = raised(SystemSyncError, target.open)

        assert error.message
        assert "\n" not in error.message

    def test_opening_again_and_closing_twice_are_harmless(self, case: TargetCase) -> None:
        target = case.make(case.context)
        target.open()
        target.open()
        target.close()
        target.close()


class opened:  # noqa: N801 - reads as a verb
    """A target opened, and closed afterwards."""

    def __init__(self, case: TargetCase) -> None:
        self._target = case.make(case.context)

    def __enter__(self) -> Target:
        self._target.open()
        return self._target

    def __exit__(self, *_: object) -> None:
        self._target.close()


def load(case: TargetCase, target: Target, rows: Sequence[Row], *, batch: int = 1) -> Load:
    """Rows as the stages hand them over: encoded by cast, tuples where columns are known."""
    keys = keys_of(case, rows)
    columns = case.context.columns
    if columns is None:
        return Load(batch, [dict(row) for row in rows], keys, None)
    casts = [target.encoders.get(column.cast or "") for column in columns]
    names = tuple(column.name for column in columns)
    return Load(
        batch,
        [
            tuple(
                _encoded(row.get(name, MISSING), encode)
                for name, encode in zip(names, casts, strict=True)
            )
            for row in rows
        ],
        keys,
        names,
    )


def keys_of(case: TargetCase, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    """The key values of each row."""
    return [tuple(row[name] for name in case.context.key) for row in rows]


def assert_adds_up(receipt: Receipt, each: Load) -> None:
    """S3 for one Load."""
    named = (
        *(index for index, _ in receipt.refused),
        *(index for index, _ in receipt.in_doubt),
        *(index for index, _ in receipt.ignored),
    )
    assert len(set(named)) == len(named)
    assert all(0 <= index < len(each.rows) for index in named)
    if receipt.error is None:
        assert receipt.written + len(named) == len(each.rows)


def assert_held(case: TargetCase, rows: Sequence[Row]) -> None:
    """Exactly these records, once each, field by field."""
    held = case.held()

    assert len(held) == len(rows), held
    for row in rows:
        assert any(_holds(each, row) for each in held), (row, held)


def _holds(held: Row | None, row: Row) -> bool:
    return held is not None and all(
        agrees(value, held.get(name, MISSING)) for name, value in row.items()
    )


def _encoded(value: Any, encode: Callable[[Any], Any] | None) -> Any:
    return value if encode is None or value is None or value is MISSING else encode(value)


def _but_key(case: TargetCase, row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in case.context.key}


def _swapped(rows: Sequence[Row]) -> list[tuple[Row, Row]]:
    return list(zip(rows, [*rows[1:], rows[0]], strict=True))
