"""Who acts, and why: what every change carries into the audit (P7)."""

import os

from cyclopts import Parameter

from engine.domain.errors import Misused

ACTOR = Parameter(help="who acts (default: user@host, and where an SSH session came from)")


def actor_or_default(actor: str | None) -> str:
    """The actor that was named, else whoever is logged in. Raises Misused for a blank one."""
    from engine.settings import default_actor

    if actor is None:
        return default_actor(os.environ)
    if not actor.strip():
        raise Misused("--actor is blank; leave it out, or say who acts")
    return actor


def given(reason: str) -> str:
    """The reason, which must say something. Raises Misused for a blank one."""
    if not reason.strip():
        raise Misused("--reason is blank; say why in a few words")
    return reason
