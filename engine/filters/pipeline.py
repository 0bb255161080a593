"""The stages of a Link compiled into one function over the rows of a Batch (domain.filter)."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.domain.adapter import Column
from engine.domain.batch import Fetched
from engine.domain.errors import BatchSyncError, Error, ErrorRule, Owners
from engine.domain.filter import Guard, Outside, Staged
from engine.domain.link import Link, SnapshotLevel
from engine.domain.reply import Replies
from engine.domain.snapshot import RecordState, Snapshot
from engine.filters.checking import Checker
from engine.filters.complaint import complaint, placed
from engine.filters.custom import unguarded
from engine.filters.encoding import as_json, as_object
from engine.filters.fast.pieces import quickened
from engine.filters.fast.program import Program, Task, program_of, suits
from engine.filters.flight import Flight
from engine.filters.keys import KEY_STAGE, keys_of
from engine.filters.layout import Layout, layout_of
from engine.filters.looking import Looker
from engine.filters.origins import Held
from engine.filters.output import output_of
from engine.filters.passage import Passage, Ways
from engine.filters.rows import reader_of
from engine.filters.sentences import without_data
from engine.filters.stages import AnyWork, Compiled, Needs, compiled
from engine.filters.stories import Stories
from engine.filters.tally import Tally
from engine.filters.unchanged import Unchanging
from engine.filters.verdicts import Verdicts
from engine.filters.walk import walk_of

Redact = Callable[[str], str]


@dataclass(slots=True)
class CompiledStages:
    """The pipeline of one Link: the quick way where its stages have one, else the slow way."""

    wanted: tuple[str, ...] | None
    columns: tuple[Column, ...] | None
    ways: Ways
    rules: Mapping[str, ErrorRule]
    owners: Owners
    redact: Redact
    held: tuple[tuple[str, Held[Any]], ...]
    unchanging: Unchanging | None
    tasks: Mapping[bool, Task]
    _programs: dict[bool, Program] = field(default_factory=dict)

    def key_text(self, key: tuple[Any, ...]) -> str:
        """The key as canonical JSON, as in a Snapshot."""
        return as_json(list(key)).decode()

    def run(self, fetched: Fetched, *, now: datetime) -> Staged:
        """The rows through the stages.

        Raises nothing for data, however bad; SystemSyncError where a reference file has gone,
        BatchSyncError where a python stage raises one, or the target cannot be asked.
        """
        for stage, held in self.held:
            with placed(stage):
                held.refresh()
        passage = self._passage(fetched, now)
        program = self.program(struct=fetched.struct)
        if self.ways.walk.asks:
            passage.together()
        elif program is not None:
            program.run(fetched.rows, passage.tally, passage.slow)
        else:
            any(passage.slow(row) for row in range(len(fetched.rows)))
        passage.tell()
        if self.unchanging is not None:
            self.unchanging.settle(passage.tally, self.ways.output, self.columns)
        return passage.tally.staged(fetched.places)

    def snapshot_of(
        self,
        before: bytes,
        errors: tuple[Error, ...],
        *,
        place: int,
        position: str,
        state: RecordState,
        now: datetime,
        replies: Replies | None = None,
    ) -> Snapshot:
        """The Snapshot of a record that passed the stages and failed later, at the target."""
        del now
        source = as_object(before)
        flight = Flight(0, place, source, replies=replies or {})
        with suppress(BatchSyncError):
            self.ways.walk.through(flight, Tally().seen)
        return self.ways.stories.told(
            flight, before, errors, source=source, position=position, state=state
        )

    def unreached(self, fetched: Fetched, place: int, error: Error) -> Snapshot:
        """The Snapshot of a record that no stage has seen, because the run stopped before it."""
        stories, position = self.ways.stories, fetched.position(place)
        for broken in fetched.broken:
            if broken.place == place:
                return stories.unread(broken, error, position=position)
        before = fetched.raw.at(place)
        source = as_object(before)
        return stories.told(
            Flight(0, place, source),
            before,
            (error,),
            source=source,
            position=position,
            state=RecordState.OPEN,
        )

    def source(self, *, struct: bool) -> str | None:
        """The generated function for this shape of rows, to read; None where there is none."""
        program = self.program(struct=struct)
        return program.source if program else None

    def program(self, *, struct: bool) -> Program | None:
        """The generated function for this shape of rows, made when it is first needed."""
        if struct not in self.tasks:
            return None
        if struct not in self._programs:
            self._programs[struct] = program_of(self.tasks[struct])
        return self._programs[struct]

    def _passage(self, fetched: Fetched, now: datetime) -> Passage:
        verdicts = Verdicts(self.rules, self.owners, now, self.redact)
        return Passage(self.ways, fetched, Tally(), verdicts)


def compile_pipeline(
    link: Link,
    *,
    encoders: Mapping[str, Callable[[Any], Any]],
    folder: str,
    outside: Outside | None = None,
    guard: Guard = unguarded,
    redact: Redact = str,
    code: Mapping[str, str] | None = None,
) -> CompiledStages:
    """The stages of a Link, compiled; SystemSyncError with its stage where one cannot be.

    `encoders` are the target's, by cast; `outside` is whom stages may ask. `guard` runs custom
    code (domain.filter.Guard); without one only what custom code is meant to raise is caught.
    `redact` takes secrets out of messages. `code` are the hashes of the python modules that the
    run began with (D1).
    """
    needs = Needs(folder, guard, code or {}, outside or Outside())
    stages = compiled(link.stages, needs)
    layout = layout_of(stages)
    _admit_key(link, layout)
    ways = _ways(link, stages, layout, encoders)
    return CompiledStages(
        wanted=layout.wanted,
        columns=layout.columns,
        ways=ways,
        rules=link.errors,
        owners=link.owner_of,
        redact=_redaction(link, redact),
        held=_held(stages),
        unchanging=next((s.work for s in stages if isinstance(s.work, Unchanging)), None),
        tasks=_tasks(link, stages, ways),
    )


def _ways(
    link: Link,
    stages: tuple[Compiled, ...],
    layout: Layout,
    encoders: Mapping[str, Callable[[Any], Any]],
) -> Ways:
    keys = keys_of(link.key, stages)
    return Ways(
        link=link.name,
        reader=reader_of(layout.wanted, whole=not layout.at_once),
        walk=walk_of(stages, quicken=quickened),
        keys=keys,
        output=output_of(layout.columns, encoders),
        stories=Stories(link.snapshots, keys),
    )


def _tasks(link: Link, stages: tuple[Compiled, ...], ways: Ways) -> dict[bool, Task]:
    """What can be generated, by shape of rows; nothing where every record is kept anyway."""
    if ways.stories.keeps_all or not suits(stages, ways.output):
        return {}
    wanted = ways.reader.wanted
    shapes = (False,) if wanted is None else (False, True)
    return {
        struct: Task(stages, wanted, ways.output, link.key, struct) for struct in shapes
    }


def _held(stages: tuple[Compiled, ...]) -> tuple[tuple[str, Held[Any]], ...]:
    """What is looked up in, by stage, to be looked at once a Batch."""
    return tuple((each.stage.name, held) for each in stages for held in _held_by(each.work))


def _held_by(work: AnyWork) -> Iterable[Held[Any]]:
    match work:
        case Checker(checks=checks):
            return [check.reference.held for check in checks if check.reference]
        case Looker(held=held):
            return (held,)
        case _:
            return ()


def _redaction(link: Link, redact: Redact) -> Redact:
    """With logging `none` no value is kept, not even one that a message quotes (C7)."""
    if link.snapshots is not SnapshotLevel.NONE:
        return redact
    return lambda text: without_data(redact(text))


def _admit_key(link: Link, layout: Layout) -> None:
    if layout.columns is None:
        return
    made = {column.name for column in layout.columns}
    for name in link.key:
        if name not in made:
            raise complaint(KEY_STAGE, "no map makes the key field; map it", field=name)
