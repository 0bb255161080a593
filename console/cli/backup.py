"""`backup` and `restore`."""

from collections.abc import Iterator
from typing import Annotated

from cyclopts import Parameter

from console.cli.acting import ACTOR, actor_or_default, given
from console.cli.shared import DEFAULT, Shared, here
from console.format import counted, minute, zone
from console.pages.page import Block, Line, Span
from console.states import BAD, GOOD
from engine.domain.backup import BackupSeen, Restored
from engine.domain.errors import Misused
from engine.domain.keeping_documents import backup_document, restored_document

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def backup(
    file: Annotated[str, Parameter(help="the file to write; it must not exist yet")],
    /,
    *,
    actor: Annotated[str | None, ACTOR] = None,
    shared: Shared = DEFAULT,
) -> int:
    """Copy the store into a file that only you can read, beside whatever runs.

    It holds the installation's secret and the audit's anchor too, so keep it as you keep the store.
    Definitions are files of your own and are not in it. Exit code 3 where the copy is not sound.
    """
    with shared.engine() as engine:
        seen = engine.backup(file, actor=actor_or_default(actor))
    unicode = here().unicode
    shared.answer(
        lambda: backup_document(seen), lambda: tuple(_wrote(seen, unicode=unicode))
    )
    return 0 if seen.sound else 3


def restore(
    file: Annotated[str, Parameter(help="what linkdeck backup wrote")],
    /,
    *,
    reason: Annotated[
        str | None, Parameter(help="why the store is put back; kept in the audit")
    ] = None,
    check: Annotated[
        bool, Parameter(negative="", help="only say what is in it and whether it holds")
    ] = False,
    damaged: Annotated[
        bool, Parameter(negative="", help="restore it although it is not sound")
    ] = False,
    actor: Annotated[str | None, ACTOR] = None,
    shared: Shared = DEFAULT,
) -> int:
    """Put the store of a backup in the place of the one there is, which is kept beside it.

    Refused while a run, an engine or a console has the store open. What targets were sent since the
    backup was made stays there: runs go on from where Last Successful Sync was then.
    """
    if check:
        return _check(file, reason, shared)
    if reason is None:
        raise Misused("restore needs --reason: why the store is put back")
    why = given(reason)
    with shared.engine(makes=True) as engine:
        restored = engine.restore(
            file, damaged=damaged, reason=why, actor=actor_or_default(actor)
        )
    linkdeck, unicode = shared.called(), here().unicode
    shared.answer(
        lambda: restored_document(restored),
        lambda: tuple(_put_back(restored, linkdeck, unicode=unicode)),
    )
    return 0


def _check(file: str, reason: str | None, shared: Shared) -> int:
    if reason is not None:
        raise Misused("--check changes nothing; leave out --reason")
    with shared.engine(makes=True) as engine:
        seen = engine.check_backup(file)
    unicode = here().unicode
    shared.answer(
        lambda: backup_document(seen), lambda: tuple(_looked(seen, unicode=unicode))
    )
    return 0 if seen.sound else 3


def _wrote(seen: BackupSeen, *, unicode: bool) -> Iterator[Block]:
    yield Line(f"wrote {seen.path} ({size(seen.size)}): {_contents(seen)}")
    yield Line("it holds the installation's secret: keep it as you keep the store", 2)
    yield from _verdict(seen, unicode=unicode)


def _looked(seen: BackupSeen, *, unicode: bool) -> Iterator[Block]:
    made = f"{minute(seen.made_at)} {zone()}"
    yield Line(f"{seen.path} ({size(seen.size)}), made {made}: {_contents(seen)}")
    yield from _verdict(seen, unicode=unicode)


def _put_back(restored: Restored, linkdeck: str, *, unicode: bool) -> Iterator[Block]:
    seen = restored.backup
    made = f"{minute(seen.made_at)} {zone()}"
    yield Line(f"{restored.store} is as it was at {made}: {_contents(seen)}")
    if restored.aside is not None:
        yield Line(f"the store that was there is kept in {restored.aside}", 2)
    yield from _verdict(seen, unicode=unicode)
    for event in restored.interrupted:
        yield Line(f"#{event} ran when the backup was made: {linkdeck} resume {event}", 2)


def _verdict(seen: BackupSeen, *, unicode: bool) -> Iterator[Block]:
    if seen.sound:
        mark = Span(GOOD.mark(unicode=unicode), GOOD.style)
        yield Line((mark, " its pages, its books and its audit hold"))
    for finding in seen.findings:
        mark = Span(f"{BAD.mark(unicode=unicode)} {finding.subject}: ", BAD.style)
        yield Line((mark, finding.message))
        yield Line(finding.remedy, 2)


def _contents(seen: BackupSeen) -> str:
    events = counted(seen.sync_events, "Sync Event")
    return f"{events}, {counted(seen.audit, 'row')} of audit, schema {seen.schema}"


def size(number: int) -> str:
    """A number of bytes as people say it."""
    shown, unit = float(number), 0
    while shown >= 1024 and unit < len(_UNITS) - 1:
        shown, unit = shown / 1024, unit + 1
    return f"{shown:.0f} {_UNITS[unit]}" if not unit else f"{shown:.1f} {_UNITS[unit]}"
