"""From starting a worker process to `/readyz`, on a log that exists, local Kafka running."""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from ops.bench.stage import WorkerUnderTest, kafka_with_topics, stamped
from ops.chaos.verdict import await_caught_up
from processors.conversation.processor import ConversationProcessor
from streams.client import Producer


def main(argv: Sequence[str] | None = None) -> int:
    """Measure first start, starts on kept state, and starts that read the whole changelog."""
    parser = argparse.ArgumentParser(prog="python -m ops bench startup", description=__doc__)
    parser.add_argument("--conversations", type=int, default=400)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args(argv)
    found: dict[str, float] = {}
    with kafka_with_topics() as (kafka, folder):
        with Producer(kafka, source="/bench", tenant="demo") as producer:
            for record in stamped(arguments.conversations):
                producer.send(record)
            producer.flush()
        (folder / "a").mkdir()
        with WorkerUnderTest(kafka, folder / "a") as worker:
            found["first_start_s"] = round(worker.await_ready(), 2)
            await_caught_up(kafka, ConversationProcessor(), seconds_max=120)
        kept, anew = [], []
        for number in range(3):
            with WorkerUnderTest(kafka, folder / "a") as worker:
                kept.append(worker.await_ready())
            time.sleep(0.5)
            (folder / f"b{number}").mkdir()
            with WorkerUnderTest(kafka, folder / f"b{number}") as worker:
                anew.append(worker.await_ready())
            time.sleep(0.5)
        found["kept_state_s"] = round(statistics.median(kept), 2)
        found["whole_changelog_s"] = round(statistics.median(anew), 2)
    print(json.dumps(found, indent=2))
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2) + "\n")
    return 0
