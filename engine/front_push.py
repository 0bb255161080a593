"""The part of the front door where tokens for push Links are made and revoked."""

from engine.domain.delivery import TokenSeen
from engine.operations.context import Context


class PushDoor:
    """Tokens; part of `engine.engine.Engine`."""

    _context: Context

    def create_token(
        self, link: str, *, name: str | None = None, actor: str
    ) -> tuple[str, str]:
        """A new token for a push Link: its name, and itself, which is never shown again."""
        from engine.operations import tokens

        return tokens.create(self._context, link, name=name, actor=actor)

    def tokens(self, link: str | None = None) -> tuple[TokenSeen, ...]:
        """The tokens of a Link, or of all, without what is secret of them."""
        from engine.operations import tokens

        return tokens.listed(self._context, link)

    def revoke_token(
        self, link: str, *, name: str, reason: str | None = None, actor: str
    ) -> None:
        """Let a token hold no longer, from within a second on."""
        from engine.operations import tokens

        tokens.revoke(self._context, link, name=name, actor=actor, reason=reason)
