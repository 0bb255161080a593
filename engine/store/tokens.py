"""Tokens for push Links: made, listed, revoked; only hashes are kept, and every act is audited."""

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from engine.domain.delivery import TokenSeen
from engine.domain.errors import Refused
from engine.domain.values import dataclass
from engine.store.audit import Act, Audit
from engine.store.database import Write
from engine.store.numbers import taken
from engine.store.push_tables import TOKEN
from engine.store.rows import AnyRow

COUNTER = "push_token"


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token as it is kept."""

    link: str
    name: str | None
    hash: str


def made(write: Write, audit: Audit, new: NewToken, *, actor: str, now: datetime) -> str:
    """Keep a token; its name. Refused where the Link has one of that name that still holds."""
    connection = write.connection
    number = taken(connection, COUNTER)
    name = new.name or f"token-{number}"
    if _holding(connection, new.link, name) is not None:
        raise Refused(
            f"{new.link} has a token '{name}' already; choose another --name, or: "
            f"linkdeck token revoke {new.link} --name {name}"
        )
    row = {
        "id": number,
        "link": new.link,
        "name": name,
        "hash": new.hash,
        "made_at": now,
        "made_by": actor,
    }
    connection.execute(insert(TOKEN), row)
    audit.append(write, Act(actor, "token create", new.link, None, {"name": name}), now=now)
    return name


def revoked(write: Write, audit: Audit, act: Act, name: str, *, now: datetime) -> None:
    """Let a token hold no longer; `act.subject` is its Link. Refused where there is none."""
    connection = write.connection
    found = _holding(connection, act.subject, name)
    if found is None:
        raise Refused(
            f"{act.subject} has no token '{name}' that holds; "
            f"linkdeck token list {act.subject} shows those there are"
        )
    values = {"revoked_at": now, "revoked_by": act.actor}
    connection.execute(update(TOKEN).where(TOKEN.c.id == found.id).values(**values))
    audit.append(write, act, now=now)


def listed(connection: Connection, link: str | None) -> tuple[TokenSeen, ...]:
    """Tokens of a Link, or of all, oldest first."""
    query = select(TOKEN).order_by(TOKEN.c.link, TOKEN.c.id)
    if link is not None:
        query = query.where(TOKEN.c.link == link)
    return tuple(
        TokenSeen(
            link=row.link,
            name=row.name,
            made_at=row.made_at,
            made_by=row.made_by,
            revoked_at=row.revoked_at,
            revoked_by=row.revoked_by,
        )
        for row in connection.execute(query)
    )


def hashes(connection: Connection, link: str) -> dict[str, str]:
    """By name, the hashes of the tokens of a Link that hold."""
    query = select(TOKEN.c.name, TOKEN.c.hash).where(
        TOKEN.c.link == link, TOKEN.c.revoked_at.is_(None)
    )
    return {row.name: row.hash for row in connection.execute(query)}


def _holding(connection: Connection, link: str, name: str) -> AnyRow | None:
    query = select(TOKEN).where(
        TOKEN.c.link == link, TOKEN.c.name == name, TOKEN.c.revoked_at.is_(None)
    )
    found: AnyRow | None = connection.execute(query).first()
    return found
