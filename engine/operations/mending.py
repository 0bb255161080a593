"""`doctor --fix`: what can be mended without asking anybody, each thing in the audit."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from engine.domain.errors import LinkdeckError
from engine.domain.requests import Finding, Fixed
from engine.operations.context import Context

_LEFT_BY_PID = re.compile(r"(?:secret|audit\.anchor|backup|restore)\.(\d+)(?:-\d+)?")
"""What a process leaves in HOME that was killed while it replaced a file, or copied a store."""

SPOOL = "spool"


def mend(context: Context, *, actor: str) -> tuple[Fixed, ...]:
    """Mend what can be mended; what was. The store comes last: it opens only where it may."""
    outside = [*_modes(context), *_left_behind(context)]
    try:
        mending = context.store.mending
    except LinkdeckError:
        # What is wrong with it is among what is left.
        return tuple(outside)
    outside += _spools(context)
    for fixed in outside:
        mending.note(fixed, actor=actor)
    return (*outside, *mending.mend(actor=actor))


def findings(context: Context) -> Iterator[Finding]:
    """What lies about and is nobody's, for `doctor`."""
    for path in _leftovers(context):
        yield Finding(
            str(path),
            "whoever made this has died, and nobody needs it",
            "linkdeck doctor --fix removes it",
            serious=False,
            fixable=True,
        )
    for folder in _unneeded(context):
        yield Finding(
            str(folder),
            "what a tap has said is kept here, and no run or retry needs it any more",
            "linkdeck doctor --fix removes it",
            serious=False,
            fixable=True,
        )


def _modes(context: Context) -> Iterator[Fixed]:
    from engine.store.opening import private_places
    from engine.store.private import closed_to_others

    settings = context.settings
    for place in dict.fromkeys(private_places(settings.store, settings.home)):
        before = closed_to_others(place)
        if before is not None:
            yield Fixed(str(place), f"it was open to other users (mode {before}); closed")


def _left_behind(context: Context) -> Iterator[Fixed]:
    for path in list(_leftovers(context)):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        yield Fixed(str(path), "whoever made it has died; removed")


def _leftovers(context: Context) -> Iterator[Path]:
    """Files and folders in HOME that carry the number of a process that is no more."""
    import psutil

    home = context.settings.home
    for path in sorted(home.iterdir()) if home.is_dir() else ():
        found = _LEFT_BY_PID.fullmatch(path.name)
        ours = not path.is_symlink() and path.lstat().st_uid == os.geteuid()
        if found and ours and not psutil.pid_exists(int(found[1])):
            yield path


def _spools(context: Context) -> Iterator[Fixed]:
    from engine.adapters.singer.spool import let_go

    for folder in list(_unneeded(context)):
        scopes = context.store.needed_scopes(folder.parent.name)
        let_go(folder.parent, scopes)
        if not folder.exists():
            yield Fixed(str(folder), "no run or retry needs what a tap has said; removed")


def _unneeded(context: Context) -> Iterator[Path]:
    """Spools that no scope of their Link names, and nobody writes."""
    from engine.adapters.singer.spool import Spool

    for link in sorted((context.settings.home / SPOOL).glob("*/")):
        try:
            needed = {
                scope.get("spool") for scope in context.store.needed_scopes(link.name)
            }
        except LinkdeckError:
            return  # said already: the store cannot be read
        for folder in sorted(each for each in link.iterdir() if each.is_dir()):
            if folder.name in needed:
                continue
            lock = Spool(folder).held()
            if lock is not None:
                os.close(lock)
                yield folder
