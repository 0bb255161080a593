"""What is wrong with an expression, and where in it."""


class ExpressionError(ValueError):
    """An expression that cannot be used; `column` counts characters from 1."""

    def __init__(self, message: str, column: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.column = column

    def __reduce__(self) -> tuple[type["ExpressionError"], tuple[str, int]]:
        return (ExpressionError, (self.message, self.column))
