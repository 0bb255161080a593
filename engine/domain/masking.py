"""Personal data hidden by field patterns, for screens and exports; never for storage."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

MASK = "***"


def masked(document: object, patterns: Sequence[str], path: str = "") -> Any:
    """The JSON document with every value whose dotted path, or last name, matches hidden."""
    if path and _matches(path, patterns):
        return MASK
    if isinstance(document, dict):
        return {
            name: masked(value, patterns, f"{path}.{name}" if path else str(name))
            for name, value in document.items()
        }
    if isinstance(document, list):
        return [masked(value, patterns, path) for value in document]
    return document


def _matches(path: str, patterns: Sequence[str]) -> bool:
    name = path.rsplit(".", 1)[-1]
    return any(fnmatchcase(path, each) or fnmatchcase(name, each) for each in patterns)
