"""`export`."""

from typing import Annotated, Literal

from cyclopts import Parameter

from console.cli.events import EVENT
from console.cli.failures import ALL, Which
from console.cli.shared import DEFAULT, Shared
from console.format import counted
from console.pages.page import Line


def export(
    event: Annotated[str, EVENT],
    /,
    *,
    output: Annotated[str, Parameter(help="the file to write; it must not exist yet")],
    format: Annotated[  # noqa: A002 - the flag's name
        Literal["ndjson", "csv"], Parameter(help="a JSON object a line, or a spreadsheet")
    ] = "ndjson",
    mask: Annotated[
        bool, Parameter(negative="", help="hide what the Link's masks name")
    ] = False,
    which: Which = ALL,
    shared: Shared = DEFAULT,
) -> int:
    """Write the failing records of a Sync Event into a file that only you can read."""
    with shared.engine() as engine:
        written = engine.export(
            event, which.selection(), format=format, output=output, mask=mask
        )
    shared.answer(
        lambda: {"records": written, "output": output, "format": format, "masked": mask},
        lambda: (Line(f"wrote {counted(written, 'record')} to {output}"),),
    )
    return 0
