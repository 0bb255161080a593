"""A server on loopback that speaks TLS, with a certificate it signed itself."""

import ssl
from pathlib import Path

from tests.servers.scripted import Script, ScriptedServer

CERTIFICATE = Path(__file__).with_name("self_signed.pem")
"""For localhost, for a hundred years, with its key: it guards nothing."""


class SelfSignedServer(ScriptedServer):
    """A ScriptedServer at an https address that nobody has reason to trust."""

    def __init__(self, script: Script) -> None:
        super().__init__(script)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = self.url.replace("http:", "https:")
