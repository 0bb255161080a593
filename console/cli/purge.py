"""`purge`."""

from typing import Annotated

from cyclopts import Parameter

from console.cli.acting import ACTOR, actor_or_default, given
from console.cli.shared import DEFAULT, Shared
from console.cli.suggest import OF_LINK
from console.pages import purge_page
from engine.domain.errors import Misused
from engine.domain.watch_documents import erased_document, purge_document


def purge(
    *,
    link: Annotated[str | None, OF_LINK] = None,
    dry_run: Annotated[bool, Parameter(negative="", help="only say what would go")] = False,
    key: Annotated[
        str | None, Parameter(help="erase what is stored of the records with this key")
    ] = None,
    reason: Annotated[str | None, Parameter(help="why a subject's data is erased")] = None,
    actor: Annotated[str | None, ACTOR] = None,
    shared: Shared = DEFAULT,
) -> int:
    """Take away what is old and settled, as `retention` of each Link says; or one subject's data.

    What is open, and what a Chain or Last Successful Sync still needs, stays.
    """
    if key is not None:
        return _erase(key, link, reason, actor, shared, dry_run=dry_run)
    if reason is not None:
        raise Misused("--reason goes with --key: retention gives its own")
    with shared.engine() as engine:
        found = (
            engine.purge_preview(link)
            if dry_run
            else engine.purge(link, actor=actor_or_default(actor))
        )
    shared.answer(
        lambda: purge_document(found),
        lambda: tuple(purge_page.purge_page(found, linkdeck=shared.called())),
    )
    return 0


def _erase(
    key: str,
    link: str | None,
    reason: str | None,
    actor: str | None,
    shared: Shared,
    *,
    dry_run: bool,
) -> int:
    if dry_run:
        raise Misused("--dry-run shows what retention would take; leave out --key")
    why = given(reason or "")
    with shared.engine() as engine:
        erased = engine.erase(key, link=link, reason=why, actor=actor_or_default(actor))
    shared.answer(
        lambda: erased_document(erased),
        lambda: tuple(purge_page.erased_page(erased)),
    )
    return 0
