"""What the listener, and whoever makes tokens, ask of the store."""

from collections.abc import Callable, Sequence
from datetime import datetime

from engine.domain.delivery import (
    Accepted,
    Answer,
    Delivery,
    TokenSeen,
    Told,
    places_of,
)
from engine.store import deliveries, tokens
from engine.store.audit import Act, Audit
from engine.store.database import Database
from engine.store.deliveries import UNSETTLED, KeyTaken, Opening
from engine.store.events import ACTIVE, known
from engine.store.kept_errors import FIELDS
from engine.store.presence import Here
from engine.store.rows import AnyRow
from engine.store.tables import EVENT
from engine.store.tokens import NewToken

FAILED = "failed"
NOT_ATTEMPTED = "not_attempted"
_SHOWN = ("class", "code", "field", "stage", "message")


class PushDesk:
    """Deliveries and tokens; part of `store.Store`."""

    def __init__(
        self, database: Database, audit: Audit, here: Here, clock: Callable[[], datetime]
    ) -> None:
        self._database, self._audit, self._here, self._clock = database, audit, here, clock

    def store(
        self, delivered: Sequence[Delivery], opening: Opening
    ) -> list[Accepted | KeyTaken]:
        """Keep deliveries in one transaction, durably; one answer each, in order."""
        with self._database.writing() as write:
            return deliveries.stored(write, delivered, opening)

    def answer(self, accepted: Accepted) -> Answer:
        """What has become of a delivery by now."""
        with self._database.reading() as connection:
            row = deliveries.delivery(connection, accepted.delivery)
            if row is None:
                return Answer(accepted.event, over=False)
            batches = deliveries.batches_of(connection, row)
        told = [each for batch in batches for each in _told(batch)]
        unsettled = any(batch.state in UNSETTLED for batch in batches)
        over = not unsettled and len(told) == row.records
        return Answer(accepted.event, over, tuple(told) if over else ())

    def made(self, new: NewToken, *, actor: str) -> str:
        """Keep a token; its name."""
        with self._database.writing() as write:
            return tokens.made(write, self._audit, new, actor=actor, now=self._clock())

    def revoke(self, link: str, name: str, *, actor: str, reason: str | None) -> None:
        """Let a token hold no longer."""
        act = Act(actor, "token revoke", link, reason, {"name": name})
        with self._database.writing() as write:
            tokens.revoked(write, self._audit, act, name, now=self._clock())

    def tokens(self, link: str | None = None) -> tuple[TokenSeen, ...]:
        """Tokens of a Link, or of all."""
        with self._database.reading() as connection:
            return tokens.listed(connection, link)

    def hashes(self, link: str) -> dict[str, str]:
        """By name, the hashes of the tokens of a Link that hold."""
        with self._database.reading() as connection:
            return tokens.hashes(connection, link)

    def under_way(self, link: str) -> bool:
        """Whether somebody is pushing what was delivered to a Link at this moment (C5)."""
        with self._database.reading() as connection:
            query = EVENT.select().where(
                EVENT.c.link == link,
                EVENT.c.status.in_(ACTIVE),
                EVENT.c.kind == "push",
                EVENT.c.in_flight > 0,
            )
            rows = connection.execute(query).all()
        return any(self._here.lives(row, self._clock()) for row in rows)

    def queued(self, link: str) -> int | None:
        """The oldest push Sync Event of a Link that nobody has taken yet."""
        with self._database.reading() as connection:
            query = EVENT.select().where(
                EVENT.c.link == link,
                EVENT.c.status.in_(ACTIVE),
                EVENT.c.kind == "push",
                EVENT.c.host == "",
            )
            row = connection.execute(query.order_by(EVENT.c.id).limit(1)).first()
        return None if row is None else int(row.id)

    def link_of(self, event: int) -> str:
        """The Link of a Sync Event; Refused where there is none of that number."""
        with self._database.reading() as connection:
            return str(known(connection, event).link)


def _told(batch: AnyRow) -> list[Told]:
    """The answers of a Batch; where it never told any, its own error stands for all."""
    if batch.told is not None:
        return [
            Told(key, outcome, tuple(errors), why)
            for key, outcome, errors, why in batch.told
        ]
    _, first, last = places_of(batch.scope)
    if batch.state in UNSETTLED:
        return []
    outcome = NOT_ATTEMPTED if batch.state == NOT_ATTEMPTED else FAILED
    errors = () if batch.error is None else (_shown(batch.error),)
    return [Told(None, outcome, errors)] * (last - first + 1)


def _shown(values: Sequence[object]) -> dict[str, object]:
    error = dict(zip(FIELDS, values, strict=False))
    return {name: error[name] for name in _SHOWN}
