"""`doctor`."""

from collections.abc import Iterator
from typing import Annotated

from cyclopts import Parameter

from console.cli.acting import ACTOR, actor_or_default
from console.cli.shared import DEFAULT, Shared, here
from console.format import counted
from console.pages.page import Block, Line, Span
from console.states import BAD, GOOD, WARNED
from engine.domain.documents import doctor_document
from engine.domain.errors import Misused
from engine.domain.keeping_documents import mended_document
from engine.domain.requests import Finding, Fixed


def doctor(
    *,
    fix: Annotated[
        bool, Parameter(negative="", help="mend what can be mended without asking you")
    ] = False,
    actor: Annotated[str | None, ACTOR] = None,
    shared: Shared = DEFAULT,
) -> int:
    """Look for what is wrong with this installation; --fix mends what can be, and audits it.

    Exit code 3 where something is (still) wrong.
    """
    if fix:
        return _fix(actor_or_default(actor), shared)
    if actor is not None:
        raise Misused("--actor goes with --fix: looking leaves no trace")
    with shared.engine() as engine:
        findings = engine.doctor()
    unicode, linkdeck = here().unicode, shared.called()
    shared.answer(
        lambda: doctor_document(findings),
        lambda: (
            *_page(findings, unicode=unicode),
            *_offered(findings, linkdeck=linkdeck),
        ),
    )
    return 3 if any(finding.serious for finding in findings) else 0


def _fix(actor: str, shared: Shared) -> int:
    with shared.engine() as engine:
        fixed = engine.mend(actor=actor)
        left = engine.doctor()
    unicode = here().unicode
    shared.answer(
        lambda: mended_document(fixed, left),
        lambda: (*_mended(fixed, unicode=unicode), *_page(left, unicode=unicode)),
    )
    return 3 if any(finding.serious for finding in left) else 0


def _mended(fixed: tuple[Fixed, ...], *, unicode: bool) -> Iterator[Block]:
    for each in fixed:
        mark = Span(f"{GOOD.mark(unicode=unicode)} {each.subject}: ", GOOD.style)
        yield Line((mark, each.message))
    done = counted(len(fixed), "fix", "fixes") if fixed else "nothing to mend"
    yield Line(f"{done}; what is left:")


def _offered(findings: tuple[Finding, ...], *, linkdeck: str) -> Iterator[Block]:
    count = sum(finding.fixable for finding in findings)
    if count:
        of = f"{count} of them" if count < len(findings) else "it" if count == 1 else "all"
        yield Line(f"{linkdeck} doctor --fix mends {of}")


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
