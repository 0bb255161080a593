"""`cancel`, `enable` and `disable`."""

from typing import Annotated

from cyclopts import Parameter

from console.cli.acting import ACTOR, actor_or_default, given
from console.cli.events import EVENT
from console.cli.shared import DEFAULT, Shared, here
from console.cli.suggest import LINK
from console.pages.page import Line
from console.pages.summary import headline
from engine.domain.documents import event_document

REASON = Parameter(help="why; kept in the audit")


def cancel(
    event: Annotated[str, EVENT],
    /,
    *,
    reason: Annotated[str, REASON],
    actor: Annotated[str | None, ACTOR] = None,
    shared: Shared = DEFAULT,
) -> int:
    """Stop a Sync Event: what is in flight finishes, the rest is not attempted.

    One whose process has died is ended at once.
    """
    why = given(reason)
    with shared.engine() as engine:
        seen = engine.cancel(event, reason=why, actor=actor_or_default(actor))
    unicode = here().unicode
    shared.answer(
        lambda: event_document(seen), lambda: (Line(headline(seen, unicode=unicode)),)
    )
    return 0


def enable(
    link: Annotated[str, LINK],
    /,
    *,
    reason: Annotated[str | None, REASON] = None,
    actor: Annotated[str | None, ACTOR] = None,
    shared: Shared = DEFAULT,
) -> int:
    """Let a Link run, whatever its definition says."""
    return _set(link, reason, actor, shared, enabled=True)


def disable(
    link: Annotated[str, LINK],
    /,
    *,
    reason: Annotated[str | None, REASON] = None,
    actor: Annotated[str | None, ACTOR] = None,
    shared: Shared = DEFAULT,
) -> int:
    """Keep a Link from running, whatever its definition says."""
    return _set(link, reason, actor, shared, enabled=False)


def _set(
    link: str, reason: str | None, actor: str | None, shared: Shared, *, enabled: bool
) -> int:
    why = "none given" if reason is None else given(reason)
    with shared.engine(makes=True) as engine:
        engine.set_enabled(link, enabled=enabled, reason=why, actor=actor_or_default(actor))
    word = "enabled" if enabled else "disabled"
    shared.answer(
        lambda: {"link": link, "enabled": enabled}, lambda: (Line(f"{link} is {word}"),)
    )
    return 0
