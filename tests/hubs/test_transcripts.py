"""Transcripts by address: fetched whole, by whoever has the address, from whichever worker."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from streams.hubs.settings import Hubs
from streams.hubs.transcripts import KEY_FILE
from tests.hubs.servers import Custom
from tests.hubs.support import CONVERSATION, World, client, one_hub, service, until

LONG = "word " * 400


def hubs(url: str, **fields: object) -> Hubs:
    given = one_hub("custom", url, signing_secret=Custom.SECRET)
    return given.model_copy(update=fields)


@pytest.mark.rule("TR-28", "HO-02")
async def test_a_long_transcript_is_fetched_whole_from_the_address_in_the_event(tmp_path: Path):
    world = World()
    async with Custom() as hub:
        known = hubs(hub.url, public_url="https://cue.example/")
        async with service(world, tmp_path, known) as made, client(made) as asking:
            for number in range(3, 41):
                world.says(number, LONG)
            world.asks(turns=40)
            await until(lambda: world.delivery().state == "sent")
            (attached,) = hub.happened[0]["attachments"]
            address = urlsplit(attached["contentUrl"])
            assert address.netloc == "cue.example"
            found = await asking.get(f"{address.path}?{address.query}")
    assert found.status_code == 200
    said = found.json()
    assert len(said) == 40
    assert said[0]["text"] == "my lamp arrived broken"
    assert {one["text"] for one in said[2:]} == {LONG}


async def test_an_address_opens_what_it_names_and_nothing_else(tmp_path: Path):
    world = World()
    now_s = [1_000_000.0]
    async with (
        service(world, tmp_path, Hubs(), is_sending=False, clock=lambda: now_s[0]) as made,
        client(made) as asking,
    ):
        world.asks()
        path = made.webhooks.transcripts.links.path("demo", CONVERSATION, 2)
        assert (await asking.get(path)).status_code == 200
        for wrong in (
            path.replace("/demo/", "/acme/"),
            path.replace("/c-1?", "/c-2?"),
            path.replace("turns=2", "turns=1"),
            path.replace("form=wire", "form=turns"),
            path.replace("mark=", "mark=A"),
            path.partition("&mark")[0],
        ):
            assert (await asking.get(wrong)).status_code == 404
        now_s[0] += 8 * 86_400
        assert (await asking.get(path)).status_code == 404


async def test_turns_that_are_not_there_yet_are_asked_for_again(tmp_path: Path):
    world = World()
    async with service(world, tmp_path, Hubs(), is_sending=False) as made, client(made) as asking:
        world.asks()
        path = made.webhooks.transcripts.links.path("demo", CONVERSATION, 5)
        answer = await asking.get(path)
    assert answer.status_code == 503
    assert "2 of 5 turns are there" in answer.json()["detail"]


async def test_the_turns_of_another_workers_conversation_are_read_over_http(tmp_path: Path):
    holder, sender = World(), World()
    for world in (holder, sender):
        world.asks()
    # The sender has the delivery, the holder the conversation.
    async with service(holder, tmp_path, Hubs(), is_sending=False) as made:
        app = web.Application()

        async def give(request: web.Request) -> web.Response:
            async with client(made) as asking:
                found = await asking.get(request.path_qs)
            return web.Response(body=found.content, status=found.status_code)

        app.router.add_get("/{rest:.*}", give)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        sender.lives_elsewhere("conversation", url)
        async with Custom() as hub, service(sender, tmp_path, hubs(hub.url)):
            await until(lambda: sender.delivery().state == "sent")
            (attached,) = hub.happened[0]["attachments"]
            assert [one["text"] for one in attached["content"]] == [
                "my lamp arrived broken",
                "I get you to somebody",
            ]
        await runner.cleanup()


async def test_the_secret_of_addresses_is_made_once_and_is_nobody_elses(tmp_path: Path):
    world = World()
    async with service(world, tmp_path, Hubs(), is_sending=False) as made:
        path = made.webhooks.transcripts.links.path("demo", CONVERSATION, 2)
    file = tmp_path / KEY_FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    async with service(world, tmp_path, Hubs(), is_sending=False) as made, client(made) as asking:
        world.asks()
        answer = await asking.get(path)
    assert json.loads(answer.content)[1]["text"] == "I get you to somebody"
