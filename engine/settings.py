"""Where Linkdeck lives: paths and environment, resolved once."""

import getpass
import os
import socket
from collections.abc import Mapping
from pathlib import Path

from engine.domain.errors import Misused
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Resolved places: `home`, the folder of Links, and the store's URL (None: SQLite in home)."""

    home: Path
    links: Path
    store: str | None
    environ: Mapping[str, str]

    @classmethod
    def resolve(
        cls,
        home: str | None,
        links: str | None,
        store: str | None,
        environ: Mapping[str, str] | None = None,
    ) -> "Settings":
        """Flags first, then `LINKDECK_HOME` and `LINKDECK_STORE`, then the platform's folder."""
        variables = os.environ if environ is None else environ
        place = Path(home or variables.get("LINKDECK_HOME") or _default_home()).expanduser()
        return cls(
            home=place.absolute(),
            links=Path(links).expanduser().absolute()
            if links
            else place.absolute() / "links",
            store=store or variables.get("LINKDECK_STORE") or None,
            environ=variables,
        )

    @property
    def host(self) -> str:
        """What this host calls itself in the store: its name, or `LINKDECK_HOST`.

        Containers need it that share a store and a name, but not their processes.
        """
        return self.environ.get("LINKDECK_HOST") or socket.gethostname()

    @property
    def lease(self) -> float:
        """Seconds for which a process on another host is believed alive after its last heartbeat.

        60, or what `LINKDECK_LEASE` says. Raises Misused where that is no such number.
        """
        return _seconds(self.environ, "LINKDECK_LEASE", _LEASE, least=_SHORTEST_LEASE)

    @property
    def idle_exit(self) -> float:
        """Seconds that an engine started by a console stays when there is nothing to do.

        60, or what `LINKDECK_IDLE_EXIT` says. Raises Misused where that is no such number.
        """
        return _seconds(self.environ, "LINKDECK_IDLE_EXIT", _IDLE_EXIT)

    @property
    def batch_limit(self) -> float:
        """Seconds a Batch of foreign code may take before its worker is ended.

        900, or what `LINKDECK_BATCH_LIMIT` says. Raises Misused where that is no such number.
        """
        return _seconds(self.environ, "LINKDECK_BATCH_LIMIT", _BATCH_LIMIT)


_BATCH_LIMIT = "900"
_LEASE = "60"
_IDLE_EXIT = "60"
_SHORTEST_LEASE = 3.0
_LONGEST = 1_000_000.0


def _seconds(
    environ: Mapping[str, str], name: str, default: str, *, least: float = 0.0
) -> float:
    said = environ.get(name) or default
    try:
        seconds = float(said)
    except ValueError:
        seconds = 0.0
    # Neither NaN nor more than the system's timers can hold.
    if not (0.0 < seconds <= _LONGEST and seconds >= least):
        wanted = f", {least:g} at least" if least else ""
        raise Misused(f"{name} is '{said}'; give seconds{wanted}, such as {default}")
    return seconds


def _default_home() -> str:
    from platformdirs import user_data_dir

    return user_data_dir("linkdeck", appauthor=False)


def default_actor(environ: Mapping[str, str]) -> str:
    """Who acts when nobody says: user@host, and where an SSH session came from (P7)."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = f"uid{os.getuid()}"
    origin = environ.get("SSH_CONNECTION", "").split(" ")[0]
    actor = f"{user}@{socket.gethostname()}"
    return f"{actor} from {origin}" if origin else actor
