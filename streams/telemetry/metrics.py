"""Metrics as data: one table says every name, kind, label and meaning.

Dashboards, alerts and the checks on them read `METRICS`; `Metrics` makes the instruments on a
registry of its own, so that several workers fit in one process. Units are base units, labels are
bounded: never a conversation, a person or a text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.metrics import MetricWrapperBase

PREFIX = "cuestream_"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_LATENCY_S = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_STEP_S = (
    0.0001,
    0.00025,
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    5.0,
)
_RECORDS = (1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1_000.0, 2_500.0, 10_000.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricPlan:
    """One metric.

    Attributes:
        attribute: Its name on `Metrics`.
        name: Its Prometheus name without `cuestream_`; counters without the `_total` that is added.
        kind: counter, gauge or histogram.
        says: What it counts, in one sentence.
        labels: Bounded dimensions.
        buckets: Upper bounds of a histogram.
    """

    attribute: str
    name: str
    kind: Literal["counter", "gauge", "histogram"]
    says: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()

    @property
    def exposed_name(self) -> str:
        """Return the name a query uses (for a histogram: without `_bucket`, `_sum`, `_count`)."""
        return PREFIX + self.name + ("_total" if self.kind == "counter" else "")


def _counter(attribute: str, name: str, says: str, *labels: str) -> MetricPlan:
    return MetricPlan(attribute=attribute, name=name, kind="counter", says=says, labels=labels)


def _gauge(attribute: str, name: str, says: str, *labels: str) -> MetricPlan:
    return MetricPlan(attribute=attribute, name=name, kind="gauge", says=says, labels=labels)


def _histogram(
    attribute: str, name: str, says: str, buckets: tuple[float, ...], *labels: str
) -> MetricPlan:
    return MetricPlan(
        attribute=attribute,
        name=name,
        kind="histogram",
        says=says,
        labels=labels,
        buckets=buckets,
    )


METRICS: tuple[MetricPlan, ...] = (
    # The runtime
    _gauge(
        "lag_records",
        "lag_records",
        "Records of the log partition not yet taken in.",
        "processor",
        "partition",
    ),
    _gauge("partitions_owned", "partitions_owned", "Partitions owned and recovered.", "processor"),
    _counter("records_taken", "records_taken", "Inputs taken in and committed.", "processor"),
    _histogram("chunk_records", "chunk_records", "Inputs in one step.", _RECORDS, "processor"),
    _histogram(
        "step_seconds",
        "step_seconds",
        "Wall time of a numbered step: 1 fence, 2 decode, 3 prepare, 4 handle, 5 send outputs,"
        " 6 send changelog, 7 apply, 8 publish and acknowledge.",
        _STEP_S,
        "processor",
        "step",
    ),
    _counter("flushes", "flushes", "Steps committed.", "processor"),
    _gauge("flushes_in_flight", "flushes_in_flight", "Steps on their way to commit.", "processor"),
    _counter(
        "fences_hit",
        "fences_hit",
        "Chunks or batches a fence stopped; side is below, above or epoch.",
        "processor",
        "side",
    ),
    _counter("recovery_records", "recovery_records", "Changelog records read back.", "processor"),
    _gauge(
        "recovery_remaining_records",
        "recovery_remaining_records",
        "Changelog records still to be read back.",
        "processor",
    ),
    _histogram(
        "recovery_seconds",
        "recovery_seconds",
        "Time from assignment to a recovered and claimed partition.",
        (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0),
        "processor",
    ),
    _counter("quarantined", "quarantined", "Inputs put in quarantine.", "processor", "code"),
    _counter("rejected", "rejected", "Inputs the rules refused.", "processor", "code"),
    _counter("outputs", "outputs", "Derived records appended.", "topic"),
    _counter(
        "duplicates_dropped",
        "duplicates_dropped",
        "Records dropped because their upstream sequence was seen.",
        "processor",
    ),
    _counter("ticks", "ticks", "Ticks appended because a timer was overdue.", "processor"),
    _histogram(
        "turn_to_recommendation_seconds",
        "turn_to_recommendation_seconds",
        "From the append of the turn to the append of the recommendation it led to.",
        _LATENCY_S,
    ),
    # The API
    _counter(
        "gateway_requests",
        "gateway_requests",
        "Requests to append records; outcome is accepted, refused, limited or unavailable.",
        "outcome",
    ),
    _counter(
        "gateway_events",
        "gateway_events",
        "Records asked to be appended; outcome is accepted, duplicate or unavailable.",
        "outcome",
    ),
    _counter(
        "inbound_payloads",
        "inbound_payloads",
        "Payloads of other systems; outcome is accepted, ignored, rejected, unverified, limited or"
        " unavailable.",
        "adapter",
        "outcome",
    ),
    _counter(
        "hub_deliveries",
        "hub_deliveries",
        "Attempts to deliver to outside hubs; outcome is delivered, refused or failed.",
        "hub_kind",
        "outcome",
    ),
    _counter("http_requests", "http_requests", "HTTP answers.", "method", "route", "status"),
    _histogram(
        "http_request_seconds",
        "http_request_seconds",
        "Time to the first byte of an HTTP answer.",
        _LATENCY_S,
        "route",
    ),
    _counter("forwards", "forwards", "Queries sent on to the worker that owns the key.", "outcome"),
    _gauge("streams_open", "streams_open", "Live streams open."),
    _histogram(
        "library_work_seconds",
        "library_work_seconds",
        "Time of work on intent libraries: mining, publishing (which trains) or a dry run; outcome"
        " is done, failed, again (to be tried once more) or given_up (the worker stops, its"
        " partition goes to another one, or nobody waits for it).",
        (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3_600.0),
        "work",
        "outcome",
    ),
    _counter("stream_changes", "stream_changes", "Row changes sent on live streams."),
    _counter(
        "stream_snapshots",
        "stream_snapshots",
        "Times a live stream had to tell its reader to fetch everything anew.",
    ),
)


class Metrics:
    """Every instrument as a plain attribute, on a registry of its own.

    `metrics.step_seconds.labels("conversation", "4").observe(0.002)`.
    """

    lag_records: Gauge
    partitions_owned: Gauge
    records_taken: Counter
    chunk_records: Histogram
    step_seconds: Histogram
    flushes: Counter
    flushes_in_flight: Gauge
    fences_hit: Counter
    recovery_records: Counter
    recovery_remaining_records: Gauge
    recovery_seconds: Histogram
    quarantined: Counter
    rejected: Counter
    outputs: Counter
    duplicates_dropped: Counter
    ticks: Counter
    turn_to_recommendation_seconds: Histogram
    gateway_requests: Counter
    gateway_events: Counter
    inbound_payloads: Counter
    hub_deliveries: Counter
    http_requests: Counter
    http_request_seconds: Histogram
    forwards: Counter
    streams_open: Gauge
    library_work_seconds: Histogram
    stream_changes: Counter
    stream_snapshots: Counter

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        for plan in METRICS:
            setattr(self, plan.attribute, _instrument(plan, self.registry))

    def render(self) -> bytes:
        """Return everything in the Prometheus text format."""
        return generate_latest(self.registry)


def _instrument(plan: MetricPlan, registry: CollectorRegistry) -> MetricWrapperBase:
    name = PREFIX + plan.name
    if plan.kind == "histogram":
        return Histogram(name, plan.says, plan.labels, registry=registry, buckets=plan.buckets)
    kind = Counter if plan.kind == "counter" else Gauge
    return kind(name, plan.says, plan.labels, registry=registry)
