"""The seam against the Faust it was written for: what we override is what we think it is."""

import hashlib
import inspect

import aiokafka
import faust
import pytest
from faust.serializers.schemas import Schema
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.transport.consumer import Consumer, ThreadDelegateConsumer
from faust.transport.drivers import aiokafka as driver

from streams.runtime import rebalance, transport

WRITTEN_FOR = "0.15.3"

# What we replace or lean on, with the digest of its source as we read it.
READ = {
    "Consumer._drain_messages": (Consumer._drain_messages, "44a2500309e83c63"),
    "Consumer._new_offset": (Consumer._new_offset, "1d2c7ea89a7ad4f1"),
    "Consumer._wait_next_records": (Consumer._wait_next_records, "6218e1969a636b3f"),
    "Consumer.perform_seek": (Consumer.perform_seek, "0e8c130ff4b0afd8"),
    "Consumer.ack": (Consumer.ack, "5fcf41cf45153475"),
    "ThreadDelegateConsumer.seek_to_committed": (
        ThreadDelegateConsumer.seek_to_committed,
        "f1d483b861b0328b",
    ),
    "AIOKafkaConsumerThread._create_worker_consumer": (
        driver.AIOKafkaConsumerThread._create_worker_consumer,
        "c2701bfc3e6f6cad",
    ),
    "AIOKafkaConsumerThread._fetch_records": (
        driver.AIOKafkaConsumerThread._fetch_records,
        "39a2c6c79fc1455a",
    ),
    "Consumer._to_message": (driver.Consumer._to_message, "7c24f6511b2fcef7"),
    "Schema.compile": (Schema.compile, "d46eec5ce3195b2c"),
    "TableManager.on_start": (TableManager.on_start, "365dd25fbc0e0684"),
    "Recovery.on_rebalance": (Recovery.on_rebalance, "aa4d997a1795ceae"),
    "Recovery._resume_streams": (Recovery._resume_streams, "d986a6710c1aca98"),
    "Recovery._wait": (Recovery._wait, "ec7429b70176f8c6"),
    "Recovery._restart_recovery": (Recovery._restart_recovery.fun, "6bd8a8558a2dffe4"),
}


def digest(function: object) -> str:
    """Return the first 16 hex digits of the source's SHA-256."""
    return hashlib.sha256(inspect.getsource(function).encode()).hexdigest()[:16]


@pytest.mark.parametrize("name", sorted(READ))
def test_what_the_seam_overrides_is_unchanged_in_faust(name: str):
    function, read = READ[name]
    assert digest(function) == read, (
        f"faust-streaming {faust.__version__} changed {name}; the seam was written for"
        f" {WRITTEN_FOR}: read the new source, adapt streams/runtime/transport.py or rebalance.py,"
        " then write the new digest here"
    )


@pytest.mark.parametrize(
    ("ours", "theirs", "method"),
    [
        (transport.BatchConsumer, driver.Consumer, "_drain_messages"),
        (transport.BatchConsumer, driver.Consumer, "_new_offset"),
        (transport.BatchConsumer, driver.Consumer, "seek_to_committed"),
        (transport.BatchConsumer, driver.Consumer, "_new_consumer_thread"),
        (transport.BatchThread, driver.AIOKafkaConsumerThread, "_create_worker_consumer"),
        (rebalance.LedgerTables, TableManager, "on_start"),
    ],
)
def test_an_overriding_method_takes_what_the_original_takes(ours: type, theirs: type, method: str):
    def parameters(of: type) -> list[str]:
        return list(inspect.signature(getattr(of, method)).parameters)

    assert parameters(ours) == parameters(theirs)


def test_fetched_runs_still_pass_where_they_are_made_raw():
    source = inspect.getsource(aiokafka.consumer.fetcher)
    assert "self._records = collections.OrderedDict()" in source
    assert "self._records[tp] = FetchResult(" in source
    assert "consumer_record = self._consumer_record(tp, record)" in source
    assert "partition_records=partition_records" in source


def test_the_fetch_wait_is_still_read_from_the_attribute_we_set():
    source = inspect.getsource(aiokafka.AIOKafkaConsumer)
    assert "self._fetch_max_wait_ms = fetch_max_wait_ms" in source
    assert "fetch_max_wait_ms=self._fetch_max_wait_ms" in source
