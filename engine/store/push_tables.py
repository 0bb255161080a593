"""Tables of push Links; the others stand in `tables`."""

from datetime import datetime

from sqlalchemy import Boolean, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from engine.store.columns import Number, Table, UtcTime, Words

UNPLANNED = "batch IS NULL"
KEYED = "key IS NOT NULL"


class DeliveryRow(Table, table=True):
    """Records that were delivered, as they came; stored before they are acknowledged (C9).

    They are records `place` to `place + records - 1` of their Sync Event; `batch` is the Batch the
    first of them is in, once they are planned. `body` holds them as msgpack, and is NULL once
    retention took them. `digest` is of the request's body, `key` its Idempotency-Key.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        Index("delivery_by_place", "event", "place"),
        Index("delivery_unplanned", "event", "place", sqlite_where=text(UNPLANNED)),
        Index("delivery_by_key", "link", "key", unique=True, sqlite_where=text(KEYED)),
    )

    id: int = Field(
        primary_key=True, sa_type=Number, sa_column_kwargs={"autoincrement": False}
    )
    link: str = Field(sa_type=Words)
    event: int = Field(sa_type=Number)
    place: int = Field(sa_type=Number)
    records: int = Field(sa_type=Number)
    sender: str = Field(sa_type=Words)
    at: datetime = Field(sa_type=UtcTime)
    digest: str = Field(sa_type=Words)
    key: str | None = Field(sa_type=Words)
    answered: bool = Field(sa_type=Boolean)
    body: bytes | None = Field(sa_type=LargeBinary)
    batch: int | None = Field(sa_type=Number)


class TokenRow(Table, table=True):
    """A token by which records may be delivered to a Link: only its hash is kept."""

    __tablename__ = "push_token"
    __table_args__ = (Index("push_token_by_link", "link", "id"),)

    id: int = Field(
        primary_key=True, sa_type=Number, sa_column_kwargs={"autoincrement": False}
    )
    link: str = Field(sa_type=Words)
    name: str = Field(sa_type=Words)
    hash: str = Field(sa_type=Words)
    made_at: datetime = Field(sa_type=UtcTime)
    made_by: str = Field(sa_type=Words)
    revoked_at: datetime | None = Field(sa_type=UtcTime)
    revoked_by: str | None = Field(sa_type=Words)


DELIVERY = SQLModel.metadata.tables["delivery"]
TOKEN = SQLModel.metadata.tables["push_token"]
