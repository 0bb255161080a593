"""What an unquoted value is: YAML 1.2's null, true, false and numbers, and nothing more.

`NO`, `12:34:56`, `0777` and `2024-13-45` are texts, and so are `.inf` and `.nan`, which JSON
does not know.
"""

import re

from engine.definition.nodes import Block, Items, Node, Scalar

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUTHS = {"true": True, "True": True, "TRUE": True}
_TRUTHS |= {"false": False, "False": False, "FALSE": False}
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,99})")
_BASED = re.compile(r"0x[0-9a-fA-F]{1,64}|0o[0-7]{1,64}")
_REAL = re.compile(r"[-+]?(0|[1-9][0-9]{0,99})?(\.[0-9]{0,100})?([eE][-+]?[0-9]{1,3})?")


def is_null(scalar: Scalar) -> bool:
    """Whether it says nothing: empty, `~` or `null`."""
    return scalar.plain and not scalar.expanded and scalar.text in _NULLS


def as_truth(scalar: Scalar) -> bool | None:
    """The truth value, if it is one."""
    return _TRUTHS.get(scalar.text) if _open(scalar) else None


def as_whole(scalar: Scalar) -> int | None:
    """The whole number, if it is one."""
    if not _open(scalar):
        return None
    if _WHOLE.fullmatch(scalar.text):
        return int(scalar.text)
    return int(scalar.text, 0) if _BASED.fullmatch(scalar.text) else None


def as_number(scalar: Scalar) -> int | float | None:
    """The number, if it is one."""
    whole = as_whole(scalar)
    if whole is not None or not _open(scalar):
        return whole
    match = _REAL.fullmatch(scalar.text)
    digits = match and (match[1] or (match[2] or "").strip("."))
    if not digits:
        return None
    number = float(scalar.text)
    return number if abs(number) != float("inf") else None


def value_of(node: Node) -> object:
    """The plain Python value of anything; a text with variables in it stays a text."""
    match node:
        case Block(entries=entries):
            return {name: value_of(entry.node) for name, entry in entries.items()}
        case Items(nodes=nodes):
            return [value_of(each) for each in nodes]
        case Scalar() if node.expanded or not node.plain:
            return node.text
        case Scalar():
            return _resolved(node)


def _resolved(scalar: Scalar) -> object:
    if is_null(scalar):
        return None
    truth = as_truth(scalar)
    if truth is not None:
        return truth
    number = as_number(scalar)
    return scalar.text if number is None else number


def _open(scalar: Scalar) -> bool:
    """Whether it may be more than a text: typed without quotes, or come out of a variable."""
    return scalar.plain or scalar.expanded
