"""Where text leaves the command line: few places, each of which makes it safe (RELIABILITY e 1)."""

import re
from pathlib import Path

CONSOLE = Path(__file__).parents[2] / "console"
SINKS = re.compile(
    r"sys\.std(out|err)\.(write|buffer)|os\.write\(|\bprint\(|from_markup|markup=True"
)
MAY = {
    "cli/edge.py": "put: made by plain, json_text or this code; remark: safe()",
    "cli/painted.py": "Rich, given only what text() made of pieces()",
    "cli/interrupt.py": "a signal handler's own sentences",
}


def test_only_the_edge_writes_to_the_terminal() -> None:
    found = {
        path.relative_to(CONSOLE).as_posix()
        for path in CONSOLE.rglob("*.py")
        if SINKS.search(path.read_text(encoding="utf-8"))
    }

    assert found == set(MAY)


def test_rich_text_is_made_from_data_in_one_place() -> None:
    """Elsewhere a str given to Rich would be literal, yet not safe."""
    found = {
        path.relative_to(CONSOLE).as_posix()
        for path in CONSOLE.rglob("*.py")
        if re.search(r"\bText\(", path.read_text(encoding="utf-8"))
    }

    assert found == {"cli/painted.py"}
