"""The shop as a process of its own: started, waited for, ended by its id."""

import os
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import quote

import engine
from engine.demo.world import World
from engine.domain.errors import Refused
from engine.domain.values import dataclass

_PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class OpenShop:
    """A shop that answers: where, under which process id, and with which token."""

    url: str
    pid: int
    token: str

    def heal(self, what: str) -> None:
        """Have the shop mend its `pages`, its `records`, or `all`; Refused where it is gone."""
        self._tell(f"heal?what={what}")

    def spoil(self, page: int) -> None:
        """Have a page of orders answer badly until it is healed."""
        self._tell(f"spoil?page={page}")

    def set_clock(self, at: datetime | None) -> None:
        """Tell the shop what time it is; None: what everybody says."""
        self._tell(f"now?at={quote(at.isoformat())}" if at else "now")

    def _tell(self, what: str) -> None:
        host, port = self.url.removeprefix("http://").split(":")
        connection = HTTPConnection(host, int(port), timeout=_PATIENCE)
        try:
            connection.request("POST", f"/admin/{what}")
            connection.getresponse().read()
        except (OSError, HTTPException) as gone:
            raise Refused(f"the demo's shop at {self.url} is gone: {gone}") from gone
        finally:
            connection.close()


@contextmanager
def open_shop(world: World, *, token: str, log: Path) -> Iterator[OpenShop]:
    """A shop on a free port of loopback that lasts as long as the block, or this process.

    Raises Refused where it does not start.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        host, port = listening.getsockname()
        process = _started(world, listening, token=token, log=log)
    # From here on the shop alone holds the socket: where it dies, a caller is refused at once.
    try:
        _wait_for(process, host, port, log)
        yield OpenShop(f"http://{host}:{port}", process.pid, token)
    finally:
        # It keeps nothing, so there is nothing for it to put away first.
        process.kill()
        process.wait()


def _started(
    world: World, listening: socket.socket, *, token: str, log: Path
) -> subprocess.Popen[bytes]:
    number = listening.fileno()
    command = [sys.executable, "-P", "-m", "engine.demo.shop"]
    world_options = ["--seed", str(world.seed), "--records", str(world.records)]
    if world.until is not None:
        world_options += ["--until", world.until.isoformat()]
    bonds = ["--socket", str(number), "--parent", str(os.getpid())]
    log.touch(mode=0o600)
    with log.open("wb") as said:
        return subprocess.Popen(
            [*command, *world_options, *bonds],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            env={**os.environ, "SHOP_TOKEN": token, **_import_path()},
            pass_fds=[number],
            start_new_session=True,
        )


def _import_path() -> dict[str, str]:
    """Lets the shop find `engine` where this process did, when that is not among the installed."""
    ours = str(Path(engine.__file__).parent.parent)
    if ours == sysconfig.get_path("purelib"):
        return {}
    theirs = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": f"{ours}{os.pathsep}{theirs}" if theirs else ours}


def _wait_for(process: subprocess.Popen[bytes], host: str, port: int, log: Path) -> None:
    """Until the shop answers on its real socket: the request itself waits in the queue."""
    deadline = time.monotonic() + _PATIENCE
    connection = HTTPConnection(host, port, timeout=_PATIENCE)
    try:
        connection.request("GET", "/health")
        if connection.getresponse().status == 200:
            return
    except (OSError, HTTPException):
        process.kill()
        process.wait()
    finally:
        connection.close()
    waited = _PATIENCE - max(0.0, deadline - time.monotonic())
    raise Refused(f"the demo's shop did not start within {waited:.0f} s; {log} says why")
