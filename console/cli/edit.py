"""`edit`: a failing record corrected, tried out, and kept for the next retry."""

import sys
from typing import Annotated

from cyclopts import Parameter

from console.cli.acting import ACTOR, actor_or_default, given
from console.cli.shared import DEFAULT, Shared, here
from console.pages import inbox_page, record_page
from engine.domain.documents import record_document
from engine.domain.errors import Misused
from engine.domain.inbox import Edit
from engine.domain.places import typed
from engine.domain.recovery_documents import simulated_document
from engine.domain.values import dataclass

NO_EDIT = "none"
"""How a record without an edit is said to be where the editor started."""

LARGEST = 16 * 1024 * 1024


@Parameter(name="*", group="What to change")
@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """Paths to set and remove, or a whole record, or the way back."""

    set: Annotated[
        tuple[str, ...],
        Parameter(negative="", help="path=value, as in lines[0].sku=A-7; repeatable"),
    ] = ()
    unset: Annotated[
        tuple[str, ...], Parameter(negative="", help="remove this path; repeatable")
    ] = ()
    stdin: Annotated[
        bool, Parameter(negative="", help="take the whole record from standard input")
    ] = False
    clear: Annotated[bool, Parameter(negative="", help="take the edit back")] = False

    def edit(self) -> Edit:
        """The same as the engine takes it."""
        return Edit(
            changes=dict(_assignment(each) for each in self.set),
            remove=self.unset,
            document=_from_stdin() if self.stdin else None,
            clear=self.clear,
        )


NOTHING = Change()


def edit(
    snapshot: Annotated[str, Parameter(help="a Snapshot: s123, as `inbox` lists it")],
    /,
    *,
    change: Change = NOTHING,
    dry_run: Annotated[
        bool, Parameter(negative="", help="only show what the stages make of it")
    ] = False,
    version: Annotated[
        str | None,
        Parameter(help="the edit you started from, as `record --json` says it, or none"),
    ] = None,
    reason: Annotated[str, Parameter(help="why; kept in the audit")] = "",
    actor: Annotated[str | None, ACTOR] = None,
    shared: Shared = DEFAULT,
) -> int:
    """Correct a failing record. The original stays; the next retry sends the edit.

    A value is JSON where it reads as such (5, true, null, "5"), else text. The edit
    is tried with the current definition first, and kept only where the record
    passes.
    """
    if dry_run:
        return _tried(snapshot, change.edit(), shared)
    why, wanted = given(reason), change.edit()
    with shared.engine() as engine:
        detail = engine.edit(
            snapshot,
            wanted,
            reason=why,
            actor=actor_or_default(actor),
            version="" if version == NO_EDIT else version,
        )
    called = shared.called()
    then = () if wanted.clear else inbox_page.sent_by(snapshot, linkdeck=called)
    page = record_page.record_page(detail, unicode=here().unicode, linkdeck=called)
    shared.answer(lambda: record_document(detail), lambda: (*page, *then))
    return 0


def _tried(snapshot: str, change: Edit, shared: Shared) -> int:
    with shared.engine() as engine:
        simulated = engine.simulate_record(snapshot, change)
    unicode = here().unicode
    shared.answer(
        lambda: simulated_document(simulated),
        lambda: tuple(inbox_page.simulated_page(simulated, unicode=unicode)),
    )
    return 0 if simulated.passes else 3


def _assignment(text: str) -> tuple[str, object]:
    path, sign, value = text.partition("=")
    if not sign:
        raise Misused(f"--set takes path=value, not '{text}'")
    return path, typed(value)


def _from_stdin() -> bytes:
    document: bytes = sys.stdin.buffer.read(LARGEST + 1)
    return document
