"""Whatever is typed into a filter line: lists that answer it, in words and in no time."""

from hypothesis import strategies as st

from console.filtering import FIELDS, understood
from console.wanted import sought
from engine.domain.expression import Expression, ExpressionError, compile_expression
from engine.domain.inbox import InboxFilter
from engine.domain.requests import Selection, Stretch
from tests.fuzz.exploring import Explore
from tests.fuzz.hostile import records, texts
from tests.stories.world import World, order

_pieces = st.one_of(
    st.sampled_from(
        [
            *FIELDS,
            "!",
            ":",
            '"',
            " ",
            "state:op",
            "!key:",
            "tier:record",
            "%",
            "_",
            "*",
            "'",
        ]
    ),
    texts.map(lambda each: each[:3000]),
)
_typed = st.lists(_pieces, max_size=8).map("".join)


def test_any_filter_is_understood_and_answered(world: World, explore: Explore) -> None:
    """As the console asks: groups, a stretch, a step of a search, the Inbox."""
    world.orders([order(n, email="", note="%_'\"") for n in range(5)])
    event = str(world.run().id)
    groups = world.engine.failures(event, Selection()).groups

    def holds(typed: str) -> None:
        filter_ = understood(typed)
        asked = sought(filter_, groups)
        shown = world.engine.stretch(
            event, asked.selection, Stretch(limit=10), asked.search
        )
        assert len(shown) <= 5
        world.engine.search(event, asked.selection, asked.search)
        filter_.admits("a line", {"tier": "record"})

    explore(_typed, holds, few=60)


_tokens = st.sampled_from(
    [
        "id",
        "email",
        "a.b",
        "a[0]",
        "a['x']",
        "1",
        "1.5",
        "'a'",
        '"b"',
        "null",
        "true",
        "(",
        ")",
        "[",
        "]",
        ",",
        "+",
        "-",
        "*",
        "/",
        "%",
        "==",
        "!=",
        "<",
        ">=",
        "in",
        "not",
        "and",
        "or",
        "if",
        "else",
        "not in",
        "9" * 300,
        "len(",
        "lower(",
        "matches(",
        "'(a+)+$'",
        "'(a|a)*b'",
        "number(",
        "text(",
        "exists(",
        "coalesce(",
        "1e308",
        "lambda",
        "yield",
        ":=",
        "**",
        "//",
        "@",
        "~",
        "{}",
        "{1: 2}",
        "[x for x in y]",
        "f'{id}'",
        "b'a'",
        "...",
        "__import__('os')",
        "().__class__",
        "await",
        "\\\n",
        "#",
        ";",
    ]
) | texts.map(lambda each: each[:500])


def test_any_expression_has_a_value_or_a_place_where_it_is_wrong(explore: Explore) -> None:
    strange = st.dictionaries(
        st.just("id"), st.sampled_from(["a" * 40 + "!", 10**400, float("nan"), "\ud800"])
    )

    def holds(asked: tuple[list[str], dict[str, object], dict[str, object]]) -> None:
        tokens, first, second = asked
        text = " ".join(tokens)
        expression = _compiled(text)
        if expression is None:
            return
        for record in (first, second, {}):
            expression.truth(record)
            expression.evaluate(record)

    explore(st.tuples(st.lists(_tokens, max_size=7), records, strange), holds, few=300)


def _compiled(text: str) -> Expression | None:
    wrong = None
    try:
        return compile_expression(text)
    except ExpressionError as error:
        wrong = error
    assert "\n" not in wrong.message
    assert 1 <= wrong.column <= len(text) + 2
    return None


def test_any_text_sought_in_the_inbox_is_answered(world: World, explore: Explore) -> None:
    world.orders([order(n, email="") for n in range(3)])
    world.run()
    names = [
        name
        for name in InboxFilter.__dataclass_fields__
        if name in {"link", "route", "owner", "key", "fingerprint"}
    ]
    strategy = st.dictionaries(
        st.sampled_from(names), texts.map(lambda each: each[:2000]), max_size=2
    )

    def holds(said: dict[str, str]) -> None:
        world.engine.inbox(InboxFilter(**said))  # type: ignore[arg-type]

    explore(strategy, holds, few=20)
