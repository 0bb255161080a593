"""A database the store lives in: reading, and writing one transaction at a time."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import field
from typing import ClassVar, Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from engine.domain.values import dataclass
from engine.store import noticing
from engine.store.driver_errors import sentence_for, spoilt


class AtCommit(Protocol):
    """What goes with the commit of a transaction, right before it and right after."""

    def before(self) -> None: ...

    def after(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Write:
    """One write transaction, and what goes with its commit."""

    connection: Connection
    ends: list[AtCommit] = field(default_factory=list)


class Database(ABC):
    """SQLite or PostgreSQL, as the rest of the store sees it; safe to use from many threads."""

    shared: ClassVar[bool]
    """Whether other installations may write to it."""

    def __init__(self, name: str, readers: Engine) -> None:
        self.name = name
        self._readers = readers
        self.at_end: Callable[[Write], None] = lambda write: None
        """Called last in every write transaction, with what it has noticed."""
        # What goes to the driver directly fails with the driver's own errors.
        self._driver_error: type[Exception] = readers.dialect.loaded_dbapi.Error

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read-only transaction: everything in it is of one moment. Keep it short."""
        self._still_there()
        with self.told(), self._readers.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self, *, durable: bool = True) -> Iterator[Write]:
        """A write transaction, committed at the end or rolled back whole.

        One that is not `durable` is seen at once and outlives this process, but may be lost with
        the power.
        """
        with self.told(), self._turn():
            with self._transaction(durable=durable) as connection:
                write = Write(connection)
                noticing.forget(connection)
                yield write
                self.at_end(write)
                for end in write.ends:
                    end.before()
                self._count_change(connection)
            for end in write.ends:
                end.after()

    @abstractmethod
    def _still_there(self) -> None:
        """Nothing, where the database is the one that was opened; else refused."""

    @abstractmethod
    def _turn(self) -> AbstractContextManager[None]:
        """This thread's turn to write, where the database cannot have two writers."""

    @abstractmethod
    def _transaction(self, *, durable: bool) -> AbstractContextManager[Connection]: ...

    @abstractmethod
    def migrating(self) -> AbstractContextManager[Connection]:
        """A write transaction in which the schema may change; one process at a time."""

    @abstractmethod
    def tables(self, connection: Connection) -> frozenset[str]:
        """The names of all tables there are."""

    @abstractmethod
    def changed(self) -> int:
        """A number that differs once anything was written; cheap. Compare it on this object."""

    def close(self) -> None:
        """Let go of every connection."""
        self._readers.dispose()

    @abstractmethod
    def scrub(self) -> str | None:
        """Nothing that was deleted is left in the database's files; else where, in a sentence."""

    @abstractmethod
    def _count_change(self, connection: Connection) -> None:
        """Leave a trace for `changed`, where the database does not do so itself."""

    @abstractmethod
    def _distrust(self) -> None:
        """Drop the connections a failing disk has spoilt."""

    @contextmanager
    def told(self) -> Iterator[None]:
        """The driver's errors, as sentences."""
        try:
            yield
        except (DBAPIError, self._driver_error) as error:
            if spoilt(error):
                self._distrust()
            refusal = sentence_for(error, self.name)
            if refusal is None:
                raise
            raise refusal from error
