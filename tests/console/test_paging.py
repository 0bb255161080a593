"""Any line of a list of millions is found from a line whose id is known."""

from hypothesis import given
from hypothesis import strategies as st

from console.paging import MOST, Paging
from engine.domain.requests import Stretch


def read(ids: list[int], part: Stretch) -> list[int]:
    """What the store answers: the same words as its query."""
    if part.backwards:
        below = [
            each for each in reversed(ids) if part.beyond is None or each < part.beyond
        ]
        return sorted(below[part.skip : part.skip + part.limit])
    above = [each for each in ids if part.beyond is None or each > part.beyond]
    return above[part.skip : part.skip + part.limit]


@given(st.integers(1, 400), st.lists(st.integers(0, 399), min_size=1, max_size=30))
def test_every_window_shows_exactly_its_lines(total: int, jumps: list[int]) -> None:
    """However one jumps about; ids have gaps."""
    ids = [3 * row + row % 2 for row in range(total)]
    paging = Paging(total)
    for jump in jumps:
        first = min(jump, total - 1)
        last = min(first + 20, total)
        found = read(ids, paging.plan(first, last))
        assert found == ids[first:last]
        paging.learn(first, found)


@given(
    st.integers(1, 200),
    st.lists(st.tuples(st.integers(0, 399), st.integers(0, 30)), min_size=1, max_size=20),
)
def test_a_list_that_grows_while_it_is_read_is_right_once_that_is_known(
    total: int, steps: list[tuple[int, int]]
) -> None:
    """The end moves between the plan and the reading; nothing read from it is built upon."""
    ids = [3 * row for row in range(total)]
    paging = Paging(total)
    for jump, more in steps:
        first = min(jump, paging.total - 1)
        last = min(first + 20, paging.total)
        planned = paging.plan(first, last)
        ids += [3 * (len(ids) + each) for each in range(more)]
        if found := read(ids, planned):
            paging.learn(first, found)
        paging.grow(len(ids))
        found = read(ids, paging.plan(first, last))
        assert found == ids[first:last]
        paging.learn(first, found)


def test_the_last_page_is_read_from_the_end() -> None:
    assert Paging(3_000_000).plan(2_999_960, 3_000_000) == Stretch(40, backwards=True)


def test_the_next_page_passes_nothing_over() -> None:
    paging = Paging(3_000_000)
    paging.learn(0, list(range(1, 41)))

    assert paging.plan(40, 80) == Stretch(40, beyond=40)


def test_what_is_remembered_stays_small() -> None:
    paging = Paging(3_000_000)
    for first in range(0, 3_000_000, 300):
        paging.learn(first, [first, first + 1])

    assert len(paging._rows) <= MOST
