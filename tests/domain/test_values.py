"""Our `dataclass` is the standard library's: whatever one does, the other does."""

import dataclasses
import pickle
from collections.abc import Callable
from copy import copy, deepcopy
from typing import Any, Generic, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain import values

T = TypeVar("T")


@values.dataclass(frozen=True, slots=True)
class Batch:
    """With every sort of field there is."""

    number: int
    scope: Any = dataclasses.field(repr=False)
    tags: list[str] = dataclasses.field(default_factory=list, hash=False)
    note: str = dataclasses.field(default="", compare=False)
    size: int = dataclasses.field(default=7, init=False)
    owner: str | None = dataclasses.field(default=None, kw_only=True)


@dataclasses.dataclass(frozen=True, slots=True)
class Standard:
    """The same, made by the standard library."""

    number: int
    scope: Any = dataclasses.field(repr=False)
    tags: list[str] = dataclasses.field(default_factory=list, hash=False)
    note: str = dataclasses.field(default="", compare=False)
    size: int = dataclasses.field(default=7, init=False)
    owner: str | None = dataclasses.field(default=None, kw_only=True)


@values.dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Taken by name alone."""

    low: int
    high: int = 9


@values.dataclass(frozen=True, slots=True)
class Checked:
    """Looks at what it is given."""

    low: int
    high: int

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("upside down")


@values.dataclass(frozen=True, slots=True)
class Wider(Checked):
    """Of a value that is one itself."""

    step: int = 1


@values.dataclass(frozen=True, slots=True)
class Nothing:
    """Without a field."""


@values.dataclass(frozen=True, slots=True)
class Holder(Generic[T]):
    """One field, of any sort, and a word of its own for itself."""

    held: T

    def __repr__(self) -> str:
        return "held"


@values.dataclass(slots=True)
class Open:
    """Not frozen: left to the standard library."""

    number: int = 0


def answer(act: Callable[[], Any]) -> Any:
    """What comes back, or what is raised, with the names of the two classes made equal."""
    try:
        found = act()
    except (TypeError, AttributeError, ValueError) as cause:
        return type(cause), str(cause).replace("Standard", "Batch")
    return found.replace("Standard", "Batch") if isinstance(found, str) else found


numbers = st.one_of(st.integers(-3, 3), st.just(float("nan")), st.booleans())
arguments = st.tuples(
    st.lists(st.one_of(numbers, st.lists(st.text(max_size=2), max_size=1)), max_size=5),
    st.dictionaries(
        st.sampled_from(["number", "scope", "tags", "note", "size", "owner", "other"]),
        st.one_of(numbers, st.lists(st.text(max_size=2), max_size=1)),
        max_size=4,
    ),
)


@given(arguments, arguments)
def test_a_value_is_what_the_standard_library_would_have_made(one: Any, two: Any) -> None:
    def made(cls: Any, of: Any) -> Any:
        return cls(*of[0], **of[1])

    looks: list[Callable[[Any, Any], Any]] = [
        lambda a, b: (repr(a), repr(b)),
        lambda a, b: (a == b, a != b, a == a, hash(a) == hash(b) or a != b),
        lambda a, b: [dataclasses.asdict(each) for each in (a, b)],
        lambda a, b: [each.tags is not b.tags for each in (a,)],
        lambda a, b: pickle.loads(pickle.dumps(a)) == pickle.loads(pickle.dumps(a)),
        lambda a, b: copy(a) == a,
        lambda a, b: repr(deepcopy(b)),
        lambda a, b: repr(dataclasses.replace(a, number=5)),
        lambda a, b: (a.__match_args__, a.__slots__),
        lambda a, b: setattr(a, "number", 1),
        lambda a, b: delattr(a, "scope"),
    ]
    for look in looks:
        ours, theirs = (
            answer(lambda: look(made(cls, one), made(cls, two)))  # noqa: B023
            for cls in (Batch, Standard)
        )
        assert str(ours) == str(theirs).replace("Standard", "Batch")


def test_values_are_told_apart_by_class_and_know_their_fields() -> None:
    nothing, low = (cls(*of) for cls, of in ((Nothing, ()), (Checked, (1, 2))))
    assert nothing == Nothing()
    assert nothing != low
    assert hash(nothing) == hash(())
    assert repr(Named(low=1)) == "Named(low=1, high=9)"
    assert repr(Holder(3)) == "held"
    assert Holder(float("nan")) != Holder(float("nan"))
    assert [each.name for each in dataclasses.fields(Wider)] == ["low", "high", "step"]
    assert pickle.loads(pickle.dumps(Wider(1, 2))) == Wider(1, 2, step=1)
    assert Named.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_a_value_looks_at_what_it_is_given_and_takes_names_only_where_it_says_so() -> None:
    with pytest.raises(ValueError, match="upside down"):
        Checked(2, 1)
    with pytest.raises(ValueError, match="upside down"):
        Wider(2, 1)
    with pytest.raises(TypeError, match="positional"):
        Named(1)  # type: ignore[call-arg]


def test_a_value_in_itself_is_told_once() -> None:
    around: list[Any] = []
    around.append(Batch(1, 2, around))

    assert repr(around[0]).startswith("Batch(number=1, tags=[")


@pytest.mark.parametrize("cls", [Batch, Named, Checked, Wider, Nothing])
def test_a_value_stays_as_it_is(cls: Any) -> None:
    value = cls.__new__(cls)

    with pytest.raises(
        dataclasses.FrozenInstanceError, match="cannot assign to field 'low'"
    ):
        value.low = 1
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'low'"):
        del value.low


def test_what_is_not_frozen_is_left_to_the_standard_library() -> None:
    changed = Open()
    changed.number = 4

    assert changed == Open(4)
    assert Open.__hash__ is None
