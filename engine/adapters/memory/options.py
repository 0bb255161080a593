"""What a definition says of a memory source and a memory target."""

from dataclasses import dataclass
from typing import Annotated

from engine.domain.units import Doc, OneOf


@dataclass(frozen=True, slots=True)
class MemorySourceOptions:
    """The keys of `source: {memory: …}`."""

    name: Annotated[str, Doc("Which records are read.")]
    changed_since: Annotated[
        str | None, Doc("The field that says when, or in which order, a record changed.")
    ] = None
    change_filter: Annotated[
        str,
        Doc("What that field holds: times, or numbers and texts."),
        OneOf(("time", "column")),
    ] = "time"
    fails: Annotated[tuple[int, ...], Doc("Batches that fail, by number from 1.")] = ()
    parallel: Annotated[bool, Doc("Whether Batches may be fetched at once.")] = True


@dataclass(frozen=True, slots=True)
class MemoryTargetOptions:
    """The keys of `target: {memory: …}`."""

    name: Annotated[str, Doc("Where records are held.")]
    refuses: Annotated[
        tuple[str, ...], Doc("Values of the key field that are refused.")
    ] = ()
    idempotent: Annotated[bool, Doc("Whether the same write twice is harmless.")] = True
    lookup: Annotated[
        str, Doc("How it can be asked what it holds."), OneOf(("none", "single", "bulk"))
    ] = "bulk"
    writers: Annotated[str, Doc("How many may push at once."), OneOf(("one", "many"))] = (
        "many"
    )
