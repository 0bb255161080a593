"""What sends a row the slow way."""


class Odd(Exception):
    """Raised by generated code where a row is not plainly right."""


ODD = (
    Odd,
    TypeError,
    ValueError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RecursionError,
)
"""Whatever bad data can make plain Python raise."""
