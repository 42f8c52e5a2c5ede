"""The limit: aiokafka reads the input and writes as many bytes, with no work between.

What a Python engine on aiokafka could reach at best on this machine and broker: chunks of up to
1,000 records of one partition, each record appended to a pre-built batch, batches sent with an
idempotent producer and acks=all, one batch a partition in flight.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from ops.bench.work import PARTITIONS

_CHUNK_RECORDS_MAX = 1_000
_BATCH_BYTES = 900_000


async def _copy(arguments: argparse.Namespace, stopping: asyncio.Event) -> None:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=arguments.bootstrap_servers,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=100,
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=arguments.bootstrap_servers,
        acks="all",
        enable_idempotence=True,
        max_batch_size=_BATCH_BYTES,
    )
    await consumer.start()
    await producer.start()
    try:
        consumer.assign([TopicPartition(arguments.log, number) for number in range(PARTITIONS)])
        in_flight: dict[int, asyncio.Future[Any]] = {}
        while not stopping.is_set():
            chunks = await consumer.getmany(timeout_ms=200, max_records=_CHUNK_RECORDS_MAX)
            for source, records in chunks.items():
                batch = producer.create_batch()
                append = batch.append
                for record in records:
                    append(timestamp=None, key=record.key, value=record.value)
                batch.close()
                if source.partition in in_flight:
                    await in_flight[source.partition]
                in_flight[source.partition] = await producer.send_batch(
                    batch, arguments.output, partition=source.partition
                )
        await asyncio.gather(*in_flight.values())
    finally:
        await producer.stop()
        await consumer.stop()


async def _until_told(arguments: argparse.Namespace) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    await _copy(arguments, stopping)


def main(argv: Sequence[str] | None = None) -> int:
    """Copy `--log` to `--output` until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m ops.bench.limit", description=__doc__)
    parser.add_argument("--bootstrap-servers", required=True)
    parser.add_argument("--log", required=True)
    parser.add_argument("--output", required=True)
    asyncio.run(_until_told(parser.parse_args(argv)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
