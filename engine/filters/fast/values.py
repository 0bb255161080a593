"""Generated code that makes one field: `do`, `default` and the casts, common types inline.

Anything but the common types goes to the very functions of the slow way; what they refuse is odd.
"""

from datetime import UTC, date, datetime

from engine.domain.missing import MISSING
from engine.domain.stage import Cast
from engine.filters.fast.scope import Scope, Symbol
from engine.filters.fast.writer import Writer
from engine.filters.mapping import Maker
from engine.filters.tidying import BLANKS_GONE, collapsed
from engine.filters.times import EPOCH

Branch = tuple[str, list[str]]
"""What is done with a value of one type: its condition, and lines that make the field."""

_KINDS = {
    Cast.STR: "text",
    Cast.JSON: "text",
    Cast.INT: "int",
    Cast.CENTS: "int",
    Cast.EPOCH: "int",
    Cast.EPOCH_MS: "int",
    Cast.FLOAT: "float",
    Cast.DECIMAL: "decimal",
    Cast.BOOL: "bool",
    Cast.DATE: "date",
    Cast.DATETIME: "datetime",
}

_SINCE = {
    Cast.EPOCH: "{0}.days * 86400 + {0}.seconds",
    Cast.EPOCH_MS: "({0}.days * 86400 + {0}.seconds) * 1000 + {0}.microseconds // 1000",
}


def write_field(writer: Writer, scope: Scope, maker: Maker, *, exact: bool) -> Symbol:
    """Write what makes a field. `exact`: null and missing are told apart afterwards."""
    if maker.fixed is not MISSING:
        name = writer.bind(writer.local("c", maker.field), maker.fixed)
        return Symbol(name, nullable=maker.fixed is None, missing=False)
    value = _start(writer, scope, maker)
    keeps_missing = value.missing and exact
    as_it_is = not (maker.steps or maker.cast) and maker.default is MISSING
    if as_it_is and (keeps_missing or not value.missing):
        return value
    out = writer.local("v", maker.field)
    instead = _instead(writer, maker, value, keeps_missing=keeps_missing)
    _write(writer, _branches(writer, maker, value, out), value.null, f"{out} = {instead}")
    return Symbol(
        out,
        kind=_kind(maker, value),
        nullable=value.null is not None and maker.default in (MISSING, None),
        missing=keeps_missing and maker.default is MISSING,
        trimmed=maker.plan.cast in {None, Cast.STR} and _ends_trimmed(maker),
    )


def _start(writer: Writer, scope: Scope, maker: Maker) -> Symbol:
    """The value before `do` and the cast."""
    if maker.joiner is None and len(maker.path) == 1:
        return scope.symbol(str(maker.path[0]))
    local = writer.local("t", maker.field)
    if maker.joiner is None:
        writer.line(f"{local} = {scope.resolve(maker.path)}")
        return Symbol(local)
    joiner = writer.bind(f"join_{local}", maker.joiner.of_values)
    values = "".join(f"{scope.resolve(path)}, " for path in maker.joiner.paths)
    writer.line(f"{local} = {joiner}(({values}))")
    return Symbol(local, "text", missing=False)


def _instead(writer: Writer, maker: Maker, value: Symbol, *, keeps_missing: bool) -> str:
    """What a null or missing value becomes."""
    if maker.default is not MISSING:
        return writer.bind(f"default_{writer.local('d', maker.field)}", maker.default)
    return value.source if keeps_missing else "None"


def _kind(maker: Maker, value: Symbol) -> str:
    if maker.plan.cast is not None:
        return _KINDS[maker.plan.cast]
    return value.kind if maker.default is MISSING else "any"


def _ends_trimmed(maker: Maker) -> bool:
    return any(step in BLANKS_GONE for step in maker.plan.do)


def _write(writer: Writer, branches: list[Branch], null: str | None, instead: str) -> None:
    """The branches in order, null and missing before the last, which takes what is left."""
    *tested, (_, rest) = branches
    if null is not None:
        tested.append((null, [instead]))
    word = "if"
    for condition, lines in tested:
        with writer.block(f"{word} {condition}:"):
            for line in lines:
                writer.line(line)
        word = "elif"
    if not tested:
        for line in rest:
            writer.line(line)
        return
    with writer.block("else:"):
        for line in rest:
            writer.line(line)


def _branches(writer: Writer, maker: Maker, value: Symbol, out: str) -> list[Branch]:
    """By type: inline where that is common, the cast's own function for the rest, which is last."""
    source, text = value.source, _tidied(writer, maker, value.source)
    is_text = f"type({source}) is str"
    if maker.cast is None:
        rest: list[Branch] = [("", [f"{out} = {source}"])]
        return [(is_text, [f"{out} = {text}"]), *rest] if maker.steps else rest
    cast = writer.bind(f"as_{maker.plan.cast}", maker.cast)
    branches = _inline(writer, maker, source, text, out)
    if maker.steps and not any(is_text == condition for condition, _ in branches):
        branches.append((is_text, [f"{out} = {cast}({text})"]))
    return [*branches, ("", [f"{out} = {cast}({source})"])]


def _tidied(writer: Writer, maker: Maker, source: str) -> str:
    for step in maker.plan.do:
        if step == "collapse":
            source = f"{writer.bind('collapsed', collapsed)}({source})"
        else:
            source = f"{source}.{step}()"
    return source


def _inline(writer: Writer, maker: Maker, source: str, text: str, out: str) -> list[Branch]:
    """The common types of a cast, each made in a line or a few."""
    match maker.plan.cast:
        case Cast.STR:
            condition, made = f"type({source}) is str", text
        case Cast.INT:
            condition, made = f"type({source}) is int", source
        case Cast.FLOAT:
            condition = f"type({source}) is float and {source} - {source} == 0.0"
            made = source
        case Cast.BOOL:
            condition, made = f"{source} is True or {source} is False", source
        case Cast.CENTS:
            return _cents(source, out)
        case Cast.DATE | Cast.DATETIME | Cast.EPOCH | Cast.EPOCH_MS:
            timed = maker.plan.format is None
            return _times(writer, maker, source, text, out) if timed else []
        case _:
            return []
    return [(condition, [f"{out} = {made}"])]


def _cents(source: str, out: str) -> list[Branch]:
    # Division rounds correctly, so a float that is cents/100 is written with two decimals.
    lines = [
        f"{out} = round({source} * 100.0)",
        f"if {out} / 100 != {source} or not -1e13 < {source} < 1e13:",
        f"    {out} = as_cents({source})",
    ]
    return [
        (f"type({source}) is float", lines),
        (f"type({source}) is int", [f"{out} = {source} * 100"]),
    ]


def _times(writer: Writer, maker: Maker, source: str, text: str, out: str) -> list[Branch]:
    """ISO text, told by its first dash; what it does not read is odd, and the slow way's."""
    looks_iso = f"type({source}) is str and {source}[4:5] == '-'"
    if maker.plan.cast is Cast.DATE:
        read = writer.bind("date_of", date.fromisoformat)
        return [
            (f"type({source}) is str and len({source}) == 10", [f"{out} = {read}({text})"])
        ]
    read = writer.bind("time_of", datetime.fromisoformat)
    utc = writer.bind("UTC", UTC)
    lines = [
        f"{out} = {read}({text})",
        f"if {out}.tzinfo is None:",
        f"    {out} = {out}.replace(tzinfo={utc})",
    ]
    since = _SINCE.get(maker.plan.cast) if maker.plan.cast else None
    if since is None:
        return [(looks_iso, lines)]
    lines += [f"{out} -= {writer.bind('EPOCH', EPOCH)}", f"{out} = {since.format(out)}"]
    return [(looks_iso, lines), (f"type({source}) is int", [f"{out} = {source}"])]
