"""Options of adapters: any frozen dataclass with notes is checked, ours and strangers'."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Optional, Union

import pytest

from engine.definition import loader
from engine.domain.adapter import SourceTraits, TargetTraits
from engine.domain.units import Alias, Between, Doc, Duration, OneOf, Share, Size
from tests.definition.writing import sentences, written


class Colour(StrEnum):
    """A colour."""

    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Leaf:
    """One kind of branch."""

    leaf: str


@dataclass(frozen=True)
class Twig:
    """The other kind, which holds more of them."""

    twig: tuple[Leaf, ...]
    size: int = 1


@dataclass(frozen=True, kw_only=True)
class Options:
    """Every hint an option may have."""

    text: str = "t"
    whole: int = 1
    real: float = 1.0
    truth: bool = False
    wait: Annotated[Duration, Between(0, 60), Doc("a wait")] = Duration(1.0)  # noqa: RUF009
    room: Size | None = None
    part: Optional[Share] = None  # noqa: UP045 - strangers still write it so
    colour: Colour = Colour.RED
    word: Literal["a", "b"] = "a"
    number: Literal[1, 2] = 1
    choice: Annotated[str, OneOf(("x", "y"))] = "x"
    path: Path | None = None
    several: tuple[int, ...] = ()
    listed: list[str] = field(default_factory=list)
    sequence: Sequence[Colour] = ()
    unique: frozenset[str] = frozenset()
    table: Mapping[str, int] = field(default_factory=dict)
    nested: dict[str, tuple[Leaf, ...]] = field(default_factory=dict)
    branch: Union[Leaf, Twig, None] = None  # noqa: UP007 - strangers still write it so
    branches: tuple[Leaf | Twig, ...] = ()
    mixed: int | str | tuple[str, ...] | Leaf = 0
    either: Annotated[Duration | int, Between(0, 100)] = 0
    anything: Any = None
    schema: str = ""
    model_config: str = ""
    from_: Annotated[str, Alias("from")] = ""
    copied: str = field(init=False, default="never asked")


class Acme:
    """A stranger's adapter."""

    Options: ClassVar[type[Any]] = Options
    traits = SourceTraits()


class Sink:
    """A stranger's target."""

    Options: ClassVar[type[Any]] = Leaf
    traits = TargetTraits()


CATALOGUE: dict[str, Mapping[str, type[Any]]] = {
    "source": {"acme": Acme},
    "target": {"sink": Sink},
}


def text_of(options: str) -> str:
    return f"link: a\nsource:\n  adapter: acme\n  {options}\ntarget: {{adapter: sink, leaf: x}}\n"


def read(folder: Path, options: str) -> Options:
    path = written(folder, text_of(options))
    found = loader.load(path, catalogue=CATALOGUE, environ={}).link.source.options
    assert isinstance(found, Options)
    return found


def said(folder: Path, options: str) -> list[str]:
    path = written(folder, text_of(options))
    return sentences(loader.validate(path, catalogue=CATALOGUE, environ={}), folder)


RIGHT: list[tuple[str, str, object]] = [
    ("text: 1.10", "text", "1.10"),
    ("text: '1'", "text", "1"),
    ("whole: -5", "whole", -5),
    ("whole: 0x10", "whole", 16),
    ("real: 2", "real", 2.0),
    ("real: 1e-3", "real", 0.001),
    ("truth: true", "truth", True),
    ("wait: 500ms", "wait", 0.5),
    ("wait: 1m", "wait", 60.0),
    ("wait: 0", "wait", 0.0),
    ("room: 10MB", "room", 10_000_000),
    ("room: 1.5 KiB", "room", 1536),
    ("room: null", "room", None),
    ("part: 12.5%", "part", 0.125),
    ("colour: blue", "colour", Colour.BLUE),
    ("word: b", "word", "b"),
    ("number: 2", "number", 2),
    ("choice: y", "choice", "y"),
    ("path: in/a.csv", "path", Path("in/a.csv")),
    ("several: [1, 2]", "several", (1, 2)),
    ("several: 3", "several", (3,)),
    ("listed: [a, 2]", "listed", ("a", "2")),
    ("sequence: [blue]", "sequence", (Colour.BLUE,)),
    ("unique: [a, a]", "unique", frozenset({"a"})),
    ("table: {a: 1, b: 2}", "table", {"a": 1, "b": 2}),
    ("nested: {a: [{leaf: x}]}", "nested", {"a": (Leaf("x"),)}),
    ("branch: {leaf: x}", "branch", Leaf("x")),
    ("branch: {twig: [{leaf: x}], size: 3}", "branch", Twig((Leaf("x"),), 3)),
    ("branches: [{leaf: x}, {twig: []}]", "branches", (Leaf("x"), Twig(()))),
    ("mixed: 5", "mixed", 5),
    ("mixed: five", "mixed", "five"),
    ("mixed: '5'", "mixed", "5"),
    ("mixed: [a, b]", "mixed", ("a", "b")),
    ("mixed: {leaf: x}", "mixed", Leaf("x")),
    ("either: 30s", "either", 30.0),
    ("either: 30", "either", 30),
    ("anything: {a: [1, null, {b: x}]}", "anything", {"a": [1, None, {"b": "x"}]}),
    ("anything: 12:34:56", "anything", "12:34:56"),
    ("schema: public", "schema", "public"),
    ("model_config: x", "model_config", "x"),
    ("from: here", "from_", "here"),
]


@pytest.mark.parametrize(
    ("options", "name", "value"), RIGHT, ids=[each[0] for each in RIGHT]
)
def test_an_option_is_read_as_its_hint_says(
    options: str, name: str, value: object, tmp_path: Path
) -> None:
    found = getattr(read(tmp_path, options), name)

    assert (type(found), found) == (type(value), value)


WRONG: list[tuple[str, str]] = [
    ("whole: 1.0", "4:10: 'whole' takes a whole number, not '1.0'"),
    ("real: fast", "4:9: 'real' takes a number, not 'fast'"),
    ("truth: yes", "4:10: 'truth' takes true or false, not 'yes'"),
    ("wait: 2m", "4:9: 'wait' takes a duration from 0s to 1m, not '2m'"),
    ("room: 10", "4:9: 'room' takes a size such as 64KB or 10MB, not '10'"),
    (
        "room: 0",
        "4:9: 'room' takes more than nothing: a size such as 64KB or 10MB, not '0'",
    ),
    ("room:", "4:3: 'room' has no value, but takes a size such as 64KB or 10MB"),
    ("part: 0.5", "4:9: 'part' takes a share such as 10%, not '0.5'"),
    (
        "colour: bleu",
        "4:11: 'colour' takes one of red, blue, not 'bleu', did you mean 'blue'?",
    ),
    ("word: c", "4:9: 'word' takes one of a, b, not 'c'"),
    ("number: 3", "4:11: 'number' takes one of 1, 2, not '3'"),
    ("several: [1, x]", "4:16: item 2 of 'several' takes a whole number, not 'x'"),
    ("several: {a: 1}", "4:12: 'several' takes a list, not a block of keys"),
    ("table: {a: x}", "4:14: 'a' takes a whole number, not 'x'"),
    ("table: [a]", "4:10: 'table' takes a block of keys, not a list"),
    ("nested: {a: [{leef: x}]}", "4:17: unknown key 'leef', did you mean 'leaf'?"),
    ("branch: {bark: x}", "4:11: 'branch' needs one of leaf, twig, not 'bark'"),
    ("branch: {}", "4:11: 'branch' needs one of leaf, twig"),
    (
        "branch: {leaf: x, twig: []}",
        "4:11: 'branch' takes leaf or twig, not leaf and twig together",
    ),
    ("branches: [{leaf: [x]}]", "4:21: 'leaf' takes a text, not a list"),
    ("mixed: {leaf: x, size: 1}", "4:20: unknown key 'size', known are leaf"),
    (
        "either: 200",
        "4:11: 'either' takes a duration such as 30s or a whole number, not '200'",
    ),
    ("copied: x", "4:3: unknown key 'copied', did you mean 'choice'?"),
]


@pytest.mark.parametrize(("options", "sentence"), WRONG, ids=[each[0] for each in WRONG])
def test_a_wrong_option_is_refused_in_exact_words(
    options: str, sentence: str, tmp_path: Path
) -> None:
    assert said(tmp_path, options) == [f"orders.yaml:{sentence}"]


def test_options_not_given_keep_the_defaults_of_the_dataclass(tmp_path: Path) -> None:
    assert read(tmp_path, "text: t") == Options()


@dataclass(frozen=True)
class Unreadable:
    """An option of a kind that no definition can say, beside others."""

    first: str = "a"
    other: str = "b"
    when: complex | None = None


class Careless:
    """An adapter whose author asked for too much."""

    Options: ClassVar[type[Any]] = Unreadable


@pytest.mark.parametrize("options", ["when: 1", "first: x", "other: x"])
def test_a_hint_that_no_definition_can_say_is_told_whatever_is_said(
    tmp_path: Path, options: str
) -> None:
    path = written(tmp_path, text_of(options).replace("acme", "careless"))
    catalogue: dict[str, Mapping[str, type[Any]]] = {
        **CATALOGUE,
        "source": {"careless": Careless},
    }

    report = loader.validate(path, catalogue=catalogue, environ={})

    assert sentences(report, tmp_path) == [
        "orders.yaml:3:12: the source adapter 'careless' declares options that cannot be read: "
        "an option cannot be of type complex, tell its author"
    ]
    assert "source.careless" not in loader.schema(catalogue)["$defs"]
