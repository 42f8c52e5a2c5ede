"""Why: the chain behind an id, for those who may see the conversation."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from processors.views.conversation import Access
from schemas import codec
from schemas.records.assist import Candidate, NothingFound
from schemas.records.control import InputRejected, RecordQuarantined, ReferenceChanged
from schemas.records.conversation import TurnSaid
from streams.api.errors import InvalidInputError
from streams.api.explain import (
    Place,
    explain,
    outcomes_of,
    place_of,
    reading,
)
from streams.client.producer import Producer
from streams.runtime.ledger import sequence
from streams.settings import Kafka
from streams.topics import CONVERSATION_LOG, QUARANTINE, RECOMMENDATIONS, REJECTIONS
from tests.api.support import NINE_MS, MemoryLog, body, conversation, node, token

SOURCE = f"/{CONVERSATION_LOG}/0"


def turn(conversation_id: str = "c-1", tenant: str = "demo") -> TurnSaid:
    return TurnSaid(
        tenant=tenant,
        occurred_at_ms=NINE_MS,
        conversation_id=conversation_id,
        turn_id="t-1",
        author="customer",
        author_name="Mia",
        text="where is my refund?",
    )


def nothing(reason: str = "nothing fits") -> NothingFound:
    return NothingFound(
        tenant="demo",
        occurred_at_ms=NINE_MS,
        conversation_id="c-1",
        kind="knowledge_article",
        reason=reason,
        trigger_turn_id="t-1",
        candidates=(
            Candidate(
                item_id="a-1",
                title="Refunds",
                score=0.2,
                key_phrases=("refund",),
                verdict="below_threshold",
            ),
        ),
    )


def derived(offset: int, n: int, source: str = SOURCE) -> list[tuple[str, bytes]]:
    return [
        ("ce_id", f"{source[1:]}/{offset}#{n}".encode()),
        ("ce_source", source.encode()),
        ("ce_sequence", str(sequence(offset, n)).encode()),
    ]


def filled(log: MemoryLog) -> None:
    """Three turns, the middle one with an outcome; a turn of somebody else's."""
    for name in ("c-0", "c-1", "c-2"):
        log.put(CONVERSATION_LOG, 0, turn(name), [("ce_id", name.encode())])
    log.put(CONVERSATION_LOG, 0, b"\xc3\x01 not a record", [])
    for offset in (0, 1, 1, 2):
        log.put(RECOMMENDATIONS, 0, nothing(f"for input {offset}"), derived(offset, 0))


async def test_an_outcome_is_explained_by_its_input_and_its_candidates():
    async with node() as worker, worker.client(token()) as client:
        filled(worker.log)
        worker.put_conversation(conversation("c-1"))
        event_id = f"{CONVERSATION_LOG}/0/1#0"
        found = body(await client.get("/v1/explain", params={"id": event_id}))
        assert found["id"] == event_id
        cause, outcome = found["chain"]
        assert (cause["kind"], cause["type"]) == ("input", "cuestream.conversation.TurnSaid")
        assert (cause["topic"], cause["partition"], cause["offset"]) == (CONVERSATION_LOG, 0, 1)
        assert cause["summary"] == "Mia said: “where is my refund?”"
        assert cause["record"]["text"] == "where is my refund?"
        assert (outcome["kind"], outcome["id"]) == ("event", event_id)
        assert outcome["record"]["reason"] == "for input 1"
        assert found["candidates"] == [
            {
                "item_id": "a-1",
                "title": "Refunds",
                "score": 0.2,
                "key_phrases": ["refund"],
                "verdict": "below_threshold",
            }
        ]


async def test_an_input_is_explained_with_all_its_outcomes():
    async with node() as worker, worker.client(token()) as client:
        filled(worker.log)
        worker.put_conversation(conversation("c-1"))
        refused = InputRejected(
            tenant="demo",
            occurred_at_ms=NINE_MS,
            log=CONVERSATION_LOG,
            partition=0,
            offset=1,
            input_type="TurnSaid",
            subject="demo:c-1",
            code="turn.after_end",
            because="the conversation is over",
        )
        worker.log.put(REJECTIONS, 0, refused, derived(1, 1))
        held = RecordQuarantined(
            tenant="",
            occurred_at_ms=NINE_MS,
            log=CONVERSATION_LOG,
            partition=0,
            offset=1,
            quarantine_id=f"{CONVERSATION_LOG}/0/1",
            processor="conversation",
            code="handler_raised",
            because="it raised",
            traceback="Traceback ...",
            headers={},
        )
        worker.log.put(QUARANTINE, 0, held, derived(1, 2))
        answer = await client.get("/v1/explain", params={"id": f"{CONVERSATION_LOG}/0/1"})
        chain = body(answer)["chain"]
        assert [link["kind"] for link in chain] == ["input", "event", "rejection", "quarantine"]
        assert chain[2]["summary"] == "turn.after_end: the conversation is over"
        assert "Traceback" not in answer.text


async def test_why_is_told_to_those_only_who_may_see_the_conversation():
    async with node() as worker:
        filled(worker.log)
        worker.put_conversation(conversation("c-1", access=Access(tenant="demo", owner="bob")))
        for who, status in (
            (token("bob"), 200),
            (token("ann"), 404),
            (token("ann", roles=["admin"]), 200),
            (token("bob", tenant="other", roles=["admin"]), 404),
        ):
            async with worker.client(who) as client:
                answer = await client.get("/v1/explain", params={"id": f"{CONVERSATION_LOG}/0/1#0"})
                assert answer.status_code == status


async def test_inputs_without_a_conversation_are_for_admins_of_their_tenant():
    changed = ReferenceChanged(
        tenant="demo", occurred_at_ms=NINE_MS, reference="assist.articles", digest="d"
    )
    async with node() as worker:
        worker.log.put(CONVERSATION_LOG, 0, changed, [])
        worker.log.put(CONVERSATION_LOG, 0, b"junk", [])
        for offset, tenant, roles, status in (
            (0, "demo", ["admin"], 200),
            (0, "demo", ["representative"], 404),
            (0, "other", ["admin"], 404),
            (1, "demo", ["admin"], 404),
        ):
            async with worker.client(token("ann", tenant=tenant, roles=roles)) as client:
                answer = await client.get(
                    "/v1/explain", params={"id": f"{CONVERSATION_LOG}/0/{offset}"}
                )
                assert answer.status_code == status


@pytest.mark.parametrize(
    ("event_id", "status"),
    [
        ("nonsense", 422),
        ("conversation.turns.v1/0", 422),
        ("conversation.turns.v1/0/1#x", 422),
        ("conversation.turns.v1/0/99", 404),
        ("conversation.turns.v1/9/1", 404),
        ("conversation.turns.v1/0/1#7", 404),
        ("cuestream-conversation-changelog/0/1", 404),
        ("conversation.turns.v1/0/999999999999999999#0", 404),
    ],
)
async def test_what_is_not_there_is_not_explained(event_id: str, status: int):
    async with node() as worker, worker.client(token()) as client:
        filled(worker.log)
        worker.put_conversation(conversation("c-1"))
        answer = await client.get("/v1/explain", params={"id": event_id})
        assert answer.status_code == status


def test_an_id_says_where_to_look():
    assert place_of("a.b.v1/3/17#2") == Place("a.b.v1", 3, 17, 2)
    assert place_of("a.b.v1/3/17") == Place("a.b.v1", 3, 17, None)
    with pytest.raises(InvalidInputError):
        place_of("a.b.v1/3/17#2 ")


@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.integers(0, 3), min_size=1, max_size=40),
    resent=st.lists(st.tuples(st.integers(0, 60), st.integers(1, 8)), max_size=3),
    others=st.lists(st.integers(0, 60), max_size=10),
    asked=st.integers(0, 45),
)
def test_bisection_finds_all_outcomes_of_an_input_also_among_repeats_and_other_sources(
    counts: list[int], resent: list[tuple[int, int]], others: list[int], asked: int
):
    outcomes = [(offset, n) for offset, count in enumerate(counts) for n in range(count)]
    written: list[tuple[int, int] | None] = []
    for index, outcome in enumerate(outcomes):
        written.append(outcome)
        for place, length in resent:
            if place == index:
                # A new owner sends the last ones again.
                written += outcomes[max(0, index - length) : index + 1]
        written += [None] * others.count(index)
    log = MemoryLog()
    for at in written:
        headers = derived(*at) if at else derived(5, 0, source="/other.log.v1/0")
        log.put(RECOMMENDATIONS, 0, b"x", headers)
    found = asyncio.run(outcomes_of(log, RECOMMENDATIONS, Place(CONVERSATION_LOG, 0, asked, None)))
    wanted = [outcome for outcome in outcomes if outcome[0] == asked]
    assert [record.header("ce_id") for record in found] == [
        f"{CONVERSATION_LOG}/0/{offset}#{n}" for offset, n in wanted
    ]


@pytest.mark.kafka
async def test_an_id_is_explained_from_real_topics(kafka_settings: Kafka, engine_topics: Any):
    with Producer(kafka_settings, source="/chat") as producer:
        placed = [producer.send(turn(f"c-{n % 5}"), id=f"e-{n}") for n in range(200)]
        receipts = [delivery.result(10) for delivery in placed]
        for receipt in sorted(receipts, key=lambda receipt: receipt.offset):
            at = (receipt.offset, 0)
            source = f"/{CONVERSATION_LOG}/{receipt.partition}"
            producer.send_bytes(
                RECOMMENDATIONS,
                codec.encode(nothing(f"for {receipt.id}")),
                key=b"demo:c-1",
                headers=derived(*at, source=source),
                partition=receipt.partition,
            )
    asked = receipts[123]
    async with reading(kafka_settings) as reader:
        event_id = f"{CONVERSATION_LOG}/{asked.partition}/{asked.offset}#0"
        cause = (await reader.read(asked.topic, asked.partition, asked.offset, 1))[0]
        found = await explain(reader, event_id, cause)
    assert [link.id for link in found.chain] == ["e-123", event_id]
    assert found.chain[1].record["reason"] == "for e-123"
