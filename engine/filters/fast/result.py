"""Generated code for what leaves: the key, and the row as a tuple or a dict."""

from engine.filters.fast.scope import ABSENT, Scope, Symbol
from engine.filters.fast.writer import Writer
from engine.filters.output import Encoder, Output


def write_result(
    writer: Writer, scope: Scope, output: Output, key: tuple[str, ...]
) -> None:
    """Write `k`, the key values, and `row`."""
    scope.load(key)
    symbols = [scope.symbol(name) for name in key]
    for symbol in symbols:
        odd = _unfit_as_key(symbol)
        if odd:
            with writer.block(f"if {odd}:"):
                writer.line("raise Odd")
    writer.line(f"k = {_tuple([symbol.source for symbol in symbols])}")
    if output.columns is None:
        write_made(writer, scope)
    else:
        columns = [
            _encoded(writer, scope.symbol(name), encode) for name, encode in output.columns
        ]
        writer.line(f"row = {_tuple(columns)}")


def _unfit_as_key(symbol: Symbol) -> str:
    """The condition under which the slow way must say whether this is a key."""
    if symbol is ABSENT:
        return "True"
    if symbol.kind == "text":
        return f"not {symbol.source}"
    if symbol.kind == "any":
        kind = f"type({symbol.source})"
        return f"not {symbol.source} or ({kind} is not str and {kind} is not int)"
    return symbol.null or ""


def _encoded(writer: Writer, symbol: Symbol, encode: Encoder | None) -> str:
    if symbol is ABSENT:
        return "None"
    if encode is None:
        return (
            f"None if {symbol.source} is M else {symbol.source}"
            if symbol.missing
            else symbol.source
        )
    name = writer.bind(f"to_{getattr(encode, '__name__', 'target').strip('<>_')}", encode)
    value = f"{name}({symbol.source})"
    return f"None if {symbol.null} else {value}" if symbol.null else value


def write_made(writer: Writer, scope: Scope) -> None:
    """Write `row`, a dict of all fields in reach; what is missing is left out."""
    if scope.open and not scope.made:
        writer.line("row = r")
        return
    made = [f"{name!r}: {symbol.source}" for name, symbol in scope.made.items()]
    writer.line(f"row = {{{', '.join(['**r', *made] if scope.open else made)}}}")
    for name, symbol in scope.made.items():
        if symbol.missing:
            with writer.block(f"if {symbol.source} is M:"):
                writer.line(f"row.pop({name!r}, None)")


def _tuple(parts: list[str]) -> str:
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
