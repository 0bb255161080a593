"""`python -m screenshots`: draws every screen at both sizes from the demo, as SVG, here."""

import asyncio
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from textual.pilot import Pilot

from console import clock
from console.app import Linkdeck
from console.places import To
from engine.demo import weeks
from engine.demo.home import demo_settings
from engine.demo.moved_clock import MovedClock
from engine.demo.world import RECORDS, SEED
from engine.domain.requests import Glimpse, RunOptions, Selection, Stop
from engine.engine import Engine
from engine.settings import Settings

HERE = Path(__file__).parent
SIZES = ((80, 24), (160, 45))
PATIENCE = 30.0
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
"""When the pictures are taken, so that they differ only where the console does."""

BEGUN = 40
"""Batches of the live run that are over when it is drawn."""

READING = ("reading", "opening the store", "planning")


@dataclass(frozen=True, slots=True)
class Shot:
    """A screen: where it is, which keys are pressed there, what must stand on it."""

    name: str
    to: To
    keys: Sequence[str] = ()
    sees: str = ""


def shots(engine: Engine) -> tuple[Shot, ...]:
    """Every screen, on the Sync Events of the weeks that have most to show; the live one first."""
    link, live = "orders", engine.event(f"latest:{weeks.LIVE}").id
    retry = engine.event(f"latest:{link}")
    first = retry.parent or retry.id
    events = engine.events(link=link, limit=100).items
    converged = next(each for each in events if len(each.children) > 1)
    failing = engine.failures(str(retry.id), Selection(), limit=200).records
    mailed = next(each for each in failing if each.errors[0]["code"] == "email")
    return (
        Shot("live", To("summary", event=live, link=weeks.LIVE)),
        Shot("links", To("links"), ("down",)),
        Shot("events", To("events", link=link)),
        Shot("summary", To("summary", event=first, link=link)),
        Shot("batches", To("batches", event=live)),
        Shot("failures", To("failures", event=retry.id), ("tab",)),
        Shot("record", To("record", event=retry.id, snapshot=mailed.id)),
        Shot("retry", To("retry", event=first, link=link)),
        Shot("chain", To("chain", event=converged.id, link=link)),
        Shot("inbox", To("inbox"), ("space", "space")),
        Shot("edit", To("edit", event=retry.id, snapshot=mailed.id)),
        Shot("explain", To("explain", link=link)),
        Shot("audit", To("audit")),
        Shot("causes", To("causes")),
        Shot("note", To("causes"), ("n",)),
        Shot("settings", To("settings", link=link)),
        Shot("command", To("links"), ("colon", "i", "n")),
        Shot("help", To("links"), ("question_mark",)),
    )


@contextmanager
def running(world: Settings, moved: MovedClock) -> Iterator[None]:
    """The live run, under a clock that was put to the time of the pictures; some of it is over."""
    stop, begun = Stop(), threading.Event()

    def watch(glimpse: Glimpse) -> None:
        if glimpse.batches.completed >= BEGUN:
            begun.set()

    def run() -> None:
        with Engine(world, clock=moved) as engine:
            engine.run(weeks.LIVE, RunOptions(actor="schedule"), stop=stop, watch=watch)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        begun.wait(4 * PATIENCE)
        yield
    finally:
        stop.now("the pictures are taken")
        thread.join()


def _environment() -> Mapping[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "COLORTERM": "truecolor", "TZ": "UTC"}


async def draw(settings: Settings, shot: Shot, size: tuple[int, int], folder: Path) -> None:
    """One picture."""
    app = Linkdeck(
        settings,
        actor="ana@host",
        first=shot.to if shot.to.place != "links" else None,
        opened=lambda: Engine(settings, clock=clock.now, looks=True),
    )
    async with app.run_test(size=size) as pilot:
        await _settled(pilot)
        for key in shot.keys:
            await pilot.press(key)
            await _settled(pilot)
        svg = app.export_screenshot(title="linkdeck", simplify=True)
    name = f"{shot.name}-{size[0]}x{size[1]}.svg"
    (folder / name).write_text(svg, encoding="utf-8")


async def _settled(pilot: Pilot[int]) -> None:
    """Until nothing is being read any more."""
    end = time.monotonic() + PATIENCE
    quiet = 0
    while quiet < 6 and time.monotonic() < end:
        await pilot.pause(0.1)
        strips = pilot.app.screen._compositor.render_strips()  # noqa: SLF001 - what is drawn
        text = "".join(segment.text for strip in strips for segment in strip)
        quiet = 0 if any(word in text for word in READING) else quiet + 1


def _draw_all(world: Settings, folder: Path) -> None:
    moved = MovedClock(NOW)
    with running(world, moved):
        with Engine(world) as engine:
            live, *resting = shots(engine)
        clock.now = moved
        for size in SIZES:
            asyncio.run(draw(world, live, size, folder))
        standing = moved()
        clock.now = lambda: standing
        for shot in resting:
            for size in SIZES:
                asyncio.run(draw(world, shot, size, folder))


def main() -> int:
    """Live the weeks, stop the clock, draw."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    home = Path(tempfile.mkdtemp(prefix="linkdeck-shots-"))
    settings = demo_settings(str(home), _environment())
    try:
        with weeks.lived(
            settings, records=RECORDS, seed=SEED, say=lambda day, days: None, until=NOW
        ) as world:
            _draw_all(world, folder)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
