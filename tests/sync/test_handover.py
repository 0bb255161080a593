"""What travels from a worker process to the one writer arrives as it left."""

import pickle
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.batch import Prepared
from engine.domain.errors import (
    Attempt,
    Durability,
    Error,
    ErrorClass,
    Route,
    Tier,
)
from engine.domain.snapshot import RecordState, Snapshot
from engine.sync.handover import packed, unpacked

PLAIN = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
)
ROWS = st.lists(st.tuples(st.integers(), PLAIN, st.lists(PLAIN) | PLAIN), min_size=1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
MOMENTS = st.datetimes(timezones=st.just(UTC))
ERRORS = st.builds(
    Error,
    st.sampled_from(Tier),
    st.sampled_from(ErrorClass),
    st.sampled_from(Durability),
    TEXTS,
    TEXTS,
    st.none() | TEXTS,
    st.none() | TEXTS,
    st.sampled_from(Route),
    TEXTS,
    attempts=st.tuples(st.builds(Attempt, st.integers(1, 9), TEXTS, st.just(0.5))),
    at=st.none() | MOMENTS,
)
SNAPSHOTS = st.builds(
    Snapshot,
    st.integers(0, 10**6),
    TEXTS,
    st.none() | TEXTS,
    st.none() | st.binary(),
    st.none() | st.binary(),
    st.lists(ERRORS, max_size=2).map(tuple),
    st.lists(TEXTS, max_size=2).map(tuple),
    st.sampled_from(RecordState),
    st.dictionaries(TEXTS, TEXTS, max_size=2),
)


def travelled(batch: Prepared) -> Prepared:
    """The Batch after its way from process to process."""
    arrived: Prepared = pickle.loads(pickle.dumps(packed(batch)))
    return unpacked(arrived, ("id",))


def a_batch(rows: list[Any], snapshots: tuple[Snapshot, ...] = ()) -> Prepared:
    return Prepared(
        7,
        len(rows),
        rows,
        list(range(len(rows))),
        [(row[0],) for row in rows],
        ("id", "one", "other"),
        snapshots=snapshots,
    )


def emptied(batch: Prepared) -> Prepared:
    """All of the Batch that needs no packing."""
    return replace(batch, rows=(), keys=(), snapshots=(), types=None)


def kinds(value: object) -> object:
    """A value with the type of everything in it: true is not 1, and 1 is not 1.0."""
    if isinstance(value, (list, tuple)):
        return type(value), [kinds(each) for each in value]
    return type(value), value


@given(ROWS, st.lists(SNAPSHOTS, max_size=3).map(tuple))
def test_rows_keys_and_snapshots_arrive_as_they_left(
    rows: list[Any], snapshots: tuple[Snapshot, ...]
) -> None:
    batch = a_batch(rows, snapshots)
    arrived = travelled(batch)

    assert kinds(list(arrived.rows)) == kinds(rows)
    assert list(arrived.keys) == batch.keys
    assert arrived.snapshots == snapshots
    assert emptied(arrived) == emptied(batch)


def test_the_writer_is_told_what_plain_values_there_are() -> None:
    rows = [(1, "a", 1.5), (2, None, True)]

    kinds_there = frozenset({int, str, float, type(None), bool})
    assert travelled(a_batch(rows)).types == kinds_there


@pytest.mark.parametrize("odd", [float("inf"), float("nan"), 2**64, b"x", [1], "\ud800"])
def test_what_is_not_plain_is_left_to_the_target(odd: object) -> None:
    arrived = travelled(a_batch([(1, odd, "a")]))

    assert arrived.types is None
    assert repr(list(arrived.rows)) == repr([(1, odd, "a")])


def test_values_that_do_not_marshal_travel_as_they_are() -> None:
    rows = [(1, Decimal("1.10"), datetime(2026, 1, 2, tzinfo=UTC))]

    assert travelled(a_batch(rows)).rows == rows
