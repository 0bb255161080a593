"""The quick way and the slow way through the stages agree, row for row, on any Link and any data.

The slow way, interpreted stage by stage, is the truth; the generated function over structs, the one
over dicts, and the generated pieces of the slow way must give the same rows, counts and stories.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.domain.batch import Fetched
from engine.domain.filter import Staged
from engine.domain.link import Link, SnapshotLevel
from engine.domain.missing import MISSING
from engine.domain.stage import (
    ON_ERROR,
    AnyStage,
    Cast,
    CheckStage,
    Disposition,
    FieldMap,
    IgnoreStage,
    LookupStage,
    MapStage,
    OnError,
    Rule,
)
from engine.filters.pipeline import CompiledStages, compile_pipeline
from engine.filters.stages import AnyWork, Needs, compiled
from engine.filters.walk import walk_of
from tests.filters.building import NOW, Lines, guard, link_of, structs_of

KNOWN = str(Path(__file__).with_name("known.ndjson"))
"""Rows with the texts `x`, `1`, `true` … in `k`, and others in `l`."""

NAMES = ("a", "b", "c", "d")
PATHS = (*NAMES, "a.x", "b[0]", "c.y[1].z", "nowhere")
CONDITIONS = (
    "a > 1",
    "b == 'x' or c == null",
    "exists(d)",
    "len(a) < 3",
    "a.x == 'y'",
    "b",
    "a in ['x', '1'] and not exists(c)",
    "number(a) >= 10",
)
DO = ("strip", "lower", "upper", "title", "collapse")

_WORDS = ("", " ", "x", " x ", "A b", "true", "No", "1", "0")
_NUMERALS = (" 12 ", "12.34", "1.5 ", "-0.05", "1e3", "0.005", "１", "1_0", "NaN")
_TIMES = (
    "2024-05-06",
    " 2024-05-06 ",
    "2024-05-06T07:08:09Z",
    "2024-05-06T07:08:09.5+02:00",
    "2024-13-01",
    "1969-12-31T23:59:59.999",
    "06.05.2024",
)
_ADDRESSES = ("a@b.de", "A.B@Example.com", "a@b", "ä@ö.de", "a@b.de ", "a" * 300 + "@b.de")
_texts = st.one_of(
    st.sampled_from([*_WORDS, *_NUMERALS, *_TIMES, *_ADDRESSES]), st.text(max_size=8)
)
_plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 20),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.1, 1.15, 12.345, 1e14, -0.0, 1e300]),
    _texts,
)
_nested = st.one_of(
    _plain,
    st.lists(_plain, max_size=3),
    st.fixed_dictionaries(
        {}, optional={"x": _plain, "y": st.lists(st.just({"z": 1}), max_size=2)}
    ),
)
_records = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, _nested))
_unusual = st.one_of(
    _nested,
    st.decimals(allow_nan=True, places=3),
    st.datetimes(timezones=st.one_of(st.none(), st.just(UTC))),
    st.dates(),
    st.floats(),
    st.binary(max_size=3),
)

_maps = st.builds(
    FieldMap,
    field=st.sampled_from(NAMES),
    path=st.sampled_from(PATHS),
    cast=st.one_of(st.none(), st.sampled_from(list(Cast))),
    do=st.lists(st.sampled_from(DO), max_size=2).map(tuple),
    default=st.just(MISSING),
    format=st.one_of(st.none(), st.just("%d.%m.%Y")),
)
_defaulted = st.builds(
    lambda plan, default: replace(plan, cast=None, default=default),
    _maps,
    st.one_of(st.none(), st.sampled_from(["de", 5, False])),
)
_constants = st.builds(
    FieldMap,
    field=st.sampled_from(NAMES),
    constant=st.sampled_from(["k", 7, None, True, 1.5]),
)
_concats = st.builds(
    FieldMap,
    field=st.sampled_from(NAMES),
    concat=st.sampled_from([("a", "-", "b"), ("c",), ("'x'", "' y'"), ("d", "a.x")]),
    cast=st.one_of(st.none(), st.just(Cast.INT)),
)
_fields = st.one_of(_maps, _maps, _defaulted, _constants, _concats)

_options: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "required": st.just({}),
    "email": st.just({}),
    "unique": st.just({}),
    "regex": st.sampled_from([{"pattern": "[a-z]+"}, {"pattern": r"\d+(\.\d+)?"}]),
    "one_of": st.sampled_from(
        [["x", "A b", ""], [1, 2, "x"], [True], [[1]], [0, 1.5], [None, "x"]]
    ).map(lambda values: {"values": values}),
    "range": st.sampled_from(
        [
            {"min": 0},
            {"max": 10.5},
            {"min": 0, "max": 1200},
            {"min": "2024-01-01"},
            {"max": "1.15"},
        ]
    ),
    "length": st.sampled_from([{"max": 3}, {"min": 1}, {"min": 1, "max": 2}]),
    "type": st.sampled_from(
        [
            {"type": word}
            for word in ("str", "int", "number", "bool", "object", "date", "datetime")
        ]
    ),
}
_rules = st.one_of(
    [
        st.builds(
            Rule,
            rule=st.just(name),
            field=st.sampled_from((*NAMES, "a.x")),
            options=options,
            severity=st.sampled_from(["error", "error", "warning"]),
        )
        for name, options in _options.items()
    ]
    + [st.builds(Rule, when=st.sampled_from(CONDITIONS), code=st.just("when"))]
)

_on_error = st.sampled_from(
    [
        *[ON_ERROR["record"]] * 6,
        ON_ERROR["log"],
        ON_ERROR["skip"],
        ON_ERROR["fail"],
        OnError(proceed=True, status=Disposition.FAILED),
        OnError(status=Disposition.WARNING),
    ]
)
_condition = st.one_of(st.none(), st.none(), st.sampled_from(CONDITIONS))
_map_stages = st.builds(
    lambda fields, keep, condition, on_error: MapStage(
        name="map",
        fields=tuple({each.field: each for each in fields}.values()),
        keep=keep,
        condition=condition,
        on_error=on_error,
    ),
    st.lists(_fields, min_size=1, max_size=4),
    st.booleans(),
    st.sampled_from([None, None, None, "a > 1"]),
    _on_error,
)
_check_stages = st.builds(
    lambda rules, condition, on_error: CheckStage(
        name="check", rules=tuple(rules), condition=condition, on_error=on_error
    ),
    st.lists(_rules, min_size=1, max_size=4),
    _condition,
    _on_error,
)
_ignores = st.builds(
    lambda expression, condition: IgnoreStage(
        name="ignore",
        expression=expression,
        reason=f"because {expression}",
        condition=condition,
    ),
    st.sampled_from(CONDITIONS),
    _condition,
)
_lookups = st.builds(
    lambda on, into, default, condition, on_error: LookupStage(
        name="lookup",
        on=on,
        into=into,
        default=default,
        file=KNOWN,
        condition=condition,
        on_error=on_error,
    ),
    st.sampled_from([(("a", "k"),), (("a.x", "k"),), (("a", "k"), ("b", "l"))]),
    st.sampled_from(NAMES),
    st.sampled_from([MISSING, MISSING, None, "none"]),
    _condition,
    _on_error,
)
_stages = st.lists(st.one_of(_map_stages, _check_stages, _ignores, _lookups), max_size=4)
_levels = st.sampled_from(list(SnapshotLevel))

ENCODERS: dict[str, Callable[[Any], Any]] = {
    "datetime": datetime.isoformat,
    "decimal": str,
    "bool": int,
}
LOOKED_AT = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def truth_of(link: Link) -> CompiledStages:
    """The Link's stages, interpreted: nothing generated anywhere."""
    pipeline = piecewise(link)
    stages = compiled(link.stages, Needs(".", guard))
    return replace(
        pipeline, ways=replace(pipeline.ways, walk=walk_of(stages, quicken=as_it_is))
    )


def as_it_is(work: AnyWork) -> AnyWork:
    """No quicker form."""
    return work


def piecewise(link: Link) -> CompiledStages:
    """The slow way with its generated pieces, without the function over all rows."""
    return replace(quick(link), tasks={})


def quick(link: Link) -> CompiledStages:
    """The Link as it runs."""
    return compile_pipeline(link, encoders=ENCODERS, folder=".", guard=guard)


def told(staged: Staged) -> str:
    """All of it but the order of reasons, with every value's type: 1, 1.0 and true are three."""
    ignored, warnings = sorted(staged.ignored.items()), sorted(staged.warnings.items())
    return repr((replace(staged, ignored={}, warnings={}), ignored, warnings))


def link_with(stages: list[AnyStage], key: tuple[str, ...], level: SnapshotLevel) -> Link:
    """A Link, keyed where its stages allow it."""
    link = link_of(*stages, snapshots=level)
    columns = quick(link).columns
    made = {column.name for column in columns or ()}
    return replace(link, key=key if columns is None or set(key) <= made else ())


@LOOKED_AT
@given(
    stages=_stages,
    key=st.sampled_from([(), ("a",), ("a", "b")]),
    level=_levels,
    records=st.lists(_records, max_size=6),
)
def test_every_way_through_the_stages_gives_the_same(
    stages: list[AnyStage],
    key: tuple[str, ...],
    level: SnapshotLevel,
    records: list[dict[str, Any]],
) -> None:
    link = link_with(stages, key, level)
    pipeline = quick(link)
    lines = [json.dumps(record).encode() for record in records]
    dicts = Fetched(
        [json.loads(line) for line in lines], Lines(lines), unit="orders.ndjson"
    )

    truth = told(truth_of(link).run(dicts, now=NOW))

    assert told(piecewise(link).run(dicts, now=NOW)) == truth
    assert told(pipeline.run(dicts, now=NOW)) == truth
    if pipeline.wanted is not None:
        structs = structs_of(records, pipeline.wanted)
        assert told(pipeline.run(structs, now=NOW)) == truth


@LOOKED_AT
@given(
    stages=_stages,
    rows=st.lists(
        st.one_of(
            st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, _unusual)), _plain
        ),
        max_size=5,
    ),
)
def test_values_that_json_does_not_know_go_the_same_ways(
    stages: list[AnyStage], rows: list[Any]
) -> None:
    """Rows of a SQL source: decimals, times, bytes, and whatever is no object at all."""
    link = link_with(stages, ("b",), SnapshotLevel.ERRORS)
    fetched = Fetched(rows, Lines([b"{}"] * len(rows)))

    truth = told(truth_of(link).run(fetched, now=NOW))

    assert told(piecewise(link).run(fetched, now=NOW)) == truth
    assert told(quick(link).run(fetched, now=NOW)) == truth


@LOOKED_AT
@given(stages=_stages, level=_levels, records=st.lists(_records, max_size=6))
def test_every_record_is_written_ignored_or_failed(
    stages: list[AnyStage], level: SnapshotLevel, records: list[dict[str, Any]]
) -> None:
    """S3, as far as the stages go: nothing is lost and nothing counts twice."""
    lines = [json.dumps(record).encode() for record in records]
    fetched = Fetched(records, Lines(lines))

    staged = quick(link_with(stages, (), level)).run(fetched, now=NOW)

    reached = len(records) if staged.stop_place is None else staged.stop_place
    assert len(staged.rows) + staged.failed + sum(staged.ignored.values()) == reached
    assert len(staged.rows) == len(staged.places) == len(staged.keys)
    assert list(staged.places) == sorted(set(staged.places))
    if level is SnapshotLevel.ALL:
        assert len(staged.snapshots) == reached
