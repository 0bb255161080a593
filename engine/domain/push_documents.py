"""The JSON shapes of tokens for push Links."""

from collections.abc import Sequence
from typing import Any

from engine.domain.delivery import TokenSeen
from engine.domain.documents import when


def token_document(link: str, name: str, token: str) -> dict[str, Any]:
    """A token for a push Link, the one time it is shown."""
    return {"link": link, "name": name, "token": token}


def tokens_document(tokens: Sequence[TokenSeen]) -> dict[str, Any]:
    """Tokens, without what is secret of them."""
    return {
        "tokens": [
            {
                "link": each.link,
                "name": each.name,
                "made_at": when(each.made_at),
                "made_by": each.made_by,
                "revoked_at": when(each.revoked_at),
                "revoked_by": each.revoked_by,
            }
            for each in tokens
        ]
    }
