"""The house holds: sizes, names, broad walls, and what each door may import (DESIGN 2 and 8)."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parent.parent
CODE = sorted(
    path for part in ("engine", "console") for path in (ROOT / part).rglob("*.py")
)
VAGUE = {"utils", "helpers", "common", "manager", "base", "misc"}
BROAD_WALLS = {
    "engine/sync/batch.py",  # nothing an Adapter or a Filter raises gets past its Batch
    "engine/service/loop.py",  # the service's outermost edge: a broken chore ends no other
    "console/cli/edge.py",  # the face's outermost edge: one line for whatever was unforeseen
}
NEVER = {
    "engine.filters.pipeline",
    "engine.operations.runs",
    "engine.sync.runner",
    "psutil",
    "sqlalchemy.dialects.postgresql",
}
"""What no command that only looks something up has a use for."""
HEAVY = {"sqlmodel", "sqlalchemy", "httpx", "alembic", "textual", "pydantic", "ruamel"}


def test_no_import_breaks_the_star() -> None:
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


def test_every_file_holds_one_idea_in_four_hundred_lines() -> None:
    too_long = [
        str(path) for path in CODE if len(path.read_text("utf-8").splitlines()) > 400
    ]

    assert too_long == []


def test_no_function_is_longer_than_forty_lines() -> None:
    too_long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path, node in _functions()
        if (node.end_lineno or node.lineno) - node.lineno >= 40
    ]

    assert too_long == []


def test_every_file_is_named_for_what_it_holds() -> None:
    assert [str(path) for path in CODE if path.stem in VAGUE] == []


def test_frozen_values_are_made_where_their_methods_are_put_off() -> None:
    """Four hundred of the standard library's take 0.2 s of every command."""
    said = "from dataclasses import dataclass"
    costly = [
        str(path)
        for path in CODE
        if "frozen=True, slots=True" in (text := path.read_text("utf-8")) and said in text
    ]

    assert costly == []


def test_broad_walls_stand_only_where_the_design_puts_them() -> None:
    found = {
        str(path.relative_to(ROOT))
        for path in CODE
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ExceptHandler) and _is_broad(node)
    }

    assert found <= BROAD_WALLS


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        (["-c", "import engine.domain.record, engine.domain.link"], set()),
        (["-c", "import console.cli"], set()),
        (["-m", "console", "--help"], set()),
        (["-m", "console", "--version"], set()),
        (["-m", "console", "show", "1"], {"sqlmodel", "sqlalchemy", "pydantic"}),
        (["-m", "console", "events"], {"sqlmodel", "sqlalchemy", "pydantic"}),
        (["-m", "console", "links"], {"sqlmodel", "sqlalchemy", "pydantic", "ruamel"}),
        (
            ["-m", "console", "explain", "first"],
            {"sqlmodel", "sqlalchemy", "pydantic", "ruamel"},
        ),
    ],
)
def test_a_door_imports_only_what_it_needs(
    arguments: list[str], allowed: set[str], tmp_path: Path
) -> None:
    """Held by what is in sys.modules, not by time (DESIGN 8)."""
    tmp_path.chmod(0o700)
    if allowed:
        _imported(["-m", "console", "new", "first"], tmp_path)
        _imported(["-m", "console", "events"], tmp_path)  # makes the store, once

    imported = _imported(arguments, tmp_path)

    assert {"console", "engine"} & imported
    assert imported & HEAVY <= allowed
    assert imported & NEVER == set()


def _imported(arguments: list[str], home: Path) -> set[str]:
    """The modules a fresh Python imports for this, and the packages they are in."""
    seen = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        cwd=ROOT,
        env={"LINKDECK_HOME": str(home), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    names = {
        line.rsplit("|", 1)[1].strip()
        for line in seen.stderr.splitlines()
        if line.startswith("import time:")
    }
    return names | {name.split(".")[0] for name in names}


def _functions() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield path, node


def _is_broad(handler: ast.ExceptHandler) -> bool:
    named = (
        {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
        if (handler.type)
        else {"BaseException"}
    )
    return bool(named & {"Exception", "BaseException"})
