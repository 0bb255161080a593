"""What says nothing to a Link whose records are delivered: nobody ever begins a run of it (C9)."""

from pathlib import PurePath
from typing import Any

from engine.definition.complaints import Reader
from engine.definition.inheritance import DEFAULTS
from engine.definition.nodes import Items, Node, Scalar, inside
from engine.definition.plain import is_null
from engine.domain.adapter import SourceTraits

_BEGUN = {
    "schedule": (
        "'schedule' never begins a run where records are delivered: they are taken as they come",
        "schedule: null",
    ),
    "depends_on": (
        "'depends_on' lets runs by schedule wait; where records are delivered there are none",
        "depends_on: []",
    ),
}
"""Keys for runs that a schedule begins: what is said of each, and what takes back an inherited."""

_ASKED = ("retry", "responses")
"""Keys for requests, of which such a source makes none."""


def check_delivered(reader: Reader, source: type[Any]) -> None:
    """Complain about what would be waited for in vain, where this source is delivered to."""
    if not getattr(source, "traits", SourceTraits()).delivered:
        return
    for key, (sentence, nothing) in _BEGUN.items():
        found = inside(reader.root, key)
        if found is None or _says_nothing(found):
            continue
        hint = f"say {nothing} in this Link" if _inherited(found) else "remove it"
        reader.say((key,), sentence, hint)
    for key in _ASKED:
        found = inside(reader.root, "source", key)
        # Defaults are for sources of all kinds; what a Link says itself is for its own.
        if found is None or _says_nothing(found) or _inherited(found):
            continue
        sentence = f"'{key}' is for requests, and a source that is delivered to makes none"
        reader.say(("source", key), sentence, "remove it, or say it in 'target'")


def _inherited(node: Node) -> bool:
    return PurePath(node.mark.path).name == DEFAULTS


def _says_nothing(node: Node) -> bool:
    match node:
        case Items(nodes=()):
            return True
        case Scalar():
            return is_null(node)
        case _:
            return False
