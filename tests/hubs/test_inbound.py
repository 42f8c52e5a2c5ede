"""What hubs send: nothing without a signature, nothing twice, nothing before the broker has it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook

from schemas.records.conversation import HandoffStatusChanged, TurnSaid
from schemas.records.handoff import HubMessageReceived, HubStatusReceived
from streams.hubs.settings import Endpoint, Hubs
from streams.telemetry.metrics import Metrics
from tests.hubs.servers import Custom
from tests.hubs.support import World, client, one_hub, service, until

SIGNED = {"signing_secret": Custom.SECRET, "inbound_secret": Custom.SECRET}


def activity(event_id: str = "a-1", text: str = "I can help", **fields: Any) -> dict[str, Any]:
    return {
        "type": "message",
        "id": event_id,
        "conversation": {"id": "hub-1"},
        "from": {"id": "ann", "name": "Ann", "role": "bot"},
        "text": text,
        **fields,
    }


def status(state: str, event_id: str = "s-1", **fields: Any) -> dict[str, Any]:
    value = {"state": state}
    return activity(event_id, type="event", name="handoff.status", value=value, **fields)


def signed(
    body: bytes, *, secret: str = Custom.SECRET, at_s: float | None = None
) -> dict[str, str]:
    at = datetime.fromtimestamp(int(time.time() if at_s is None else at_s), UTC)
    return {
        "webhook-id": "d-1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("d-1", at, body.decode()),
    }


async def post(
    asking: httpx2.AsyncClient, content: Any, headers: dict[str, str] | None = None
) -> httpx2.Response:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    given = signed(body) if headers is None else headers
    return await asking.post("/in/hubs/custom/demo", content=body, headers=given)


def hubs(url: str = "http://127.0.0.1:9") -> Hubs:
    return one_hub("custom", url, **SIGNED)


@pytest.mark.rule("HO-03", "TR-26")
async def test_what_the_hubs_human_says_becomes_a_turn_of_the_same_conversation(tmp_path: Path):
    world = World()
    async with (
        Custom() as hub,
        service(world, tmp_path, hubs(hub.url)) as made,
        client(made) as asking,
    ):
        world.asks()
        await until(lambda: world.delivery().state == "sent")
        assert (await post(asking, status("accepted"))).status_code == 202
        assert (await post(asking, activity())).status_code == 202
    (said,) = world.of_type(TurnSaid)
    assert (said.conversation_id, said.author, said.author_id) == ("c-1", "representative", "ann")
    assert said.text == "I can help"
    (told,) = world.of_type(HandoffStatusChanged)
    assert (told.state, told.representative_id) == ("accepted", "ann")


async def test_the_same_event_delivered_again_adds_nothing(tmp_path: Path):
    world = World()
    async with service(world, tmp_path, hubs(), is_sending=False) as made, client(made) as asking:
        world.asks()
        for _ in range(3):
            assert (await post(asking, activity())).status_code == 202
    assert len(world.of_type(HubMessageReceived)) == 1
    # A worker that remembers nothing appends it again under the same id; the rules know it.
    async with service(world, tmp_path, hubs(), is_sending=False) as made, client(made) as asking:
        assert (await post(asking, activity())).status_code == 202
    assert world.ids == ["message/a-1", "message/a-1"]


@pytest.mark.parametrize(
    "change",
    [
        lambda headers: {},
        lambda headers: headers | {"webhook-signature": "v1,AAAA"},
        lambda headers: headers | {"webhook-id": "d-2"},
        lambda headers: headers | {"webhook-timestamp": "soon"},
        lambda headers: signed(b"{}"),
        lambda headers: signed(b"{}", secret="whsec_" + base64.b64encode(b"other").decode()),
    ],
    ids=["missing", "wrong", "another id", "no time", "another body", "another secret"],
)
async def test_what_does_not_verify_is_answered_401_and_nothing_more(tmp_path: Path, change: Any):
    world, metrics = World(), Metrics()
    async with (
        service(world, tmp_path, hubs(), is_sending=False, metrics=metrics) as made,
        client(made) as asking,
    ):
        body = json.dumps(activity()).encode()
        answer = await post(asking, body, change(signed(body)))
    assert (answer.status_code, answer.content) == (401, b"")
    assert not world.of_type(HubMessageReceived)
    counted = metrics.inbound_payloads.labels("hub_custom", "unverified")
    assert counted._value.get() == 1  # the library has no public way to read one


async def test_a_webhook_of_long_ago_does_not_count_though_its_signature_is_right(tmp_path: Path):
    world = World()
    async with service(world, tmp_path, hubs(), is_sending=False) as made, client(made) as asking:
        body = json.dumps(activity()).encode()
        for at_s in (time.time() - 301, time.time() + 302):
            assert (await post(asking, body, signed(body, at_s=at_s))).status_code == 401
        assert (await post(asking, body, signed(body, at_s=time.time() - 290))).status_code == 202


async def test_a_hub_that_is_not_set_up_and_one_without_a_secret_are_answered_alike(tmp_path: Path):
    world = World()
    known = one_hub("custom", "http://127.0.0.1:9")
    async with service(world, tmp_path, known, is_sending=False) as made, client(made) as asking:
        body = json.dumps(activity()).encode()
        for address in ("/in/hubs/custom/demo", "/in/hubs/pigeon/demo", "/in/hubs/custom/acme"):
            answer = await asking.post(address, content=body, headers=signed(body))
            assert (answer.status_code, answer.content) == (401, b"")


async def test_both_secrets_count_while_one_is_being_replaced(tmp_path: Path):
    file, old = tmp_path / "secrets", "whsec_" + base64.b64encode(b"the one before").decode()
    file.write_text(f"{Custom.SECRET}\n{old}\n")
    known = one_hub("custom", "http://127.0.0.1:9", inbound_secret_file=file)
    world = World()
    async with service(world, tmp_path, known, is_sending=False) as made, client(made) as asking:
        for number, secret in enumerate((Custom.SECRET, old)):
            body = json.dumps(activity(f"a-{number}")).encode()
            assert (await post(asking, body, signed(body, secret=secret))).status_code == 202


async def test_events_that_mean_nothing_to_us_are_counted_and_taken(tmp_path: Path):
    world, metrics = World(), Metrics()
    async with (
        service(world, tmp_path, hubs(), is_sending=False, metrics=metrics) as made,
        client(made) as asking,
    ):
        answer = await post(asking, activity(type="typing"))
    assert answer.status_code == 200
    assert metrics.inbound_payloads.labels("hub_custom", "ignored")._value.get() == 1


async def test_a_signed_body_that_is_none_of_the_hubs_is_refused_with_a_sentence(tmp_path: Path):
    world = World()
    async with service(world, tmp_path, hubs(), is_sending=False) as made, client(made) as asking:
        answer = await post(asking, b"[]")
        long_id = await post(asking, activity("a" * 300))
    assert answer.status_code == 422
    assert "custom sent a body that cannot be read" in answer.json()["detail"]
    assert long_id.status_code == 422


async def test_a_body_over_one_mebibyte_is_not_read(tmp_path: Path):
    world = World()
    async with service(world, tmp_path, hubs(), is_sending=False) as made, client(made) as asking:
        answer = await post(asking, b" " * 1_048_577)
    assert answer.status_code == 413


async def test_nothing_is_acknowledged_before_the_broker_has_it(tmp_path: Path):
    world = World()
    async with service(world, tmp_path, hubs(), is_sending=False) as made, client(made) as asking:
        world.down = "the broker is gone"
        answer = await post(asking, status("accepted"))
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
        world.down = None
        assert (await post(asking, status("accepted"))).status_code == 202
    assert len(world.of_type(HubStatusReceived)) == 1


@pytest.mark.rule("TR-33")
async def test_a_genesys_webhook_with_a_wrong_or_missing_signature_is_answered_401(tmp_path: Path):
    world = World("genesys", "genesys")
    known = one_hub("genesys", "http://127.0.0.1:9", inbound_secret="webhook secret")
    sample = Path(__file__).parents[1] / "payloads" / "hubs" / "genesys" / "in_text.json"
    body = json.dumps(json.loads(sample.read_text())["body"]).encode()
    made_of = hmac.new(b"webhook secret", body, hashlib.sha256).digest()
    right = {"X-Hub-Signature-256": f"sha256={base64.b64encode(made_of).decode()}"}
    async with service(world, tmp_path, known, is_sending=False) as made, client(made) as asking:
        world.asks()
        for headers, code in (
            ({}, 401),
            ({"X-Hub-Signature-256": "sha256=AAAA"}, 401),
            (right, 202),
        ):
            answer = await asking.post("/in/hubs/genesys/demo", content=body, headers=headers)
            assert answer.status_code == code
    (said,) = world.of_type(TurnSaid)
    assert (said.conversation_id, said.text) == ("c-1", "I can help")


async def test_a_tenants_own_endpoint_goes_before_the_common_one(tmp_path: Path):
    common = Endpoint(url="http://127.0.0.1:9", inbound_secret=SecretStr(Custom.SECRET))
    other = "whsec_" + base64.b64encode(b"acme's own").decode()
    own = Endpoint(url="http://127.0.0.1:9", inbound_secret=SecretStr(other))
    known = Hubs(endpoints={"custom": common, "acme:custom": own})
    world = World()
    async with service(world, tmp_path, known, is_sending=False) as made, client(made) as asking:
        body = json.dumps(activity()).encode()
        mine = await asking.post("/in/hubs/custom/demo", content=body, headers=signed(body))
        theirs = await asking.post("/in/hubs/custom/acme", content=body, headers=signed(body))
    assert (mine.status_code, theirs.status_code) == (202, 401)
