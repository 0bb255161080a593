"""The effective definition: a file's nodes with what it inherits, variables unexpanded."""

from dataclasses import dataclass, field
from pathlib import Path

from engine.definition import inheritance, spelling
from engine.definition.inheritance import DEFAULTS
from engine.definition.nodes import Block, Mark, Scalar
from engine.definition.parsing import parse
from engine.definition.plain import is_null
from engine.definition.reading import Unreadable, read_text
from engine.domain.requests import Complaint


@dataclass(slots=True)
class Effective:
    """A definition before anything is checked; `root` is None where there is nothing to check.

    `unreadable`: not YAML at all, or not there (exit 2).
    """

    root: Block | None = None
    complaints: list[Complaint] = field(default_factory=list)
    unreadable: bool = False


def of_file(path: Path) -> Effective:
    """The definition in a file, with the defaults beside it."""
    try:
        text = read_text(path)
    except Unreadable as error:
        return Effective(None, [error.complaint], unreadable=True)
    return of_text(text, path=str(path), folder=path.parent)


def of_text(text: str, *, path: str, folder: Path) -> Effective:
    """The definition in a text, with the defaults of a folder."""
    found = _parsed(text, path)
    beside = folder / DEFAULTS
    if found.root is None or Path(path).name == DEFAULTS or not beside.is_file():
        return _spelled(found)
    inherited = _defaults(beside)
    found.complaints += inherited.complaints
    found.unreadable = found.unreadable or inherited.unreadable
    if inherited.root:
        found.root = inheritance.merged(found.root, inherited.root)
    return _spelled(found)


def _defaults(path: Path) -> Effective:
    try:
        found = _parsed(read_text(path), str(path), may_be_empty=True)
    except Unreadable as error:
        return Effective(None, [error.complaint], unreadable=True)
    if found.root:
        found.complaints += inheritance.misplaced(found.root)
        kept = {
            name: entry
            for name, entry in found.root.entries.items()
            if name not in inheritance.NEVER_INHERITED
        }
        found.root = Block(kept, found.root.mark)
    return found


def _parsed(text: str, path: str, *, may_be_empty: bool = False) -> Effective:
    try:
        parsed = parse(text, path)
    except Unreadable as error:
        return Effective(None, [error.complaint], unreadable=True)
    found = Effective(
        None, [*parsed.complaints, *parsed.twice], unreadable=bool(parsed.twice)
    )
    root = parsed.root
    if isinstance(root, Block):
        found.root = root
    elif root is None or (isinstance(root, Scalar) and is_null(root)):
        if not may_be_empty and not found.complaints:
            found.complaints.append(
                Complaint(
                    path, 1, 1, "the file is empty", "linkdeck new NAME writes a starter"
                )
            )
    else:
        found.complaints.append(_no_block(root.mark, text_alone=isinstance(root, Scalar)))
    return found


def _no_block(mark: Mark, *, text_alone: bool) -> Complaint:
    what = "a single value" if text_alone else "a list"
    sentence = f"a definition is a block of keys, not {what}"
    return Complaint(mark.path, mark.line, mark.column, sentence, "begin with link: NAME")


def _spelled(found: Effective) -> Effective:
    if found.root:
        found.root, complaints = spelling.unified(found.root)
        found.complaints += complaints
    return found
