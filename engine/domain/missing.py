"""The absence of a field, which is neither null nor the empty string."""

from typing import Any, Final


class Missing:
    """The type of `MISSING`; one instance, also after pickling, false."""

    _instance: "Missing | None" = None
    __slots__ = ()

    def __new__(cls) -> "Missing":
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    def __reduce__(self) -> tuple[Any, ...]:
        return (Missing, ())

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()
