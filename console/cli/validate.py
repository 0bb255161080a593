"""`validate`."""

from collections.abc import Sequence
from typing import Annotated

from cyclopts import Parameter

from console.cli.edge import remark
from console.cli.shared import DEFAULT, Shared, here
from console.format import counted
from console.pages.page import Line, Span
from console.states import BAD, GOOD
from engine.domain.documents import validate_document
from engine.domain.requests import FileReport


def validate(
    *paths: Annotated[str, Parameter(help="files (default: all of the folder of Links)")],
    shared: Shared = DEFAULT,
) -> int:
    """Check definitions and print every complaint as file:line:column.

    Exit code 0: all can run. 1: something is wrong with one. 2: one is not there, or
    no YAML.
    """
    with shared.engine() as engine:
        reports = engine.validate(paths)
    if not shared.json:
        _complain(reports)
    page = _page(reports) if reports else [_nowhere(shared)]
    shared.answer(lambda: validate_document(reports), lambda: tuple(page))
    return verdict(reports)


def verdict(reports: Sequence[FileReport]) -> int:
    """The exit code for these files: the worst of them decides."""
    if any(report.unreadable for report in reports):
        return 2
    return 0 if all(report.ok for report in reports) else 1


def _nowhere(shared: Shared) -> Line:
    folder, called = shared.settings().links, shared.called()
    return Line(f"There is no definition in {folder}. {called} new LINK writes a starter.")


def _complain(reports: Sequence[FileReport]) -> None:
    for report in reports:
        for complaint in report.complaints:
            remark(complaint.sentence())


def _page(reports: Sequence[FileReport]) -> list[Line]:
    unicode = here().unicode
    lines = []
    for report in reports:
        look = GOOD if report.ok else BAD
        found = "" if report.ok else f": {counted(report.count, 'complaint')}"
        lines.append(
            Line((Span(look.mark(unicode=unicode), look.style), f" {report.path}{found}"))
        )
    good = sum(report.ok for report in reports)
    lines.append(Line(f"{good} of {counted(len(reports), 'definition')} can run"))
    return lines
