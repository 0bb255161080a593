"""One table of what was measured: a row each, with its goal where the design names one."""

import os
import platform
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("msgspec", "httpx", "sqlalchemy", "sqlmodel", "textual", "psycopg")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure in words, and whether it meets its goal (None: there is none)."""

    what: str
    figure: str
    goal: str = ""
    met: bool | None = None

    def unjudged(self) -> "Row":
        """The figure alone, where the goal is meant for more records."""
        return Row(self.what, self.figure)


def at_most(what: str, value: float, goal: float, unit: str, *, more: str = "") -> Row:
    """A figure that must not be above its goal."""
    return Row(what, _said(value, unit, more), f"≤ {goal:g}{unit}", value <= goal)


def at_least(what: str, value: float, goal: float, unit: str, *, more: str = "") -> Row:
    """A figure that must not be below its goal."""
    return Row(what, _said(value, unit, more), f"≥ {goal:g}{unit}", value >= goal)


def _said(value: float, unit: str, more: str) -> str:
    digits = f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    return f"{digits}{unit}{', ' if more else ''}{more}"


def machine() -> str:
    """What it was measured on, in two lines."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    found = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}; "
        f"load {os.getloadavg()[0]:.1f} when it began\n"
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {found}"
    )


def _processor() -> str:
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    names = [line for line in told.splitlines() if line.startswith("model name")]
    return names[0].partition(": ")[2] if names else platform.machine()


def printed(title: str, rows: Iterable[Row]) -> None:
    """A section of the table, a row as soon as it is known."""
    print(f"\n{title}")
    for row in rows:
        mark = {True: "✓", False: "✗", None: " "}[row.met]
        print(
            f"  {row.what:42} {row.figure:>34}  {row.goal:>12} {mark}".rstrip(), flush=True
        )
