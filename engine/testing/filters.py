"""The contract of a Filter: a function from Record to Record."""

import json
import pickle
from collections.abc import Callable, Sequence
from copy import deepcopy

from engine.domain.errors import SyncError
from engine.domain.record import Record, Repeat
from engine.domain.values import dataclass

Filter = Callable[[Record], Record]


@dataclass(frozen=True, slots=True)
class FilterCase:
    """A Filter, and records for it: some it passes, ignores, warns about and refuses."""

    function: Filter
    records: Sequence[Record]


class FilterContract:
    """What every Filter must do. Inherit it and give a fixture `case`."""

    def test_it_answers_with_a_record_or_refuses_it_in_words(
        self, case: FilterCase
    ) -> None:
        for record in case.records:
            answer = outcome(case.function, record)

            assert isinstance(answer, Record | SyncError | Repeat)
            if isinstance(answer, SyncError):
                assert answer.message
                assert pickle.loads(pickle.dumps(answer)).message == answer.message

    def test_it_leaves_its_record_as_it_was(self, case: FilterCase) -> None:
        """`before` is shown beside `after`; it must still be what came in (I1)."""
        for record in case.records:
            kept = deepcopy(record)
            outcome(case.function, record)

            assert record == kept

    def test_the_same_record_gives_the_same_answer(self, case: FilterCase) -> None:
        """A plan is simulated before it runs (P4), and a Batch may run again (X1)."""
        for record in case.records:
            one, two = (outcome(case.function, deepcopy(record)) for _ in range(2))

            assert type(one) is type(two)
            assert str(one) == str(two)

    def test_the_order_of_records_does_not_matter(self, case: FilterCase) -> None:
        """Batches run in any order, in any process."""
        forward = [str(outcome(case.function, record)) for record in case.records]
        backward = [
            str(outcome(case.function, record)) for record in reversed(case.records)
        ]

        assert forward == backward[::-1]

    def test_an_ignored_record_says_why(self, case: FilterCase) -> None:
        """T4."""
        for record in case.records:
            answer = outcome(case.function, record)
            if isinstance(answer, Record):
                assert answer.ignore_reason is None or answer.ignore_reason.strip()
                assert all(warning.strip() for warning in answer.warnings)

    def test_it_keeps_the_place_and_gives_fields_that_json_can_hold(
        self, case: FilterCase
    ) -> None:
        for record in case.records:
            answer = outcome(case.function, record)
            if isinstance(answer, Record):
                assert answer.position == record.position
                assert all(isinstance(name, str) for name in answer.fields)
                json.dumps(dict(answer.fields), allow_nan=False, default=str)

    def test_a_worker_process_finds_it_by_name(self, case: FilterCase) -> None:
        assert pickle.loads(pickle.dumps(case.function)) is case.function


def outcome(function: Filter, record: Record) -> Record | SyncError | Repeat:
    """What became of a record; anything but a SyncError or Repeat is a fault of the Filter."""
    try:
        return function(record)
    except (SyncError, Repeat) as refusal:
        return refusal
