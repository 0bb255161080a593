"""`doctor`."""

from collections.abc import Iterator

from console.cli.page import Block, Line, Span
from console.cli.shared import DEFAULT, Shared, here
from console.format import counted
from console.states import BAD, GOOD, WARNED
from engine.domain.documents import doctor_document
from engine.domain.requests import Finding


def doctor(*, shared: Shared = DEFAULT) -> int:
    """Look for what is wrong with this installation.

    Exit code 3 where something is.
    """
    with shared.engine() as engine:
        findings = engine.doctor()
    unicode = here().unicode
    shared.answer(
        lambda: doctor_document(findings), lambda: tuple(_page(findings, unicode=unicode))
    )
    return 3 if any(finding.serious for finding in findings) else 0


def _page(findings: tuple[Finding, ...], *, unicode: bool) -> Iterator[Block]:
    for finding in findings:
        look = BAD if finding.serious else WARNED
        mark = Span(f"{look.mark(unicode=unicode)} {finding.subject}: ", look.style)
        yield Line((mark, finding.message))
        yield Line(finding.remedy, indent=2)
    if findings:
        yield Line(counted(len(findings), "finding"))
    else:
        yield Line((Span(GOOD.mark(unicode=unicode), GOOD.style), " nothing is wrong"))
