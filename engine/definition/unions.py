"""Which of several shapes a block was meant to have, told by its keys."""

from collections.abc import Sequence

from pydantic_core import PydanticCustomError

from engine.definition.given import Shape
from engine.definition.leaves import refusal, wrong
from engine.definition.nodes import Scalar
from engine.definition.wording import listed, near


def chosen(value: dict[str, object], shapes: Sequence[Shape]) -> int | PydanticCustomError:
    """The place of the shape that the keys of the block ask for, or why none of them fits."""
    tag = _tag_of(shapes)
    if tag:
        return _by_word(value, shapes, tag)
    whole = [index for index, each in enumerate(shapes) if each.required <= value.keys()]
    if len(whole) == 1:
        return whole[0]
    begun = [index for index, each in enumerate(shapes) if each.required & value.keys()]
    if len(begun) == 1:
        return begun[0]
    return _undecided(
        value, [shapes[index] for index in begun] or shapes, begun=bool(begun)
    )


def _tag_of(shapes: Sequence[Shape]) -> str | None:
    """The key whose word names the shape, where there is one."""
    names = [name for each in shapes for name, key in each.keys.items() if key.word]
    return next((name for name in names if names.count(name) > 1), None)


def _by_word(
    value: dict[str, object], shapes: Sequence[Shape], tag: str
) -> int | PydanticCustomError:
    places = {
        each.keys[tag].word: index for index, each in enumerate(shapes) if tag in each.keys
    }
    words = [str(word) for word in places]
    said = value.get(tag)
    if said is None:
        return _without_word(value, shapes, f"'{tag}', which is one of {', '.join(words)}")
    if not isinstance(said, Scalar):
        return wrong(f"one of {', '.join(words)}", said, at=[tag])
    if not said.known:
        return next(iter(places.values()))
    if said.text in places:
        return places[said.text]
    hint = None if said.expanded else near(said.text, words)
    return wrong(f"one of {', '.join(words)}", said, hint, at=[tag])


def _without_word(
    value: dict[str, object], shapes: Sequence[Shape], wanted: str
) -> int | PydanticCustomError:
    """The shape that needs no word, if the block has all it needs instead."""
    others = []
    for index, each in enumerate(shapes):
        if not any(key.word for key in each.keys.values()):
            if each.required <= value.keys():
                return index
            others += sorted(each.required)
    return refusal(f"needs {', or '.join([wanted, *map(repr, others)])}")


def _undecided(
    value: dict[str, object], shapes: Sequence[Shape], *, begun: bool
) -> PydanticCustomError:
    telling = [_telling(each, shapes) for each in shapes]
    words = [next(iter(names)) for names in telling if names]
    if begun:
        both = [name for names in telling for name in value if name in names]
        return refusal(f"takes {listed(words)}, not {listed(both, 'and')} together")
    known = {name for each in shapes for name in each.keys}
    stranger = next((name for name in value if name not in known), None)
    if stranger is None:
        return refusal(f"needs one of {', '.join(words)}")
    return refusal(
        f"needs one of {', '.join(words)}, not '{stranger}'", near(stranger, words)
    )


def _telling(shape: Shape, shapes: Sequence[Shape]) -> list[str]:
    """The mandatory keys that no other of the shapes has."""
    others = {name for each in shapes if each is not shape for name in each.required}
    return [name for name in shape.keys if name in shape.required and name not in others]
