"""Tokens for push Links: shown once, kept as hashes, compared in constant time."""

import hmac
import secrets
from collections.abc import Mapping
from hashlib import sha256

from engine.domain.delivery import TokenSeen
from engine.domain.errors import Refused
from engine.operations import definitions
from engine.operations.context import Context
from engine.store.tokens import NewToken

FOR_ALL = "LINKDECK_PUSH_TOKEN"
"""The variable with a token that holds for every push Link."""

_PREFIX = "ldp_"
_BYTES = 32


def create(context: Context, link: str, *, name: str | None, actor: str) -> tuple[str, str]:
    """A new token for a push Link: its name, and itself, which nobody can be shown again."""
    definition = definitions.as_written(context, link)
    known = definition.link.name
    if not definitions.takes_deliveries(context, definition):
        raise Refused(
            f"the Link '{known}' fetches its records; only a push Link takes deliveries "
            "(source: {adapter: push})"
        )
    # Random enough that a plain hash of it cannot be searched for.
    token = _PREFIX + secrets.token_urlsafe(_BYTES)
    new = NewToken(known, _named(name), hashed(token))
    return context.store.push.made(new, actor=actor), token


def listed(context: Context, link: str | None) -> tuple[TokenSeen, ...]:
    """The tokens of a Link, or of all; never what is secret of them."""
    return context.store.push.tokens(link)


def revoke(
    context: Context, link: str, *, name: str, actor: str, reason: str | None
) -> None:
    """Let a token hold no longer: within a second, wherever it is used."""
    context.store.push.revoke(link, name, actor=actor, reason=reason)


def hashed(token: str) -> str:
    """What is kept of a token."""
    return sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def holder(token: str, known: Mapping[str, str]) -> str | None:
    """The name of the token among those known by their hashes; all are compared, every time."""
    digest = hashed(token)
    found = None
    for name, kept in known.items():
        if hmac.compare_digest(digest, kept):
            found = name
    return found


def _named(name: str | None) -> str | None:
    if name is None:
        return None
    if not name.strip() or not name.isprintable() or len(name) > _LONGEST:
        raise Refused(f"a token's name is printable text of at most {_LONGEST} characters")
    return name


_LONGEST = 64
