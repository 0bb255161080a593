"""What the answer to a bulk request says of each of its records."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine.adapters.http.body import Answer
from engine.adapters.http.cutting import path_of, plain, value_at
from engine.adapters.http.faults import Fault, class_of, status_sentence
from engine.adapters.http.manners import Manners
from engine.adapters.http.options import BulkOptions
from engine.adapters.http.words import words_in
from engine.domain.errors import ErrorClass
from engine.domain.retry import Verdict, classify

Key = tuple[Any, ...]

_CODE = re.compile("[1-9][0-9]{2}")
_GOOD = frozenset(
    {"ok", "success", "succeeded", "created", "updated", "accepted", "unchanged"}
)


class Results:
    """Reads bulk answers; `silent` where the definition names nothing to read in them."""

    def __init__(self, options: BulkOptions, who: str, manners: Manners) -> None:
        self._options = options
        self._path = path_of(options.results)
        self._who = who
        self._manners = manners
        self.silent = (
            options.id is None and options.status is None and options.error is None
        )

    def of(self, answer: Answer, keys: Sequence[Key]) -> Sequence[Fault | None]:
        """A record each: None where it is written, else what is wrong with it.

        Raises Fault, with all of the records in doubt, where the answer does not tell of each one.
        """
        if self.silent:
            return [None] * len(keys)
        results = value_at(plain(answer.body), self._path)
        if not isinstance(results, list):
            raise self._unclear(f"gave no list of results, but {answer.kind}")
        if not all(isinstance(result, dict) for result in results):
            raise self._unclear("gave results that are no objects")
        return [self._outcome(result) for result in self._matched(results, keys)]

    def _matched(
        self, results: Sequence[Mapping[str, Any]], keys: Sequence[Key]
    ) -> Sequence[Mapping[str, Any]]:
        if len(results) != len(keys):
            raise self._unclear(f"answered for {len(results)} of {len(keys)} records")
        named = self._options.id
        if named is None or any(len(key) != 1 for key in keys):
            return results
        by_name = {str(result.get(named)): result for result in results}
        wanted = [str(key[0]) for key in keys]
        if len(by_name) != len(results) or not by_name.keys() >= set(wanted):
            raise self._unclear("answered for other records than were sent")
        return [by_name[name] for name in wanted]

    def _outcome(self, result: Mapping[str, Any]) -> Fault | None:
        options = self._options
        status = result.get(options.status) if options.status else None
        error = result.get(options.error) if options.error else None
        words, field = words_in(error) if error else (None, None)
        if isinstance(status, str) and _CODE.fullmatch(status):
            status = int(status)
        if status is None and options.status and not error:
            return self._unclear("did not say what became of the record")
        if isinstance(status, int) and not isinstance(status, bool):
            return self._by_status(status, words, field)
        if status is True or str(status).lower() in _GOOD or (status is None and not error):
            return None
        told = words or (
            f"it answered '{status}'" if status is not None else "without a word"
        )
        return Fault(
            "refused",
            ErrorClass.UNCLASSIFIED,
            self._hide(f"{self._who} refused the record: {told}"),
            field=field,
        )

    def _by_status(self, status: int, words: str | None, field: str | None) -> Fault | None:
        manners = self._manners
        verdict = classify(status, manners.retry, manners.responses)
        if verdict is Verdict.SUCCESS:
            return None
        return Fault(
            f"http_{status}",
            class_of(status, writing=True),
            self._hide(status_sentence(self._who, status, words)),
            repeat=verdict is Verdict.REPEAT,
            status=status,
            field=field,
        )

    def _unclear(self, what: str) -> Fault:
        """An answer from which the fate of the records cannot be told."""
        return Fault(
            "unclear_answer",
            ErrorClass.PARTIAL_LOAD,
            f"{self._who} {what}",
            reached=True,
            lost=True,
        )

    def _hide(self, message: str) -> str:
        return self._manners.redaction.hide(message)
