"""The expression language of Links, selections and alerts: compiled once, bounded, no surprises."""

from engine.domain.expression.error import ExpressionError
from engine.domain.expression.language import Expression, compile_expression
from engine.domain.expression.patterns import MATCHED_LIMIT, compile_pattern
from engine.domain.expression.runtime import RUNTIME, reach
from engine.domain.expression.tree import Path

__all__ = [
    "MATCHED_LIMIT",
    "RUNTIME",
    "Expression",
    "ExpressionError",
    "Path",
    "compile_expression",
    "compile_pattern",
    "reach",
]
