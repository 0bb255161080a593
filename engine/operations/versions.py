"""Which definition a retry runs with: the one its Sync Event ran with, or the one on disk (P6)."""

import difflib
import json
from collections.abc import Iterator
from pathlib import Path

from engine.domain.errors import LinkdeckError, Refused
from engine.domain.link import Definition
from engine.domain.retry_plan import Choice, Definitions
from engine.operations import definitions
from engine.operations.context import Context
from engine.store.plans import StoredPlan

AS_RUN = "mend it, or go with the definition it ran with: --definition as-run"
"""What to do where the definition on disk cannot be used."""

MOST_LINES = 200
"""Lines of difference that are shown."""


def as_run(context: Context, stored: StoredPlan) -> Definition:
    """The definition a Sync Event ran with; Refused where its code is gone (D1)."""
    from engine.definition import loader

    return loader.from_stored(
        stored.text,
        path=Path(stored.path),
        folder=Path(stored.folder),
        catalogue=context.catalogue,
        environ=context.settings.environ,
    )


def current(context: Context, stored: StoredPlan) -> Definition:
    """The definition as it is on disk now; LinkdeckError where it cannot be loaded."""
    where = stored.path if Path(stored.path).is_file() else stored.link
    found = definitions.load(context, where)
    if found.link.name != stored.link:
        raise Refused(
            f"{stored.path} now holds the Link '{found.link.name}', not '{stored.link}'; {AS_RUN}"
        )
    return found


def compared(context: Context, stored: StoredPlan, choice: Choice | None) -> Definitions:
    """Both by hash, which one is chosen (current, unless said otherwise), and what differs."""
    chosen = choice or Choice.CURRENT
    try:
        now = current(context, stored)
    except LinkdeckError as problem:
        said = str(problem).splitlines()[0]
        return Definitions(stored.hash, None, chosen, problem=said)
    difference = () if now.hash == stored.hash else tuple(_lines(stored.text, now.text))
    return Definitions(stored.hash, now.hash, chosen, difference=difference)


def chosen(context: Context, stored: StoredPlan, choice: Choice) -> Definition:
    """The definition of a choice; Refused in words where there is none to go with."""
    if choice is Choice.AS_RUN:
        return as_run(context, stored)
    try:
        return current(context, stored)
    except LinkdeckError as problem:
        said = str(problem).splitlines()[0]
        hint = "" if AS_RUN in said else f"; {AS_RUN}"
        raise Refused(f"{said}{hint}") from problem


def _lines(before: str, after: str) -> Iterator[str]:
    """The lines in which two effective definitions differ, as a unified diff without its head."""
    diff = difflib.unified_diff(_laid_out(before), _laid_out(after), lineterm="", n=1)
    shown = [line for line in diff if not line.startswith(("---", "+++"))]
    yield from shown[:MOST_LINES]
    if len(shown) > MOST_LINES:
        yield f"… and {len(shown) - MOST_LINES} more lines"


def _laid_out(text: str) -> list[str]:
    return json.dumps(json.loads(text), indent=1, ensure_ascii=False).splitlines()
