"""Three weeks in the shop: what ran every morning, what went wrong, and what people did about it.

All of it by real runs, under a clock that is put back; what is left open at their end is for
whoever opens the console.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from engine.demo.home import deliver, fresh_home
from engine.demo.links import DAILY, mended
from engine.demo.moved_clock import MovedClock
from engine.demo.shop_process import OpenShop, open_shop
from engine.demo.world import BETWEEN, MORNING, MOST_RECORDS, WEEKS, World
from engine.domain.errors import Misused
from engine.domain.inbox import Edit
from engine.domain.requests import RunOptions, Selection, Stop
from engine.domain.retry_plan import Choice, RetryOptions
from engine.domain.sync_event import SnapshotSeen, SyncEvent
from engine.engine import Engine
from engine.settings import Settings

DAYS = WEEKS.days
LIVE = "stock"
"""The Link that runs when the console opens."""

SCHEDULE, ANA, BEN = "schedule", "ana@ops", "ben@ops"
_TOKEN, _EXPIRED = "the-token-of-today", "the-token-of-last-week"
_PUT_RIGHT = {
    "required": ("customer.email", "customer@example.org"),
    "email": ("customer.email", "customer@example.org"),
    "one_of": ("country", "DE"),
    "negative_amount": ("amount", "19.90"),
}
"""What a person writes into an order that failed with this code."""

_MOST = 1000
_ANSWERED, _PATIENCE = 0.2, 10.0
Say = Callable[[int, int], None]
"""Told which day of how many is being lived."""


@contextmanager
def lived(
    settings: Settings,
    *,
    records: int,
    seed: int,
    say: Say,
    until: datetime | None = None,
) -> Iterator[Settings]:
    """The world after its weeks, in `settings.home`, made fresh; the shop is open as long.

    Raises Misused for a number of records that cannot be, Refused for a home that is not a demo's.
    """
    if not 1 <= records <= MOST_RECORDS:
        raise Misused(f"--records takes a number from 1 to {MOST_RECORDS}, not {records}")
    end = (until or datetime.now(UTC)).replace(microsecond=0)
    world = World(seed, records, end)
    with (
        fresh_home(settings.home, world),
        open_shop(world, token=_TOKEN, log=settings.home / "shop.log") as shop,
    ):
        visited = _knowing(settings, shop, _TOKEN)
        weeks = _Weeks(settings, world, shop)
        try:
            for day in range(DAYS):
                say(day + 1, DAYS)
                weeks.live(day)
        finally:
            weeks.close()
        shop.heal("pages")
        shop.set_clock(until)
        yield visited


def start_live(settings: Settings) -> SyncEvent:
    """The run that can be watched, in a process of its own."""
    with Engine(settings) as engine:
        return engine.launch(LIVE, RunOptions(actor=SCHEDULE))


def end_runs(settings: Settings) -> None:
    """What still runs is cancelled before the shop closes: it could fetch nothing any more."""
    waiting = Stop()
    with Engine(settings) as engine:
        left = _running(engine)
        for event in left:
            engine.cancel(str(event), reason="the demo was left", actor=ANA)
        for _ in range(int(_PATIENCE / _ANSWERED)):
            if not left or waiting.wait(_ANSWERED):
                return
            left = _running(engine)


def _running(engine: Engine) -> list[int]:
    return [
        event.id
        for status in ("queued", "running")
        for event in engine.events(status=status).items
    ]


def _knowing(settings: Settings, shop: OpenShop, token: str) -> Settings:
    variables = {"SHOP_URL": shop.url, "SHOP_TOKEN": token}
    return replace(settings, environ={**settings.environ, **variables})


class _Weeks:
    """Lives one day after the other."""

    def __init__(self, settings: Settings, world: World, shop: OpenShop) -> None:
        self._settings, self._world, self._shop = settings, world, shop
        self._clock = MovedClock(world.days[0])
        self._engine = self._opened(_TOKEN)
        self._days: dict[int, Callable[[datetime], None]] = {
            2: self._expired_token,
            6: self._edited_one_by_one,
            9: self._discarded,
            12: self._bad_page,
            15: self._cancelled,
            DAYS - 1: self._today,
        }

    def close(self) -> None:
        """Let go of the store."""
        self._engine.close()

    def live(self, day: int) -> None:
        """What happens that day."""
        end = self._world.days[0] + timedelta(days=day + 1)
        self._deliver(end)
        self._days.get(day, self._as_usual)(end - MORNING)

    def _as_usual(self, at: datetime) -> None:
        for number, link in enumerate(DAILY):
            self._run(link, at + number * BETWEEN)

    # What goes wrong on a day, and who does what about it

    def _expired_token(self, at: datetime) -> None:
        self._with_token(_EXPIRED)
        self._as_usual(at)
        self._with_token(_TOKEN)
        for number, link in enumerate(("orders", "customers")):
            self._run(link, at + timedelta(minutes=31 + number), by=ANA, why="new token")

    def _edited_one_by_one(self, at: datetime) -> None:
        """Tried again as it was, which helps nobody; then put right, record by record."""
        self._as_usual(at)
        failed = self._latest("orders")
        self._retry(failed, at + timedelta(minutes=25), by=BEN, why="once more")
        self._moved(at + timedelta(minutes=31))
        for snapshot in self._open_of(failed):
            code = str(snapshot.errors[0]["code"])
            path, value = _PUT_RIGHT[code]
            self._engine.edit(
                f"s{snapshot.id}",
                Edit({path: value}),
                reason="asked the customer",
                actor=ANA,
            )
        self._retry(failed, at + timedelta(minutes=38), by=ANA, why="put right by hand")

    def _discarded(self, at: datetime) -> None:
        self._as_usual(at)
        failed = self._latest("returns")
        self._moved(at + timedelta(minutes=33))
        if self._open_of(failed):
            why = "booked by hand at the returns desk"
            self._engine.discard((f"#{failed}",), reason=why, actor=BEN)

    def _bad_page(self, at: datetime) -> None:
        self._shop.spoil(2)
        self._as_usual(at)
        self._shop.heal("pages")
        later = at + timedelta(minutes=27)
        self._retry(self._latest("orders"), later, by=ANA, why="the shop answers again")

    def _cancelled(self, at: datetime) -> None:
        """A run ended by a person, and made again."""
        stop = Stop()
        stop.now("the shop counts its stock")
        self._run("orders", at, stop=stop)
        self._as_usual(at + timedelta(minutes=12))

    def _today(self, at: datetime) -> None:
        """A page is bad and orders are flawed; a retry changed nothing; the rules are mended."""
        self._shop.spoil(2)
        self._as_usual(at)
        why = "perhaps it passes"
        self._retry(self._latest("orders"), at + timedelta(minutes=24), by=BEN, why=why)
        path = self._settings.links / "orders.yaml"
        path.write_text(mended(path.read_text("utf-8")), "utf-8")

    # How it is done

    def _run(
        self,
        link: str,
        at: datetime,
        *,
        by: str = SCHEDULE,
        why: str | None = None,
        stop: Stop | None = None,
    ) -> None:
        self._moved(at)
        self._engine.run(link, RunOptions(actor=by, reason=why), stop=stop or Stop())

    def _retry(self, event: int, at: datetime, *, by: str, why: str) -> None:
        if not self._open_of(event) and not self._engine.event(str(event)).open.batches:
            # A small world may have nothing wrong on that day.
            return
        self._moved(at)
        options = RetryOptions(reason=why, actor=by, definition=Choice.AS_RUN)
        self._engine.retry(str(event), Selection(), options, stop=Stop())

    def _latest(self, link: str) -> int:
        return self._engine.event(f"latest:{link}").id

    def _open_of(self, event: int) -> list[SnapshotSeen]:
        """What is open of it, wherever in its Chain that is by now."""
        link = self._engine.event(str(event)).link
        found = self._engine.failures(f"latest:{link}", Selection(), limit=_MOST)
        return [record for record in found.records if record.state == "open"]

    def _moved(self, at: datetime) -> None:
        self._clock.put(at)
        self._shop.set_clock(at)

    def _with_token(self, token: str) -> None:
        self._engine.close()
        self._engine = self._opened(token)

    def _opened(self, token: str) -> Engine:
        return Engine(_knowing(self._settings, self._shop, token), clock=self._clock)

    def _deliver(self, end: datetime) -> None:
        """The day's file of returns takes the place of the one before."""
        world, count = self._world, self._world.returns
        day = [
            index
            for index in range(count)
            if end - timedelta(days=1) <= world.moment(index, count) < end
        ]
        lines = range(day[0], day[-1] + 1) if day else range(0)
        deliver(self._settings.home, world, "today.ndjson", lines)
