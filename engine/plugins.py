"""Adapters by name, ours and strangers': found by entry point, imported only when named."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import (
    EntryPoint,
    PackageNotFoundError,
    distribution,
    entry_points,
)
from typing import Any

from engine.domain.errors import Refused
from engine.domain.values import dataclass

OURS = "linkdeck"
GROUPS = {"source": "linkdeck.sources", "target": "linkdeck.targets"}
FILTERS = "linkdeck.filters"


@dataclass(frozen=True, slots=True)
class Installed(Mapping[str, type[Any]]):
    """The Adapters of one role: a class is imported when it is asked for.

    One of ours is found without a look at strangers', who may not take its name.
    """

    role: str
    group: str

    @property
    def entries(self) -> Mapping[str, EntryPoint]:
        """All of them, with where each comes from."""
        return _entries(self.group)

    def __getitem__(self, name: str) -> type[Any]:
        entry = _ours(self.group).get(name) or self.entries[name]
        try:
            adapter: type[Any] = entry.load()
        except (ImportError, AttributeError) as cause:
            what = self.role if self.role == "filter" else f"{self.role} adapter"
            raise Refused(
                f"the {what} '{name}' of {package_of(entry)} cannot be loaded: "
                f"{cause}; reinstall {package_of(entry)}"
            ) from cause
        return adapter

    def __contains__(self, name: object) -> bool:
        # Asked for by Mapping's own, one that cannot be loaded would be refused as it is named.
        return name in _ours(self.group) or name in self.entries

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


def installed() -> dict[str, Installed]:
    """Everything installed, by role: what definitions are checked against."""
    return {role: Installed(role, group) for role, group in GROUPS.items()}


def filters() -> Installed:
    """The Filters that packages announce; a definition names any function, announced or not."""
    return Installed("filter", FILTERS)


def is_ours(role: str, name: str) -> bool:
    """Whether this Adapter ships with Linkdeck; others get processes, since they may hang."""
    return name in _ours(GROUPS[role])


def package_of(entry: EntryPoint) -> str:
    """The distribution an entry point comes from."""
    return entry.dist.name if entry.dist else "an unknown package"


@cache
def _entries(group: str) -> dict[str, EntryPoint]:
    # Read once a process: it looks into every package there is, 3 ms at least.
    announced = {entry.name: entry for entry in entry_points(group=group)}
    return announced | _ours(group)


@cache
def _ours(group: str) -> dict[str, EntryPoint]:
    try:
        own = distribution(OURS).entry_points
    except PackageNotFoundError:
        return {}
    return {entry.name: entry for entry in own if entry.group == group}
