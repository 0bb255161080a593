"""What a call raises, as a value."""

from collections.abc import Callable
from typing import TypeVar

Raised = TypeVar("Raised", bound=Exception)


def raised(kind: type[Raised], call: Callable[[], object]) -> Raised:
    """The error of this kind that the call raises; it must raise one."""
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was expected, and nothing was raised")
