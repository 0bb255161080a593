"""What every screen knows of the app it is in; the app itself is `console.app`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from textual.app import App

from console.places import To
from console.refresh import Desk
from console.theme import Skin


class Deck(App[int]):
    """The app as screens and widgets see it."""

    skin: Skin
    desk: Desk
    actor: str
    home: Path
    environ: Mapping[str, str]
    health: str = "opening"
    """How the last look at the store went: opening, live, paused, or lost."""

    def go(self, to: To) -> None:
        """Open a screen on top of this one."""

    def replace(self, to: To) -> None:
        """Open a screen in place of this one."""

    def knows(self, place: str) -> bool:
        """Whether there is a place of that name."""
        del place
        return False

    @property
    def place_now(self) -> Any:
        """The place on top, dialogs aside."""
        return None

    def below(self, place: Any) -> Any:
        """The place one came from to this one."""
        del place
        return None

    def dress(self, name: str) -> None:
        """Put on a theme."""

    def say(self, sentence: str, *, style: str = "") -> None:
        """Tell the person one sentence, for a while."""

    def trail(self) -> list[str]:
        """The screens one came by, as the header names them."""
        return []

    def start_run(self, link: str) -> None:
        """Run a Link in a process of its own, and show it."""

    def ready_to_run(self, link: Any) -> None:
        """Run a Link of which is known how it stands; where much depends on it, ask first."""

    def copy_out(self, text: str) -> None:
        """Onto the clipboard of whoever sits at the terminal."""

    def keep(self, text: str, name: str) -> None:
        """Into a private file."""
