"""Certificates for tests: an authority of our own, and what it says of a server, right or wrong."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.servers.scripted import Script, ScriptedServer

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True)
class Authority:
    """An authority in a folder of its own; `trusted` is what a client must trust."""

    folder: Path

    @classmethod
    def made(cls, folder: Path) -> "Authority":
        """A new one, that nobody trusts yet."""
        authority = cls(folder)
        _openssl(
            "req", "-x509", *_KEY, "-keyout", folder / "authority.key",
            "-out", authority.trusted, "-subj", "/CN=an authority", "-days", "2",
        )  # fmt: skip
        return authority

    @property
    def trusted(self) -> Path:
        """Its own certificate."""
        return self.folder / "authority.pem"

    def signed(self, names: str, *, days: int = 2) -> Path:
        """A certificate and its key, in one file, for these names; expired where days is -1."""
        made = self.folder / f"server{days}.pem"
        request, key = made.with_suffix(".csr"), made.with_suffix(".key")
        said = made.with_suffix(".ext")
        said.write_text(f"subjectAltName={names}")
        _openssl("req", *_KEY, "-keyout", key, "-out", request, "-subj", "/CN=a server")
        _openssl(
            "x509", "-req", "-in", request, "-CA", self.trusted,
            "-CAkey", self.folder / "authority.key", "-CAcreateserial",
            "-out", made, "-days", str(days), "-extfile", said,
        )  # fmt: skip
        made.write_bytes(made.read_bytes() + key.read_bytes())
        return made


class SecureServer(ScriptedServer):
    """A ScriptedServer at an https address, with this certificate."""

    def __init__(self, script: Script, certificate: Path) -> None:
        super().__init__(script)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = self.url.replace("http:", "https:")


def _openssl(*arguments: object) -> None:
    subprocess.run(
        ["openssl", *map(str, arguments)],
        check=True,
        capture_output=True,
        timeout=30,
    )
