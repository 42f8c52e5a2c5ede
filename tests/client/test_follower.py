import threading
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from kafka.admin import KafkaAdminClient
from kafka.structs import TopicPartition

from schemas import codec
from streams.client import (
    BrokerUnreachableError,
    Cursor,
    CursorError,
    CursorLostError,
    Follower,
    Producer,
    Received,
    TopicMissingError,
    Unreadable,
    follow,
    load_cursor,
    save_cursor,
)
from streams.topics import CONVERSATION_LOG, RECOMMENDATIONS
from tests.support.records import dismissed, turn


def derive(
    producer: Producer, tenant: str, sequences: Sequence[int], *, source: str | None = None
) -> None:
    """Send derived events as a processor does: with a sequence, one per number given."""
    source = source or f"/{tenant}/0"
    for sequence in sequences:
        record = dismissed(tenant=tenant, item_id=f"KB-{sequence}")
        headers = codec.headers(
            record,
            id=f"{source[1:]}/{sequence}#0",
            source=source,
            extra=[("ce_sequence", str(sequence).encode()), ("ce_processor", b"conversation/1")],
        )
        producer.send_bytes(
            RECOMMENDATIONS, codec.encode(record), key=tenant.encode(), headers=headers
        )
    producer.flush()


def taken(follower: Follower) -> list[str]:
    return [item.record.item_id for item in follower if isinstance(item, Received)]


def at_the_end(servers: str, tenant: str, start: Any = "earliest") -> Follower:
    return Follower(servers, start=start, tenant=tenant, stop_at_end=True)


@pytest.mark.kafka
def test_latest_means_what_comes_after_the_follower_was_made(servers: str, tenant: str):
    with Producer(servers) as producer:
        derive(producer, tenant, [1, 2])
        with Follower(servers, start="latest", tenant=tenant) as follower:
            derive(producer, tenant, [3, 4])
            found = [follower.take(timeout_s=10), follower.take(timeout_s=10)]
            assert [item.record.item_id for item in found if isinstance(item, Received)] == [
                "KB-3",
                "KB-4",
            ]
            assert follower.take(timeout_s=0.05) is None


@pytest.mark.kafka
def test_earliest_yields_all_there_is_in_order_and_stops_at_the_end(servers: str, tenant: str):
    with Producer(servers) as producer:
        derive(producer, tenant, range(300))
    with at_the_end(servers, tenant) as follower:
        assert taken(follower) == [f"KB-{n}" for n in range(300)]
        assert follower.is_at_end
        assert (follower.repeats, follower.unreadable) == (0, follower.unreadable)


@pytest.mark.kafka
def test_a_received_record_says_where_it_stands_and_what_its_envelope_says(
    servers: str, tenant: str
):
    with Producer(servers) as producer:
        derive(producer, tenant, [77])
    (item,) = list(follow(servers, start="earliest", tenant=tenant, stop_at_end=True))
    assert isinstance(item, Received)
    assert (item.topic, item.key) == (RECOMMENDATIONS, tenant.encode())
    assert item.event.sequence == 77
    assert item.event.source == f"/{tenant}/0"
    assert item.event.extensions["processor"] == "conversation/1"


@pytest.mark.kafka
def test_what_a_processor_sends_twice_is_taken_once_and_counted(servers: str, tenant: str):
    with Producer(servers) as producer:
        derive(producer, tenant, [1, 2, 3, 2, 3, 4, 1, 4, 5])
        derive(producer, tenant, [1, 2], source=f"/{tenant}/1")
    with at_the_end(servers, tenant) as follower:
        assert taken(follower) == ["KB-1", "KB-2", "KB-3", "KB-4", "KB-5", "KB-1", "KB-2"]
        assert follower.repeats == 4


@pytest.mark.kafka
@pytest.mark.parametrize("cut", [0, 1, 17, 39])
def test_going_on_from_a_cursor_misses_nothing_and_repeats_nothing(
    servers: str, tenant: str, cut: int
):
    with Producer(servers) as producer:
        derive(producer, tenant, range(40))
        with Follower(servers, start="earliest", tenant=tenant) as follower:
            before = [follower.take(timeout_s=10) for _ in range(cut)]
            saved = follower.cursor.to_json()
        # The processor crashed and sends its last events again, then goes on.
        derive(producer, tenant, range(30, 60))
    with at_the_end(servers, tenant, Cursor.from_json(saved)) as follower:
        after = taken(follower)
    names = [item.record.item_id for item in before if isinstance(item, Received)]
    assert names + after == [f"KB-{n}" for n in range(60)]


@pytest.mark.kafka
def test_what_cannot_be_read_is_yielded_whole_and_the_rest_goes_on(servers: str, tenant: str):
    key = tenant.encode()
    record = dismissed(tenant=tenant)
    with Producer(servers) as producer:
        derive(producer, tenant, [1])
        producer.send_bytes(RECOMMENDATIONS, b"garbage", key=key, headers=[("x", b"y")])
        producer.send_bytes(RECOMMENDATIONS, b"\xc3\x01" + b"\x00" * 12, key=key, headers=[])
        producer.send_bytes(RECOMMENDATIONS, None, key=key, headers=[])
        producer.send_bytes(RECOMMENDATIONS, codec.encode(record), key=key, headers=[])
        derive(producer, tenant, [2])
    with at_the_end(servers, tenant) as follower:
        items = [item for item in follower if item.key == key]
        assert follower.unreadable >= 4
    assert [type(item) for item in items] == [Received, *[Unreadable] * 4, Received]
    broken = [item for item in items if isinstance(item, Unreadable)]
    assert [item.code for item in broken] == [
        "undecodable",
        "unknown_schema",
        "removed",
        "undecodable",
    ]
    assert (broken[0].value, broken[0].headers) == (b"garbage", (("x", b"y"),))
    assert "ce_" in broken[3].because


@pytest.mark.kafka
def test_stop_ends_a_waiting_iteration_from_another_thread(servers: str, tenant: str):
    found: list[object] = []
    with Follower(servers, start="latest", tenant=tenant) as follower:
        reader = threading.Thread(target=lambda: found.extend(follower))
        reader.start()
        started = time.monotonic()
        follower.stop()
        reader.join(5)
        assert not reader.is_alive()
        assert time.monotonic() - started < 3
    assert found == []


@pytest.mark.kafka
def test_only_the_tenant_and_conversation_asked_for_are_yielded(servers: str, tenant: str):
    with Producer(servers) as producer:
        for conversation_id in ("c-1", "c-2", "c-1"):
            producer.send(
                turn(tenant=tenant, conversation_id=conversation_id, turn_id=uuid.uuid4().hex)
            )
        producer.send(turn(tenant=f"{tenant}-x", conversation_id="c-1"))
    with Follower(
        servers,
        [CONVERSATION_LOG],
        start="earliest",
        tenant=tenant,
        conversation_id="c-1",
        stop_at_end=True,
    ) as follower:
        items = list(follower)
    records = [item.record for item in items if isinstance(item, Received)]
    assert [(record.tenant, record.conversation_id) for record in records] == [(tenant, "c-1")] * 2


@pytest.mark.kafka
def test_a_topic_that_is_not_there_is_named(servers: str):
    with pytest.raises(TopicMissingError, match=r"nowhere\.v1"):
        Follower(servers, ["nowhere.v1"], patience_s=0.5)


def test_nobody_at_the_address_is_a_sentence():
    with pytest.raises(BrokerUnreachableError, match="nothing listens"):
        Follower("127.0.0.1:1")


@pytest.mark.kafka
def test_a_cursor_past_the_end_or_before_the_beginning_says_that_records_are_gone(
    servers: str, tenant: str
):
    ahead = Cursor(next={RECOMMENDATIONS: {0: 1_000_000_000}})
    with pytest.raises(CursorLostError, match="records are gone") as caught:
        Follower(servers, start=ahead)
    assert (caught.value.topic, caught.value.partition) == (RECOMMENDATIONS, 0)

    with Producer(servers) as producer:
        derive(producer, tenant, range(5))
        place = producer.send_bytes(
            RECOMMENDATIONS, b"last", key=tenant.encode(), headers=[]
        ).result(10)
        admin = KafkaAdminClient(bootstrap_servers=servers)
        try:
            admin.delete_records(
                {TopicPartition(RECOMMENDATIONS, place.partition): place.offset},
            )
        finally:
            admin.close()
    behind = Cursor(next={RECOMMENDATIONS: {place.partition: place.offset - 3}})
    with pytest.raises(CursorLostError, match="Start from 'earliest'"):
        Follower(servers, start=behind)


places = st.dictionaries(st.text(max_size=20), st.dictionaries(st.integers(0, 99), st.integers(0)))
seen = st.dictionaries(st.text(max_size=20), st.dictionaries(st.text(max_size=20), st.integers(0)))


@given(places, seen)
def test_a_cursor_survives_its_journey_through_json(next_: Any, seen_: Any):
    cursor = Cursor(next=next_, seen=seen_)
    assert Cursor.from_json(cursor.to_json()) == cursor


def test_a_saved_cursor_is_replaced_as_a_whole(tmp_path: Path):
    path = tmp_path / "deep" / "cursor.json"
    assert load_cursor(path) is None
    for offset in (1, 2):
        save_cursor(Cursor(next={"t": {0: offset}}), path)
    assert load_cursor(path) == Cursor(next={"t": {0: 2}})
    assert [file.name for file in path.parent.iterdir()] == ["cursor.json"]


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"[]", b'{"next": 5}', b"\xff\xfe", b'{"version": 2}']
)
def test_a_file_that_holds_no_cursor_is_named(tmp_path: Path, content: bytes):
    path = tmp_path / "cursor.json"
    path.write_bytes(content)
    with pytest.raises(CursorError, match=r"cursor\.json"):
        load_cursor(path)
    with pytest.raises(CursorError):
        load_cursor(tmp_path)
