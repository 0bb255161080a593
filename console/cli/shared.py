"""The flags every command takes, and how it reaches the engine and answers."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from console.cli.edge import put, writing
from console.medium import Medium
from console.pages.page import Page
from engine.domain.values import dataclass

if TYPE_CHECKING:
    from engine.engine import Engine
    from engine.settings import Settings


@Parameter(name="*", group="Options of every command")
@dataclass(frozen=True, kw_only=True, slots=True)
class Shared:
    """Where everything is, and how to answer."""

    home: Annotated[
        str | None, Parameter(help="where everything is kept (LINKDECK_HOME)")
    ] = None
    links: Annotated[
        str | None, Parameter(help="the folder of definitions (default: HOME/links)")
    ] = None
    store: Annotated[
        str | None,
        Parameter(help="sqlite:///... or postgresql://... (LINKDECK_STORE)"),
    ] = None
    json: Annotated[
        bool, Parameter(negative="", help="one JSON document instead of text")
    ] = False
    debug: Annotated[
        bool, Parameter(negative="", help="the traceback of an unforeseen error")
    ] = False

    def settings(self) -> "Settings":
        """The paths and the store that these flags and the environment name."""
        from engine.settings import Settings

        return Settings.resolve(
            home=self.home, links=self.links, store=self.store, environ=os.environ
        )

    def called(self) -> str:
        """`linkdeck` with these flags, for commands that are worth calling next."""
        # A URL with a password in it is not repeated on a screen.
        store = self.store if "@" not in (self.store or "") else None
        flags = {"--home": self.home, "--links": self.links, "--store": store}
        said = [f"{flag} {quote(value)}" for flag, value in flags.items() if value]
        return " ".join(("linkdeck", *said))

    @contextmanager
    def engine(self, *, makes: bool = False) -> Iterator["Engine"]:
        """The engine over them, closed afterwards; with `makes` a store that is not there, too."""
        from engine.engine import Engine

        with Engine(self.settings(), looks=not makes) as engine:
            yield engine

    def answer(self, document: Callable[[], Any], page: Callable[[], Page]) -> None:
        """Print the one or the other: only what is asked for is made."""
        if self.json:
            from console.cli.json_text import dumps

            put(dumps(document()) + "\n")
        else:
            show(page())


DEFAULT = Shared()


def show(page: Page) -> None:
    """Print a page to stdout: drawn on a terminal, plain lines in a pipe."""
    medium = Medium.of(sys.stdout, os.environ)
    if medium.terminal:
        from console.cli.painted import paint

        with writing():
            paint(page, sys.stdout, medium)
        return
    from console.cli.plain import lines

    put("".join(f"{line}\n" for line in lines(page, medium)))


def here() -> Medium:
    """What stdout is."""
    return Medium.of(sys.stdout, os.environ)
