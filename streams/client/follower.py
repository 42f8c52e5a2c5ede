"""Follow topics from where one left off, each derived event once.

A processor that is killed may send an event twice, with the same id and sequence. A follower
keeps the highest sequence per topic and source and drops what is not above it; together with its
cursor that holds across restarts. It joins no consumer group: any number of followers read the
same topics without knowing of one another.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

import msgspec
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import (
    KafkaError,
    KafkaTimeoutError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    SaslAuthenticationFailedError,
)

from schemas import codec
from schemas.codec import CloudEvent
from schemas.errors import UndecodableError
from streams.client.connection import connect, options_of, servers_of, unreachable
from streams.client.cursor import Cursor
from streams.client.errors import (
    ClientError,
    CursorLostError,
    ReadFailedError,
    TopicMissingError,
)
from streams.topics import RECOMMENDATIONS

if TYPE_CHECKING:
    from streams.kafka_settings import Kafka

Start = Literal["earliest", "latest"] | Cursor
WAIT_MS = 250
"""Longest wait of one poll, and so of `stop` from another thread."""
PATIENCE_S = 10.0
"""Longest wait for Kafka to say where a topic begins and ends."""


class Received(msgspec.Struct, frozen=True):
    """A record, the envelope it came in, and where it stands."""

    record: Any
    event: CloudEvent
    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None


class Unreadable(msgspec.Struct, frozen=True):
    """Something that is no record we know, whole: look at it, or skip it knowingly.

    `code` is `undecodable`, `unknown_schema`, or `removed` (a key's value was deleted).
    """

    code: str
    because: str
    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


class Follower:
    """Yields what topics hold, in order per partition, until it is stopped.

    Attributes:
        repeats: Records dropped because they were seen before.
        unreadable: Records that could not be decoded; they are yielded, and counted here.
    """

    def __init__(
        self,
        kafka: Kafka | str,
        topics: Sequence[str] = (RECOMMENDATIONS,),
        *,
        start: Start = "latest",
        tenant: str | None = None,
        conversation_id: str | None = None,
        stop_at_end: bool = False,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """Connect and find the place to start.

        Args:
            kafka: Settings, or `host:port,host:port` for a plain connection.
            topics: What to follow.
            start: `earliest`, `latest` (what comes from now on), or a cursor; partitions the
                cursor does not name are read from their beginning.
            tenant: Yield this tenant's records only.
            conversation_id: Yield this conversation's records only.
            stop_at_end: End when everything that was there at the start has been read.
            patience_s: Longest wait for Kafka to say where the topics begin and end.

        Raises:
            BrokerUnreachableError: Nobody answers.
            TopicMissingError: A topic is not there.
            CursorLostError: Records after the cursor are gone.
        """
        self.repeats = self.unreadable = 0
        self._tenant, self._conversation_id = tenant, conversation_id
        self._stopped = threading.Event()
        self._reading = threading.Lock()
        self._is_closed = False
        self._options, self._patience_s = options_of(kafka), patience_s
        self._ready: deque[Any] = deque()
        self._next: dict[TopicPartition, int] = {}
        self._seen: dict[tuple[str, str], int] = {}
        self._consumer = connect(
            KafkaConsumer,
            self._options,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            allow_auto_create_topics=False,
            bootstrap_timeout_ms=int(patience_s * 1_000),
            fetch_max_wait_ms=WAIT_MS,
            max_poll_records=2_000,
            metrics_enabled=False,
        )
        try:
            self._find(topics, start, stop_at_end=stop_at_end)
        except BaseException:
            self.close()
            raise

    def _find(self, topics: Sequence[str], start: Start, *, stop_at_end: bool) -> None:
        places = [place for topic in topics for place in self._places(topic)]
        self._consumer.assign(places)
        try:
            first = self._consumer.beginning_offsets(places, timeout_ms=self._patience_s * 1_000)
            end = self._consumer.end_offsets(places, timeout_ms=self._patience_s * 1_000)
        except KafkaError as error:
            raise unreachable(self._options, error) from error
        self._end = dict(end) if stop_at_end else None
        for place in places:
            offset = _offset(start, place, first[place], end[place])
            self._next[place] = offset
            self._consumer.seek(place, offset)
        if isinstance(start, Cursor):
            self._seen = {
                (topic, source): sequence
                for topic, sources in start.seen.items()
                for source, sequence in sources.items()
            }

    def _places(self, topic: str) -> list[TopicPartition]:
        deadline = time.monotonic() + self._patience_s / 2
        while True:
            try:
                partitions = self._consumer.partitions_for_topic(topic)
            except KafkaTimeoutError as error:
                raise unreachable(self._options, error) from error
            if partitions:
                return [TopicPartition(topic, partition) for partition in sorted(partitions)]
            # A topic that was made a moment ago may not have reached this broker's metadata yet.
            if time.monotonic() > deadline or self._stopped.wait(0.1):
                raise TopicMissingError(topic=topic, bootstrap_servers=servers_of(self._options))

    @property
    def cursor(self) -> Cursor:
        """Where to go on after what was yielded; save it when that has been dealt with."""
        offsets: dict[str, dict[int, int]] = {}
        for place, offset in list(self._next.items()):
            offsets.setdefault(place.topic, {})[place.partition] = offset
        seen: dict[str, dict[str, int]] = {}
        for (topic, source), sequence in list(self._seen.items()):
            seen.setdefault(topic, {})[source] = sequence
        return Cursor(next=offsets, seen=seen)

    @property
    def is_at_end(self) -> bool:
        """True when everything that was there at the start has been yielded (`stop_at_end`)."""
        return self._end is not None and all(
            self._next[place] >= end for place, end in self._end.items()
        )

    def __iter__(self) -> Iterator[Received | Unreadable]:
        """Yield what comes until `stop`, or until the end with `stop_at_end`.

        Raises:
            CursorLostError: Retention removed records faster than they were read.
            BrokerUnreachableError: The broker is gone for good.
        """
        while not self._stopped.is_set():
            item = self.take(timeout_s=WAIT_MS / 1_000)
            if item is not None:
                yield item
            elif self.is_at_end:
                return

    def take(self, timeout_s: float = 1.0) -> Received | Unreadable | None:
        """Return the next item, or None when none comes within `timeout_s` seconds, or at the end.

        Raises:
            CursorLostError: Retention removed records faster than they were read.
        """
        deadline = time.monotonic() + timeout_s
        with self._reading:
            while not self._stopped.is_set() and not self._is_closed:
                while self._ready:
                    item = self._accept(self._ready.popleft())
                    if item is not None:
                        return item
                left_ms = int((deadline - time.monotonic()) * 1_000)
                if self.is_at_end or left_ms <= 0:
                    return None
                self._fetch(min(left_ms, WAIT_MS))
        return None

    def _fetch(self, wait_ms: int) -> None:
        try:
            fetched = self._consumer.poll(timeout_ms=wait_ms)
        except (OffsetOutOfRangeError, NoOffsetForPartitionError) as error:
            raise self._lost() from error
        except KafkaError as error:
            raise self._broken(error) from error
        for messages in fetched.values():
            self._ready.extend(messages)
        if not fetched and self._end is not None:
            # Positions pass over what compaction and transaction markers leave out of a log.
            for place in self._next:
                self._next[place] = max(self._next[place], self._consumer.position(place) or 0)

    def _lost(self) -> ClientError:
        places = list(self._next)
        first = self._consumer.beginning_offsets(places)
        end = self._consumer.end_offsets(places)
        for place, offset in self._next.items():
            if not first[place] <= offset <= end[place]:
                return _cursor_lost(place, offset, first[place], end[place])
        return _cursor_lost(places[0], self._next[places[0]], first[places[0]], end[places[0]])

    def _broken(self, error: KafkaError) -> ClientError:
        if isinstance(error, SaslAuthenticationFailedError):
            return unreachable(self._options, error)
        topics = ", ".join(sorted({place.topic for place in self._next}))
        return ReadFailedError(topics=topics, because=str(error))

    def _accept(self, message: Any) -> Received | Unreadable | None:
        place = TopicPartition(message.topic, message.partition)
        self._next[place] = message.offset + 1
        try:
            item = _read(message)
        except UndecodableError as error:
            self.unreadable += 1
            return _unreadable(message, error.code, str(error))
        if isinstance(item, Unreadable):
            self.unreadable += 1
            return item
        if self._is_repeat(item):
            self.repeats += 1
            return None
        return item if self._is_wanted(item.record) else None

    def _is_repeat(self, item: Received) -> bool:
        sequence = item.event.sequence
        if sequence is None:
            return False
        source = (item.topic, item.event.source)
        if sequence <= self._seen.get(source, -1):
            return True
        self._seen[source] = sequence
        return False

    def _is_wanted(self, record: Any) -> bool:
        if self._tenant is not None and getattr(record, "tenant", None) != self._tenant:
            return False
        wanted = self._conversation_id
        return wanted is None or getattr(record, "conversation_id", None) == wanted

    def stop(self) -> None:
        """End the iteration, from any thread; a waiting one ends within a quarter of a second."""
        self._stopped.set()

    def close(self) -> None:
        """Stop and let go of the connection. A second close does nothing."""
        self._stopped.set()
        with self._reading:
            if not self._is_closed:
                self._is_closed = True
                self._consumer.close(autocommit=False)

    def __enter__(self) -> Self:
        """Return the follower."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()


def follow(
    kafka: Kafka | str,
    *topics: str,
    start: Start = "latest",
    tenant: str | None = None,
    conversation_id: str | None = None,
    stop_at_end: bool = False,
) -> Iterator[Received | Unreadable]:
    """Yield what the topics hold (recommendations by default) and close when the loop is left.

    Raises:
        BrokerUnreachableError: Nobody answers.
        TopicMissingError: A topic is not there.
        CursorLostError: Records after the cursor are gone.
    """
    with Follower(
        kafka,
        topics or (RECOMMENDATIONS,),
        start=start,
        tenant=tenant,
        conversation_id=conversation_id,
        stop_at_end=stop_at_end,
    ) as follower:
        yield from follower


def _offset(start: Start, place: TopicPartition, first: int, end: int) -> int:
    if isinstance(start, Cursor):
        wanted = start.next.get(place.topic, {}).get(place.partition)
        if wanted is None:
            return first
        if not first <= wanted <= end:
            raise _cursor_lost(place, wanted, first, end)
        return wanted
    return end if start == "latest" else first


def _cursor_lost(place: TopicPartition, wanted: int, first: int, end: int) -> CursorLostError:
    return CursorLostError(
        topic=place.topic, partition=place.partition, wanted=wanted, first=first, end=end
    )


def _read(message: Any) -> Received | Unreadable:
    if message.value is None:
        return _unreadable(message, "removed", "the value of this key was removed")
    record = codec.decode(message.value)
    return Received(
        record=record,
        event=codec.read_headers(message.headers or ()),
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        timestamp_ms=message.timestamp,
        key=message.key,
    )


def _unreadable(message: Any, code: str, because: str) -> Unreadable:
    return Unreadable(
        code=code,
        because=because,
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        key=message.key,
        value=message.value,
        headers=tuple(message.headers or ()),
    )
