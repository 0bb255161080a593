"""Whatever stands in the file: a Link, or complaints; never anything else, and soon."""

import random
import time
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.definition import loader
from engine.domain.link import Definition
from tests.definition.adapters import a_catalogue
from tests.definition.test_link import EVERYTHING
from tests.definition.writing import ENVIRON, GOOD

FOLDER = Path("/nowhere")
SLOW = 5.0

LINES = st.sampled_from([*GOOD.splitlines(), *EVERYTHING.splitlines()])
_WORDS = ": - [ ] { } , # | > & * ! ? % @ ` ' \" ~ ${ } ${X} null true 0 -1 1e9 .nan a b"
_SPACES = [
    "\n",
    "\n  ",
    "\n- ",
    ": ",
    "  ",
    "\t",
    "\u202e",
    "é",
    "😀",
    "\x85",
    "<<",
    "---\n",
    "...",
]
PIECES = st.sampled_from([*_WORDS.split(), *_SPACES])
NAMES = st.sampled_from(
    ["link", "source", "stages", "map", "check", "retry", "adapter", "when"]
)


def _loads(text: str) -> Definition | None:
    begun = time.process_time()
    found = _loaded(text)
    assert time.process_time() - begun < SLOW
    if isinstance(found, Definition):
        return found
    said = [each.sentence() for each in found.report.complaints]
    assert said
    assert all("\n" not in each and each.isprintable() for each in said), said
    assert all(each.line >= 1 and each.column >= 1 for each in found.report.complaints)
    return None


def _loaded(text: str) -> Definition | loader.DefinitionInvalid:
    try:
        return loader.load_text(
            text, path=FOLDER / "x.yaml", catalogue=a_catalogue(), environ=ENVIRON
        )
    except loader.DefinitionInvalid as invalid:
        return invalid


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PIECES | NAMES | st.text(max_size=4), max_size=40).map("".join))
def test_any_text_is_a_definition_or_complained_about(text: str) -> None:
    _loads(text)


@settings(max_examples=60, deadline=None)
@given(st.lists(LINES, max_size=25).map("\n".join))
def test_lines_in_any_order_are_a_definition_or_complained_about(text: str) -> None:
    _loads(text)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 6), st.lists(PIECES, min_size=1, max_size=6))
def test_a_definition_with_a_few_bytes_changed_is_one_or_complained_about(
    seed: int, changes: int, pieces: list[str]
) -> None:
    rng = random.Random(seed)
    text = rng.choice([GOOD, EVERYTHING])
    for _ in range(changes):
        at = rng.randrange(len(text))
        text = text[:at] + rng.choice(pieces) + text[at + rng.randrange(3) :]

    _loads(text)


VALUES = st.recursive(
    st.sampled_from(
        ["null", "true", "1", "-1", "1.5", "x", "''", "30s", "10%", "${DIR}", "${NO}"]
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda each: f"[{', '.join(each)}]"),
        st.dictionaries(NAMES | st.just("a"), inner, max_size=3).map(
            lambda each: "{" + ", ".join(f'"{k}": {v}' for k, v in each.items()) + "}"
        ),
    ),
    max_leaves=5,
)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32), VALUES)
def test_any_value_at_any_key_is_accepted_or_complained_about(
    seed: int, value: str
) -> None:
    lines = EVERYTHING.splitlines()
    rng = random.Random(seed)
    at = rng.randrange(len(lines))
    key, colon, _ = lines[at].partition(": ")
    lines[at] = f"{key}{colon or ': '}{value.replace('${', '$${')}"

    _loads("\n".join(lines))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32),
    st.sampled_from([GOOD, EVERYTHING.replace("python: rules:clean", "unchanged: true")]),
)
def test_what_is_stored_of_a_definition_gives_it_back(seed: int, text: str) -> None:
    """D1, whatever lines are left out."""
    rng = random.Random(seed)
    lines = [line for line in text.splitlines() if rng.random() > 0.03]
    definition = _loads("\n".join(lines))
    if definition is None or definition.secrets & {"hunter22"}:
        return

    again = loader.from_stored(
        definition.text,
        path=Path(definition.path),
        folder=Path(definition.folder),
        catalogue=a_catalogue(),
        environ=ENVIRON,
    )

    assert again == definition
