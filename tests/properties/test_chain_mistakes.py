"""The model must notice: each mistake, put into the real engine, is caught by the same machine."""

from pathlib import Path

import pytest

from tests.properties.chain.deck import installed
from tests.properties.chain.mistakes import MISTAKES
from tests.properties.chain.scripts import SCRIPTS, Seeded
from tests.properties.test_chain import machine, walk

EXAMPLES = 600
"""Within how many the search must come upon a mistake by itself; most show within twenty."""

EACH = pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.__name__)


def play(mistake: Seeded, template: Path) -> None:
    """The script of a mistake, step by step, over a fresh installation for each of its deaths."""
    script, deaths = SCRIPTS[mistake]
    with installed(template) as deck:
        for at in deaths:
            chain = machine(MISTAKES[mistake], deck)()
            script(chain, at)
            chain.the_books_are_right()


@EACH
def test_a_seeded_mistake_is_caught(
    mistake: Seeded, monkeypatch: pytest.MonkeyPatch, sqlite_template: Path
) -> None:
    """Nothing but the mistake is: without it the same steps go well."""
    play(mistake, sqlite_template)
    mistake(monkeypatch)

    with pytest.raises(AssertionError):
        play(mistake, sqlite_template)


@pytest.mark.storm
@EACH
def test_the_search_comes_upon_every_seeded_mistake(
    mistake: Seeded, monkeypatch: pytest.MonkeyPatch, sqlite_template: Path
) -> None:
    mistake(monkeypatch)

    with pytest.raises(AssertionError):
        walk(MISTAKES[mistake], sqlite_template, EXAMPLES, shrink=False, long=True)
