"""The definitions of one folder: the names of their Links, and names taken twice."""

import unicodedata
from collections.abc import Iterable
from pathlib import Path

from engine.definition.nodes import Block, Mark, Scalar, entry_at
from engine.definition.parsing import parse
from engine.definition.reading import Unreadable, read_text
from engine.definition.wording import visible
from engine.domain.requests import Complaint


def name_in(path: Path) -> str | None:
    """The name of the Link in a file; None where it cannot be read."""
    found = _name(path)
    return found.text if found else None


def duplicates_among(paths: Iterable[Path]) -> list[Complaint]:
    """A complaint about every Link whose name another file of the same folder took before it.

    Names that differ only in capitals or in how accents are written count as the same.
    """
    taken: dict[tuple[Path, str], Mark] = {}
    complaints = []
    for path in paths:
        name = _name(path)
        if name is None:
            continue
        same = (path.parent.absolute(), unicodedata.normalize("NFC", name.text).casefold())
        first = taken.setdefault(same, name.mark)
        if first.path != name.mark.path:
            sentence = f"the Link name '{visible(name.text)}' is taken by {first.path}:{first.line}"
            mark = name.mark
            complaints.append(
                Complaint(mark.path, mark.line, mark.column, sentence, "rename one of them")
            )
    return complaints


def _name(path: Path) -> Scalar | None:
    try:
        root = parse(read_text(path), str(path)).root
    except Unreadable:
        return None
    entry = entry_at(root, ("link",)) if isinstance(root, Block) else None
    return entry.node if entry and isinstance(entry.node, Scalar) else None
