"""A store's backup made, looked at, and put back in its place."""

from pathlib import Path

from engine.domain.backup import BackupSeen, Restored
from engine.domain.errors import Refused
from engine.operations.context import Context
from engine.store import restoring
from engine.store.address import place_of
from engine.store.backup import working_folder
from engine.store.holding import refuse_open
from engine.store.presence import Here


def backup(context: Context, file: str, *, actor: str) -> BackupSeen:
    """A copy of the store in a new file, made beside whatever runs."""
    return context.store.backup.write(Path(file).absolute(), actor=actor)


def check(context: Context, file: str) -> BackupSeen:
    """What is in a backup, and whether it holds; nothing is changed."""
    path, here = Path(file).absolute(), _here(context)
    place = restoring.refuse_postgres(_place(context), path)
    with working_folder(place.path.parent, "restore") as folder:
        return restoring.unpacked(path, folder, here, context.clock())


def restore(
    context: Context, file: str, *, damaged: bool, reason: str, actor: str
) -> Restored:
    """The store of a backup in the place of the one there is, which is kept beside it.

    Refused while anybody has that one open, and where the one in the backup is not sound, unless
    `damaged` says that it may be so.
    """
    path, here, now = Path(file).absolute(), _here(context), context.clock()
    place = restoring.refuse_postgres(_place(context), path)
    home = context.settings.home
    with working_folder(place.path.parent, "restore") as folder:
        seen = restoring.unpacked(path, folder, here, now)
        if not (seen.sound or damaged):
            _refuse_unsound(seen)
        context.reopen()
        if place.path.exists():
            restoring.refuse_running(place.path, here, now)
            refuse_open(place.path)
        interrupted = restoring.freed(folder, place.path, now=now)
        aside = restoring.aside_of(place.path, home, now)
        restoring.put_in_place(folder, place.path, home, aside)
    kept = None if aside is None else str(aside)
    context.store.audit(
        actor=actor,
        action="restore",
        subject="store",
        reason=reason,
        detail={"file": str(path), "made_at": seen.made_at.isoformat(), "aside": kept},
    )
    return Restored(seen, str(place.path), kept, interrupted)


def _refuse_unsound(seen: BackupSeen) -> None:
    first = next(finding for finding in seen.findings if finding.serious)
    more = len(seen.findings) - 1
    said = f", and {more} more" if more else ""
    raise Refused(
        f"{seen.path} is not sound: {first.subject}: {first.message}{said}; take another "
        "backup, or add --damaged to restore it as it is"
    )


def _place(context: Context) -> restoring.Place:
    return place_of(context.settings.store, context.settings.home)


def _here(context: Context) -> Here:
    from datetime import timedelta

    settings = context.settings
    return Here(settings.host, timedelta(seconds=settings.lease))
