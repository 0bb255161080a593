"""Adapters by name, ours and strangers': found by entry point, imported only when named."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from engine.domain.errors import Refused
from engine.domain.values import dataclass

OURS = "linkdeck"
GROUPS = {"source": "linkdeck.sources", "target": "linkdeck.targets"}
FILTERS = "linkdeck.filters"


@dataclass(frozen=True, slots=True)
class Installed(Mapping[str, type[Any]]):
    """The Adapters of one role: names at once, a class only when it is asked for."""

    role: str
    entries: Mapping[str, EntryPoint]

    def __getitem__(self, name: str) -> type[Any]:
        entry = self.entries[name]
        try:
            adapter: type[Any] = entry.load()
        except (ImportError, AttributeError) as cause:
            what = self.role if self.role == "filter" else f"{self.role} adapter"
            raise Refused(
                f"the {what} '{name}' of {package_of(entry)} cannot be loaded: "
                f"{cause}; reinstall {package_of(entry)}"
            ) from cause
        return adapter

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


def installed() -> dict[str, Installed]:
    """Everything installed, by role: what definitions are checked against."""
    return {role: Installed(role, _entries(group)) for role, group in GROUPS.items()}


def filters() -> Installed:
    """The Filters that packages announce; a definition names any function, announced or not."""
    return Installed("filter", _entries(FILTERS))


@cache
def is_ours(role: str, name: str) -> bool:
    """Whether this Adapter ships with Linkdeck; others get processes, since they may hang."""
    entry = _entries(GROUPS[role]).get(name)
    return entry is not None and package_of(entry) == OURS


def package_of(entry: EntryPoint) -> str:
    """The distribution an entry point comes from."""
    return entry.dist.name if entry.dist else "an unknown package"


@cache
def _entries(group: str) -> dict[str, EntryPoint]:
    # A stranger may not take the name of one of ours: ours come last and win.
    announced = _announced().select(group=group)
    return {
        entry.name: entry
        for entry in sorted(announced, key=lambda entry: package_of(entry) == OURS)
    }


@cache
def _announced() -> Any:
    """Everything that can be selected from, under whichever name this Python has for that."""
    # Read once a process: it looks into every package there is, 3 ms at least.
    return entry_points()
