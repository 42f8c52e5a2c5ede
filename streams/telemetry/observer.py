"""What the runtime tells, as metrics."""

from __future__ import annotations

from collections.abc import Mapping

from streams.runtime.clock import Clock, WallClock
from streams.runtime.commit import RecoveryReport
from streams.runtime.step import Flush
from streams.telemetry.metrics import Metrics
from streams.topics import RECOMMENDATIONS


class MetricsObserver:
    """Turns what happens in the runtime into Prometheus metrics."""

    def __init__(self, metrics: Metrics, *, clock: Clock | None = None) -> None:
        """Write to `metrics`, telling latencies by `clock`."""
        self._metrics = metrics
        self._clock = clock or WallClock()

    def stepped(self, processor: str, partition: int, flush: Flush) -> None:
        """Count a chunk that went through steps 1 to 4."""
        metrics = self._metrics
        metrics.chunk_records.labels(processor).observe(flush.records)
        metrics.flushes_in_flight.labels(processor).inc()
        for step, seconds in zip(("2", "3", "4"), flush.seconds, strict=True):
            metrics.step_seconds.labels(processor, step).observe(seconds)

    def committed(
        self,
        processor: str,
        partition: int,
        flush: Flush,
        seconds: Mapping[int, float],
    ) -> None:
        """Count a committed flush."""
        metrics = self._metrics
        metrics.flushes.labels(processor).inc()
        metrics.flushes_in_flight.labels(processor).dec()
        metrics.records_taken.labels(processor).inc(flush.records)
        for step, spent in seconds.items():
            metrics.step_seconds.labels(processor, str(step)).observe(spent)
        for topic, outputs in flush.outputs.items():
            metrics.outputs.labels(topic).inc(len(outputs))
        for code in flush.quarantined:
            metrics.quarantined.labels(processor, code).inc()
        for code in flush.rejected:
            metrics.rejected.labels(processor, code).inc()
        if flush.repeats:
            metrics.duplicates_dropped.labels(processor).inc(flush.repeats)
        now_ms = self._clock.now_ms()
        for output in flush.outputs.get(RECOMMENDATIONS, ()):
            spent_ms = max(0, now_ms - output.caused_at_ms)
            metrics.turn_to_recommendation_seconds.observe(spent_ms / 1_000)

    def fenced(self, processor: str, partition: int, side: str) -> None:
        """Count a fence that was hit."""
        self._metrics.fences_hit.labels(processor, side).inc()

    def recovered(
        self,
        processor: str,
        partition: int,
        report: RecoveryReport,
        seconds: float,
    ) -> None:
        """Count a recovered partition; what the lost lane had under way is gone."""
        self._metrics.recovery_records.labels(processor).inc(report.records)
        self._metrics.recovery_seconds.labels(processor).observe(seconds)

    def ticked(self, processor: str) -> None:
        """Count a tick."""
        self._metrics.ticks.labels(processor).inc()

    def standing(self, processor: str, lags: Mapping[int, int], flushes_in_flight: int) -> None:
        """Note where a processor's partitions stand.

        Args:
            processor: Whose.
            lags: Records not yet taken in, by owned partition.
            flushes_in_flight: Steps on their way to commit.
        """
        metrics = self._metrics
        metrics.partitions_owned.labels(processor).set(len(lags))
        metrics.flushes_in_flight.labels(processor).set(flushes_in_flight)
        metrics.lag_records.clear()
        for partition, lag in lags.items():
            metrics.lag_records.labels(processor, str(partition)).set(lag)
