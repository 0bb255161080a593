"""Python modules that stages name: found without importing them, known by their hash (D1)."""

import ast
from hashlib import sha256
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from pathlib import Path

from engine.definition.notes import Flaw
from engine.definition.wording import near
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """The source of a module: where it is, and what it holds."""

    path: Path
    source: bytes

    @property
    def hash(self) -> str:
        """The SHA-256 of the source."""
        return sha256(self.source).hexdigest()


def find(module: str, folder: str) -> Found | None:
    """The module beside the definition, else an installed one; None where there is none."""
    return _read(Path(folder, *module.split(".")).with_suffix(".py")) or _read(
        _installed(module)
    )


def _read(path: Path | None) -> Found | None:
    try:
        return Found(path, path.read_bytes()) if path else None
    except OSError:
        return None


def _installed(module: str) -> Path | None:
    """Where an installed module is; its packages are looked through, not imported."""
    places: list[str] | None = None
    spec: ModuleSpec | None = None
    name = ""
    for part in module.split("."):
        name = f"{name}.{part}" if name else part
        try:
            spec = find_spec(name) if places is None else PathFinder.find_spec(name, places)
        except (ImportError, ValueError):
            return None
        if spec is None:
            return None
        places = list(spec.submodule_search_locations or ())
    return Path(spec.origin) if spec and spec.origin else None


def flaw_in(function: str, folder: str) -> Flaw | None:
    """What is wrong with `module:function`, as far as can be told without importing it."""
    module, _, attribute = function.partition(":")
    found = find(module, folder)
    if found is None:
        wanted = f"{module.replace('.', '/')}.py"
        return Flaw(
            f"names the module '{module}', which is not there",
            f"put {wanted} beside this file",
        )
    if found.path.suffix != ".py":
        return None
    try:
        tree = ast.parse(found.source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None) or 1
        reason = getattr(error, "msg", None) or str(error)
        return Flaw(
            f"names the module '{module}', whose line {line} is no Python: {reason}"
        )
    names, complete = _top_level(tree)
    if attribute in names or not complete:
        return None
    return Flaw(
        f"names the function '{attribute}', which '{module}' does not have",
        near(attribute, names),
    )


def _top_level(tree: ast.Module) -> tuple[set[str], bool]:
    """The names a module makes, and whether these are all."""
    names: set[str] = set()
    complete = True
    for node in ast.walk(tree):
        match node:
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
            ):
                names.add(name)
                complete = complete and name != "__getattr__"
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case ast.ImportFrom(names=aliases) | ast.Import(names=aliases):
                names |= {(each.asname or each.name).partition(".")[0] for each in aliases}
                complete = complete and all(each.name != "*" for each in aliases)
            case _:
                pass
    return names, complete
