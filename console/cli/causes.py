"""`causes`."""

from typing import Annotated, Literal

from cyclopts import Parameter

from console.cli.acting import ACTOR, actor_or_default
from console.cli.shared import DEFAULT, Shared, here
from console.cli.suggest import OF_LINK
from console.pages import causes_page
from engine.domain.cause import REPEATED, CauseFilter, Pattern, RootCause, Turn
from engine.domain.errors import Misused
from engine.domain.values import dataclass
from engine.domain.watch_documents import cause_document, causes_document

PatternName = Literal["transient", "validation", "review"]
StateName = Literal["regressed", "active", "quiet"]


@Parameter(name="*", group="Which causes")
@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What narrows the list; everything that is given must hold."""

    link: Annotated[str | None, OF_LINK] = None
    pattern: Annotated[
        PatternName | None, Parameter(help="only those that ask for this")
    ] = None
    state: Annotated[
        StateName | None, Parameter(help="only those that came back, go on, or are quiet")
    ] = None


EVERYTHING = Wanted()


def causes(
    fingerprint: Annotated[
        str | None, Parameter(help="one cause: its fingerprint, or the beginning of it")
    ] = None,
    /,
    *,
    note: Annotated[
        str | None, Parameter(help="what is known of it, shown wherever it is met")
    ] = None,
    category: Annotated[
        str | None, Parameter(help="a word of your own to find causes by")
    ] = None,
    wanted: Wanted = EVERYTHING,
    report: Annotated[
        bool, Parameter(negative="", help="those met again and again, by what they ask for")
    ] = False,
    actor: Annotated[str | None, ACTOR] = None,
    shared: Shared = DEFAULT,
) -> int:
    """List causes of failure over all Sync Events, look at one, or say what is known of it."""
    if fingerprint is not None:
        if wanted != EVERYTHING or report:
            raise Misused(
                "one cause is looked at as a whole; leave out what narrows the list"
            )
        return _one(fingerprint, note, category, actor, shared)
    if note is not None:
        raise Misused("say of which cause: linkdeck causes FINGERPRINT --note TEXT")
    return _several(wanted, category, shared, report=report)


def _several(wanted: Wanted, category: str | None, shared: Shared, *, report: bool) -> int:
    chosen = CauseFilter(
        link=wanted.link,
        pattern=Pattern(wanted.pattern) if wanted.pattern else None,
        category=category,
        turn=Turn(wanted.state) if wanted.state else None,
        least=REPEATED if report else 1,
    )
    with shared.engine() as engine:
        found = engine.root_causes(chosen)
    unicode = here().unicode
    shared.answer(
        lambda: causes_document(found),
        lambda: tuple(
            causes_page.report_page(found, unicode=unicode)
            if report
            else causes_page.causes_page(found, unicode=unicode, linkdeck=shared.called())
        ),
    )
    return 0


def _one(
    fingerprint: str,
    note: str | None,
    category: str | None,
    actor: str | None,
    shared: Shared,
) -> int:
    with shared.engine() as engine:
        cause: RootCause
        if note is None and category is None:
            cause = engine.root_cause(fingerprint)
        else:
            cause = engine.note_cause(
                fingerprint, note=note, category=category, actor=actor_or_default(actor)
            )
    unicode = here().unicode
    shared.answer(
        lambda: cause_document(cause),
        lambda: tuple(
            causes_page.cause_page(cause, unicode=unicode, linkdeck=shared.called())
        ),
    )
    return 0
