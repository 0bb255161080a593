"""What `check` finds: a source and a target tried without writing, each answer a sentence."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from engine.domain.adapter import Load
from engine.domain.errors import ErrorClass, SyncError
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One thing tried: `name` says what, `message` what was seen, `hint` what to do about it.

    `to_be_made`: the first run makes it, so that nothing can be asked of it yet.
    """

    name: str
    ok: bool
    message: str
    hint: str | None = None
    to_be_made: bool = False


@dataclass(frozen=True, slots=True)
class LinkChecks:
    """All that was tried of a Link, in order."""

    link: str
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing was wrong with anything."""
        return all(check.ok for check in self.checks)


@runtime_checkable
class Checkable(Protocol):
    """A target that can be tried without writing; what an Adapter may offer beside its methods.

    `load` are the records of the first page as the target would get them; None where there are
    none. Never called together with `open`, which may make things; raises SyncErrors, which are
    told as what they are.
    """

    def check(self, load: Load | None) -> Sequence[Check]: ...


_HINTS = {
    ErrorClass.AUTHORIZATION: "check the credentials, and what they may do",
    ErrorClass.AVAILABILITY: "check the address, and that it is up",
    ErrorClass.TRANSIENT: "try again; if it stays so, ask who runs it",
    ErrorClass.SCHEMA: "correct the definition, or what it points to",
}


def failed(what: str, failure: SyncError) -> tuple[Check, ...]:
    """A failure as checks: one that shut us out was reached all the same."""
    said = ": " in failure.message or "; check " in failure.message
    hint = None if said else _HINTS.get(failure.error_class)
    if failure.error_class is ErrorClass.AUTHORIZATION:
        reached = Check(f"{what} reachable", ok=True, message=f"the {what} answers")
        return reached, Check(
            f"{what} authorised", ok=False, message=failure.message, hint=hint
        )
    unreached = failure.refused or failure.error_class in {
        ErrorClass.AVAILABILITY,
        ErrorClass.TRANSIENT,
    }
    name = f"{what} reachable" if unreached else f"{what} usable"
    return (Check(name, ok=False, message=failure.message, hint=hint),)


def answers(what: str, message: str) -> tuple[Check, ...]:
    """The checks of a system that answered as it was asked."""
    return (
        Check(f"{what} reachable", ok=True, message=message),
        Check(f"{what} authorised", ok=True, message=f"the {what} lets Linkdeck in"),
    )
