"""What went wrong, as one sentence."""

from engine.domain.errors import LinkdeckError


def sentence(error: BaseException) -> str:
    """What a person reads of it: what the engine says, or that nobody foresaw it."""
    if isinstance(error, LinkdeckError):
        return str(error).splitlines()[0]
    named = type(error).__name__
    return f"something unforeseen went wrong ({named}); linkdeck doctor says more"
