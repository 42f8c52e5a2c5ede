"""What can go wrong between an adapter or a subscriber and Kafka.

ClientError
├── BrokerUnreachableError    nobody answers at the bootstrap servers
├── TopicMissingError         the topic is not there
├── UnroutableRecordError     no topic for this type, or one that only a processor may write to
├── ForeignTenantError        the record belongs to another tenant than the producer
├── RecordTooLargeError       larger than a topic takes
├── ProducerFullError         the broker takes less than is sent, and the wait for room is over
├── ProducerClosedError       send after close
├── DeliveryFailedError       the broker did not acknowledge one record
├── UndeliveredError          a flush ended with records unacknowledged
├── ReadFailedError           Kafka refuses to give what is asked for
└── CursorError               a cursor that cannot be used
    └── CursorLostError       the log no longer holds what the cursor points at
"""

from __future__ import annotations


class ClientError(Exception):
    """Anything the SDK raises."""


class BrokerUnreachableError(ClientError):
    """Nobody answers at the bootstrap servers, or they refuse to talk."""

    def __init__(self, *, bootstrap_servers: str, because: str) -> None:
        super().__init__(
            f"Kafka at {bootstrap_servers} cannot be reached: {because}. "
            "Check that the broker runs and that the address is right."
        )
        self.bootstrap_servers, self.because = bootstrap_servers, because


class TopicMissingError(ClientError):
    """The topic is not there."""

    def __init__(self, *, topic: str, bootstrap_servers: str) -> None:
        super().__init__(
            f"topic {topic} does not exist on Kafka at {bootstrap_servers}. "
            "Create the topics with: cuestream topics apply"
        )
        self.topic, self.bootstrap_servers = topic, bootstrap_servers


class UnroutableRecordError(ClientError):
    """No topic carries records of this type, or only a processor may write there."""

    def __init__(self, *, record_type: str, because: str) -> None:
        super().__init__(f"{record_type} cannot be sent: {because}")
        self.record_type, self.because = record_type, because


class ForeignTenantError(ClientError):
    """The record belongs to another tenant than the producer speaks for."""

    def __init__(self, *, record_type: str, found: str, wanted: str) -> None:
        super().__init__(
            f"{record_type} belongs to tenant {found!r}, but this producer speaks for {wanted!r}. "
            "Use one producer a tenant, or one without a tenant."
        )
        self.record_type, self.found, self.wanted = record_type, found, wanted


class RecordTooLargeError(ClientError):
    """A record is larger than a topic takes."""

    def __init__(self, *, topic: str, id: str, size_bytes: int, bytes_max: int) -> None:  # noqa: A002
        super().__init__(
            f"record {id} for {topic} has {size_bytes:,} bytes, the most is {bytes_max:,}. "
            "Put large content somewhere else and send a link to it."
        )
        self.topic, self.id, self.size_bytes, self.bytes_max = topic, id, size_bytes, bytes_max


class ProducerFullError(ClientError):
    """The broker takes less than is sent, and the wait for room is over."""

    def __init__(self, *, waiting: int, waiting_bytes: int, waited_s: float) -> None:
        super().__init__(
            f"{waiting:,} records ({waiting_bytes:,} bytes) wait for Kafka and none was taken in "
            f"{waited_s:g} s. Send more slowly, or look at the broker."
        )
        self.waiting, self.waiting_bytes, self.waited_s = waiting, waiting_bytes, waited_s


class ProducerClosedError(ClientError):
    """Something was sent after close."""

    def __init__(self) -> None:
        super().__init__("this producer is closed; make a new one")


class DeliveryFailedError(ClientError):
    """Kafka did not acknowledge a record; it may or may not be in the log."""

    def __init__(self, *, topic: str, id: str, because: str) -> None:  # noqa: A002
        super().__init__(
            f"record {id} for {topic} was not acknowledged: {because}. "
            "Send it again with the same id; readers drop what they have seen."
        )
        self.topic, self.id, self.because = topic, id, because


class UndeliveredError(ClientError):
    """A flush or close ended with records that Kafka did not acknowledge."""

    def __init__(self, *, delivered: int, failed: int, waiting: int, first: str | None) -> None:
        why = f" First failure: {first}" if first else ""
        super().__init__(
            f"{failed + waiting:,} of {delivered + failed + waiting:,} records were not "
            f"acknowledged ({failed:,} failed, {waiting:,} still wait).{why}"
        )
        self.delivered, self.failed, self.waiting, self.first = delivered, failed, waiting, first


class ReadFailedError(ClientError):
    """Kafka refuses to give what a follower asks for."""

    def __init__(self, *, topics: str, because: str) -> None:
        super().__init__(f"{topics} cannot be read: {because}")
        self.topics, self.because = topics, because


class CursorError(ClientError):
    """A cursor cannot be used."""

    def __init__(self, *, where: str, because: str) -> None:
        super().__init__(f"{where}: {because}")
        self.where, self.because = where, because


class CursorLostError(CursorError):
    """The log no longer holds the records right after the cursor."""

    def __init__(self, *, topic: str, partition: int, wanted: int, first: int, end: int) -> None:
        super().__init__(
            where=f"{topic}[{partition}]",
            because=(
                f"the cursor stands at {wanted}, the log holds {first} to {end}: records are gone. "
                "Start from 'earliest' to take what is left, and rebuild what you derived."
            ),
        )
        self.topic, self.partition, self.wanted = topic, partition, wanted
        self.first, self.end = first, end
