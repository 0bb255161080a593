"""One record: four ways of being empty, what changed, whose fault, and seven answers."""

import pytest

from console.pages.record_page import answers, record_page
from tests.console.drawing import piped
from tests.console.made import a_detail, an_error


def rows(**changed: object) -> dict[str, str]:
    text = piped(record_page(a_detail(**changed), unicode=True))
    table = text.split("Before and after\n")[1].split("\n\n")[0].splitlines()[1:]
    return {line[4:].split()[0]: line for line in table}


def test_null_missing_blank_and_the_word_null_are_told_apart() -> None:
    shown = rows(
        before=b'{"a": null, "b": "", "c": "null", "e": "missing"}',
        after=b'{"a": "", "b": null, "c": "null", "d": 1}',
    )

    assert shown["a"].split()[1:4] == ["a", "null", '""']
    assert shown["b"].split()[1:4] == ["b", '""', "null"]
    assert shown["c"].split()[:3] == ["c", '"null"', '"null"']
    assert shown["d"].split()[1:4] == ["d", "missing", "1"]
    assert shown["e"].split()[1:4] == ["e", '"missing"', "missing"]


def test_changed_added_and_dropped_fields_are_marked_with_the_stage_to_blame() -> None:
    shown = rows()

    assert shown["email"].startswith("~")
    assert shown["country"].startswith("+")
    assert shown["note"].startswith("-")
    assert shown["id"].startswith(" ")
    assert shown["email"].endswith("to warehouse columns")


def test_the_field_in_the_error_is_marked() -> None:
    assert [name for name, line in rows().items() if "✗" in line] == ["email"]


def test_a_field_in_the_error_that_is_nowhere_is_shown_as_missing() -> None:
    shown = rows(before=b'{"id": 1}', after=b'{"id": 1}')

    assert shown["email"].split() == ["✗", "email", "missing", "missing"]


def test_nested_paths_and_lists_have_a_line_each() -> None:
    shown = rows(before=b'{"to": {"zip": "1"}, "tags": ["a", "b"]}', after=b"{}")

    assert {"to.zip", "tags[0]", "tags[1]"} <= set(shown)


def test_quotes_and_control_characters_in_a_value_are_visible() -> None:
    shown = rows(before=b'{"name": "say \\"hi\\"\\u001b[2J"}', after=None)

    assert r'"say \"hi\"\x1b[2J"' in shown["name"]


def test_a_line_that_could_not_be_read_is_shown_as_it_was() -> None:
    text = piped(record_page(a_detail(before=b'{"id": 7, "na', after=None), unicode=True))

    assert r'"{\"id\": 7, \"na"' in text


def test_without_values_it_says_why_there_are_none() -> None:
    text = piped(record_page(a_detail(before=None, after=None), unicode=True))

    assert "snapshots setting is none" in text


def test_a_record_of_a_thousand_fields_is_cut_and_says_so() -> None:
    wide = ("{" + ", ".join(f'"f{i}": {i}' for i in range(1000)) + "}").encode()

    text = piped(record_page(a_detail(before=wide, after=None), unicode=True))

    assert "and 701 fields more; --json has them all" in text


def test_seven_questions_have_seven_answers() -> None:
    """T5: a record answers all seven."""
    given = dict(answers(a_detail()))

    assert given == {
        "what failed": "required in warehouse rules on the way from shop.example to warehouse.db",
        "passes by itself": (
            "no: it is durable; the data, the definition or the target has to change"
        ),
        "retry is safe": "yes: it was not written",
        "routed to": "quarantine",
        "who fixes it": "data-operations",
        "affects": "finance-dashboard, fulfilment",
        "proves recovery": "a later Sync Event that writes 1042",
    }


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("in_doubt", "not known: the answer to its write never came"),
        ("recovered", "not needed: it is recovered"),
    ],
)
def test_whether_a_retry_is_safe_follows_from_the_state(state: str, expected: str) -> None:
    assert str(dict(answers(a_detail(state=state)))["retry is safe"]).startswith(expected)


def test_an_ephemeral_failure_is_likely_to_pass() -> None:
    detail = a_detail(errors=(an_error(durability="ephemeral", **{"class": "transient"}),))

    assert dict(answers(detail))["passes by itself"] == "likely: it is ephemeral"


def test_every_error_of_the_record_and_its_attempts_are_listed() -> None:
    attempts = [{"number": 1, "message": "503", "wait": 1.0}]
    two = (an_error(), an_error(message="country is not one of DE, AT", attempts=attempts))

    text = piped(record_page(a_detail(errors=two), unicode=True))

    assert "email is blank" in text
    assert "country is not one of DE, AT" in text
    assert "attempt 1: 503" in text
