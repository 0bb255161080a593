"""`concat`: fields and literal texts, one after the other.

A part in quotes, or one that does not start like a field's name, is literal: [first, " ", last].
Null and missing fields add nothing; where every field is null or missing, so is the result.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine.domain.expression import Path, reach
from engine.domain.missing import MISSING
from engine.domain.values import dataclass
from engine.filters.casts import as_text
from engine.filters.paths import parsed

_FIELD = re.compile(r"[^\W\d][\w.\[\]-]*")
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Joiner:
    """The parts of a `concat`: paths of fields, and literal texts."""

    parts: tuple[Path | str, ...]

    @property
    def paths(self) -> tuple[Path, ...]:
        """The fields it reads."""
        return tuple(part for part in self.parts if not isinstance(part, str))

    def joined(self, fields: Mapping[str, Any]) -> str | None:
        """The text; None where no field has a value. Refusal for an object or a list."""
        return self.of_values([reach(fields, *path) for path in self.paths])

    def of_values(self, values: Sequence[object]) -> str | None:
        """The same, of the values of `paths`."""
        found = not values
        texts, given = [], iter(values)
        for part in self.parts:
            if isinstance(part, str):
                texts.append(part)
                continue
            value = next(given)
            if value is not None and value is not MISSING:
                found = True
                texts.append(as_text(value))
        return "".join(texts) if found else None


def joiner_of(parts: tuple[str, ...]) -> Joiner:
    """The parts told apart; ValueError for a path that cannot be read."""
    return Joiner(tuple(_part(part) for part in parts))


def _part(text: str) -> Path | str:
    if len(text) >= _SHORTEST and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    return parsed(text) if _FIELD.fullmatch(text) else text
