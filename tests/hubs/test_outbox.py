"""The outbox against hubs that answer, fail, hang and lie: each delivery once in effect."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from pathlib import Path
from typing import Any

import pytest

from schemas.records.handoff import DeliveryAttempted, RetryDelivery
from streams.hubs.service import HubService
from streams.hubs.settings import Endpoint, Hubs
from tests.hubs.servers import Custom, Genesys, Step
from tests.hubs.support import NINE_MS, TENANT, World, one_hub, service, until

SIGNED: dict[str, Any] = {"signing_secret": Custom.SECRET}


def custom(server: Custom, **fields: Any) -> Hubs:
    return one_hub("custom", server.url, **(SIGNED | fields))


async def looked(world: World, made: HubService, times: int) -> None:
    """Let the outbox look through the rows some times, as if other things were committed."""
    for _ in range(times):
        before = sum(limit > 1 for limit in world.looks)
        world.next["handoff"] += 1
        made.outbox.wake()
        await until(lambda: sum(limit > 1 for limit in world.looks) > before)  # noqa: B023  # now


@pytest.mark.rule("TR-06", "TR-07", "HO-02")
async def test_a_handoff_reaches_the_hub_with_the_whole_history_and_every_variable(tmp_path: Path):
    world = World()
    async with Custom() as hub, service(world, tmp_path, custom(hub)):
        world.asks()
        await until(lambda: world.delivery().state == "sent")
        (event,) = hub.happened
        assert event["name"] == "handoff.initiate"
        assert event["value"] == {
            "order": 4711,
            "product": "lamp",
            "va_AgentMessage": "wants a refund",
        }
        (attached,) = event["attachments"]
        assert [said["text"] for said in attached["content"]] == [
            "my lamp arrived broken",
            "I get you to somebody",
        ]
        assert json.loads(world.handoff().hub_ids) == {
            "conversation": "hub-1",
            "message": event["id"],
        }


async def test_what_is_said_later_follows_in_order_under_the_hubs_own_id(tmp_path: Path):
    world = World()
    async with Custom() as hub, service(world, tmp_path, custom(hub)):
        world.asks()
        for number, text in ((3, "hello?"), (4, "anybody?"), (5, "please")):
            world.relays(number, text)
        await until(lambda: all(row.state == "sent" for row in world.deliveries()))
        world.ends()
        await until(lambda: len(hub.conversations["hub-1"]) == 4)
        kinds = [one.get("text", "") for one in hub.conversations["hub-1"]]
        assert kinds[:3] == ["hello?", "anybody?", "please"]
        assert hub.conversations["hub-1"][-1]["type"] == "endOfConversation"


async def test_an_answer_lost_after_the_effect_leaves_one_conversation(tmp_path: Path):
    world = World()
    async with Custom("lost", "lost") as hub, service(world, tmp_path, custom(hub)):
        world.asks()
        await until(lambda: world.delivery().state == "sent")
        assert len(hub.seen) == 3
        assert len({seen.headers["idempotency-key"] for seen in hub.seen}) == 1
        assert len(hub.conversations) == 1
        assert world.delivery().attempts == 3


async def test_a_hub_that_breaks_is_tried_again_until_it_holds(tmp_path: Path):
    world = World()
    async with Custom((500, {}), "gone", (503, {})) as hub:
        async with service(world, tmp_path, custom(hub)):
            world.asks()
            await until(lambda: world.delivery().state == "sent")
        told = [one.outcome for one in world.of_type(DeliveryAttempted)]
        assert told == ["failed", "failed", "failed", "delivered"]
        assert [one.status_code for one in world.of_type(DeliveryAttempted)] == [
            500,
            None,
            503,
            201,
        ]


async def test_a_hub_that_asks_for_patience_gets_it(tmp_path: Path):
    world = World()
    async with Custom((429, {"Retry-After": "1"})) as hub:
        async with service(world, tmp_path, custom(hub)):
            loop = asyncio.get_running_loop()
            world.asks()
            await until(lambda: world.delivery().attempts == 1)
            refused_s = loop.time()
            await until(lambda: world.delivery().state == "sent")
            assert loop.time() - refused_s >= 0.9
        (first, second) = world.of_type(DeliveryAttempted)
        assert (first.outcome, first.retry_after_ms) == ("failed", 1_000)
        assert second.outcome == "delivered"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 302])
async def test_a_refusal_is_not_repeated_and_the_dead_letter_says_why(tmp_path: Path, status: int):
    world = World()
    async with Custom((status, {"Location": "/"})) as hub:
        async with service(world, tmp_path, custom(hub)):
            world.asks()
            await until(lambda: world.delivery().state == "dead")
        assert len(hub.seen) == 1
        row = world.delivery()
        assert (row.status_code, row.last_error) == (status, f"HTTP {status}: as told")


async def test_a_dead_letter_that_is_retried_goes_under_the_same_key(tmp_path: Path):
    world = World()
    async with Custom("ok", (404, {})) as hub, service(world, tmp_path, custom(hub)):
        world.asks()
        world.relays(3, "hello?")
        await until(lambda: world.delivery(2).state == "dead")
        dead = world.delivery(2).delivery_id
        world.take(RetryDelivery(tenant=TENANT, occurred_at_ms=NINE_MS, delivery_id=dead))
        await until(lambda: world.delivery(2).state == "sent")
        assert len({seen.headers["idempotency-key"] for seen in hub.seen[1:]}) == 1


async def test_nobody_at_the_address_is_tried_until_the_attempts_are_used_up(tmp_path: Path):
    world = World(attempts_max=3)
    hubs = one_hub("custom", "http://127.0.0.1:9", **SIGNED)
    async with service(world, tmp_path, hubs):
        world.asks()
        await until(lambda: world.delivery().state == "dead")
    assert world.delivery().attempts == 3
    assert "no answer" in (world.delivery().last_error or "")


async def test_a_hub_that_never_answers_is_given_up_in_time_and_holds_up_no_other(tmp_path: Path):
    slow, quick = World(attempts_max=1), World("genesys", "genesys")
    async with Custom("stuck") as hub, Genesys() as other:
        async with (
            service(slow, tmp_path / "a", custom(hub, timeout_ms=300)),
            service(quick, tmp_path / "b", genesys(other)),
        ):
            slow.asks()
            quick.asks()
            await until(lambda: quick.delivery().state == "sent")
            assert slow.delivery().state == "due"
            await until(lambda: slow.delivery().state == "dead")
        assert slow.delivery().last_error == "no answer within 300 ms"


async def test_a_stuck_hub_keeps_its_places_and_leaves_those_of_others_free(tmp_path: Path):
    world = World()
    world.add_tenant("acme")
    async with Custom("stuck") as stuck, Custom() as quick:
        endpoints = {
            "custom": Endpoint(url=stuck.url, concurrency=1, timeout_ms=60_000, **SIGNED),
            "acme:custom": Endpoint(url=quick.url, concurrency=1, **SIGNED),
        }
        async with service(world, tmp_path, Hubs(poll_ms=10, endpoints=endpoints)) as made:
            world.asks()
            world.asks(conversation_id="c-2", request_id="c-2/1", turns=0)
            await until(lambda: len(stuck.seen) == 1)
            world.asks(tenant="acme", turns=0)
            await until(lambda: len(quick.conversations) == 1)
            assert (len(stuck.seen), made.outbox.under_way) == (1, 1)
            stuck.release()
            await until(lambda: all(row.state == "sent" for row in world.deliveries()))


def genesys(server: Genesys, **fields: Any) -> Hubs:
    given: dict[str, Any] = {
        "authorization": "client_credentials",
        "user": "client",
        "secret": "a client secret",
        "token_url": f"{server.url}/oauth/token",
        "options": {"integration_id": server.INTEGRATION},
    }
    return one_hub("genesys", server.url, **(given | fields))


async def test_a_token_is_asked_for_once_and_again_when_it_no_longer_counts(tmp_path: Path):
    world = World("genesys", "genesys")
    async with Genesys() as hub, service(world, tmp_path, genesys(hub)):
        world.asks()
        world.relays(3, "hello?")
        await until(lambda: all(row.state == "sent" for row in world.deliveries()))
        assert hub.tokens == 1
        hub.valid.clear()
        world.relays(4, "still there?")
        await until(lambda: world.delivery(3).state == "sent")
        assert (hub.tokens, world.delivery(3).attempts) == (2, 1)


async def test_a_token_service_that_refuses_is_a_failed_attempt_with_the_reason(tmp_path: Path):
    world = World("genesys", "genesys", attempts_max=2)
    async with Genesys() as hub, service(world, tmp_path, genesys(hub, secret="wrong")):
        world.asks()
        await until(lambda: world.delivery().state == "dead")
    assert "its token service gave no token: HTTP 401" in (world.delivery().last_error or "")


async def test_a_hub_without_an_endpoint_says_what_to_set(tmp_path: Path):
    world = World(attempts_max=1)
    async with service(world, tmp_path, Hubs(poll_ms=10)):
        world.asks()
        await until(lambda: world.delivery().state == "dead")
    assert "CUESTREAM_HUBS__ENDPOINTS__CUSTOM__URL" in (world.delivery().last_error or "")


async def test_a_wrong_signature_is_refused_by_the_hub_and_the_delivery_is_dead(tmp_path: Path):
    world = World()
    wrong = "whsec_" + "c29tZXRoaW5nIGVsc2UgYWx0b2dldGhlcg=="
    async with Custom() as hub, service(world, tmp_path, custom(hub, signing_secret=wrong)):
        world.asks()
        await until(lambda: world.delivery().state == "dead")
        assert world.delivery().status_code == 401
        assert not hub.happened


async def test_a_worker_that_dies_in_the_middle_is_followed_by_one_that_sends_the_same(
    tmp_path: Path,
):
    world = World()
    async with Custom("stuck") as hub:
        async with service(world, tmp_path, custom(hub)):
            world.asks()
            await until(lambda: len(hub.seen) == 1)
        assert not world.of_type(DeliveryAttempted)
        hub.release()
        async with service(world, tmp_path, custom(hub)):
            await until(lambda: world.delivery().state == "sent")
        assert len({seen.headers["idempotency-key"] for seen in hub.seen}) == 1
        assert len(hub.conversations) == 1


async def test_a_worker_that_dies_before_the_log_knows_leaves_one_conversation(tmp_path: Path):
    world = World()
    async with Custom() as hub:
        world.down = "the broker is gone"
        async with service(world, tmp_path, custom(hub)):
            world.asks()
            await until(lambda: len(hub.conversations) == 1)
        assert world.delivery().state == "due"
        world.down = None
        async with service(world, tmp_path, custom(hub)):
            await until(lambda: world.delivery().state == "sent")
        assert len(hub.seen) == 2
        assert len(hub.conversations) == 1


async def test_two_workers_that_both_believe_to_own_it_leave_one_conversation(tmp_path: Path):
    world = World()
    async with Custom() as hub:
        async with (
            service(world, tmp_path / "a", custom(hub)),
            service(world, tmp_path / "b", custom(hub)),
        ):
            world.asks()
            world.relays(3, "hello?")
            await until(lambda: all(row.state == "sent" for row in world.deliveries()))
        assert [len(said) for said in hub.conversations.values()] == [1]


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_whatever_breaks_every_delivery_happens_once_and_in_order(tmp_path: Path, seed: int):
    chance = random.Random(seed)
    steps: list[Step] = [*["ok"] * 6, "lost", "lost", "gone", (500, {}), (429, {})]
    world = World(attempts_max=100)
    async with Custom(*chance.choices(steps, k=90)) as hub:
        known = custom(hub, timeout_ms=2_000)
        for talk in range(12):
            async with service(world, tmp_path, known):
                given: dict[str, Any] = {"conversation_id": f"c-{talk}", "turns": 0}
                given["request_id"] = f"c-{talk}/1"
                world.asks(variables=f'{{"talk":{talk}}}', **given)
                for number in (1, 2, 3):
                    world.relays(number, f"{talk}/{number}", conversation_id=f"c-{talk}")
                wanted = len(hub.seen) + chance.randrange(4)
                await until(lambda: len(hub.seen) >= wanted, 20)  # noqa: B023  # awaited here
            # The worker is gone here, with whatever it had under way.
        async with service(world, tmp_path, known):
            await until(lambda: all(row.state == "sent" for row in world.deliveries()), 30)
    begun = [one["value"]["talk"] for one in hub.happened if one["type"] == "event"]
    assert sorted(begun) == list(range(12))
    for said in hub.conversations.values():
        (talk,) = {one["text"].partition("/")[0] for one in said}
        assert [one["text"] for one in said] == [f"{talk}/{number}" for number in (1, 2, 3)]


async def test_a_receipt_the_log_does_not_take_is_offered_again_and_nothing_is_sent_twice(
    tmp_path: Path,
):
    world = World()
    async with Custom() as hub, service(world, tmp_path, custom(hub)):
        world.down = "the broker is gone"
        world.asks()
        await until(lambda: len(hub.seen) == 1)
        world.down = None
        await until(lambda: world.delivery().state == "sent")
        assert len(hub.seen) == 1


async def test_what_was_sent_is_not_sent_again_while_the_log_is_behind(tmp_path: Path):
    world = World()
    async with Custom() as hub, service(world, tmp_path, custom(hub)) as made:
        world.held = []
        world.asks()
        await until(lambda: len(world.held or ()) == 1)
        await looked(world, made, times=5)
        assert len(hub.seen) == 1
        held, world.held = world.held, None
        for entry in held or ():
            world.take(entry.record)
        assert world.delivery().state == "sent"


async def test_a_hub_that_breaks_again_and_again_is_left_alone_for_a_while(tmp_path: Path):
    world = World(attempts_max=100)
    async with Custom(*[(500, {})] * 6) as hub, service(world, tmp_path, custom(hub)):
        loop = asyncio.get_running_loop()
        world.asks()
        await until(lambda: len(hub.seen) == 5)
        broken_s = loop.time()
        await until(lambda: len(hub.seen) == 6)
        assert loop.time() - broken_s >= 0.9


async def test_the_transcript_is_waited_for_and_not_sent_in_part(tmp_path: Path):
    world = World()
    async with Custom() as hub, service(world, tmp_path, custom(hub)) as made:
        world.asks(turns=3)
        await looked(world, made, times=5)
        assert not hub.seen
        assert world.delivery().attempts == 0
        world.says(3, "one more thing")
        await until(lambda: world.delivery().state == "sent")
        (attached,) = hub.happened[0]["attachments"]
        assert len(attached["content"]) == 3


async def test_an_idle_outbox_compares_markers_and_scans_nothing(tmp_path: Path):
    world = World()
    async with Custom() as hub, service(world, tmp_path, custom(hub)):
        world.asks()
        await until(lambda: world.delivery().state == "sent")
        await until(lambda: world.looks[-5:] == [1] * 5)
        assert max(world.looks) > 1


async def test_no_secret_and_nothing_said_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    world = World("genesys", "genesys", attempts_max=1)
    async with Genesys((500, {})) as hub, service(world, tmp_path, genesys(hub)):
        world.asks()
        await until(lambda: world.delivery().attempts >= 1)
    for private in ("a client secret", "token-1", "my lamp arrived broken", "Mia Kline"):
        assert private not in caplog.text
