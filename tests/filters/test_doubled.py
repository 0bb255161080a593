"""A name that stands twice in an object: told of records that fail anyway (ARCHITECTURE)."""

import json

from hypothesis import given
from hypothesis import strategies as st

from engine.filters.doubled import doubled
from engine.filters.encoding import as_object
from engine.filters.flight import Failure

NAMES = st.text(alphabet='ab":\\ {', min_size=1, max_size=3)
VALUES = st.recursive(
    st.none() | st.integers() | st.text(alphabet='ab":, \t\\{}', max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.lists(st.tuples(NAMES, inner), max_size=3)
    ),
    max_leaves=8,
)


def written(value: object, colon: str) -> str:
    """JSON, with names as often as they are given."""
    if isinstance(value, list) and value and all(isinstance(each, tuple) for each in value):
        pairs = (f"{json.dumps(k)}{colon}{written(v, colon)}" for k, v in value)
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(written(each, colon) for each in value) + "]"
    return json.dumps(value)


def repeats(value: object) -> bool:
    """Whether any object of it holds a name twice."""
    if not isinstance(value, list):
        return False
    if value and all(isinstance(each, tuple) for each in value):
        names = [name for name, _ in value]
        return len(set(names)) < len(names) or any(repeats(each) for _, each in value)
    return any(repeats(each) for each in value)


def found_in(before: bytes) -> Failure | None:
    """What is found in a record, decoded as the stages decode it."""
    return doubled(before, as_object(before))


@given(VALUES, st.sampled_from([":", ": ", " :", "\t: ", " \n:"]))
def test_every_repeated_name_is_found_and_no_other(value: object, colon: str) -> None:
    assert (found_in(written(value, colon).encode()) is not None) == repeats(value)


def test_what_is_no_json_repeats_nothing() -> None:
    assert found_in(b'"id": 1') is None
    assert found_in(b"\xff") is None


def test_a_record_that_fails_says_which_key_stood_twice() -> None:
    found = found_in(b'{"id": 1, "customer": {"email": "a@x", "email": ""}}')

    assert found is not None
    assert (found.code, found.field) == ("repeated_key", "email")
    assert "the key 'email' stands twice" in found.message
