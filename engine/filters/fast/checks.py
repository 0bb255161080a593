"""Generated code for checks: when a row is odd, by what is known of the value's type."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from engine.domain.expression import MATCHED_LIMIT, compile_pattern
from engine.filters.bounds import bounds_of, sizes_of
from engine.filters.checking import Check
from engine.filters.fast.scope import ABSENT, Scope, Symbol
from engine.filters.fast.writer import Writer
from engine.filters.kinds import kind_named
from engine.filters.rules import LONGEST_EMAIL, PLAIN_EMAIL, allowed_of

_PLAIN = frozenset({"any", "text"})
_NUMBERS = frozenset({"int", "float"})
_TYPES = {
    "text": str,
    "int": int,
    "float": float,
    "decimal": Decimal,
    "bool": bool,
    "date": date,
    "datetime": datetime,
}


def write_check(
    writer: Writer, scope: Scope, check: Check, *, then: str = "raise Odd"
) -> None:
    """Write one check, and what to do where it does not plainly pass.

    Where that is to leave, the scope knows afterwards what the check proved.
    """
    if check.expression is not None:
        with writer.block(f"if {check.expression.render(scope.resolve)}:"):
            writer.line(then)
        return
    value = _value(writer, scope, check)
    odd = _odd(writer, check, value)
    if odd:
        with writer.block(f"if {odd}:"):
            writer.line(then)
    proved = check.rule.rule == "required" and len(check.path) == 1 and value is not ABSENT
    if proved and then == "raise Odd":
        scope.learn(str(check.path[0]), value.there())


def write_preparation(writer: Writer, check: Check, *, seen: str) -> None:
    """What a check needs of the Batch, in locals."""
    if check.rule.rule == "unique":
        writer.line(f"seen_{check.number} = {seen}({check.number})")
    if check.reference is not None:
        source = writer.bind(f"source_{check.number}", check.reference)
        writer.line(f"known_{check.number} = {source}.known")


def _value(writer: Writer, scope: Scope, check: Check) -> Symbol:
    if len(check.path) == 1:
        return scope.symbol(str(check.path[0]))
    local = writer.local("t", str(check.rule.field))
    writer.line(f"{local} = {scope.resolve(check.path)}")
    return Symbol(local)


def _odd(writer: Writer, check: Check, value: Symbol) -> str:
    """The condition under which a row is odd; empty where it never is."""
    if check.rule.rule == "required":
        return _blank(value)
    if value is ABSENT:
        return ""
    inline = _INLINE[check.rule.rule or ""](writer, check, value)
    if inline is None:
        inline = f"{_whole(writer, check)}({value.source}) is not None"
    return value.present(inline) if inline else ""


def _whole(writer: Writer, check: Check) -> str:
    """The rule's own function, for what no line stands for."""
    fault = check.reference.fault if check.reference else check.fault
    return writer.bind(f"{check.rule.rule}_{check.number}", fault)


def _blank(value: Symbol) -> str:
    if value is ABSENT:
        return "True"
    if value.kind not in _PLAIN:
        return value.null or ""
    source = value.source
    if value.kind == "text":
        return f"not {source}" if value.trimmed else f"not {source} or {source}.isspace()"
    # Zero and false are values: only where nothing is there is it worth a closer look.
    empty = " or ".join(filter(None, [value.null, f"type({source}) is str"]))
    empty = f"not {source} and ({empty})"
    return (
        empty
        if value.trimmed
        else f"{empty} or type({source}) is str and {source}.isspace()"
    )


def _email(writer: Writer, check: Check, value: Symbol) -> str | None:
    if value.kind not in _PLAIN:
        return None
    email = writer.bind("email", PLAIN_EMAIL.fullmatch)
    return f"(len({value.source}) > {LONGEST_EMAIL} or {email}({value.source}) is None)"


def _regex(writer: Writer, check: Check, value: Symbol) -> str | None:
    if value.kind not in _PLAIN:
        return None
    pattern = compile_pattern(_options(check)["pattern"])
    matches = writer.bind(f"matches_{check.number}", pattern.fullmatch)
    return f"(len({value.source}) > {MATCHED_LIMIT} or {matches}({value.source}) is None)"


def _one_of(writer: Writer, check: Check, value: Symbol) -> str | None:
    allowed = allowed_of(_options(check))
    if allowed is None:
        return None
    texts = all(isinstance(each, str) for each in allowed)
    # In Python true is 1: only where no truth value can meet a number is a set enough.
    apart = value.kind in {"text", *_NUMBERS} and not any(
        isinstance(each, bool) for each in allowed
    )
    if not texts and not apart:
        return None
    name = writer.bind(f"allowed_{check.number}", allowed)
    return f"{value.source} not in {name}"


def _range(writer: Writer, check: Check, value: Symbol) -> str | None:
    least, most = bounds_of(_options(check))
    plain = all(bound is None or type(bound) in {int, float} for bound in (least, most))
    if value.kind not in {"any", *_NUMBERS} or not plain:
        return None
    outside = f"not {_between(least, most, value.source)}"
    if value.kind != "any":
        return outside
    other = f"{_whole(writer, check)}({value.source}) is not None"
    return f"({outside} if type({value.source}) is int else {other})"


def _length(writer: Writer, check: Check, value: Symbol) -> str | None:
    least, most = sizes_of(_options(check))
    bounds = (least or None, None if most == float("inf") else int(most))
    text = f"not {_between(*bounds, f'len({value.source})')}"
    if value.kind == "text":
        return text
    if value.kind != "any":
        return None
    other = f"{_whole(writer, check)}({value.source}) is not None"
    return f"({text} if type({value.source}) is str else {other})"


def _type(writer: Writer, check: Check, value: Symbol) -> str | None:
    types, _ = kind_named(_options(check)["type"])
    if _TYPES.get(value.kind) in types:
        return ""
    if value.kind != "any":
        return None
    if len(types) == 1:
        return f"type({value.source}) is not {writer.bind(types[0].__name__, types[0])}"
    return f"type({value.source}) not in {writer.bind(f'types_{check.number}', types)}"


def _unique(writer: Writer, check: Check, value: Symbol) -> str:
    return f"seen_{check.number}.setdefault({value.source}, i) != i"


def _reference(writer: Writer, check: Check, value: Symbol) -> str | None:
    known = f"{value.source} not in known_{check.number}"
    if value.kind == "text":
        return known
    other = f"{_whole(writer, check)}({value.source}) is not None"
    return f"({known} if type({value.source}) is str else {other})"


def _between(least: object, most: object, value: str) -> str:
    low = f"{least!r} <= " if least is not None else ""
    high = f" <= {most!r}" if most is not None else ""
    return f"{low}{value}{high}"


def _options(check: Check) -> Mapping[str, Any]:
    return check.rule.options or {}


_INLINE: Mapping[str, Callable[[Writer, Check, Symbol], str | None]] = {
    "email": _email,
    "regex": _regex,
    "one_of": _one_of,
    "range": _range,
    "length": _length,
    "type": _type,
    "unique": _unique,
    "reference": _reference,
}
