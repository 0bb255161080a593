"""What every operation needs: settings, the store once somebody asks for it, the catalogue."""

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
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


Clock = Callable[[], datetime]
"""What time it is; passed to whatever writes a time down. It can be pickled."""


def utc_now() -> datetime:
    """The clock on the wall."""
    return datetime.now(UTC)


class Context:
    """The composition root of one process; the store is opened by the first who needs it."""

    def __init__(
        self, settings: Settings, clock: Clock = utc_now, *, looks: bool = False
    ) -> None:
        self.settings, self.clock, self._looks = settings, clock, looks
        self.privacies: dict[str, Privacy] = {}

    @cached_property
    def store(self) -> "Store":
        """The store, opened and migrated; one that was named is not made by who only looks."""
        from datetime import timedelta

        from engine.store.presence import Here
        from engine.store.store import Store

        settings = self.settings
        here = Here(settings.host, timedelta(seconds=settings.lease))
        create = settings.store is None or not self._looks
        return Store.open(
            settings.store, home=settings.home, create=create, clock=self.clock, here=here
        )

    @cached_property
    def catalogue(self) -> Mapping[str, Mapping[str, type[Any]]]:
        """Installed Adapters by role and name."""
        return plugins.installed()

    def close(self) -> None:
        """Let go of the store, if it was ever opened."""
        if "store" in self.__dict__:
            self.store.close()

    def reopen(self) -> None:
        """Let go of the store; who needs it next opens the one that is there then."""
        self.close()
        self.__dict__.pop("store", None)

    def owner(self, who: str) -> "Owner":
        """This process, as the one that runs a Sync Event."""
        import psutil

        from engine.store.events import Owner

        process = psutil.Process()
        return Owner(
            host=self.settings.host,
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
