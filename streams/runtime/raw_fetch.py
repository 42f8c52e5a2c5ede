"""Records from aiokafka as its C parser made them.

aiokafka copies every record into a `ConsumerRecord`; for a log that is taken in by the hundred
thousand the copy costs as much as all the rest of fetching. What the parser makes has all a log
record needs: offset, timestamp, key, value, headers. `tests/topology/test_faust_seam.py` holds the
internals this leans on against the version it was written for.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.consumer.fetcher import FetchResult, PartitionRecords


class RawRecords(PartitionRecords):  # type: ignore[misc]  # aiokafka is untyped
    """A fetched run that leaves its records as they are."""

    def _consumer_record(self, tp: Any, record: Any) -> Any:
        return record


class _RawResults(OrderedDict[Any, Any]):
    """What a fetcher has fetched, by partition; runs become raw when they come in."""

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(value, FetchResult):
            value._partition_records.__class__ = RawRecords
        super().__setitem__(key, value)


def hand_over_raw(consumer: AIOKafkaConsumer) -> None:
    """Let a started consumer hand over raw records from here on."""
    fetcher = consumer._fetcher
    fetched = _RawResults()
    for partition, result in fetcher._records.items():
        fetched[partition] = result
    fetcher._records = fetched
