"""What an operator has said of a Link, over what its file says; shown beside it, and audited."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.domain.values import dataclass

ENABLED = "enabled"
"""The one override that says whether a Link may run at all, and nothing about how."""

NODE = "node"
"""What repeats of the whole Link are kept under; those of one node under `node:NAME`."""


@dataclass(frozen=True, slots=True)
class Repeats:
    """How often something is tried again, whatever the definition or the code asked for.

    `hops` times after the first, `interval` seconds apart. Not `enabled`: the node keeps to its
    file, also where the Link as a whole does not.
    """

    interval: float
    hops: int
    enabled: bool = True

    def document(self) -> dict[str, Any]:
        """As it is kept and shown in JSON."""
        return {"enabled": self.enabled, "interval": self.interval, "hops": self.hops}


def repeats_of(kept: Mapping[str, Any]) -> Repeats:
    """What `document` wrote."""
    return Repeats(
        float(kept["interval"]), int(kept["hops"]), enabled=bool(kept["enabled"])
    )


@dataclass(frozen=True, slots=True)
class Override:
    """One thing said: a key of the definition with its YAML text, or a node's repeats.

    `name` is a dotted key (`budget.failed_records`), or `node` or `node:NAME`.
    """

    name: str
    value: Any
    actor: str
    reason: str | None
    at: datetime

    @property
    def is_node(self) -> bool:
        """Whether it says how often a node tries again."""
        return is_node(self.name)

    @property
    def node(self) -> str | None:
        """The node it is about; None: all of them."""
        return node_of(self.name)


@dataclass(frozen=True, slots=True)
class RepeatsAsked:
    """Repeats as somebody asks for them; what is left out stays as it was."""

    enabled: bool | None = None
    interval: float | None = None
    hops: int | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """One thing to be said, or taken back where `value` is None; of a key, its YAML text."""

    name: str
    value: str | bool | Repeats | RepeatsAsked | None


def name_of(node: str | None) -> str:
    """The name of a node's repeats; None: of the whole Link's."""
    return NODE if node is None else f"{NODE}:{node}"


def is_node(name: str) -> bool:
    """Whether this is the name of repeats, and not of a key."""
    return name == NODE or name.startswith(f"{NODE}:")


def node_of(name: str) -> str | None:
    """The node of a name of repeats."""
    return name.removeprefix(f"{NODE}:") if name.startswith(f"{NODE}:") else None
