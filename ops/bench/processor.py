"""The full conversation processor: decode, state, retrieval, recommendations, encode; one core."""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ops.bench.stage import WorkerUnderTest, kafka_with_topics, stamped
from ops.chaos import ARTICLES, dialogues
from ops.chaos.verdict import await_caught_up
from processors.conversation.processor import ConversationProcessor
from schemas import codec
from schemas.records.control import ReferenceChanged
from streams.client import Producer
from streams.runtime.ledger import Marker
from streams.runtime.step import Kernel, References
from streams.stores.memory import MemoryStore


class Logged(msgspec.Struct, frozen=True):
    """A record as a log holds it."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes
    headers: list[tuple[str, bytes]]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure the kernel without a broker, with and without retrieval, then a live worker."""
    parser = argparse.ArgumentParser(prog="python -m ops bench processor", description=__doc__)
    parser.add_argument("--conversations", type=int, default=900)
    parser.add_argument("--offline", action="store_true", help="leave out the live worker")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args(argv)
    records = stamped(arguments.conversations)
    found = {
        "records": len(records),
        "kernel_records_per_cpu_second": round(
            max(_kernel(records, ARTICLES.read_bytes()) for _ in range(3))
        ),
        "kernel_without_retrieval_records_per_cpu_second": round(
            max(_kernel(records, None) for _ in range(3))
        ),
    }
    if not arguments.offline:
        found |= _live(records)
    print(json.dumps(found, indent=2))
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2) + "\n")
    return 0


def _kernel(records: list[msgspec.Struct], content: bytes | None) -> float:
    processor = ConversationProcessor()
    references = References(processor.load_reference)
    inputs = list(records)
    if content is not None:
        digest = hashlib.sha256(content).hexdigest()
        references.add("assist.articles", digest, content)
        changed = ReferenceChanged(
            tenant=dialogues.TENANT,
            occurred_at_ms=1,
            recorded_at_ms=1,
            reference="assist.articles",
            digest=digest,
        )
        inputs.insert(0, changed)
    log = [Logged(i, 0, None, codec.encode(record), []) for i, record in enumerate(inputs)]
    store = MemoryStore()
    kernel = Kernel(processor, 0, store, Marker(epoch=0, next=0), references)
    started = time.process_time()
    for start in range(0, len(log), 500):
        flush = kernel.step(log[start : start + 500])
        store.apply(0, flush.entries.items(), 0)
        kernel.applied(flush)
    return len(log) / (time.process_time() - started)


def _live(records: list[msgspec.Struct]) -> dict[str, float]:
    with kafka_with_topics() as (kafka, folder):
        with Producer(kafka, source="/bench", tenant=dialogues.TENANT) as producer:
            for record in records:
                producer.send(record)
            producer.flush()
        (folder / "w").mkdir()
        with WorkerUnderTest(kafka, folder / "w") as worker:
            worker.await_ready()
            await_caught_up(kafka, ConversationProcessor(), seconds_max=300)
            return {"live_records_per_cpu_second": round(len(records) / worker.cpu_seconds())}
