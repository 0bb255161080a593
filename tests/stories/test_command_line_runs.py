"""A Link run, looked at and controlled from the command line, from end to end."""

import csv
import json
import shutil
import stat
from pathlib import Path

import pytest

from tests.stories.command_line import Answer, linkdeck, on_terminal
from tests.stories.shop_files import ORDERS, ROWS, a_home


@pytest.fixture(scope="session")
def run_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which orders ran once."""
    home = a_home(tmp_path_factory.mktemp("once"))
    assert linkdeck("run", "orders", home=home).code == 3
    return home


@pytest.fixture
def home(tmp_path: Path, sqlite_template: Path) -> Path:
    made = a_home(tmp_path)
    shutil.copy(sqlite_template, made)
    return made


@pytest.fixture
def ran(tmp_path: Path, run_once: Path) -> Path:
    return shutil.copytree(run_once, tmp_path / "ran")


def adds_up(document: dict[str, dict[str, int]]) -> bool:
    """S3."""
    records, batches = document["records"], document["batches"]
    parts = (
        records["written"] + records["ignored"] + records["failed"] + records["in_doubt"]
    )
    over = batches["completed"] + batches["failed"] + batches["not_attempted"]
    return (
        records["fetched"] == parts
        and records["residual"] == 0
        and batches["planned"] == over
    )


def refused(answer: Answer, sentence: str, code: int = 3) -> bool:
    return (answer.code, answer.out, answer.err) == (code, "", f"linkdeck: {sentence}\n")


def test_a_run_prints_its_summary_and_exits_3_where_records_failed(home: Path) -> None:
    answer = linkdeck("run", "orders", home=home)

    assert answer.code == 3
    assert "#1 orders  ✗ failed" in answer.out
    assert "fetched 6 = written 3 + ignored 1 + failed 2 + in doubt 0" in answer.out
    assert "planned 3 = completed 3 + failed 0" in answer.out
    assert "archived orders live in the archive" in answer.out
    assert answer.err.startswith("orders runs as #1\n")
    assert "\x1b" not in answer.out + answer.err


def test_a_run_without_failures_exits_0(tmp_path: Path) -> None:
    home = a_home(tmp_path, rows=ROWS[:2])

    answer = linkdeck("run", "orders", home=home)

    assert answer.code == 0
    assert "✓ completed" in answer.out


def test_a_test_run_writes_nothing_and_says_what_it_would_write(home: Path) -> None:
    answer = linkdeck("run", "orders", "--test", "--json", home=home)

    document = answer.document()
    assert (answer.code, document["kind"], document["records"]["would_write"]) == (
        3,
        "test",
        3,
    )
    assert document["open"] == {"batches": 0, "records": 0}
    assert not (home / "warehouse.db").exists()


def test_run_with_json_prints_the_show_object_and_nothing_else(home: Path) -> None:
    document = linkdeck("run", "orders", "--json", home=home).document()

    assert document == linkdeck("show", "1", "--json", home=home).document()
    assert adds_up(document)
    assert document["status"] == "failed"
    assert document["ignored_reasons"] == {"archived orders live in the archive": 1}


@pytest.mark.parametrize("ref", ["1", "#1", "latest:orders"])
def test_an_event_is_a_number_with_or_without_its_sign_or_the_latest(
    ran: Path, ref: str
) -> None:
    assert linkdeck("show", ref, "--json", home=ran).document()["id"] == 1


def test_show_fits_80_columns_on_a_terminal_and_has_colour_there_alone(ran: Path) -> None:
    said = on_terminal("show", "1", home=ran).out
    bare = on_terminal("show", "1", home=ran, LC_ALL="C", NO_COLOR="1").out

    assert "\x1b[1;31m✗ failed\x1b[0m" in said
    assert "\x1b[1mx failed\x1b[0m" in bare
    assert bare.isascii()


def test_one_batch_of_an_event_with_its_failing_records(ran: Path) -> None:
    document = linkdeck("show", "1", "--batch", "2", "--json", home=ran).document()

    assert (document["index"], document["fetched"], document["failed"]) == (2, 2, 1)
    assert [record["key"] for record in document["records"]] == ["3"]
    assert "batch 2" in linkdeck("show", "1", "--batch", "2", home=ran).out


def test_failures_are_grouped_and_listed_page_by_page(ran: Path) -> None:
    everything = linkdeck("failures", "1", "--json", home=ran).document()
    first = linkdeck("failures", "1", "--limit", "1", "--json", home=ran).document()
    second = linkdeck(
        "failures", "1", "--limit", "1", "--after", first["next"], "--json", home=ran
    ).document()

    assert everything["next"] is None
    assert "required" in {group["code"] for group in everything["groups"]}
    assert [*first["records"], *second["records"]] == everything["records"]
    assert first["matching"] == 2


def test_failures_can_be_narrowed(ran: Path) -> None:
    everything = linkdeck("failures", "1", "--json", home=ran).document()
    blank = next(group for group in everything["groups"] if group["code"] == "required")

    def keys(*words: str) -> list[str]:
        found = linkdeck("failures", "1", "--json", *words, home=ran).document()
        return [record["key"] for record in found["records"]]

    assert keys("--fingerprint", blank["fingerprint"]) == ["3"]
    assert keys("--key", "3") == ["3"]
    assert keys("--where", "id == 3") == ["3"]
    assert keys("--stage", "warehouse rules") == ["3"]
    assert keys("--batch", "2") == ["3"]
    assert keys("--batch", "1") == []


def test_a_record_is_shown_before_and_after_with_blame(ran: Path) -> None:
    found = linkdeck("failures", "1", "--key", "3", "--json", home=ran).document()
    snapshot = found["records"][0]["id"]

    document = linkdeck("record", snapshot, "--json", home=ran).document()

    assert document["before"]["customer"]["email"] == " "
    assert document["after"]["email"] == ""
    email = next(change for change in document["changes"] if change["path"] == "email")
    assert email == {
        "path": "email",
        "before": None,
        "after": "",
        "stage": "to warehouse columns",
        "missing": "before",
    }
    assert document["history"][0]["event"] == 1
    text = linkdeck("record", snapshot, home=ran).out
    assert "who fixes it      data-operations" in text
    assert "affects           finance-dashboard" in text


def test_a_line_that_is_not_json_is_shown_as_it_was(ran: Path) -> None:
    found = linkdeck("failures", "1", "--json", home=ran).document()
    broken = next(record for record in found["records"] if record["key"] != "3")

    document = linkdeck("record", broken["id"], "--json", home=ran).document()

    assert document["before"] == '{"id": 6, "stat'
    assert linkdeck("record", broken["id"], home=ran).code == 0


def test_hostile_text_in_a_record_never_reaches_the_terminal(ran: Path) -> None:
    """RELIABILITY (d) 73-76, (e) 1."""
    found = linkdeck("failures", "1", "--key", "3", "--json", home=ran)
    snapshot = found.document()["records"][0]["id"]

    said = on_terminal("record", snapshot, home=ran, columns=200).out
    document = linkdeck("record", snapshot, "--json", home=ran)

    assert "\x1b]" not in said
    assert not set(said) & {"\x07", "\u202e", "\x9b"}
    assert "[/bold][@click=app.quit]" in said
    assert document.out.isascii()
    assert all(line.isprintable() for line in document.out.splitlines())


def test_events_lists_them_newest_first(ran: Path) -> None:
    linkdeck("run", "orders", home=ran)

    page = linkdeck("events", "--json", "--limit", "1", home=ran).document()
    rest = linkdeck("events", "--json", "--after", str(page["next"]), home=ran).document()

    assert [event["id"] for event in page["events"]] == [2]
    assert [event["id"] for event in rest["events"]] == [1]
    assert linkdeck("events", "--status", "completed", home=ran).out.startswith(
        "No Sync Event"
    )
    assert linkdeck("events", "--link", "orders", home=ran).out.count("✗ failed") == 2


def test_links_shows_where_each_stands(ran: Path) -> None:
    (ran / "links" / "broken.yaml").write_text("link: broken\n", encoding="utf-8")

    document = linkdeck("links", "--json", home=ran).document()

    assert [
        (link["name"], link["last"] and link["last"]["id"]) for link in document["links"]
    ] == [
        ("broken", None),
        ("orders", 1),
    ]
    assert document["links"][0]["problem"]
    assert "cannot run" in linkdeck("links", home=ran).out


def test_explain_says_why_there_is_no_mark(ran: Path) -> None:
    document = linkdeck("explain", "orders", "--json", home=ran).document()

    assert (document["link"], document["mark"]) == ("orders", None)
    assert "no change filter" in linkdeck("explain", "orders", home=ran).out


def test_an_export_is_private_and_never_overwrites(ran: Path) -> None:
    target = ran / "failing.csv"
    words = ("export", "1", "--format", "csv", "--output", str(target))

    answer = linkdeck(*words, home=ran)

    assert (answer.code, answer.out) == (0, f"wrote 2 records to {target}\n")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    rows = list(csv.DictReader(target.read_text(encoding="utf-8").splitlines()))
    assert [row["key"] for row in rows][:1] == ["3"]
    assert refused(
        linkdeck(*words, home=ran),
        f"{target} is already there; exports never overwrite a file",
    )


def test_an_export_as_ndjson_holds_a_line_a_record(ran: Path) -> None:
    target = ran / "failing.ndjson"

    linkdeck("export", "1", "--key", "3", "--output", str(target), home=ran)

    lines = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert [line["key"] for line in lines] == ["3"]


def test_a_disabled_link_does_not_run_until_it_is_enabled(home: Path) -> None:
    """Contract 3: a refused or disabled run is 3."""
    assert linkdeck("disable", "orders", "--reason", "stocktaking", home=home).code == 0

    answer = linkdeck("run", "orders", home=home)

    assert (answer.code, answer.out) == (3, "")
    assert "disabled" in answer.err
    assert linkdeck("enable", "orders", home=home).out == "orders is enabled\n"
    assert linkdeck("run", "orders", home=home).out != ""


def test_what_is_over_cannot_be_cancelled(ran: Path) -> None:
    answer = linkdeck("cancel", "1", "--reason", "too late", home=ran)

    assert refused(answer, "#1 is over (failed); there is nothing to cancel")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("show", "99"), "there is no Sync Event #99"),
        (("show", "latest:nobody"), "nobody"),
        (("show", "1", "--batch", "77"), "#1 has no batch 77"),
        (("record", "s99"), "there is no Snapshot s99"),
        (("record", "99"), "is not a Snapshot"),
        (("run", "nobody"), "there is no Link 'nobody'"),
        (("run", "ordrs"), "did you mean 'orders'?"),
        (("explain", "nobody"), "there is no Link 'nobody'"),
        (("disable", "nobody", "--reason", "x"), "there is no Link 'nobody'"),
        (("failures", "99"), "there is no Sync Event #99"),
        (("cancel", "99", "--reason", "x"), "there is no Sync Event #99"),
        (("resume", "1"), "#1"),
        (("export", "1", "--output", "/nowhere/x"), "/nowhere/x cannot be written"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_is_not_there_is_one_sentence_and_3(
    ran: Path, words: tuple[str, ...], hint: str
) -> None:
    """Contract 3: an unknown Link, Sync Event or Snapshot is 3."""
    answer = linkdeck(*words, home=ran)

    assert (answer.code, answer.out) == (3, "")
    assert hint in answer.err
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize("ref", ["abc", "latest:", "#", "-3", "1.5", "9" * 40])
def test_what_is_no_event_at_all_is_one_sentence(ran: Path, ref: str) -> None:
    answer = linkdeck("show", ref, home=ran)

    assert answer.code in {2, 3}
    assert answer.out == ""
    assert answer.err.count("\n") == 1


def test_an_expression_that_is_none_is_refused_with_its_place(ran: Path) -> None:
    answer = linkdeck("failures", "1", "--where", "import os", home=ran)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("linkdeck: --where: ")


def test_validate_exits_0_where_all_is_well(home: Path) -> None:
    answer = linkdeck("validate", home=home)

    assert answer.code == 0
    assert answer.out.endswith("1 of 1 definition can run\n")


def test_validate_exits_1_with_every_complaint_and_its_place(home: Path) -> None:
    path = home / "links" / "orders.yaml"
    path.write_text(ORDERS.replace("batch_size", "batch_sise"), encoding="utf-8")

    answer = linkdeck("validate", str(path), home=home)

    assert answer.code == 1
    assert answer.err.startswith(f"{path}:7:1: ")
    assert "batch_size" in answer.err
    errors = linkdeck("validate", str(path), "--json", home=home).document()["files"][0][
        "errors"
    ]
    assert [(error["line"], error["column"]) for error in errors] == [(7, 1)]


@pytest.mark.parametrize("text", ["link: [\n", "link: a\nlink: b\n", None])
def test_validate_exits_2_where_a_file_is_missing_or_no_yaml(
    home: Path, text: str | None
) -> None:
    path = home / "links" / "other.yaml"
    if text is not None:
        path.write_text(text, encoding="utf-8")

    answer = linkdeck("validate", str(path), home=home)

    assert answer.code == 2
    assert str(path) in answer.err


def test_a_new_link_validates_and_runs_as_it_is(tmp_path: Path) -> None:
    home = tmp_path / "home"

    answer = linkdeck("new", "first", home=home)

    assert answer.code == 0
    assert answer.out.endswith("linkdeck run first\n")
    assert linkdeck("validate", home=home).code == 0
    assert (
        linkdeck("run", "first", "--json", home=home).document()["records"]["residual"] == 0
    )


def test_the_schema_is_a_json_schema(home: Path) -> None:
    document = linkdeck("schema", home=home).document()

    assert "properties" in document or "$ref" in document or "$defs" in document


def test_adapters_lists_what_is_installed(home: Path) -> None:
    document = linkdeck("adapters", "--json", home=home).document()

    found = {(adapter["role"], adapter["name"]) for adapter in document["adapters"]}
    assert {("source", "file"), ("call", "http"), ("target", "sql")} <= found
    assert ("call", "file") not in found
    assert linkdeck("adapters", home=home).code == 0


def test_doctor_finds_nothing_in_a_healthy_home(ran: Path) -> None:
    answer = linkdeck("doctor", home=ran)

    assert (answer.code, answer.out) == (0, "✓ nothing is wrong\n")


def test_doctor_exits_3_with_its_findings(ran: Path) -> None:
    (ran / "links" / "broken.yaml").write_text("link: broken\n", encoding="utf-8")

    answer = linkdeck("doctor", home=ran)

    assert answer.code == 3
    assert "broken.yaml" in answer.out


def test_a_link_that_stops_prints_one_error_line(tmp_path: Path) -> None:
    """on_error: fail is a System error: exit 3, one ERROR line (T1)."""
    stopping = ORDERS.replace(
        "  - name: warehouse rules\n", "  - name: warehouse rules\n    on_error: fail\n"
    )
    home = a_home(tmp_path, definition=stopping)

    answer = linkdeck("run", "orders", home=home)

    errors = [line for line in answer.err.splitlines() if line.startswith("ERROR")]
    assert answer.code == 3
    assert len(errors) == 1
    assert errors[0].startswith(
        "ERROR orders #1: stage 'warehouse rules', batch 2, record 3: "
        "Link 'orders', check stage 'warehouse rules', orders.ndjson:3: "
    )


def test_an_unreachable_store_is_one_sentence(home: Path) -> None:
    answer = linkdeck(
        "links", "--store", "postgresql://ana:s3cret@127.0.0.1:1/none", home=home
    )

    assert (answer.code, answer.out) == (3, "")
    assert answer.err.count("\n") == 1
    assert "s3cret" not in answer.err


def test_a_run_of_an_invalid_definition_prints_every_complaint(home: Path) -> None:
    path = home / "links" / "orders.yaml"
    bad = ORDERS.replace("batch_size", "batch_sise").replace(
        "severity: critical", "severity: x"
    )
    path.write_text(bad, encoding="utf-8")

    answer = linkdeck("run", "orders", home=home)

    assert (answer.code, answer.out) == (1, "")
    assert [line.split(": ")[0] for line in answer.err.splitlines()] == [
        f"{path}:4:11",
        f"{path}:7:1",
    ]
