"""The tables of schedules and gates: what is known of each, the slots that came, approvals."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from engine.store.columns import Number, Table, UtcTime, Words


class ScheduleRow(Table, table=True):
    """A schedule that is heeded: what it says, since when; `paused` says why it waits."""

    __tablename__ = "schedule"

    link: str = Field(primary_key=True, sa_type=Words)
    spec: str = Field(sa_type=Words)
    since: datetime = Field(sa_type=UtcTime)
    paused: str | None = Field(sa_type=Words)


class SlotRow(Table, table=True):
    """A slot that came, once, whoever saw it; `event` is the run it became."""

    __tablename__ = "schedule_slot"

    link: str = Field(primary_key=True, sa_type=Words)
    slot: datetime = Field(primary_key=True, sa_type=UtcTime)
    state: str = Field(sa_type=Words)
    event: int | None = Field(sa_type=Number)
    note: str | None = Field(sa_type=Words)


class ApprovalRow(Table, table=True):
    """A person's word that downstream of a Link may go on until a time, with so much open."""

    __tablename__ = "gate_approval"

    link: str = Field(primary_key=True, sa_type=Words)
    until: datetime = Field(sa_type=UtcTime)
    actor: str = Field(sa_type=Words)
    reason: str = Field(sa_type=Words)
    at: datetime = Field(sa_type=UtcTime)
    batches: int = Field(sa_type=Number)
    records: int = Field(sa_type=Number)


TABLES = SQLModel.metadata.tables
SCHEDULE = TABLES["schedule"]
SLOT = TABLES["schedule_slot"]
APPROVAL = TABLES["gate_approval"]
