"""Polling a Direct Line on this machine, with the waits of the public sample."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from processors.handoff.hubs.contract import HubSettings
from streams.hubs.direct_line import newest
from streams.hubs.sending import Line
from streams.hubs.settings import Endpoint
from tests.hubs.servers import Activities, Step

BOT = {"id": "1", "type": "message", "from": {"id": "bot-1"}, "text": "hello"}
USER = {"id": "2", "type": "message", "from": {"id": "user1"}, "text": "hi"}
EVENT = {"id": "3", "type": "event", "name": "handoff.initiate", "value": {}}


class Clock:
    """Waits by moving on, and lets things happen meanwhile."""

    def __init__(self, happens: dict[int, Any] | None = None) -> None:
        self.waits: list[float] = []
        self.happens = happens or {}

    async def pause(self, seconds: float) -> None:
        self.waits.append(seconds)
        if step := self.happens.get(len(self.waits)):
            step()


@asynccontextmanager
async def directline(*script: Step) -> AsyncIterator[tuple[Activities, Line, HubSettings]]:
    async with Activities(*script, prefix="/v3/directline/conversations") as server:
        server.conversations["c-1"] = []
        async with aiohttp.ClientSession() as http:
            line = Line("salesforce", Endpoint(url=server.url), lambda: http)
            yield server, line, HubSettings("salesforce", "salesforce", server.url)


@pytest.mark.rule("TR-34")
async def test_it_waits_five_seconds_and_then_one_by_one_until_something_is_there():
    async with directline() as (server, line, settings):
        held = server.conversations["c-1"]
        clock = Clock({3: lambda: held.extend([USER, BOT])})
        found = await newest(line, settings, "c-1", None, pause=clock.pause)
        assert clock.waits == [5, 1, 1]
        assert (found.message, found.watermark, found.has_more) == ("hello", "2", False)


@pytest.mark.rule("TR-34")
async def test_it_gives_up_after_five_more_looks():
    async with directline() as (server, line, settings):
        clock = Clock()
        found = await newest(line, settings, "c-1", None, pause=clock.pause)
        assert clock.waits == [5, 1, 1, 1, 1, 1]
        assert len(server.seen) == 6
        assert not found.is_over


@pytest.mark.rule("TR-34")
async def test_an_http_error_is_not_tried_again():
    async with directline((502, {})) as (server, line, settings):
        found = await newest(line, settings, "c-1", None, pause=Clock().pause)
        assert len(server.seen) == 1
        assert found.because == "HTTP 502: as told"


@pytest.mark.rule("TR-34")
async def test_only_what_came_after_the_watermark_counts_and_a_handoff_sets_the_flag():
    async with directline() as (server, line, settings):
        held = server.conversations["c-1"]
        held.extend([USER, BOT])
        first = await newest(line, settings, "c-1", None, pause=Clock().pause)
        held.append(EVENT)
        second = await newest(line, settings, "c-1", first.watermark, pause=Clock().pause)
        assert (second.is_handoff, second.message, second.watermark) == (True, None, "3")
        assert server.seen[-1].query == {"watermark": "2"}
        assert len(second.activities) == 1
