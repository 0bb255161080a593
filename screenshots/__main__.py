"""`python -m screenshots`: draws every screen at both sizes from the demo, as SVG, here."""

import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from textual.pilot import Pilot

from console import clock
from console.app import Linkdeck
from console.places import To
from engine.demo import story
from engine.demo.home import demo_settings
from engine.domain.requests import Selection
from engine.engine import Engine
from engine.settings import Settings

HERE = Path(__file__).parent
SIZES = ((80, 24), (160, 45))
PATIENCE = 30.0
READING = ("reading", "opening the store", "planning")


@dataclass(frozen=True, slots=True)
class Shot:
    """A screen: where it is, which keys are pressed there, what must stand on it."""

    name: str
    to: To
    keys: Sequence[str] = ()
    sees: str = ""


def shots(engine: Engine) -> tuple[Shot, ...]:
    """Every screen, on the Sync Events of the story that have most to show."""
    events = engine.events(limit=50).items
    worst = max(events, key=lambda each: (each.records.failed, each.id))
    waiting = max(events, key=lambda each: (each.open.records, each.id))
    chained = next((each for each in events if each.children), worst)
    failing = engine.failures(str(worst.id), Selection(), limit=1).records[0]
    broken = next((each for each in events if each.batches.failed), worst)
    link = worst.link
    return (
        Shot("links", To("links")),
        Shot("events", To("events", link=link)),
        Shot("summary", To("summary", event=worst.id, link=link)),
        Shot("batches", To("batches", event=broken.id)),
        Shot("failures", To("failures", event=worst.id), ("tab",)),
        Shot("record", To("record", event=worst.id, snapshot=failing.id)),
        Shot("retry", To("retry", event=waiting.id, link=waiting.link)),
        Shot("chain", To("chain", event=chained.id, link=chained.link)),
        Shot("inbox", To("inbox"), ("space", "space")),
        Shot("edit", To("edit", event=waiting.id, snapshot=_open_one(engine, waiting.id))),
        Shot("explain", To("explain", link=waiting.link)),
        Shot("audit", To("audit")),
        Shot("settings", To("settings", link=link)),
        Shot("command", To("links"), ("colon", "i", "n")),
        Shot("help", To("links"), ("question_mark",)),
    )


def _open_one(engine: Engine, event: int) -> int:
    records = engine.failures(str(event), Selection(), limit=200).records
    return next((each.id for each in records if each.state == "open"), records[0].id)


def told(home: Path) -> Settings:
    """The demo's story, told to nobody; where its world is."""
    settings = demo_settings(str(home), _environment())
    story.run(settings, say=lambda step: None)
    variables = {"SHOP_URL": "http://shop.example", "SHOP_TOKEN": "-"}
    return replace(settings, environ={**settings.environ, **variables})


def _environment() -> Mapping[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "COLORTERM": "truecolor", "TZ": "UTC"}


async def draw(settings: Settings, shot: Shot, size: tuple[int, int], folder: Path) -> None:
    """One picture."""
    app = Linkdeck(
        settings, actor="ana@host", first=shot.to if shot.to.place != "links" else None
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


def main() -> int:
    """Tell the story, stop the clock, draw."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    home = Path(tempfile.mkdtemp(prefix="linkdeck-shots-"))
    try:
        settings = told(home)
        with Engine(settings) as engine:
            last = engine.events(limit=1).items[0]
            wanted = shots(engine)
        standing = (last.finished_at or last.queued_at) + timedelta(minutes=7)
        clock.now = lambda: standing
        for shot in wanted:
            for size in SIZES:
                asyncio.run(draw(settings, shot, size, folder))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
