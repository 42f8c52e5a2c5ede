"""Live updates of desks and boards: own rows only, resumed without a hole, a snapshot on a gap."""

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
from processors.routing.measures import Measure
from processors.routing.presence import Presence
from streams.api.feed import ChangelogFeed, Cursor, FeedLimits
from streams.api.server import ApiServer
from streams.runtime import ledger
from streams.settings import Api, Kafka
from streams.topics import changelog_of, changelog_plan
from tests.api.changelog import Rows, Writer, writing
from tests.api.support import NINE_MS, PARTITIONS, Node, node, token
from tests.api.test_live import Event, events, take
from tests.support.kafka import create_topics, delete_topics

pytestmark = pytest.mark.kafka

ANN = token("ann", roles=["representative"])
BEN = token("ben", roles=["representative"])
SHOP = token("sue", roles=["supervisor"], queues=["shop"])
PHONE = token("pia", roles=["supervisor"], queues=["phone"])
EVE = token("eve", roles=["admin"])
OTHER = token("eve", tenant="other", roles=["admin", "representative"])


class Pool:
    """A listening worker, and the runtime's part: committing rows of pools."""

    def __init__(self, worker: Node, url: str, writer: Writer) -> None:
        self.worker, self.url, self._writer = worker, url, writer

    async def commit(self, *changed: tuple[str, str, Any], tenant: str = "demo") -> None:
        """Commit rows `(table, own key, row)` of a tenant's pool as one batch."""
        batch: Rows = {
            ledger.row_key(table, f"{tenant}\0{own}".encode()): (
                None if row is None else msgspec.msgpack.encode(row)
            )
            for table, own, row in changed
        }
        partition = self.worker.tables.partition_of("routing", tenant.encode())
        await self._writer.commit(partition, batch)

    @contextlib.asynccontextmanager
    async def follow(
        self, who: str, screen: str, cursor: str | None = None
    ) -> AsyncIterator[AsyncIterator[Event]]:
        headers = {"authorization": f"Bearer {who}"}
        if cursor is not None:
            headers["last-event-id"] = cursor
        async with (
            httpx2.AsyncClient(base_url=self.url, headers=headers, timeout=10) as client,
            client.stream("GET", "/v1/stream", params={screen: "1"}) as answer,
        ):
            assert answer.status_code == 200, await answer.aread()
            yield events(answer)


@pytest.fixture
async def pool(kafka_settings: Kafka, fresh_prefix: str) -> Any:
    processor, beside = f"{fresh_prefix}routing", f"{fresh_prefix}handoff"
    plans = [changelog_plan(name, changelog_of(name)) for name in (processor, beside)]
    await asyncio.to_thread(create_topics, kafka_settings, plans, PARTITIONS)
    limits = FeedLimits(recent_s=0.0, linger_s=0.1)
    feed, handoff_feed = (
        ChangelogFeed(kafka_settings, name, PARTITIONS, limits=limits)
        for name in (processor, beside)
    )
    async with (
        writing(kafka_settings, processor) as writer,
        node(routing_feed=feed, handoff_feed=handoff_feed, kafka=kafka_settings) as worker,
    ):
        server = ApiServer(worker.app, Api(port=0))
        await server.start()
        try:
            yield Pool(worker, server.url, writer)
        finally:
            await server.stop()
    await asyncio.to_thread(delete_topics, kafka_settings, [plan.name for plan in plans])


def item(
    name: str, queue: str = "shop", who: str | None = None, **fields: Any
) -> tuple[str, str, rows.Item]:
    given: dict[str, Any] = {"state": "open" if who is None else "offered"}
    made = rows.Item(
        name, 1, "messaging", queue_id=queue, representative_id=who, **(given | fields)
    )
    return rows.ITEM, name, made


def on_desk(who: str, name: str) -> tuple[str, str, rows.Desk]:
    return rows.DESK, f"{who}\0{name}", rows.Desk("offer", NINE_MS)


def here(who: str) -> tuple[str, str, rows.Representative]:
    present = Presence("available", "available", "sign_in", NINE_MS)
    return rows.REPRESENTATIVE, who, rows.Representative(who, presence=present)


def decided(name: str, queue: str) -> tuple[str, str, rows.DecisionRow]:
    row = rows.DecisionRow("x/0/1#0", NINE_MS, "queue", queue, "ann", "it is her turn")
    return rows.DECISION, f"{name}\0000001", row


def seen(found: list[Event]) -> list[tuple[str, str]]:
    assert all(event.type == "change" for event in found)
    assert all(event.data["processor"] == "routing" for event in found)
    return [(event.data["table"], event.data["key"]) for event in found]


async def test_a_desk_hears_of_its_own_presence_offers_and_items_and_of_nothing_else(pool: Pool):
    async with pool.follow(ANN, "desk") as anns, pool.follow(BEN, "desk") as bens:
        await take(anns, 1)
        await take(bens, 1)
        await pool.commit(
            here("ann"),
            here("ben"),
            item("i-1", who="ann"),
            on_desk("ann", "i-1"),
            item("i-2", who="ben"),
            on_desk("ben", "i-2"),
            # A name that begins like another.
            here("ann-marie"),
            on_desk("ann-marie", "i-3"),
            (rows.QUEUE, "shop", rows.QueueState(offered=2)),
            decided("i-1", "shop"),
        )
        await pool.commit(item("last-ann", who="ann"), item("last-ben", who="ben"))
        found = await take(anns, 4)
        assert seen(found) == [
            (rows.REPRESENTATIVE, "ann"),
            (rows.ITEM, "i-1"),
            (rows.DESK, "ann\0i-1"),
            (rows.ITEM, "last-ann"),
        ]
        assert found[1].data["value"]["state"] == "offered"
        assert found[1].data["value"]["queue_id"] == "shop"
        assert {key for _, key in seen(await take(bens, 4))} == {
            "ben",
            "i-2",
            "ben\0i-2",
            "last-ben",
        }


async def test_a_desk_is_told_when_an_item_leaves_it(pool: Pool):
    async with pool.follow(ANN, "desk") as stream:
        await take(stream, 1)
        await pool.commit(item("i-1", who="ann"), on_desk("ann", "i-1"))
        await take(stream, 2)
        await pool.commit(item("i-1", who="ben"), (rows.DESK, "ann\0i-1", None))
        gone, cleared = await take(stream, 2)
        assert gone.data["value"]["representative_id"] == "ben"
        assert (cleared.data["table"], cleared.data["value"]) == (rows.DESK, None)
        # From here on it is none of theirs.
        await pool.commit(item("i-1", who="ben", state="active"))
        await pool.commit(item("i-9", who="ann", consulted=("ben",)))
        assert seen(await take(stream, 1)) == [(rows.ITEM, "i-9")]


async def test_who_is_consulted_hears_of_the_item(pool: Pool):
    async with pool.follow(BEN, "desk") as stream:
        await take(stream, 1)
        await pool.commit(item("i-1", who="ann", state="active", consulted=("ben",)))
        assert seen(await take(stream, 1)) == [(rows.ITEM, "i-1")]


async def test_a_board_hears_of_the_queues_its_supervisor_has(pool: Pool):
    async with (
        pool.follow(SHOP, "board") as shops,
        pool.follow(PHONE, "board") as phones,
        pool.follow(EVE, "board") as admins,
        pool.follow(ANN, "board") as anns,
    ):
        for stream in (shops, phones, admins, anns):
            await take(stream, 1)
        await pool.commit(
            here("ann"),
            item("i-1", "shop"),
            item("i-2", "phone"),
            item("i-3", ""),
            (rows.QUEUE, "shop", rows.QueueState(waiting=1)),
            (rows.QUEUE, "phone", rows.QueueState(waiting=1)),
            (rows.MEASURE, "shop\0000490905", Measure(entered=1)),
            (rows.MEASURE, "phone\0000490905", Measure(entered=1)),
            decided("i-1", "shop"),
            decided("i-2", "phone"),
            (rows.DESK, "ann\0i-1", rows.Desk("offer", NINE_MS)),
            (rows.FACTS, "i-1", rows.Facts(message="private")),
        )
        await pool.commit(item("last", "shop"), item("last", "phone"))
        await pool.commit((rows.QUEUE, "shop", rows.QueueState()))
        everybodys = {(rows.REPRESENTATIVE, "ann"), (rows.ITEM, "i-3")}

        def of(queue: str, name: str) -> set[tuple[str, str]]:
            return {
                (rows.ITEM, name),
                (rows.QUEUE, queue),
                (rows.MEASURE, f"{queue}\0000490905"),
                (rows.DECISION, f"{name}\0000001"),
            }

        assert set(seen(await take(shops, 6))) == everybodys | of("shop", "i-1")
        assert set(seen(await take(phones, 6))) == everybodys | of("phone", "i-2")
        everything = everybodys | of("shop", "i-1") | of("phone", "i-2")
        assert set(seen(await take(admins, 10))) == everything
        # A representative has no board.
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await anext(anns)


async def test_nothing_of_another_tenants_pool_is_told(pool: Pool):
    async with pool.follow(OTHER, "board") as boards, pool.follow(OTHER, "desk") as desks:
        await take(boards, 1)
        await take(desks, 1)
        await pool.commit(item("i-1", who="eve"), on_desk("eve", "i-1"), here("eve"))
        await pool.commit(item("o-1", who="eve"), tenant="other")
        # A tenant whose name begins like another's.
        await pool.commit(item("x-1", who="eve"), tenant="other-shop")
        await pool.commit(item("o-2", who="eve"), tenant="other")
        assert seen(await take(boards, 2)) == [(rows.ITEM, "o-1"), (rows.ITEM, "o-2")]
        assert seen(await take(desks, 2)) == [(rows.ITEM, "o-1"), (rows.ITEM, "o-2")]


@pytest.mark.parametrize(("screen", "who"), [("desk", ANN), ("board", SHOP)])
async def test_a_screen_resumes_after_the_last_event_without_a_hole(
    pool: Pool, screen: str, who: str
):
    async with pool.follow(who, screen) as stream:
        await take(stream, 1)
        await pool.commit(item("i-1", who="ann"))
        await pool.commit(item("i-2", who="ann"))
        found = await take(stream, 2)
    await pool.commit(item("i-3", who="ann"), item("i-4", who="ann"))
    async with pool.follow(who, screen, cursor=found[0].id) as stream:
        await pool.commit(item("i-5", who="ann"))
        hello, *rest = await take(stream, 5)
        assert hello.type == "hello"
        assert [key for _, key in seen(rest)] == ["i-2", "i-3", "i-4", "i-5"]


async def test_a_cursor_that_cannot_be_resumed_leads_to_a_snapshot(pool: Pool):
    async with pool.follow(ANN, "desk") as stream:
        await take(stream, 1)
    positions = dict.fromkeys(range(PARTITIONS), (10_000, 1))
    gone = Cursor(positions, int(time.time())).encode()
    async with pool.follow(ANN, "desk", cursor=gone) as stream:
        hello, snapshot = await take(stream, 2)
        assert (hello.type, snapshot.type) == ("hello", "snapshot")
        await pool.commit(item("i-1", who="ann"))
        assert seen(await take(stream, 1)) == [(rows.ITEM, "i-1")]


async def test_what_was_torn_is_never_told(pool: Pool):
    async with pool.follow(EVE, "board") as stream:
        await take(stream, 1)
        partition = pool.worker.tables.partition_of("routing", b"demo")
        torn = ledger.row_key(rows.ITEM, b"demo\0torn")
        await pool._writer.commit(
            partition, {torn: msgspec.msgpack.encode(item("torn")[2])}, is_torn=True
        )
        await pool._writer.claim(partition)
        await pool.commit((rows.ITEM, "torn", None), item("i-1"))
        removed, whole = await take(stream, 2)
        assert (removed.data["key"], removed.data["value"]) == ("torn", None)
        assert whole.data["key"] == "i-1"


async def test_stopping_the_server_ends_desks_and_boards(pool: Pool):
    async with pool.follow(ANN, "desk") as stream:
        await take(stream, 1)
        feed: ChangelogFeed = pool.worker.app.state.parts.routing_feed
        assert feed.readers == 1
        await feed.close()
        async with asyncio.timeout(5):
            assert [event async for event in stream] == []
