"""Chaos against real Kafka: workers and broker killed at seeded random instants, then the verdict.

`python -m ops chaos --rounds 20 --seed 7 --json chaos.json` lets a storm blow until 20 workers were
killed with SIGKILL, with pauses (zombies), joins, leaves and one broker kill in between, while
dialogues keep coming. Then the tables and outputs on Kafka must be those of the offline driver.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import msgspec

from ops.chaos import dialogues
from ops.chaos.handoffs import run_handoffs
from ops.chaos.storm import Crew, Storm
from ops.chaos.verdict import Verdict, await_caught_up, judge
from streams.broker.admin import ensure_topics
from streams.broker.local import LocalKafka, Supplies
from streams.client import Producer
from streams.processors import all_processors
from streams.reference_publication import publish_reference
from streams.settings import Kafka

ARTICLES = Path(__file__).parents[2] / "streams" / "demo" / "articles.json"
RECORDS_PER_SECOND = 120
CATCH_UP_SECONDS_MAX = 120.0


class Feed:
    """Keeps dialogues coming until told to stop; what Kafka did not take is sent again."""

    def __init__(self, kafka: Kafka, *, conversations: int, seed: int) -> None:
        """Feed at least `conversations` dialogues."""
        self.sent = 0
        self._kafka, self._conversations, self._seed = kafka, conversations, seed
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.fault: BaseException | None = None

    def start(self) -> None:
        """Start feeding."""
        self._thread.start()

    def finish(self) -> None:
        """Send what is left of the present round of dialogues, then stop."""
        self._stop.set()
        self._thread.join()
        if self.fault is not None:
            raise self.fault

    def _run(self) -> None:
        try:
            with Producer(self._kafka, source="/chaos", tenant=dialogues.TENANT) as producer:
                number = 0
                while number == 0 or not self._stop.is_set():
                    self._round(producer, number)
                    number += 1
        except BaseException as fault:  # noqa: BLE001  # told by finish
            self.fault = fault

    def _round(self, producer: Any, number: int) -> None:
        talks = dialogues.records(self._conversations, self._seed)
        pace = time.monotonic()
        for at_ms, record in dialogues.interleaved(talks, self._seed + number):
            renamed = msgspec.structs.replace(
                record,
                conversation_id=f"{record.conversation_id}-{number}",
                occurred_at_ms=at_ms,
                recorded_at_ms=at_ms + number * 86_400_000,
            )
            producer.send(renamed)
            self.sent += 1
            if not self._stop.is_set():
                pace += 1 / RECORDS_PER_SECOND
                time.sleep(max(0.0, pace - time.monotonic()))
            elif number > 0:
                break
        producer.flush(120)


def run_storm(
    *, rounds: int, seed: int, conversations: int, folder: Path, on_line: Any = None
) -> tuple[Verdict, dict[str, int], list[str]]:
    """Let one storm blow on a Kafka of its own.

    Args:
        rounds: How many workers to kill.
        seed: Of everything that is left to chance.
        conversations: Dialogues of one round of feeding.
        folder: For data and logs.
        on_line: Told how it goes.

    Returns:
        The verdict, what was done how often, and faults of workers that ended by themselves.
    """
    say = on_line or (lambda _line: None)
    processors = all_processors()
    broker = LocalKafka(data_dir=folder / "kafka", port=0, supplies=Supplies(is_quiet=True))
    with broker:
        kafka = broker.kafka
        ensure_topics(kafka, partitions=4)
        publish_reference(kafka, "assist.articles", ARTICLES.read_bytes(), tenant=dialogues.TENANT)
        crew = Crew(kafka.bootstrap_servers, folder, {"first": "rocksdb", "second": "memory"})
        feed = Feed(kafka, conversations=conversations, seed=seed)
        feed.start()
        storm = Storm(crew, broker, random.Random(seed), rounds)
        storm.on_round = lambda s: say(f"{dict(s.done)} · {feed.sent} records sent")
        try:
            storm.blow()
            feed.finish()
            caught_up = all(
                await_caught_up(kafka, processor, seconds_max=CATCH_UP_SECONDS_MAX)
                for processor in processors
            )
            crew.look()
        finally:
            crew.end()
        if not caught_up:
            crew.faults.append(f"the log was not taken in within {CATCH_UP_SECONDS_MAX:.0f} s")
        verdict = Verdict()
        for processor in processors:
            verdict = verdict.plus(judge(kafka, processor))
    return verdict, dict(storm.done), crew.faults


def _hand_off(arguments: argparse.Namespace, folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    left, done, faults = run_handoffs(
        handoffs=arguments.handoffs,
        rounds=arguments.rounds,
        seed=arguments.seed,
        folder=folder,
        on_line=lambda line: print(f"  {line}", flush=True),
    )
    found = msgspec.to_builtins(left) | {"seed": arguments.seed, "deeds": done, "faults": faults}
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found))
    return 0 if left.is_good and not faults else 1


def main(argv: list[str] | None = None) -> int:
    """Run a storm and print the verdict; 1 when something was lost, doubled or differs."""
    parser = argparse.ArgumentParser(prog="python -m ops chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="workers to kill")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--conversations", type=int, default=400)
    parser.add_argument("--handoffs", type=int, help="hand this many conversations off instead")
    parser.add_argument("--json", type=Path, help="write the verdict here")
    parser.add_argument("--keep", type=Path, help="keep data and logs in this folder")
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as scratch:
        if arguments.handoffs:
            return _hand_off(arguments, arguments.keep or Path(scratch))
        folder = arguments.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        verdict, done, faults = run_storm(
            rounds=arguments.rounds,
            seed=arguments.seed,
            conversations=arguments.conversations,
            folder=folder,
            on_line=lambda line: print(f"  {line}", flush=True),
        )
    found = {
        "kills": done.get("kills", 0),
        "lost": verdict.lost,
        "doubled": verdict.doubled,
        "repeats": verdict.repeats,
        "equal": verdict.is_equal,
    }
    details = {
        "seed": arguments.seed,
        "deeds": done,
        "verdict": msgspec.to_builtins(verdict),
        "faults": faults,
        "dialogues": "real" if dialogues.real_files() else "invented",
    }
    if arguments.json:
        arguments.json.write_text(json.dumps(found | {"details": details}, indent=2) + "\n")
    print(json.dumps(found))
    for line in [*faults, *filter(None, [verdict.difference])]:
        print(f"  {line}", file=sys.stderr)
    is_good = verdict.is_equal and not faults
    return 0 if is_good else 1
