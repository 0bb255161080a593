"""`links` and `explain`."""

from typing import Annotated

from console.cli.shared import DEFAULT, Shared, here
from console.cli.suggest import LINK
from console.pages import lists
from engine.domain.documents import links_document
from engine.domain.gate_documents import explained_document


def links(*, shared: Shared = DEFAULT) -> int:
    """List every Link: its last run, its next, Last Successful Sync, and what is open."""
    with shared.engine() as engine:
        seen = engine.links()
    unicode = here().unicode
    shared.answer(
        lambda: links_document(seen),
        lambda: tuple(lists.links_page(seen, unicode=unicode, linkdeck=shared.called())),
    )
    return 0


def explain(link: Annotated[str, LINK], /, *, shared: Shared = DEFAULT) -> int:
    """Say why Last Successful Sync is where it is, what the data lacks, when it runs next."""
    with shared.engine() as engine:
        explanation = engine.explain(link)
    shared.answer(
        lambda: explained_document(explanation),
        lambda: tuple(lists.explain_page(explanation)),
    )
    return 0
