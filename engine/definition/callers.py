"""What can be called: the Adapters for sources that name a `Caller`, by name."""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.domain.errors import LinkdeckError
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Callers(Mapping[str, type[Any]]):
    """The callers among these sources; a source is loaded when its caller is asked for."""

    sources: Mapping[str, type[Any]]

    def __getitem__(self, name: str) -> type[Any]:
        caller: type[Any] | None = getattr(self.sources[name], "Caller", None)
        if caller is None:
            raise KeyError(name)
        return caller

    def __contains__(self, name: object) -> bool:
        try:
            return isinstance(name, str) and self[name] is not None
        except KeyError:
            return False
        except LinkdeckError:  # installed, and asking for it says what is wrong with it
            return True

    def __iter__(self) -> Iterator[str]:
        return (name for name in self.sources if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def of_role(
    catalogue: Mapping[str, Mapping[str, type[Any]]], role: str
) -> Mapping[str, type[Any]]:
    """The Adapters of a role; what is called is a source's `Caller`."""
    return Callers(catalogue["source"]) if role == "call" else catalogue[role]
