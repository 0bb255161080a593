"""Whatever a definition says: complaints with their places, or a Link that runs to an end."""

import json
from typing import Any

from hypothesis import strategies as st

from engine.domain.errors import LinkdeckError
from tests.definition.test_link import EVERYTHING
from tests.definition.writing import GOOD
from tests.fuzz.exploring import Explore
from tests.fuzz.hostile import WEAPONS, bent, texts, valid_texts
from tests.fuzz.sound import assert_ended, assert_said
from tests.stories.command_line import linkdeck
from tests.stories.definitions import FILE, SQLITE, definition
from tests.stories.world import World

_YAML = st.sampled_from(
    [
        *"\n:-[]{},#|>&*!?%@`'\"~",
        "\n  ",
        "\n- ",
        ": ",
        "\t",
        "<<: *a",
        "&a ",
        "*a",
        "---\n",
        "...",
        "!!python/object:os.system ",
        "!!binary ",
        "? ",
        "${secret:A}",
        "${file:/dev/zero}",
        "${keyring:a/b}",
        "${A:-b}",
        "${",
        "$${",
        "1e999",
        "0777",
        "12:34:56",
        ".inf",
        "{a: {a: {a: ",
    ]
)


def test_a_file_bent_anyhow_is_validated_in_sentences(
    world: World, explore: Explore
) -> None:
    def holds(text: str) -> None:
        path = world.links / "bent.yaml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        answer = linkdeck("validate", str(path), home=world.folder)
        assert_said(answer)
        assert answer.code in {0, 1, 2}

    pieces = _YAML | texts.map(lambda each: each[:2000])
    explore(
        st.sampled_from([GOOD, EVERYTHING]).flatmap(lambda good: bent(good, pieces)),
        holds,
        few=60,
    )


_paths = (
    st.sampled_from(["id", "email", "a.b", "a[0]", "", ".", "a..b", "id id", "é", "a['x']"])
    | texts
)
_exprs = (
    st.sampled_from(
        [
            "id",
            "id == 1",
            "len(email) > 3",
            "id / 0",
            "matches(email, '(a+)+$')",
            "id in [1, 2]",
            "not id",
            "email + id",
            "-email",
            "number(email) * 10",
            "a.b.c",
            "a[99]",
            "'x' * 9",
            "2 ** 9",
            "lambda: 1",
            "__import__('os')",
            "id.__class__",
            "(" * 300 + "1" + ")" * 300,
            "1" * 5000,
            "id < email < at",
            "contains(id, email)",
            "coalesce(id, email)",
            "text(id) == text(at)",
        ]
    )
    | texts
)
_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    valid_texts,
)
_casts = st.sampled_from(
    [
        "str",
        "int",
        "float",
        "decimal",
        "bool",
        "date",
        "datetime",
        "epoch",
        "epoch_ms",
        "cents",
        "json",
    ]
)
_cells: st.SearchStrategy[Any] = st.one_of(
    _paths,
    st.fixed_dictionaries(
        {"from": _paths},
        optional={
            "cast": _casts,
            "do": st.lists(
                st.sampled_from(["strip", "lower", "upper", "title", "collapse"]),
                max_size=2,
            ),
            "default": _scalars,
            "format": st.sampled_from(["%Y", "%d.%m.%Y", "%", "%Q", "\x00", "%s"])
            | valid_texts,
        },
    ),
    st.fixed_dictionaries({"constant": _scalars | st.lists(_scalars, max_size=2)}),
    st.fixed_dictionaries({"concat": st.lists(_paths | _scalars, max_size=3)}),
)
_names = (
    st.sampled_from(
        ["id", "email", "amount", "select", "a.b", "x y", '"', "`", "É", "A" * 70]
    )
    | valid_texts
)
_checks: st.SearchStrategy[Any] = st.one_of(
    st.fixed_dictionaries(
        {
            "field": _names,
            "rule": st.sampled_from(
                [
                    "required",
                    "email",
                    "unique",
                    "regex",
                    "length",
                    "range",
                    "one_of",
                    "type",
                ]
            ),
        },
        optional={
            "pattern": st.sampled_from(
                [
                    "(a+)+$",
                    "(",
                    "\\",
                    "[^",
                    "(?P<n>a)(?P=n)",
                    "a{1,99999999}",
                    "\\p{L}",
                    "(?i)é",
                ]
            ),
            "min": _scalars,
            "max": _scalars,
            "values": st.lists(_scalars, max_size=3),
            "type": st.sampled_from(["int", "str", "list", "object", "x"]),
            "severity": st.sampled_from(["warning", "error"]),
        },
    ),
    st.fixed_dictionaries(
        {"when": _exprs, "code": st.sampled_from(["a", "a b", ""]), "message": valid_texts},
        optional={"class": st.sampled_from(["validation", "schema", "transient", "none"])},
    ),
)
_stages: st.SearchStrategy[Any] = st.one_of(
    st.fixed_dictionaries(
        {"map": st.dictionaries(_names, _cells, max_size=4)},
        optional={
            "keep": st.booleans(),
            "if": _exprs,
            "name": valid_texts,
            "on_error": st.sampled_from(["record", "log", "skip", "fail", "x"]),
        },
    ),
    st.fixed_dictionaries({"check": st.lists(_checks, min_size=1, max_size=3)}),
    st.fixed_dictionaries({"ignore": _exprs, "reason": valid_texts}),
    st.fixed_dictionaries(
        {"python": st.sampled_from(["os:system", "a", "a:b:c", "..x:y", ":", "json:gone"])}
    ),
    st.fixed_dictionaries(
        {
            "lookup": st.fixed_dictionaries(
                {
                    "file": st.sampled_from(
                        ["orders.ndjson", "/etc/passwd", "../x", "/dev/zero", "\x00", "."]
                    ),
                    "on": _paths,
                    "into": _names,
                }
            )
        }
    ),
)

RECORDS = "\n".join(
    json.dumps({"id": n, "email": each[:300], "a": {"b": [each[:9]]}, "at": "2024-01-01"})
    for n, each in enumerate(WEAPONS)
)


def test_whatever_validates_runs_to_an_end(world: World, explore: Explore) -> None:
    """Stages of any kind, over records of the worst kind; nothing unforeseen comes of them."""
    (world.links / "orders.ndjson").write_text(RECORDS + "\n", encoding="utf-8")

    def holds(stages: list[Any]) -> None:
        first = {"name": "first", "map": {"id": "id"}, "keep": True}
        for given in (stages, [first, *stages]):
            world.link("orders", definition(stages=given, source=FILE, target=SQLITE))
            try:
                event = world.run(full=True)
            except LinkdeckError:
                continue
            assert_ended(world, event)

    explore(st.lists(_stages, min_size=1, max_size=3), holds, few=60)


_words = (
    st.sampled_from(["a", "-x", "/bin/true", "/", "no-such-program", "sh", "\x00"])
    | valid_texts
)
_ways: st.SearchStrategy[Any] = st.one_of(
    st.just("log"),
    st.sampled_from(
        [
            "http://",
            "https://[",
            "http://a:99999/",
            "file:///etc",
            "http://127.0.0.1:1/",
            "http://u:p@h",
        ]
    ),
    st.fixed_dictionaries(
        {"webhook": st.sampled_from(["http://127.0.0.1:1/", "http://[::1", "x"])},
        optional={
            "secret": valid_texts
            | st.sampled_from(["whsec_!!!" + "a" * 20, "whsec_" + "a" * 21, "a" * 16])
        },
    ),
    st.fixed_dictionaries({"command": st.lists(_words, max_size=3)}),
)
_rules = st.fixed_dictionaries(
    {
        "when": st.sampled_from(
            [
                "failed_runs > 0",
                "failed_rate >= 0",
                "failed_rate > 0.1",
                "1 / 0",
                "failed_runs + ''",
            ]
        )
        | _exprs
    },
    optional={
        "window": st.sampled_from(["1h", "0s", "99999d", "x"]),
        "notify": st.lists(_ways, max_size=3),
    },
)


def test_any_alert_rule_tells_somebody_or_is_complained_about(
    world: World, explore: Explore
) -> None:
    (world.links / "orders.ndjson").write_text('{"id": 1, "email": "", "amount": 1}\n')

    def holds(rules: list[Any]) -> None:
        world.link("orders", definition(alerts=rules))
        try:
            event = world.run(full=True)
        except LinkdeckError:
            return
        assert_ended(world, event)

    explore(st.lists(_rules, min_size=1, max_size=2), holds, few=40)
