"""Logs for the archive's tests: drawn by chance, and held against what an archive gives back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from streams.archive.container import ArchivedRecord, records_of
from streams.archive.reading import Archive
from streams.archive.writing import archive_topic
from streams.broker.memory import MemoryBroker
from streams.replay.logs import Logs, MemoryLogs

DAY_MS = 86_400_000
START_MS = 1_767_225_600_000
TOPIC = "demo.log.v1"

names = st.sampled_from(["ce_id", "ce_type", "traceparent", "x"])
headers = st.lists(st.tuples(names, st.none() | st.binary(max_size=6)), max_size=4).map(tuple)
payloads = st.none() | st.binary(max_size=12)
records = st.tuples(
    payloads,
    payloads,
    headers,
    # Times go back and forth over days, and beyond what a calendar holds.
    st.one_of(
        st.integers(min_value=START_MS, max_value=START_MS + 4 * DAY_MS),
        st.sampled_from([-1, 0, 1 << 60]),
    ),
    # Offsets without a record before it.
    st.sampled_from([0, 0, 0, 1, 7, 2_500]),
)
logs = st.lists(records, max_size=40)


def broker_of(*partitions: list[tuple[Any, ...]], topic: str = TOPIC) -> MemoryBroker:
    """Return a broker with a topic that holds drawn records, and gaps before some of them."""
    broker = MemoryBroker()
    broker.create(topic, len(partitions))
    for number, drawn in enumerate(partitions):
        place = broker.partition(topic, number)
        for key, value, given, timestamp_ms, gap in drawn:
            place.skip(gap)
            place.append([(key, value, given)], timestamp_ms)
    return broker


def plain_log(count: int, *, per_day: int = 1_000_000, start: int = 0) -> list[tuple[Any, ...]]:
    """Return so many records, a new day after every `per_day` of them."""
    return [
        (
            b"k%d" % (n % 7),
            b"value %d" % n,
            (("n", b"%d" % n),),
            START_MS + n // per_day * DAY_MS,
            0,
        )
        for n in range(start, start + count)
    ]


def archived(broker: MemoryBroker, folder: Path, topic: str = TOPIC) -> Archive:
    """Archive a topic, and open what that gives."""
    archive_topic(MemoryLogs(broker), topic, folder)
    return Archive(folder)


def everything(found: Logs, topic: str = TOPIC) -> dict[int, list[ArchivedRecord]]:
    """Return all records of a topic by partition."""
    return {
        number: [one for run in found.read(topic, number, begin, end) for one in records_of(run)]
        for number, (begin, end) in found.spans(topic).items()
    }


def files(folder: Path) -> dict[str, bytes]:
    """Return every file of an archive."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }
