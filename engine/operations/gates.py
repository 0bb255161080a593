"""Gates: may those downstream go on? Also for Links that depend on others."""

from collections.abc import Sequence
from datetime import UTC, datetime

from engine.definition.siblings import name_in
from engine.domain.errors import Misused, Refused
from engine.domain.gate import Approval, Gate, GateReason, check_until, judged
from engine.domain.link import Link
from engine.operations import definitions
from engine.operations.context import Context
from engine.operations.control import require


def gates(
    context: Context, links: Sequence[str], *, max_age: float | None = None
) -> tuple[Gate, ...]:
    """The gate of each of these Links, in this order."""
    if not links:
        raise Misused("say which Link, such as: linkdeck gate orders")
    now = context.clock()
    names = dict.fromkeys(_named(context, link) for link in links)
    return tuple(
        judged(context.store.gates.data(name), now=now, max_age=max_age) for name in names
    )


def approve(
    context: Context, link: str, *, until: str, reason: str, actor: str
) -> Approval:
    """Let those downstream of a Link go on until a time, whatever its gate says."""
    require(reason)
    name, end = _named(context, link), _time(until)
    check_until(end, context.clock())
    return context.store.gates.approve(name, end, actor=actor, reason=reason)


def withdraw(context: Context, link: str, *, reason: str, actor: str) -> None:
    """Take an approval back. Raises Refused where there is none in force."""
    require(reason)
    name = _named(context, link)
    if not context.store.gates.withdraw(name, actor=actor, reason=reason):
        raise Refused(f"nobody has approved the gate of {name}; linkdeck gate {name}")


def parents(context: Context, link: Link, now: datetime) -> tuple[Gate, ...]:
    """The gates of the Links that must be complete before this one runs by schedule."""
    return tuple(_parent(context, each.link, now) for each in link.depends_on)


def _parent(context: Context, name: str, now: datetime) -> Gate:
    gate = judged(context.store.gates.data(name), now=now)
    if any(each.kind == "never_ran" for each in gate.reasons) and not _exists(
        context, name
    ):
        return _closed(name, GateReason("unknown", "there is no Link of that name"))
    kept = context.store.schedules.waiting(name)
    if kept is None or not gate.open:
        return gate
    return _closed(name, GateReason("waiting", f"its own run {kept.note or 'waits'}"))


def _exists(context: Context, name: str) -> bool:
    try:
        definitions.find(context, name)
    except Refused:
        return False
    return True


def _closed(name: str, reason: GateReason) -> Gate:
    return Gate(name, open=False, label=None, as_of=None, age=None, reasons=(reason,))


def _named(context: Context, link: str) -> str:
    """The name of a Link, whether or not its definition can be loaded just now."""
    path = definitions.find(context, link)
    name = name_in(path)
    if name is None:
        raise Refused(f"{path} names no Link; linkdeck validate {path}")
    return name


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as cause:
        raise Misused(
            f"--until '{text}' is not a time; write it as 2026-11-22T18:00 or "
            "2026-11-22T18:00:00+01:00"
        ) from cause
    return at if at.tzinfo else at.replace(tzinfo=UTC)
