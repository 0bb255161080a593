"""The contract of a Caller: what a call stage asks through (domain.call)."""

import pickle
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.domain.call import Caller
from engine.domain.errors import SyncError
from engine.domain.reply import Reply
from engine.domain.values import dataclass

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CallerCase:
    """A Caller over a real system that knows `known`, and not `unknown`.

    `known` are records with the answer each gets. `down` makes a Caller whose system is not there.
    """

    make: Callable[[], Caller]
    known: Sequence[tuple[Fields, Any]]
    unknown: Fields
    down: Callable[[], Caller]


class CallerContract:
    """What every Caller must do. Inherit it and give a fixture `case`."""

    def test_every_record_gets_its_own_answer_in_order(self, case: CallerCase) -> None:
        records = [record for record, _ in case.known]

        forward = asked(case.make(), records)
        backward = asked(case.make(), records[::-1])

        assert [reply.error for reply in forward] == [None] * len(records)
        assert [reply.value for reply in forward] == [answer for _, answer in case.known]
        assert [reply.value for reply in backward] == [
            answer for _, answer in reversed(case.known)
        ]

    def test_nothing_is_asked_for_nothing(self, case: CallerCase) -> None:
        assert list(asked(case.make(), [])) == []

    def test_the_same_record_twice_gets_the_same_answer(self, case: CallerCase) -> None:
        record, answer = case.known[0]

        assert [reply.value for reply in asked(case.make(), [record] * 3)] == [answer] * 3

    def test_a_record_it_knows_nothing_of_fails_alone(self, case: CallerCase) -> None:
        """T3."""
        record, answer = case.known[0]

        good, bad, also_good = asked(case.make(), [record, case.unknown, record])

        assert (good.value, also_good.value) == (answer, answer)
        assert isinstance(bad.error, SyncError)
        assert bad.error.message

    def test_a_record_without_the_fields_it_asks_by_fails_in_words(
        self, case: CallerCase
    ) -> None:
        caller = case.make()
        if not caller.fields:
            return

        [reply] = asked(caller, [{}])

        assert isinstance(reply.error, SyncError)
        assert reply.error.message

    def test_a_system_that_is_not_there_is_a_reply_for_every_record(
        self, case: CallerCase
    ) -> None:
        records = [record for record, _ in case.known]

        replies = asked(case.down(), records)

        assert len(replies) == len(records)
        assert all(isinstance(reply.error, SyncError) for reply in replies)

    def test_replies_travel_to_other_processes(self, case: CallerCase) -> None:
        record, _ = case.known[0]

        good, bad = asked(case.make(), [record, case.unknown])

        assert pickle.loads(pickle.dumps(good)) == good
        kept = pickle.loads(pickle.dumps(bad)).error
        assert (type(kept), kept.message) == (type(bad.error), str(bad.error))

    def test_it_lets_go_more_than_once(self, case: CallerCase) -> None:
        caller = case.make()
        caller.ask([case.unknown])

        caller.close()
        caller.close()


def asked(caller: Caller, records: Sequence[Fields]) -> Sequence[Reply]:
    """What a Caller replies, and no more of it."""
    try:
        return list(caller.ask(records))
    finally:
        caller.close()
