"""The contract of a source."""

import json
import pickle
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import is_dataclass, replace
from typing import Any

from engine.domain.adapter import (
    Askable,
    Keeping,
    Lookup,
    Source,
    SourceContext,
    SourceTraits,
)
from engine.domain.batch import Fetched, Scope
from engine.domain.delta import ChangeFilter, Window
from engine.domain.errors import SystemSyncError
from engine.domain.missing import MISSING
from engine.domain.values import dataclass
from engine.testing.agreement import agrees, canonical
from engine.testing.raising import raised

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WindowCase:
    """A window, and the records that a run over it must fetch."""

    window: Window
    records: Sequence[Record]


@dataclass(frozen=True, slots=True)
class SourceCase:
    """A source over a real system that stands still while it is tested.

    `records` are all it holds, as JSON values, in at least three Batches of `context.batch_size`
    where it has that many. `windows` are needed where it has a change filter: one whose `since`
    is exactly a record's value, and one whose `until` leaves some out. `unreadable` is how many
    records it gives that cannot be read; `unplannable` makes a source whose system is not there.
    `key` are the fields by which a source that can be asked is asked.
    """

    make: Callable[[SourceContext], Source]
    context: SourceContext
    records: Sequence[Record]
    windows: Sequence[WindowCase] = ()
    unreadable: int = 0
    unplannable: Callable[[SourceContext], Source] | None = None
    key: tuple[str, ...] = ()


class SourceContract:
    """What every source must do. Inherit it and give a fixture `case`."""

    def test_it_declares_frozen_options_and_traits(self, case: SourceCase) -> None:
        with closing(case.make(case.context)) as source:
            assert is_dataclass(source.Options)
            assert source.Options.__dataclass_params__.frozen  # type: ignore[attr-defined]
            assert isinstance(source.traits, SourceTraits)

    def test_lookup_answers_as_the_traits_say(self, case: SourceCase) -> None:
        """P1: every key is answered, by the record or by None."""
        with closing(case.make(case.context)) as source:
            if source.traits.lookup is Lookup.NONE or not case.key:
                return
            assert isinstance(source, Askable)
            held = {
                tuple(record[name] for name in case.key): record for record in case.records
            }
            absent = tuple(0 for _ in case.key)
            found = source.lookup([*held, absent], by=case.key)

        assert found.keys() == {*held, absent}
        assert found[absent] is None
        for key, record in held.items():
            told = found[key]
            assert told is not None
            assert agrees(dict(record), dict(told)), (key, told)

    def test_scopes_are_json_and_say_what_they_are(self, case: SourceCase) -> None:
        for scope, _ in walk(case):
            assert json.loads(json.dumps(scope)) == scope
            assert isinstance(scope["what"], str)
            assert scope["what"]

    def test_planning_again_gives_the_same_scopes(self, case: SourceCase) -> None:
        with (
            closing(case.make(case.context)) as one,
            closing(case.make(case.context)) as two,
        ):
            if isinstance(one, Keeping):
                # What it keeps of each run is another: there is nothing to fetch twice.
                return
            assert list(one.plan_fetch(Window()).scopes) == list(
                two.plan_fetch(Window()).scopes
            )

    def test_the_batches_together_are_all_records_once(self, case: SourceCase) -> None:
        fetched = [batch for _, batch in walk(case)]

        assert _counted(told_records(fetched)) == _counted(case.records)
        assert sum(len(batch.broken) for batch in fetched) == case.unreadable
        assert sum(batch.count for batch in fetched) == len(case.records) + case.unreadable

    def test_a_scope_is_fetched_alone_again_with_the_same_result(
        self, case: SourceCase
    ) -> None:
        """A retry asks for one scope, later, in another process (T2)."""
        for scope, first in reversed(list(walk(case))):
            with closing(case.make(case.context)) as source:
                again = source.fetch(json.loads(json.dumps(scope)))

            assert whole_rows(again) == whole_rows(first)
            assert again.broken == first.broken
            assert [again.position(p) for p in places(again)] == [
                first.position(p) for p in places(first)
            ]

    def test_every_record_has_a_position_of_its_own(self, case: SourceCase) -> None:
        labels = [
            batch.position(place)
            for _, batch in walk(case)
            for place in (*places(batch), *(each.place for each in batch.broken))
        ]

        assert len(set(labels)) == len(labels)

    def test_raw_rows_are_the_rows_as_json_also_after_travelling(
        self, case: SourceCase
    ) -> None:
        for _, batch in walk(case):
            raw = pickle.loads(pickle.dumps(batch.raw))
            for place, row in zip(places(batch), batch.rows, strict=True):
                told = json.loads(batch.raw.at(place))
                assert raw.at(place) == batch.raw.at(place)
                assert batch.struct or agrees(row, told), (row, told)

    def test_wanted_fields_are_the_same_as_in_whole_records(self, case: SourceCase) -> None:
        names = dict.fromkeys(name for record in case.records for name in record)
        wanted = (*reversed(names), "a field nobody has")
        narrow = replace(case, context=replace(case.context, wanted=wanted))

        for (_, whole), (_, part) in zip(walk(case), walk(narrow), strict=True):
            assert list(places(part)) == list(places(whole))
            for row, place in zip(part.rows, places(part), strict=True):
                told = json.loads(whole.raw.at(place))
                for index, name in enumerate(wanted):
                    value = (
                        getattr(row, f"f{index}") if part.struct else row.get(name, MISSING)
                    )
                    assert agrees(value, told.get(name, MISSING)), (name, row)

    def test_no_wanted_field_at_all_still_gives_every_record(
        self, case: SourceCase
    ) -> None:
        """Stages of constants read nothing."""
        nothing = replace(case, context=replace(case.context, wanted=()))

        assert sum(len(batch.rows) for _, batch in walk(nothing)) == len(case.records)

    def test_the_change_filter_is_what_the_traits_say(self, case: SourceCase) -> None:
        """M3: `since` is inclusive, `until` is the end."""
        with closing(case.make(case.context)) as source:
            filtered = source.traits.change_filter is not ChangeFilter.NONE

        assert bool(case.windows) == filtered
        for each in case.windows:
            fetched = [batch for _, batch in walk(case, each.window)]
            assert _counted(told_records(fetched)) == _counted(each.records), each.window

    def test_a_column_filter_names_its_bound_before_the_first_fetch(
        self, case: SourceCase
    ) -> None:
        """M1."""
        with closing(case.make(case.context)) as source:
            if source.traits.change_filter is ChangeFilter.COLUMN:
                assert source.plan_fetch(Window()).bound is not None

    def test_threads_with_an_instance_each_fetch_the_same(self, case: SourceCase) -> None:
        walked = list(walk(case))

        def fetch(scope: Scope) -> list[Any]:
            with closing(case.make(case.context)) as source:
                return whole_rows(source.fetch(scope))

        with ThreadPoolExecutor(4) as threads:
            found = list(threads.map(fetch, [scope for scope, _ in walked]))

        assert found == [whole_rows(batch) for _, batch in walked]

    def test_a_system_that_is_not_there_is_a_system_error(self, case: SourceCase) -> None:
        """T1."""
        if case.unplannable is None:
            return
        with closing(case.unplannable(case.context)) as source:
            error = raised(SystemSyncError, lambda: source.plan_fetch(Window()))

        assert error.message
        assert "\n" not in error.message
        assert pickle.loads(pickle.dumps(error)).message == error.message

    def test_closing_twice_is_harmless(self, case: SourceCase) -> None:
        source = case.make(case.context)
        source.plan_fetch(Window())
        source.close()
        source.close()


def walk(case: SourceCase, window: Window | None = None) -> Iterator[tuple[Scope, Fetched]]:
    """Every scope with what it gives, those that answers reveal included."""
    with closing(case.make(case.context)) as source:
        waiting = list(source.plan_fetch(window or Window()).scopes)
        while waiting:
            scope = waiting.pop(0)
            fetched = source.fetch(scope)
            waiting.extend(fetched.follow)
            yield scope, fetched


def places(batch: Fetched) -> Sequence[int]:
    """The place of every row."""
    return range(len(batch.rows)) if batch.places is None else batch.places


def told_records(fetched: Sequence[Fetched]) -> list[Record]:
    """Every record as its raw JSON tells it."""
    return [json.loads(batch.raw.at(place)) for batch in fetched for place in places(batch)]


def whole_rows(batch: Fetched) -> list[Any]:
    """The raw text of every row, which says all there is."""
    return [batch.raw.at(place) for place in places(batch)]


def _counted(records: Sequence[Record]) -> Counter[str]:
    return Counter(map(canonical, records))
