import json
import uuid
from pathlib import Path

import pytest

from schemas import codec
from schemas.records.control import RecordQuarantined
from streams.client import Follower, Producer, Received, Unreadable
from streams.topics import CONVERSATION_LOG, QUARANTINE
from tests.cli.conftest import Run
from tests.support.records import turn


def quarantine(servers: str, tenant: str, value: bytes, *, partition: int = 2) -> str:
    """Put a record in quarantine as a worker does and return its id."""
    offset = uuid.uuid4().int >> 80
    quarantine_id = f"{CONVERSATION_LOG}/{partition}/{offset}"
    record = RecordQuarantined(
        tenant=tenant,
        occurred_at_ms=5,
        recorded_at_ms=5,
        log=CONVERSATION_LOG,
        partition=partition,
        offset=offset,
        quarantine_id=quarantine_id,
        processor="conversation/1",
        code="handler_raised",
        because="the handler raised ZeroDivisionError",
        traceback="Traceback …\n  line 1\x1b[31m",
        key=f"{tenant}:c-1".encode(),
        value=value,
        headers={"ce_id": b"t-1", "ce_source": b"/chat", "x-raw": b"\xff\x00"},
    )
    with Producer(servers, source="/conversation.turns.v1/2") as producer:
        producer.send(record, topic=QUARANTINE, partition=partition).result(10)
    return quarantine_id


def log_of(servers: str, key: bytes) -> list[Received | Unreadable]:
    with Follower(servers, [CONVERSATION_LOG], start="earliest", stop_at_end=True) as follower:
        return [item for item in follower if item.key == key]


@pytest.mark.kafka
def test_what_waits_is_listed_and_shown_whole(run: Run, cluster: tuple[str, str], tenant: str):
    value = codec.encode(turn(tenant=tenant))
    readable = quarantine(cluster[1], tenant, value)
    garbage = quarantine(cluster[1], tenant, b"\x00\xffgarbage")
    listed = run("quarantine", "list", *cluster).output
    for quarantine_id in (readable, garbage):
        assert f"{quarantine_id}  open  handler_raised  the handler raised" in listed
    shown = run("quarantine", "show", readable, *cluster).output
    assert "cuestream.conversation.TurnSaid {" in shown
    assert '"my lamp is broken"' in shown
    assert "header     x-raw: ff 00  (2 bytes)" in shown
    assert f"key        {tenant}:c-1" in shown
    assert "\x1b" not in shown
    assert "line 1" in shown
    assert "00 ff 67 61" in run("quarantine", "show", garbage, *cluster).output
    as_json = [
        json.loads(line)
        for line in run("quarantine", "list", "--json", *cluster).stdout.splitlines()
    ]
    assert {readable, garbage} <= {case["quarantine_id"] for case in as_json}


@pytest.mark.kafka
def test_a_retry_puts_the_record_back_byte_for_byte_and_only_once(
    run: Run, cluster: tuple[str, str], tenant: str
):
    servers, key = cluster[1], f"{tenant}:c-1".encode()
    value = codec.encode(turn(tenant=tenant))
    quarantine_id = quarantine(servers, tenant, value, partition=1)
    done = run("quarantine", "retry", quarantine_id, "--by", "mia", *cluster)
    assert done.exit_code == 0, done.output
    assert done.output.startswith(f"retried {quarantine_id} as {CONVERSATION_LOG}/1/")

    again = run("quarantine", "retry", quarantine_id, *cluster)
    assert again.exit_code == 1
    assert "was retried before by mia" in again.output
    assert run("quarantine", "discard", quarantine_id, *cluster).exit_code == 1

    with Follower(servers, [CONVERSATION_LOG], start="earliest", stop_at_end=True) as follower:
        found = [item for item in follower if item.key == key]
    # Its envelope lacks attributes, as the bytes it came with did: it is given back as it was.
    (item,) = found
    assert isinstance(item, Unreadable)
    assert (item.partition, item.value) == (1, value)
    assert dict(item.headers) == {
        "ce_id": b"t-1",
        "ce_source": b"/chat",
        "x-raw": b"\xff\x00",
        "retry_of": quarantine_id.encode(),
    }

    assert run("quarantine", "retry", quarantine_id, "--again", *cluster).exit_code == 0
    assert len(log_of(servers, key)) == 2
    assert quarantine_id not in run("quarantine", "list", *cluster).output
    assert f"{quarantine_id}  retried" in run("quarantine", "list", "--all", *cluster).output


@pytest.mark.kafka
def test_what_is_discarded_stays_and_is_not_open_any_more(
    run: Run, cluster: tuple[str, str], tenant: str
):
    quarantine_id = quarantine(cluster[1], tenant, b"garbage", partition=3)
    done = run("quarantine", "discard", quarantine_id, *cluster)
    assert (done.exit_code, done.output) == (0, f"discarded {quarantine_id}\n")
    assert quarantine_id not in run("quarantine", "list", *cluster).output
    assert "discarded" in run("quarantine", "show", quarantine_id, *cluster).output
    assert log_of(cluster[1], f"{tenant}:c-1".encode()) == []


@pytest.mark.kafka
def test_wrong_wishes_are_refused_before_anything_is_done(
    run: Run, cluster: tuple[str, str], tenant: str
):
    quarantine_id = quarantine(cluster[1], tenant, b"garbage")
    assert run("quarantine", "retry", *cluster).exit_code == 2
    assert run("quarantine", "retry", quarantine_id, "--all", *cluster).exit_code == 2
    result = run("quarantine", "retry", quarantine_id, "nowhere/0/0", *cluster)
    assert result.exit_code == 1
    assert "nowhere/0/0 is not in quarantine" in result.output
    assert log_of(cluster[1], f"{tenant}:c-1".encode()) == []


@pytest.mark.kafka
@pytest.mark.parametrize("verb", ["articles", "settings"])
def test_a_published_version_is_announced_once_on_every_partition_after_its_artefact(
    run: Run, cluster: tuple[str, str], tenant: str, tmp_path: Path, verb: str
):
    path = tmp_path / f"{verb}.json"
    article = {
        "article_id": "KB-1",
        "title": "Lamps",
        "content": "All about lamps.",
        "status": "published",
    }
    path.write_text(json.dumps({"articles": [article]} if verb == "articles" else {}))
    done = run(verb, "publish", path, "--tenant", tenant, *cluster)
    assert done.exit_code == 0, done.output
    digest = done.output.strip()
    with Follower(
        cluster[1],
        ["control.reference.v1", CONVERSATION_LOG],
        start="earliest",
        tenant=tenant,
        stop_at_end=True,
    ) as follower:
        found = [item for item in follower if isinstance(item, Received)]
    artefacts = [item for item in found if item.topic != CONVERSATION_LOG]
    changes = [item for item in found if item.topic == CONVERSATION_LOG]
    assert [item.record.content for item in artefacts] == [path.read_bytes()]
    assert artefacts[0].key == digest.encode()
    assert sorted(item.partition for item in changes) == [0, 1, 2, 3]
    assert {(item.record.reference, item.record.digest) for item in changes} == {
        (f"assist.{verb}", digest)
    }
    assert all(item.timestamp_ms >= artefacts[0].timestamp_ms for item in changes)


@pytest.mark.parametrize(
    ("content", "because"),
    [
        (b"", "the file is empty"),
        (b"nonsense", "assist.articles"),
        (b'{"articles": [{"article_id": "x"}]}', "assist.articles"),
        (b'{"articles": 5}', "assist.articles"),
    ],
)
def test_articles_that_say_nothing_useful_are_refused_and_nothing_is_written(
    run: Run, tmp_path: Path, content: bytes, because: str
):
    path = tmp_path / "articles.json"
    path.write_bytes(content)
    # Nothing listens there: had it been about to write, the sentence would be another one.
    result = run("articles", "publish", path, "--bootstrap-servers", "127.0.0.1:1")
    assert result.exit_code == 1
    assert because in result.output
    assert "cannot be reached" not in result.output
    assert "no such file" in run("articles", "publish", tmp_path / "none.json").output
    assert "this is a folder" in run("articles", "publish", tmp_path).output
