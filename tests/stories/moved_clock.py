"""A clock that a story moves, and what runs when: schedules without waiting for them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.domain.sync_event import SyncEvent
from engine.engine import Engine
from tests.stories.world import World


@dataclass
class MovedClock:
    """What time it is, as long as nobody moves it."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def to(self, text: str) -> None:
        """It is now this time (UTC where no zone is given)."""
        at = datetime.fromisoformat(text)
        self.now = at if at.tzinfo else at.replace(tzinfo=UTC)

    def on(self, **more: float) -> None:
        """So much time passes."""
        self.now += timedelta(**more)


def with_clock(world: World, text: str) -> MovedClock:
    """The front door of this world told the time by a clock that the story moves."""
    clock = MovedClock(datetime.now(UTC))
    clock.to(text)
    settings = world.engine._context.settings
    world.engine.close()
    world.engine = Engine(settings, clock=clock)
    return clock


def kept(world: World) -> list[SyncEvent]:
    """The Sync Events that one look at the schedules queued."""
    done = world.engine.keep_schedules()
    assert done.problems == []
    return [world.engine.event(str(number)) for number in done.queued]


def worked_off(world: World) -> list[SyncEvent]:
    """The same, run to their ends as an engine would."""
    from engine.domain.requests import Stop

    queued = kept(world)
    return [
        world.engine.resume(str(each.id), actor="engine@test", stop=Stop())
        for each in queued
    ]


def of(world: World, link: str) -> Any:
    """How `links` shows this Link."""
    return next(each for each in world.engine.links() if each.name == link)
