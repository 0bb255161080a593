"""/metrics over HTTP: what the store's rows say, and never less than before."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from prometheus_client.core import Sample
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from engine.domain.alert import FIGURES
from engine.domain.errors import LinkdeckError
from engine.domain.retry_plan import Choice
from engine.service import routes_metrics
from engine.service.addresses import Address
from engine.service.listener import Listener
from tests.servers.scripted import Json, ScriptedServer, Status, in_turn
from tests.stories.clocks import Clock, on_clock
from tests.stories.definitions import AT_ONCE, COLUMNS, both_stores, definition
from tests.stories.world import World, order

LABELS = (
    *("link", "kind", "tier", "class", "severity", "status", "outcome", "state", "route"),
    *("what", "way", "priority", "version", "le"),
)
Series = Mapping[tuple[str, ...], float]


@contextmanager
def served(world: World, clock: Clock) -> Iterator[str]:
    """The address of a listener over this world."""
    context = world.engine._context
    more = routes_metrics.routes(context, clock)
    with Listener(context, Address("127.0.0.1", 0), late=lambda: (), more=more) as ear:
        yield f"http://{ear.address}/metrics"


def scraped(url: str, **headers: str) -> dict[str, Series]:
    """Every series by name, and in it by the values of its labels."""
    answer = httpx.get(url, headers=headers)
    assert answer.status_code == 200
    return {
        name: values
        for family in text_string_to_metric_families(answer.text)
        for name, values in _samples(family.samples).items()
    }


def _samples(samples: Sequence[Sample]) -> dict[str, dict[tuple[str, ...], float]]:
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for sample in samples:
        name, labels, value = sample[:3]
        ordered = sorted(labels, key=LABELS.index)
        found.setdefault(name, {})[tuple(labels[each] for each in ordered)] = value
    return found


def asked(world: World, statement: str) -> dict[tuple[str, ...], float]:
    """What the rows say: the last column by the others."""
    database = world.engine._context.store._database
    with database.reading() as connection:
        rows = connection.execute(text(statement)).all()
    return {tuple(map(str, row[:-1])): float(row[-1]) for row in rows if row[-1]}


def some(series: Series) -> dict[tuple[str, ...], float]:
    return {labels: value for labels, value in series.items() if value}


def eventful(world: World) -> None:
    """Runs of two Links: good, failing, stopped, retried, tested, a warning."""
    flawed = [order(n, email="" if n % 4 == 0 else f"o{n}@x.de") for n in range(1, 41)]
    world.orders(flawed, extra="severity: high")
    first = world.run()
    world.run(test=True)
    world.link("orders", definition(stages=[COLUMNS], severity="high"))
    world.retry(first, definition=Choice.CURRENT, keys=("4",))
    with ScriptedServer(in_turn(Status(503), Json([order(1)]))) as server:
        source = {"adapter": "http", "url": f"{server.url}/orders"}
        retry = {**AT_ONCE, "max_attempts": 3, "delay_ms": 20}
        world.link("shop", definition(link="shop", source=source, retry=retry))
        world.run("shop")
    world.link("shop", definition(link="shop", source=source, retry=AT_ONCE))
    world.run("shop")


@both_stores
def test_what_is_scraped_equals_what_the_rows_say(world: World) -> None:
    clock = on_clock(world, Clock())
    eventful(world)
    clock.on(minutes=10)

    with served(world, clock) as url:
        seen = scraped(url)

    ended = "FROM sync_event WHERE outcome IS NOT NULL GROUP BY"
    assert some(seen["linkdeck_sync_events_total"]) == asked(
        world,
        f"SELECT link, kind, REPLACE(outcome, ' ', '_'), COUNT(*) {ended} link, kind, outcome",
    )
    for column in ("fetched", "from_snapshots", "written", "would_write", "failed"):
        found = {
            (link, kind): value
            for (link, kind, outcome), value in seen["linkdeck_records_total"].items()
            if outcome == column and value
        }
        assert found == asked(world, f"SELECT link, kind, SUM({column}) {ended} link, kind")
    assert some(seen["linkdeck_errors_total"]) == asked(
        world,
        "SELECT e.link, g.tier, g.error_class, COALESCE(g.severity, e.severity), SUM(g.times)"
        " FROM error_group AS g JOIN sync_event AS e ON e.id = g.event"
        " WHERE e.kind <> 'test' GROUP BY 1, 2, 3, 4",
    )
    assert some(seen["linkdeck_open_failures"]) == {
        ("orders", "records"): 9.0,
        ("shop", "runs"): 1.0,
    }
    assert seen["linkdeck_failures_closed_total"] == {("orders", "recovered"): 1.0}
    assert seen["linkdeck_failed_attempts_total"]["shop", "sync"] == 3.0
    assert seen["linkdeck_wait_seconds_total"]["shop", "sync"] >= 0.02
    assert some(seen["linkdeck_inbox_items"]) == {
        (route,): float(times)
        for route, times in world.engine.inbox_counts().routes.items()
    }
    durations = seen["linkdeck_sync_event_duration_seconds_count"]
    assert durations == asked(world, f"SELECT link, kind, COUNT(*) {ended} link, kind")
    assert seen["linkdeck_oldest_open_failure_seconds"] == {
        ("orders",): 600.0,
        ("shop",): 600.0,
    }
    assert seen["linkdeck_lateness_seconds"] == {("shop",): 600.0}
    assert seen["linkdeck_engine_up"] == {(): 1.0}


def test_a_run_under_way_is_counted_before_it_ends(world: World) -> None:
    clock = on_clock(world, Clock())
    world.orders([order(n) for n in range(1, 101)], batch_size=10)
    counts: list[float] = []
    with served(world, clock) as url:

        def look(glimpse: object) -> None:
            seen = scraped(url)
            counts.append(seen["linkdeck_records_total"]["orders", "sync", "written"])
            running = seen.get("linkdeck_active_sync_events", {})
            assert running in ({("orders", "sync", "running"): 1.0}, {})

        world.run(watch=look)
        counts.append(scraped(url)["linkdeck_records_total"]["orders", "sync", "written"])

    assert counts == sorted(counts)
    assert counts[-1] == 100.0


def test_prometheus_may_ask_in_its_own_format(world: World) -> None:
    clock = on_clock(world, Clock())
    world.orders([order(1)])
    world.run()

    with served(world, clock) as url:
        answer = httpx.get(url, headers={"accept": "application/openmetrics-text"})

    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


def test_a_store_that_is_gone_is_a_series_not_an_error(world: World) -> None:
    clock = on_clock(world, Clock())
    world.orders([order(1)])
    world.run()
    with served(world, clock) as url:
        (world.folder / "linkdeck.db").rename(world.folder / "moved.db")
        seen = scraped(url)
        (world.folder / "moved.db").rename(world.folder / "linkdeck.db")

    assert (seen["linkdeck_engine_up"], seen["linkdeck_store_up"]) == ({(): 1}, {(): 0})
    with pytest.raises(LinkdeckError):
        world.engine.event("99")


README = Path(__file__).parents[2] / "README.md"


def test_the_readme_lists_what_is_served_and_asks_for_nothing_else(world: World) -> None:
    clock = on_clock(world, Clock())
    eventful(world)
    with served(world, clock) as url:
        text = httpx.get(url).text
    labels: dict[str, set[str]] = {}
    families = set()
    for family in text_string_to_metric_families(text):
        families.add(family.name)
        for sample in family.samples:
            labels.setdefault(sample.name, set()).update(sample.labels)
    chapter = README.read_text().split("### Metrics, alerts")[1].split("**Alerts**")[0]
    table, queries = chapter.split("```promql")

    listed = set(re.findall(r"`(linkdeck_\w+)`", table))
    served_names = {
        name.removesuffix("_bucket").removesuffix("_count").removesuffix("_sum")
        for name in labels
    } | families
    assert listed <= served_names | {
        "linkdeck_active_sync_events",
        "linkdeck_alerts_firing",
    }
    created = {name for name in families if f"{name}_total" in labels}
    assert families - created - listed <= {"linkdeck_build"}
    for query in queries.split("```")[0].strip().splitlines():
        names = re.findall(r"linkdeck_\w+", query)
        assert names, query
        assert all(name in labels for name in names), query
        grouped = re.findall(r"(?:by|on) \(([^)]*)\)", query)
        wanted = {label.strip() for each in grouped for label in each.split(",")}
        wanted |= set(re.findall(r"(\w+)=", query))
        assert all(wanted <= labels[name] | {"le"} for name in names[:1]), query


def test_every_figure_is_in_the_readme() -> None:
    chapter = README.read_text().split("**Alerts**")[1].split("**Causes**")[0]
    assert set(FIGURES) <= set(re.findall(r"\w+", chapter))
