"""The tables of what watches the Links: totals for metrics, causes, alerts and who was told."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from engine.store.columns import Json, Number, Table, UtcTime, Words

DUE = "delivered_at IS NULL AND given_up_at IS NULL"


class TotalRow(Table, table=True):
    """A sum over all Sync Events that ever ended: it only grows, whatever retention takes away."""

    __tablename__ = "metric_total"

    name: str = Field(primary_key=True, sa_type=Words)
    link: str = Field(primary_key=True, sa_type=Words)
    kind: str = Field(primary_key=True, sa_type=Words)
    detail: str = Field(primary_key=True, sa_type=Words)
    value: int = Field(sa_type=Number)


class CauseRow(Table, table=True):
    """What one fingerprint did to one Link, over all its Sync Events.

    `last_run` is the newest sync or push that met it; `returned` counts how often a run met it
    after one that had not, and `returned_event` is the newest that did.
    """

    __tablename__ = "cause"

    fingerprint: str = Field(primary_key=True, sa_type=Words)
    link: str = Field(primary_key=True, sa_type=Words)
    tier: str = Field(sa_type=Words)
    error_class: str = Field(sa_type=Words)
    durability: str = Field(sa_type=Words)
    code: str = Field(sa_type=Words)
    field: str | None = Field(sa_type=Words)
    stage: str | None = Field(sa_type=Words)
    message: str = Field(sa_type=Words)
    route: str = Field(sa_type=Words)
    first_event: int = Field(sa_type=Number)
    first_at: datetime = Field(sa_type=UtcTime)
    last_event: int = Field(sa_type=Number)
    last_at: datetime = Field(sa_type=UtcTime)
    last_run: int = Field(sa_type=Number)
    events: int = Field(sa_type=Number)
    times: int = Field(sa_type=Number)
    recovered: int = Field(sa_type=Number)
    superseded: int = Field(sa_type=Number)
    equal: int = Field(sa_type=Number)
    discarded: int = Field(sa_type=Number)
    returned: int = Field(sa_type=Number)
    returned_event: int | None = Field(sa_type=Number)


class CauseNoteRow(Table, table=True):
    """What a person says of a fingerprint, wherever it is met."""

    __tablename__ = "cause_note"

    fingerprint: str = Field(primary_key=True, sa_type=Words)
    note: str | None = Field(sa_type=Words)
    category: str | None = Field(sa_type=Words)
    actor: str = Field(sa_type=Words)
    at: datetime = Field(sa_type=UtcTime)


class AlertRow(Table, table=True):
    """A rule of a Link that fires, or has fired; `times` counts how often it began to."""

    __tablename__ = "alert"

    link: str = Field(primary_key=True, sa_type=Words)
    rule: str = Field(primary_key=True, sa_type=Words)
    when: str = Field(sa_type=Words, sa_column_kwargs={"name": "asks"})
    window: int = Field(sa_type=Number, sa_column_kwargs={"name": "window_s"})
    state: str = Field(sa_type=Words)
    priority: str = Field(sa_type=Words)
    severity: str = Field(sa_type=Words)
    downstream: list[str] = Field(sa_type=Json)
    owner: str | None = Field(sa_type=Words)
    figures: dict[str, Any] = Field(sa_type=Json)
    sentence: str = Field(sa_type=Words)
    event: int | None = Field(sa_type=Number)
    fired_at: datetime = Field(sa_type=UtcTime)
    resolved_at: datetime | None = Field(sa_type=UtcTime)
    times: int = Field(sa_type=Number)


class NoticeRow(Table, table=True):
    """A notification on its way: written with the transition it tells of, sent until it arrived.

    `place` is which of its rule's channels it goes to, `channel` what that is called.
    """

    __tablename__ = "notice"
    __table_args__ = (Index("notice_due", "due_at", sqlite_where=text(DUE)),)

    id: int = Field(
        primary_key=True, sa_type=Number, sa_column_kwargs={"autoincrement": False}
    )
    message: str = Field(sa_type=Words)
    link: str = Field(sa_type=Words)
    rule: str = Field(sa_type=Words)
    place: int = Field(sa_type=Number)
    channel: str = Field(sa_type=Words)
    body: dict[str, Any] = Field(sa_type=Json)
    made_at: datetime = Field(sa_type=UtcTime)
    due_at: datetime = Field(sa_type=UtcTime)
    attempts: int = Field(sa_type=Number)
    delivered_at: datetime | None = Field(sa_type=UtcTime)
    given_up_at: datetime | None = Field(sa_type=UtcTime)
    problem: str | None = Field(sa_type=Words)


TABLES = SQLModel.metadata.tables
TOTAL = TABLES["metric_total"]
CAUSE = TABLES["cause"]
NOTE = TABLES["cause_note"]
ALERT = TABLES["alert"]
NOTICE = TABLES["notice"]
