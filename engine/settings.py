"""Where Linkdeck lives: paths and environment, resolved once."""

import getpass
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.domain.errors import Misused


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
    def batch_limit(self) -> float:
        """Seconds a Batch of foreign code may take before its worker is ended.

        900, or what `LINKDECK_BATCH_LIMIT` says. Raises Misused where that is no such number.
        """
        said = self.environ.get("LINKDECK_BATCH_LIMIT") or _BATCH_LIMIT
        try:
            limit = float(said)
        except ValueError:
            limit = 0.0
        # Neither NaN nor more than the system's timers can hold.
        if not 0.0 < limit <= _LONGEST:
            raise Misused(f"LINKDECK_BATCH_LIMIT is '{said}'; give seconds, such as 900")
        return limit


_BATCH_LIMIT = "900"
_LONGEST = 1_000_000.0


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
