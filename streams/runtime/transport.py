"""The batch seam: Faust's aiokafka transport, delivering a chunk of one partition as one message.

Everything here overrides something of Faust 0.15. `tests/topology/test_faust_seam.py`
holds each overridden method against its original, so that a new Faust version fails loudly instead
of quietly going back to one event per message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

import aiokafka
from faust.events import Event
from faust.serializers.schemas import Schema
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from streams.runtime.raw_fetch import hand_over_raw

if TYPE_CHECKING:
    from streams.runtime.worker import Runtime

FETCH_WAIT_MS = 50


class ChunkSchema(Schema[Any, Any]):
    """Passes a chunk through undecoded: decoding is step 2, not the transport's."""

    def compile(self, app: Any, **_options: Any) -> Callable[..., Awaitable[Any]]:
        """Return a decoder that wraps the message as it is."""

        async def decode(message: Any, *, propagate: bool = False) -> Any:
            return Event(app, message.key, message.value, message.headers, message)

        return decode


class BatchThread(driver.AIOKafkaConsumerThread):
    """The consumer's thread, with a fetch wait fit for a screen."""

    def _create_worker_consumer(self, transport: Any) -> aiokafka.AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        # Faust hard-codes 1500; the value is read when the consumer starts.
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        return consumer

    async def on_start(self) -> None:
        """Start the consumer, and let it hand over raw records."""
        await super().on_start()
        hand_over_raw(self._ensure_consumer())

    async def silence(self, partitions: set[TP]) -> None:
        """Stop prefetching partitions that are assigned but never read through this consumer."""
        await self.call_thread(self._silence, partitions)

    async def _silence(self, partitions: set[TP]) -> None:
        consumer = self._ensure_consumer()
        assigned = consumer.assignment()
        unread = driver.ensure_aiokafka_TPset(partitions) & assigned
        consumer.pause(*unread)


class BatchConsumer(driver.Consumer):
    """Delivers lists of raw records; positions come from the ledger, not from the group."""

    app: Any
    _thread: BatchThread
    runtime: Runtime

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.runtime = self.app.runtime
        self.seeks: dict[TP, int] = {}

    def _new_consumer_thread(self) -> BatchThread:
        return BatchThread(self, loop=self.loop, beacon=self.beacon)

    async def _drain_messages(self, fetcher: Any) -> None:
        """Fetch, cut into chunks, hand over; the agent's queue pushes back."""
        try:
            while not (self._stopped.is_set() or fetcher._stopped.is_set()):
                await asyncio.sleep(0)
                seeks = dict(self.seeks)
                records, active = await self._wait_next_records(1.0)
                if records is None or self.should_stop:
                    continue
                if not self.flow_active:
                    continue
                generation = self.app.consumer_generation_id
                chunks = [
                    (tp, self.runtime.chunks(found), seeks.get(tp, 0))
                    for tp, found in records.items()
                    if active is None or tp in active
                ]
                await self._deliver_in_turns(chunks, generation)
        except self.consumer_stopped_errors:
            if not self.app.should_stop:
                raise

    async def _deliver_in_turns(
        self, waiting: list[tuple[TP, Iterator[Any], int]], generation: int
    ) -> None:
        """Deliver a chunk of each partition in turn: while one commits, the others step."""
        while waiting:
            for entry in list(waiting):
                if not self.flow_active or generation != self.app.consumer_generation_id:
                    return
                tp, chunks, seeks = entry
                chunk = next(chunks, None)
                if chunk is None:
                    waiting.remove(entry)
                    continue
                message = _message(tp, chunk, seeks, generation)
                await self.wait_first(self.callback(message), self.suspend_flow.wait())

    def _new_offset(self, tp: TP) -> int | None:
        """Return the offset to commit: acknowledgements arrive in order, one per chunk."""
        acked = self._acked[tp]
        if not acked:
            return None
        highest = int(max(acked)) + 1
        acked.clear()
        self._acked_index[tp].clear()
        return highest

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Seek to where the ledger stands; the group's offsets are only a hint for lag tools."""
        positions = {TP(topic, p): at for (topic, p), at in self.runtime.positions().items()}
        await self.seek_log(positions)
        return positions

    async def seek_log(self, positions: Mapping[TP, int]) -> None:
        """Seek log partitions and count the seek, so that older fetches can be told apart."""
        assigned = self.assignment()
        wanted = {tp: at for tp, at in positions.items() if tp in assigned}
        if wanted:
            await self._thread.seek_wait(wanted)
        for tp in wanted:
            self.seeks[tp] = self.seeks.get(tp, 0) + 1

    async def silence(self, topics: Iterable[str]) -> None:
        """Stop prefetching the assigned partitions of `topics`."""
        unwanted = set(topics)
        partitions = {tp for tp in self.assignment() if tp.topic in unwanted}
        if partitions:
            await self._thread.silence(partitions)


def _message(tp: TP, chunk: Any, seeks: int, generation: int) -> Any:
    """Return a chunk as the one message Faust will see of it."""
    last = chunk[-1]
    # Faust passes both on unread: the seek count as headers, the chunk as the value.
    headers, value = cast(Any, {"seeks": seeks}), cast(Any, chunk)
    return ConsumerMessage(
        tp.topic,
        tp.partition,
        last.offset,
        last.timestamp / 1_000.0,
        last.timestamp_type,
        headers,
        None,
        value,
        None,
        0,
        0,
        tp,
        generation_id=generation,
    )


class BatchTransport(driver.Transport):
    """aiokafka transport with the batch consumer."""

    Consumer = cast(Any, BatchConsumer)
