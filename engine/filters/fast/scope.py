"""What the generated code knows of each field at a point: its local, and what it can be."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from engine.domain.expression import Path
from engine.domain.values import dataclass
from engine.filters.fast.writer import Writer


@dataclass(frozen=True, slots=True)
class Symbol:
    """A field's value in generated code.

    `source` is a name; `kind` the type it surely has when it is there ("any": unknown);
    `nullable` and `missing` whether it can be None or MISSING; `trimmed`: a blank one is "".
    """

    source: str
    kind: str = "any"
    nullable: bool = True
    missing: bool = True
    trimmed: bool = False

    @property
    def null(self) -> str | None:
        """The condition under which it has no value; None where it always has one."""
        found = [f"{self.source} is None"] if self.nullable else []
        return (
            " or ".join(found + ([f"{self.source} is M"] if self.missing else [])) or None
        )

    def present(self, condition: str) -> str:
        """The condition, asked only of a value that is there."""
        if self.nullable and self.missing:
            return f"{self.source} is not None and {self.source} is not M and {condition}"
        if self.nullable:
            return f"{self.source} is not None and {condition}"
        return f"{self.source} is not M and {condition}" if self.missing else condition

    def there(self) -> "Symbol":
        """The same after a check that it has a value."""
        return replace(self, nullable=False, missing=False)


ABSENT = Symbol("M", nullable=False)


class Scope:
    """The fields in reach: those made by maps, and those of the source while it is `open`."""

    def __init__(
        self, writer: Writer, wanted: tuple[str, ...] | None, *, struct: bool
    ) -> None:
        self.made: dict[str, Symbol] = {}
        self.open = True
        self._writer = writer
        self._struct = struct
        self._places = {name: place for place, name in enumerate(wanted or ())}
        self._read: dict[str, Symbol] = {}

    def load(self, names: Iterable[str]) -> None:
        """Read these source fields into locals, where that has not been done."""
        for name in names:
            if self.open and name not in self.made and name not in self._read:
                local = self._writer.local("s", name)
                place = self._places.get(name)
                got = f"r.f{place}" if self._struct else f"get({name!r}, M)"
                self._writer.line(f"{local} = {got}")
                self._read[name] = Symbol(local)

    def symbol(self, name: str) -> Symbol:
        """The field of that name, loaded before."""
        if name in self.made:
            return self.made[name]
        return self._read[name] if self.open else ABSENT

    def learn(self, name: str, symbol: Symbol) -> None:
        """From here on this is known of the field."""
        (self.made if name in self.made else self._read)[name] = symbol

    def facts(self) -> tuple[dict[str, Symbol], dict[str, Symbol]]:
        """What is known now, to come back to after a conditional block."""
        return dict(self.made), dict(self._read)

    def forget(self, facts: tuple[dict[str, Symbol], dict[str, Symbol]]) -> None:
        """Know no more than this."""
        self.made, self._read = facts

    def become(self, made: Mapping[str, Symbol], *, keep: bool) -> None:
        """A map has made these fields; without `keep` nothing else is left."""
        self.made = {**self.made, **made} if keep else dict(made)
        self.open = self.open and keep

    def resolve(self, path: Path) -> str:
        """Source of the value at a path."""
        name, *inside = path
        source = self.symbol(str(name)).source
        if not inside:
            return source
        steps = ", ".join(map(repr, inside))
        if len(inside) == 1 and isinstance(inside[0], str):
            quick = f"{source}.get({inside[0]!r}, M)"
            return f"({quick} if type({source}) is dict else reach({source}, {steps}))"
        return f"reach({source}, {steps})"
