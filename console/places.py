"""Where a person can be in the console, as a value: any screen can send to any other."""

from engine.domain.together import Taken
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class To:
    """A screen by name, and what it is to show."""

    place: str
    link: str | None = None
    event: int | None = None
    batch: int | None = None
    snapshot: int | None = None
    fingerprint: str | None = None
    tier: str | None = None
    snapshots: tuple[int, ...] = ()
    taken: Taken | None = None
