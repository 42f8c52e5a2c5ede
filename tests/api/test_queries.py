"""Reads: rows as JSON, pages, freshness, and any worker answering for all."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from msgspec.structs import replace

from processors.conversation.processor import ConversationProcessor
from processors.reference import load
from processors.testing import accepted, ended, given, opened, said
from processors.views import conversation as views
from processors.views.conversation import Access, NothingFoundView, RecommendationView
from streams.api.answers import Readiness
from streams.api.rows import PROCESSOR
from streams.api.server import ApiServer
from streams.runtime.ledger import Marker
from streams.settings import Api
from tests.api.support import (
    NINE_MS,
    PARTITIONS,
    Node,
    body,
    conversation,
    node,
    token,
    turn,
)

ADMIN: dict[str, Any] = {"roles": ["admin"]}


def recommendation(order: int, card: str = '{"type":"AdaptiveCard"}') -> RecommendationView:
    return RecommendationView(
        recommendation_id=f"conversation.turns.v1/0/{order}#0",
        kind="knowledge_article",
        item_id=f"a-{order}",
        title="Refunds",
        score=0.8,
        is_highly_relevant=True,
        key_phrases=("refund",),
        reason="it matches",
        card=card,
        trigger_turn_id="t-1",
        trigger_recorded_at_ms=NINE_MS,
        issued_at_ms=NINE_MS + order,
        updated_at_ms=NINE_MS + order,
        reference_digest="d",
        index_version="bm25s-0.3/1",
    )


async def test_a_conversation_is_given_with_the_position_it_stands_for():
    async with node() as worker:
        view = conversation("c-1", preview="hello")
        key = worker.put_conversation(view)
        partition = worker.tables.partition_of(PROCESSOR, key)
        worker.markers[partition] = Marker(epoch=2, next=41, stream_time_ms=NINE_MS)
        async with worker.client(token()) as client:
            found = body(await client.get("/v1/conversations/c-1"))
        assert found["as_of"] == [{"partition": partition, "next": 41, "stream_time_ms": NINE_MS}]
        assert (found["conversation_id"], found["preview"]) == ("c-1", "hello")
        assert found["access"]["owner"] == "ann"


async def test_turns_come_in_order_and_page_by_number():
    async with node() as worker:
        key = worker.put_conversation(conversation("c-1"))
        for number in range(1, 301):
            worker.put(views.TURN, views.turn_key(key, number), turn(number))
        async with worker.client(token()) as client:
            first = body(await client.get("/v1/conversations/c-1/turns"))
            rest = body(await client.get("/v1/conversations/c-1/turns?after=200&limit=500"))
            none = body(await client.get("/v1/conversations/c-1/turns?after=300"))
        assert [item["number"] for item in first["items"]] == list(range(1, 201))
        assert [item["number"] for item in rest["items"]] == list(range(201, 301))
        assert none["items"] == []
        assert len(none["as_of"]) == 1


async def test_recommendations_come_newest_first_with_their_card_as_an_object():
    async with node() as worker:
        key = worker.put_conversation(conversation("c-1"))
        for order in (1, 2, 300):
            place = views.recommendation_key(key, order)
            worker.put(views.RECOMMENDATION, place, recommendation(order))
        kind = NothingFoundView("similar_case", "no case base", NINE_MS, "t-1")
        worker.put(views.NOTHING_FOUND, views.nothing_found_key(key, kind.kind), kind)
        async with worker.client(token()) as client:
            found = body(await client.get("/v1/conversations/c-1/recommendations"))
        assert [item["item_id"] for item in found["items"]] == ["a-300", "a-2", "a-1"]
        assert found["items"][0]["card"] == {"type": "AdaptiveCard"}
        assert found["nothing_found"] == [
            {
                "kind": "similar_case",
                "reason": "no case base",
                "at_ms": NINE_MS,
                "trigger_turn_id": "t-1",
            }
        ]


async def test_what_the_processor_derives_is_what_the_screens_get():
    articles = {
        "articles": [
            {
                "article_id": "a-1",
                "title": "Refund a broken lamp",
                "content": "How to refund a broken lamp: ask for the order number, then refund.",
                "status": "published",
            },
            {
                "article_id": "a-2",
                "title": "Opening hours",
                "content": "We are open from nine to five on weekdays.",
                "status": "published",
            },
        ]
    }
    references = {"assist.articles": load("assist.articles", json.dumps(articles).encode())}
    told = given(
        ConversationProcessor(),
        opened(customer_name="Mia"),
        said("my lamp is broken, I want a refund"),
        accepted("ann"),
        said("let me see", author="representative", author_id="ann"),
        said("the lamp is broken, refund please"),
        references=references,
    )
    async with node() as worker:
        for table in views.VIEWS:
            for key, value in told.rows(table):
                worker.put(table, key, views.decode(table, value))
        async with worker.client(token("ann")) as client:
            listed = body(await client.get("/v1/conversations"))
            turns = body(await client.get("/v1/conversations/c-1/turns"))
            found = body(await client.get("/v1/conversations/c-1/recommendations"))
    assert [item["customer_name"] for item in listed["items"]] == ["Mia"]
    assert len(turns["items"]) == 3
    assert found["items"][0]["item_id"] == "a-1"
    assert found["items"][0]["card"]["type"] == "AdaptiveCard"


async def test_the_newest_activity_comes_first_and_pages_follow_each_other():
    async with node() as worker:
        for number in range(25):
            at_ms = NINE_MS + (number % 7) * 1_000
            worker.put_conversation(conversation(f"c-{number:02}", last_turn_at_ms=at_ms))
        expected = sorted((-(number % 7), f"demo:c-{number:02}".encode()) for number in range(25))
        found: list[str] = []
        cursor = None
        async with worker.client(token()) as client:
            for _ in range(10):
                params = {"limit": "4"} | ({"cursor": cursor} if cursor else {})
                page = body(await client.get("/v1/conversations", params=params))
                found += [item["conversation_id"] for item in page["items"]]
                assert page["total"] == 25
                assert page["is_complete"] is True
                cursor = page["next"]
                if cursor is None:
                    break
        assert found == [key.decode().removeprefix("demo:") for _, key in expected]


async def test_open_ended_and_all_choose_by_the_end():
    told = given(ConversationProcessor(), opened(), accepted("ann"), ended())
    async with node() as worker:
        (row,) = told.rows(views.CONVERSATION)
        worker.put(views.CONVERSATION, row[0], views.decode(views.CONVERSATION, row[1]))
        worker.put_conversation(conversation("c-2"))
        async with worker.client(token(**ADMIN)) as client:
            for state, ids in (("open", {"c-2"}), ("ended", {"c-1"}), ("all", {"c-1", "c-2"})):
                page = body(await client.get(f"/v1/conversations?scope=visible&state={state}"))
                assert {item["conversation_id"] for item in page["items"]} == ids


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=x",
        "scope=all",
        "state=closed",
        "cursor=nonsense",
        "cursor=AAAA",
    ],
)
async def test_a_wrong_parameter_is_named(query: str):
    async with node() as worker, worker.client(token()) as client:
        answer = await client.get(f"/v1/conversations?{query}")
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert query.partition("=")[0] in body(answer)["detail"]


@pytest.mark.parametrize("conversation_id", ["account-1/17", "wa:+49 1", "c#1?x=y", "ü%2F", "a//b"])
async def test_any_printable_id_can_be_asked_for(conversation_id: str):
    async with node() as worker:
        worker.put_conversation(conversation(conversation_id))
        address = "".join(f"%{byte:02X}" for byte in conversation_id.encode())
        async with worker.client(token()) as client:
            for path in ("", "/turns", "/recommendations"):
                answer = await client.get(f"/v1/conversations/{address}{path}")
                assert answer.status_code == 200, answer.text
            assert (
                body(await client.get(f"/v1/conversations/{address}"))["conversation_id"]
                == conversation_id
            )


async def test_before_anything_is_recovered_reads_say_try_again():
    async with node(owned=set()) as worker, worker.client(token()) as client:
        worker.readiness = Readiness(is_ready=False, because="waiting for Kafka")
        for path in ("/v1/conversations", "/v1/conversations/c-1"):
            answer = await client.get(path)
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) >= 1
        ready = await client.get("/readyz")
        assert ready.status_code == 503
        assert body(ready)["detail"] == "waiting for Kafka"
        assert (await client.get("/healthz")).status_code == 200


# Several workers


@contextlib.asynccontextmanager
async def two_workers() -> AsyncIterator[tuple[Node, Node]]:
    """Two workers with two partitions each, listening, that know of each other."""
    async with node(owned={0, 1}) as one, node(owned={2, 3}) as two:
        servers = [ApiServer(worker.app, Api(port=0)) for worker in (one, two)]
        try:
            one.url, two.url = [await server.start() for server in servers]
            one.peers[two.url] = two.owned
            two.peers[one.url] = one.owned
            yield one, two
        finally:
            for server in servers:
                await server.stop()


def share(one: Node, two: Node, count: int) -> dict[str, Node]:
    """Write conversations where they live; return who holds which."""
    homes: dict[str, Node] = {}
    for number in range(count):
        view = conversation(f"c-{number}", last_turn_at_ms=NINE_MS + number)
        key = f"demo:c-{number}".encode()
        home = one if one.tables.partition_of(PROCESSOR, key) in one.owned else two
        home.put_conversation(view)
        home.put(views.TURN, views.turn_key(key, 1), turn(1))
        homes[view.conversation_id] = home
    return homes


async def test_any_worker_answers_for_every_conversation():
    async with two_workers() as (one, two):
        homes = share(one, two, 12)
        assert set(homes.values()) == {one, two}
        for worker in (one, two):
            async with httpx2.AsyncClient(
                base_url=worker.url, headers={"authorization": f"Bearer {token()}"}
            ) as client:
                for name in homes:
                    for path in ("", "/turns", "/recommendations"):
                        answer = await client.get(f"/v1/conversations/{name}{path}")
                        assert answer.status_code == 200, answer.text
                        assert body(answer)["as_of"]
                assert (await client.get("/v1/conversations/c-99")).status_code == 404
        assert one.metrics.registry.get_sample_value(
            "cuestream_forwards_total", {"outcome": "answered"}
        )


async def test_a_list_joins_the_parts_of_all_workers_in_order():
    async with two_workers() as (one, two):
        homes = share(one, two, 12)
        async with httpx2.AsyncClient(
            base_url=one.url, headers={"authorization": f"Bearer {token()}"}
        ) as client:
            first = body(await client.get("/v1/conversations?limit=5"))
            second = body(
                await client.get("/v1/conversations", params={"limit": 50, "cursor": first["next"]})
            )
        ids = [item["conversation_id"] for item in first["items"] + second["items"]]
        assert ids == [f"c-{number}" for number in reversed(range(len(homes)))]
        assert (first["total"], second["total"]) == (12, 12)
        assert second["next"] is None
        assert [as_of["partition"] for as_of in first["as_of"]] == list(range(PARTITIONS))


async def test_a_worker_that_does_not_answer_makes_a_list_incomplete_and_a_read_503():
    async with two_workers() as (one, two):
        homes = share(one, two, 12)
        gone = "http://127.0.0.1:9"
        one.peers = {gone: two.owned}
        here = {name for name, home in homes.items() if home is one}
        there = next(name for name in homes if name not in here)
        async with one.client(token()) as client:
            page = body(await client.get("/v1/conversations"))
            assert {item["conversation_id"] for item in page["items"]} == here
            assert page["is_complete"] is False
            answer = await client.get(f"/v1/conversations/{there}")
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "2"


async def test_a_question_does_not_travel_in_circles():
    async with two_workers() as (one, two):
        homes = share(one, two, 12)
        lost = next(name for name, home in homes.items() if home is one)
        # Each believes that the other has it, as happens while partitions move.
        one.owned.clear()
        two.owned.clear()
        one.peers, two.peers = {two.url: {0, 1, 2, 3}}, {one.url: {0, 1, 2, 3}}
        async with one.client(token()) as client:
            answer = await client.get(f"/v1/conversations/{lost}")
        assert answer.status_code == 503
        assert "moving between workers" in body(answer)["detail"]


async def test_the_system_page_joins_the_partitions_of_all_workers():
    async with two_workers() as (one, two), one.client(token()) as client:
        status: dict[str, Any] = body(await client.get("/v1/system"))
        (processor,) = status["processors"]
        assert processor["name"] == PROCESSOR
        assert [p["partition"] for p in processor["partitions"]] == list(range(PARTITIONS))
        assert status["quarantine"] == {"count": None}
        assert two.owned == {2, 3}


async def test_access_follows_the_row():
    async with node() as worker, worker.client(token("bob")) as client:
        view = conversation("c-1")
        worker.put_conversation(view)
        assert (await client.get("/v1/conversations/c-1")).status_code == 404
        worker.put_conversation(replace(view, access=Access(tenant="demo", owner="bob")))
        assert (await client.get("/v1/conversations/c-1")).status_code == 200
