"""Every hub against a server that behaves as its public documentation says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from processors.handoff.connections import ADMINISTRATOR
from processors.handoff.hubs.catalogue import HUBS, hub_of
from processors.handoff.hubs.errors import UnknownHubError
from schemas.records.handoff import ConnectionTested, DeliveryAttempted, RefreshConnection
from streams.hubs.settings import Hubs
from tests.hubs.servers import Activities, Genesys, HubServer, LivePerson, ServiceNow, Zendesk
from tests.hubs.support import CONVERSATION, NINE_MS, TENANT, World, one_hub, service, until


def settings_of(name: str, server: HubServer) -> Hubs:
    given: dict[str, dict[str, Any]] = {
        "genesys": {
            "authorization": "client_credentials",
            "user": "client",
            "secret": "a client secret",
            "token_url": f"{server.url}/oauth/token",
            "options": {"integration_id": "int-1"},
        },
        "liveperson": {
            "authorization": "liveperson",
            "user": "client",
            "secret": "a client secret",
            "token_url": f"{server.url}/app/token",
            "options": {"account_id": "acc", "skill_id": "2736637412"},
        },
        "zendesk": {
            "authorization": "basic",
            "user": "agent@example.com/token",
            "secret": "an api token",
        },
    }
    return one_hub(name, server.url, **given.get(name, {}))


SERVERS: dict[str, Any] = {
    "dynamics365": Activities,
    "genesys": Genesys,
    "liveperson": LivePerson,
    "salesforce": lambda *script: Activities(*script, prefix="/v3/directline/conversations"),
    "servicenow": ServiceNow,
    "zendesk": Zendesk,
}


async def talked(name: str, tmp_path: Path) -> tuple[World, Any]:
    """Hand off, say one thing more, end; return the world and the hub as they are then."""
    world = World(name, name)
    async with SERVERS[name]() as hub, service(world, tmp_path, settings_of(name, hub)):
        world.asks()
        world.relays(3, "hello?")
        await until(lambda: all(row.state == "sent" for row in world.deliveries()))
        world.ends()
        await until(lambda: all(row.state == "sent" for row in world.deliveries()))
        await until(lambda: len(world.deliveries()) == 3)
    return world, hub


@pytest.mark.rule("TR-07")
def test_there_is_a_hub_for_every_kind_that_a_bot_can_be_connected_to():
    assert set(HUBS) == {*SERVERS, "custom"}
    with pytest.raises(UnknownHubError, match="there is no hub 'pigeon'"):
        hub_of("pigeon")


@pytest.mark.rule("HO-34", "HO-35")
async def test_dynamics_gets_the_escalation_as_a_tag_and_the_summary_for_the_representative_only(
    tmp_path: Path,
):
    _, hub = await talked("dynamics365", tmp_path)
    escalation, said, end = hub.conversations[CONVERSATION]
    assert json.loads(escalation["channelData"]["tags"]) == {
        "type": "Escalate",
        "context": {"order": 4711, "product": "lamp", "va_AgentMessage": "wants a refund"},
    }
    assert "deliveryMode" not in escalation["channelData"]
    assert escalation["text"].startswith("wants a refund")
    assert "my lamp arrived broken" in escalation["text"]
    assert said["text"] == "hello?"
    assert json.loads(end["channelData"]["tags"]) == {"type": "EndConversation", "context": {}}


@pytest.mark.rule("TR-32", "TR-33")
async def test_genesys_gets_open_messages_from_our_conversation_with_slots_as_attributes(
    tmp_path: Path,
):
    world, hub = await talked("genesys", tmp_path)
    first, second = hub.messages.values()
    assert first["channel"]["from"] == {
        "nickname": "Mia Kline",
        "id": CONVERSATION,
        "idType": "Opaque",
    }
    assert first["channel"]["metadata"]["customAttributes"] == {
        "va_AgentMessage": "wants a refund",
        "va_order": "4711",
        "va_product": "lamp",
    }
    assert first["channel"]["messageId"] == world.delivery().idempotency_key
    assert second["text"] == "hello?"
    assert hub.events[0]["events"] == [
        {"eventType": "Presence", "presence": {"type": "Disconnect"}}
    ]


@pytest.mark.rule("TR-37")
async def test_liveperson_gets_a_conversation_for_a_skill_in_one_ordered_batch(tmp_path: Path):
    world, hub = await talked("liveperson", tmp_path)
    profile, request, summary = hub.conversations["lp-1"]
    assert request["body"]["skillId"] == "2736637412"
    assert request["body"]["brandId"] == "acc"
    assert profile["body"]["authenticatedData"]["lp_sdes"][1]["personal"] == {
        "firstname": "Mia",
        "lastname": "Kline",
    }
    assert "my lamp arrived broken" in summary["body"]["event"]["message"]
    assert [event["message"] for event in hub.events] == ["hello?"]
    assert hub.closed == ["lp-1"]
    assert json.loads(world.handoff().hub_ids)["conversation"] == "lp-1"


@pytest.mark.rule("TR-34")
async def test_salesforce_finds_the_handoff_among_the_activities_it_polls(tmp_path: Path):
    _, hub = await talked("salesforce", tmp_path)
    event, said, end = hub.conversations[CONVERSATION]
    assert (event["type"], event["name"]) == ("event", "handoff.initiate")
    assert (said["text"], said["from"]["id"]) == ("hello?", "user-mia")
    assert end["type"] == "endOfConversation"


@pytest.mark.rule("TR-35")
async def test_servicenow_gets_a_session_for_a_human_with_the_history(tmp_path: Path):
    _, hub = await talked("servicenow", tmp_path)
    start, said, end = hub.sessions[CONVERSATION]
    assert start["action"] == "START_CONVERSATION"
    assert start["contextVariables"]["live_agent_only"] == "true"
    assert start["contextVariables"]["order"] == "4711"
    assert "Customer: my lamp arrived broken" in start["message"]["text"]
    assert (said["message"]["text"], said["userId"]) == ("hello?", "mia")
    assert end["action"] == "END_CONVERSATION"


@pytest.mark.rule("TR-37")
async def test_zendesk_gets_a_ticket_with_the_history_and_later_turns_as_comments(tmp_path: Path):
    world, hub = await talked("zendesk", tmp_path)
    (ticket,) = hub.tickets.values()
    assert ticket["external_id"] == CONVERSATION
    assert ticket["comment"]["public"] is False
    assert "my lamp arrived broken" in ticket["comment"]["body"]
    assert hub.comments[0]["comment"]["body"] == "Customer: hello?"
    assert hub.comments[1]["status"] == "solved"
    assert json.loads(world.handoff().hub_ids)["conversation"] == "35000"


KEEPS_ONCE = ("dynamics365", "genesys", "salesforce", "servicenow", "zendesk")
"""Hubs whose documentation lets a repetition be told: by a key, a message id or a session id."""


@pytest.mark.parametrize("name", KEEPS_ONCE)
async def test_a_handoff_whose_answer_was_lost_is_there_once(name: str, tmp_path: Path):
    world = World(name, name)
    async with SERVERS[name]() as hub, service(world, tmp_path, settings_of(name, hub)):
        # The token comes first where there is one.
        hub.script = (["ok"] if name == "genesys" else []) + ["lost"]
        world.asks()
        await until(lambda: world.delivery().state == "sent")
        assert world.delivery().attempts == 2
        kept: dict[str, Any] = {
            "dynamics365": lambda: hub.conversations[CONVERSATION],
            "salesforce": lambda: hub.conversations[CONVERSATION],
            "genesys": lambda: hub.messages,
            "servicenow": lambda: hub.sessions[CONVERSATION],
            "zendesk": lambda: hub.tickets,
        }
        assert len(kept[name]()) == 1


@pytest.mark.parametrize("name", sorted(SERVERS))
@pytest.mark.parametrize(("status", "outcome"), [(503, "failed"), (403, "refused")])
async def test_every_hub_says_why_a_delivery_did_not_hold(
    name: str, status: int, outcome: str, tmp_path: Path
):
    world = World(name, name)
    async with SERVERS[name]() as hub, service(world, tmp_path, settings_of(name, hub)):
        tokens = {"genesys": 1, "liveperson": 2}.get(name, 0)
        hub.script = ["ok"] * tokens + [(status, {})]
        world.asks()
        await until(lambda: bool(world.of_type(DeliveryAttempted)))
    first = world.of_type(DeliveryAttempted)[0]
    assert (first.outcome, first.status_code) == (outcome, status)
    assert f"HTTP {status}" in first.because


@pytest.mark.parametrize("name", sorted(SERVERS))
async def test_every_hub_can_be_asked_whether_it_answers(name: str, tmp_path: Path):
    world = World(name, name)
    async with SERVERS[name]() as hub, service(world, tmp_path, settings_of(name, hub)):
        world.take(
            RefreshConnection(
                tenant=TENANT,
                occurred_at_ms=NINE_MS,
                bot_id="bot-1",
                test_id="test-1",
                commanded_by="ann",
                roles=(ADMINISTRATOR,),
            )
        )
        await until(lambda: bool(world.of_type(DeliveryAttempted)))
        assert hub.seen[-1].method == "GET"
    (told,) = world.of_type(DeliveryAttempted)
    assert told.outcome == "delivered", told.because
    (tested,) = world.of_type(ConnectionTested)
    assert tested.is_good, tested.findings


async def test_a_yes_that_says_no_is_a_refusal(tmp_path: Path):
    world = World("servicenow", "servicenow")
    async with ServiceNow() as hub, service(world, tmp_path, settings_of("servicenow", hub)):
        world.asks(customer_id=None)
        world.relays(3, "hello?")
        await until(lambda: all(row.state == "sent" for row in world.deliveries()))
        hub.sessions.clear()
        world.relays(4, "still there?")
        await until(lambda: world.delivery(3).state == "dead")
    assert (world.delivery(3).status_code, world.delivery(3).last_error) == (200, "no such session")
