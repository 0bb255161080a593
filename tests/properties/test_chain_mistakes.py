"""The model must notice: each mistake, put into the real engine, is caught by the same machine."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.properties.chain.mistakes import MISTAKES
from tests.properties.test_chain import walk

QUICK = tuple(
    mistake
    for mistake in MISTAKES
    if mistake.__name__
    in {
        "clock_mark",
        "no_hold",
        "doubt_is_written",
        "batches_skipped",
        "early_flip",
        "discarded_is_written",
        "flip_forgotten",
        "in_flight_dropped",
        "stale_overwrite",
        "in_two_places",
    }
)
"""Those that the first examples show."""

EXAMPLES = 600
"""Within how many a mistake must show; most do within twenty."""


SOON = 60
"""Examples that are enough for the quick ones; which those are was seen."""


@pytest.mark.parametrize("mistake", QUICK, ids=lambda mistake: mistake.__name__)
def test_a_seeded_mistake_is_caught(
    mistake: Callable[[pytest.MonkeyPatch], None],
    monkeypatch: pytest.MonkeyPatch,
    sqlite_template: Path,
) -> None:
    mistake(monkeypatch)

    with pytest.raises(AssertionError):
        walk(MISTAKES[mistake], sqlite_template, SOON, shrink=False)


@pytest.mark.storm
@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.__name__)
def test_every_seeded_mistake_is_caught(
    mistake: Callable[[pytest.MonkeyPatch], None],
    monkeypatch: pytest.MonkeyPatch,
    sqlite_template: Path,
) -> None:
    mistake(monkeypatch)

    with pytest.raises(AssertionError):
        walk(MISTAKES[mistake], sqlite_template, EXAMPLES, shrink=False, same=False)
