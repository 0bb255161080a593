"""`alerts`."""

from typing import Annotated

from cyclopts import Parameter

from console.cli.shared import DEFAULT, Shared, here
from console.cli.suggest import OF_LINK
from console.pages import alerts_page
from engine.domain.alert import AlertState
from engine.domain.watch_documents import alerts_document


def alerts(
    *,
    link: Annotated[str | None, OF_LINK] = None,
    firing: Annotated[bool, Parameter(negative="", help="only what fires now")] = False,
    shared: Shared = DEFAULT,
) -> int:
    """List alerts: what fires, the loudest first, then what has been resolved."""
    with shared.engine() as engine:
        found = engine.alerts(link)
    shown = [each for each in found if not firing or each.state is AlertState.FIRING]
    unicode = here().unicode
    shared.answer(
        lambda: alerts_document(shown),
        lambda: tuple(alerts_page.alerts_page(shown, unicode=unicode)),
    )
    return 0
