"""One Batch on its way through the stages: the slow way for a row, and the books for all."""

from dataclasses import field, replace
from typing import Any

from engine.domain.batch import Fetched
from engine.domain.errors import Attempt, ErrorClass
from engine.domain.link import SnapshotLevel
from engine.domain.missing import MISSING
from engine.domain.parking import Parked
from engine.domain.snapshot import RecordState
from engine.domain.values import dataclass
from engine.filters.calling import attempts_of
from engine.filters.doubled import doubled
from engine.filters.encoding import as_object
from engine.filters.flight import Failure, Flight
from engine.filters.keys import KEY_STAGE, Key, Keys
from engine.filters.output import Output
from engine.filters.rows import Reader
from engine.filters.sentences import kind_of
from engine.filters.stories import Stories
from engine.filters.tally import Tally
from engine.filters.verdicts import Verdicts
from engine.filters.walk import Walk

SOURCE_STAGE = "source"
"""Where records fail that could not be read."""


@dataclass(frozen=True, slots=True)
class Ways:
    """What is the same for every Batch of a Link."""

    link: str
    reader: Reader
    walk: Walk
    keys: Keys
    output: Output
    stories: Stories


@dataclass(slots=True)
class Passage:
    """One Batch: what was fetched, the books, the judge, and the records whose stories are due."""

    ways: Ways
    fetched: Fetched
    tally: Tally
    verdicts: Verdicts
    kept: list[tuple[Flight, RecordState]] = field(default_factory=list)

    def slow(self, row: int, made: dict[str, Any] | None = None) -> bool:
        """Take this row through the stages one by one; whether the run stops at it.

        `made` is what its one map made of it, where it got that far the quick way.
        """
        place = self._place(row)
        flight = Flight(row, place, made or {}, tries=self._tries(place))
        if made is not None and not _is_open(made):
            self.ways.walk.shaped_as(flight, made, self.tally.seen)
        else:
            fields = self.ways.reader.fields(self.fetched, row, place)
            if fields is None:
                self._shapeless(row, place)
                return False
            flight.fields = fields
            self.ways.walk.through(flight, self.tally.seen)
        if flight.stop is not None:
            return self._stop(flight, *flight.stop)
        self._settle(flight)
        return False

    def together(self) -> None:
        """Take all rows through, one stage after the other, up to the one the run stops at."""
        flights = [self._flight(row) for row in range(len(self.fetched.rows))]
        walking = [flight for flight in flights if flight is not None]
        self.ways.walk.together(walking, self.tally.seen)
        self.tally.attempts += attempts_of(walking)
        for row, flight in enumerate(flights):
            if flight is None:
                self._shapeless(row, self._place(row))
            elif flight.stop is not None:
                self._stop(flight, *flight.stop)
                break
            else:
                self._settle(flight)

    def _flight(self, row: int) -> Flight | None:
        place = self._place(row)
        fields = self.ways.reader.fields(self.fetched, row, place)
        if fields is None:
            return None
        return Flight(row, place, fields, tries=self._tries(place))

    def _tries(self, place: int) -> tuple[Attempt, ...] | None:
        """The tries a record has had; None where its values may not be kept for another."""
        tries = self.fetched.tries
        if tries is None or self.ways.stories.level is SnapshotLevel.NONE:
            return None
        return tries.get(place, ())

    def tell(self) -> None:
        """Write the stories of all records that are kept; together, which is quicker."""
        for flight, state in self.kept:
            self._keep(flight, state)
        self._broken()

    def _broken(self) -> None:
        """Give the records that could not be read their stories, up to where the run stopped."""
        last = self.tally.stop_place
        for each in self.fetched.broken:
            if last is not None and each.place >= last:
                continue
            failure = Failure(each.code, each.message, error_class=ErrorClass.SCHEMA)
            error = self.verdicts.of(SOURCE_STAGE, failure)
            position = self.fetched.position(each.place)
            self.tally.failed += 1
            self.tally.snapshots.append(
                self.ways.stories.unread(each, error, position=position)
            )

    def _settle(self, flight: Flight) -> None:
        """Written, ignored or failed: exactly one of them; or parked, to count elsewhere."""
        tally = self.tally
        if flight.parked is not None:
            return self._park(flight, flight.parked)
        tally.attempts += flight.tries or ()
        if flight.warnings:
            tally.warn(flight.warnings)
        if not flight.failures and flight.ignored is None:
            self._pass(flight)
        failed = bool(flight.failures)
        if failed:
            tally.failed += 1
        elif flight.ignored is not None:
            tally.ignore(flight.ignored)
            tally.excepted += flight.excepted
        state = self.ways.stories.state_of(flight, failed=failed)
        if state is not None:
            self.kept.append((flight, state))
        return None

    def _park(self, flight: Flight, last: Attempt) -> None:
        told = replace(last, message=self.verdicts.redact(last.message))
        raw = self.fetched.raw.at(flight.place)
        self.tally.parked.append(Parked(flight.place, raw, (*(flight.tries or ()), told)))

    def _pass(self, flight: Flight) -> None:
        """Put the record among the rows, unless its key or a value cannot go there."""
        keys, fields = self.ways.keys, flight.fields
        missing = keys.failure(fields)
        if missing is not None:
            return flight.fail(KEY_STAGE, missing)
        row = self.ways.output.row(fields)
        if isinstance(row, Failure):
            return flight.fail("target", row)
        key: Key = keys.of(fields) or ()
        self.tally.replied(flight.place, flight.replies)
        if flight.compared:
            self.tally.compared.add(flight.row)
        self.tally.rows.append(row)
        self.tally.at.append(flight.row)
        self.tally.keys.append(key)
        return None

    def _keep(self, flight: Flight, state: RecordState) -> None:
        errors = [self.verdicts.of(stage, failure) for stage, failure in flight.failures]
        before = self.fetched.raw.at(flight.place)
        source = as_object(before)
        if not errors:
            errors = [self.verdicts.delayed(*each) for each in flight.delayed]
        elif (twice := doubled(before, source)) is not None:
            errors.append(self.verdicts.of(SOURCE_STAGE, twice))
        self.tally.snapshots.append(
            self.ways.stories.told(
                flight,
                before,
                errors,
                source=source,
                position=self.fetched.position(flight.place),
                state=state,
            )
        )

    def _stop(self, flight: Flight, stage: str, kind: str, failure: Failure) -> bool:
        position = self.fetched.position(flight.place)
        where = f"Link '{self.ways.link}', {kind} stage '{stage}', {position}"
        self.tally.stop = self.verdicts.stop(stage, failure, where=where)
        self.tally.stop_place = flight.place
        return True

    def _shapeless(self, row: int, place: int) -> None:
        what = kind_of(self.fetched.rows[row])
        failure = Failure(
            "not_an_object",
            f"the record is {what}, not an object with fields",
            error_class=ErrorClass.SCHEMA,
        )
        self.tally.failed += 1
        self.tally.snapshots.append(
            self.ways.stories.shapeless(
                self.fetched.raw.at(place),
                self.verdicts.of(SOURCE_STAGE, failure),
                place=place,
                position=self.fetched.position(place),
            )
        )

    def _place(self, row: int) -> int:
        return row if self.fetched.places is None else self.fetched.places[row]


def _is_open(made: dict[str, Any]) -> bool:
    """Whether a null may stand for missing: the quick way does not always tell them apart."""
    values = made.values()
    return None in values or MISSING in values
