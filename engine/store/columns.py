"""Tables and their column types: aware UTC times, JSON as text, words any database takes."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Integer, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.declarative import DeferredReflection
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

from engine.store.stored_text import decoded, encoded, plain

Number = BigInteger().with_variant(Integer, "sqlite")
"""64 bits on both; as a primary key, SQLite's own row number."""


class Table(SQLModel, DeferredReflection):
    """A table that Core reads and writes: nothing is mapped or checked, so nothing is made for it.

    What is deferred is mapping (a fifth of what a table takes to make), until somebody prepares it.
    """

    model_config = {"defer_build": True}


class UtcTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        del dialect
        return None if value is None else in_utc(value)

    def process_result_value(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """Any JSON value as text; None is NULL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:
        del dialect
        return None if value is None else encoded(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        del dialect
        return None if value is None else decoded(value)


class Words(TypeDecorator[str]):
    """Text from outside, with what a database cannot hold made visible."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        del dialect
        return None if value is None else plain(value)


def in_utc(at: datetime) -> datetime:
    """The same moment in UTC; a time without a zone is nobody's."""
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone")
    return at.astimezone(UTC)


def sqlite_time(at: datetime) -> str:
    """A time as SQLite's rows hold it, for rows that go straight to the driver."""
    return in_utc(at).strftime("%Y-%m-%d %H:%M:%S.%f")
