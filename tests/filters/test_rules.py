"""Checks: what each rule passes, and what it says where it does not (contract, Stages)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.domain.errors import ErrorClass, SystemSyncError
from engine.domain.missing import MISSING
from engine.domain.stage import Rule
from tests.filters.building import check_of, codes, messages, pipeline_of, rule, run

PASSING: list[tuple[str, dict[str, Any], list[Any]]] = [
    ("required", {}, ["x", 0, False, [], {}]),
    (
        "email",
        {},
        ["ana@example.com", "a.b+c@mail.example.co", "ä@müller.de", None, MISSING],
    ),
    ("regex", {"pattern": "[A-Z]{2}[0-9]+"}, ["DE12", None]),
    ("regex", {"pattern": "[0-9.]+"}, [12, 1.5, Decimal("2.0")]),
    ("one_of", {"values": ["a", "b"]}, ["a", None]),
    ("one_of", {"values": [1, 2.5]}, [1, 1.0, 2.5]),
    ("one_of", {"values": [True, "x"]}, [True, "x"]),
    ("one_of", {"values": [[1], {"a": 1}]}, [[1], {"a": 1}]),
    ("range", {"min": 0, "max": 10}, [0, 10, 5.5, Decimal(3), None, MISSING]),
    ("range", {"min": 0.1}, [Decimal("0.1"), 0.1]),
    ("range", {"min": "2024-01-01"}, [date(2024, 1, 1), datetime(2025, 1, 1, tzinfo=UTC)]),
    ("length", {"min": 1, "max": 3}, ["a", "abc", [1, 2], {"a": 1}, 123, None]),
    ("type", {"type": "int"}, [5, None]),
    ("type", {"type": "number"}, [5, 1.5, Decimal(1)]),
    ("type", {"type": "text"}, ["x"]),
    ("type", {"type": "object"}, [{}]),
    ("type", {"type": "list"}, [[]]),
    ("type", {"type": "bool"}, [False]),
    ("type", {"type": "date"}, [date(2024, 1, 1)]),
    ("type", {"type": "datetime"}, [datetime(2024, 1, 1, tzinfo=UTC)]),
]

FAILING = [
    ("required", {}, MISSING, "is missing"),
    ("required", {}, None, "is null"),
    ("required", {}, "", "is blank"),
    ("required", {}, " \t\n", "is blank"),
    ("email", {}, "", "is blank, not an email address"),
    ("email", {}, "ana", "'ana' is not an email address"),
    ("email", {}, "ana@example", "'ana@example' is not an email address"),
    ("email", {}, "a@b..de", "'a@b..de' is not an email address"),
    ("email", {}, "a@b@c.de", "'a@b@c.de' is not an email address"),
    ("email", {}, "Ana <a@b.de>", "'Ana <a@b.de>' is not an email address"),
    ("email", {}, "a@b.de\n", "'a@b.de\n' is not an email address"),
    ("email", {}, "a" * 250 + "@b.de", f"'{'a' * 59}…' is not an email address"),
    ("email", {}, 5, "'5' is not an email address"),
    ("email", {}, {"a": 1}, "is an object, not an email address"),
    ("regex", {"pattern": "[a-z]+"}, "ab1", "'ab1' does not match '[a-z]+'"),
    ("regex", {"pattern": "[a-z]+"}, "ab\n", "'ab\n' does not match '[a-z]+'"),
    ("regex", {"pattern": "a*"}, True, "is true or false, not text"),
    ("regex", {"pattern": "a*"}, ["a"], "is a list, not text"),
    ("one_of", {"values": ["DE", "AT", "CH"]}, "XX", "'XX' is not one of DE, AT, CH"),
    ("one_of", {"values": [1, 2]}, True, "'true' is not one of 1, 2"),
    ("one_of", {"values": [True]}, 1, "'1' is not one of true"),
    ("one_of", {"values": ["a"]}, {}, "'{…}' is not one of a"),
    ("range", {"min": 0, "max": 10}, -1, "'-1' is below 0"),
    ("range", {"min": 0, "max": 10}, 10.01, "'10.01' is above 10"),
    ("range", {"min": 0}, "5", "'5' is not a number"),
    ("range", {"min": 0}, False, "is true or false, not a number"),
    ("range", {"min": 0}, float("inf"), "'inf' is not a number"),
    ("range", {"max": "2024-01-01"}, date(2024, 1, 2), "'2024-01-02' is above 2024-01-01"),
    ("range", {"max": "2024-01-01"}, 5, "'5' is not a time"),
    ("length", {"max": 3}, "abcd", "has more than 3 characters"),
    ("length", {"min": 2}, "a", "has fewer than 2 characters"),
    ("length", {"max": 1}, [1, 2], "has more than 1 element"),
    ("length", {"max": 2}, 123, "has more than 2 characters"),
    ("length", {"max": 2}, True, "is true or false, not text"),
    ("type", {"type": "int"}, 5.0, "'5.0' is not a whole number"),
    ("type", {"type": "int"}, True, "is true or false, not a whole number"),
    ("type", {"type": "int"}, "5", "'5' is not a whole number"),
    ("type", {"type": "text"}, 5, "'5' is not text"),
    (
        "type",
        {"type": "date"},
        datetime(2024, 1, 1, tzinfo=UTC),
        "'2024-01-01 00:00:00+00:00' is not a date",
    ),
]


@pytest.mark.parametrize(
    ("name", "options", "value"),
    [(name, options, value) for name, options, values in PASSING for value in values],
)
def test_a_rule_passes_what_it_should(
    name: str, options: dict[str, Any], value: Any
) -> None:
    """Every rule but `required` passes on null and missing."""
    record = {} if value is MISSING else {"value": value}

    staged = run(pipeline_of(check_of(rule(name, **options))), record)

    assert (messages(staged), staged.rows) == ([], [record])


@pytest.mark.parametrize(("name", "options", "value", "why"), FAILING)
def test_a_rule_fails_what_it_should_and_says_why(
    name: str, options: dict[str, Any], value: Any, why: str
) -> None:
    record = {} if value is MISSING else {"value": value}

    staged = run(pipeline_of(check_of(rule(name, **options))), record)

    assert messages(staged) == [f"value {why}"]
    assert codes(staged.snapshots[0]) == [name]
    assert staged.snapshots[0].errors[0].field == "value"


def test_a_text_too_long_for_a_pattern_fails_instead_of_hanging() -> None:
    staged = run(
        pipeline_of(check_of(rule("regex", pattern="a*b?"))), {"value": "a" * 10_001}
    )

    assert messages(staged) == [
        "value is longer than the 10000 characters a pattern is tried on"
    ]


def test_a_pattern_that_could_run_for_ever_is_refused() -> None:
    with pytest.raises(SystemSyncError, match="could run for ever"):
        pipeline_of(check_of(rule("regex", pattern="(a+)+$")))


def test_a_hostile_address_is_told_quickly() -> None:
    hostile = ["a@" + "." * 250, "a@" + "a." * 125, "@" * 254, "a" * 254]
    pipeline = pipeline_of(check_of(rule("email")))

    assert run(pipeline, *({"value": text} for text in hostile)).failed == 4


def test_a_rule_looks_inside_objects() -> None:
    staged = run(
        pipeline_of(
            check_of(rule("required", "customer.email"), rule("email", "lines[0].to"))
        ),
        {"customer": {"email": " "}, "lines": [{"to": "nobody"}]},
    )

    assert messages(staged) == [
        "customer.email is blank",
        "lines[0].to 'nobody' is not an email address",
    ]


def test_a_record_lists_all_its_errors() -> None:
    """All checks of a stage are run."""
    staged = run(
        pipeline_of(
            check_of(rule("required", "a"), rule("email", "b"), rule("range", "c", max=1))
        ),
        {"b": "x", "c": 2},
    )

    assert codes(staged.snapshots[0]) == ["required", "email", "range"]
    assert (staged.failed, staged.rows) == (1, [])


def test_of_a_blank_field_only_required_speaks() -> None:
    """One cause is one error: the same field's other rules have nothing to look at."""
    checks = check_of(
        rule("email", "email"), rule("required", "email"), rule("required", "id")
    )

    staged = run(pipeline_of(checks), {"email": " "})

    assert messages(staged) == ["email is blank", "id is missing"]


def test_a_required_that_only_warns_leaves_the_word_to_the_others() -> None:
    warns = Rule("required", "email", severity="warning")

    staged = run(pipeline_of(check_of(warns, rule("email", "email"))), {"email": ""})

    assert messages(staged) == ["email is blank, not an email address"]
    assert staged.warnings == {"email is blank": 1}


def test_when_must_not_be_true() -> None:
    when = Rule(
        when="amount < 0",
        code="negative_amount",
        message="amount is negative",
        error_class=ErrorClass.BUSINESS_RULE,
    )

    staged = run(
        pipeline_of(check_of(when)), {"amount": -1}, {"amount": 1}, {"amount": None}, {}
    )

    (error,) = staged.snapshots[0].errors
    assert (error.code, error.message, error.error_class) == (
        "negative_amount", "amount is negative", ErrorClass.BUSINESS_RULE,
    )  # fmt: skip
    assert staged.rows == [{"amount": 1}, {"amount": None}, {}]


def test_when_without_words_of_its_own_shows_the_expression() -> None:
    staged = run(pipeline_of(check_of(Rule(when="a == 'x'"))), {"a": "x"})

    assert messages(staged) == ["not allowed: a == 'x'"]
    assert codes(staged.snapshots[0]) == ["when"]


def test_a_rule_can_have_its_own_code_message_and_class() -> None:
    own = Rule(
        "required",
        "vat",
        code="no_vat",
        message="the customer has no VAT number",
        error_class=ErrorClass.BUSINESS_RULE,
    )

    (error,) = run(pipeline_of(check_of(own)), {}).snapshots[0].errors

    assert (error.code, error.message, error.error_class, error.field) == (
        "no_vat", "the customer has no VAT number", ErrorClass.BUSINESS_RULE, "vat",
    )  # fmt: skip


def test_a_warning_never_blocks() -> None:
    """T4."""
    large = Rule("range", "amount", severity="warning", options={"max": 100})

    staged = run(
        pipeline_of(check_of(large)), {"amount": 500}, {"amount": 700}, {"amount": 5}
    )

    assert len(staged.rows) == 3
    assert (staged.failed, staged.warned) == (0, 2)
    assert staged.warnings == {"amount '…' is above 100": 2}


def test_unique_fails_the_later_ones_in_the_batch() -> None:
    pipeline = pipeline_of(check_of(rule("unique", "email")))
    records: list[dict[str, Any]] = [
        {"email": "a"}, {"email": "b"}, {"email": "a"}, {"email": None}, {}, {"email": None},
        {"email": ["x"]}, {"email": ["x"]},
    ]  # fmt: skip

    staged = run(pipeline, *records)

    assert [snapshot.position for snapshot in staged.snapshots] == [2, 7]
    assert messages(staged)[0] == "email 'a' was there before in the batch"
    assert staged.snapshots[0].errors[0].error_class is ErrorClass.DUPLICATE


def test_unique_counts_a_record_that_fails_another_rule_of_the_stage() -> None:
    pipeline = pipeline_of(check_of(rule("unique", "id"), rule("required", "name")))

    staged = run(pipeline, {"id": 1}, {"id": 1, "name": "x"}, {"id": 2, "name": "y"})

    assert [codes(each) for each in staged.snapshots] == [["required"], ["unique"]]
    assert staged.rows == [{"id": 2, "name": "y"}]


def test_batches_do_not_share_what_unique_has_met() -> None:
    pipeline = pipeline_of(check_of(rule("unique", "id")))

    assert [len(run(pipeline, {"id": 1}).rows) for _ in range(2)] == [1, 1]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("products.csv", "product,name\nA1,x\n7,y\n"),
        ("products.ndjson", '{"product": "A1"}\n\n{"product": 7}\n{"other": 1}\n'),
        ("products.json", '[{"product": "A1"}, {"product": 7}]'),
    ],
)
def test_a_reference_must_stand_in_the_file(tmp_path: Path, file: str, text: str) -> None:
    (tmp_path / file).write_text(text)
    pipeline = pipeline_of(
        check_of(rule("reference", "product", file=file)), folder=tmp_path
    )

    staged = run(pipeline, {"product": "A1"}, {"product": 7}, {"product": "B2"}, {})

    assert messages(staged) == [f"product 'B2' is not in {file}, column product"]
    assert staged.snapshots[0].errors[0].error_class is ErrorClass.REFERENCE
    assert len(staged.rows) == 3


def test_a_reference_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "products.csv"
    file.write_text("sku\nA1\n")
    check = check_of(rule("reference", "product", file="products.csv", column="sku"))
    pipeline = pipeline_of(check, folder=tmp_path)
    assert run(pipeline, {"product": "B2"}).failed == 1

    file.write_text("sku\nA1\nB2\n")

    assert run(pipeline, {"product": "B2"}).failed == 0


def test_a_reference_file_that_has_gone_stops_the_run(tmp_path: Path) -> None:
    file = tmp_path / "products.csv"
    file.write_text("product\nA1\n")
    pipeline = pipeline_of(
        check_of(rule("reference", "product", file="products.csv")), folder=tmp_path
    )
    file.unlink()

    with pytest.raises(SystemSyncError, match="cannot be read: No such file or directory"):
        run(pipeline, {"product": "A1"})


@pytest.mark.parametrize(
    ("text", "why"),
    [("sku\nA1\n", "it has no column 'product'"), (b"\xff\xfe\x00", "codec can't decode")],
)
def test_a_reference_file_of_another_shape_is_refused(
    tmp_path: Path, text: str | bytes, why: str
) -> None:
    file = tmp_path / "products.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())

    with pytest.raises(SystemSyncError, match=why):
        pipeline_of(check_of(rule("reference", "product", file=file.name)), folder=tmp_path)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (rule("range"), "range needs min or max"),
        (rule("range", min=5, max=1), "range has a min of 5 above its max of 1"),
        (
            rule("range", min=5, max="2024-01-01"),
            "range has a number and a time for its bounds",
        ),
        (rule("length"), "length needs min or max"),
        (rule("type", type="strng"), "no type is called 'strng', did you mean 'string'?"),
        (rule("one_of"), "rule 'one_of' lacks 'values'"),
        (rule("regex", pattern="("), "the pattern '(' is wrong"),
        (rule("telepathy"), "no rule is called 'telepathy'"),
        (rule("reference", url="sqlite://"), "a table cannot be read here"),
        (Rule(when="a ="), "column"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_its_place(
    wrong: Rule, why: str
) -> None:
    with pytest.raises(SystemSyncError) as raised:
        pipeline_of(check_of(wrong))

    assert raised.value.message.startswith("stage 'rules'")
    assert why in raised.value.message
