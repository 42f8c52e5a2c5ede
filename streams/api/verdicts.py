"""What became of a command: the processors' refusals, as sentences for whoever gave it.

A command is acknowledged when the broker has it; whether the rules take it is known some
milliseconds later, when its processor has committed past it. Whoever gives a command on a screen
would rather wait those than be told of a refusal nowhere: one consumer without a group reads the
refusals, and a command waits for its own.

Refusals are acknowledged before the marker that reaches their input. So once the marker has passed
a command, reading the refusals up to their end of that moment tells for certain. Where another
worker owns the partition its marker is not seen from here: a refusal is, if it comes soon enough.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from typing import Final, Literal, Protocol

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from schemas import codec
from schemas.errors import SchemaError
from schemas.records.control import InputRejected
from streams.client.producer import Receipt
from streams.settings import Kafka
from streams.tables import NotOwnedError, Tables
from streams.telemetry.logs import logger
from streams.topics import REJECTIONS

_log = logger(__name__)

KEPT: Final = 5_000
READY_S: Final = 1.0
"""Longest wait for the refusals to be read at all; without, a command is under way."""
WAIT_S: Final = 1.0
"""Longest wait for a verdict: then the command is under way, and the screen will show it."""
ELSEWHERE_S: Final = 0.3
"""The same where another worker owns the partition, whose progress is not seen from here."""
POLL_S: Final = 0.005
FETCH_MS: Final = 20
RETRY_S: Final = 1.0
AFTER_FAULT_S: Final = 0.05
"""Longest wait to be ready while Kafka was unreachable at the last attempt."""

Place = tuple[str, int, int]
"""Log, partition and offset of an input."""


class Verdict(msgspec.Struct, frozen=True):
    """What became of a command.

    Attributes:
        state: `done`: its processor took it and did not refuse it; `refused`: it did;
            `under_way`: not known yet.
        refused: The refusal, for `refused`.
    """

    state: Literal["done", "refused", "under_way"]
    refused: InputRejected | None = None


DONE: Final = Verdict("done")
UNDER_WAY: Final = Verdict("under_way")


class Verdicts(Protocol):
    """Tells what became of commands."""

    async def ready(self) -> None:
        """Be able to hear of a refusal; call before a command is appended."""

    async def of(self, processor: str, receipt: Receipt) -> Verdict:
        """Return what became of a command, as far as it is known before long."""

    async def close(self) -> None:
        """Let go of Kafka."""


class KafkaVerdicts:
    """Reads refusals as they are written and tells a command its own."""

    def __init__(self, kafka: Kafka, tables: Tables, partitions: int) -> None:
        """Nothing is read before the first command.

        Args:
            kafka: How to reach Kafka.
            tables: Where the processors' positions are read.
            partitions: How many partitions the refusals' topic has.
        """
        self._kafka, self._tables = kafka, tables
        self._topics = [TopicPartition(REJECTIONS, number) for number in range(partitions)]
        self._refused: OrderedDict[Place, InputRejected] = OrderedDict()
        self._task: asyncio.Task[None] | None = None
        self._consumer: AIOKafkaConsumer | None = None
        self._read_to: dict[int, int] = {}
        self._standing = asyncio.Event()
        self._is_down = False
        self._news = asyncio.Event()

    async def ready(self) -> None:
        """Stand at the end of the refusals; call before a command is appended."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._read(), name="refusals")
        wait_s = AFTER_FAULT_S if self._is_down else READY_S
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._standing.wait(), wait_s)

    async def of(self, processor: str, receipt: Receipt) -> Verdict:
        """Return what became of a command, as far as it is known before long."""
        place = (receipt.topic, receipt.partition, receipt.offset)
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        end: int | None = None
        # Refusals from before a reader stood are not seen: nothing is certain then.
        consumer = self._consumer if self._standing.is_set() else None
        while (waited_s := loop.time() - began_s) < WAIT_S:
            refused = self._refused.get(place)
            if refused is not None:
                return Verdict("refused", refused)
            if consumer is None or consumer is not self._consumer:
                return UNDER_WAY
            if end is None:
                reached = self._reached(processor, receipt.partition)
                if reached is None and waited_s > ELSEWHERE_S:
                    return UNDER_WAY
                if reached is not None and reached > receipt.offset:
                    end = await self._end_of(consumer, receipt.partition)
                    if end is None:
                        return UNDER_WAY
                    continue
            elif self._read_to.get(receipt.partition, -1) >= end:
                return DONE
            await self._a_moment()
        return UNDER_WAY

    async def close(self) -> None:
        """Let go of Kafka."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    def _reached(self, processor: str, partition: int) -> int | None:
        """Return how far a processor has committed; None: another worker knows."""
        try:
            return self._tables.scan(processor, "", b"\0", partition=partition, limit=0)[1].next
        except NotOwnedError:
            return None

    async def _end_of(self, consumer: AIOKafkaConsumer, partition: int) -> int | None:
        where = self._topics[partition]
        try:
            ends = await consumer.end_offsets([where])
        except (KafkaError, OSError):
            return None
        end: int = ends[where]
        return end

    async def _a_moment(self) -> None:
        """Wait for refusals that were read, or for as long as it is worth to look again."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), POLL_S)

    async def _read(self) -> None:
        while True:
            try:
                await self._follow()
            except (KafkaError, OSError) as fault:
                self._is_down = True
                _log.warning("refusals not read", because=repr(fault))
                await asyncio.sleep(RETRY_S)

    async def _follow(self) -> None:
        consumer = AIOKafkaConsumer(
            **self._kafka.for_aiokafka(),
            enable_auto_commit=False,
            auto_offset_reset="latest",
            fetch_max_wait_ms=FETCH_MS,
            client_id="cuestream-refusals",
        )
        try:
            await consumer.start()
            consumer.assign(self._topics)
            # As numbers: a position that is only asked for is looked up after what comes now.
            ends = await consumer.end_offsets(self._topics)
            for where in self._topics:
                consumer.seek(where, ends[where])
            self._read_to = {where.partition: ends[where] for where in self._topics}
            self._consumer, self._is_down = consumer, False
            self._standing.set()
            while True:
                batches = await consumer.getmany(timeout_ms=FETCH_MS)
                for records in batches.values():
                    for record in records:
                        self._take(record.value)
                for where in self._topics:
                    self._read_to[where.partition] = await consumer.position(where)
                if batches:
                    self._news.set()
                    self._news = asyncio.Event()
        finally:
            self._standing.clear()
            self._consumer = None
            await consumer.stop()

    def _take(self, value: bytes | None) -> None:
        try:
            refused = codec.decode(value or b"")
        except SchemaError:
            return
        if isinstance(refused, InputRejected):
            self._refused[refused.log, refused.partition, refused.offset] = refused
            if len(self._refused) > KEPT:
                self._refused.popitem(last=False)
