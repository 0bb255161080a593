"""Definitions by name or path: found, loaded, checked, listed, begun."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.domain.errors import Refused
from engine.domain.link import Definition
from engine.domain.requests import FileReport
from engine.operations.context import Context, private_folder

SUFFIXES = (".yaml", ".yml")
DEFAULTS = "defaults.yaml"


def load(context: Context, link: str) -> Definition:
    """The definition of a Link given by name or path, with what operators say over its file."""
    from engine.definition import loader

    return loader.load(
        find(context, link),
        catalogue=context.catalogue,
        environ=context.settings.environ,
        overrides=context.store.overrides,
    )


def as_written(context: Context, link: str) -> Definition:
    """The definition of a Link given by name or path, as its file and its defaults say."""
    from engine.definition import loader

    return loader.load(
        find(context, link), catalogue=context.catalogue, environ=context.settings.environ
    )


def takes_deliveries(context: Context, definition: Definition) -> bool:
    """Whether the records of a Link are delivered to it (C9)."""
    adapter = context.catalogue["source"][definition.link.source.adapter]
    return bool(getattr(getattr(adapter, "traits", None), "delivered", False))


def find(context: Context, link: str) -> Path:
    """The file of a Link: a path as given, a name in the folder of Links."""
    if link.endswith(SUFFIXES) or "/" in link:
        path = Path(link)
        if not path.is_file():
            raise Refused(f"{link} is not a file; give the name of a Link or a .yaml file")
        return path
    for suffix in SUFFIXES:
        path = context.settings.links / f"{link}{suffix}"
        if path.is_file():
            return path
    return _by_name_inside(context, link)


def _by_name_inside(context: Context, link: str) -> Path:
    """A Link whose file has another name than itself; the last resort."""
    import difflib

    from engine.definition import texts
    from engine.definition.siblings import name_in

    names = {name: path for path in files(context) if (name := name_in(path))}
    if link in names:
        return names[link]
    near = difflib.get_close_matches(link, names, n=1)
    if near:
        hint = f", did you mean '{near[0]}'?"
    elif flaw := texts.link_name(link):
        hint = f": a name {flaw.sentence}"
    else:
        hint = f"; linkdeck new {link} starts one"
    raise Refused(f"there is no Link '{link}' in {context.settings.links}{hint}")


def files(context: Context) -> list[Path]:
    """The files of the folder of Links, in order; defaults.yaml is none of them."""
    folder = context.settings.links
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix in SUFFIXES and path.name != DEFAULTS
    )


def validate(context: Context, paths: Sequence[str]) -> tuple[FileReport, ...]:
    """Every complaint about these files, or about all files of the folder of Links."""
    from engine.definition import loader

    chosen = [Path(path) for path in paths] or files(context)
    return tuple(
        loader.validate_all(
            chosen, catalogue=context.catalogue, environ=context.settings.environ
        )
    )


def new(context: Context, link: str) -> tuple[Path, ...]:
    """Write a starter definition and its sample data; existing files stay as they are."""
    from engine.definition.starter import starter_files

    folder = private_folder(context.settings.links)
    wanted = {folder / name: text for name, text in starter_files(link).items()}
    for path in wanted:
        if path.exists():
            raise Refused(f"{path} is already there; choose another name or edit it")
    for path, text in wanted.items():
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
    return tuple(wanted)


def schema(context: Context) -> dict[str, Any]:
    """The JSON Schema of definitions, for editors."""
    from engine.definition.schema import schema as schema_of

    return schema_of(context.catalogue)
