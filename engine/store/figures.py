"""The figures of a Link that alerts ask for (`domain.alert.FIGURES`); counters, never Snapshots."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select

from engine.domain.outcome import Status
from engine.domain.sync_event import Kind
from engine.store.standing import RUNS, Standing, standings
from engine.store.tables import EVENT, GROUP

MOST_RUNS = 1000
"""Runs looked at in a window."""

PAST_RUNS = 50
"""Runs before the window that tell what is usual."""

LEAST_PAST = 3
"""Fewer runs than these tell nothing of what is usual."""

_COLUMNS = (
    "id",
    "outcome",
    "finished_at",
    "fetched",
    "written",
    "failed",
    "in_doubt",
    "failed_batches",
    "not_attempted",
    "warnings",
)


def figures(
    connection: Connection, link: str, windows: Sequence[float], *, now: datetime
) -> Mapping[float, dict[str, Any]]:
    """By window, in seconds: every figure of a Link, with `event`, the Sync Event to look at."""
    standing = standings(connection, link).get(link, Standing())
    lasting = {**_now(standing, now), **_newest(connection, link)}
    runs = _runs(connection, link)
    return {
        window: {**lasting, **_within(connection, runs, now - timedelta(seconds=window))}
        for window in windows
    }


def _runs(connection: Connection, link: str) -> Sequence[Row[Any]]:
    query = (
        select(*(EVENT.c[name] for name in _COLUMNS))
        .where(EVENT.c.link == link, EVENT.c.kind.in_(RUNS), EVENT.c.outcome.is_not(None))
        .order_by(EVENT.c.id.desc())
        .limit(MOST_RUNS + PAST_RUNS)
    )
    return connection.execute(query).all()


def _within(
    connection: Connection, runs: Sequence[Row[Any]], since: datetime
) -> dict[str, Any]:
    """Runs that ended since then; never fewer than the newest, or an alert would forget."""
    count = next(
        (place for place, run in enumerate(runs) if run.finished_at < since), len(runs)
    )
    looked_at = runs[: min(max(count, 1), MOST_RUNS)]
    past = runs[len(looked_at) :][:PAST_RUNS]
    failed = sum(run.failed + run.in_doubt for run in looked_at)
    fetched = sum(run.fetched for run in looked_at)
    rate = failed / fetched if fetched else None
    return {
        "runs": len(looked_at),
        "failed_runs": sum(run.outcome == Status.FAILED for run in looked_at),
        "fetched": fetched,
        "written": sum(run.written for run in looked_at),
        "failed_records": failed,
        "failed_batches": sum(run.failed_batches + run.not_attempted for run in looked_at),
        "failed_rate": rate,
        "rising": _rising(rate, past),
        "warnings": sum(run.warnings for run in looked_at),
        "repeated_fingerprint": _repeated(connection, [run.id for run in looked_at]),
    }


def _rising(rate: float | None, past: Sequence[Row[Any]]) -> float | None:
    """How much more often records fail than they used to; one failure is always granted."""
    fetched = sum(run.fetched for run in past)
    if rate is None or len(past) < LEAST_PAST or not fetched:
        return None
    usual = max(sum(run.failed + run.in_doubt for run in past), 1) / fetched
    return float(rate / usual)


def _repeated(connection: Connection, runs: Sequence[int]) -> int:
    met = (
        select(func.count(func.distinct(GROUP.c.event)).label("times"))
        .where(GROUP.c.event.in_(runs))
        .group_by(GROUP.c.fingerprint)
        .subquery()
    )
    most: int | None = connection.execute(select(func.max(met.c.times))).scalar()
    return most or 0


def _now(standing: Standing, now: datetime) -> dict[str, Any]:
    running = [since for _, status, since in standing.active if status == Status.RUNNING]
    queued = [since for _, status, since in standing.active if status == Status.QUEUED]
    return {
        "replaying": any(kind == Kind.REPLAY for kind, _, _ in standing.active),
        "open_failures": standing.open,
        "open_records": standing.records,
        "open_batches": standing.batches,
        "oldest_open_s": _age(standing.oldest, now),
        "lateness_s": _age(standing.current, now),
        "running_s": _age(min(running, default=None), now),
        "queued_s": _age(min(queued, default=None), now),
    }


def _age(since: datetime | None, now: datetime) -> float | None:
    return None if since is None else max(0.0, (now - since).total_seconds())


def _newest(connection: Connection, link: str) -> dict[str, Any]:
    """The newest Chain that is over: a run under way has not told anything yet."""
    query = (
        select(EVENT.c.id, EVENT.c.status, EVENT.c.severity)
        .where(
            EVENT.c.link == link,
            EVENT.c.parent.is_(None),
            EVENT.c.kind != Kind.TEST.value,
            EVENT.c.outcome.is_not(None),
        )
        .order_by(EVENT.c.id.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    if row is None:
        return {"event": None, "status": None}
    return {"event": row.id, "status": Status(row.status).token}
