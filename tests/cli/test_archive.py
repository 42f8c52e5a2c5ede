import json
from pathlib import Path
from random import Random

import pytest
from kafka import KafkaProducer

from processors.conversation.processor import ConversationProcessor
from schemas import codec
from schemas.records.control import ReferenceArtefact
from streams.archive.reading import Archive
from streams.broker import admin
from streams.replay.dialogues import CONTENTS, DIALOGUES
from streams.replay.logs import KafkaLogs
from streams.settings import Kafka
from streams.topics import REFERENCE, TopicPlan
from tests.archive.kept import TOPIC, archived, broker_of, everything, files, plain_log
from tests.cli.conftest import Run
from tests.support.exercises import EPOCH_MS
from tests.support.kafka import delete_topics


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    archived(broker_of(plain_log(12, per_day=5), []), tmp_path / "a")
    return tmp_path / "a"


def test_an_archive_is_shown_by_topic_partition_and_day(run: Run, folder: Path):
    result = run("archive", "show", folder)
    assert result.exit_code == 0, result.output
    first, second = result.output.splitlines()
    assert first.startswith(f"{TOPIC}[0]: 12 records, ")
    assert first.endswith("offsets 0 to 11, 2026-01-01 to 2026-01-03")
    assert second == f"{TOPIC}[1]: 0 records, 0 bytes, empty"


def test_records_are_shown_a_line_each_and_decoded_where_a_contract_knows_them(
    run: Run, tmp_path: Path
):
    artefact = ReferenceArtefact(
        tenant="demo", occurred_at_ms=1, reference="r", digest="d", content=b"x"
    )
    drawn = [(b"d\x1b", codec.encode(artefact), (("n", None),), 5, 0), (None, b"odd", (), 6, 2)]
    archived(broker_of(drawn), tmp_path)
    result = run("archive", "show", tmp_path, TOPIC)
    assert "\x1b" not in result.output
    known, odd = map(json.loads, result.output.splitlines())
    assert (known["offset"], known["timestamp_ms"], known["headers"]) == (0, 5, [["n", None]])
    assert known["type"] == "cuestream.control.ReferenceArtefact"
    assert known["record"]["digest"] == "d"
    assert (odd["offset"], odd["key"], odd["value"]) == (3, None, b"odd".hex())
    assert "a record with c3 01" in odd["undecodable"]
    limited = run("archive", "show", tmp_path, TOPIC, "--start", "1", "--limit", "1")
    assert [json.loads(line)["offset"] for line in limited.output.splitlines()] == [3]


def test_a_whole_archive_is_verified_and_a_broken_one_ends_with_one(run: Run, folder: Path):
    result = run("archive", "verify", folder)
    assert result.exit_code == 0, result.output
    assert f"{TOPIC}[0]: right: 12 records, offsets 0 to 11, in 3 files of" in result.output
    path = folder / TOPIC / "0" / "2026-01-02.avro"
    path.write_bytes(path.read_bytes()[:-1])
    result = run("archive", "verify", folder)
    assert result.exit_code == 1
    assert "2026-01-02.avro is broken at byte" in result.output
    assert "offsets 5 to 9 are missing before 10" in result.output


@pytest.mark.parametrize("verb", ["show", "verify"])
def test_a_folder_without_archive_is_a_sentence(run: Run, tmp_path: Path, verb: str):
    result = run("archive", verb, tmp_path / "none")
    assert (result.exit_code, result.output.count("\n")) == (1, 1)
    assert run("archive", verb, tmp_path).exit_code == 1


def test_a_topic_that_is_not_in_the_archive_is_a_sentence(run: Run, folder: Path):
    assert "there is no other in " in run("archive", "show", folder, "other").output
    assert (
        "there is no other in this" in run("archive", "verify", folder, "--topic", "other").output
    )
    result = run("archive", "show", folder, TOPIC, "--partition", "7")
    assert f"there is no partition 7 of {TOPIC}" in result.output


def test_another_name_goes_with_one_topic(run: Run, folder: Path):
    result = run("archive", "restore", folder, "--into", "x")
    assert result.exit_code == 2
    assert "--into goes with exactly one --topic" in result.output


@pytest.mark.kafka
def test_a_log_on_kafka_is_archived_restored_and_replayed(
    run: Run,
    tmp_path: Path,
    kafka_settings: Kafka,
    engine_topics: tuple[TopicPlan, ...],
    fresh_prefix: str,
):
    cluster = ("--bootstrap-servers", kafka_settings.bootstrap_servers)
    log, folder = ConversationProcessor.log, tmp_path / "kept"
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
    chance = Random(4)
    drawn = [DIALOGUES.draw(chance, EPOCH_MS + n * 1_000, n) for n in range(200)]
    for number, (key, value, headers) in enumerate([*DIALOGUES.prologue, *drawn]):
        at_ms = EPOCH_MS + number * 3_600_000
        producer.send(
            log, value, key, headers=list(headers), partition=number % 2, timestamp_ms=at_ms
        )
    producer.flush()
    producer.close()

    result = run("archive", "create", folder, *cluster)
    assert result.exit_code == 0, result.output
    assert f"{log}: 201 records added, 201 archived" in result.output
    assert f"{REFERENCE}: 2 records added" in result.output
    before = files(folder)
    again = run("archive", "create", folder, *cluster)
    assert f"{log}: 0 records added, 201 archived" in again.output
    assert files(folder) == before
    assert run("archive", "verify", folder).exit_code == 0

    copy = f"{fresh_prefix}copy.v1"
    plan = TopicPlan(name=copy, role="log", key="{tenant}", says="A copy.")
    admin.ensure_topics(kafka_settings, [plan], partitions=4)
    try:
        result = run("archive", "restore", folder, "--topic", log, "--into", copy, *cluster)
        assert result.exit_code == 0, result.output
        assert f"{copy}: 201 records restored, 201 there" in result.output
        twice = run("archive", "restore", folder, "--topic", log, "--into", copy, *cluster)
        assert f"{copy}: 0 records restored, 201 there" in twice.output
        with KafkaLogs(kafka_settings) as logs:
            archive = Archive(folder)
            assert everything(logs, copy) == everything(archive, log) == everything(logs, log)
    finally:
        delete_topics(kafka_settings, [copy])

    here = ("--data-dir", tmp_path / "data", "--processor", "conversation")
    from_files = run("replay", "--archive", folder, "--run", "files", *here)
    assert from_files.exit_code == 0, from_files.output
    from_kafka = run("replay", "--run", "log", "--compare", "files", *here, *cluster)
    assert from_kafka.exit_code == 0, from_kafka.output
    assert "held against files: the same, byte for byte" in from_kafka.output
