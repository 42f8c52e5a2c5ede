"""One stream for a whole tab: conversations, desk or board, deliveries, and one cursor for all."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import msgspec
import pytest

from processors.routing import rows
from processors.views import handoff
from processors.views.conversation import Access
from streams.api.feed import ChangelogFeed, Cursor, FeedLimits
from streams.api.live import Places
from streams.api.parts import Parts
from streams.api.server import ApiServer
from streams.runtime import ledger
from streams.settings import Api, Kafka
from streams.topics import changelog_of, changelog_plan
from tests.api.changelog import Rows, Writer, conversation_rows, writing
from tests.api.support import PARTITIONS, Node, body, conversation, node, token, until
from tests.api.test_live import Event, events, take
from tests.support.kafka import create_topics, delete_topics

pytestmark = pytest.mark.kafka

TAB = {"conversations": "1", "desk": "1"}
BOARD = {"conversations": "1", "board": "1"}
PROCESSORS = ("conversation", "routing", "handoff")
ANN = token("ann", roles=["representative"])
SUE = token("sue", roles=["supervisor"], queues=["shop"])
EVE = token("eve", roles=["admin"])


class Floor:
    """A listening worker, and the runtime's part: committing rows of every processor."""

    def __init__(self, worker: Node, url: str, writers: dict[str, Writer]) -> None:
        self.worker, self.url, self._writers = worker, url, writers

    @property
    def parts(self) -> Parts:
        parts: Parts = self.worker.app.state.parts
        return parts

    async def say(self, name: str, owner: str = "ann") -> None:
        """Commit a conversation's row, and apply it to the store."""
        view = conversation(name, access=Access(tenant="demo", owner=owner))
        changed = conversation_rows(view)
        home = self.worker.tables.partition_of("conversation", f"demo:{name}".encode())
        await self._writers["conversation"].commit(home, changed)
        self.worker.store.apply(home, changed.items(), 0)

    async def give(self, name: str, who: str = "ann", queue: str = "shop") -> None:
        """Commit an item's row."""
        item = rows.Item(
            name, 1, "messaging", queue_id=queue, state="offered", representative_id=who
        )
        await self.commit("routing", rows.ITEM, name, msgspec.msgpack.encode(item))

    async def owe(self, name: str, state: str = "dead", tenant: str = "demo") -> None:
        """Commit a delivery's row."""
        row = handoff.DeliveryView(
            f"{name}/000001", "genesys", "genesys", "bot", None, None, "message", "c-1", name, 1,
            state, 3, 0, "key", '{"text": "my card number"}',
        )  # fmt: skip
        own = handoff.delivery_key(row.delivery_id)
        await self.commit("handoff", handoff.DELIVERY, own, handoff.encode(row), tenant)

    async def commit(
        self, processor: str, table: str, own: str, row: bytes | None, tenant: str = "demo"
    ) -> None:
        key = f"{tenant}\0{own}".encode()
        changed: Rows = {ledger.row_key(table, key): row}
        partition = self.worker.tables.partition_of(processor, tenant.encode())
        await self._writers[processor].commit(partition, changed)

    @contextlib.asynccontextmanager
    async def follow(
        self, who: str, query: dict[str, str], cursor: str | None = None
    ) -> AsyncIterator[AsyncIterator[Event]]:
        headers = {"authorization": f"Bearer {who}"}
        if cursor is not None:
            headers["last-event-id"] = cursor
        async with (
            httpx2.AsyncClient(base_url=self.url, headers=headers, timeout=10) as client,
            client.stream("GET", "/v1/stream", params=query) as answer,
        ):
            assert answer.status_code == 200, await answer.aread()
            yield events(answer)


@pytest.fixture
async def floor(kafka_settings: Kafka, fresh_prefix: str) -> Any:
    names = {one: f"{fresh_prefix}{one}" for one in PROCESSORS}
    plans = [changelog_plan(name, changelog_of(name)) for name in names.values()]
    await asyncio.to_thread(create_topics, kafka_settings, plans, PARTITIONS)
    limits = FeedLimits(recent_s=0.0, linger_s=0.1)
    feeds = {
        one: ChangelogFeed(kafka_settings, name, PARTITIONS, limits=limits)
        for one, name in names.items()
    }
    async with contextlib.AsyncExitStack() as stack:
        writers = {
            one: await stack.enter_async_context(writing(kafka_settings, name))
            for one, name in names.items()
        }
        worker = await stack.enter_async_context(
            node(
                feed=feeds["conversation"],
                routing_feed=feeds["routing"],
                handoff_feed=feeds["handoff"],
                kafka=kafka_settings,
            )
        )
        server = ApiServer(worker.app, Api(port=0))
        await server.start()
        try:
            yield Floor(worker, server.url, writers)
        finally:
            await server.stop()
    await asyncio.to_thread(delete_topics, kafka_settings, [plan.name for plan in plans])


def named(event: Event) -> str:
    """Return what changed: a conversation's id, or another processor's own key."""
    assert event.type == "change"
    return str(event.data.get("conversation_id") or event.data["key"])


async def test_one_stream_carries_the_conversations_and_the_desk_of_a_representative(floor: Floor):
    async with floor.follow(ANN, TAB) as stream:
        (hello,) = await take(stream, 1)
        assert hello.data["cursor"] == hello.id
        await floor.say("c-1")
        await floor.give("i-1")
        await floor.say("c-2", owner="ben")
        await floor.give("i-2", who="ben")
        await floor.owe("r-1")
        found = {named(event): event.data.get("processor") for event in await take(stream, 2)}
        assert found == {"c-1": None, "i-1": "routing"}
        # What comes last tells that nothing else came before.
        await floor.say("c-3")
        await floor.give("i-3")
        assert {named(event) for event in await take(stream, 2)} == {"c-3", "i-3"}


async def test_one_cursor_resumes_every_part_without_a_hole_and_without_a_double(floor: Floor):
    wanted = [f"{kind}-{number}" for number in range(30) for kind in ("c", "i")]
    got: list[str] = []
    ready = asyncio.Event()

    async def produce() -> None:
        await ready.wait()
        for number in range(30):
            await floor.say(f"c-{number}")
            await floor.give(f"i-{number}")

    producing = asyncio.create_task(produce())
    cursor: str | None = None
    # Cut off after a few events, again and again, while changes go on.
    while len(got) < len(wanted):
        async with floor.follow(ANN, TAB, cursor=cursor) as stream:
            (hello,) = await take(stream, 1)
            cursor = hello.id
            ready.set()
            for event in await take(stream, min(7, len(wanted) - len(got))):
                got.append(named(event))
                cursor = event.id
    await producing
    assert sorted(got) == sorted(wanted)
    assert [name for name in got if name[0] == "i"] == [f"i-{number}" for number in range(30)]


async def test_a_gap_in_one_part_is_told_by_its_name_and_the_others_go_on(floor: Floor):
    async with floor.follow(ANN, TAB) as stream:
        (hello,) = await take(stream, 1)
    await floor.say("c-1")
    await floor.give("i-1")
    gone = Cursor(dict.fromkeys(range(PARTITIONS), (10_000, 1)), int(time.time()))
    for broken, kept in (("routing", "c-1"), ("conversation", "i-1")):
        places = Places(Places.decode(hello.id).cursors | {broken: gone})
        async with floor.follow(ANN, TAB, cursor=places.encode()) as stream:
            first, *rest = await take(stream, 3)
            assert first.type == "hello"
            (snapshot,) = [event for event in rest if event.type == "snapshot"]
            assert snapshot.data["processor"] == broken
            assert "no longer holds" in snapshot.data["reason"]
            assert [named(event) for event in rest if event.type == "change"] == [kept]


async def test_a_cursor_of_another_view_resumes_what_it_knows_and_snapshots_the_rest(floor: Floor):
    async with floor.follow(SUE, TAB) as stream:
        (hello,) = await take(stream, 1)
    assert set(Places.decode(hello.id).cursors) == {"conversation", "routing"}
    await floor.say("c-1", owner="sue")
    async with floor.follow(SUE, BOARD, cursor=hello.id) as stream:
        first, *rest = await take(stream, 3)
        assert first.type == "hello"
        (snapshot,) = [event for event in rest if event.type == "snapshot"]
        assert snapshot.data["processor"] == "handoff"
        assert [named(event) for event in rest if event.type == "change"] == ["c-1"]
        await floor.owe("r-1")
        (owed,) = await take(stream, 1)
        assert owed.data["processor"] == "handoff"


async def test_a_board_hears_of_deliveries_and_connections_without_what_was_said(floor: Floor):
    async with (
        floor.follow(SUE, BOARD) as boards,
        floor.follow(EVE, {"board": "1"}) as admins,
        floor.follow(ANN, BOARD) as others,
    ):
        for stream in (boards, admins, others):
            await take(stream, 1)
        await floor.owe("r-0", tenant="other")
        await floor.owe("r-1")
        link = handoff.ConnectionView("shop-bot", "genesys", "genesys", "connected")
        await floor.commit("handoff", handoff.CONNECTION, "shop-bot", handoff.encode(link))
        test = handoff.ConnectionTestView("shop-bot", "t-1", False, "good", (), 1)
        await floor.commit("handoff", handoff.CONNECTION_TEST, "shop-bot", handoff.encode(test))
        # Rows that no screen shows.
        held = handoff.BotConversationView("c-1", "shop-bot", 1, 1)
        await floor.commit("handoff", handoff.BOT_CONVERSATION, "c-1", handoff.encode(held))
        await floor.owe("r-1", state="sent")
        for stream in (boards, admins):
            found = await take(stream, 4)
            assert [event.data["processor"] for event in found] == ["handoff"] * 4
            tables = [event.data["table"] for event in found]
            assert tables == ["delivery", "connection", "connection_test", "delivery"]
            dead, _, _, sent = (event.data["value"] for event in found)
            assert dead == {"delivery_id": "r-1/000001", "state": "dead", "attempts": 3}
            assert sent["state"] == "sent"
            assert "card number" not in str(found)
        # A representative has no board; their own conversations come all the same.
        await floor.say("c-1")
        assert [named(event) for event in await take(others, 1)] == ["c-1"]


async def test_a_desk_and_a_board_hear_once_that_another_setup_is_in_force(floor: Floor):
    async with floor.follow(ANN, TAB) as desks, floor.follow(SUE, BOARD) as boards:
        for stream in (desks, boards):
            await take(stream, 1)
        for arrived, digest in enumerate(("", "", "sha256:1", "sha256:1", "sha256:2")):
            pool = rows.PoolState(arrived=arrived, setup_digest=digest)
            await floor.commit("routing", rows.POOL, "", msgspec.msgpack.encode(pool))
        await floor.give("i-1")
        for stream in (desks, boards):
            *told, last = await take(stream, 4)
            assert [event.data["table"] for event in told] == [rows.POOL] * 3
            assert [event.data["value"] for event in told] == [None] * 3
            assert named(last) == "i-1"


async def test_desk_and_board_may_be_asked_for_at_once(floor: Floor):
    async with floor.follow(SUE, {"desk": "1", "board": "1"}) as stream:
        await take(stream, 1)
        await floor.say("c-1", owner="sue")
        await floor.give("i-1", who="sue", queue="elsewhere")
        await floor.give("i-2", who="ann", queue="shop")
        assert [named(event) for event in await take(stream, 2)] == ["i-1", "i-2"]


async def test_streams_of_all_kinds_count_together_and_are_let_go_of(floor: Floor):
    async with contextlib.AsyncExitStack() as stack:
        queries = [{}, TAB, BOARD, {"desk": "1"}] * 2
        streams = [await stack.enter_async_context(floor.follow(EVE, one)) for one in queries]
        for stream in streams:
            await take(stream, 1)
        async with httpx2.AsyncClient(base_url=floor.url) as client:
            ninth = await client.get(
                "/v1/stream", params=TAB, headers={"authorization": f"Bearer {EVE}"}
            )
            assert ninth.status_code == 429
    parts = floor.parts
    for feed in (parts.feed, parts.routing_feed, parts.handoff_feed):
        await until(lambda feed=feed: feed.readers == 0)
    waiting = [task for task in asyncio.all_tasks() if task.get_name().startswith("next of")]
    assert waiting == []
    assert floor.worker.metrics.registry.get_sample_value("cuestream_streams_open") == 0


async def test_a_joined_stream_ends_with_its_token(floor: Floor):
    brief = token("ann", roles=["representative"], expires_in_s=2)
    async with floor.follow(brief, TAB) as stream:
        await take(stream, 1)
        async with asyncio.timeout(6):
            assert [event async for event in stream] == []


@pytest.mark.parametrize("ending", ["feed", "routing_feed", "handoff_feed"])
async def test_a_joined_stream_ends_when_one_of_its_parts_does(floor: Floor, ending: str):
    async with floor.follow(EVE, BOARD) as stream:
        await take(stream, 1)
        feed: ChangelogFeed = getattr(floor.parts, ending)
        await feed.close()
        async with asyncio.timeout(5):
            assert [event async for event in stream] == []


async def test_an_idle_joined_stream_is_kept_alive_with_a_cursor_of_every_part(floor: Floor):
    floor.parts.streams._keep_alive_s = 0.05
    headers = {"authorization": f"Bearer {ANN}"}
    async with (
        httpx2.AsyncClient(headers=headers) as client,
        client.stream("GET", f"{floor.url}/v1/stream", params=TAB) as answer,
    ):
        lines = answer.aiter_lines()
        async with asyncio.timeout(5):
            async for line in lines:
                if line == ": keep-alive":
                    break
            name, _, cursor = (await anext(lines)).partition(": ")
    assert name == "id"
    assert set(Places.decode(cursor).cursors) == {"conversation", "routing"}


async def test_a_cursor_with_a_name_that_is_none_of_ours_is_refused(floor: Floor):
    async with floor.follow(ANN, TAB) as stream:
        (hello,) = await take(stream, 1)
    for cursor in (hello.id.replace("routing", "weather"), f"{hello.id}.", "routing:"):
        headers = {"authorization": f"Bearer {ANN}", "last-event-id": cursor}
        async with httpx2.AsyncClient(base_url=floor.url, headers=headers) as client:
            answer = await client.get("/v1/stream", params=TAB)
            assert answer.status_code == 422
            assert "leave it out" in body(answer)["detail"]
