"""Which definition a retry runs with: the one its Sync Event ran with, or the one on disk (P6)."""

import difflib
import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from engine.domain.errors import LinkdeckError, Refused
from engine.domain.link import Definition
from engine.domain.retry_plan import Choice, Definitions
from engine.operations import definitions
from engine.operations.context import Context

AS_RUN = "mend it, or go with the definition it ran with: --definition as-run"
"""What to do where the definition on disk cannot be used."""

MOST_LINES = 200
"""Lines of difference that are shown."""


class Versions:
    """Both definitions of a Sync Event, each read once: all of one act speaks of the same."""

    def __init__(self, context: Context, event: int) -> None:
        self._context = context
        self._stored = context.store.plan_of(event)

    @property
    def link(self) -> str:
        """The name of the Link."""
        return self._stored.link

    @cached_property
    def as_run(self) -> Definition:
        """The definition a Sync Event ran with; Refused where its code is gone (D1)."""
        from engine.definition import loader

        return loader.from_stored(
            self._stored.text,
            path=Path(self._stored.path),
            folder=Path(self._stored.folder),
            catalogue=self._context.catalogue,
            environ=self._context.settings.environ,
        )

    @cached_property
    def current(self) -> Definition:
        """The definition as it is on disk now; LinkdeckError where it cannot be loaded."""
        stored = self._stored
        where = stored.path if Path(stored.path).is_file() else stored.link
        found = definitions.load(self._context, where)
        if found.link.name != stored.link:
            raise Refused(
                f"{stored.path} now holds the Link '{found.link.name}', not '{stored.link}'; "
                f"{AS_RUN}"
            )
        return found

    def compared(self, choice: Choice | None) -> Definitions:
        """Both by hash, which is chosen (current, unless said otherwise), and what differs."""
        stored, chosen = self._stored, choice or Choice.CURRENT
        try:
            now = self.current
        except LinkdeckError as problem:
            said = str(problem).splitlines()[0]
            return Definitions(stored.hash, None, chosen, problem=said)
        return Definitions(stored.hash, now.hash, chosen, difference=self._difference)

    @cached_property
    def _difference(self) -> tuple[str, ...]:
        before, now = self._stored, self.current
        return () if now.hash == before.hash else tuple(_lines(before.text, now.text))

    def chosen(self, choice: Choice) -> Definition:
        """The definition of a choice; Refused in words where there is none to go with."""
        if choice is Choice.AS_RUN:
            return self.as_run
        try:
            return self.current
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
