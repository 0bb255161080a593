"""JSON Schema."""

from typing import Any

from engine.definition.adapters import Catalogue


def schema(catalogue: Catalogue) -> dict[str, Any]:
    """X"""
    return {}
