"""What must never be read in a message: the secrets of an address, its headers and its auth."""

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlsplit

from engine.adapters.http.options import Auth, BasicAuth, BearerAuth, HeaderAuth
from engine.domain.secrecy import forms_of, hidden
from engine.domain.values import dataclass

_SHORTEST = 3
_TELLING = re.compile(r"auth|cookie|key|passw|secret|signature|token", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Redaction:
    """Takes known secrets out of a text, in every form of them, longest first."""

    forms: tuple[str, ...] = ()

    def hide(self, text: str) -> str:
        """The text with every secret starred out."""
        return hidden(text, self.forms)


def redaction(
    url: str,
    *,
    auth: Auth | None = None,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, object] | None = None,
) -> Redaction:
    """What hides the secrets a request is made with, also where a server echoes them."""
    found = {*_of_url(url), *_of_auth(auth)}
    found |= _telling((headers or {}).items())
    found |= _telling((name, str(value)) for name, value in (params or {}).items())
    return Redaction(forms_of(found, shortest=_SHORTEST))


def _of_url(url: str) -> set[str]:
    parts = urlsplit(url)
    return {*filter(None, [parts.password])} | _telling(parse_qsl(parts.query))


def _of_auth(auth: Auth | None) -> set[str]:
    match auth:
        case BearerAuth(bearer=token):
            return {token}
        case BasicAuth(basic=given):
            return {given.password, basic_token(given.user, given.password)}
        case HeaderAuth(header=given):
            return {given.value}
        case None:
            return set()


def _telling(pairs: Iterable[tuple[str, str]]) -> set[str]:
    return {value for name, value in pairs if _TELLING.search(name)}


def basic_token(user: str, password: str) -> str:
    """What `Authorization: Basic` carries."""
    return b64encode(f"{user}:{password}".encode()).decode("ascii")
