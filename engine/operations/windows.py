"""Which changes a run asks for: from Last Successful Sync, or from where it was told (M1-M4)."""

from datetime import UTC, datetime, timedelta

from engine.domain.adapter import SourceTraits
from engine.domain.delta import ChangeFilter, Mark, MarkValue, Window
from engine.domain.errors import Misused
from engine.domain.requests import RunOptions
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Chosen:
    """The window of a run, whether the run may move the mark, and what to tell about it."""

    window: Window
    moves: bool
    notes: tuple[str, ...] = ()


def choose(
    options: RunOptions,
    *,
    traits: SourceTraits,
    lookback: float | None,
    mark: Mark | None,
    source_hash: str,
    now: datetime,
) -> Chosen:
    """The window as it is fixed before the first fetch.

    `lookback` is in the filter's own unit; None takes the source's default for times, 0 for
    anything else (M3).
    """
    if traits.change_filter is ChangeFilter.NONE:
        return _unfiltered(options)
    upper = now if traits.change_filter is ChangeFilter.TIME else None
    if options.since is not None:
        since = _bound(options.since, traits, "--since")
        until = _until(options.until, traits) if options.until else upper
        return Chosen(Window(since, until), moves=False)
    if options.full or mark is None:
        return Chosen(Window(None, upper), moves=True)
    if mark.source_hash != source_hash:
        note = "the source's definition changed since Last Successful Sync: everything is fetched"
        return Chosen(Window(None, upper), moves=True, notes=(note,))
    if lookback is None:
        lookback = traits.default_lookback if isinstance(mark.value, datetime) else 0.0
    return Chosen(Window(_looked_back(mark.value, lookback), upper), moves=True)


def _unfiltered(options: RunOptions) -> Chosen:
    if options.since is not None:
        raise Misused(
            "this Link's source has no change filter, so --since cannot narrow it"
        )
    return Chosen(Window(), moves=False)


def _until(text: str, traits: SourceTraits) -> MarkValue:
    if not traits.upper_bound:
        raise Misused(
            "this Link's source cannot be asked for changes up to a time; leave --until away, "
            "or name its parameter as changed_until"
        )
    return _bound(text, traits, "--until")


def _looked_back(value: MarkValue, lookback: float) -> MarkValue:
    if isinstance(value, datetime):
        return value - timedelta(seconds=lookback)
    if isinstance(value, int):
        return value - int(lookback)
    return value


def _bound(text: str, traits: SourceTraits, flag: str) -> MarkValue:
    if traits.change_filter is ChangeFilter.COLUMN:
        return int(text) if text.lstrip("-").isdigit() else text
    try:
        at = datetime.fromisoformat(text)
    except ValueError as cause:
        raise Misused(
            f"{flag} '{text}' is not a time; write it as 2026-11-21 or 2026-11-21T14:00:00Z"
        ) from cause
    return at if at.tzinfo else at.replace(tzinfo=UTC)
