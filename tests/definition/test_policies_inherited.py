"""Policies from four places: defaults.yaml, its blocks, the Link, its blocks; field by field."""

from pathlib import Path

from engine.domain.retry import RetryPolicy, StatusRange
from tests.definition.writing import defined, written

DEFAULTS = """\
retry: {max_attempts: 2, delay_ms: 100, max_delay_ms: 5000}
responses: {success: [200], repeat: [429]}
source:
  retry: {delay_ms: 200, max_retry_after_ms: 7000}
  responses: {stop: ["400-428"]}
"""

LINK = """\
link: orders
key: id
retry: {max_attempts: 3, backoff_multiplier: 4}
responses: {repeat: [503, 504]}
stages:
  - map: {id: id}
source:
  adapter: lines
  path: orders.ndjson
  retry: {max_delay_ms: 9000}
  responses: {hops: 2}
target: {adapter: sql, url: "sqlite:///w.db", table: orders}
"""


def test_each_field_comes_from_the_nearest_place_that_says_it(tmp_path: Path) -> None:
    """The Link over defaults.yaml, the inner block over the outer."""
    written(tmp_path, DEFAULTS, "defaults.yaml")

    link = defined(tmp_path, LINK).link

    assert link.target.retry == RetryPolicy(
        max_attempts=3, delay_ms=100, max_delay_ms=5000, backoff_multiplier=4
    )
    assert link.source.retry == RetryPolicy(
        max_attempts=3,
        delay_ms=200,
        max_delay_ms=9000,
        backoff_multiplier=4,
        max_retry_after_ms=7000,
    )
    assert link.source.responses.success == (StatusRange(200, 200),)
    assert link.source.responses.repeat == (StatusRange(503, 503), StatusRange(504, 504))
    assert link.source.responses.stop == (StatusRange(400, 428),)
    assert (link.source.responses.hops, link.target.responses.hops) == (2, None)
    assert link.target.responses.stop is None
