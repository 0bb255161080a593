"""`audit` and `evidence`."""

from typing import Annotated

from cyclopts import Parameter

from console.cli.events import EVENT, LIMIT
from console.cli.shared import DEFAULT, Shared, here
from console.format import counted
from console.pages import audit_page
from console.pages.page import Line
from engine.domain.errors import Misused
from engine.domain.recovery_documents import audit_document, verdict_document


def audit(
    *,
    verify: Annotated[
        bool, Parameter(negative="", help="prove that no row was changed or cut off")
    ] = False,
    who: Annotated[
        str | None, Parameter(name="--actor", help="only what this person did")
    ] = None,
    subject: Annotated[
        str | None, Parameter(help="only of this: '#12', s5, or the name of a Link")
    ] = None,
    limit: Annotated[int, LIMIT] = 50,
    after: Annotated[
        str | None, Parameter(help="continue a page: what the last one ended with")
    ] = None,
    shared: Shared = DEFAULT,
) -> int:
    """List who did what to what, and why; newest first. --verify: 3 where a row does not hold."""
    if verify:
        if who is not None or subject is not None or after is not None:
            raise Misused("--verify looks at every row; leave out what narrows the list")
        return _verify(shared)
    with shared.engine() as engine:
        page = engine.audit_rows(limit=limit, after=after, actor=who, subject=subject)
    shared.answer(lambda: audit_document(page), lambda: tuple(audit_page.audit_page(page)))
    return 0


def _verify(shared: Shared) -> int:
    with shared.engine() as engine:
        verdict = engine.verify_audit()
    unicode = here().unicode
    shared.answer(
        lambda: verdict_document(verdict),
        lambda: tuple(audit_page.verdict_page(verdict, unicode=unicode)),
    )
    return 0 if verdict.holds else 3


def evidence(
    event: Annotated[str, EVENT],
    /,
    *,
    output: Annotated[str, Parameter(help="the file to write; it must not exist yet")],
    shared: Shared = DEFAULT,
) -> int:
    """Write the evidence of a Sync Event's Chain into a file that only you can read.

    What failed, what was sent again, by whom and why, what remains; personal values are masked.
    """
    with shared.engine() as engine:
        told = engine.evidence(event, output)
    shared.answer(
        lambda: {"records": told, "output": output},
        lambda: (Line(f"wrote the evidence of {counted(told, 'failure')} to {output}"),),
    )
    return 0
