"""Live streams over HTTP: what a reader sees as it happens, and what they never see."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import msgspec
import pytest

from processors.views import conversation as views
from processors.views.conversation import Access, ConversationView, RecommendationView
from streams.api.feed import ChangelogFeed, Cursor, FeedLimits
from streams.api.live import Streams
from streams.api.server import ApiServer
from streams.runtime import ledger
from streams.settings import Api, Kafka
from streams.topics import changelog_of, changelog_plan
from tests.api.changelog import Rows, Writer, conversation_rows, writing
from tests.api.support import (
    NINE_MS,
    PARTITIONS,
    Node,
    body,
    conversation,
    node,
    token,
    turn,
    until,
)
from tests.support.kafka import create_topics, delete_topics

pytestmark = pytest.mark.kafka

ANN = Access(tenant="demo", owner="ann")
BOB = Access(tenant="demo", owner="bob")


class Event(msgspec.Struct):
    """One server-sent event."""

    type: str
    data: Any
    id: str


class Desk:
    """A listening worker, and the runtime's part: committing rows and applying them."""

    def __init__(self, worker: Node, url: str, writer: Writer) -> None:
        self.worker, self.url, self._writer = worker, url, writer

    async def commit(self, *views_and_turns: ConversationView | tuple[str, int]) -> None:
        """Commit rows as one batch per partition, then apply them to the store."""
        batches: dict[int, dict[bytes, bytes | None]] = {}
        for item in views_and_turns:
            rows = conversation_rows(item) if isinstance(item, ConversationView) else turns(*item)
            for key, value in rows.items():
                home = ledger.read_row_key(key)[1].partition(b"\0")[0]
                partition = self.worker.tables.partition_of("conversation", home)
                batches.setdefault(partition, {})[key] = value
        for partition, rows in batches.items():
            await self._writer.commit(partition, rows)
            self.worker.store.apply(partition, rows.items(), 0)

    async def commit_rows(self, partition: int, rows: Rows) -> None:
        await self._writer.commit(partition, rows)

    @contextlib.asynccontextmanager
    async def follow(
        self, who: str, cursor: str | None = None, **query: str
    ) -> AsyncIterator[AsyncIterator[Event]]:
        headers = {"authorization": f"Bearer {who}"}
        if cursor is not None:
            headers["last-event-id"] = cursor
        async with (
            httpx2.AsyncClient(base_url=self.url, headers=headers, timeout=10) as client,
            client.stream("GET", "/v1/stream", params=query) as answer,
        ):
            assert answer.status_code == 200, await answer.aread()
            assert answer.headers["content-type"].startswith("text/event-stream")
            yield events(answer)


async def events(answer: httpx2.Response) -> AsyncIterator[Event]:
    """Read a stream as the HTML standard says."""
    kind, data, last_id = "message", "", ""
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if name == "event":
            kind = value
        elif name == "data":
            data += value
        elif name == "id":
            last_id = value
        elif line == "" and data:
            yield Event(kind, msgspec.json.decode(data), last_id)
            kind, data = "message", ""


async def take(stream: AsyncIterator[Event], count: int) -> list[Event]:
    found: list[Event] = []
    async with asyncio.timeout(10):
        while len(found) < count:
            found.append(await anext(stream))
    return found


def turns(name: str, number: int, tenant: str = "demo") -> dict[bytes, bytes | None]:
    key = views.turn_key(f"{tenant}:{name}".encode(), number)
    return {ledger.row_key(views.TURN, key): views.encode(turn(number, f"turn {number}"))}


def seen(found: list[Event]) -> list[tuple[str, str]]:
    return [(event.data["table"], event.data["conversation_id"]) for event in found]


@pytest.fixture
async def desk(kafka_settings: Kafka, fresh_prefix: str) -> Any:
    processor = f"{fresh_prefix}conversation"
    plan = changelog_plan(processor, changelog_of(processor))
    await asyncio.to_thread(create_topics, kafka_settings, [plan], PARTITIONS)
    feed = ChangelogFeed(
        kafka_settings, processor, PARTITIONS, limits=FeedLimits(recent_s=0.0, linger_s=0.1)
    )
    async with (
        writing(kafka_settings, processor) as writer,
        node(feed=feed, kafka=kafka_settings) as worker,
    ):
        server = ApiServer(worker.app, Api(port=0))
        await server.start()
        try:
            yield Desk(worker, server.url, writer)
        finally:
            await server.stop()
    await asyncio.to_thread(delete_topics, kafka_settings, [plan.name])


async def test_a_reader_sees_the_rows_of_their_conversations_as_they_are_committed(desk: Desk):
    async with desk.follow(token("ann")) as stream:
        (hello,) = await take(stream, 1)
        assert hello.type == "hello"
        assert hello.data["cursor"] == hello.id
        view = conversation("c-1", access=ANN, preview="turn 1")
        started_s = time.perf_counter()
        # The turn stands before the row that says who may see it, as it may in one batch.
        await desk.commit(("c-1", 1), view)
        said, row = await take(stream, 2)
        assert time.perf_counter() - started_s < 2.0
        assert seen([said, row]) == [("turn", "c-1"), ("conversation", "c-1")]
        assert said.data["value"]["text"] == "turn 1"
        key = base64.b64decode(said.data["key"])
        assert key == views.turn_key(b"demo:c-1", 1)
        assert row.data["value"]["preview"] == "turn 1"
        assert row.data["next"] == said.data["next"] == 1
        async with httpx2.AsyncClient(
            headers={"authorization": f"Bearer {token('ann')}"}
        ) as client:
            read = body(await client.get(f"{desk.url}/v1/conversations/c-1"))
        read.pop("as_of")
        assert read == row.data["value"]


async def test_nobody_sees_rows_of_others(desk: Desk):
    async with (
        desk.follow(token("ann")) as anns,
        desk.follow(token("bob")) as bobs,
        desk.follow(token("ann", tenant="other", roles=["admin"])) as others,
        desk.follow(token("eve", roles=["admin"])) as admins,
    ):
        for stream in (anns, bobs, others, admins):
            await take(stream, 1)
        await desk.commit(
            conversation("c-1", access=ANN), ("c-1", 1), conversation("c-2", access=BOB), ("c-2", 1)
        )
        # What comes last tells that nothing else came before.
        await desk.commit(
            conversation("last-a", access=ANN),
            conversation("last-b", access=BOB),
            conversation("last-o", tenant="other", access=Access(tenant="other")),
        )
        everything = {"c-1", "c-2", "last-a", "last-b"}
        for stream, ids, count in (
            (anns, {"c-1", "last-a"}, 3),
            (bobs, {"c-2", "last-b"}, 3),
            (others, {"last-o"}, 1),
            (admins, everything, 6),
        ):
            assert {name for _, name in seen(await take(stream, count))} == ids


async def test_a_reader_resumes_after_the_last_event_without_a_hole(desk: Desk):
    await desk.commit(conversation("c-1", access=ANN))
    async with desk.follow(token("ann")) as stream:
        await take(stream, 1)
        await desk.commit(("c-1", 1), ("c-1", 2), ("c-1", 3))
        found = await take(stream, 2)
    await desk.commit(("c-1", 4))
    async with desk.follow(token("ann"), cursor=found[-1].id) as stream:
        await desk.commit(("c-1", 5))
        hello, *rest = await take(stream, 4)
        assert hello.type == "hello"
        assert [event.data["value"]["number"] for event in rest] == [3, 4, 5]
    async with desk.follow(token("ann"), cursor=rest[0].id) as stream:
        again = await take(stream, 3)
        assert [event.data["value"]["number"] for event in again[1:]] == [4, 5]


async def test_a_cursor_from_a_log_that_is_gone_leads_to_a_snapshot(desk: Desk):
    async with desk.follow(token("ann")) as stream:
        (hello,) = await take(stream, 1)
    feed: ChangelogFeed = desk.worker.app.state.parts.feed
    positions = dict.fromkeys(range(PARTITIONS), (10_000, 1))
    gone = Cursor(positions, int(time.time())).encode()
    async with desk.follow(token("ann"), cursor=gone) as stream:
        hello, snapshot = await take(stream, 2)
        assert (hello.type, snapshot.type) == ("hello", "snapshot")
        assert "no longer holds" in snapshot.data["reason"]
        await desk.commit(conversation("c-1", access=ANN))
        assert seen(await take(stream, 1)) == [("conversation", "c-1")]
    assert feed.positions()


async def test_who_loses_a_conversation_is_told_that_it_is_gone(desk: Desk):
    async with desk.follow(token("ann")) as anns, desk.follow(token("bob")) as bobs:
        await take(anns, 1)
        await take(bobs, 1)
        view = conversation("c-1", access=ANN)
        await desk.commit(view)
        await take(anns, 1)
        await desk.commit(conversation("c-1", access=BOB, preview="for bob only"))
        await desk.commit(("c-1", 2), conversation("c-9", access=ANN))
        gone, other = await take(anns, 2)
        assert (gone.data["conversation_id"], gone.data["value"]) == ("c-1", None)
        assert other.data["conversation_id"] == "c-9"
        mine, said = await take(bobs, 2)
        assert mine.data["value"]["preview"] == "for bob only"
        assert said.data["table"] == "turn"


async def test_what_was_known_of_access_does_not_outlive_the_feed(desk: Desk):
    feed: ChangelogFeed = desk.worker.app.state.parts.feed
    async with desk.follow(token("ann")) as stream:
        await take(stream, 1)
        await desk.commit(conversation("c-1", access=ANN))
        await take(stream, 1)
    await until(lambda: feed.positions() == {})
    # While nobody follows, the conversation passes to bob.
    await desk.commit(conversation("c-1", access=BOB))
    async with desk.follow(token("ann")) as stream:
        await take(stream, 1)
        await desk.commit(("c-1", 2))
        await desk.commit(conversation("c-9", access=ANN))
        assert seen(await take(stream, 1)) == [("conversation", "c-9")]


async def test_a_removed_row_comes_as_null_and_a_card_as_an_object(desk: Desk):
    view = conversation("c-1", access=ANN)
    await desk.commit(view)
    partition = desk.worker.tables.partition_of("conversation", b"demo:c-1")
    card = RecommendationView(
        recommendation_id="x/0/1#0",
        kind="knowledge_article",
        item_id="a-1",
        title="Refunds",
        score=0.8,
        is_highly_relevant=True,
        key_phrases=("refund",),
        reason="it matches",
        card='{"type":"AdaptiveCard"}',
        trigger_turn_id="t-1",
        trigger_recorded_at_ms=NINE_MS,
        issued_at_ms=NINE_MS,
        updated_at_ms=NINE_MS,
        reference_digest="d",
        index_version="1",
    )
    key = ledger.row_key(views.RECOMMENDATION, views.recommendation_key(b"demo:c-1", 1))
    async with desk.follow(token("ann")) as stream:
        await take(stream, 1)
        await desk.commit_rows(partition, {key: views.encode(card)})
        await desk.commit_rows(partition, {key: None})
        shown, removed = await take(stream, 2)
        assert shown.data["value"]["card"] == {"type": "AdaptiveCard"}
        assert removed.data["value"] is None
        assert removed.data["key"] == shown.data["key"]


async def test_a_stream_of_one_conversation_has_nothing_else(desk: Desk):
    await desk.commit(conversation("c-1", access=ANN), conversation("c-11", access=ANN))
    async with desk.follow(token("ann"), conversation="c-1") as stream:
        await take(stream, 1)
        await desk.commit(("c-11", 1))
        await desk.commit(("c-1", 1))
        assert seen(await take(stream, 1)) == [("turn", "c-1")]
    async with httpx2.AsyncClient(headers={"authorization": f"Bearer {token('bob')}"}) as client:
        answer = await client.get(f"{desk.url}/v1/stream?conversation=c-1")
        assert answer.status_code == 404


async def test_a_stream_ends_when_the_token_does(desk: Desk):
    brief = token("ann", expires_in_s=2)
    async with desk.follow(brief) as stream:
        await take(stream, 1)
        async with asyncio.timeout(6):
            assert [event async for event in stream] == []


async def test_an_idle_stream_is_kept_alive_with_a_cursor(desk: Desk):
    streams: Streams = desk.worker.app.state.parts.streams
    streams._keep_alive_s = 0.05
    headers = {"authorization": f"Bearer {token('ann')}"}
    async with (
        httpx2.AsyncClient(headers=headers) as client,
        client.stream("GET", f"{desk.url}/v1/stream") as answer,
    ):
        lines = answer.aiter_lines()
        async with asyncio.timeout(5):
            async for line in lines:
                if line == ": keep-alive":
                    break
            assert (await anext(lines)).startswith("id: ")


async def test_at_most_eight_streams_are_open_for_one_principal(desk: Desk):
    async with contextlib.AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(desk.follow(token("ann"))) for _ in range(8)]
        for stream in streams:
            await take(stream, 1)
        async with httpx2.AsyncClient(base_url=desk.url) as client:
            ninth = await client.get(
                "/v1/stream", headers={"authorization": f"Bearer {token('ann')}"}
            )
            assert ninth.status_code == 429
            assert int(ninth.headers["retry-after"]) >= 1
        other = await stack.enter_async_context(desk.follow(token("bob")))
        await take(other, 1)
    feed: ChangelogFeed = desk.worker.app.state.parts.feed
    # Every stream that its reader left is let go.
    await until(lambda: feed.readers == 0)
    assert desk.worker.metrics.registry.get_sample_value("cuestream_streams_open") == 0
    async with desk.follow(token("ann")) as stream:
        await take(stream, 1)


async def test_stopping_the_server_ends_streams_at_once(kafka_settings: Kafka, fresh_prefix: str):
    processor = f"{fresh_prefix}conversation"
    plan = changelog_plan(processor, changelog_of(processor))
    await asyncio.to_thread(create_topics, kafka_settings, [plan], PARTITIONS)
    feed = ChangelogFeed(kafka_settings, processor, PARTITIONS)
    async with node(feed=feed, kafka=kafka_settings) as worker:
        server = ApiServer(worker.app, Api(port=0))
        url = await server.start()
        async with writing(kafka_settings, processor) as writer:
            desk = Desk(worker, url, writer)
            async with desk.follow(token("ann")) as stream:
                await take(stream, 1)
                started_s = time.perf_counter()
                await server.stop()
                assert [event async for event in stream] == []
                assert time.perf_counter() - started_s < 2.5
    await asyncio.to_thread(delete_topics, kafka_settings, [plan.name])


@pytest.mark.parametrize("cursor", ["nonsense", "AAAA", "x" * 3_000])
async def test_a_cursor_of_somebody_else_is_refused(desk: Desk, cursor: str):
    headers = {"authorization": f"Bearer {token('ann')}", "last-event-id": cursor}
    async with httpx2.AsyncClient(base_url=desk.url, headers=headers) as client:
        answer = await client.get("/v1/stream")
        assert answer.status_code == 422
        assert "leave it out" in body(answer)["detail"]
