"""A clock that a story moves."""

from datetime import UTC, datetime, timedelta

from engine.engine import Engine
from engine.settings import Settings
from tests.stories.world import World


class Clock:
    """Says what it was set to; hand it to whatever takes a clock."""

    def __init__(self, at: datetime = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def on(self, **passed: float) -> datetime:
        """Let time pass."""
        self.at += timedelta(**passed)
        return self.at


def on_clock(world: World, clock: Clock, **environ: str) -> Clock:
    """The world's front door opened anew, with this clock and these variables."""
    world.engine.close()
    settings = world.engine._context.settings
    variables = {"HOME": str(world.folder), "PATH": "/usr/bin:/bin", **environ}
    again = Settings.resolve(str(world.folder), None, settings.store, variables)
    world.engine = Engine(again, clock=clock)
    return clock
