"""`schedule`."""

from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from console.cli.shared import DEFAULT, Shared
from console.cli.suggest import links as names
from console.pages import timing
from engine.domain.gate_documents import schedules_document

LINKS = Parameter(help="only of these Links", negative="", completer=names)


def schedule(
    links: Annotated[tuple[str, ...], LINKS] = (),
    /,
    *,
    coming: Annotated[
        int, Parameter(name="--next", validator=Number(gte=1, lte=100), help="so many runs")
    ] = 5,
    shared: Shared = DEFAULT,
) -> int:
    """Say when Links run by themselves, and what became of the times they were due."""
    with shared.engine() as engine:
        found = engine.schedules(links, coming=coming)
    shared.answer(
        lambda: schedules_document(found),
        lambda: tuple(timing.schedules_page(found, linkdeck=shared.called())),
    )
    return 0
