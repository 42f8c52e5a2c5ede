"""The worker as a process on real Kafka: what it refuses, what it survives, what it answers."""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ops.bench.stage import ROOT, WorkerUnderTest
from ops.chaos import ARTICLES
from schemas.records.conversation import (
    ConversationEnded,
    ConversationOpened,
    RepresentativeAccepted,
    TurnSaid,
)
from streams.api.auth import TOKEN_FILE, read_token
from streams.client import Producer
from streams.client.follower import Follower, Received
from streams.reference_publication import publish_reference
from streams.settings import Kafka
from streams.topics import CONVERSATION_LOG, QUARANTINE, TOPICS
from tests.support.kafka import create_topics, delete_topics

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(120)]

NOW_MS = time.time_ns() // 1_000_000
MONTH_AGO_MS = NOW_MS - 31 * 86_400_000


def about(conversation_id: str, at_ms: int = NOW_MS) -> dict[str, Any]:
    return {
        "tenant": "demo",
        "occurred_at_ms": at_ms,
        "recorded_at_ms": at_ms,
        "conversation_id": conversation_id,
    }


def turn(conversation_id: str, number: int, text: str, author: str = "customer") -> TurnSaid:
    return TurnSaid(**about(conversation_id), turn_id=f"t{number}", author=author, text=text)


def ask(worker: WorkerUnderTest, path: str, token: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", worker.port, timeout=10)
    with contextlib.closing(connection):
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        body = answer.read()
        return answer.status, json.loads(body) if body else None


def until(holds: Callable[[], bool], what: str, seconds_max: float = 40.0) -> None:
    deadline = time.monotonic() + seconds_max
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds_max} s: {what}"
        time.sleep(0.05)


@pytest.fixture
def worker(engine_topics: Any, kafka_settings: Kafka, tmp_path: Path) -> Iterator[WorkerUnderTest]:
    with WorkerUnderTest(kafka_settings, tmp_path) as running:
        running.await_ready()
        yield running


def run_worker(kafka: str, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "streams.cli", "worker", "--bootstrap-servers", kafka,
         "--data-dir", str(folder), "--port", "0", *more],
        capture_output=True, text=True, timeout=60, cwd=ROOT, env=os.environ | {"COLUMNS": "400"},
        check=False,
    )  # fmt: skip


def test_a_worker_without_topics_names_them_and_the_command_that_makes_them(
    kafka_settings: Kafka, tmp_path: Path
):
    delete_topics(kafka_settings, [plan.name for plan in TOPICS])

    ended = run_worker(kafka_settings.bootstrap_servers, tmp_path)

    assert ended.returncode == 1
    assert CONVERSATION_LOG in ended.stderr
    assert "cuestream topics apply" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_worker_refuses_a_changelog_with_another_partition_count(
    kafka_settings: Kafka, tmp_path: Path
):
    delete_topics(kafka_settings, [plan.name for plan in TOPICS])
    create_topics(kafka_settings, [p for p in TOPICS if p.role != "changelog"], 4)
    changelogs = [replace(p, partitions_of="") for p in TOPICS if p.role == "changelog"]
    create_topics(kafka_settings, changelogs, 2)
    try:
        ended = run_worker(kafka_settings.bootstrap_servers, tmp_path)
    finally:
        delete_topics(kafka_settings, [plan.name for plan in TOPICS])

    assert ended.returncode == 1
    assert changelogs[0].name in ended.stderr
    assert "2" in ended.stderr
    assert "4" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_worker_that_cannot_reach_kafka_says_which_address(tmp_path: Path):
    ended = run_worker("127.0.0.1:9", tmp_path)

    assert ended.returncode == 1
    assert "127.0.0.1:9" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_garbage_on_the_log_goes_to_quarantine_and_the_turns_around_it_are_served(
    worker: WorkerUnderTest, kafka_settings: Kafka, tmp_path: Path
):
    with Producer(kafka_settings, source="/test", tenant="demo") as producer:
        producer.send(turn("c-1", 1, "my parcel came and the lamp is broken"))
        for value in (b"not a record", b"\xc3\x01" + b"\0" * 8, b"", b"\xc3\x01short"):
            producer.send_bytes(CONVERSATION_LOG, value, key=b"demo:c-1", headers=())
        producer.send(turn("c-1", 2, "hello?"))
        producer.flush()

    found: list[Any] = []
    with Follower(kafka_settings, (QUARANTINE,), start="earliest") as follower:
        until(lambda: _took(follower, found, 4), "four quarantined records")
    assert {item.record.code for item in found} == {"undecodable", "unknown_schema"}
    assert all(item.record.because for item in found)
    assert b"not a record" in {item.record.value for item in found}
    until(lambda: _turns(worker, tmp_path, "c-1") == 2, "both turns in the table")


def _took(follower: Follower, found: list[Any], wanted: int) -> bool:
    item = follower.take(timeout_s=0.2)
    if isinstance(item, Received):
        found.append(item)
    return len(found) >= wanted


def _token(folder: Path) -> str:
    token = read_token(folder)
    assert token is not None
    return token


def _turns(worker: WorkerUnderTest, folder: Path, conversation_id: str) -> int:
    status, body = ask(worker, f"/v1/conversations/{conversation_id}", _token(folder))
    return body["turns"] if status == 200 else 0


def test_a_conversation_that_ended_a_month_ago_is_forgotten_by_a_tick(
    worker: WorkerUnderTest, kafka_settings: Kafka, tmp_path: Path
):
    with Producer(kafka_settings, source="/test", tenant="demo") as producer:
        old = about("c-old", MONTH_AGO_MS)
        producer.send(ConversationOpened(**old, channel="live_chat"))
        producer.send(ConversationEnded(**old))
        producer.flush()

    def is_forgotten() -> bool:
        status, _ = ask(worker, "/v1/conversations/c-old", _token(tmp_path))
        with Follower(kafka_settings, (CONVERSATION_LOG,), start="earliest") as follower:
            kinds = set()
            while (item := follower.take(timeout_s=0.3)) is not None:
                if isinstance(item, Received):
                    kinds.add(type(item.record).__name__)
        return status == 404 and "Tick" in kinds

    until(is_forgotten, "the state is gone and a tick stands on the log")


def test_any_of_two_workers_answers_for_any_conversation(
    worker: WorkerUnderTest, kafka_settings: Kafka, tmp_path: Path
):
    publish_reference(kafka_settings, "assist.articles", ARTICLES.read_bytes(), tenant="demo")
    names = [f"c-{number}" for number in range(12)]
    with Producer(kafka_settings, source="/test", tenant="demo") as producer:
        for name in names:
            producer.send(ConversationOpened(**about(name), channel="live_chat"))
            producer.send(RepresentativeAccepted(**about(name), representative_id="ann"))
            producer.send(turn(name, 1, "my item arrived damaged, can you send a replacement?"))
        producer.flush()
    second_folder = tmp_path / "second"
    second_folder.mkdir()
    # Workers of one installation share the development token.
    _share_token(tmp_path, second_folder)
    with WorkerUnderTest(kafka_settings, second_folder) as second:
        second.await_ready()
        for one in (worker, second):
            until(
                lambda one=one: all(  # type: ignore[misc]
                    _turns(one, tmp_path, name) == 1 for name in names
                ),
                "every conversation through either worker",
            )
        listed = [
            ask(one, "/v1/conversations?scope=visible&limit=50", _token(tmp_path))[1]["items"]
            for one in (worker, second)
        ]
        for items in listed:
            assert sorted(item["conversation_id"] for item in items) == sorted(names)
        cards = [
            ask(one, f"/v1/conversations/{names[0]}/recommendations", _token(tmp_path))[1]["items"]
            for one in (worker, second)
        ]
        assert cards[0] == cards[1]
        assert cards[0][0]["kind"] == "knowledge_article"


def _share_token(first: Path, second: Path) -> None:
    target = second / TOKEN_FILE
    target.unlink(missing_ok=True)
    target.write_text(_token(first))
    target.chmod(0o600)
