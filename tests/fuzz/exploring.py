"""How a property is explored: the same few examples in every test run, a time budget in a storm.

    def test_it_holds(explore: Explore) -> None:
        explore(STRATEGY, holds, few=40, also=[...])     # `also`: examples that are always tried

`LINKDECK_FUZZ_SECONDS` is the storm's budget for each property (60). No example may take longer
than `PATIENCE` seconds, however it passes them.
"""

import os
import random
import signal
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisWarning

T = TypeVar("T")
PATIENCE = 20.0
ROUND = 300
"""Examples a storm tries between two looks at the clock."""

STORM_SECONDS = float(os.environ.get("LINKDECK_FUZZ_SECONDS", "60"))
_ANY = [
    HealthCheck.too_slow,
    HealthCheck.function_scoped_fixture,
    HealthCheck.data_too_large,
]


@dataclass
class Explore:
    """Tries a property on what a strategy makes; counts examples and processor seconds."""

    storm: bool = False
    examples: int = 0
    seconds: float = field(default=0.0)

    def __call__(
        self,
        strategy: st.SearchStrategy[T],
        holds: Callable[[T], object],
        *,
        few: int = 40,
        also: Iterable[T] = (),
    ) -> None:
        begun = time.process_time()
        tried = self._counted(holds)
        try:
            for each in also:
                tried(each)
            if self.storm:
                self._storm(strategy, tried)
            else:
                _round(strategy, tried, few, same=True)
        finally:
            self.seconds += time.process_time() - begun

    def _storm(self, strategy: st.SearchStrategy[T], tried: Callable[[T], None]) -> None:
        until = time.monotonic() + STORM_SECONDS
        while time.monotonic() < until:
            _round(strategy, tried, ROUND, same=False)

    def _counted(self, holds: Callable[[T], object]) -> Callable[[T], None]:
        def tried(value: T) -> None:
            self.examples += 1
            with patience():
                holds(value)

        return tried


def _round(
    strategy: st.SearchStrategy[Any],
    tried: Callable[[Any], None],
    most: int,
    *,
    same: bool,
) -> None:
    @settings(
        max_examples=most,
        deadline=None,
        database=None,
        suppress_health_check=_ANY,
        phases=[Phase.generate, Phase.shrink],
        print_blob=True,
    )
    @seed(most if same else random.SystemRandom().getrandbits(64))
    @given(strategy)
    def example(value: Any) -> None:
        tried(value)

    with warnings.catch_warnings():
        # An example may be long; that is what it is for.
        warnings.simplefilter("ignore", HypothesisWarning)
        example()


@contextmanager
def patience(seconds: float = PATIENCE) -> Iterator[None]:
    """Around what must not hang; on the main thread only, where signals arrive."""

    def late(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"nothing came of it within {seconds:g} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
