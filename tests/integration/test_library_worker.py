"""From history to a conversation that knows what its customer wants, while workers are killed."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ops.bench.stage import WorkerUnderTest
from schemas.records.control import ReferenceChanged
from schemas.records.conversation import (
    ConversationOpened,
    RepresentativeAccepted,
    TurnSaid,
)
from schemas.records.intent import IntentDetected
from schemas.records.library import (
    IntentMined,
    LibraryPublished,
    MiningEnded,
    MiningRequested,
    MiningStarted,
    PublicationDue,
    PublishLibrary,
    StartMining,
)
from streams.cli import cuestream
from streams.client import Follower, Producer, Received
from streams.demo.history import past
from streams.settings import Kafka
from streams.topics import CONVERSATION_LOG, INTENTS, LIBRARY, LIBRARY_LOG

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

TENANT = "lamps"
MINING = "streams.library.mining_worker"
TRAINING = "streams.library.training_worker"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture
def producer(engine_topics: Any, kafka_settings: Kafka) -> Iterator[Producer]:
    with Producer(kafka_settings, source="/test", tenant=TENANT) as made:
        yield made


class Told:
    """What the library's topics say, as it comes."""

    def __init__(self, kafka: Kafka) -> None:
        topics = [LIBRARY_LOG, LIBRARY, INTENTS, CONVERSATION_LOG]
        self._follower = Follower(kafka, topics, start="earliest", tenant=TENANT)
        self.records: list[Any] = []

    def __enter__(self) -> Told:
        self._follower.__enter__()
        return self

    def __exit__(self, *fault: Any) -> None:
        self._follower.__exit__(*fault)

    def of(self, shape: type[Any]) -> list[Any]:
        return [one for one in self.records if isinstance(one, shape)]

    def until(self, holds: Callable[[Any], bool], seconds_max: float = 90) -> Any:
        """Read on to the first record that fits."""
        deadline_s = time.monotonic() + seconds_max
        while time.monotonic() < deadline_s:
            item = self._follower.take(timeout_s=0.25)
            if isinstance(item, Received):
                self.records.append(item.record)
                if holds(item.record):
                    return item.record
        raise AssertionError(f"not told within {seconds_max} s")


def child_of(worker: WorkerUnderTest, module: str, seconds_max: float = 60) -> int:
    """Return the process that a worker has started for a kind of work, once there is one."""
    deadline_s = time.monotonic() + seconds_max
    while time.monotonic() < deadline_s:
        for pid in children_of(worker.process.pid):
            with contextlib.suppress(OSError):
                if module in Path(f"/proc/{pid}/cmdline").read_text().split("\0"):
                    return pid
        time.sleep(0.005)
    raise AssertionError(f"no process of {module} within {seconds_max} s")


def children_of(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                found += map(int, (task / "children").read_text().split())
    return found


def killed(worker: WorkerUnderTest, child: int) -> None:
    """Kill a worker, and see that the process it had started goes too."""
    worker.process.kill()
    worker.process.wait()
    deadline_s = time.monotonic() + 20
    while is_alive(child):
        assert time.monotonic() < deadline_s, "the process of a killed worker goes on"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}


def cli(kafka: Kafka, *words: str) -> str:
    """Run a verb of the library and return what it prints."""
    cluster = ("--tenant", TENANT, "--bootstrap-servers", kafka.bootstrap_servers)
    done = CliRunner().invoke(cuestream, ["library", *words, *cluster])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.rule("CI-01")
def test_history_becomes_a_library_in_force_though_workers_are_killed_on_the_way(
    producer: Producer, kafka_settings: Kafka, tmp_path: Path
):
    history = [one for past_one in past(now_ms(), 200, tenant=TENANT) for one in past_one.records]
    for record in history:
        producer.send(record)
    producer.flush(30)
    common: dict[str, Any] = {"tenant": TENANT, "occurred_at_ms": now_ms()}
    with Told(kafka_settings) as told:
        # Mining: killed before it says a word, killed when it has begun, then left alone.
        with WorkerUnderTest(kafka_settings, tmp_path) as worker:
            worker.await_ready()
            producer.send(StartMining(**common, command_id="m-1", run_id="r-1"))
            killed(worker, child_of(worker, MINING))
        with WorkerUnderTest(kafka_settings, tmp_path) as worker:
            child = child_of(worker, MINING)
            told.until(lambda one: isinstance(one, MiningStarted))
            killed(worker, child)
        with WorkerUnderTest(kafka_settings, tmp_path) as worker:
            ended = told.until(lambda one: isinstance(one, MiningEnded))
            assert (ended.state, ended.because) == ("done", "")
            assert len(told.of(MiningRequested)) == 1
            assert len({one.spans for one in told.of(MiningStarted)}) == 1
            read = json.loads(told.of(MiningStarted)[0].spans)
            assert sum(end - begin for begin, end in read.values()) >= len(history)
            contents: dict[int, set[str]] = {}
            for one in told.of(IntentMined):
                contents.setdefault(one.index, set()).add(one.content)
            assert sorted(contents) == list(range(ended.intents))
            assert all(len(said) == 1 for said in contents.values())

            listed = cli(kafka_settings, "show")
            assert f"0 approved, {ended.added} pending" in listed
            assert "are approved now" in cli(kafka_settings, "review", "approved", "--all")

            # Publishing: killed in the middle of the training.
            producer.send(PublishLibrary(**common, command_id="p-1", note="the first"))
            told.until(lambda one: isinstance(one, PublicationDue))
            killed(worker, child_of(worker, TRAINING))
        with WorkerUnderTest(kafka_settings, tmp_path) as worker:
            published = told.until(lambda one: isinstance(one, LibraryPublished))
            assert published.intents == ended.added
            announced = told.of(ReferenceChanged)
            assert {one.digest for one in announced} == {published.digest}
            assert len(announced) == 4

            # The next conversation knows what its customer wants.
            about = {"conversation_id": "c-new"} | common
            producer.send(ConversationOpened(**about, channel="live_chat"))
            producer.send(
                RepresentativeAccepted(**about, ownership_epoch=1, representative_id="ann")
            )
            said = "please cancel my order"
            producer.send(TurnSaid(**about, turn_id="t-1", author="customer", text=said))
            detected = told.until(lambda one: isinstance(one, IntentDetected))
            assert detected.conversation_id == "c-new"
            assert detected.library_digest == published.digest
            assert detected.intent_id in cli(kafka_settings, "show")

            target = tmp_path / "library.json"
            assert "version 1" in cli(kafka_settings, "export", str(target))
            assert json.loads(target.read_bytes())["format"] == 1
            again = cli(kafka_settings, "import", str(target))
            assert f"{ended.added} known" in again
