"""The metrics Prometheus may ask for: their names, labels and meanings.

What happens is counted as it happens; what can be looked up is looked up when somebody
asks. A set belongs to one house, none to the process.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from prometheus_client import CollectorRegistry, Counter, Histogram, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from vtn_service.contract import VenStatus
from vtn_service.store.health import Backlog

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
M = TypeVar("M", bound=MetricWrapperBase)


class Children(dict[tuple[str, ...], M], Generic[M]):
    """The children of a metric by the values of its labels, each looked up once."""

    def __init__(self, metric: M) -> None:
        """Start with none."""
        super().__init__()
        self._metric = metric

    def __missing__(self, labels: tuple[str, ...]) -> M:
        """Make a child that was not asked for before."""
        child = self[labels] = self._metric.labels(*labels)
        return child


class Metrics(Collector):
    """Everything that is counted."""

    def __init__(self) -> None:
        """Start from zero."""
        self._registry = CollectorRegistry()
        self.polls = self._by(
            "polls", "Polls answered, by what they were answered with.", "answer"
        )
        self.messages = self._by(
            "messages",
            "Messages read and answered, by OpenADR response code.",
            *("service", "kind", "code"),
        )
        self.refusals = self._by(
            "refusals", "Requests refused, by HTTP status.", "door", "status"
        )
        self.delivered = self._one(
            "events_delivered", "Revisions of events told to their VEN."
        )
        self.opts = self._by(
            "events_acknowledged", "Answers of VENs to events, by opt.", "opt"
        )
        self.accepted = self._one("reports_accepted", "Reports stored.")
        self.repeated = self._one(
            "reports_repeated", "Reports that had been stored before."
        )
        self.refused_reports = self._by(
            "reports_refused",
            "Reports refused; what EiReport refuses unread counts as a report.",
            "reason",
        )
        self.seconds = Children(
            Histogram(
                "vtn_request_duration_seconds",
                "From a request's head to its answer, the body's arrival included.",
                ["service"],
                buckets=_SECONDS,
                registry=self._registry,
            )
        )

    def collect(self) -> Iterator[Metric]:
        """Give what was counted, without when counting began."""
        for metric in self._registry.collect():
            metric.samples = [
                sample
                for sample in metric.samples
                if not sample.name.endswith("_created")
            ]
            yield metric

    def _one(self, name: str, meaning: str) -> Counter:
        return Counter(f"vtn_{name}_total", meaning, registry=self._registry)

    def _by(self, name: str, meaning: str, *labels: str) -> Children[Counter]:
        counter = Counter(f"vtn_{name}_total", meaning, labels, registry=self._registry)
        return Children(counter)


@dataclass(frozen=True)
class Measured(Collector):
    """Everything that is looked up when somebody asks.

    Args:
        now: The current instant.
        vens: How every VEN of the roster stands.
        backlog: What waits in the store.
        connections: How many are open, by door.
    """

    now: datetime
    vens: Sequence[VenStatus]
    backlog: Backlog
    connections: Mapping[str, int]

    def collect(self) -> Iterator[Metric]:
        """Give what was looked up."""
        for name, meaning, value in (*self._of_vens(), *self._of_store()):
            yield GaugeMetricFamily(f"vtn_{name}", meaning, value)
        yield _gauges(
            "connections",
            "Connections that are open.",
            "door",
            self.connections.items(),
        )
        yield _gauges(
            "ven_certificate_left_seconds",
            "Time until a VEN's certificate ends, for those whose end is known.",
            "ven_id",
            (
                (ven.ven_id, -self._seconds_since(ven.certificate_expires_at))
                for ven in self.vens
                if ven.certificate_expires_at
            ),
        )

    def _of_vens(self) -> Iterator[tuple[str, str, float]]:
        vens = self.vens
        yield "vens_enrolled", "VENs on the roster.", len(vens)
        registered = sum(ven.registered_at != "" for ven in vens)
        yield "vens_registered", "VENs of the roster that are registered.", registered
        silent = sum(ven.silent_since != "" for ven in vens)
        yield "vens_silent", "Enabled VENs unheard for longer than allowed.", silent
        unanswered = sum(ven.unanswered_events for ven in vens)
        meaning = "Events told, not over, and awaiting the VEN's answer."
        yield "events_unanswered", meaning, unanswered

    def _of_store(self) -> Iterator[tuple[str, str, float]]:
        backlog = self.backlog
        yield "asks_queued", "Asks of VENs not told yet.", backlog.queued_asks
        meaning = "Reports after the newest the pipeline has drained."
        yield "inbox_undrained_reports", meaning, backlog.reports
        meaning = "Age of the first of them; 0 if there is none."
        age = self._seconds_since(backlog.oldest_report_at)
        yield "inbox_oldest_undrained_age_seconds", meaning, age
        yield "store_size_bytes", "Size of the database.", backlog.store_bytes

    def _seconds_since(self, instant: str) -> float:
        if not instant:
            return 0.0
        return (self.now - datetime.fromisoformat(instant)).total_seconds()


@dataclass(frozen=True)
class Together(Collector):
    """Several sets of metrics as one."""

    parts: Sequence[Collector]

    def collect(self) -> Iterator[Metric]:
        """Give the metrics of each."""
        for part in self.parts:
            yield from part.collect()


def exposition(*parts: Collector) -> bytes:
    """Write metrics in Prometheus' text format."""
    return generate_latest(Together(parts))


def _gauges(
    name: str, meaning: str, label: str, values: Iterable[tuple[str, float]]
) -> Metric:
    family = GaugeMetricFamily(f"vtn_{name}", meaning, labels=[label])
    for of, value in values:
        family.add_metric([of], value)
    return family
