"""Definitions loaded: a file as a Link with its effective text and hash, or every complaint."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.definition import effective, masking, modules, overriding, stored
from engine.definition.adapters import Catalogue
from engine.definition.checking import Verdict, World, check
from engine.definition.complaints import few
from engine.definition.dependencies import dependencies_among
from engine.definition.effective import Effective
from engine.definition.inheritance import DEFAULTS
from engine.definition.invalid import DefinitionInvalid, DefinitionUnreadable
from engine.definition.nodes import Block, Entry, Scalar, text_in
from engine.definition.schema import schema
from engine.definition.secret_stores import NoSecret
from engine.definition.siblings import duplicates_among, name_in
from engine.definition.wording import printable
from engine.domain.errors import Refused
from engine.domain.link import Definition
from engine.domain.override import Override
from engine.domain.requests import Complaint, FileReport

MODULES = "$modules"
"""The key of the stored text that holds the hashes of the definition's python modules."""

MEND = "mend these first"
"""The hint where not every complaint is told."""

Overrides = Callable[[str], Sequence[Override]]
"""What operators say of a Link, by its name."""


def file_alone(link: str) -> Sequence[Override]:
    """Nothing said over the file."""
    del link
    return ()


__all__ = [
    "DefinitionInvalid",
    "DefinitionUnreadable",
    "duplicates_among",
    "from_stored",
    "load",
    "load_text",
    "name_in",
    "schema",
    "validate",
    "validate_all",
]


def load(
    path: Path,
    *,
    catalogue: Catalogue,
    environ: Mapping[str, str],
    overrides: Overrides = file_alone,
) -> Definition:
    """The definition in a file, with what operators say over it.

    Raises DefinitionInvalid with every complaint about the file, and OverrideUnfit.
    """
    found = effective.of_file(path)
    said = overrides((found.root and text_in(found.root, "link")) or "")
    return _defined(found, path, World(catalogue, environ, _folder(path)), said)


def load_text(
    text: str,
    *,
    path: Path,
    catalogue: Catalogue,
    environ: Mapping[str, str],
    folder: Path | None = None,
) -> Definition:
    """The definition in a text that stands, or will stand, at this path.

    `folder` is where its defaults and relative paths are, by default the path's own.
    """
    beside = path.parent if folder is None else folder
    found = effective.of_text(text, path=str(path), folder=beside)
    return _defined(found, path, World(catalogue, environ, str(beside.absolute())))


def validate(path: Path, *, catalogue: Catalogue, environ: Mapping[str, str]) -> FileReport:
    """Every complaint about one file."""
    return _validated(path, World(catalogue, environ, _folder(path)), ())


def validate_all(
    paths: Iterable[Path], *, catalogue: Catalogue, environ: Mapping[str, str]
) -> list[FileReport]:
    """Every complaint about these files, also about what they are to one another."""
    paths = list(paths)
    twins = [*duplicates_among(paths), *dependencies_among(paths)]
    return [
        _validated(
            path,
            World(catalogue, environ, _folder(path)),
            [each for each in twins if each.path == str(path)],
        )
        for path in paths
    ]


def _validated(path: Path, world: World, besides: Iterable[Complaint]) -> FileReport:
    found = effective.of_file(path)
    verdict = _verdict(found, replace(world, partial=path.name == DEFAULTS))
    complaints = [*found.complaints, *verdict.complaints, *besides]
    return _report(path, complaints, more=verdict.more, unreadable=found.unreadable)


def from_stored(
    text: str,
    *,
    path: Path,
    folder: Path,
    catalogue: Catalogue,
    environ: Mapping[str, str],
) -> Definition:
    """The definition that a Sync Event ran with, from the text it stored; the same hash.

    Raises Refused where the code of its python stages is not what it was (D1), or where a secret
    that stood in the file itself is gone from it.
    """
    label = f"{path} (as run)"
    try:
        root = stored.read(text, label)
    except ValueError as cause:
        raise Refused(f"the stored definition of {path} cannot be read: {cause}") from None
    if not isinstance(root, Block):
        raise Refused(f"the stored definition of {path} is no definition")
    entries = dict(root.entries)
    kept = entries.pop(MODULES, None)
    said = entries.pop(overriding.OVERRIDES, None)
    overrides = overriding.read_back(said.node) if said else {}
    _refuse_changed_code(kept, folder)
    world = World(catalogue, environ, str(folder), literal=lambda at: _literal(path, at))
    verdict = check(Block(entries, root.mark), world)
    if verdict.link is None:
        raise DefinitionInvalid(_report(Path(label), verdict.complaints, more=verdict.more))
    return Definition(
        link=overriding.with_repeats(verdict.link, overriding.as_said(overrides)),
        hash=stored.hash_of(text),
        text=text,
        path=str(path),
        folder=str(folder),
        secrets=verdict.secrets,
        modules=verdict.modules,
        overrides=overrides,
    )


def _defined(
    found: Effective, path: Path, world: World, said: Sequence[Override] = ()
) -> Definition:
    if found.root and said:
        found.root = overriding.overlaid(found.root, said)
    verdict = _verdict(found, world)
    complaints = [*found.complaints, *verdict.complaints]
    overriding.refuse_complaints(complaints)
    if complaints or verdict.link is None or found.root is None:
        more, unreadable = verdict.more, found.unreadable
        report = _report(path, complaints, more=more, unreadable=unreadable)
        raise (DefinitionUnreadable(report) if unreadable else DefinitionInvalid(report))
    overrides = overriding.in_effect(said)
    text = stored.written(_kept(found.root, verdict.modules, overrides))
    return Definition(
        link=overriding.with_repeats(verdict.link, said),
        hash=stored.hash_of(text),
        text=text,
        path=str(path),
        folder=world.folder,
        secrets=verdict.secrets,
        modules=verdict.modules,
        overrides=overrides,
    )


def _verdict(found: Effective, world: World) -> Verdict:
    return check(found.root, world) if found.root else Verdict(None, ())


def _kept(root: Block, hashes: Mapping[str, str], overrides: Mapping[str, Any]) -> Block:
    """What is stored: the effective definition without secrets, and what else made the run."""
    hidden = masking.masked(root)
    entries = dict(hidden.entries) if isinstance(hidden, Block) else {}
    if hashes:
        values = {
            name: Entry(name, root.mark, Scalar(value, root.mark, plain=False))
            for name, value in hashes.items()
        }
        entries[MODULES] = Entry(MODULES, root.mark, Block(values, root.mark))
    if overrides:
        said = overriding.kept(overrides, root.mark)
        entries[overriding.OVERRIDES] = Entry(overriding.OVERRIDES, root.mark, said)
    return Block(entries, root.mark)


def _refuse_changed_code(kept: Entry | None, folder: Path) -> None:
    if kept is None or not isinstance(kept.node, Block):
        return
    for name, entry in kept.node.entries.items():
        found = modules.find(name, str(folder))
        if found is None:
            raise Refused(
                f"the python module '{name}' that this ran with is gone; "
                "put it back, or run with the current definition"
            )
        if isinstance(entry.node, Scalar) and found.hash != entry.node.text:
            raise Refused(
                f"the python module '{name}' has changed since this ran, its old code is gone; "
                "run with the current definition"
            )


def _literal(path: Path, pointer: str) -> str:
    """The secret that stood in the file at this place, from the file as it is now."""
    root = effective.of_file(path).root
    found = masking.literal_at(root, pointer) if root else None
    if found is None or "${" in found:
        raise NoSecret(
            f"the secret at {pointer.replace('/', '.')} stood in the file itself and is gone",
            "put it back, or run with the current definition",
        )
    return found


def _folder(path: Path) -> str:
    return str(path.parent.absolute())


def _report(
    path: Path,
    complaints: Iterable[Complaint],
    *,
    more: int = 0,
    unreadable: bool = False,
) -> FileReport:
    """What is told of a file: the first complaints, then how many there are besides."""
    told, rest = few(complaints, str(path))
    left_out = len(rest) + more
    shown = [_shown(each) for each in told]
    if left_out:
        after = rest[0] if rest else told[-1]
        sentence = f"there are {left_out} more complaints"
        shown.append(Complaint(after.path, after.line, after.column, sentence, MEND))
    return FileReport(str(path), tuple(shown), unreadable, len(told) + left_out)


def _shown(complaint: Complaint) -> Complaint:
    hint = complaint.hint and printable(complaint.hint)
    return replace(complaint, message=printable(complaint.message), hint=hint)
