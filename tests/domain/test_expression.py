"""What the expression language says, and what it refuses (contract, section 1)."""

import pickle
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from engine.domain.expression import RUNTIME, ExpressionError, compile_expression

RECORD: dict[str, Any] = {
    "status": "archived",
    "amount": -5,
    "price": Decimal("0.10"),
    "name": None,
    "tags": ["new", 2, True, None],
    "paid": True,
    "customer": {"email": " A@B.de ", "lines": [{"sku": "x1"}, {"sku": "y2"}]},
    "born": date(2001, 2, 3),
    "seen": datetime(2024, 1, 1, tzinfo=UTC),
    "local": datetime(2024, 1, 1),  # noqa: DTZ001 - a naive time is the point
    "blank": "",
    "huge": 10**400,
    "strange": Decimal("sNaN"),
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('status == "archived"', True),
        ("status == 'open'", False),
        ("amount < 0", True),
        ("0 > amount >= -5", True),
        ("price == 0.1", True),
        ("price <= 0.1 and price > 0.09", True),
        ("customer.lines[0].sku", "x1"),
        ("customer.lines[-1]['sku'] == \"y2\"", True),
        ("customer.lines[9].sku == null", True),
        ("nowhere.at.all == null", True),
        ("name == null and nowhere == None", True),
        ("name != null", False),
        ("status != null", True),
        ('status in ["open", "archived"]', True),
        ('status not in ["open"]', True),
        ("amount in [1, -5.0]", True),
        ("name in [null, 1]", True),
        ('"new" in tags', True),
        ('"arch" in status', True),
        ('"email" in customer', True),
        ("1 + 2 * 3 - 4 / 2 % 5", 5.0),
        ('"a" + status', "aarchived"),
        ("-amount", 5),
        ("price + 0.2", Decimal("0.30")),
        ("true if amount < 0 else false", True),
        ("not paid or amount == -5", True),
        ("len(tags)", 4),
        ("len(status) == 8", True),
        ("lower(strip(customer.email))", "a@b.de"),
        ('upper("ß")', "SS"),
        ('startswith(status, "arch") and endswith(status, "ved")', True),
        ('contains(tags, 2) and contains(status, "chi")', True),
        (r'matches(status, "[a-z]+")', True),
        (r'matches(status, "arch")', False),
        (r'matches("a1 b2", "\w\d\s\w\d")', True),
        (r'matches("word", "\bword\b")', True),
        (r'matches("a.b", r"a\.b")', True),
        ('coalesce(name, nowhere, "none")', "none"),
        ("exists(name)", True),
        ("exists(customer.phone)", False),
        ('number(" 12 ")', 12),
        ('number("1.10") == 1.1', True),
        ('number("12 apples")', None),
        ("number(paid)", None),
        ("text(amount) + text(paid)", "-5true"),
        ("text(born)", "2001-02-03"),
        ("text(tags)", None),
        ("seen == seen", True),
        ('"\\u00e9" == "é"', True),
        ("1_000", 1000),
        ("amount\n < 0", True),
    ],
)
def test_an_expression_has_the_value_the_contract_gives_it(
    text: str, value: object
) -> None:
    found = compile_expression(text).evaluate(RECORD)

    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(
    "text",
    [
        'name < 5 or name > 5 or name == "x" or name != "x" or nowhere != status',
        'name == nowhere or name in ["a"] or name not in ["a"] or "a" not in name',
        "status < 5 or status >= 5 or amount < status or tags < tags or customer > customer",
        "paid == 1 or paid == 1.0 or amount == true or 0 == false or 1 in [true]",
        "seen < local or seen > born or born == seen or strange < 1 or strange == strange",
        "strange > 0.5 or strange in [1] or price < strange",
        "name + 1 or status - 1 or status * 2 or amount / 0 or amount % 0 or tags + tags",
        "huge * huge * huge * huge * huge or huge / 1.5 or huge + 0.5 or paid + paid",
        "name and status or blank or nowhere.x",
        "len(5) or lower(5) or startswith(name, status) or contains(name, name)",
        "matches(name, 'a') or matches(amount, 'a') or number(tags)",
    ],
)
def test_null_and_values_of_other_types_never_raise_and_never_hold(text: str) -> None:
    expression = compile_expression(text)
    record = {**RECORD, "huge": 10**1000}

    assert expression.truth(record) is False
    assert expression.truth({}) is False


REFUSED = [
    ("", 1, "the expression is empty"),
    ("  ", 1, "the expression is empty"),
    ("a" * 2001, 2001, "the expression has 2001 characters, more than 2000"),
    ("a = 1", 3, "write '==' to compare; '=' would assign"),
    ("a && b", 3, "write 'and' instead of '&&'"),
    ("a || b", 3, "write 'or' instead of '||'"),
    ("a and !b", 7, "write 'not' instead of '!'"),
    ("a === b", 3, "write '==' or '!=' with two characters"),
    ("a <> b", 3, "write '!=' instead of '<>'"),
    ("a # b", 3, "comments cannot stand in an expression"),
    ("a; b", 2, "one expression only, without ';'"),
    ("`a`", 1, "field names are written without quotes"),
    ("(a := 1)", 4, "nothing can be assigned here"),
    ("a, b", 1, "one expression only; a list stands in brackets"),
    ('"ü" == a == "b', 13, 'the text that begins with " is not closed'),
    ("a\x1b", 2, "the character '\\x1b' cannot stand in an expression"),
    ("a\udc80", 2, "the character '\\udc80' cannot stand in an expression"),
    ("(a", 1, "the expression cannot be read: '(' was never closed"),
    ("a b", 3, "the expression cannot be read: invalid syntax"),
    ("a ==", 4, "the expression ends too early"),
    (
        "from == 1",
        1,
        "'from' is a word of the language itself; map the field to another name first",
    ),
    ("a.class == 1", 3, "'class' is a word of the language itself; write [\"class\"]"),
    ("a.__class__", 1, "'__class__' is not a field"),
    ("__import__", 1, "'__import__' is not a field"),
    ("().x", 1, "only a field can be reached into, such as a.b or a[0]"),
    ("null.x", 1, "nothing can be reached inside null"),
    ("len(a).b", 1, "only a field can be reached into, such as a.b or a[0]"),
    ("a[b]", 3, "in brackets stands a number or a quoted name, such as a[0]"),
    ("a[True]", 3, "in brackets stands a number or a quoted name, such as a[0]"),
    ("a[1:2]", 3, "parts of lists cannot be taken; reach for one element, such as a[0]"),
    ("b or a.lower()", 6, "write lower(…) around the value instead of .lower(…)"),
    ("a()()", 1, None),
    ("open('x')", 1, None),
    ("len(a, b)", 1, "len() takes 1 argument, not 2"),
    ("coalesce()", 1, "coalesce() takes 1 to 20 arguments, not 0"),
    ("exists(1)", 8, "exists() takes a field"),
    ("len(*a)", 5, "'*' cannot stand here"),
    ("matches(a, b)", 12, "the pattern of matches() must be a quoted text"),
    ("[x for x in a]", 1, "comprehensions cannot stand here"),
    ("lambda: 1", 1, "functions cannot be made here"),
    ('f"{a}"', 1, "f-strings cannot stand here; join texts with +"),
    ('{"a": 1}', 1, "objects in braces cannot stand here"),
    ("{1}", 1, "write a list in brackets, not in braces"),
    ("await a", 1, "'await' cannot stand here"),
    ("a ** 2", 1, "of arithmetic there are + - * / and %"),
    ("a // 2", 1, "of arithmetic there are + - * / and %"),
    ("~a", 1, "'~' cannot stand in an expression"),
    ('"a" * 9', 1, "'*' takes numbers, not texts or lists"),
    ("[1] * 9", 1, "'*' takes numbers, not texts or lists"),
    ('"%s" % a', 1, "'%' takes numbers, not texts or lists"),
    ("a is null", 1, "write '== null' and '!= null', not 'is'"),
    ("1e999", 1, "only texts, finite numbers, true, false and null can stand here"),
    ("2j", 1, "only texts, finite numbers, true, false and null can stand here"),
    ('b"x"', 1, "only texts, finite numbers, true, false and null can stand here"),
    ("1" * 39, 1, "the number is too large; 38 digits are the most"),
    ("not " * 40 + "a", 121, "the expression is nested deeper than 30 levels"),
    ("(" * 1500, 201, "the expression cannot be read: too many nested parentheses"),
]


@pytest.mark.parametrize(("text", "column", "sentence"), REFUSED)
def test_anything_else_is_refused_with_its_column(
    text: str, column: int, sentence: str | None
) -> None:
    with pytest.raises(ExpressionError) as refusal:
        compile_expression(text)

    assert (refusal.value.column, refusal.value.message) == (
        column,
        sentence or refusal.value.message,
    )


def test_an_expression_knows_the_fields_it_reads() -> None:
    expression = compile_expression("a.b[0] == 1 and c in [d, a] or exists(a.b[0])")

    assert expression.names == ("a", "c", "d")
    assert expression.paths == (("a", "b", 0), ("c",), ("d",), ("a",))


def test_common_comparisons_render_to_nearly_plain_python() -> None:
    def source(text: str) -> str:
        return compile_expression(text).render(lambda path: f"f{path[0]}")

    assert source('x == "archived"') == "(fx == 'archived')"
    assert source("x == null") == "(fx is None or fx is _x_MISSING)"
    assert source('x in ["a", "b"]') == "(fx.__class__ is _x_str and fx in {'a', 'b'})"
    assert source("x < 0") == (
        "(fx < 0 if fx.__class__ is _x_int or fx.__class__ is _x_float else _x_lt(fx, 0))"
    )


def test_rendered_source_runs_inside_a_generated_function() -> None:
    expression = compile_expression(
        'amount < 0 and customer.email != null and status != "x"'
    )
    source = expression.render(lambda path: f"_x_reach(row, *{path!r})")
    scope = dict(RUNTIME)
    exec(f"def kept(rows):\n    return [row for row in rows if {source}]", scope)

    assert scope["kept"]([RECORD, {}]) == [RECORD]


def test_an_expression_survives_pickling_and_is_equal_by_its_text() -> None:
    expression = compile_expression("amount < 0")
    copy = pickle.loads(pickle.dumps(expression))

    assert copy == expression
    assert copy.truth(RECORD)


def test_the_language_imports_the_standard_library_alone() -> None:
    code = (
        "import sys; import engine.domain.expression; "
        "print(sorted({name.partition('.')[0] for name in sys.modules} "
        "& {'pydantic', 'msgspec', 'ruamel', 'httpx', 'sqlalchemy', 'rich', 'typing_extensions'}))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"
