"""Where a page of a list continues."""

from engine.domain.errors import Misused

_DIGITS = 18


def cursor(after: str) -> int:
    """The number a page continues behind."""
    digits = after.removeprefix("s")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS):
        raise Misused(f"'{after}' is no cursor; take the one the page before gave as next")
    return int(digits)
