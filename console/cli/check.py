"""`check`."""

from collections.abc import Iterator
from typing import Annotated

from console.cli.shared import DEFAULT, Shared, here
from console.cli.suggest import LINK
from console.pages.page import Block, Line, Span
from console.states import BAD, GOOD
from engine.domain.checkup import LinkChecks
from engine.domain.documents import checks_document

REFUSED = 3


def check(
    link: Annotated[str, LINK],
    /,
    *,
    shared: Shared = DEFAULT,
) -> int:
    """Try a Link's source and target without writing; each answer is a sentence.

    Reads the first page, runs the stages over it, and says how many of it would
    pass. Exit code 0: nothing is wrong. 3: something is.
    """
    with shared.engine() as engine:
        checks = engine.check(link)
    unicode = here().unicode
    shared.answer(
        lambda: checks_document(checks), lambda: tuple(_page(checks, unicode=unicode))
    )
    return 0 if checks.ok else REFUSED


def _page(checks: LinkChecks, *, unicode: bool) -> Iterator[Block]:
    width = max(len(each.name) for each in checks.checks)
    for each in checks.checks:
        look = GOOD if each.ok else BAD
        hint = f"; {each.hint}" if each.hint else ""
        mark = Span(look.mark(unicode=unicode), look.style)
        yield Line((mark, f" {each.name:<{width}}  {each.message}{hint}"))
