"""Definitions kept as long as nothing they are made of has changed; for who looks all the time."""

from pathlib import Path
from typing import Any

from engine.domain.errors import LinkdeckError
from engine.domain.link import Definition
from engine.operations import definitions
from engine.operations.context import Context


class Loaded:
    """The definitions one looks at again and again; not for many threads."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: dict[Path, tuple[Any, Definition]] = {}

    def definition(self, path: Path) -> Definition | None:
        """The definition in a file, with what operators say over it; None where it cannot run."""
        known = self._known.get(path)
        if known is not None and known[0] == self._made_of(path, known[1]):
            return known[1]
        try:
            found = definitions.load(self._context, str(path))
        except LinkdeckError:
            self._known.pop(path, None)
            return None
        self._known[path] = self._made_of(path, found), found
        return found

    def _made_of(self, path: Path, definition: Definition) -> Any:
        defaults = path.with_name(definitions.DEFAULTS)
        said = self._context.store.overrides(definition.link.name)
        return _state(path), _state(defaults), said


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
