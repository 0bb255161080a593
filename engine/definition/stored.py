"""The effective definition as JSON: numbers as typed, keys in order, variables unexpanded (D1)."""

import json
import re
from hashlib import sha256
from typing import Any

from engine.definition import plain
from engine.definition.nodes import Block, Entry, Items, Mark, Node, Scalar

_JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")


def written(node: Node, *, ordered: bool = True) -> str:
    """The node as JSON text; keys sorted where their order does not matter."""
    match node:
        case Scalar():
            return _scalar(node)
        case Items(nodes=nodes):
            return f"[{', '.join(written(each, ordered=ordered) for each in nodes)}]"
        case Block(entries=entries):
            pairs = [
                f"{json.dumps(name, ensure_ascii=False)}: {written(entry.node, ordered=ordered)}"
                for name, entry in entries.items()
            ]
            return f"{{{', '.join(pairs if ordered else sorted(pairs))}}}"


def _scalar(scalar: Scalar) -> str:
    if not scalar.plain:
        return json.dumps(scalar.text, ensure_ascii=False)
    if plain.as_number(scalar) is not None and _JSON_NUMBER.fullmatch(scalar.text):
        return scalar.text
    return json.dumps(plain.value_of(scalar), ensure_ascii=False)


def hash_of(text: str) -> str:
    """The SHA-256 of a text, in hexadecimal digits."""
    return sha256(text.encode()).hexdigest()


class _Typed(str):
    """A number with the digits it was typed with."""

    __slots__ = ()


def read(text: str, path: str) -> Node:
    """The nodes of a stored definition; ValueError where it is not JSON."""
    document = json.loads(text, parse_int=_Typed, parse_float=_Typed, parse_constant=_Typed)
    return _node(document, Mark(path, 1, 1))


def _node(value: Any, mark: Mark) -> Node:
    match value:
        case dict():
            return Block(
                {
                    name: Entry(name, mark, _node(each, mark))
                    for name, each in value.items()
                },
                mark,
            )
        case list():
            return Items(tuple(_node(each, mark) for each in value), mark)
        case _Typed():
            return Scalar(str(value), mark)
        case str():
            return Scalar(value, mark, plain=False)
        case _:
            return Scalar(json.dumps(value), mark)
