"""What an editor says of a document: a validator of the JSON Schema keywords that we use."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Editor:
    """A schema, and what it finds wrong with a document."""

    schema: Any

    def faults(self, node: Any, rules: Any = None) -> list[str]:
        """The keywords that a document breaks."""
        rules = self.schema if rules is None else rules
        if "$ref" in rules:
            return self.faults(node, self._referred(rules["$ref"]))
        broken = [
            name
            for name, keeps in _KEYWORDS.items()
            if name in rules and not keeps(self, node, rules[name])
        ]
        return [*broken, *self._cases(node, rules), *self._keys(node, rules)]

    def _referred(self, reference: str) -> Any:
        target = self.schema
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]
        return target

    def _cases(self, node: Any, rules: Any) -> list[str]:
        return [
            fault
            for case in rules.get("allOf", ())
            if not self.faults(node, case["if"])
            for fault in self.faults(node, case["then"])
        ]

    def _keys(self, node: Any, rules: Any) -> list[str]:
        known, others = rules.get("properties", {}), rules.get("additionalProperties", {})
        if not isinstance(node, dict):
            return []
        return [
            fault
            for name, value in node.items()
            for fault in (
                [f"unknown {name}"]
                if name not in known and others is False
                else self.faults(value, known.get(name, others))
            )
        ]


def _typed(_: Editor, node: Any, wanted: Any) -> bool:
    kinds: dict[str, Any] = {
        "string": str,
        "integer": int,
        "number": (int, float),
        "object": dict,
        "array": list,
    }
    names = wanted if isinstance(wanted, list) else [wanted]
    if isinstance(node, bool):
        return "boolean" in names
    return any(isinstance(node, kinds[name]) for name in names if name in kinds)


def _number(node: Any) -> bool:
    return isinstance(node, int | float) and not isinstance(node, bool)


_KEYWORDS: dict[str, Callable[[Editor, Any, Any], bool]] = {
    "type": _typed,
    "enum": lambda _, node, words: node in words,
    "const": lambda _, node, word: node == word,
    "required": lambda _, node, names: (
        not isinstance(node, dict) or set(names) <= set(node)
    ),
    "pattern": lambda _, node, form: (
        not isinstance(node, str) or bool(re.search(form, node))
    ),
    "minLength": lambda _, node, least: not isinstance(node, str) or len(node) >= least,
    "maxLength": lambda _, node, most: not isinstance(node, str) or len(node) <= most,
    "minimum": lambda _, node, least: not _number(node) or node >= least,
    "maximum": lambda _, node, most: not _number(node) or node <= most,
    "anyOf": lambda editor, node, all_: any(not editor.faults(node, each) for each in all_),
    "oneOf": lambda editor, node, all_: (
        [editor.faults(node, each) for each in all_].count([]) == 1
    ),
    "items": lambda editor, node, each: (
        not isinstance(node, list) or not any(editor.faults(item, each) for item in node)
    ),
}

KEYWORDS = frozenset(
    {
        *_KEYWORDS,
        *("$ref", "$defs", "$schema", "allOf", "if", "then", "properties"),
        *("additionalProperties", "description", "default", "title"),
    }
)
"""Every keyword that is looked at, or says nothing."""
