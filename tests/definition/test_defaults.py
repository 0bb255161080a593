"""`defaults.yaml` beside the Links: what a Link does not declare, it inherits."""

from pathlib import Path

from engine.domain.link import Schedule, Severity
from engine.domain.retry import PROFILES, RetryPolicy
from tests.definition.adapters import ShopOptions, Timeouts
from tests.definition.writing import GOOD, defined, report_of, sentences, written

SHOP = GOOD.replace(
    "{adapter: lines, path: orders.ndjson}",
    "{url: 'http://shop/', timeout: {connect: 2s}, headers: {A: mine}}",
)

DEFAULTS = """\
severity: high
label: not this one
retry: {max_attempts: 2}
source:
  adapter: shop
  timeout: {connect: 9s, total: 30s}
  headers: {A: theirs, B: theirs}
"""


def test_a_declared_field_wins_and_an_omitted_one_inherits_inside_blocks_too(
    tmp_path: Path,
) -> None:
    written(tmp_path, DEFAULTS, "defaults.yaml")

    link = defined(tmp_path, f"{SHOP}label: this one\n").link

    assert (link.label, link.severity, link.target.retry.max_attempts) == (
        "this one",
        Severity.HIGH,
        2,
    )
    assert link.source.options == ShopOptions(
        url="http://shop/",
        timeout=Timeouts(connect=2.0, total=30.0),  # type: ignore[arg-type]
        headers={"A": "mine", "B": "theirs"},
    )


def test_null_undoes_what_would_be_inherited(tmp_path: Path) -> None:
    written(tmp_path, "schedule: {every: 5m}\nbatch_size: 7\n", "defaults.yaml")

    inheriting = defined(tmp_path, GOOD).link
    declaring = defined(tmp_path, f"{GOOD}schedule: null\nbatch_size: ~\n").link

    assert (inheriting.schedule, inheriting.batch_size) == (Schedule(every=300.0), 7)
    assert (declaring.schedule, declaring.batch_size) == (None, 1000)


def test_defaults_for_another_adapter_only_lend_their_policies(tmp_path: Path) -> None:
    text = "source: {adapter: shop, url: 'http://shop/', retry: {max_attempts: 9}}\n"
    written(tmp_path, text, "defaults.yaml")

    assert defined(tmp_path, GOOD).link.source.retry == RetryPolicy(max_attempts=9)


def test_a_spelling_inherits_into_the_other(tmp_path: Path) -> None:
    written(
        tmp_path, "onError: skip\nretry: {delayMs: 5, max_attempts: 3}\n", "defaults.yaml"
    )

    link = defined(tmp_path, f"{GOOD}on_error: log\nretry: {{delay_ms: 6}}\n").link

    assert link.target.on_error.proceed
    assert (link.target.retry.delay_ms, link.target.retry.max_attempts) == (6, 3)
    assert link.target.retry.profile == PROFILES["default"].profile


def test_a_complaint_about_an_inherited_value_names_its_own_line(tmp_path: Path) -> None:
    written(tmp_path, "retry:\n  max_attempts: 0\nlabell: x\n", "defaults.yaml")

    report = report_of(written(tmp_path, f"{GOOD}parallel: 0\n"))

    assert sentences(report, tmp_path) == [
        "orders.yaml:7:11: 'parallel' takes a whole number from 1 to 256, not '0'",
        "defaults.yaml:2:17: 'max_attempts' takes a whole number from 1 to 100, not '0'",
        "defaults.yaml:3:1: unknown key 'labell', did you mean 'label'?",
    ]


def test_a_name_cannot_be_inherited_and_bad_yaml_is_told(tmp_path: Path) -> None:
    written(tmp_path, "link: everybody\n", "defaults.yaml")
    named = report_of(written(tmp_path, GOOD))
    written(tmp_path, "a: [\n", "defaults.yaml")
    broken = report_of(tmp_path / "orders.yaml")
    written(tmp_path, "", "defaults.yaml")
    empty = report_of(tmp_path / "orders.yaml")

    assert sentences(named, tmp_path) == [
        "defaults.yaml:1:1: 'link' cannot be inherited, each Link says its own"
    ]
    assert broken.unreadable
    assert empty.ok


def test_a_link_that_is_delivered_to_takes_an_inherited_schedule_back(
    tmp_path: Path,
) -> None:
    """C9: tries that sources inherit are for those of all kinds, and harm none."""
    delivered = GOOD.replace("{adapter: lines, path: orders.ndjson}", "{adapter: post}")
    common = "schedule: {every: 5m}\nsource: {retry: {max_attempts: 2}}\n"
    written(tmp_path, common, "defaults.yaml")

    inheriting = report_of(written(tmp_path, delivered))
    declaring = report_of(written(tmp_path, f"{delivered}schedule: null\n"))

    assert sentences(inheriting, tmp_path) == [
        "defaults.yaml:1:11: 'schedule' never begins a run where records are delivered: "
        "they are taken as they come, say schedule: null in this Link"
    ]
    assert declaring.ok


def test_defaults_can_be_validated_by_themselves(tmp_path: Path) -> None:
    good = report_of(written(tmp_path, DEFAULTS, "defaults.yaml"))
    bad = report_of(
        written(tmp_path, "severity: hi\nsource: {lookback: x}\n", "defaults.yaml")
    )

    assert good.ok
    assert sentences(bad, tmp_path) == [
        "defaults.yaml:1:11: 'severity' takes one of low, normal, high, critical, not 'hi',"
        " did you mean 'high'?",
        "defaults.yaml:2:20: 'lookback' takes a duration such as 30s or a number, not 'x'",
    ]
