"""The local Apache Kafka: it works, it keeps, it never outlives us, and it says what is missing."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from kafka import KafkaAdminClient

from streams.broker import jars
from streams.broker.errors import (
    BrokerStartError,
    DiskFullError,
    FolderError,
    FolderInUseError,
    JavaMissingError,
    PortTakenError,
)
from streams.broker.local import (
    BROKER_SETTINGS,
    JAVA_WHEEL,
    LocalKafka,
    Running,
    Supplies,
    Tuning,
    find_java,
    free_port,
    running,
)

pytestmark = pytest.mark.kafka
MakeKafka = Callable[..., LocalKafka]

TIMEOUT_S = 30


def make_topic(broker: LocalKafka, name: str, **configs: str) -> None:
    with KafkaAdminClient(**broker.kafka.for_kafka_python()) as client:
        settings = {key.replace("_", "."): value for key, value in configs.items()}
        asked = {"num_partitions": 1, "replication_factor": 1, "configs": settings}
        client.create_topics({name: asked}, wait_for_metadata=True)


async def produce(broker: LocalKafka, topic: str, *values: bytes, key: bytes | None = None) -> None:
    producer = AIOKafkaProducer(**broker.kafka.for_aiokafka(), enable_idempotence=True)
    await producer.start()
    try:
        for value in values:
            await producer.send_and_wait(topic, value, key=key)
    finally:
        await producer.stop()


async def consume(broker: LocalKafka, topic: str, **arguments) -> list[bytes]:
    """Return all values up to the end as of now."""
    consumer = AIOKafkaConsumer(
        **broker.kafka.for_aiokafka(), enable_auto_commit=False, **arguments
    )
    await consumer.start()
    try:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        end = (await consumer.end_offsets([partition]))[partition]
        values = []
        while await consumer.position(partition) < end:
            batch = await consumer.getmany(partition, timeout_ms=1_000)
            values += [record.value for records in batch.values() for record in records]
        return values
    finally:
        await consumer.stop()


def wait_until(holds: Callable[[], bool], *, says: str) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not holds():
        assert time.monotonic() < deadline, says
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Return whether the process runs; one that is dead and not yet collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", free_port()))
        listener.listen()
        yield listener.getsockname()[1]


# -- it is a real Kafka ----------------------------------------------------------------------------


async def test_what_is_produced_is_consumed_by_a_group(kafka: LocalKafka, fresh_prefix: str):
    topic = f"{fresh_prefix}said"
    make_topic(kafka, topic)
    await produce(kafka, topic, b"one", b"two", b"three")
    consumer = AIOKafkaConsumer(
        topic,
        **kafka.kafka.for_aiokafka(),
        group_id=f"{fresh_prefix}group",
        auto_offset_reset="earliest",
        session_timeout_ms=600,
        heartbeat_interval_ms=150,
    )
    await consumer.start()
    try:
        assert [(await consumer.getone()).value for _ in range(3)] == [b"one", b"two", b"three"]
        await consumer.commit()
        assert await consumer.committed(TopicPartition(topic, 0)) == 3
    finally:
        await consumer.stop()


async def test_a_transaction_is_read_whole_and_an_aborted_one_not_at_all(
    kafka: LocalKafka, fresh_prefix: str
):
    topic = f"{fresh_prefix}said"
    make_topic(kafka, topic)
    producer = AIOKafkaProducer(
        **kafka.kafka.for_aiokafka(), transactional_id=f"{fresh_prefix}writer"
    )
    await producer.start()
    try:
        async with producer.transaction():
            await producer.send_and_wait(topic, b"kept")
        await producer.begin_transaction()
        await producer.send_and_wait(topic, b"taken back")
        await producer.abort_transaction()
    finally:
        await producer.stop()
    assert await consume(kafka, topic, isolation_level="read_committed") == [b"kept"]


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
async def test_every_compression_that_an_adapter_may_use_is_there(
    kafka: LocalKafka, fresh_prefix: str, codec: str
):
    topic = f"{fresh_prefix}{codec}"
    make_topic(kafka, topic, compression_type=codec)  # the broker compresses by itself
    await produce(kafka, topic, b"x" * 1_000, b"y" * 1_000)
    log = kafka.log.read_text()
    assert "ClassNotFoundException" not in log
    assert "NoClassDefFoundError" not in log


async def test_compaction_keeps_the_last_value_of_a_key(own_kafka: MakeKafka):
    broker = own_kafka(tuning=Tuning(settings={"log.cleaner.backoff.ms": "100"}))
    make_topic(
        broker,
        "state",
        cleanup_policy="compact",
        min_cleanable_dirty_ratio="0.01",
        segment_bytes="1048576",
    )
    # The newest segment is never compacted: the filling closes the one with the values.
    await produce(broker, "state", b"old", b"older", b"last", key=b"a")
    await produce(broker, "state", *[b"." * 900_000] * 3, key=b"filling")
    deadline = time.monotonic() + TIMEOUT_S
    while (kept := await consume(broker, "state"))[0] != b"last":
        assert time.monotonic() < deadline, kept[:3]
    assert b"old" not in kept


def test_nothing_is_kept_for_a_time_only():
    assert BROKER_SETTINGS["log.retention.ms"] == "-1"
    assert BROKER_SETTINGS["log.retention.bytes"] == "-1"
    assert BROKER_SETTINGS["auto.create.topics.enable"] == "false"


# -- it keeps its data and its address -------------------------------------------------------------


async def test_records_and_address_stay_over_a_stop_and_over_a_kill(own_kafka: MakeKafka):
    broker = own_kafka()
    address = broker.bootstrap_servers
    make_topic(broker, "said")
    await produce(broker, "said", b"one")
    broker.restart()
    await produce(broker, "said", b"two")
    broker.kill()
    assert not broker.is_running()
    broker.start()
    assert broker.bootstrap_servers == address
    assert await consume(broker, "said") == [b"one", b"two"]


async def test_a_later_run_on_the_same_folder_finds_the_records(
    own_kafka: MakeKafka, tmp_path: Path
):
    first = own_kafka(data_dir=tmp_path / "data")
    make_topic(first, "said")
    await produce(first, "said", b"one")
    first.stop()
    second = own_kafka(data_dir=tmp_path / "data")
    assert await consume(second, "said") == [b"one"]
    assert (tmp_path / "data" / "kafka.log.1").exists()


async def test_it_runs_on_the_java_of_the_wheel_in_a_folder_with_an_awkward_name(
    own_kafka: MakeKafka, tmp_path: Path
):
    pytest.importorskip(JAVA_WHEEL)
    java = find_java({})
    assert java.major >= 25
    broker = own_kafka(data_dir=tmp_path / "dätä \\ of $HOME", supplies=Supplies(java=java))
    make_topic(broker, "said")
    await produce(broker, "said", b"one")
    assert await consume(broker, "said") == [b"one"]
    assert "WARNING" not in (broker.data_dir / "jvm.log").read_text()


# -- it listens on loopback, on a port that is free ------------------------------------------------


def test_it_listens_on_loopback_only(kafka: LocalKafka):
    sockets = {Path(link).readlink() for link in Path(f"/proc/{kafka.pid}/fd").iterdir()}
    inodes = {str(name)[8:-1] for name in sockets if str(name).startswith("socket:[")}
    listening = [
        row.split()[1]
        for table in ("tcp", "tcp6")
        for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        if row.split()[9] in inodes and row.split()[3] == "0A"
    ]
    assert len(listening) == 2
    assert all(address.startswith("0100007F:") for address in listening)


def test_a_taken_port_gives_way_to_the_next_free_one(own_kafka: MakeKafka):
    with taken_port() as port:
        broker = own_kafka(port=port)
        assert port < broker.port < port + 100
        noted = running(broker.data_dir)
        assert noted == Running(broker.bootstrap_servers, broker.pid or 0, os.getpid())


def test_a_port_that_is_fixed_and_taken_is_refused_with_a_sentence(own_kafka: MakeKafka):
    with taken_port() as port:
        broker = own_kafka(port=port, port_is_fixed=True, is_started=False)
        with pytest.raises(PortTakenError, match=f"Port {port} on 127.0.0.1 is taken"):
            broker.start()
    assert running(broker.data_dir) is None


# -- it never outlives us, and never meets another -------------------------------------------------

STARTER = """
import sys, signal, pathlib
from streams.broker.local import LocalKafka
broker = LocalKafka(data_dir=pathlib.Path(sys.argv[1]), port=0).start()
print(broker.pid, flush=True)
signal.pause()
"""


@contextmanager
def a_starter(data_dir: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run another process that starts a broker and waits; give it and the broker's process id."""
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", STARTER, str(data_dir)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(root)},
    ) as starter:
        assert starter.stdout is not None
        try:
            yield starter, int(starter.stdout.readline())
        finally:
            starter.kill()


def test_the_broker_ends_when_its_starter_is_killed_and_the_folder_is_free_again(
    own_kafka: MakeKafka, tmp_path: Path
):
    with a_starter(tmp_path / "data") as (starter, pid):
        assert is_alive(pid)
        second = own_kafka(data_dir=tmp_path / "data", is_started=False)
        with pytest.raises(FolderInUseError, match=f"process {starter.pid} started, at 127.0.0.1"):
            second.start()
        assert is_alive(pid)
        starter.send_signal(signal.SIGKILL)
        starter.wait()
        second.start()  # waits until the left-over broker has ended, never beside it
        assert not is_alive(pid)
        assert second.is_running()


def test_the_broker_ends_when_its_supervisor_is_killed(tmp_path: Path):
    with a_starter(tmp_path / "data") as (_, pid):
        supervisor = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(supervisor, signal.SIGKILL)
        # The folder's lock goes with the last thread of the broker, a little after its name.
        wait_until(lambda: not is_alive(pid), says="the broker outlived its supervisor")
        wait_until(lambda: running(tmp_path / "data") is None, says="the folder is still locked")


# -- it says what is missing -----------------------------------------------------------------------


def test_without_any_java_the_sentence_names_both_ways_out():
    with pytest.raises(JavaMissingError) as caught:
        find_java({"PATH": ""}, wheel="no_such_wheel")
    assert "this machine has none." in str(caught.value)
    assert "openjdk-17-jre-headless" in str(caught.value)
    assert "cuestream[local]" in str(caught.value)
    assert "--bootstrap-servers" in str(caught.value)


def test_a_java_that_is_too_old_is_named_and_passed_over(tmp_path: Path):
    old = tmp_path / "bin" / "java"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho 'openjdk version \"1.8.0_412\"' >&2\n")
    old.chmod(stat.S_IRWXU)
    environ = {"JAVA_HOME": str(tmp_path), "PATH": ""}
    with pytest.raises(JavaMissingError, match=rf"{old} is Java 8\)"):
        find_java(environ, wheel="no_such_wheel")
    pytest.importorskip(JAVA_WHEEL)
    assert find_java(environ).path != old


def test_a_java_that_does_not_run_is_named(tmp_path: Path):
    broken = tmp_path / "java"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(stat.S_IRWXU)
    with pytest.raises(JavaMissingError, match=f"{broken} does not run"):
        find_java({"PATH": str(tmp_path)}, wheel="no_such_wheel")


def test_a_disk_that_is_nearly_full_is_said_before_the_start(own_kafka: MakeKafka):
    needed_bytes = 10**18
    broker = own_kafka(tuning=Tuning(disk_free_min_bytes=needed_bytes), is_started=False)
    with pytest.raises(DiskFullError, match="free some space") as caught:
        broker.start()
    free_bytes = shutil.disk_usage(broker.data_dir).free
    assert abs(caught.value.free_bytes - free_bytes) < 5e9
    assert caught.value.needed_bytes == needed_bytes


@pytest.mark.parametrize(
    ("tuning", "because"),
    [
        (Tuning(settings={"log.retention.ms": "long"}), "Invalid value long for configuration"),
        (Tuning(settings={"controller.listener.names": "X"}), "must contain at least one value"),
        (Tuning(jvm_options=("-Xmx1",)), "Too small maximum heap"),
        (Tuning(jvm_options=("-XX:+NoSuchOption",)), "Unrecognized VM option"),
    ],
)
def test_a_crash_while_starting_is_told_with_its_cause_and_its_log(
    own_kafka: MakeKafka, tuning: Tuning, because: str
):
    broker = own_kafka(tuning=tuning, is_started=False)
    with pytest.raises(BrokerStartError) as caught:
        broker.start()
    assert because in caught.value.because
    assert str(caught.value).endswith(f"Its log is {caught.value.log}")
    assert because in caught.value.log.read_text()
    assert not broker.is_running()


def test_a_crash_late_in_the_start_is_told_from_the_log_of_kafka(own_kafka: MakeKafka):
    broker = own_kafka()
    broker.stop()
    meta = broker.data_dir / "kafka" / "meta.properties"
    meta.write_text(meta.read_text().replace("node.id=1", "node.id=7"))
    with pytest.raises(BrokerStartError, match="Stored node id 7 doesn't match") as caught:
        broker.start()
    assert caught.value.log == broker.log
    assert caught.value.because in broker.log.read_text()


def test_a_folder_that_cannot_be_made_is_said(own_kafka: MakeKafka, tmp_path: Path):
    (tmp_path / "file").touch()
    broker = own_kafka(data_dir=tmp_path / "file" / "data", is_started=False)
    with pytest.raises(FolderError, match="Not a directory"):
        broker.start()


def test_a_folder_whose_name_kafka_misreads_is_said(own_kafka: MakeKafka, tmp_path: Path):
    broker = own_kafka(data_dir=tmp_path / "a,b", is_started=False)
    with pytest.raises(FolderError, match="comma"):
        broker.start()


def test_a_folder_with_something_else_in_it_is_left_alone(own_kafka: MakeKafka, tmp_path: Path):
    precious = tmp_path / "data" / "kafka" / "novel.txt"
    precious.parent.mkdir(parents=True)
    precious.write_text("chapter one")
    broker = own_kafka(data_dir=tmp_path / "data", is_started=False)
    with pytest.raises(FolderError, match="holds no Kafka data"):
        broker.start()
    assert precious.read_text() == "chapter one"


def test_the_pinned_jars_are_the_ones_in_the_cache():
    paths = jars.ensure_jars(is_quiet=True)
    assert len(paths) == len(jars.JARS) == len(set(paths))
    assert 30e6 < sum(path.stat().st_size for path in paths) < 43e6
