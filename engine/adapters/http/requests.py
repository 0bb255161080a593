"""What every request of an endpoint carries: its credentials, its headers, its parameters."""

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from engine.adapters.http.address import without_user
from engine.adapters.http.options import (
    Auth,
    BasicAuth,
    BearerAuth,
    Credentials,
    HeaderAuth,
    Scalar,
)
from engine.adapters.http.redaction import basic_token

Headers = tuple[tuple[bytes, bytes], ...]


def credentials_of(url: str, auth: Auth | None) -> tuple[str, Auth | None]:
    """The address without `user:password@`, which becomes the auth where none is given."""
    bare, user = without_user(url)
    if auth is None and user is not None:
        auth = BasicAuth(basic=Credentials(user=user[0], password=user[1]))
    return bare, auth


def headers_of(
    auth: Auth | None,
    given: Mapping[str, str],
    *,
    usual: Mapping[str, str],
) -> Headers:
    """Header lines: the usual ones, over them what the definition gives, over all the auth."""
    lines = {"user-agent": ("User-Agent", "linkdeck")}
    for name, value in (*usual.items(), *given.items(), *_proof(auth)):
        lines[name.lower()] = (name, value)
    return tuple(
        (name.encode("ascii", "backslashreplace"), value.encode())
        for name, value in lines.values()
    )


def with_params(url: str, params: Mapping[str, Scalar]) -> str:
    """The address with these parameters in its query."""
    if not params:
        return url
    base, mark, fragment = url.partition("#")
    joint = "&" if "?" in base else "?"
    query = urlencode([(name, _spelled(value)) for name, value in params.items()])
    return f"{base}{joint}{query}{mark}{fragment}"


def without_params(url: str, params: Mapping[str, Scalar]) -> str:
    """A server's link without what every request carries anyway, some of which may be secret."""
    own = {(name, _spelled(value)) for name, value in params.items()}
    parts = urlsplit(url)
    left = [
        pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair not in own
    ]
    return urlunsplit(parts._replace(query=urlencode(left), fragment=""))


def with_missing_params(url: str, params: Mapping[str, Scalar]) -> str:
    """The link as the server gave it, again with what every request carries."""
    there = {name for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)}
    return with_params(url, {n: value for n, value in params.items() if n not in there})


def _proof(auth: Auth | None) -> Iterable[tuple[str, str]]:
    match auth:
        case BearerAuth(bearer=token):
            return [("Authorization", f"Bearer {token}")]
        case BasicAuth(basic=who):
            return [("Authorization", f"Basic {basic_token(who.user, who.password)}")]
        case HeaderAuth(header=header):
            return [(header.name, header.value)]
        case None:
            return []


def _spelled(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
