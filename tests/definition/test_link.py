"""What a right definition comes to (contract, section 1)."""

from dataclasses import replace
from pathlib import Path

import pytest

from engine.definition import loader, texts
from engine.domain.alert import AlertRule, Channel, Via
from engine.domain.cluster_address import cluster_address
from engine.domain.errors import Durability, ErrorClass, ErrorRule, Route
from engine.domain.link import (
    AutomatedReplay,
    Budget,
    Definition,
    Dependency,
    Duplicates,
    Retention,
    Schedule,
    Severity,
    SnapshotLevel,
    Workers,
)
from engine.domain.missing import MISSING
from engine.domain.retry import (
    PROFILES,
    Backoff,
    Jitter,
    Responses,
    RetryPolicy,
    StatusRange,
)
from engine.domain.stage import (
    CallStage,
    Cast,
    CheckStage,
    Disposition,
    FieldMap,
    IgnoreStage,
    LookupStage,
    MapStage,
    OnError,
    PythonStage,
    Rule,
    UnchangedStage,
)
from tests.definition.adapters import LinesOptions, ShopOptions, Token, a_catalogue
from tests.definition.writing import ENVIRON, GOOD, defined, loaded, report_of, written

EVERYTHING = """\
link: orders
label: Shop orders to the warehouse
severity: critical
downstream: [finance-dashboard, fulfilment]
key: [order_id, country]
enabled: false
batch_size: 500
parallel: 8
workers: processes
snapshots: all
on_error: skip
retry: {max_attempts: 2, delay_ms: 100}
responses: {success: [200, 201], repeat: [429, ">=500"], stop: "400-428"}
source:
  adapter: shop
  system: the shop
  url: https://shop.example/orders
  auth: {bearer: "${secret:TOKEN}"}
  changed_since: updated
  lookback: 2m
  retry: {delay_ms: 5}
  on_error: fail
stages:
  - name: open orders only
    ignore: status == "archived"
    reason: archived orders live in the archive
  - map:
      order_id: {from: id, cast: int}
      email: {from: customer.email, do: [strip, lower], default: null}
      country: {constant: DE}
      who: {concat: [customer.first, " ", customer.last]}
      day: {from: day, cast: date, format: "%d.%m.%Y", default: 2024-01-01}
      plain: deep[0].path
    if: id != null
  - check:
      - {field: email, rule: required, severity: warning, code: no_email}
      - {field: country, rule: one_of, values: [DE, 49, null]}
      - {field: order_id, rule: range, min: 1}
      - {when: order_id < 0, message: below nothing, class: business_rule}
    continue: true
    status: failed
  - {name: tier, call: {adapter: shop, url: "http://tiers/{order_id}", into: tier}, on_error: log}
  - lookup: {file: countries.csv, on: country, into: country_name}
  - python: rules:clean
  - unchanged: true
target:
  adapter: sql
  url: postgresql://loader:hunter22@db.example/warehouse
  table: orders
  on_error: {continue: true, status: warning}
automated_replay: {enabled: true, max_attempts: 5, records: all}
budget: {failed_records: 10%, failed_batches: 50, consecutive_refused: 3}
schedule: {cron: "0 * * * *", timezone: Europe/Berlin}
retention: {snapshots: 7d, events: 90d}
alerts: [{when: failed_rate > 0.05, priority: high, notify: "https://hooks.example/ops"}]
masks: [email, "*.phone"]
duplicates: mark
event_id: delivery
owner: data-operations
owners: {source: shop-team, business: order-desk}
domain: sales
depends_on: [{link: customers, field: customer_id}]
errors:
  no_email: {class: schema, durability: ephemeral, severity: low, route: producer, owner: ana}
"""


@pytest.fixture
def everything(tmp_path: Path) -> Definition:
    (tmp_path / "rules.py").write_text("from elsewhere import *\n")
    return defined(tmp_path, EVERYTHING)


def test_every_key_of_the_contract_reaches_the_link(everything: Definition) -> None:
    link = everything.link

    assert (link.name, link.label, link.severity) == (
        "orders",
        "Shop orders to the warehouse",
        Severity.CRITICAL,
    )
    assert (link.key, link.downstream) == (
        ("order_id", "country"),
        ("finance-dashboard", "fulfilment"),
    )
    assert (link.enabled, link.batch_size, link.parallel) == (False, 500, 8)
    assert (link.workers, link.snapshots) == (Workers.PROCESSES, SnapshotLevel.ALL)
    assert link.automated_replay == AutomatedReplay(
        enabled=True, max_attempts=5, records="all"
    )
    assert link.budget == Budget(0.1, 50, 3)
    assert link.schedule == Schedule("0 * * * *", None, "Europe/Berlin")
    assert link.retention == Retention(7 * 86400.0, 90 * 86400.0)
    assert link.masks == ("email", "*.phone")
    assert (link.duplicates, link.event_id) == (Duplicates.MARK, "delivery")
    assert (link.owner, link.domain) == ("data-operations", "sales")
    assert link.owners == {"source": "shop-team", "business": "order-desk"}
    assert link.depends_on == (Dependency("customers", "customer_id"),)
    assert link.errors == {
        "no_email": ErrorRule(
            ErrorClass.SCHEMA, Durability.EPHEMERAL, "low", Route.PRODUCER, "ana"
        )
    }
    assert link.alerts == (
        AlertRule(
            "failed_rate > 0.05",
            priority="high",
            notify=(Channel(Via.WEBHOOK, "https://hooks.example/ops"),),
        ),
    )


def test_endpoints_carry_their_options_and_policies(everything: Definition) -> None:
    source, target = everything.link.source, everything.link.target

    assert source.options == ShopOptions(
        url="https://shop.example/orders",
        auth=Token(bearer="t0ken-value"),
        changed_since="updated",
    )
    assert (source.adapter, source.system, source.lookback) == ("shop", "the shop", 120.0)
    assert (target.adapter, target.system) == ("sql", "db.example")
    assert source.on_error == OnError(stops=True)
    assert target.on_error == OnError(proceed=True, status=Disposition.WARNING)
    assert source.responses == Responses(
        success=(StatusRange(200, 200), StatusRange(201, 201)),
        repeat=(StatusRange(429, 429), StatusRange(500, 599)),
        stop=(StatusRange(400, 428),),
    )


def test_stages_come_out_in_all_their_forms(everything: Definition) -> None:
    skip, log = (
        OnError(status=Disposition.IGNORED),
        OnError(proceed=True, status=Disposition.WARNING),
    )
    ignore, mapped, checked, called, looked_up, python, unchanged = everything.link.stages

    assert ignore == IgnoreStage(
        name="open orders only",
        on_error=skip,
        expression='status == "archived"',
        reason="archived orders live in the archive",
    )
    assert mapped == MapStage(
        name="map",
        condition="id != null",
        on_error=skip,
        fields=(
            FieldMap("order_id", "id", cast=Cast.INT),
            FieldMap("email", "customer.email", do=("strip", "lower"), default=None),
            FieldMap("country", constant="DE"),
            FieldMap("who", concat=("customer.first", " ", "customer.last")),
            FieldMap("day", "day", cast=Cast.DATE, format="%d.%m.%Y", default="2024-01-01"),
            FieldMap("plain", "deep[0].path"),
        ),
    )
    assert checked == CheckStage(
        name="check",
        on_error=OnError(proceed=True),
        rules=(
            Rule(rule="required", field="email", code="no_email", severity="warning"),
            Rule(rule="one_of", field="country", options={"values": ("DE", 49, None)}),
            Rule(rule="range", field="order_id", options={"min": 1}),
            Rule(
                when="order_id < 0",
                message="below nothing",
                error_class=ErrorClass.BUSINESS_RULE,
            ),
        ),
    )
    assert isinstance(called, CallStage)
    assert (called.name, called.into, called.system) == ("tier", "tier", "tiers")
    assert (called.on_error, called.retry.max_attempts) == (log, 2)
    assert called.options == ShopOptions(url="http://tiers/{order_id}")
    assert looked_up == LookupStage(
        name="lookup",
        on_error=skip,
        file="countries.csv",
        on=(("country", "country"),),
        into="country_name",
    )
    assert unchanged == UnchangedStage(name="unchanged", on_error=skip)
    assert python == PythonStage(name="python", on_error=skip, function="rules:clean")


def test_a_small_definition_has_the_defaults_of_the_contract(tmp_path: Path) -> None:
    link = defined(tmp_path, GOOD).link

    assert (link.batch_size, link.parallel, link.enabled) == (1000, 4, True)
    assert (link.workers, link.snapshots) == (Workers.AUTO, SnapshotLevel.ERRORS)
    assert link.source.retry == RetryPolicy()
    assert link.target.responses == Responses()
    assert link.target.on_error == OnError()
    assert link.source.options == LinesOptions("orders.ndjson")
    assert (link.source.system, link.target.system) == ("orders.ndjson", "w.db")
    assert (link.budget, link.retention) == (Budget(), Retention())
    assert link.automated_replay == AutomatedReplay()
    assert link.label == "orders"


def test_stages_without_names_are_numbered_where_they_are_several(tmp_path: Path) -> None:
    text = GOOD.replace(
        "target:",
        "  - map: {order_id: order_id}\n"
        "  - {name: a, ignore: order_id == 0, reason: none}\n"
        "  - unchanged: true\n"
        "target:",
    )

    assert [stage.name for stage in defined(tmp_path, text).link.stages] == [
        "map 1",
        "map 2",
        "a",
        "unchanged",
    ]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("on_error: record", OnError()),
        ("on_error: log", OnError(proceed=True, status=Disposition.WARNING)),
        ("on_error: skip", OnError(status=Disposition.IGNORED)),
        ("on_error: fail", OnError(stops=True)),
        ("onError: fail", OnError(stops=True)),
        (
            "on_error: {continue: false, status: warning}",
            OnError(status=Disposition.WARNING),
        ),
        ("on_error: {continue: true}", OnError(proceed=True)),
        (
            "continue: true\n    status: warning",
            OnError(proceed=True, status=Disposition.WARNING),
        ),
        ("status: ignored", OnError(status=Disposition.IGNORED)),
        ("if: email != null", OnError()),
    ],
)
def test_words_and_pairs_of_on_error_mean_the_same(
    said: str, meant: OnError, tmp_path: Path
) -> None:
    text = GOOD.replace("target:", f"  - unchanged: true\n    {said}\ntarget:")

    assert defined(tmp_path, text).link.stages[1].on_error == meant


@pytest.mark.parametrize(
    ("outer", "inner", "policy"),
    [
        ("", "", RetryPolicy()),
        ("{max_attempts: 2}", "{delay_ms: 5}", RetryPolicy(max_attempts=2, delay_ms=5)),
        ("{max_attempts: 2}", "{max_attempts: 3}", RetryPolicy(max_attempts=3)),
        (
            "{profile: guide}",
            "{max_attempts: 9}",
            replace(PROFILES["guide"], max_attempts=9),
        ),
        ("{max_attempts: 7, delay_ms: 1}", "{profile: orchesty}", PROFILES["orchesty"]),
        (
            "{max_attempts: 7}",
            "{maxAttempts: 3, useRetryAfterHeader: false}",
            RetryPolicy(
                max_attempts=3,
                use_retry_after_header=False,
                retryable_status_codes=PROFILES["cannectors"].retryable_status_codes,
                jitter=Jitter.NONE,
                profile="cannectors",
            ),
        ),
        (
            "",
            "{backoff: fixed, jitter: none, retryable_status_codes: [418], max_delay_ms: 9,"
            " backoff_multiplier: 1.5, use_retry_after: false, max_retry_after_ms: 0}",
            RetryPolicy(
                backoff=Backoff.FIXED,
                jitter=Jitter.NONE,
                retryable_status_codes=(418,),
                max_delay_ms=9,
                backoff_multiplier=1.5,
                use_retry_after_header=False,
                max_retry_after_ms=0,
            ),
        ),
    ],
)
def test_retry_is_inherited_inwards_field_by_field(
    outer: str, inner: str, policy: RetryPolicy, tmp_path: Path
) -> None:
    text = GOOD.replace("orders.ndjson}", f"orders.ndjson, retry: {inner or 'null'}}}")
    text += f"retry: {outer}\n" if outer else ""

    assert defined(tmp_path, text).link.source.retry == policy


def test_responses_are_inherited_list_by_list(tmp_path: Path) -> None:
    text = GOOD.replace(
        "orders.ndjson}", "orders.ndjson, responses: {stopAndFail: [<=299, '>399']}}"
    )
    text += "responses: {success: 204, stop: 500, interval_s: 60, hops: 10}\n"

    assert defined(tmp_path, text).link.source.responses == Responses(
        success=(StatusRange(204, 204),),
        stop=(StatusRange(100, 299), StatusRange(400, 599)),
        interval_s=60.0,
        hops=10,
    )


def test_values_are_kept_as_typed_where_a_text_is_wanted(tmp_path: Path) -> None:
    """NO, 1.10, 0777 and 12:34:56 are texts, numbers only where a number is wanted."""
    text = f"{GOOD}label: 1.10\nowner: NO\ndomain: 0777\ndownstream: [12:34:56, 2024-13-45, 1e3]\n"

    link = defined(tmp_path, text).link

    assert (link.label, link.owner, link.domain) == ("1.10", "NO", "0777")
    assert link.downstream == ("12:34:56", "2024-13-45", "1e3")


def test_a_variable_stands_for_any_value(tmp_path: Path) -> None:
    text = f"{GOOD}batch_size: ${{SIZE}}\nparallel: '${{PAR}}'\nlabel: at ${{DIR}}, not $${{DIR}}\n"

    link = defined(tmp_path, text, {**ENVIRON, "PAR": "3"}).link

    assert (link.batch_size, link.parallel) == (500, 3)
    assert link.label == "at in, not ${DIR}"


def test_only_the_adapters_that_are_named_are_loaded(tmp_path: Path) -> None:
    catalogue = a_catalogue()

    loader.load(written(tmp_path, GOOD), catalogue=catalogue, environ={})

    assert set(catalogue["source"].loaded) == {"lines"}
    assert set(catalogue["target"].loaded) == {"sql"}


def test_constants_and_defaults_tell_null_from_nothing(tmp_path: Path) -> None:
    text = GOOD.replace(
        "email: customer.email",
        "a: {constant: null}, b: {constant: {x: [1, true]}}, c: {from: id, default: }",
    )

    stage = defined(tmp_path, text).link.stages[0]

    assert isinstance(stage, MapStage)
    assert [(each.constant, each.default) for each in stage.fields[1:]] == [
        (None, MISSING),
        ({"x": [1, True]}, MISSING),
        (MISSING, None),
    ]


def test_two_files_with_one_name_are_told_apart(tmp_path: Path) -> None:
    paths = [written(tmp_path, GOOD, name) for name in ("a.yaml", "b.yaml")]
    (tmp_path / "deep").mkdir()
    paths.append(written(tmp_path / "deep", GOOD, "a.yaml"))

    reports = loader.validate_all(paths, catalogue=a_catalogue(), environ={})

    assert [[each.sentence() for each in report.complaints] for report in reports] == [
        [],
        [
            f"{paths[1]}:1:7: the Link name 'orders' is taken by {paths[0]}:1, "
            "rename one of them"
        ],
        [],
    ]


def test_names_that_look_the_same_are_the_same(tmp_path: Path) -> None:
    paths = [
        written(tmp_path, f"link: {name}\n", f"{index}.yaml")
        for index, name in enumerate(["café", "cafe\u0301", "CAFÉ", "cafe"])
    ]

    assert [each.path for each in loader.duplicates_among(paths)] == [
        str(p) for p in paths[1:3]
    ]


def test_the_name_of_a_link_is_known_without_checking_it(tmp_path: Path) -> None:
    assert loader.name_in(written(tmp_path, "link: a\nwrong: 1\n")) == "a"
    assert loader.name_in(written(tmp_path, "- a\n")) is None
    assert loader.name_in(tmp_path / "nowhere.yaml") is None


def test_an_invalid_definition_carries_every_sentence_and_its_exit_code(
    tmp_path: Path,
) -> None:
    path = written(tmp_path, f"{GOOD}parallel: 0\nretires: 1\n")

    with pytest.raises(loader.DefinitionInvalid) as invalid:
        loaded(path)
    with pytest.raises(loader.DefinitionInvalid) as unreadable:
        loaded(tmp_path / "nowhere.yaml")

    assert str(invalid.value) == (
        f"{path}:7:11: 'parallel' takes a whole number from 1 to 256, not '0'\n"
        f"{path}:8:1: unknown key 'retires', did you mean 'retry'?"
    )
    assert invalid.value.report == report_of(path)
    assert (invalid.value.exit_code, unreadable.value.exit_code) == (1, 2)


@pytest.mark.parametrize(
    "word", ["dask://cluster:8786", "dask://[::1]", "dask://h:1?insecure=1"]
)
def test_workers_may_be_a_cluster(word: str) -> None:
    assert cluster_address(word)
    assert texts.workers(word) is None


def test_what_is_neither_workers_nor_a_cluster_is_told_what_there_is() -> None:
    flaw = texts.workers("procceses")

    assert flaw is not None
    words = "takes one of auto, threads, processes, dask://HOST:PORT, not 'procceses'"
    assert (flaw.sentence, flaw.hint) == (words, "did you mean 'processes'?")
