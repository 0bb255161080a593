"""Links that depend on one another, over a whole folder: all of them known, none in a circle."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from engine.definition import effective
from engine.definition.complaints import complaint
from engine.definition.inheritance import DEFAULTS
from engine.definition.nodes import Mark, Scalar, inside, items_in, text_in
from engine.definition.wording import near, visible
from engine.domain.requests import Complaint
from engine.domain.values import dataclass

SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class _Parent:
    """A Link that another depends on, and where that is said."""

    name: str
    mark: Mark


Parents = Mapping[str, tuple[_Parent, ...]]
"""By the name of a Link, those it depends on."""


def dependencies_among(paths: Iterable[Path]) -> list[Complaint]:
    """A complaint about every unknown Link that one of these depends on, and about every circle.

    Known are those of the folder a file stands in.
    """
    complaints: list[Complaint] = []
    folders: dict[Path, Parents] = {}
    for path in paths:
        mine = _read(path)
        if mine is None or not mine[1]:
            continue
        folder = path.parent.absolute()
        if folder not in folders:
            folders[folder] = _in_folder(folder)
        name, parents = mine
        known = {**folders[folder], name: parents}
        complaints += [_unknown(each, known) for each in parents if each.name not in known]
        complaints += _circles(name, parents, known)
    return complaints


def _in_folder(folder: Path) -> Parents:
    found = [
        _read(path)
        for path in sorted(folder.iterdir())
        if path.suffix in SUFFIXES and path.name != DEFAULTS
    ]
    return dict(each for each in found if each is not None)


def _read(path: Path) -> tuple[str, tuple[_Parent, ...]] | None:
    """The name of the Link in a file and those it depends on; None where there is none."""
    root = effective.of_file(path).root if path.is_file() else None
    name = root and text_in(root, "link")
    if root is None or not name:
        return None
    parents = []
    for index in range(len(items_in(root, "depends_on"))):
        node = inside(root, "depends_on", index, "link")
        # That a Link depends on itself is told where one file is checked.
        if isinstance(node, Scalar) and node.known and node.text != name:
            parents.append(_Parent(node.text, node.mark))
    return name, tuple(parents)


def _unknown(parent: _Parent, known: Parents) -> Complaint:
    sentence = f"there is no Link '{visible(parent.name)}' in this folder"
    return complaint(parent.mark, sentence, near(parent.name, known))


def _circles(name: str, parents: tuple[_Parent, ...], known: Parents) -> list[Complaint]:
    found = []
    for parent in parents:
        way = _way(parent.name, name, known)
        if way:
            circle = " > ".join((name, *way))
            sentence = f"'depends_on' goes in a circle: {circle}"
            found.append(complaint(parent.mark, sentence, "each would wait for the other"))
    return found


def _way(start: str, end: str, known: Parents) -> tuple[str, ...]:
    """The Links from one to another, along what they depend on; empty where there is no way."""
    ways: list[tuple[str, ...]] = [(start,)]
    met = {start}
    while ways:
        way = ways.pop(0)
        if way[-1] == end:
            return way
        for each in known.get(way[-1], ()):
            if each.name not in met:
                met.add(each.name)
                ways.append((*way, each.name))
    return ()
