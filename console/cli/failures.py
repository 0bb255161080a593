"""`failures` and `record`."""

from dataclasses import replace
from typing import Annotated, Literal

from cyclopts import Parameter

from console.cli.acting import ACTOR, actor_or_default, given
from console.cli.events import EVENT, LIMIT
from console.cli.shared import DEFAULT, Shared, here
from console.pages import failing, record_page
from console.pages.page import Line
from engine.domain.documents import failures_document, record_document
from engine.domain.errors import Misused
from engine.domain.requests import Selection
from engine.domain.values import dataclass


@Parameter(name="*", group="Which failures")
@dataclass(frozen=True, kw_only=True, slots=True)
class Which:
    """The selection flags; everything that is given must hold."""

    fingerprint: Annotated[
        tuple[str, ...], Parameter(negative="", help="of this cause; repeatable")
    ] = ()
    key: Annotated[
        tuple[str, ...], Parameter(negative="", help="records with this key; repeatable")
    ] = ()
    tier: Annotated[
        Literal["batch", "record", "warning"] | None, Parameter(help="of this tier")
    ] = None
    batch: Annotated[int | None, Parameter(help="of this Batch")] = None
    stage: Annotated[str | None, Parameter(help="blamed on this stage")] = None
    where: Annotated[
        str | None, Parameter(help="an expression over the record as the source gave it")
    ] = None

    def selection(self) -> Selection:
        """The same as the engine takes it."""
        return Selection(
            fingerprints=self.fingerprint,
            keys=self.key,
            tier=self.tier,
            batch=self.batch,
            stage=self.stage,
            where=self.where,
        )


ALL = Which()


def failures(
    event: Annotated[str, EVENT],
    /,
    *,
    which: Which = ALL,
    limit: Annotated[int, LIMIT] = 50,
    after: Annotated[
        str | None, Parameter(help="continue a page: what the last one ended with")
    ] = None,
    shared: Shared = DEFAULT,
) -> int:
    """Print what failed in a Sync Event: causes, Batches, and records page by page."""
    with shared.engine() as engine:
        found = engine.failures(event, which.selection(), limit=limit, after=after)
    unicode = here().unicode
    none = which != ALL and found.groups and not (found.batches or found.records)
    unmatched = (Line("None of it matches what the list is narrowed to."),) if none else ()
    shared.answer(
        lambda: failures_document(found),
        lambda: (
            *failing.failures_page(found, unicode=unicode, linkdeck=shared.called()),
            *unmatched,
        ),
    )
    return 0


def record(
    snapshot: Annotated[str, Parameter(help="a Snapshot: s123, as `failures` lists it")],
    /,
    *,
    reveal: Annotated[
        bool,
        Parameter(negative="", help="show what the Link's masks hide; needs --reason"),
    ] = False,
    target: Annotated[
        bool, Parameter(negative="", help="ask the target what it holds for the key now")
    ] = False,
    reason: Annotated[
        str, Parameter(help="why the values are needed; kept in the audit")
    ] = "",
    actor: Annotated[str | None, ACTOR] = None,
    shared: Shared = DEFAULT,
) -> int:
    """Print one record before and after the stages, what failed it, and what that means."""
    if reason and not reveal:
        raise Misused("--reason is for --reveal; leave it out, or add --reveal")
    who = actor_or_default(actor) if reveal else ""
    why = given(reason) if reveal else ""
    with shared.engine() as engine:
        detail = engine.record(snapshot, reveal=reveal, actor=who, reason=why)
        if target:
            now = engine.present(snapshot, reveal=reveal, actor=who, reason=why)
            detail = replace(detail, target=now)
    unicode = here().unicode
    shared.answer(
        lambda: record_document(detail),
        lambda: tuple(
            record_page.record_page(detail, unicode=unicode, linkdeck=shared.called())
        ),
    )
    return 0
