"""`token`."""

from datetime import datetime
from typing import Annotated, Literal

from cyclopts import Parameter

from console.cli.acting import ACTOR, actor_or_default, given
from console.cli.shared import DEFAULT, Shared
from console.cli.suggest import links as names
from console.format import moment
from console.pages.page import Column, Grid, Line, Page
from engine.domain.delivery import TokenSeen
from engine.domain.errors import Misused
from engine.domain.push_documents import token_document, tokens_document

Act = Literal["create", "list", "revoke"]


def token(
    act: Annotated[Act, Parameter(help="create, list or revoke")],
    link: Annotated[str | None, Parameter(help="the Link", completer=names)] = None,
    /,
    *,
    name: Annotated[
        str | None, Parameter(help="what it is called; the audit names who delivered by it")
    ] = None,
    reason: Annotated[
        str | None, Parameter(help="why it is revoked; kept in the audit")
    ] = None,
    actor: Annotated[str | None, ACTOR] = None,
    shared: Shared = DEFAULT,
) -> int:
    """Make, list or revoke the tokens by which others deliver records to a push Link.

    A token is shown once, when it is made; only its hash is kept. A revoked one holds no longer
    within a second. LINKDECK_PUSH_TOKEN, where the service has it, holds for all Links.
    """
    if act == "list":
        return _list(link, shared)
    if link is None:
        raise Misused(f"say of which Link: linkdeck token {act} LINK")
    who = actor_or_default(actor)
    if act == "create":
        return _create(link, name, who, shared)
    if name is None:
        raise Misused(f"say which one: linkdeck token revoke {link} --name NAME")
    why = None if reason is None else given(reason)
    with shared.engine() as engine:
        engine.revoke_token(link, name=name, reason=why, actor=who)
    shared.answer(
        lambda: {"link": link, "name": name, "revoked": True},
        lambda: (Line(f"the token '{name}' of {link} holds no longer"),),
    )
    return 0


def _create(link: str, name: str | None, who: str, shared: Shared) -> int:
    with shared.engine(makes=True) as engine:
        called, secret = engine.create_token(link, name=name, actor=who)
    shared.answer(
        lambda: token_document(link, called, secret),
        lambda: (
            Line(secret),
            Line(f"This is the token '{called}' of {link}. It is not shown again."),
        ),
    )
    return 0


def _list(link: str | None, shared: Shared) -> int:
    with shared.engine() as engine:
        found = engine.tokens(link)
    shared.answer(lambda: tokens_document(found), lambda: _page(found))
    return 0


def _page(found: tuple[TokenSeen, ...]) -> Page:
    if not found:
        return (Line("there are no tokens; linkdeck token create LINK makes one"),)
    columns = [Column(title) for title in ("Link", "Token", "Made", "By", "Revoked")]
    rows = [
        (each.link, each.name, _when(each.made_at), each.made_by, _when(each.revoked_at))
        for each in found
    ]
    return (Grid(columns, rows),)


def _when(at: datetime | None) -> str:
    return "" if at is None else moment(at)
