"""What watches the Links and cleans up behind them: each call one transaction, or one moment."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from engine.domain.alert import AlertSeen, AlertState
from engine.domain.cause import RootCause
from engine.domain.link import Retention
from engine.domain.retention import Purgeable
from engine.store import (
    alerts,
    cause_rows,
    erasing,
    figures,
    inbox_counts,
    purging,
    retention,
    standing,
    totals,
)
from engine.store.alerts import Change, Notice
from engine.store.audit import Act, Audit
from engine.store.database import Database
from engine.store.erasing import Subject
from engine.store.standing import Standing
from engine.store.totals import Total


class Upkeep:
    """Safe to use from many threads."""

    def __init__(
        self, database: Database, audit: Audit, clock: Callable[[], datetime]
    ) -> None:
        self._database, self._audit, self._clock = database, audit, clock

    # Metrics

    def totals(self) -> tuple[tuple[Total, ...], Mapping[str, Standing]]:
        """All sums that only grow, and how every Link stands at that moment."""
        with self._database.reading() as connection:
            return tuple(totals.totals(connection)), standing.standings(connection)

    def inbox_routes(self) -> Mapping[str, int]:
        """How much waits by route."""
        with self._database.reading() as connection:
            return inbox_counts.counts(connection).routes

    # Alerts

    def figures(
        self, link: str, windows: Sequence[float], *, now: datetime
    ) -> Mapping[float, dict[str, Any]]:
        """The figures of a Link that alerts ask for, by window."""
        with self._database.reading() as connection:
            return figures.figures(connection, link, windows, now=now)

    def firing(self, link: str) -> Mapping[str, AlertSeen]:
        """The rules of a Link that fire, by id."""
        with self._database.reading() as connection:
            return alerts.firing(connection, link)

    def firing_links(self) -> Mapping[str, str | None]:
        """Links of which something fires, with the file each last ran from."""
        with self._database.reading() as connection:
            return alerts.firing_links(connection)

    def path_of(self, link: str) -> str | None:
        """The file that a Link last ran from."""
        with self._database.reading() as connection:
            return alerts.path_of(connection, link)

    def alerts(self) -> tuple[AlertSeen, ...]:
        """Every rule that fires or has fired."""
        with self._database.reading() as connection:
            return alerts.seen(connection)

    def turn(self, change: Change, *, actor: str, now: datetime) -> bool:
        """Keep a transition, its notifications and its row of the audit; false: it was kept."""
        fires = change.state is AlertState.FIRING
        detail = {
            "rule": change.rule.id,
            "priority": change.priority,
            "event": change.event,
            "figures": dict(change.figures),
        }
        reason = change.why or change.sentence
        act = Act(
            actor, alerts.FIRED if fires else alerts.RESOLVED, change.link, reason, detail
        )
        with self._database.writing() as write:
            turned = alerts.changed(write.connection, change, now=now)
            if turned:
                self._audit.append(write, act, now=now)
            return turned

    def due_notices(self, *, now: datetime, link: str | None = None) -> Sequence[int]:
        """Notifications that are to be sent now, oldest first."""
        with self._database.reading() as connection:
            return alerts.due(connection, now=now, link=link)

    def hold_notice(self, number: int, *, now: datetime, seconds: float) -> Notice | None:
        """A notification in the caller's hands for so long; None where another has it."""
        with self._database.writing() as write:
            return alerts.held(write.connection, number, now=now, seconds=seconds)

    def notice_delivered(self, notice: Notice, *, actor: str, now: datetime) -> None:
        """It arrived; the audit says so."""
        with self._database.writing() as write:
            if alerts.delivered(write.connection, notice, now=now):
                act = _told(notice, actor, "notified")
                self._audit.append(write, act, now=now)

    def notice_given_up(
        self, notice: Notice, problem: str, *, actor: str, now: datetime
    ) -> None:
        """Nobody will send it any more; the audit says so, and why."""
        with self._database.writing() as write:
            if alerts.given_up(write.connection, notice, problem, now=now):
                act = _told(notice, actor, "not notified", problem)
                self._audit.append(write, act, now=now)

    def notice_later(self, notice: Notice, problem: str, *, at: datetime) -> None:
        """It is to be sent again."""
        with self._database.writing() as write:
            alerts.later(write.connection, notice, problem, at=at)

    # Causes

    def causes(self) -> tuple[RootCause, ...]:
        """Every cause over all Sync Events."""
        with self._database.reading() as connection:
            return cause_rows.causes(connection)

    def cause(self, fingerprint: str) -> tuple[RootCause, ...]:
        """The one cause whose fingerprint begins so; Refused where there is not one."""
        with self._database.reading() as connection:
            return cause_rows.causes(connection, cause_rows.whole(connection, fingerprint))

    def definition_of(self, event: int) -> str | None:
        """The definition a Sync Event ran with; None once it is gone."""
        with self._database.reading() as connection:
            return cause_rows.definition_of(connection, event)

    def note_cause(
        self, fingerprint: str, *, note: str | None, category: str | None, actor: str
    ) -> None:
        """What is said of a fingerprint from now on."""
        now = self._clock()
        with self._database.writing() as write:
            whole = cause_rows.whole(write.connection, fingerprint)
            cause_rows.keep_note(
                write.connection, whole, note=note, category=category, actor=actor, now=now
            )
            detail = {} if category is None else {"category": category}
            act = Act(actor, "note", f"cause {whole}", note, detail)
            self._audit.append(write, act, now=now)

    # Retention

    def links(self) -> Mapping[str, str]:
        """Every Link that ever ran, with the file it ran from last."""
        with self._database.reading() as connection:
            return retention.links(connection)

    def due(
        self, link: str, keep: Retention, *, now: datetime
    ) -> tuple[retention.Due, Purgeable]:
        """What of a Link is to go now, and how much that is."""
        with self._database.reading() as connection:
            due, stays = retention.due(connection, link, keep, now=now)
            return due, retention.counted(connection, due, stays)

    def purge_step(self, due: retention.Due, *, now: datetime) -> bool:
        """Take away as much as fits into a short transaction; whether there is more."""
        with self._database.writing() as write:
            return purging.step(write.connection, due, now=now)

    def tidy(self, link: str, cutoff: datetime) -> None:
        """What is left of a Link's past beside its Sync Events."""
        with self._database.writing() as write:
            purging.tidy(write.connection, link, cutoff)

    def audit_due(self, cutoff: datetime) -> int | None:
        """The last of the oldest rows of the audit that may go."""
        with self._database.reading() as connection:
            return purging.audit_due(connection, cutoff)

    def purge_audit(self, through: int, *, actor: str, reason: str, now: datetime) -> int:
        """Rows of the audit sealed and taken away; how many."""
        with self._database.writing() as write:
            self._audit.checkpoint(write, through, actor=actor, reason=reason, now=now)
            return purging.take_audit(write.connection, through)

    # One subject's data

    def find_subject(self, subject: Subject) -> erasing.Found:
        """Every Snapshot of the subject."""
        with self._database.reading() as connection:
            return erasing.find(connection, subject)

    def erase(self, subject: Subject, found: erasing.Found, act: Act) -> tuple[int, int]:
        """Blank them and all that quotes them; payloads changed, and those that wait still."""
        now = self._clock()
        with self._database.writing() as write:
            erasing.scrub(write.connection, subject, found)
            erasing.blank(write.connection, found)
            changed, waiting = erasing.deliveries(write.connection, subject)
            self._audit.append(write, act, now=now)
            return changed, waiting

    def scrub(self) -> str | None:
        """Nothing erased is left in the store's files; else where, in a sentence."""
        return self._database.scrub()

    def still_named(self, subject: Subject) -> tuple[tuple[int, ...], tuple[str, ...]]:
        """Rows of the audit, and causes by their notes, in which people named the key."""
        with self._database.reading() as connection:
            return (
                erasing.named_in_audit(connection, subject),
                erasing.named_in_notes(connection, subject),
            )


def _told(notice: Notice, actor: str, action: str, problem: str | None = None) -> Act:
    state = notice.body["data"]["state"]
    detail = {
        "rule": notice.rule,
        "state": state,
        "channel": notice.channel,
        "message": notice.message,
        "attempts": notice.attempts,
    }
    reason = problem or f"{state}, by {notice.channel}"
    return Act(actor, action, notice.link, reason, detail)
