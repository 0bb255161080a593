"""The demo without a screen: three Links over the flaky shop, one recovered, all of it checked.

A face calls `run` with `engine.demo.home.demo_settings(home, environ)` and renders each of
`engine.demo.steps` as it comes, with what it renders everything else with. The `Outcome` says
whether every number is the planted one, and the exit code.
"""

from collections.abc import Callable
from dataclasses import replace

from engine.demo.home import fresh_home
from engine.demo.links import mended
from engine.demo.planted import (
    Planted,
    planted_customers,
    planted_first_retry,
    planted_orders,
    planted_returns,
    planted_second_retry,
    planted_stop,
)
from engine.demo.shop_process import OpenShop, open_shop
from engine.demo.steps import (
    Grouped,
    Looked,
    Opened,
    Outcome,
    Planned,
    Ran,
    Settled,
    Step,
)
from engine.demo.verdict import Difference, differences
from engine.demo.world import MOST_RECORDS, RECORDS, SEED, World
from engine.domain.errors import Misused, Tier
from engine.domain.outcome import Ending, Status
from engine.domain.requests import (
    RunOptions,
    Selection,
    Stop,
    Watch,
)
from engine.domain.retry_plan import RetryOptions
from engine.domain.sync_event import SyncEvent
from engine.domain.values import dataclass
from engine.engine import Engine
from engine.settings import Settings

ACTOR = "demo"

_TODAY, _YESTERDAY = "the-token-of-today", "the-token-of-yesterday"
_SHOWN = 5
_ORDERS = 1
"""The place of the run of orders among the acts."""


@dataclass(frozen=True, slots=True)
class _Act:
    """One run of the story: which Link, with which token, and what it must count."""

    title: str
    link: str
    token: str
    planted: Planted
    look: bool = False


def run(
    settings: Settings,
    *,
    records: int = RECORDS,
    seed: int = SEED,
    say: Callable[[Step], None],
    stop: Stop | None = None,
    watch: Watch | None = None,
) -> Outcome:
    """The whole story in `settings.home`, made fresh.

    Raises Misused for a number of records that cannot be, Refused for a home that is not a demo's.
    """
    if not 1 <= records <= MOST_RECORDS:
        raise Misused(f"--records takes a number from 1 to {MOST_RECORDS}, not {records}")
    world = World(seed, records)
    with (
        fresh_home(settings.home, world) as home,
        open_shop(world, token=_TODAY, log=home / "shop.log") as shop,
    ):
        say(Opened(home, shop.url, records, seed))
        teller = _Storyteller(settings, world, shop, say, stop or Stop(), watch)
        return teller.tell(_acts(world))


def _acts(world: World) -> tuple[_Act, ...]:
    return (
        _Act(
            title="The shop has changed its token overnight: a System error stops the run",
            link="orders",
            token=_YESTERDAY,
            planted=planted_stop("orders"),
        ),
        _Act(
            title="With today's token: bad pages fail their Batch alone, bad records themselves",
            link="orders",
            token=_TODAY,
            planted=planted_orders(world),
            look=True,
        ),
        _Act(
            title="Faults that pass by themselves are tried again, and Warnings never block",
            link="customers",
            token=_TODAY,
            planted=planted_customers(world),
        ),
        _Act(
            title="A line that cannot be read fails alone, and so does an unknown product",
            link="returns",
            token=_TODAY,
            planted=planted_returns(world),
            look=True,
        ),
    )


@dataclass(frozen=True, slots=True)
class _Storyteller:
    """Who runs the acts, one Engine at a time, and says what is to be seen."""

    settings: Settings
    world: World
    shop: OpenShop
    say: Callable[[Step], None]
    stop: Stop
    watch: Watch | None

    def tell(self, acts: tuple[_Act, ...]) -> Outcome:
        """Act after act until the end, or until somebody stops it."""
        wrong: list[Difference] = []
        events: list[SyncEvent] = []
        for act in acts:
            event = self._perform(act)
            events.append(event)
            if event.ending is Ending.CANCELLED:
                return Outcome(self.settings.home, tuple(events), (), interrupted=True)
            wrong.extend(differences(act.planted, event))
        retried, unlike = self._recover(self.world, events[_ORDERS])
        wrong.extend(unlike)
        events.extend(retried)
        settled = self._as_they_stand(events)
        self.say(Settled(settled))
        wrong.extend(_unrecovered(settled[_ORDERS]))
        return Outcome(
            self.settings.home, settled, tuple(wrong), interrupted=self.stop.asked
        )

    def _recover(
        self, world: World, failed: SyncEvent
    ) -> tuple[list[SyncEvent], list[Difference]]:
        """The rules mended, then the pages: two retries, and the first run turns completed."""
        events: list[SyncEvent] = []
        wrong: list[Difference] = []
        for title, prepare, planted in self._retries(world):
            if not (planted.from_snapshots or planted.planned):
                continue
            prepare()
            event = self._retry(title, failed)
            events.append(event)
            wrong.extend(differences(planted, event))
            if event.ending is Ending.CANCELLED:
                break
        return events, wrong

    def _retries(self, world: World) -> tuple[tuple[str, Callable[[], None], Planted], ...]:
        return (
            (
                "The rules are mended; a retry sends what failed, and nothing else",
                self._mend_rules,
                planted_first_retry(world),
            ),
            (
                "The shop has mended its pages; the last retry fetches just those",
                self._mend_pages,
                planted_second_retry(world),
            ),
        )

    def _mend_rules(self) -> None:
        path = self.settings.links / "orders.yaml"
        path.write_text(mended(path.read_text(encoding="utf-8")), encoding="utf-8")

    def _mend_pages(self) -> None:
        self.shop.heal("pages")

    def _retry(self, title: str, failed: SyncEvent) -> SyncEvent:
        engine = self._engine(_TODAY)
        try:
            ref = str(failed.id)
            plan = engine.plan(ref, Selection(), simulate=True, actor=ACTOR)
            self.say(Planned(title, plan))
            options = RetryOptions(reason=title, actor=ACTOR, plan=plan.hash)
            event = engine.retry(
                ref, Selection(), options, stop=self.stop, watch=self.watch
            )
            self.say(Ran(f"#{event.id} runs that plan", event))
        finally:
            engine.close()
        return event

    def _perform(self, act: _Act) -> SyncEvent:
        engine = self._engine(act.token)
        try:
            event = engine.run(
                act.link, RunOptions(actor=ACTOR), stop=self.stop, watch=self.watch
            )
            self.say(Ran(act.title, event))
            if act.look:
                self._look(engine, event)
        finally:
            engine.close()
        return event

    def _look(self, engine: Engine, event: SyncEvent) -> None:
        """The groups, and the first record of the largest one."""
        failures = engine.failures(str(event.id), Selection(), limit=_SHOWN)
        self.say(Grouped(failures))
        groups = [group for group in failures.groups if group.tier is Tier.RECORD]
        if not groups:
            return
        largest = max(groups, key=lambda group: (group.count, group.fingerprint))
        chosen = Selection(fingerprints=(largest.fingerprint,))
        of_it = engine.failures(str(event.id), chosen, limit=1)
        for snapshot in of_it.records:
            self.say(Looked(engine.record(f"s{snapshot.id}")))

    def _as_they_stand(self, events: list[SyncEvent]) -> tuple[SyncEvent, ...]:
        """Read once more: a later run may have closed what an earlier one left open."""
        engine = self._engine(_TODAY)
        try:
            return tuple(engine.event(str(event.id)) for event in events)
        finally:
            engine.close()

    def _engine(self, token: str) -> Engine:
        environ = {
            **self.settings.environ,
            "SHOP_URL": self.shop.url,
            "SHOP_TOKEN": token,
        }
        return Engine(replace(self.settings, environ=environ))


def _unrecovered(orders: SyncEvent) -> tuple[Difference, ...]:
    """The run of orders must have turned completed by the end of its Chain."""
    if orders.status in (Status.COMPLETED, Status.COMPLETED_WITH_WARNINGS):
        return ()
    return (Difference(orders.id, orders.link, "status", "completed", orders.status.value),)
