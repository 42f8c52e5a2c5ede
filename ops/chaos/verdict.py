"""The verdict after a storm: live tables and outputs against the offline driver, and the audit."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from kafka import KafkaConsumer, TopicPartition

from processors.machine import Processor
from streams.replay.audit import audit_kafka
from streams.replay.driver import replay, table_of
from streams.replay.logs import KafkaLogs, artefacts
from streams.runtime.recovery import Recovery
from streams.runtime.step import Output
from streams.settings import Kafka
from streams.stores.memory import MemoryStore
from streams.topics import changelog_of


class Verdict(msgspec.Struct, kw_only=True):
    """What the storm left.

    Attributes:
        inputs: Records on the log.
        outputs: Distinct derived records on Kafka.
        rows: Keys in the final tables.
        lost: Outputs of the driver that Kafka does not have.
        doubled: Outputs that are there twice with different bytes, or that the driver has not.
        repeats: Outputs that are there again, byte for byte: dropped by readers.
        differing_keys: Keys whose value in the live table is not the driver's.
        markers_checked: Markers at which the audit compared state with the fold.
        difference: The audit's first difference, if any.
    """

    inputs: int = 0
    outputs: int = 0
    rows: int = 0
    lost: int = 0
    doubled: int = 0
    repeats: int = 0
    differing_keys: int = 0
    markers_checked: int = 0
    difference: str | None = None

    def plus(self, other: Verdict) -> Verdict:
        """Return both verdicts as one."""
        sums = {
            name: getattr(self, name) + getattr(other, name)
            for name in self.__struct_fields__
            if name != "difference"
        }
        return Verdict(**sums, difference=self.difference or other.difference)

    @property
    def is_equal(self) -> bool:
        """Return whether nothing was lost, doubled or changed."""
        return not (self.lost or self.doubled or self.differing_keys or self.difference)


def await_caught_up(kafka: Kafka, processor: Processor[Any], *, seconds_max: float) -> bool:
    """Wait until the newest markers reach the ends of the log; return whether they did."""
    deadline = time.monotonic() + seconds_max
    while time.monotonic() < deadline:
        with KafkaLogs(kafka) as logs:
            ends = {p: end for p, (_, end) in logs.spans(processor.log).items()}
            markers = {p: _live(logs, processor, p)[1] for p in ends}
        if all(markers[p] == end for p, end in ends.items()):
            return True
        time.sleep(0.5)
    return False


def judge(kafka: Kafka, processor: Processor[Any]) -> Verdict:
    """Return the verdict on a processor's log, changelog and derived topics as they stand."""
    verdict = Verdict()
    with KafkaLogs(kafka) as logs:
        driver = replay(processor, logs, contents=artefacts(logs), keeps_outputs=True)
        for partition, folded in sorted(driver.partitions.items()):
            verdict.inputs += folded.records
            live, _ = _live(logs, processor, partition)
            expected = driver.table(partition)
            verdict.rows += len(expected)
            verdict.differing_keys += sum(
                live.get(key) != expected.get(key) for key in live.keys() | expected.keys()
            )
            source = f"/{processor.log}/{partition}".encode()
            for topic in {*processor.derives, *processor.feeds, *folded.outputs}:
                # What goes into other logs is spread by key, among what others wrote there.
                homes = logs.spans(topic) if topic in processor.feeds else (partition,)
                expected_outputs = folded.outputs.get(topic, [])
                _judge_outputs(kafka, topic, homes, source, expected_outputs, verdict)
    for report in audit_kafka(kafka, processor):
        verdict.markers_checked += report.markers_checked
        verdict.difference = verdict.difference or report.difference
    return verdict


def _live(
    logs: KafkaLogs, processor: Processor[Any], partition: int
) -> tuple[dict[bytes, bytes], int]:
    """Return the table that recovery makes of the changelog, and how far it reaches."""
    topic = changelog_of(processor.name)
    begin, end = logs.spans(topic)[partition]
    store = MemoryStore()
    recovery = Recovery(store, topic, partition)
    for entries in logs.read(topic, partition, begin, end):
        recovery.feed(entries)
    return table_of(store, partition), recovery.marker.next if recovery.marker else 0


def _judge_outputs(
    kafka: Kafka,
    topic: str,
    partitions: Iterable[int],
    source: bytes,
    expected: Sequence[Output],
    verdict: Verdict,
) -> None:
    wanted = {dict(output.headers)["ce_id"]: output for output in expected}
    seen: dict[bytes, tuple[bytes, bytes, tuple[Any, ...]]] = {}
    for record in (one for partition in partitions for one in _read(kafka, topic, partition)):
        headers = dict(record.headers)
        if headers.get("ce_source") != source:
            continue
        identity = headers["ce_id"]
        found = (record.key, record.value, tuple(sorted(headers.items())))
        if identity in seen:
            verdict.repeats += seen[identity] == found
            verdict.doubled += seen[identity] != found
            continue
        seen[identity] = found
        output = wanted.get(identity)
        if output is None or found != (
            output.key,
            output.value,
            tuple(sorted(dict(output.headers).items())),
        ):
            verdict.doubled += 1
    verdict.outputs += len(seen)
    verdict.lost += len(wanted.keys() - seen.keys())


def read_all(kafka: Kafka, topic: str) -> Iterator[Any]:
    """Yield every record of a topic, partition after partition."""
    with KafkaLogs(kafka) as logs:
        partitions = sorted(logs.spans(topic))
    for partition in partitions:
        yield from _read(kafka, topic, partition)


def _read(kafka: Kafka, topic: str, partition: int) -> list[Any]:
    tp = TopicPartition(topic, partition)
    consumer = KafkaConsumer(**kafka.for_kafka_python(), enable_auto_commit=False)
    try:
        consumer.assign([tp])
        consumer.seek_to_beginning(tp)
        end = consumer.end_offsets([tp])[tp]
        found: list[Any] = []
        while consumer.position(tp) < end:
            for records in consumer.poll(timeout_ms=500).values():
                found += records
        return found
    finally:
        consumer.close()
