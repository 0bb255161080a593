"""Pages as a pipe and as a terminal draw them."""

import re
from collections.abc import Callable, Iterable

import pytest
from rich.cells import cell_len

from console.pages.failing import batch_page, failures_page
from console.pages.lists import events_page, links_page
from console.pages.page import Block, Caption, Column, Facts, Grid, Line, Span
from console.pages.record_page import record_page
from console.pages.summary import summary
from engine.domain.requests import BatchDetail, Failures, Page
from engine.domain.sync_event import LinkSeen
from tests.console.drawing import painted, piped
from tests.console.made import (
    BLANK,
    MALFORMED,
    a_batch,
    a_detail,
    a_snapshot,
    an_error,
    an_event,
)

ANSI = re.compile(r"\x1b\[[0-9;]*m")

A_LINK = LinkSeen(
    name="orders",
    label="Shop orders to the warehouse",
    path="/home/links/orders.yaml",
    enabled=True,
    severity="critical",
    owner="data-operations",
    last=an_event(),
)
FAILURES = Failures(
    an_event(), (MALFORMED, BLANK), (a_batch(),), (a_snapshot(),), matching=70, next="123"
)
PAGES: dict[str, Callable[[], Iterable[Block]]] = {
    "summary": lambda: summary(an_event(), unicode=True, linkdeck="linkdeck"),
    "failures": lambda: failures_page(FAILURES, unicode=True, linkdeck="linkdeck"),
    "record": lambda: record_page(a_detail(), unicode=True),
    "batch": lambda: batch_page(
        BatchDetail(an_event(), a_batch(), (a_snapshot(),)), unicode=True
    ),
    "events": lambda: events_page(
        Page((an_event(),) * 3, "10"), unicode=True, linkdeck="linkdeck"
    ),
    "links": lambda: links_page((A_LINK,), unicode=True, linkdeck="linkdeck"),
}
HOSTILE = "\x1b]52;c;x\x07[/bold][@click=app.quit]:smile:\u202e\nend"


def test_columns_stand_below_each_other_in_a_pipe() -> None:
    columns = (Column("COUNT", right=True), Column("REASON"))
    grid = Grid(columns, [("1,204", "too old"), ("7", "東京"), ("12", Span("new", "bad"))])

    assert piped([grid]) == "COUNT  REASON\n1,204  too old\n    7  東京\n   12  new"


def test_facts_and_captions_in_a_pipe() -> None:
    page: list[Block] = [
        Caption("Run"),
        Facts((("link", "orders"), ("run by", ("ana", Span("!"))))),
    ]

    assert piped(page) == "\nRun\nlink    orders\nrun by  ana!"


@pytest.mark.parametrize("name", PAGES)
def test_a_pipe_gets_no_terminal_codes(name: str) -> None:
    assert "\x1b" not in piped(PAGES[name]())


@pytest.mark.parametrize("width", [40, 80, 160])
@pytest.mark.parametrize("name", PAGES)
def test_no_line_is_wider_than_the_terminal(name: str, width: int) -> None:
    drawn = ANSI.sub("", painted(PAGES[name](), width=width))

    assert max(cell_len(line) for line in drawn.splitlines()) <= width


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_lost_between_80_columns_and_160(name: str) -> None:
    def words(width: int) -> str:
        return "".join(sorted(ANSI.sub("", painted(PAGES[name](), width=width)).split()))

    assert sorted(words(80)) == sorted(words(160))


def test_without_hue_a_terminal_gets_no_colour_but_keeps_the_words() -> None:
    drawn = painted(summary(an_event(), unicode=True, linkdeck="linkdeck"), hue=False)

    assert "✗ failed" in drawn
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", drawn)


@pytest.mark.parametrize(
    "page",
    [
        lambda: [Line(HOSTILE), Facts(((HOSTILE, HOSTILE),)), Caption(HOSTILE)],
        lambda: [Grid((Column("A", wraps=True),), [(HOSTILE,), (Span(HOSTILE, "bad"),)])],
        lambda: summary(
            an_event(reason=HOSTILE, warnings={HOSTILE: 1}),
            unicode=True,
            linkdeck="linkdeck",
        ),
        lambda: record_page(
            a_detail(label=HOSTILE, errors=(an_error(message=HOSTILE),)), unicode=True
        ),
    ],
)
def test_hostile_text_is_shown_and_never_obeyed_on_a_terminal(
    page: Callable[[], Iterable[Block]],
) -> None:
    drawn = painted(page(), width=160)

    assert set(re.findall(r"\x1b.", drawn)) <= {"\x1b["}
    assert not set(ANSI.sub("", drawn)) & {"\x1b", "\x07", "\u202e"}
    assert "[/bold][@click=app.quit]:smile:" in ANSI.sub("", drawn)


def test_escapes_are_reversed_on_a_terminal() -> None:
    assert "\x1b[7m\\x1b\x1b[0m" in painted([Line("a\x1bb")])


def test_in_a_plain_locale_there_is_nothing_but_ascii() -> None:
    pages = [
        summary(an_event(reason="für später"), unicode=False, linkdeck="linkdeck"),
        record_page(a_detail(label="Käse"), unicode=False),
        events_page(Page((an_event(),)), unicode=False, linkdeck="linkdeck"),
        links_page((A_LINK,), unicode=False, linkdeck="linkdeck"),
    ]

    assert all(piped(page, unicode=False).isascii() for page in pages)
