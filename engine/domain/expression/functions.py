"""The functions an expression may call: their names, and how many arguments each takes."""

from collections.abc import Mapping

ARGUMENTS: Mapping[str, tuple[int, int]] = {
    "len": (1, 1),
    "lower": (1, 1),
    "upper": (1, 1),
    "strip": (1, 1),
    "startswith": (2, 2),
    "endswith": (2, 2),
    "contains": (2, 2),
    "matches": (2, 2),
    "coalesce": (1, 20),
    "exists": (1, 1),
    "number": (1, 1),
    "text": (1, 1),
}
"""The least and the most arguments of each function."""


def arity_complaint(name: str, given: int) -> str | None:
    """What is wrong with calling the function with that many arguments."""
    least, most = ARGUMENTS[name]
    if least <= given <= most:
        return None
    wanted = str(least) if least == most else f"{least} to {most}"
    noun = "argument" if wanted == "1" else "arguments"
    return f"{name}() takes {wanted} {noun}, not {given}"
