"""What every operation needs: settings, the store once somebody asks for it, the catalogue."""

import os
import socket
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import plugins
from engine.domain.errors import Refused
from engine.domain.masking import Privacy
from engine.settings import Settings

if TYPE_CHECKING:
    from engine.store.events import Owner
    from engine.store.store import Store


class Context:
    """The composition root of one process; the store is opened by the first who needs it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.privacies: dict[str, Privacy] = {}

    @cached_property
    def store(self) -> "Store":
        """The store, opened and migrated."""
        from engine.store.store import Store

        return Store.open(self.settings.store, home=self.settings.home)

    @cached_property
    def catalogue(self) -> Mapping[str, Mapping[str, type[Any]]]:
        """Installed Adapters by role and name."""
        return plugins.installed()

    def close(self) -> None:
        """Let go of the store, if it was ever opened."""
        if "store" in self.__dict__:
            self.store.close()

    def owner(self, who: str) -> "Owner":
        """This process, as the one that runs a Sync Event."""
        import psutil

        from engine.store.events import Owner

        process = psutil.Process()
        return Owner(
            host=socket.gethostname(),
            pid=os.getpid(),
            started=process.create_time(),
            who=who,
        )

    def event_number(self, ref: str) -> int:
        """The Sync Event that `12`, `#12` or `latest:LINK` means."""
        if ref.startswith("latest:"):
            link = ref.removeprefix("latest:")
            number = self.store.latest(link)
            if number is None:
                raise Refused(
                    f"the Link '{link}' has no Sync Event yet; linkdeck run {link}"
                )
            return number
        digits = ref.removeprefix("#")
        if not (digits.isascii() and digits.isdigit()) or len(digits) > _DIGITS:
            raise Refused(
                f"'{ref}' is not a Sync Event: give a number, #number or latest:LINK"
            )
        return int(digits)


_DIGITS = 18


def private_folder(path: Path) -> Path:
    """The folder, made with mode 0700 where it is missing, and so what it stands in."""
    missing = [each for each in (path, *path.parents) if not each.exists()]
    try:
        for folder in reversed(missing):
            folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as cause:
        raise Refused(f"{path} cannot be made: {cause.strerror}") from cause
    return path
