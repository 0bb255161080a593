"""What Prometheus is told: read from the store as it is asked, in a few milliseconds.

Counters are the store's totals, which outlive the Sync Events they count. Labels are Links,
classes, routes, tiers and words of ours; never data.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from importlib.metadata import version

from prometheus_client import Metric
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.registry import Collector

from engine.domain.alert import AlertState
from engine.domain.errors import LinkdeckError
from engine.operations.context import Context
from engine.store import totals
from engine.store.standing import Standing
from engine.store.totals import Total

_MS = 1000.0


class StoreCollector(Collector):
    """All series of one store, as it is at the moment."""

    def __init__(self, context: Context, now: Callable[[], datetime]) -> None:
        self._context, self._now = context, now

    def collect(self) -> Iterable[Metric]:
        """Everything; where the store cannot be reached, that."""
        yield InfoMetricFamily("linkdeck_build", "What runs", {"version": _VERSION})
        yield _gauge("linkdeck_engine_up", "This engine serves", 1)
        store = self._context.store
        try:
            summed, standings = store.upkeep.totals()
            routes = store.upkeep.inbox_routes()
            alerts = store.upkeep.alerts()
        except LinkdeckError:
            yield _gauge("linkdeck_store_up", "The store can be read", 0)
            return
        yield _gauge("linkdeck_store_up", "The store can be read", 1)
        yield from _counters(summed)
        yield from _now_of(standings, self._now())
        yield _labelled(
            "linkdeck_inbox_items", "What waits in the Inbox", ("route",),
            {(route,): times for route, times in routes.items()},
        )  # fmt: skip
        firing: Counter[_Labels] = Counter(
            (each.link, each.priority) for each in alerts if each.state is AlertState.FIRING
        )
        yield _labelled(
            "linkdeck_alerts_firing", "Alerts that fire", ("link", "priority"), firing
        )
        told: dict[_Labels, float] = {
            ("waiting",): sum(each.undelivered for each in alerts),
            ("lost",): sum(each.lost for each in alerts),
        }
        yield _labelled(
            "linkdeck_notifications", "Notifications that did not arrive", ("state",), told
        )


_VERSION = version("linkdeck")

_Labels = tuple[str, ...]


def _counters(summed: Iterable[Total]) -> Iterator[Metric]:
    """One family a name; the totals of runs under way are in them."""
    by_name: defaultdict[str, list[Total]] = defaultdict(list)
    for each in summed:
        by_name[each.name].append(each)
    for name, family in _FAMILIES.items():
        yield family(by_name[name])
    yield _durations(by_name[totals.LASTED], by_name[totals.LASTED_MS])


def _family(
    name: str, says: str, labels: _Labels, of: Callable[[Total], _Labels], unit: float = 1
) -> Callable[[Iterable[Total]], Metric]:
    def made(found: Iterable[Total]) -> Metric:
        family = CounterMetricFamily(name, says, labels=labels)
        for values, value in sorted(_summed(found, of).items()):
            family.add_metric(values, value / unit)
        return family

    return made


def _summed(
    found: Iterable[Total], of: Callable[[Total], _Labels]
) -> Mapping[_Labels, int]:
    values: Counter[_Labels] = Counter()
    for each in found:
        values[of(each)] += each.value
    return values


def _each(total: Total) -> _Labels:
    return total.link, total.kind, total.detail


def _by_kind(total: Total) -> _Labels:
    return total.link, total.kind


_FAMILIES: Mapping[str, Callable[[Iterable[Total]], Metric]] = {
    totals.EVENTS: _family(
        "linkdeck_sync_events",
        "Sync Events that ended, by the status they ended with",
        ("link", "kind", "status"),
        _each,
    ),
    totals.RECORDS: _family(
        "linkdeck_records",
        "Records by what became of them in their Sync Event",
        ("link", "kind", "outcome"),
        _each,
    ),
    totals.BATCHES: _family(
        "linkdeck_batches", "Batches by how they ended", ("link", "kind", "state"), _each
    ),
    totals.ERRORS: _family(
        "linkdeck_errors",
        "Failures by tier, class and severity",
        ("link", "tier", "class", "severity"),
        lambda total: (total.link, *total.detail.split("/")),
    ),
    totals.TRIES: _family(
        "linkdeck_failed_attempts",
        "Tries of requests that failed inside Batches",
        ("link", "kind"),
        _by_kind,
    ),
    totals.WAITS: _family(
        "linkdeck_wait_seconds",
        "Waits between tries",
        ("link", "kind"),
        _by_kind,
        _MS,
    ),
    totals.CLOSED: _family(
        "linkdeck_failures_closed",
        "Failures closed for good: recovered, superseded, equal, discarded",
        ("link", "way"),
        lambda total: (total.link, total.detail),
    ),
}


def _durations(buckets: Iterable[Total], lasted: Iterable[Total]) -> Metric:
    family = HistogramMetricFamily(
        "linkdeck_sync_event_duration_seconds",
        "How long Sync Events took, from start to end",
        labels=("link", "kind"),
    )
    sums = _summed(lasted, _by_kind)
    found: defaultdict[_Labels, Counter[str]] = defaultdict(Counter)
    for each in buckets:
        found[_by_kind(each)][each.detail] += each.value
    for labels, counts in sorted(found.items()):
        so_far = 0
        steps = []
        for bound in (*map(str, totals.BUCKETS), totals.ENDLESS):
            so_far += counts[bound]
            steps.append((bound if bound == totals.ENDLESS else f"{bound}.0", so_far))
        family.add_metric(labels, steps, sums.get(labels, 0) / _MS)
    return family


def _now_of(standings: Mapping[str, Standing], now: datetime) -> Iterator[Metric]:
    """How every Link stands."""
    active: Counter[_Labels] = Counter()
    waiting: dict[_Labels, float] = {}
    oldest: dict[_Labels, float] = {}
    late: dict[_Labels, float] = {}
    for link, standing in standings.items():
        active.update((link, kind, status) for kind, status, _ in standing.active)
        waiting[link, "records"] = standing.records
        waiting[link, "batches"] = standing.batches
        waiting[link, "runs"] = standing.runs
        if standing.oldest is not None:
            oldest[(link,)] = max(0.0, (now - standing.oldest).total_seconds())
        if standing.current is not None:
            late[(link,)] = max(0.0, (now - standing.current).total_seconds())
    yield _labelled(
        "linkdeck_active_sync_events",
        "Sync Events queued and running",
        ("link", "kind", "status"),
        active,
    )
    yield _labelled(
        "linkdeck_open_failures", "Failures that wait", ("link", "what"), waiting
    )
    yield _labelled(
        "linkdeck_oldest_open_failure_seconds",
        "For how long the oldest of them has waited",
        ("link",),
        oldest,
    )
    yield _labelled(
        "linkdeck_lateness_seconds",
        "Since Last Successful Sync; without a mark, since the last good run began",
        ("link",),
        late,
    )


def _labelled(
    name: str, says: str, labels: _Labels, values: Mapping[_Labels, float]
) -> Metric:
    family = GaugeMetricFamily(name, says, labels=labels)
    for each, value in sorted(values.items()):
        family.add_metric(each, value)
    return family


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(name, says, value)
