"""Audit and replay against real Kafka, with an owner that really commits there."""

from __future__ import annotations

import asyncio
from random import Random

import pytest
from click.testing import CliRunner
from kafka import KafkaProducer

from processors.conversation.processor import ConversationProcessor
from schemas import codec
from schemas.records.control import ReferenceArtefact
from streams.cli import cuestream
from streams.replay.audit import audit_kafka
from streams.replay.dialogues import CONTENTS, DIALOGUES
from streams.replay.driver import digest_of, live_tables, replay, table_of
from streams.replay.logs import KafkaLogs
from streams.runtime import ledger
from streams.runtime.commit import Owner
from streams.runtime.kafka_log import KafkaLinks, KafkaPartitionLog
from streams.runtime.ledger import Marker
from streams.runtime.step import Flush, References
from streams.stores.memory import MemoryStore
from streams.topics import REFERENCE, changelog_of
from tests.support.exercises import EPOCH_MS

pytestmark = pytest.mark.kafka


@pytest.fixture
def talk(kafka_settings, engine_topics):
    """Articles and a log of 300 inputs on partition 0."""
    chance = Random(3)
    producer = KafkaProducer(**kafka_settings.for_kafka_python())
    for digest, content in CONTENTS.items():
        artefact = ReferenceArtefact(
            tenant="demo",
            occurred_at_ms=EPOCH_MS,
            reference="assist.articles",
            digest=digest,
            content=content,
        )
        producer.send(REFERENCE, codec.encode(artefact), digest.encode())
    inputs = [*DIALOGUES.prologue, *(draw_at(chance, n) for n in range(300))]
    for key, value, headers in inputs:
        producer.send(ConversationProcessor.log, value, key, headers=list(headers), partition=0)
    producer.flush()
    producer.close()
    return kafka_settings


def draw_at(chance, number):
    return DIALOGUES.draw(chance, EPOCH_MS + number * 1_000, number)


async def committed(kafka, store) -> Owner:
    """Let an owner recover, take in the whole log in small chunks, and commit it."""
    processor = ConversationProcessor()
    references = References(processor.load_reference)
    for digest, content in CONTENTS.items():
        references.add("assist.articles", digest, content)
    links = KafkaLinks(kafka, batch_bytes_max=100_000)
    await links.start()
    partition_log = KafkaPartitionLog(links, processor.name, 0)
    try:
        owner = Owner(processor, 0, store, partition_log, references, batch_bytes_max=5_000)
        await owner.recover()
        with KafkaLogs(kafka) as logs:
            begin, end = logs.spans(processor.log)[0]
            records = [r for run in logs.read(processor.log, 0, begin, end) for r in run]
        for start in range(0, len(records), 37):
            flush = owner.step(records[start : start + 37])
            if isinstance(flush, Flush):
                await owner.commit(flush)
        await owner.look()
    finally:
        await partition_log.close_reader()
        await links.stop()
    return owner


async def test_what_an_owner_commits_on_kafka_is_what_audit_and_replay_find(talk):
    store = MemoryStore()
    owner = await committed(talk, store)

    reports = audit_kafka(talk, ConversationProcessor())
    with KafkaLogs(talk) as logs:
        live = live_tables(logs, "conversation")
        driver = replay(ConversationProcessor(), logs, contents=CONTENTS)

    assert [report.difference for report in reports] == [None] * len(reports)
    assert reports[0].next == reports[0].log_end == owner.committed.next
    assert reports[0].markers_checked == reports[0].markers > 5
    assert live[0][1] == table_of(store, 0) == driver.table(0)
    assert digest_of({0: live[0][1]}) == digest_of({0: driver.table(0)})


async def test_a_second_owner_on_kafka_recovers_the_same_table_and_sends_nothing_twice(talk):
    first, second = MemoryStore(), MemoryStore()
    await committed(talk, first)
    with KafkaLogs(talk) as logs:
        outputs = logs.spans("assist.recommendations.v1")[0]

    owner = await committed(talk, second)

    assert table_of(second, 0) == table_of(first, 0)
    assert owner.committed.epoch == 2
    with KafkaLogs(talk) as logs:
        assert logs.spans("assist.recommendations.v1")[0] == outputs


def cli(*arguments):
    done = CliRunner().invoke(cuestream, list(arguments), catch_exceptions=False)
    return done.exit_code, done.output


def test_audit_and_replay_say_on_the_command_line_what_they_found(talk, tmp_path):
    asyncio.run(committed(talk, MemoryStore()))
    where = ("--bootstrap-servers", talk.bootstrap_servers, "--data-dir", str(tmp_path))

    code, said = cli("audit", *where)
    assert code == 0
    assert "cuestream-conversation-changelog[0]: right at log offset 301 of 301" in said

    code, said = cli("replay", "--compare", *where)
    assert code == 0
    assert said.startswith("conversation:\n301 records, ")
    assert "nothing in handoff.requests.v1" in said
    assert "the same, byte for byte" in said


def test_a_changelog_that_was_tampered_with_fails_the_audit_with_a_sentence(talk, tmp_path):
    asyncio.run(committed(talk, MemoryStore()))
    producer = KafkaProducer(**talk.for_kafka_python())
    topic, stamp = changelog_of("conversation"), ledger.stamp(9, 301)
    producer.send(topic, stamp + b"wrong", ledger.state_key(b"demo:c-0"), partition=0)
    marker = ledger.encode_marker(Marker(epoch=9, next=301))
    producer.send(topic, marker, ledger.MARKER_KEY, partition=0)
    producer.flush()
    producer.close()

    code, said = cli("audit", "--bootstrap-servers", talk.bootstrap_servers)

    assert code == 1
    assert "after log offset 300, the state of demo:c-0 is 5 bytes" in said
    where = ("--bootstrap-servers", talk.bootstrap_servers, "--data-dir", str(tmp_path))
    code, said = cli("replay", "--compare", *where)
    assert code == 1
    assert "different conversation state demo:c-0" in said
    assert "held against live: 1 different in conversation state" in said
