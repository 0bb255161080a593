"""The shape of decoded rows: structs of exactly the fields that the stages read."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

from engine.domain.missing import MISSING
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class RowType:
    """What a row is: a struct with attributes f0, f1 …, or a dict where `struct` is None."""

    struct: type[msgspec.Struct] | None
    decode: Callable[[Any], Any]


@lru_cache(maxsize=64)
def row_type(wanted: tuple[str, ...] | None) -> RowType:
    """The row type for these fields; dicts where they are not named, or cannot be in a struct."""
    struct = None if wanted is None else _struct(wanted)
    return RowType(struct, msgspec.json.Decoder(struct or dict[str, Any]).decode)


def _struct(wanted: tuple[str, ...]) -> type[msgspec.Struct] | None:
    names = [f"f{index}" for index in range(len(wanted))]
    try:
        return msgspec.defstruct(
            "Row",
            [(name, Any, MISSING) for name in names],
            rename=dict(zip(names, wanted, strict=True)),
            gc=False,
        )
    except ValueError:
        # Quotes, backslashes and control characters cannot stand in a struct's field names.
        return None
