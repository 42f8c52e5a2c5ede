"""The state of the installation: where processors stand, and what waits in quarantine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from starlette.requests import Request

from schemas import codec
from schemas.errors import SchemaError
from schemas.records.control import QuarantineResolved, RecordQuarantined
from streams.api.answers import ProcessorStatus, QuarantineStatus, SystemStatus
from streams.api.peers import Peers, is_forwarded
from streams.api.rows import PROCESSOR
from streams.settings import Kafka
from streams.tables import Tables
from streams.telemetry.logs import logger
from streams.topics import QUARANTINE

_log = logger(__name__)

FRESH_S = 2.0
READ_S_MAX = 3.0


class QuarantineTally:
    """Counts unresolved inputs on the quarantine topic, reading on from where it last stopped."""

    def __init__(self, kafka: Kafka, partitions: int) -> None:
        self._kafka = kafka
        self._next = {TopicPartition(QUARANTINE, n): 0 for n in range(partitions)}
        self._open: set[str] = set()
        self._read_at_s = float("-inf")
        self._lock = asyncio.Lock()

    async def count(self) -> int | None:
        """Return how many inputs are in quarantine; None when the topic cannot be read now."""
        async with self._lock:
            now_s = asyncio.get_running_loop().time()
            if now_s - self._read_at_s < FRESH_S:
                return len(self._open)
            try:
                async with asyncio.timeout(READ_S_MAX):
                    await self._read_on()
            except (KafkaError, OSError, TimeoutError) as fault:
                _log.warning("quarantine not read", because=repr(fault))
                return None
            self._read_at_s = asyncio.get_running_loop().time()
            return len(self._open)

    async def _read_on(self) -> None:
        consumer = AIOKafkaConsumer(
            **self._kafka.for_aiokafka(),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=50,
            client_id="cuestream-quarantine",
        )
        try:
            await consumer.start()
            ends = await consumer.end_offsets(list(self._next))
            begins = await consumer.beginning_offsets(list(self._next))
            behind = []
            for where, end in ends.items():
                self._next[where] = max(self._next[where], begins[where])
                if self._next[where] < end:
                    behind.append(where)
            consumer.assign(behind)
            for where in behind:
                consumer.seek(where, self._next[where])
            while any(self._next[where] < ends[where] for where in behind):
                for where, records in (await consumer.getmany(timeout_ms=200)).items():
                    for record in records:
                        self._take(record.value)
                        self._next[where] = record.offset + 1
        finally:
            await consumer.stop()

    def _take(self, value: bytes | None) -> None:
        try:
            record = codec.decode(value or b"")
        except SchemaError:
            return
        if isinstance(record, RecordQuarantined):
            self._open.add(record.quarantine_id)
        elif isinstance(record, QuarantineResolved):
            self._open.discard(record.quarantine_id)


class System:
    """Puts the status of all workers together."""

    def __init__(
        self,
        tables: Tables,
        peers: Peers,
        quarantine: QuarantineTally,
        *,
        local: Callable[[], Sequence[ProcessorStatus]],
        version: str,
    ) -> None:
        self._tables, self._peers, self._quarantine = tables, peers, quarantine
        self._local, self._version = local, version

    async def status(self, request: Request) -> SystemStatus:
        """Return where every processor stands, on all workers that answer."""
        known = {status.name: status for status in self._local()}
        if is_forwarded(request):
            return SystemStatus(list(known.values()), QuarantineStatus(None), self._version)
        owned = self._tables.owned(PROCESSOR)
        urls = [url for url, parts in self._tables.urls(PROCESSOR).items() if parts - owned]
        for answer in await self._peers.gather(request, urls):
            if answer.status == 200:
                there = msgspec.json.decode(answer.body, type=SystemStatus)
                for status in there.processors:
                    known[status.name] = _merged(known.get(status.name), status)
        count = await self._quarantine.count()
        return SystemStatus(list(known.values()), QuarantineStatus(count), self._version)


def _merged(here: ProcessorStatus | None, there: ProcessorStatus) -> ProcessorStatus:
    """Return both workers' partitions; the higher epoch owns one that both name."""
    if here is None:
        return there
    partitions = {status.partition: status for status in here.partitions}
    for status in there.partitions:
        mine = partitions.get(status.partition)
        if mine is None or status.epoch > mine.epoch:
            partitions[status.partition] = status
    ordered = [partitions[number] for number in sorted(partitions)]
    return ProcessorStatus(here.name, max(here.version, there.version), ordered)
