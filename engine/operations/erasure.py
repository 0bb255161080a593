"""One subject's data erased everywhere in the store, and what a person must know of the rest."""

import hmac
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

from engine.domain.errors import LinkdeckError, Misused, Refused
from engine.domain.link import Link
from engine.domain.retention import Erased
from engine.domain.stage import MapStage
from engine.operations import definitions
from engine.operations.context import Context
from engine.operations.control import require
from engine.recovery import mark
from engine.store import erasing
from engine.store.audit import Act
from engine.store.erasing import Subject

FILES = (
    "exports, evidence files, logs of other systems and backups made before are not touched"
)


def erase(
    context: Context, key: str, *, link: str | None, reason: str, actor: str
) -> Erased:
    """Erase what the store holds of a key; what of it was open is discarded first."""
    require(reason)
    if not key.strip():
        raise Misused("whose data? --key names the subject by the key of its records")
    upkeep = context.store.upkeep
    subject = _subject(context, key, link)
    found = upkeep.find_subject(subject)
    hashed = _hashed(context, key)
    if found.open:
        meant = context.store.desk.by_chain(found.open)
        why = f"erased: {hashed}"
        context.store.desk.discard(meant, actor=actor, reason=why, settle=mark.settle)
    detail = {"records": len(found.snapshots), "discarded": len(found.open)}
    about = {"events": list(found.events), "link": link}
    act = Act(actor, "erase", f"key {hashed}", reason, {**detail, **about})
    changed, waiting = upkeep.erase(subject, found, act)
    return Erased(
        key=hashed,
        records=len(found.snapshots),
        discarded=len(found.open),
        deliveries=changed,
        events=found.events,
        left=tuple(_left(context, subject, waiting)),
    )


def _left(context: Context, subject: Subject, waiting: int) -> Iterable[str]:
    """Where traces may remain."""
    upkeep = context.store.upkeep
    if waiting:
        yield f"{waiting} deliveries still wait to be processed: do the same again after them"
    if (rest := upkeep.scrub()) is not None:
        yield rest
    rows, notes = upkeep.still_named(subject)
    if rows:
        named = ", ".join(map(str, rows))
        yield f"people named the key in the audit, which cannot be changed: rows {named}"
    if notes:
        yield f"the note of {', '.join(notes)} names the key: linkdeck causes {notes[0]}"
    yield FILES


def _hashed(context: Context, key: str) -> str:
    """What stands for the key in the audit: nobody finds it by trying keys."""
    digest = hmac.new(context.store.secret(), b"subject|" + key.encode(), sha256)
    return digest.hexdigest()[:16]


def _subject(context: Context, key: str, link: str | None) -> Subject:
    known = context.store.upkeep.links()
    if link is not None and link not in known:
        raise Refused(f"the Link '{link}' never ran; see: linkdeck links")
    chosen = [link] if link is not None else sorted(known)
    loaded = [_loaded(context, name, known[name]) for name in chosen]
    return Subject(key, tuple(chosen), _match(key, loaded))


def _loaded(context: Context, link: str, path: str) -> Link | None:
    place = path if Path(path).is_file() else link
    try:
        return definitions.load(context, place).link
    except LinkdeckError:
        return None


def _match(key: str, links: Iterable[Link | None]) -> Callable[[Any], bool]:
    """A raw record is the subject's where its key's field says so; else where any value does."""
    paths: set[str] = set()
    anywhere = False
    for link in links:
        if link is None or len(link.key) != 1:
            anywhere = True
        else:
            paths |= _paths(link)

    def matches(document: Any) -> bool:
        if isinstance(document, str):
            return key in document
        if anywhere:
            return key in erasing.leaves(document)
        return any(key == str(_at(document, path)) for path in paths)

    return matches


def _paths(link: Link) -> set[str]:
    """Where the key stands in a source record, and its own name."""
    [key] = link.key
    found = {key}
    for stage in link.stages:
        if isinstance(stage, MapStage):
            found |= {each.path for each in stage.fields if each.field == key and each.path}
    return found


def _at(document: Any, path: str) -> Any:
    if isinstance(document, dict) and path in document:
        return document[path]
    for step in path.split("."):
        if not isinstance(document, dict) or step not in document:
            return None
        document = document[step]
    return document
