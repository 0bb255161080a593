"""Generated code for a lookup: a dict asked inline; what is not there is odd, or the default."""

from engine.domain.missing import MISSING
from engine.filters.casts import as_text
from engine.filters.fast.scope import Scope, Symbol
from engine.filters.fast.writer import Writer
from engine.filters.looking import Looker


def write_held(writer: Writer, looker: Looker, number: int) -> None:
    """The rows of this Batch's lookups, in a local."""
    writer.line(f"rows_{number} = {writer.bind(f'held_{number}', looker.held)}.found")


def write_lookup(writer: Writer, scope: Scope, looker: Looker, number: int) -> str:
    """Write what finds the row; the local that has it."""
    values = [_value(writer, scope, looker, place) for place in range(len(looker.paths))]
    out = writer.local("v", looker.into)
    default = "M" if looker.default is MISSING else _default(writer, looker)
    empty = " or ".join(filter(None, (value.null for value in values)))
    if empty:
        with writer.block(f"if {empty}:"):
            writer.line(f"{out} = {'None' if default == 'M' else default}")
        with writer.block("else:"):
            _write_found(writer, values, f"rows_{number}", (out, default))
    else:
        _write_found(writer, values, f"rows_{number}", (out, default))
    return out


def _write_found(
    writer: Writer, values: list[Symbol], rows: str, result: tuple[str, str]
) -> None:
    out, default = result
    texts = [_text(writer, value) for value in values]
    key = texts[0] if len(texts) == 1 else f"({', '.join(texts)})"
    writer.line(f"{out} = {rows}.get({key}, {default})")
    if default == "M":
        with writer.block(f"if {out} is M:"):
            writer.line("raise Odd")


def _value(writer: Writer, scope: Scope, looker: Looker, place: int) -> Symbol:
    path = looker.paths[place]
    if len(path) == 1:
        return scope.symbol(str(path[0]))
    local = writer.local("t", looker.into)
    writer.line(f"{local} = {scope.resolve(path)}")
    return Symbol(local)


def _text(writer: Writer, value: Symbol) -> str:
    if value.kind == "text":
        return value.source
    text = writer.bind("as_text", as_text)
    return f"({value.source} if type({value.source}) is str else {text}({value.source}))"


def _default(writer: Writer, looker: Looker) -> str:
    return writer.bind(f"default_{writer.local('d', looker.into)}", looker.default)
