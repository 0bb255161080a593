"""The console driven key by key, over a home of its own; what is seen, as text."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from textual.pilot import Pilot

from console.app import Linkdeck
from console.places import To
from engine.settings import Settings

LIMIT = 20.0
"""Seconds after which what was waited for will not come any more."""

ACTOR = "ana@test"


@asynccontextmanager
async def opened(
    home: Path,
    *,
    size: tuple[int, int] = (80, 24),
    first: To | None = None,
    unicode: bool = True,
    **environ: str,
) -> AsyncIterator["Driver"]:
    """The console on this home."""
    environment = {"HOME": str(home), "COLORTERM": "truecolor", **environ}
    settings = Settings.resolve(str(home), None, None, environment)
    app = Linkdeck(settings, actor=ACTOR, unicode=unicode, first=first)
    async with app.run_test(size=size) as pilot:
        yield Driver(app, pilot)


class Driver:
    """Presses keys and looks at the screen."""

    def __init__(self, app: Linkdeck, pilot: Pilot[int]) -> None:
        self.app, self.pilot = app, pilot

    async def press(self, *keys: str) -> None:
        """One key after the other."""
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        """Letters into what has the focus."""
        await self.pilot.press(*("space" if char == " " else char for char in text))

    async def sees(self, *texts: str) -> str:
        """The screen, once all of these stand on it."""
        return await self.until(lambda screen: all(text in screen for text in texts), texts)

    async def until(self, holds: Callable[[str], bool], what: object = "it") -> str:
        """The screen, once that holds of it."""
        end = monotonic() + LIMIT
        while not holds(self.screen()):
            assert monotonic() < end, f"{what} did not come; the screen:\n{self.screen()}"
            await self.pilot.pause(0.01)
        return self.screen()

    async def focuses(self, name: str) -> None:
        """Until the widget of that id has the focus."""

        def there(screen: str) -> bool:
            del screen
            focused = self.app.screen.focused
            return focused is not None and focused.id == name

        await self.until(there, f"the focus of {name}")

    def lines(self) -> list[str]:
        """What is drawn, line by line."""
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip) for strip in strips]

    def screen(self) -> str:
        """What is drawn."""
        return "\n".join(self.lines())


def played(story: Coroutine[Any, Any, None]) -> None:
    """Run a story to its end."""
    asyncio.run(story)
