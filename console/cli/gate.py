"""`gate`: asked, approved, withdrawn."""

import re
from typing import Annotated

from cyclopts import Parameter

from console.cli.acting import ACTOR, actor_or_default, given
from console.cli.shared import DEFAULT, Shared, here
from console.cli.suggest import links as names
from console.pages import timing
from console.pages.page import Line
from engine.domain.errors import Misused
from engine.domain.gate_documents import approval_document, gates_document

CLOSED = 4

MAX_AGE = Parameter(help="how old the data may be, such as 30m, 2h or 1d")
_AGE = re.compile(r"([0-9]{1,9})(s|m|h|d)", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def gate(
    links: Annotated[
        tuple[str, ...],
        Parameter(
            help="LINK..., or: approve LINK, withdraw LINK", negative="", completer=names
        ),
    ],
    /,
    *,
    max_age: Annotated[str | None, MAX_AGE] = None,
    until: Annotated[
        str | None, Parameter(help="approve: till when, such as 2026-11-22T18:00 (UTC)")
    ] = None,
    reason: Annotated[
        str | None, Parameter(help="approve, withdraw: why; kept in the audit")
    ] = None,
    actor: Annotated[str | None, ACTOR] = None,
    shared: Shared = DEFAULT,
) -> int:
    """May downstream go on? 0 where the data of every Link is complete and fresh, else 4.

    linkdeck gate orders --max-age 2h
    linkdeck gate approve orders --until 2026-11-22T18:00 --reason 'three are known'
    linkdeck gate withdraw orders --reason 'they are not'
    """
    match links:
        case ("approve" as verb, *rest) | ("withdraw" as verb, *rest):
            if max_age is not None:
                raise Misused(f"--max-age is asked of a gate; leave it out with {verb}")
            link, why = _one(verb, rest), _why(verb, reason)
            if verb == "approve":
                return _approve(link, until, why, actor_or_default(actor), shared)
            return _withdraw(link, why, actor_or_default(actor), shared)
        case _:
            if until is not None or reason is not None:
                raise Misused("--until and --reason belong to: linkdeck gate approve LINK")
            return _asked(links, max_age, shared)


def _asked(links: tuple[str, ...], max_age: str | None, shared: Shared) -> int:
    with shared.engine() as engine:
        found = engine.gates(links, max_age=_seconds(max_age))
    unicode = here().unicode
    shared.answer(
        lambda: gates_document(found),
        lambda: tuple(timing.gates_page(found, unicode=unicode)),
    )
    return 0 if all(each.open for each in found) else CLOSED


def _approve(link: str, until: str | None, reason: str, actor: str, shared: Shared) -> int:
    if until is None:
        raise Misused("say till when: --until 2026-11-22T18:00")
    with shared.engine(makes=True) as engine:
        given_until = engine.approve_gate(link, until=until, reason=reason, actor=actor)
    shared.answer(
        lambda: {"link": given_until.link, **approval_document(given_until)},
        lambda: (Line(f"{given_until.link} is {timing.approval_line(given_until)}"),),
    )
    return 0


def _withdraw(link: str, reason: str, actor: str, shared: Shared) -> int:
    with shared.engine(makes=True) as engine:
        engine.withdraw_gate(link, reason=reason, actor=actor)
    shared.answer(
        lambda: {"link": link, "approved": None},
        lambda: (Line(f"the approval of {link} is withdrawn"),),
    )
    return 0


def _one(verb: str, links: list[str]) -> str:
    if len(links) != 1:
        raise Misused(f"gate {verb} takes one Link, such as: linkdeck gate {verb} orders")
    return links[0]


def _why(verb: str, reason: str | None) -> str:
    if reason is None:
        raise Misused(f"gate {verb} needs a reason: --reason 'why'")
    return given(reason)


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    found = _AGE.fullmatch(text)
    if found is None:
        raise Misused(f"--max-age takes a duration such as 30m, 2h or 1d, not '{text}'")
    return float(int(found[1]) * _SECONDS[found[2]])
