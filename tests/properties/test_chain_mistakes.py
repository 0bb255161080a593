"""The model must notice: each mistake, put into the real engine, is caught by the same machine."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.properties.chain.mistakes import MISTAKES
from tests.properties.test_chain import walk

EXAMPLES = 600
"""Within how many a mistake must show; most do within twenty."""


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.__name__)
def test_a_seeded_mistake_is_caught(
    mistake: Callable[[pytest.MonkeyPatch], None],
    monkeypatch: pytest.MonkeyPatch,
    sqlite_template: Path,
) -> None:
    mistake(monkeypatch)

    with pytest.raises(AssertionError):
        walk(MISTAKES[mistake], sqlite_template, EXAMPLES, shrink=False)
