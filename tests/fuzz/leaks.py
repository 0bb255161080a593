"""Canaries in every place where a secret enters, and the search for them in all that is left."""

import json
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from tests.servers.scripted import Answer, Body, Seen, Status


def canary(name: str) -> str:
    """A secret nobody writes by chance, with what escapes change: quote, slash, plus, ampersand."""
    return f'c4nary-{name}-"&+/\\<é>'.encode("ascii", "ignore").decode()


def forms(secret: str) -> set[str]:
    """How it would look where it leaked."""
    return {
        secret,
        json.dumps(secret)[1:-1],
        quote(secret, ""),
        quote(secret),
        b64encode(secret.encode()).decode(),
        # A part is a leak, too.
        secret[: secret.index('"')] if '"' in secret else secret[:-1],
    }


@dataclass
class Search:
    """Looks for canaries in texts and files; `hits` says where which was found."""

    secrets: dict[str, str]
    hits: list[str] = field(default_factory=list)

    def text(self, where: str, said: str) -> None:
        """Look through what a command or a screen said."""
        for name, secret in self.secrets.items():
            for form in forms(secret):
                if form in said:
                    at = said.index(form)
                    self.hits.append(
                        f"{name} in {where}: …{said[max(0, at - 80) : at + 40]!r}"
                    )
                    break

    def files(self, folder: Path, *, but: Iterable[Path] = ()) -> int:
        """Look through every file below a folder but those where secrets are meant to be."""
        spared, looked = set(but), 0
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path not in spared:
                looked += 1
                self.text(
                    str(path.relative_to(folder)), path.read_bytes().decode("latin-1")
                )
        return looked


def echo(seen: Seen) -> Answer:
    """A server that repeats all it was told: in plain, as JSON, and in the headers."""
    everything = " ".join(
        [seen.target, *seen.headers.values(), seen.body.decode("latin-1")]
    )
    if "plain" in seen.path:
        return Body(everything.encode("latin-1")[:5000], 400, "text/plain")
    if "away" in seen.path:
        return Body(
            b"", 302, headers={"Location": f"http://127.0.0.1:9/{quote(everything)}"}
        )
    if "cut" in seen.path:
        told = seen.headers.get("authorization", "")
        return Status(400, "x" * (210 - len(told)) + told)
    return Status(400, everything, x_request_id=seen.headers.get("authorization", "-"))
