"""Where a Dask cluster is, as a definition and the command line name it: `dask://HOST:PORT`."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from engine.domain.values import dataclass

SCHEME = "dask"
EXECUTORS = "threads, processes, dask://HOST:PORT"
"""Where batches may be prepared, as people are told."""

PORT = 8786
"""Where a Dask scheduler listens unless it is told otherwise."""

_INSECURE = "insecure=1"


@dataclass(frozen=True, slots=True)
class ClusterAddress:
    """A scheduler; `insecure`: somebody said that the network between is private."""

    host: str
    port: int
    insecure: bool = False

    def __str__(self) -> str:
        return f"{SCHEME}://{self.place}"

    @property
    def place(self) -> str:
        """Host and port, as they stand in an address."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def is_here(self) -> bool:
        """Whether nothing leaves this machine on the way there."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False


def cluster_address(text: str) -> ClusterAddress | None:
    """The cluster that a text names; None where it names none."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port or PORT
    except ValueError:
        return None
    if parts.scheme != SCHEME or not host or parts.username or parts.fragment:
        return None
    if parts.path not in ("", "/") or parts.query not in ("", _INSECURE):
        return None
    return ClusterAddress(host, port, insecure=parts.query == _INSECURE)
