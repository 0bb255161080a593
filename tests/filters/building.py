"""Links, rows and raw bytes for the tests of stages; a Batch is fetched from lists in memory."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from engine.domain.batch import Broken, Fetched
from engine.domain.filter import Raised, Staged
from engine.domain.link import Endpoint, Link
from engine.domain.missing import MISSING
from engine.domain.snapshot import Snapshot
from engine.domain.stage import AnyStage, CheckStage, FieldMap, MapStage, Rule
from engine.filters.pipeline import CompiledStages, compile_pipeline

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Lines:
    """The raw JSON of records, by place."""

    texts: Sequence[bytes]

    def at(self, place: int) -> bytes:
        return self.texts[place]


def guard(function: Callable[..., Any], /, *args: object) -> Any:
    """What `sync.batch` gives python stages."""
    try:
        return function(*args)
    except Exception as cause:  # noqa: BLE001 - it stands in for the wall in sync.batch
        return Raised(cause)


def link_of(*stages: AnyStage, **more: Any) -> Link:
    """A Link with these stages."""
    return Link(
        "orders",
        Endpoint("file", "files", None),
        Endpoint("sql", "db", None),
        stages,
        **more,
    )


def pipeline_of(
    *stages: AnyStage,
    encoders: Mapping[str, Callable[[Any], Any]] | None = None,
    folder: Path | str = ".",
    **more: Any,
) -> CompiledStages:
    """The compiled stages of such a Link."""
    return compile_pipeline(
        link_of(*stages, **more), encoders=encoders or {}, folder=str(folder), guard=guard
    )


def fetched_of(records: Sequence[Any], *, broken: tuple[Broken, ...] = ()) -> Fetched:
    """Records as a file source would give them: dicts, with their JSON."""
    raw = Lines([json.dumps(record, default=str).encode() for record in records])
    return Fetched(list(records), raw, broken=broken, unit="orders.ndjson")


def structs_of(records: Sequence[Any], wanted: Sequence[str]) -> Fetched:
    """The same decoded into structs of just the wanted fields."""
    fields = [
        (f"f{at}", Any, msgspec.field(default=MISSING, name=name))
        for at, name in enumerate(wanted)
    ]
    shape = msgspec.defstruct("Row", fields, gc=False)
    lines = [json.dumps(record).encode() for record in records]
    rows = [msgspec.json.decode(line, type=shape) for line in lines]
    return Fetched(rows, Lines(lines), struct=True, unit="orders.ndjson")


def run(pipeline: CompiledStages, *records: Any) -> Staged:
    """These records through the stages."""
    return pipeline.run(fetched_of(records), now=NOW)


def mapped(value: Any, **steps: Any) -> Any:
    """What one field's map makes of a value; the Snapshot where it makes nothing."""
    pipeline = pipeline_of(map_of(FieldMap("made", "given", **steps)))
    staged = run(pipeline, {"given": value})
    return staged.rows[0][0] if staged.rows else staged.snapshots[0]


def map_of(*fields: FieldMap, name: str = "to columns", **more: Any) -> MapStage:
    """A map stage."""
    return MapStage(name=name, fields=fields, **more)


def check_of(*rules: Rule, name: str = "rules", **more: Any) -> CheckStage:
    """A check stage."""
    return CheckStage(name=name, rules=rules, **more)


def rule(rule: str, field: str = "value", **options: Any) -> Rule:
    """A named rule on a field."""
    return Rule(rule, field, options=options)


def messages(staged: Staged) -> list[str]:
    """Every error's sentence, record by record."""
    return [error.message for snapshot in staged.snapshots for error in snapshot.errors]


def codes(snapshot: Snapshot) -> list[str]:
    """The codes of a record's errors."""
    return [error.code for error in snapshot.errors]


def after(snapshot: Snapshot) -> Any:
    """What the stages had made of it."""
    assert snapshot.after is not None
    return json.loads(snapshot.after)
