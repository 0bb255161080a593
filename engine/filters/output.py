"""What a record becomes for the target: a tuple in column order, encoded, or a dict."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.domain.adapter import Column
from engine.domain.values import dataclass
from engine.filters.flight import Failure
from engine.filters.sentences import quoted

Encoder = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Output:
    """The columns, each with its encoder; None where records leave as dicts, as they are."""

    columns: tuple[tuple[str, Encoder | None], ...] | None

    def row(self, fields: Mapping[str, Any]) -> Any:
        """The row; a Failure where an encoder cannot take a value."""
        if self.columns is None:
            return fields if isinstance(fields, dict) else dict(fields)
        values = []
        for name, encode in self.columns:
            value = fields.get(name)
            if value is not None and encode is not None:
                try:
                    value = encode(value)
                except (ValueError, TypeError, AttributeError, ArithmeticError) as cause:
                    return _unfit(name, value, cause)
            values.append(value)
        return tuple(values)


def output_of(columns: Sequence[Column] | None, encoders: Mapping[str, Encoder]) -> Output:
    """The output of a Link for a target with these encoders, by cast."""
    if columns is None:
        return Output(None)
    return Output(
        tuple(
            (column.name, encoders.get(column.cast) if column.cast else None)
            for column in columns
        )
    )


def _unfit(name: str, value: object, cause: Exception) -> Failure:
    return Failure("encode", f"{name} {quoted(value)} cannot be written: {cause}", name)
