"""Tables of the service; the others stand in `tables`."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from engine.store.columns import Number, Table, UtcTime, Words


class EngineRow(Table, table=True):
    """A service that takes what is queued, while it lives."""

    __tablename__ = "engine"

    id: int = Field(
        primary_key=True, sa_type=Number, sa_column_kwargs={"autoincrement": False}
    )
    host: str = Field(sa_type=Words)
    pid: int = Field(sa_type=Number)
    process_started: str = Field(sa_type=Words)
    version: str = Field(sa_type=Words)
    listen: str | None = Field(sa_type=Words)
    started_at: datetime = Field(sa_type=UtcTime)
    heartbeat_at: datetime = Field(sa_type=UtcTime)


class AgreedRow(Table, table=True):
    """What all who share a store must agree on."""

    __tablename__ = "agreed"

    name: str = Field(primary_key=True, sa_type=Words)
    value: str = Field(sa_type=Words)


ENGINE = SQLModel.metadata.tables["engine"]
AGREED = SQLModel.metadata.tables["agreed"]
