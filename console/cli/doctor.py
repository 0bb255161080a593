"""`doctor`."""

from collections.abc import Iterator

from console.cli.shared import DEFAULT, Shared, here
from console.format import counted
from console.pages.page import Block, Line, Span
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
        # A complaint about a definition begins with its file, which is the subject.
        message = finding.message.removeprefix(f"{finding.subject}:").lstrip()
        mark = Span(f"{look.mark(unicode=unicode)} {finding.subject}: ", look.style)
        yield Line((mark, message))
        yield Line(finding.remedy, indent=2)
    if findings:
        yield Line(counted(len(findings), "finding"))
    else:
        yield Line((Span(GOOD.mark(unicode=unicode), GOOD.style), " nothing is wrong"))
