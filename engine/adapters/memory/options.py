"""What a definition says of a memory source and a memory target."""

from typing import Annotated

from engine.domain.units import Doc, OneOf
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MemorySourceOptions:
    """The keys of `source: {memory: …}`."""

    name: Annotated[str, Doc("which records are read")]
    changed_since: Annotated[
        str | None, Doc("the field that says when, or in which order, a record changed")
    ] = None
    change_filter: Annotated[
        str,
        Doc("what that field holds: times, or numbers and texts"),
        OneOf(("time", "column")),
    ] = "time"
    fails: Annotated[tuple[int, ...], Doc("batches that fail, by number from 1")] = ()
    parallel: Annotated[bool, Doc("whether Batches may be fetched at once")] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryTargetOptions:
    """The keys of `target: {memory: …}`."""

    name: Annotated[str, Doc("where records are held")]
    refuses: Annotated[
        tuple[str, ...], Doc("values of the key field that are refused")
    ] = ()
    idempotent: Annotated[bool, Doc("whether the same write twice is harmless")] = True
    lookup: Annotated[
        str, Doc("how it can be asked what it holds"), OneOf(("none", "single", "bulk"))
    ] = "bulk"
    writers: Annotated[str, Doc("how many may push at once"), OneOf(("one", "many"))] = (
        "many"
    )
