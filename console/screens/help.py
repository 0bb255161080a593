"""All keys that work where one came from, and what the signs mean."""

from collections.abc import Iterator

from textual.app import ComposeResult

from console import keys
from console.keys import Action, keys_of
from console.pages.page import Block, Caption, Cell, Facts, Line, Span
from console.refresh import Question
from console.screens.place import Place
from console.states import BATCH, RECORD, STATUS, Look, words
from console.theme import PALETTES, Skin
from console.widgets.paper import Leaf, Paper, leaves

FILTERS = (
    ("email blank", "lines in which both words stand"),
    (
        "code:required",
        "of that code; also tier class field stage state key link status kind",
    ),
    ("!archived", "not that; !code:required works as well"),
    ('"not found"', "words that belong together"),
)


class Help(Place):
    """The help page, made from the registry of actions."""

    filters = False
    offers = ()

    def crumb(self) -> str:
        """What the header calls it."""
        return "Help"

    def body(self) -> ComposeResult:
        """One page."""
        yield Paper(id="help")

    def question(self) -> Question:
        """Nothing: the page is known."""
        return lambda engine: "known"

    def on_mount(self) -> None:
        """It is drawn at once."""
        here = self.deck.below(self)
        title = here.crumb() if here else "here"
        offers = (
            tuple(action for action in here.offers if here.offered(action)) if here else ()
        )
        self.query_one(Paper).show(
            lambda width, skin: list(_page(title, offers, width, skin))
        )

    def tally(self, skin: Skin) -> tuple[Cell, Cell]:
        """How to leave."""
        del skin
        return "esc goes back", ""


def _page(title: str, offers: tuple[Action, ...], width: int, skin: Skin) -> Iterator[Leaf]:
    own = tuple((keys_of(action, skin), action.does) for action in offers)
    moves = tuple((keys_of(action, skin), action.does) for action in keys.MOVES)
    wide = tuple((keys_of(action, skin), action.does) for action in keys.EVERYWHERE)
    themes = "  ".join(PALETTES)
    first: list[Block] = [Caption(f"In {title}"), Facts(own)] if own else []
    page: list[Block] = [
        *first,
        Caption("Everywhere"),
        Facts(wide),
        Caption("In lists"),
        Facts(moves),
        Caption("Filters"),
        Facts(FILTERS),
        Caption("Signs"),
        Facts(tuple(_signs(skin))),
        Caption("Themes"),
        Line(f"{themes}   : and the name puts it on; LINKDECK_THEME keeps it"),
    ]
    for leaf in leaves(page, width - 2, skin):
        yield Leaf([Span(" "), *leaf.row])


def _signs(skin: Skin) -> Iterator[tuple[str, Cell]]:
    yield "Sync Events", _looks({each.value: look for each, look in STATUS.items()}, skin)
    yield "Batches", _looks({words(each.value): look for each, look in BATCH.items()}, skin)
    yield (
        "Records",
        _looks({words(each.value): look for each, look in RECORD.items()}, skin),
    )


def _looks(looks: dict[str, Look], skin: Skin) -> Cell:
    parts: list[str | Span] = []
    for word, look in looks.items():
        parts.append(Span(f"{look.mark(unicode=skin.unicode)} {word}", look.style))
        parts.append("  ")
    return tuple(parts)
