"""Personal data on screens and in exports: hidden by `masks`, shown by an audited reveal."""

import csv
import json
from pathlib import Path

import pytest

from tests.stories.command_line import linkdeck, on_terminal
from tests.stories.shop_files import ORDERS, a_home, order

SECRETS = ("ana@@shop.example", "Ana Secret", "0170-555", "Hidden St. 5")
RULES = """\
  - name: warehouse rules
    check:
      - {field: email, rule: email}
      - {when: 'contains(note, "call")', code: callback, message: call back first}
"""
MASKED = (
    ORDERS.replace("key: order_id", "key: order_id\nmasks: [email, '*.phone', address]")
    .replace(ORDERS[ORDERS.index("  - name: warehouse rules") :], RULES)
    .replace("      note: note\n", "      note: note\n      address: address\n")
    + "target: {adapter: sql, url: sqlite:///../warehouse.db, table: orders, create: true}\n"
)
ROWS = (
    json.dumps(
        {
            "id": 1,
            "status": "open",
            "customer": {"email": "ana@@shop.example", "phone": "0170-555", "tags": [1.10]},
            "address": {"street": "Hidden St. 5"},
            "note": None,
            "amount": 12345678901234567890.5,
        }
    )
    + "\n",
    order(2, "ben@shop.example", note="please call"),
    '{"id": 3, "email": "Ana Secret"\n',
)


@pytest.fixture
def ran(tmp_path: Path) -> Path:
    home = a_home(tmp_path, rows=ROWS, definition=MASKED)
    assert linkdeck("run", "orders", home=home).code == 3
    return home


@pytest.mark.parametrize(
    "words",
    [
        ("show", "1"),
        ("events",),
        ("links",),
        ("failures", "1"),
        ("show", "1", "--batch", "1"),
        ("record", "s1"),
        ("record", "s2"),
        ("record", "s3"),
    ],
)
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_no_command_shows_what_the_masks_name(
    ran: Path, words: tuple[str, ...], more: tuple[str, ...]
) -> None:
    answer = linkdeck(*words, *more, home=ran)

    assert answer.code == 0
    assert [secret for secret in SECRETS if secret in answer.out] == []


def test_a_masked_sentence_still_says_what_is_wrong(ran: Path) -> None:
    answer = linkdeck("failures", "1", "--json", home=ran).document()

    messages = [record["errors"][0]["message"] for record in answer["records"]]
    assert messages[:2] == ["email '***' is not an email address", "call back first"]
    assert {group["message"] for group in answer["groups"]} >= set(messages[:2])


def test_a_masked_record_keeps_its_key_and_all_that_no_mask_names(ran: Path) -> None:
    record = linkdeck("record", "s1", "--json", home=ran).document()

    assert record["key"] == "1"
    assert record["masked"] == ["email", "*.phone", "address"]
    assert record["before"] == {
        "id": 1,
        "status": "open",
        "customer": {"email": "***", "phone": "***", "tags": [1.1]},
        "address": "***",
        "note": None,
        "amount": 12345678901234567000.0,
    }
    changed = {change["path"]: change for change in record["changes"]}
    assert (changed["customer.email"]["before"], changed["email"]["after"]) == ("***",) * 2
    assert changed["email"]["missing"] == "before"


def test_the_drawn_record_says_how_to_see_what_it_hides(ran: Path) -> None:
    answer = on_terminal("record", "s1", home=ran, columns=160)

    assert "--reveal --reason WHY" in answer.out
    assert "ana@@" not in answer.out


def test_a_reveal_shows_the_values_and_is_audited(ran: Path) -> None:
    answer = linkdeck(
        *("record", "s1", "--reveal", "--reason", "caller asks", "--actor", "eve@desk"),
        *("--json",),
        home=ran,
    )

    record = answer.document()
    assert record["before"]["customer"]["email"] == "ana@@shop.example"
    assert record["errors"][0]["message"].count("ana@@shop.example") == 1
    assert record["masked"] == []
    assert _audited(ran) == [("eve@desk", "reveal", "s1", "caller asks")]


@pytest.mark.parametrize(
    "words", [("--reveal",), ("--reveal", "--reason", " "), ("--reason", "why")]
)
def test_a_reveal_without_a_reason_is_refused_and_shows_nothing(
    ran: Path, words: tuple[str, ...]
) -> None:
    """P7."""
    answer = linkdeck("record", "s1", *words, home=ran)

    assert (answer.code, answer.out) == (2, "")
    assert "--reason" in answer.err
    assert _audited(ran) == []


def test_a_masked_export_hides_values_sentences_and_unreadable_lines(ran: Path) -> None:
    """The Snapshots keep the true values, or a retry would send asterisks."""
    masked, plain = ran / "masked.csv", ran / "plain.ndjson"
    linkdeck("export", "1", "--mask", "--format", "csv", "--output", str(masked), home=ran)
    linkdeck("export", "1", "--output", str(plain), home=ran)

    assert [secret for secret in SECRETS if secret in masked.read_text("utf-8")] == []
    assert [secret for secret in SECRETS if secret not in plain.read_text("utf-8")] == []
    with masked.open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 3


def test_a_key_is_hidden_only_where_a_mask_names_it(tmp_path: Path) -> None:
    definition = MASKED.replace("masks: [email", "masks: [order_id")
    home = a_home(tmp_path, rows=ROWS, definition=definition)
    linkdeck("run", "orders", home=home)

    found = linkdeck("failures", "1", "--json", home=home).document()["records"]

    assert [record["key"] for record in found] == ["***", "***", "orders.ndjson:3"]


def test_what_a_target_says_of_a_record_is_masked_by_the_records_own_values(
    tmp_path: Path,
) -> None:
    definition = MASKED.replace("rule: email}", "rule: required}")
    home = a_home(tmp_path, rows=(order(1, "ana@@shop.example"),), definition=definition)
    _refusing_table(home)

    run = linkdeck("run", "orders", "--json", home=home).document()

    [group] = run["errors"]
    assert group["message"] == "the target refused the record: *** is barred"
    assert "ana@@" not in linkdeck("show", "1", "--json", home=home).out
    assert "ana@@" not in linkdeck("events", "--json", home=home).out


def _refusing_table(home: Path) -> None:
    """A warehouse whose trigger quotes the address, without quotes."""
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(home / "warehouse.db")) as connection:
        connection.executescript(
            "CREATE TABLE orders (order_id INTEGER PRIMARY KEY, email, note, address,"
            " amount_cents); CREATE TABLE barred (word TEXT);"
            "CREATE TRIGGER bar BEFORE INSERT ON orders BEGIN"
            " SELECT RAISE(ABORT, 'ana@@shop.example is barred'); END;"
        )


def _audited(home: Path) -> list[tuple[str, ...]]:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(home / "linkdeck.db")) as connection:
        query = (
            "SELECT actor, action, subject, reason FROM audit"
            " WHERE action <> 'run' ORDER BY seq"
        )
        return list(connection.execute(query))
