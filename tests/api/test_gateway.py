"""The gateway: what is taken, what is refused and why, and that nothing is taken twice or lost."""

from __future__ import annotations

import asyncio
import base64
import gc
import logging
import time
from collections.abc import Sequence
from typing import Any

import httpx2
import msgspec
import pytest

from schemas import codec
from schemas.records.conversation import TurnSaid
from streams.api.appending import Entry, ProducerAppender, Refused
from streams.api.errors import TooManyError
from streams.api.explain import reading
from streams.api.gateway import BODY_BYTES_MAX, TAKEN
from streams.api.limiting import MovingWindow
from streams.client.producer import Limits, Receipt
from streams.settings import Kafka
from tests.api.support import PARTITIONS, MemoryLog, Node, body, node, token, until
from tests.support.kafka import create_topics

TURN = "cuestream.conversation.TurnSaid"
ADAPTER: dict[str, Any] = {"roles": ["adapter"]}


def said(turn_id: str = "t-1", **fields: Any) -> dict[str, Any]:
    given = {"conversation_id": "c-1", "turn_id": turn_id, "author": "customer", "text": "hello"}
    return {"type": TURN, "data": given | fields}


async def post(worker: Node, content: Any, **headers: str) -> httpx2.Response:
    sent = content if isinstance(content, bytes) else msgspec.json.encode(content)
    given = {"content-type": "application/json"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    bearer = given.pop("bearer", token("chat", **ADAPTER))
    async with worker.client(bearer) as client:
        return await client.post("/v1/events", content=sent, headers=given)


async def test_a_turn_is_completed_appended_and_named_by_its_id():
    async with node() as worker:
        before_ms = time.time_ns() // 1_000_000
        answer = await post(worker, said())
        assert answer.status_code == 202
        accepted = body(answer)
        assert len(accepted["accepted"]) == 1
        assert accepted["duplicates"] == []
        (turn,) = worker.log.records()
        assert isinstance(turn, TurnSaid)
        assert (turn.tenant, turn.text) == ("demo", "hello")
        assert turn.occurred_at_ms >= before_ms


async def test_a_client_cannot_say_when_its_record_was_let_in():
    async with node() as worker:
        await post(worker, said(recorded_at_ms=9_000_000_000_000, occurred_at_ms=5))
        (turn,) = worker.log.records()
        # 0 tells the producer to stamp it, in the order of the log.
        assert (turn.recorded_at_ms, turn.occurred_at_ms) == (0, 5)


async def test_the_same_turn_is_written_once_however_often_it_is_sent():
    async with node() as worker:
        first = body(await post(worker, [said("t-1"), said("t-2"), said("t-1")]))
        again = body(await post(worker, [said("t-2"), said("t-3")]))
        assert (len(first["accepted"]), len(first["duplicates"])) == (2, 1)
        assert (len(again["accepted"]), len(again["duplicates"])) == (1, 1)
        assert again["duplicates"] == first["accepted"][1:]
        assert [turn.turn_id for turn in worker.log.records()] == ["t-1", "t-2", "t-3"]


async def test_given_ids_count_within_their_source():
    async with node() as worker:
        for source in ("/chat", "/mail"):
            for _ in range(2):
                await post(worker, said("t-1") | {"id": "7", "source": source})
        assert len(worker.log.records()) == 2


class SlowLog(MemoryLog):
    """A log whose acknowledgement is let through by the test."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.asked = 0

    async def append(self, entries: Sequence[Entry]) -> list[Receipt | Refused]:
        self.asked += 1
        await self.gate.wait()
        return await super().append(entries)


@pytest.mark.parametrize("is_down", [False, True])
async def test_two_that_send_the_same_at_once_both_learn_what_became_of_it(is_down: bool):
    log = SlowLog()
    async with node(appender=log) as worker:
        # In opposite order: neither may wait for the other while it holds a claim.
        first = asyncio.create_task(post(worker, [said("t-1"), said("t-2")]))
        second = asyncio.create_task(post(worker, [said("t-2"), said("t-1"), said("t-3")]))
        await until(lambda: log.asked == 2)
        if is_down:
            log.down = "nobody answers."
        log.gate.set()
        answers = await asyncio.gather(first, second)
        if is_down:
            assert [answer.status_code for answer in answers] == [503, 503]
            assert log.records() == []
        else:
            assert [answer.status_code for answer in answers] == [202, 202]
            assert sorted(turn.turn_id for turn in log.records()) == ["t-1", "t-2", "t-3"]


async def test_what_the_broker_did_not_take_is_written_when_it_is_sent_again():
    async with node() as worker:
        worker.log.down = "Kafka at 127.0.0.1:9 cannot be reached."
        answer = await post(worker, [said("t-1"), said("t-2")])
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "2"
        assert "cannot be reached" in body(answer)["detail"]
        worker.log.down = None
        assert len(body(await post(worker, [said("t-1"), said("t-2")]))["accepted"]) == 2
        assert len(worker.log.records()) == 2


@pytest.mark.parametrize(
    ("event", "field", "words"),
    [
        ({"data": {}}, "type", "1 to 1,024"),
        ({"type": "cuestream.Nothing", "data": {}}, "type", "no such contract"),
        (
            {"type": "cuestream.assist.RecommendationIssued", "data": {}},
            "type",
            "nobody puts it on a log",
        ),
        ({"type": TURN}, "data", "missing"),
        ({"type": TURN, "data": []}, "data", "missing"),
        (said(text=5), "data.text", "text"),
        (said(author="robot"), "data.author", "customer"),
        (said(author=None), "data.author", ""),
        (said(nonsense=1), "data.nonsense", ""),
        (said(conversation_id="c\x00x"), "data.conversation_id", "printable"),
        (said(conversation_id="c" * 300), "data.conversation_id", ""),
        (said() | {"id": ""}, "id", "printable"),
        (said() | {"id": "a\nb"}, "id", "printable"),
        (said() | {"source": 5}, "source", "printable"),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_written(
    event: dict[str, Any], field: str, words: str
):
    async with node() as worker:
        for content, place in ((event, ""), ([said("t-9"), event], "[1].")):
            answer = await post(worker, content)
            assert answer.status_code == 422
            problem = body(answer)
            assert problem["errors"][0]["field"] == place + field
            assert words in problem["detail"]
        assert worker.log.records() == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"nonsense",
        b"\xff\xfe",
        b"[]",
        b"5",
        b'"text"',
        b"[5]",
        b"[" * 100_000,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b'{"type":"x","deep":' + b"[" * 40 + b"]" * 40 + b"}",
    ],
)
async def test_garbage_is_refused_with_a_sentence(content: bytes):
    async with node() as worker:
        answer = await post(worker, content)
        assert answer.status_code == 422
        assert body(answer)["detail"].endswith(".")
        assert worker.log.records() == []


async def test_a_body_beyond_the_cap_is_refused_before_it_is_read():
    async with node() as worker:
        for size in (BODY_BYTES_MAX + 1, 10 * BODY_BYTES_MAX):
            answer = await post(worker, said(text="x" * size))
            assert answer.status_code == 413
            assert "Send smaller batches" in body(answer)["detail"]

        async def endless() -> Any:
            for _ in range(100):
                yield b"x" * 65_536

        async with worker.client(token("chat", **ADAPTER)) as client:
            answer = await client.post("/v1/events", content=endless())
            assert answer.status_code == 413
        many = await post(worker, [{"type": "x"}] * 1_001)
        assert many.status_code == 413
        assert worker.log.records() == []


async def test_another_tenants_record_is_refused():
    async with node() as worker:
        assert (await post(worker, said(tenant="other"))).status_code == 403
        assert (await post(worker, said(tenant="demo"))).status_code == 202


async def test_writing_for_others_takes_a_role_and_control_records_take_admin():
    tick = {"type": "cuestream.control.Tick", "data": {}}
    async with node() as worker:
        plain = await post(worker, said(), bearer=token("ann", roles=["representative"]))
        assert plain.status_code == 403
        assert (await post(worker, tick)).status_code == 403
        admin = token("root", roles=["admin"])
        answer = await post(worker, tick | {"id": "tick-1"}, bearer=admin)
        assert body(answer)["accepted"] == ["tick-1"]
        # A record without a key concerns every partition of its log.
        assert sorted(partition for _, partition in worker.log.topics) == list(range(PARTITIONS))


def test_only_what_a_log_lists_is_taken():
    assert TURN in TAKEN
    assert "cuestream.assist.DismissRecommendation" in TAKEN
    assert "cuestream.assist.RecommendationIssued" not in TAKEN
    assert "cuestream.control.ReferenceArtefact" not in TAKEN
    assert "cuestream.control.RecordQuarantined" not in TAKEN


@pytest.mark.parametrize("media", ["application/cloudevents+json", "application/json"])
async def test_a_structured_cloudevent_is_taken(media: str):
    event = said() | {"specversion": "1.0", "id": "e-1", "source": "/chat"}
    async with node() as worker:
        answer = await post(worker, event, content_type=f"{media}; charset=utf-8")
        assert body(answer)["accepted"] == ["e-1"]
        without_id = {name: value for name, value in event.items() if name != "id"}
        assert (await post(worker, without_id, content_type=media)).status_code == 422
        old = event | {"specversion": "0.3"}
        assert (await post(worker, old, content_type=media)).status_code == 422


async def test_a_batch_of_cloudevents_is_taken():
    batch = [
        said(f"t-{n}") | {"specversion": "1.0", "id": f"e-{n}", "source": "/chat"} for n in range(3)
    ]
    media = "application/cloudevents-batch+json"
    async with node() as worker:
        answer = await post(worker, batch, content_type=media)
        assert body(answer)["accepted"] == ["e-0", "e-1", "e-2"]
        assert (await post(worker, batch[0], content_type=media)).status_code == 422
        single = "application/cloudevents+json"
        assert (await post(worker, batch, content_type=single)).status_code == 422


@pytest.mark.parametrize("media", ["application/json", "application/avro"])
async def test_a_binary_cloudevent_is_taken_as_json_or_avro(media: str):
    turn = TurnSaid(
        tenant="demo",
        occurred_at_ms=5,
        conversation_id="c-1",
        turn_id="t-1",
        author="customer",
        text="hello",
    )
    content = codec.encode(turn) if media == "application/avro" else said()["data"]
    attributes = {
        "ce_specversion": "1.0",
        "ce_type": TURN,
        "ce_id": "e-1",
        "ce_source": "/chat",
        "content_type": media,
    }
    async with node() as worker:
        assert body(await post(worker, content, **attributes))["accepted"] == ["e-1"]
        (written,) = worker.log.records()
        assert written.text == "hello"
        wrong = attributes | {"ce_type": "cuestream.control.Tick"}
        assert (await post(worker, content, **wrong)).status_code in {403, 422}
        assert (await post(worker, b"\xc3\x01junk", **attributes)).status_code == 422
        odd = attributes | {"content_type": "text/csv"}
        assert (await post(worker, content, **odd)).status_code == 415


async def test_data_base64_holds_avro():
    turn = TurnSaid(
        tenant="demo",
        occurred_at_ms=5,
        conversation_id="c-1",
        turn_id="t-1",
        author="customer",
        text="hello",
    )
    event = {
        "specversion": "1.0",
        "type": TURN,
        "id": "e-1",
        "source": "/chat",
        "data_base64": base64.b64encode(codec.encode(turn)).decode(),
    }
    async with node() as worker:
        assert (await post(worker, event)).status_code == 202
        assert (await post(worker, event | {"data_base64": "!"})).status_code == 422


async def test_a_foreign_content_type_is_refused():
    async with node() as worker:
        answer = await post(worker, b"a,b", content_type="text/csv")
        assert answer.status_code == 415
        assert "application/json" in body(answer)["detail"]


def test_the_moving_window_lets_through_its_units_and_says_when_to_come_back():
    window = MovingWindow(units_max=10, window_s=60)
    window.take("ann", 6)
    window.take("ann", 4)
    with pytest.raises(TooManyError) as refusal:
        window.take("ann")
    assert 1 <= int(refusal.value.headers["Retry-After"]) <= 121
    window.take("bob", 10)


async def test_too_much_from_one_principal_is_refused_for_a_while():
    async with node() as worker:
        worker.app.state.parts.gateway._window = MovingWindow(units_max=3, window_s=60)
        assert (await post(worker, [said(f"t-{n}") for n in range(3)])).status_code == 202
        answer = await post(worker, said("t-9"))
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) >= 1
        assert (await post(worker, said("t-9"), bearer=token("b", **ADAPTER))).status_code == 202


async def test_a_broker_that_is_not_there_gives_503_and_a_time_to_come_back():
    closed = Kafka(bootstrap_servers="127.0.0.1:9")
    async with node(appender=ProducerAppender(closed)) as worker:
        for _ in range(2):
            answer = await post(worker, said())
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "2"
            assert "nothing listens at 127.0.0.1:9" in body(answer)["detail"]


@pytest.mark.kafka
async def test_what_is_answered_202_is_on_kafka(kafka_settings: Kafka, engine_topics: Any):
    async with node(appender=ProducerAppender(kafka_settings), kafka=kafka_settings) as worker:
        answer = await post(worker, [said(f"t-{n}") for n in range(50)])
        assert len(body(answer)["accepted"]) == 50
        turns = await read_all(kafka_settings, "conversation.turns.v1")
        assert [turn.turn_id for turn in turns] == [f"t-{n}" for n in range(50)]
        stamps = [turn.recorded_at_ms for turn in turns]
        assert stamps == sorted(stamps)
        assert stamps[0] > 1_700_000_000_000
        tick = {"type": "cuestream.control.Tick", "data": {}}
        admin = token("root", roles=["admin"])
        assert (await post(worker, tick, bearer=admin)).status_code == 202
        assert len(await read_all(kafka_settings, "conversation.turns.v1")) == 50 + PARTITIONS


@pytest.mark.kafka
# kafka-python forgets to close the sockets of connections that were refused.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
async def test_a_broker_that_stops_answering_gives_503_and_what_was_taken_is_not_written_twice(
    own_kafka: Any, caplog: pytest.LogCaptureFixture
):
    # Its log lines hold tracebacks, and with them those sockets, for as long as the test lasts.
    caplog.set_level(logging.CRITICAL + 1, "kafka")
    broker = own_kafka()
    create_topics(broker.kafka)
    await lose_the_broker(broker)
    # Here, and not while another test runs.
    gc.collect()


async def lose_the_broker(broker: Any) -> None:
    appender = ProducerAppender(broker.kafka, limits=QUICK)
    async with node(appender=appender, kafka=broker.kafka) as worker:
        assert (await post(worker, said("t-1"))).status_code == 202
        broker.kill()
        answer = await post(worker, [said("t-1"), said("t-2")])
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "2"


QUICK = Limits(linger_ms=1, room_timeout_s=0.5, delivery_timeout_s=2.0)


async def read_all(kafka: Kafka, topic: str) -> list[Any]:
    found: list[Any] = []
    async with reading(kafka) as reader:
        for partition in range(PARTITIONS):
            at, end = await reader.span(topic, partition)
            while at < end:
                records = await reader.read(topic, partition, at, 500)
                found += [codec.decode(record.value or b"") for record in records]
                at = records[-1].offset + 1
    return found
