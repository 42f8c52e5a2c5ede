"""Live updates of the intent library: its rows, for everybody of the tenant and nobody else."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from processors.views import library as views
from processors.views.library import (
    CommandView,
    GroupView,
    IntentView,
    LibraryView,
    MinedView,
    PublicationView,
    RunView,
)
from streams.api.feed import ChangelogFeed, FeedLimits
from streams.api.server import ApiServer
from streams.runtime import ledger
from streams.settings import Api, Kafka
from streams.topics import changelog_of, changelog_plan
from tests.api.changelog import Rows, Writer, writing
from tests.api.support import PARTITIONS, Node, node, token
from tests.api.test_live import Event, events, take
from tests.support.kafka import create_topics, delete_topics

pytestmark = pytest.mark.kafka

ANN = token("ann", roles=["representative"])
OTHER = token("eve", tenant="other", roles=["admin"])


class Shelf:
    """A listening worker, and the runtime's part: committing rows of libraries."""

    def __init__(self, worker: Node, url: str, writer: Writer) -> None:
        self._worker, self._url, self._writer = worker, url, writer

    async def commit(self, *changed: tuple[str, str, Any], tenant: str = "demo") -> None:
        """Commit rows `(table, own key, row)` of a tenant's library as one batch."""
        batch: Rows = {
            ledger.row_key(table, views.row_key(tenant, own)): (
                None if row is None else views.encode(row)
            )
            for table, own, row in changed
        }
        partition = self._worker.tables.partition_of(views.PROCESSOR, tenant.encode())
        await self._writer.commit(partition, batch)

    @contextlib.asynccontextmanager
    async def follow(
        self, who: str, cursor: str | None = None
    ) -> AsyncIterator[AsyncIterator[Event]]:
        """Follow the library as somebody."""
        headers = {"authorization": f"Bearer {who}"}
        if cursor is not None:
            headers["last-event-id"] = cursor
        async with (
            httpx2.AsyncClient(base_url=self._url, headers=headers, timeout=10) as client,
            client.stream("GET", "/v1/stream", params={"library": "1"}) as answer,
        ):
            assert answer.status_code == 200, await answer.aread()
            yield events(answer)


@pytest.fixture
async def shelf(kafka_settings: Kafka, fresh_prefix: str) -> Any:
    processor = f"{fresh_prefix}library"
    plan = changelog_plan(processor, changelog_of(processor))
    await asyncio.to_thread(create_topics, kafka_settings, [plan], PARTITIONS)
    limits = FeedLimits(recent_s=0.0, linger_s=0.1)
    feed = ChangelogFeed(kafka_settings, processor, PARTITIONS, limits=limits)
    async with (
        writing(kafka_settings, processor) as writer,
        node(library_feed=feed, kafka=kafka_settings) as worker,
    ):
        server = ApiServer(worker.app, Api(port=0))
        await server.start()
        try:
            yield Shelf(worker, server.url, writer)
        finally:
            await server.stop()
    await asyncio.to_thread(delete_topics, kafka_settings, [plan.name])


def intent(name: str, **fields: Any) -> tuple[str, str, IntentView]:
    return views.INTENT, name, IntentView(name, name, **fields)


def mining(state: Any, **fields: Any) -> tuple[str, str, RunView]:
    run = RunView("r-1", 1, state, is_simulation=False, is_daily=False, granularity="low")
    changed = {name: getattr(run, name) for name in run.__struct_fields__} | fields
    return views.RUN, "r-1", RunView(**changed)


async def test_everybody_of_the_tenant_hears_what_changes_and_what_stands_there(shelf: Shelf):
    async with shelf.follow(ANN) as stream, shelf.follow(OTHER) as others:
        await take(stream, 1)
        await take(others, 1)
        await shelf.commit(
            (views.LIBRARY, "", LibraryView(publications=1)),
            intent("order", status="approved"),
            (views.GROUP, "g-1", GroupView("g-1", "Shipping")),
            mining("running", phase="encoding", done=3, total=9),
            (views.PUBLICATION, "00000001", PublicationView(1, "due", "{}", "d")),
            # Of no interest to screens.
            (views.COMMAND, "c-1", CommandView(1)),
            (views.MINED, "r-1\0000000", MinedView("r-1", 0, "{}")),
        )
        found = [event.data for event in await take(stream, 5)]
        assert {one["processor"] for one in found} == {"library"}
        by_table = {one["table"]: one for one in found}
        assert by_table[views.INTENT]["key"] == "order"
        assert by_table[views.INTENT]["value"]["status"] == "approved"
        assert by_table[views.RUN]["value"]["phase"] == "encoding"
        assert by_table[views.PUBLICATION]["value"]["state"] == "due"
        assert by_table[views.LIBRARY]["value"] is None
        await shelf.commit(intent("theirs"), tenant="other")
        (only,) = await take(others, 1)
        assert only.data["key"] == "theirs"


async def test_a_stream_of_the_library_goes_on_where_it_broke_off(shelf: Shelf):
    async with shelf.follow(ANN) as stream:
        await take(stream, 1)
        await shelf.commit(intent("order"))
        (first,) = await take(stream, 1)
    await shelf.commit(intent("refund"))
    async with shelf.follow(ANN, first.id) as stream:
        hello, second = await take(stream, 2)
    assert hello.type == "hello"
    assert second.data["key"] == "refund"
