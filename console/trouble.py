"""What went wrong, as one sentence."""

import re

from engine.domain.errors import LinkdeckError

KEYS = tuple(
    (re.compile(pattern), said)
    for pattern, said in (
        (r"(see: )?linkdeck events( lists them)?$", "esc, and 1 leads to all there are"),
        (r"linkdeck failures EVENT lists those there are", "esc, and 2 lists what waits"),
        (r"linkdeck failures \S+ lists (them|what there is)", "f lists what there is"),
        (r"linkdeck failures \S+ shows", "f shows"),
        (
            r"(look at it with )?linkdeck record (s\d+)( shows its journey)?",
            r":\2 shows it",
        ),
        (r"linkdeck inbox lists", "2 lists"),
        (r"linkdeck resume (\d+)", r":#\1 and u resumes it"),
        (r"linkdeck cancel (\d+)( --reason …)?", r":#\1 and x cancels it"),
        (r"linkdeck plan \S+ makes", "R makes"),
        (r"linkdeck enable \S+ --reason …", "o lets it run"),
        (r"linkdeck run (\S+)$", r"r runs it"),
        (r"linkdeck retry (\d+)(?: --reason …)?", r":#\1 and R retries it"),
        (r"linkdeck resolve", "w"),
        (r": --definition as-run\b", ", as-run"),
    )
)
"""Commands that a sentence of the engine names, and the keys that do the same here."""


def sentence(error: BaseException) -> str:
    """What a person reads of it: what the engine says, or that nobody foresaw it."""
    if isinstance(error, LinkdeckError):
        return by_keys(str(error).splitlines()[0])
    named = type(error).__name__
    return f"something unforeseen went wrong ({named}); linkdeck doctor says more"


def by_keys(text: str) -> str:
    """The same, with keys where it names commands."""
    for command, keys in KEYS:
        text = command.sub(keys, text)
    return text
