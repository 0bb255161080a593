"""Where the service listens: a port of this machine alone, or a socket only its owner reaches."""

import ipaddress
import os
import socket
import stat
from pathlib import Path

from engine.domain.errors import Misused, Refused
from engine.domain.values import dataclass
from engine.operations.context import private_folder

UNIX = "unix:"
LONGEST_PATH = 107
"""Bytes that the address of a socket may have."""

_BACKLOG = 256


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a port, or the path of a socket."""

    host: str = ""
    port: int = 0
    path: Path | None = None

    @classmethod
    def parsed(cls, said: str, *, anywhere: bool = False) -> "Address":
        """What `--listen` says. Misused where it is no address, or one that others reach.

        `anywhere`: others may reach it, that was asked for.
        """
        if said.startswith(UNIX):
            return cls(path=_path(said.removeprefix(UNIX)))
        host, colon, port = said.rpartition(":")
        if not colon or not (port.isascii() and port.isdigit()) or int(port) > _PORTS:
            raise Misused(f"--listen '{said}': give HOST:PORT or unix:PATH")
        host = host.strip("[]") or "127.0.0.1"
        if not anywhere and not _is_loopback(host):
            raise Misused(
                f"--listen {said}: other machines reach this address, and tokens would cross the "
                "network unencrypted; put a proxy with TLS before 127.0.0.1, or say "
                "--listen-anywhere"
            )
        return cls(host, int(port))

    def __str__(self) -> str:
        if self.path is not None:
            return f"{UNIX}{self.path}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    def bound(self) -> socket.socket:
        """A socket that listens there. Refused where it cannot."""
        if self.path is not None:
            return _bound_to_path(self.path)
        try:
            return _bound_to_port(self.host, self.port)
        except OSError as cause:
            raise Refused(
                f"cannot listen on {self}: {cause.strerror or cause}; "
                "choose another address with --listen"
            ) from cause


_PORTS = 65535


def _path(said: str) -> Path:
    path = Path(said).expanduser().absolute()
    if not said or len(os.fsencode(path)) > LONGEST_PATH:
        raise Misused(
            f"--listen unix:{said}: give a path of at most {LONGEST_PATH} bytes for the socket"
        )
    return path


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bound_to_port(host: str, port: int) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    family, kind, _, _, address = found[0]
    # The protocol by name, or asyncio leaves Nagle's delay on: 40 ms an answer.
    listening = socket.socket(family, kind, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


def _bound_to_path(path: Path) -> socket.socket:
    folder = private_folder(path.parent)
    found = folder.stat()
    if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise Refused(
            f"others may enter {folder}, so its socket would be open to them; "
            f"chmod 700 {folder}, or choose another folder"
        )
    _clear(path)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listening.bind(str(path))
        # Nobody else gets into the folder, so there is no moment at which it is open.
        path.chmod(0o600)
        listening.listen(_BACKLOG)
    except OSError as cause:
        listening.close()
        raise Refused(f"cannot listen on {path}: {cause.strerror or cause}") from cause
    return listening


def _clear(path: Path) -> None:
    """Take away a socket that nobody listens on any more; Refused for anything else."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise Refused(f"{path} is there already and is no socket; choose another path")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        try:
            asking.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
        except OSError as cause:
            raise Refused(f"{path} cannot be looked at: {cause.strerror}") from cause
    raise Refused(f"another process listens on {path}; stop it, or choose another path")
