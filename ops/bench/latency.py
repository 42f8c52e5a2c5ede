"""From a turn's append to its recommendation in a consumer's hands, at a steady rate."""

from __future__ import annotations

import argparse
import json
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ops.bench.stage import WorkerUnderTest, kafka_with_topics, stamped
from schemas.records.assist import NothingFound, RecommendationIssued, RecommendationRefreshed
from schemas.records.conversation import TurnSaid
from streams.client import Producer
from streams.client.follower import Follower, Received
from streams.topics import RECOMMENDATIONS


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print p50, p95 and p99 in milliseconds."""
    parser = argparse.ArgumentParser(prog="python -m ops bench latency", description=__doc__)
    parser.add_argument("--rate", type=int, default=200, help="turns a second")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--store", default="rocksdb", choices=("rocksdb", "memory"))
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args(argv)
    with (
        kafka_with_topics() as (kafka, folder),
        WorkerUnderTest(kafka, folder, store=arguments.store) as worker,
    ):
        worker.await_ready()
        found = _measure(kafka, arguments.rate, arguments.seconds)
        found["worker_cpu_seconds"] = round(worker.cpu_seconds(), 2)
        found["worker_resident_mib"] = round(worker.resident_mib())
    print(json.dumps(found, indent=2))
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2) + "\n")
    return 0


def _measure(kafka, rate: int, seconds: int) -> dict[str, float]:
    appended: dict[tuple[str, str], float] = {}
    waits: list[float] = []
    stop = threading.Event()
    ready = threading.Event()

    def follow() -> None:
        with Follower(kafka, (RECOMMENDATIONS,), start="latest") as follower:
            follower.take(timeout_s=0.5)
            ready.set()
            while not stop.is_set():
                item = follower.take(timeout_s=0.2)
                now = time.monotonic()
                if isinstance(item, Received) and isinstance(
                    item.record, RecommendationIssued | RecommendationRefreshed | NothingFound
                ):
                    record = item.record
                    at = appended.get((record.conversation_id, record.trigger_turn_id))
                    if at is not None:
                        waits.append(now - at)

    thread = threading.Thread(target=follow)
    thread.start()
    ready.wait(30)
    wanted = rate * seconds
    records = stamped(max(100, wanted // 12))
    with Producer(kafka, source="/bench", tenant="demo") as producer:
        turns = 0
        due = time.monotonic()
        for said in records:
            now_ms = time.time_ns() // 1_000_000
            record = msgspec.structs.replace(said, occurred_at_ms=now_ms, recorded_at_ms=now_ms)
            if isinstance(record, TurnSaid):
                if turns >= wanted:
                    break
                turns += 1
                due += 1 / rate
                time.sleep(max(0.0, due - time.monotonic()))
                # From before the send: the append itself is part of the wait.
                appended[record.conversation_id, record.turn_id] = time.monotonic()
            producer.send(record)
        producer.flush()
    time.sleep(1.5)
    stop.set()
    thread.join()
    waits.sort()

    def at(share: float) -> float:
        return round(1_000 * waits[min(len(waits) - 1, int(share * len(waits)))], 1)

    return {
        "turns": turns,
        "rate": rate,
        "answers": len(waits),
        "p50_ms": at(0.5),
        "p95_ms": at(0.95),
        "p99_ms": at(0.99),
        "max_ms": at(1.0),
    }
