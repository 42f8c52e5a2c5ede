import asyncio
import gc
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from kafka.partitioner.default import DefaultPartitioner, murmur2

from schemas.errors import InvalidRecordError, UnknownContractError
from schemas.records.control import ReferenceChanged
from streams.client import (
    BrokerUnreachableError,
    Delivery,
    DeliveryFailedError,
    Follower,
    ForeignTenantError,
    Limits,
    Producer,
    ProducerClosedError,
    Received,
    RecordTooLargeError,
    TopicMissingError,
    UndeliveredError,
    UnroutableRecordError,
)
from streams.client.producer import natural_id, topic_for
from streams.topics import CONVERSATION_LOG
from tests.support.kafka import create_topics
from tests.support.records import dismissed, turn


def read_back(servers: str, tenant: str, topic: str = CONVERSATION_LOG) -> list[Received]:
    with Follower(servers, [topic], start="earliest", tenant=tenant, stop_at_end=True) as follower:
        return [item for item in follower if isinstance(item, Received)]


@contextmanager
def listener_that_is_no_kafka() -> Iterator[str]:
    """Accept connections and close them at once, as a wrong port often does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        stopped = threading.Event()

        def hang_up() -> None:
            while not stopped.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            stopped.set()
            thread.join()


def unused_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.kafka
def test_a_turn_gets_a_receipt_that_says_where_it_stands(servers: str, tenant: str):
    said = turn(tenant=tenant)
    with Producer(servers, source="/chat") as producer:
        receipt = producer.send(said).result(10)
    (found,) = read_back(servers, tenant)
    assert (receipt.topic, receipt.partition, receipt.offset, receipt.id) == (
        CONVERSATION_LOG,
        found.partition,
        found.offset,
        found.event.id,
    )
    assert found.record.text == said.text
    assert found.key == f"{tenant}:c-1".encode()
    assert (found.event.source, found.event.type) == ("/chat", said.FULL_NAME)
    assert found.event.subject == f"{tenant}:c-1"
    assert found.event.time_ms == said.occurred_at_ms
    assert found.event.sequence is None


@pytest.mark.kafka
def test_the_key_decides_the_partition_as_it_does_for_every_kafka_client(servers: str, tenant: str):
    turns = [turn(tenant=tenant, conversation_id=f"c-{n}") for n in range(40)]
    with Producer(servers) as producer:
        receipts = [producer.send(said) for said in turns]
        producer.flush()
    for said, delivery in zip(turns, receipts, strict=True):
        hashed = murmur2(f"{tenant}:{said.conversation_id}".encode()) & 0x7FFFFFFF
        assert delivery.result().partition == hashed % 4
    assert isinstance(producer._kafka.config["partitioner"], DefaultPartitioner)


def test_the_same_turn_has_the_same_id_wherever_it_is_sent_from():
    ids = {
        natural_id(turn(text=text), record_type=turn().FULL_NAME, source="/chat")
        for text in ("one", "another")
    }
    assert len(ids) == 1
    others = [
        natural_id(turn(tenant="acme"), record_type=turn().FULL_NAME, source="/chat"),
        natural_id(turn(conversation_id="c-2"), record_type=turn().FULL_NAME, source="/chat"),
        natural_id(turn(turn_id="t-2"), record_type=turn().FULL_NAME, source="/chat"),
        natural_id(turn(), record_type=turn().FULL_NAME, source="/sms"),
    ]
    assert len(ids | set(others)) == 5


def test_what_names_nothing_has_no_natural_id():
    changed = ReferenceChanged(tenant="demo", occurred_at_ms=1, reference="r", digest="d" * 64)
    assert natural_id(changed, record_type=changed.FULL_NAME, source="/chat") is None


@pytest.mark.kafka
def test_stamps_never_decrease_along_the_log_though_many_threads_send(servers: str, tenant: str):
    def speak(producer: Producer, name: int) -> None:
        for n in range(150):
            producer.send(turn(tenant=tenant, conversation_id=f"c-{n}", turn_id=f"{name}-{n}"))

    with Producer(servers) as producer:
        threads = [threading.Thread(target=speak, args=(producer, name)) for name in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        producer.flush()
        assert producer.stats.delivered == 900
    stamps: dict[int, list[int]] = {}
    for item in read_back(servers, tenant):
        stamps.setdefault(item.partition, []).append(item.record.recorded_at_ms)
    assert sum(len(found) for found in stamps.values()) == 900
    assert all(found == sorted(found) for found in stamps.values())
    assert all(stamp > 1_700_000_000_000 for found in stamps.values() for stamp in found)


@pytest.mark.kafka
def test_a_stamp_that_is_given_is_kept(servers: str, tenant: str):
    with Producer(servers) as producer:
        producer.send(turn(tenant=tenant, recorded_at_ms=5_000)).result(10)
    assert read_back(servers, tenant)[0].record.recorded_at_ms == 5_000


@pytest.mark.kafka
def test_records_of_one_conversation_keep_their_order(servers: str, tenant: str):
    with Producer(servers) as producer:
        for n in range(2_000):
            producer.send(turn(tenant=tenant, turn_id=f"t-{n}"))
        producer.flush()
    assert [item.record.turn_id for item in read_back(servers, tenant)] == [
        f"t-{n}" for n in range(2_000)
    ]


@pytest.mark.kafka
def test_flush_returns_when_everything_sent_before_is_acknowledged(servers: str, tenant: str):
    with Producer(servers, limits=Limits(linger_ms=200)) as producer:
        deliveries = [producer.send(turn(tenant=tenant, turn_id=f"t-{n}")) for n in range(3_000)]
        producer.flush()
        assert all(delivery.done() for delivery in deliveries)
        stats = producer.stats
    assert (stats.sent, stats.delivered, stats.failed, stats.waiting) == (3_000, 3_000, 0, 0)
    assert stats.waiting_bytes == 0


@pytest.mark.kafka
def test_every_finished_delivery_is_reported_and_a_failing_report_harms_no_other(
    servers: str, tenant: str, caplog: pytest.LogCaptureFixture
):
    reported: list[Delivery] = []

    def report(delivery: Delivery) -> None:
        reported.append(delivery)
        if len(reported) == 3:
            raise RuntimeError("the adapter's own fault")

    with Producer(servers, on_delivery=report) as producer:
        sent = [producer.send(turn(tenant=tenant, turn_id=f"t-{n}")) for n in range(20)]
    assert sorted(delivery.id for delivery in reported) == sorted(d.id for d in sent)
    assert "on_delivery failed" in caplog.text


@pytest.mark.kafka
def test_a_sender_that_is_too_fast_waits_for_room(servers: str, tenant: str):
    limits = Limits(waiting_max=25)
    most = 0
    with Producer(servers, limits=limits) as producer:
        for n in range(500):
            producer.send(turn(tenant=tenant, turn_id=f"t-{n}"))
            most = max(most, producer.stats.waiting)
    assert 1 <= most <= 25
    assert producer.stats.delivered == 500


@pytest.mark.kafka
async def test_a_delivery_can_be_awaited_in_asyncio(servers: str, tenant: str):
    with Producer(servers) as producer:
        receipt = await asyncio.wrap_future(producer.send(turn(tenant=tenant)))
    assert receipt.topic == CONVERSATION_LOG


@pytest.mark.kafka
def test_a_delivery_cannot_be_called_back(servers: str, tenant: str):
    with Producer(servers) as producer:
        delivery = producer.send(turn(tenant=tenant))
        assert not delivery.cancel()
        assert delivery.result(10).offset >= 0


@pytest.mark.kafka
def test_what_may_not_be_sent_is_refused_before_anything_is_written(servers: str, tenant: str):
    with Producer(servers, tenant=tenant) as producer:
        with pytest.raises(ForeignTenantError, match="belongs to tenant 'acme'"):
            producer.send(turn(tenant="acme"))
        with pytest.raises(UnroutableRecordError, match="is its processor's"):
            producer.send(dismissed(tenant=tenant))
        with pytest.raises(UnknownContractError):
            producer.send(object())  # type: ignore[arg-type]
        with pytest.raises(InvalidRecordError, match="turn_id"):
            producer.send(turn(tenant=tenant, turn_id="t" * 10_000))
        with pytest.raises(InvalidRecordError, match="author"):
            producer.send(turn(tenant=tenant, author="agent"))
        with pytest.raises(InvalidRecordError, match="text"):
            producer.send(turn(tenant=tenant, text="half a \ud83d pair"))
        assert producer.stats.sent == 0
    assert read_back(servers, tenant) == []


@pytest.mark.kafka
def test_a_record_that_is_too_large_is_refused_with_its_size(servers: str, tenant: str):
    with Producer(servers) as producer:
        with pytest.raises(RecordTooLargeError, match=r"5,000,\d{3} bytes, the most is 4,190,208"):
            producer.send_bytes(CONVERSATION_LOG, b"x" * 5_000_000, key=b"k", headers=[])
        big = producer.send_bytes(CONVERSATION_LOG, b"x" * 4_000_000, key=b"k", headers=[])
        assert big.result(20).offset >= 0


@pytest.mark.kafka
def test_a_topic_that_is_not_there_is_named_and_not_created(servers: str, tenant: str):
    with Producer(servers) as producer:
        with pytest.raises(TopicMissingError, match=r"nowhere\.v1 does not exist"):
            producer.send(turn(tenant=tenant), topic="nowhere.v1")
        assert producer.stats.sent == 0
    with pytest.raises(TopicMissingError):
        Follower(servers, ["nowhere.v1"], patience_s=0.2)


def test_a_closed_port_is_a_sentence_at_once():
    started = time.monotonic()
    with pytest.raises(BrokerUnreachableError, match="nothing listens at 127"):
        Producer(unused_address())
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("address", "because"),
    [
        ("127.0.0.1:kafka", "host:port"),
        ("no-such-host.invalid:9092", "is not known"),
        ("127.0.0.1:99999", "host:port"),
    ],
)
def test_a_wrong_address_is_a_sentence(address: str, because: str):
    with pytest.raises(BrokerUnreachableError, match=because):
        Producer(address)


def test_something_else_on_the_port_is_a_sentence_and_leaves_no_socket_open():
    with (
        listener_that_is_no_kafka() as address,
        pytest.raises(BrokerUnreachableError, match="does not answer as Kafka"),
    ):
        Producer(address, limits=Limits(connect_timeout_s=1))


@pytest.mark.kafka
def test_a_closed_producer_takes_nothing_and_may_be_closed_again(servers: str, tenant: str):
    producer = Producer(servers)
    producer.send(turn(tenant=tenant))
    producer.close()
    producer.close()
    with pytest.raises(ProducerClosedError):
        producer.send(turn(tenant=tenant))
    assert producer.stats.delivered == 1


@pytest.mark.kafka
def test_an_error_of_the_block_is_not_covered_up_and_what_was_sent_is_delivered(
    servers: str, tenant: str
):
    def fail_after_a_turn() -> None:
        with Producer(servers) as producer:
            producer.send(turn(tenant=tenant))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_a_turn()
    assert len(read_back(servers, tenant)) == 1


def test_inputs_go_to_the_log_that_carries_them():
    assert topic_for("cuestream.conversation.TurnSaid") == CONVERSATION_LOG
    assert topic_for("cuestream.control.ReferenceChanged") == CONVERSATION_LOG
    assert topic_for("cuestream.control.ReferenceArtefact") == "control.reference.v1"
    with pytest.raises(UnroutableRecordError, match="no topic carries it"):
        topic_for("cuestream.conversation.Nothing")


@pytest.mark.kafka
# kafka-python forgets to close the sockets of connections that were refused.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_a_broker_that_comes_back_gets_every_record_once_and_one_that_does_not_is_reported(
    own_kafka, tenant: str, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.CRITICAL, logger="kafka")  # its records would keep the sockets
    broker = own_kafka()
    create_topics(broker.kafka)
    servers = broker.bootstrap_servers
    producer = Producer(servers, limits=Limits(delivery_timeout_s=60))
    for n in range(2_000):
        producer.send(turn(tenant=tenant, turn_id=f"t-{n}"))
        if n == 1_000:
            broker.kill()
            broker.start()
    producer.close()
    assert [item.record.turn_id for item in read_back(servers, tenant)] == [
        f"t-{n}" for n in range(2_000)
    ]

    impatient = Producer(servers, limits=Limits(delivery_timeout_s=2))
    patient = Producer(servers, limits=Limits(delivery_timeout_s=300))
    for each in (impatient, patient):
        each.send(turn(tenant=tenant, turn_id="last")).result(10)
        each.flush()
    broker.kill()
    lost = [impatient.send(turn(tenant=tenant, turn_id=f"lost-{n}")) for n in range(7)]
    held = [patient.send(turn(tenant=tenant, turn_id=f"held-{n}")) for n in range(5)]
    with pytest.raises(UndeliveredError, match="7 of 7 records were not acknowledged") as caught:
        impatient.flush(0.2)
    assert (caught.value.waiting, caught.value.failed) == (7, 0)
    with pytest.raises(DeliveryFailedError, match="Send it again with the same id"):
        lost[0].result(20)
    with pytest.raises(UndeliveredError, match="First failure"):
        impatient.close(timeout_s=5)
    assert all(delivery.done() for delivery in lost)

    started = time.monotonic()
    with pytest.raises(UndeliveredError, match="5 still wait"):
        patient.close(timeout_s=0.5)
    assert time.monotonic() - started < 10
    for delivery in held:
        with pytest.raises(DeliveryFailedError):
            delivery.result(1)
    assert (impatient.stats.waiting, patient.stats.waiting) == (0, 0)
    gc.collect()
