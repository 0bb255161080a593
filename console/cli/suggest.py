"""What a shell offers for a word half typed: the names of Links, the numbers of Sync Events."""

import os
from typing import TYPE_CHECKING

from cyclopts import Parameter

if TYPE_CHECKING:
    from cyclopts.completion._engine import CompletionContext

    from engine.settings import Settings

DEFAULTS = "defaults"
MOST = 30


def links(context: "CompletionContext") -> list[str]:
    """The Links of the folder, by the names of their files."""
    found = (
        path.stem
        for pattern in ("*.yaml", "*.yml")
        for path in _settings(context).links.glob(pattern)
    )
    return sorted(name for name in found if name != DEFAULTS)


def events(context: "CompletionContext") -> list[tuple[str, str]]:
    """The newest Sync Event of every Link by its name, and the last ones by their numbers."""
    latest = [(f"latest:{name}", "its newest Sync Event") for name in links(context)]
    # Numbers are in the store, which takes half a second to open.
    numbers = [] if context.incomplete.startswith("l") else _numbers(_settings(context))
    return [*numbers, *latest]


def _numbers(settings: "Settings") -> list[tuple[str, str]]:
    if not settings.home.is_dir():
        return []
    from engine.domain.errors import LinkdeckError
    from engine.engine import Engine

    try:
        with Engine(settings) as engine:
            page = engine.events(limit=MOST)
    except LinkdeckError:
        return []
    return [(str(each.id), f"{each.link} {each.status.value}") for each in page.items]


def _settings(context: "CompletionContext") -> "Settings":
    from engine.settings import Settings

    home, folder, store = (context[name].raw for name in ("--home", "--links", "--store"))
    return Settings.resolve(home=home, links=folder, store=store, environ=os.environ)


LINK = Parameter(help="a Link's name, or a path to its .yaml file", completer=links)
OF_LINK = Parameter(help="only of this Link", completer=links)
