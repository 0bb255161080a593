"""The language of the filter line: words that must all match, `field:value`, `!word` for not."""

import re
from collections.abc import Mapping

from engine.domain.values import dataclass

FIELDS = frozenset(
    (
        *("tier", "class", "code", "field", "stage", "state", "key"),
        *("link", "status", "kind", "route", "owner", "severity", "actor", "action"),
    )
)
_PARTS = re.compile(r'(!?)(?:(\w+):)?(?:"([^"]*)"?|(\S+))')


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a filter; `field` None: a word anywhere. `negated`: it must not match."""

    text: str
    field: str | None = None
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """What a person typed, understood."""

    terms: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)

    def admits(self, text: str, fields: Mapping[str, str]) -> bool:
        """Whether a line that says this, with these fields, is shown."""
        return all(_holds(term, text, fields) != term.negated for term in self.terms)

    def of(self, field: str | None, *, negated: bool = False) -> tuple[str, ...]:
        """What was said of one field, or without one."""
        return tuple(
            term.text
            for term in self.terms
            if term.field == field and term.negated is negated
        )


def understood(typed: str) -> Filter:
    """The filter in what was typed; a colon behind no known field is part of a word."""
    terms = []
    for no, field, quoted, bare in _PARTS.findall(typed):
        text = quoted or bare
        if field and field not in FIELDS:
            field, text = "", f"{field}:{text}"  # noqa: PLW2901 - read again as a word
        if text:
            terms.append(Term(text, field or None, negated=bool(no)))
    return Filter(tuple(terms))


def _holds(term: Term, text: str, fields: Mapping[str, str]) -> bool:
    if term.field is None:
        return term.text.lower() in text.lower()
    value = fields.get(term.field, "").replace("_", " ").lower()
    return term.text.replace("_", " ").lower() in value
