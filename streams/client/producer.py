"""Send typed records to Kafka, batched, in order, each with a report of what became of it.

What holds: a record is appended at most once by one producer (idempotent, acks=all); records of one
key keep their order; `recorded_at_ms` never decreases along it; nothing is dropped without an
error: every `Delivery` ends in a receipt or a sentence.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import msgspec
from kafka import KafkaProducer
from kafka.errors import (
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
)

from schemas import catalogue, codec
from streams.client.bounds import require_bounds
from streams.client.connection import connect, options_of, require_broker, servers_of
from streams.client.errors import (
    ClientError,
    DeliveryFailedError,
    ForeignTenantError,
    ProducerClosedError,
    ProducerFullError,
    RecordTooLargeError,
    TopicMissingError,
    UndeliveredError,
    UnroutableRecordError,
)
from streams.topics import TOPICS

if TYPE_CHECKING:
    from streams.kafka_settings import Kafka

RECORD_BYTES_MAX = 4_194_304 - 4_096
"""What every topic takes in one batch, less room for the batch's own frame."""

IDS = uuid.UUID("6f0c7f0e-6d0e-5a53-9d0a-4f6cf0a3c3d1")
"""Namespace of the ids that are derived from a record's natural id; never changes."""

_log = logging.getLogger(__name__)

Header = tuple[str, bytes]


class Receipt(msgspec.Struct, frozen=True):
    """Where an acknowledged record stands in the log."""

    topic: str
    partition: int
    offset: int
    id: str


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How a producer batches and how long it waits.

    Attributes:
        linger_ms: Longest wait for a batch to fill.
        batch_bytes: Size at which a batch is sent at once.
        waiting_max: Most records without acknowledgement; `send` waits above it.
        waiting_bytes_max: The same in bytes of key, value and headers.
        room_timeout_s: Longest wait for room before `ProducerFullError`.
        delivery_timeout_s: Longest time from `send` to acknowledgement.
        connect_timeout_s: Longest wait for a first answer of what listens at the address.
    """

    linger_ms: int = 5
    batch_bytes: int = 262_144
    waiting_max: int = 50_000
    waiting_bytes_max: int = 64_000_000
    room_timeout_s: float = 60.0
    delivery_timeout_s: float = 60.0
    connect_timeout_s: float = 10.0


class Stats(msgspec.Struct, frozen=True):
    """Counts since the producer was made; `sent = delivered + failed + waiting`."""

    sent: int
    delivered: int
    failed: int
    waiting: int
    waiting_bytes: int


class Delivery(Future[Receipt]):
    """A record on its way: `.result(timeout_s)` waits for its receipt or raises why there is none.

    It cannot be cancelled: what was handed to Kafka may already be in the log.
    """

    def __init__(self, *, id: str, topic: str, size_bytes: int) -> None:  # noqa: A002
        super().__init__()
        self.id, self.topic, self.size_bytes = id, topic, size_bytes

    def cancel(self) -> bool:
        """Return False: a record on its way cannot be called back."""
        return False


def topic_for(record_type: str) -> str:
    """Return the topic that carries records of this full name; a log before any other.

    Raises:
        UnroutableRecordError: No topic carries it, or it is derived and only its processor writes.
    """
    homes = [plan for plan in TOPICS if record_type in plan.records]
    for plan in homes:
        if plan.role == "log":
            return plan.name
    if not homes:
        raise UnroutableRecordError(record_type=record_type, because="no topic carries it")
    if homes[0].role == "derived":
        raise UnroutableRecordError(
            record_type=record_type,
            because=f"{homes[0].name} is its processor's; name a topic to do it anyway",
        )
    return homes[0].name


def natural_id(record: msgspec.Struct, *, record_type: str, source: str) -> str | None:
    """Return the id that follows from what the record is about, or None when it names nothing.

    A turn or a command that is sent again, by any process, gets the same id.
    """
    for field in ("turn_id", "command_id", "digest"):
        value = getattr(record, field, None)
        if value and (field != "digest" or hasattr(record, "content")):
            conversation_id = getattr(record, "conversation_id", "")
            about = (source, getattr(record, "tenant", ""), record_type, conversation_id, value)
            return str(uuid.uuid5(IDS, msgspec.json.encode(about).decode()))
    return None


class Producer:
    """Sends typed records; safe to share between threads.

    `with Producer("127.0.0.1:19092", source="/chat") as producer:` flushes and closes at the end.
    """

    def __init__(
        self,
        kafka: Kafka | str,
        *,
        source: str = "/my-adapter",
        tenant: str | None = None,
        limits: Limits | None = None,
        on_delivery: Callable[[Delivery], None] | None = None,
    ) -> None:
        """Connect.

        Args:
            kafka: Settings, or `host:port,host:port` for a plain connection.
            source: CloudEvents source of what is sent, a URI reference that names the adapter.
            tenant: When given, records of another tenant are refused.
            limits: Batching, bounds and time-outs.
            on_delivery: Called from the producer's own thread with every finished `Delivery`. It
                must not block or send.

        Raises:
            BrokerUnreachableError: Nobody answers, or the broker refuses the credentials.
        """
        self.source, self.tenant = source, tenant
        self._limits = limits or Limits()
        self._options = options_of(kafka)
        self._on_delivery = on_delivery
        self._order = threading.Lock()
        self._room = threading.Condition()
        self._under_way: set[Delivery] = set()
        self._waiting_bytes = 0
        self._sent = self._delivered = self._failed = 0
        self._reported = (0, 0)
        self._first_failure: str | None = None
        self._recorded_at_ms = 0
        self._topics: set[str] = set()
        self._is_closed = False
        self._kafka = connect(
            KafkaProducer,
            self._options,
            acks="all",
            enable_idempotence=True,
            linger_ms=self._limits.linger_ms,
            batch_size=self._limits.batch_bytes,
            max_request_size=RECORD_BYTES_MAX,
            allow_auto_create_topics=False,
            max_block_ms=2_000,
            bootstrap_timeout_ms=int(self._limits.connect_timeout_s * 1_000),
            request_timeout_ms=min(15_000, int(self._limits.delivery_timeout_s * 900)),
            delivery_timeout_ms=int(self._limits.delivery_timeout_s * 1_000) + 10,
            metrics_enabled=False,
        )

    @property
    def stats(self) -> Stats:
        """What became of everything sent so far."""
        with self._room:
            waiting = len(self._under_way)
            return Stats(self._sent, self._delivered, self._failed, waiting, self._waiting_bytes)

    def partitions_of(self, topic: str) -> list[int]:
        """Return the topic's partitions, ascending.

        Raises:
            TopicMissingError: The topic is not there.
            BrokerUnreachableError: The broker went away.
        """
        try:
            partitions = self._kafka.partitions_for(topic)
        except KafkaError as error:
            raise self._no_topic(topic, error) from error
        self._topics.add(topic)
        return sorted(partitions)

    def _no_topic(self, topic: str, error: KafkaError) -> ClientError:
        # kafka-python says "timed out" both for a missing topic and for a broker that left.
        if isinstance(error, KafkaTimeoutError):
            require_broker(self._options)
            return TopicMissingError(topic=topic, bootstrap_servers=servers_of(self._options))
        return DeliveryFailedError(topic=topic, id="-", because=_sentence(error))

    def send(
        self,
        record: msgspec.Struct,
        *,
        id: str | None = None,  # noqa: A002
        key: bytes | None = None,
        topic: str | None = None,
        partition: int | None = None,
        source: str | None = None,
    ) -> Delivery:
        """Hand one record to Kafka and return at once; the delivery says what became of it.

        Args:
            record: A record of a contract (`schemas.records`). `recorded_at_ms` 0 is filled in.
            id: CloudEvents id; by default derived from turn_id or command_id, else random.
            key: Record key; by default what the contract says.
            topic: Where to; by default the log that carries this type.
            partition: For records without a key that are meant for one partition.
            source: CloudEvents source; by default the producer's.

        Raises:
            UnknownContractError: This is no record of a contract.
            InvalidRecordError: A field has a wrong type or is out of its bounds.
            UnroutableRecordError: The type has no topic one may write to.
            ForeignTenantError: The record belongs to another tenant.
            RecordTooLargeError: More bytes than a topic takes.
            ProducerFullError: No room within the time limit.
            TopicMissingError: The topic is not there.
            BrokerUnreachableError: The broker left before it said where the topic is.
            ProducerClosedError: The producer is closed.
        """
        contract = catalogue.of(record)
        require_bounds(record)
        topic = topic or topic_for(contract.name)
        source = source or self.source
        self._require_tenant(record, contract.name)
        key = catalogue.key_of(record) if key is None else key
        id = id or natural_id(record, record_type=contract.name, source=source) or str(uuid.uuid4())  # noqa: A001
        self._prepare(topic)
        # One lock over stamp and append: the log's order is the order of the stamps.
        with self._order:
            stamped = self._stamp(record)
            headers = codec.headers(stamped, id=id, source=source)
            value = codec.encode(stamped)
            return self._append(topic, value, key=key, headers=headers, partition=partition, id=id)

    def send_bytes(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None,
        headers: Sequence[Header],
        partition: int | None = None,
    ) -> Delivery:
        """Append a record as it is: for tools that move records without reading them.

        Raises:
            The same as `send`, but for the type and the tenant, which are not looked at.
        """
        self._prepare(topic)
        event_id = next(
            (data.decode(errors="replace") for name, data in headers if name == "ce_id"), "-"
        )
        with self._order:
            return self._append(
                topic, value, key=key, headers=list(headers), partition=partition, id=event_id
            )

    def _require_tenant(self, record: msgspec.Struct, record_type: str) -> None:
        found = getattr(record, "tenant", "")
        if self.tenant is not None and found != self.tenant:
            raise ForeignTenantError(record_type=record_type, found=found, wanted=self.tenant)

    def _stamp(self, record: msgspec.Struct) -> msgspec.Struct:
        if getattr(record, "recorded_at_ms", None) != 0:
            return record
        self._recorded_at_ms = max(self._recorded_at_ms, time.time_ns() // 1_000_000)
        return msgspec.structs.replace(record, recorded_at_ms=self._recorded_at_ms)

    def _prepare(self, topic: str) -> None:
        if self._is_closed:
            raise ProducerClosedError
        if topic not in self._topics:
            self.partitions_of(topic)
        limits = self._limits
        with self._room:
            if not self._room.wait_for(self._has_room, timeout=limits.room_timeout_s):
                raise ProducerFullError(
                    waiting=len(self._under_way),
                    waiting_bytes=self._waiting_bytes,
                    waited_s=limits.room_timeout_s,
                )

    def _has_room(self) -> bool:
        limits = self._limits
        return (
            len(self._under_way) < limits.waiting_max
            and self._waiting_bytes < limits.waiting_bytes_max
        )

    def _append(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None,
        headers: list[Header],
        partition: int | None,
        id: str,  # noqa: A002
    ) -> Delivery:
        size_bytes = _size(key, value, headers)
        if size_bytes > RECORD_BYTES_MAX:
            raise RecordTooLargeError(
                topic=topic, id=id, size_bytes=size_bytes, bytes_max=RECORD_BYTES_MAX
            )
        delivery = Delivery(id=id, topic=topic, size_bytes=size_bytes)
        with self._room:
            self._sent += 1
            self._under_way.add(delivery)
            self._waiting_bytes += size_bytes
        try:
            future = self._kafka.send(
                topic, value=value, key=key, headers=headers, partition=partition
            )
        except (KafkaError, ValueError) as error:
            fault = self._fault(delivery, error)
            self._settle(delivery, error=fault)
            raise fault from error
        future.add_callback(self._acknowledged, delivery)
        future.add_errback(self._refused, delivery)
        return delivery

    def _acknowledged(self, delivery: Delivery, metadata: Any) -> None:
        receipt = Receipt(metadata.topic, metadata.partition, metadata.offset, delivery.id)
        self._settle(delivery, receipt=receipt)

    def _refused(self, delivery: Delivery, error: BaseException) -> None:
        self._settle(delivery, error=self._fault(delivery, error))

    def _fault(self, delivery: Delivery, error: BaseException) -> ClientError:
        if isinstance(error, MessageSizeTooLargeError):
            return RecordTooLargeError(
                topic=delivery.topic,
                id=delivery.id,
                size_bytes=delivery.size_bytes,
                bytes_max=RECORD_BYTES_MAX,
            )
        return DeliveryFailedError(topic=delivery.topic, id=delivery.id, because=_sentence(error))

    def _settle(
        self,
        delivery: Delivery,
        *,
        receipt: Receipt | None = None,
        error: ClientError | None = None,
    ) -> None:
        with self._room:
            self._under_way.discard(delivery)
            self._waiting_bytes -= delivery.size_bytes
            if error is None:
                self._delivered += 1
            else:
                self._failed += 1
                self._first_failure = self._first_failure or str(error)
            self._room.notify()
        if error is not None:
            delivery.set_exception(error)
        elif receipt is not None:
            delivery.set_result(receipt)
        if self._on_delivery is not None:
            try:
                self._on_delivery(delivery)
            except Exception:  # noqa: BLE001  (a caller's callback may not harm other deliveries)
                _log.exception("on_delivery failed for record %s", delivery.id)

    def flush(self, timeout_s: float = 60.0) -> None:
        """Wait until Kafka has acknowledged everything sent before this call.

        Raises:
            UndeliveredError: Something failed since the last flush, or still waits after
                `timeout_s` seconds; with counts.
        """
        deadline = time.monotonic() + timeout_s
        with self._room:
            awaited = list(self._under_way)
        try:
            self._kafka.flush(timeout_s)
        except KafkaTimeoutError:
            _log.debug("flush timed out after %s s", timeout_s)
        # kafka-python may return early when it had to split a batch: look at every delivery.
        for delivery in awaited:
            try:
                delivery.exception(timeout=max(0.0, deadline - time.monotonic()))
            except TimeoutError:
                break
        self._report([delivery for delivery in awaited if not delivery.done()])

    def _report(self, undone: list[Delivery]) -> None:
        with self._room:
            delivered_before, failed_before = self._reported
            delivered, failed = self._delivered - delivered_before, self._failed - failed_before
            first, self._first_failure = self._first_failure, None
            self._reported = (self._delivered, self._failed)
        if failed or undone:
            raise UndeliveredError(
                delivered=delivered, failed=failed, waiting=len(undone), first=first
            )

    def close(self, timeout_s: float = 30.0) -> None:
        """Flush, then let go of the connection. A second close does nothing.

        Raises:
            UndeliveredError: As `flush`; the producer is closed all the same.
        """
        if self._is_closed:
            return
        self._is_closed = True
        try:
            self.flush(timeout_s)
        finally:
            self._let_go()

    def _let_go(self) -> None:
        try:
            self._kafka.close(timeout=1.0)
        except KafkaTimeoutError:
            # close() gives up before it stops its thread when records still wait; they are failed
            # here, so that no delivery stays open for ever.
            self._kafka._sender.force_close()
            self._kafka._sender.join(5.0)
            self._kafka.close(timeout=1.0)

    def __enter__(self) -> Self:
        """Return the producer."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close; an error of the block itself is not covered up by one of the flush."""
        try:
            self.close()
        except UndeliveredError:
            if exc is None:
                raise
            _log.warning("records were not acknowledged while leaving on %s", type(exc).__name__)


def _size(key: bytes | None, value: bytes | None, headers: Sequence[Header]) -> int:
    heads = sum(len(name) + len(data) + 4 for name, data in headers)
    return len(key or b"") + len(value or b"") + heads + 32


def _sentence(error: BaseException) -> str:
    text = str(error).strip().rstrip(".")
    return text or type(error).__name__
