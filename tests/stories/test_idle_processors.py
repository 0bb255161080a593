"""Whether a second process pays is judged by what the processors did just now."""

import os
import time
from pathlib import Path

import pytest

from engine.operations import idleness
from engine.operations.idleness import Idleness

COUNTED = "cpu  {busy} {niced} 0 {idle} {waiting} 0 0 0 0 0\ncpu0 1 2 3\n"


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the kernel would count, in a file of the test's own."""
    told = tmp_path / "stat"
    monkeypatch.setattr(idleness, "_STAT", told)
    return told


def counted(told: Path, *, niced: float = 0, idle: float = 0, waiting: float = 0) -> None:
    ticks = os.sysconf("SC_CLK_TCK")
    said = COUNTED.format(
        busy=0,
        niced=round(niced * ticks),
        idle=round(idle * ticks),
        waiting=round(waiting * ticks),
    )
    told.write_text(said, encoding="utf-8")


def after(seconds: float, watch: Idleness) -> Idleness:
    """The same watch, begun so long ago."""
    watch._since = time.monotonic() - seconds
    return watch


def test_idle_waiting_and_niced_processors_count_as_free(kernel: Path) -> None:
    counted(kernel)
    watch = after(10, Idleness())
    counted(kernel, niced=2, idle=3, waiting=1)

    # Who is niced as well is given no way by niced work.
    free = 6 if os.nice(0) <= 0 else 4
    assert watch.processors() == pytest.approx(free / 10, rel=0.01)


def test_a_busy_machine_has_no_free_processor(kernel: Path) -> None:
    counted(kernel, idle=5)
    watch = after(10, Idleness())

    assert watch.processors() == 0


def test_the_load_average_stands_in_where_the_kernel_does_not_tell(kernel: Path) -> None:
    assert not kernel.exists()

    free = after(10, Idleness()).processors()

    assert free == pytest.approx((os.cpu_count() or 1) - os.getloadavg()[0], abs=1)
