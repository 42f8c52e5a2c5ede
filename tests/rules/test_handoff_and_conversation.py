"""A conversation, its hand-off and an outside hub together, over one broker in memory."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from processors.conversation.processor import ConversationProcessor
from processors.handoff.processor import HandoffProcessor
from processors.handoff.settings import HANDOFF_SETTINGS
from processors.routing.processor import RoutingProcessor
from processors.views import handoff as views
from schemas.records.conversation import (
    ConversationEnded,
    ConversationOpened,
    HandoffInitiated,
    TurnReleased,
    TurnSaid,
)
from schemas.records.handoff import (
    AddBot,
    BotPublished,
    ChooseEnvironment,
    DeliveryAttempted,
    DisconnectBot,
    EnableConnection,
    GiveApplication,
    HubMessageReceived,
    HubStatusReceived,
)
from schemas.records.routing import WorkItemActivity, WorkItemArrived
from streams.testing import TestCluster
from streams.topics import OUTBOUND, ROUTING_LOG
from tests.rules.setups import content, queue

SETTINGS = {
    "hubs": {"cloud": {"kind": "genesys"}},
    "environments": {"org": {"region": "Europe", "hub": "cloud", "is_provisioned": True}},
    "applications": {"app": {"name": "Lamps"}},
}
COMMON: dict[str, Any] = {"tenant": "demo", "occurred_at_ms": 1}
CONVERSATION: dict[str, Any] = {**COMMON, "conversation_id": "c-1"}
BOT: dict[str, Any] = {**COMMON, "bot_id": "lamps"}
ADMINISTRATOR: dict[str, Any] = {**BOT, "roles": ("administrator",)}
HUB: dict[str, Any] = {**COMMON, "hub": "cloud", "conversation_id": "c-1"}


def connected(*more: Any) -> TestCluster:
    """Return a running pair with the bot `lamps` connected to a hub and serving `c-1`."""
    cluster = TestCluster(ConversationProcessor(), HandoffProcessor(), *more)
    cluster.publish(HANDOFF_SETTINGS, msgspec.json.encode(SETTINGS))
    cluster.send(
        BotPublished(**BOT),
        EnableConnection(**ADMINISTRATOR, hub="cloud"),
        ChooseEnvironment(**ADMINISTRATOR, environment="org"),
        GiveApplication(**ADMINISTRATOR, application_id="app"),
        AddBot(**ADMINISTRATOR),
        ConversationOpened(**CONVERSATION, channel="live_chat", bot_id="lamps"),
        customer(1),
    )
    return cluster


def customer(number: int) -> TurnSaid:
    return TurnSaid(**CONVERSATION, turn_id=f"t-{number}", author="customer", text=f"word {number}")


def bot_says(text: str, epoch: int) -> TurnSaid:
    return TurnSaid(
        **CONVERSATION,
        turn_id=text,
        author="bot",
        author_id="lamps",
        text=text,
        ownership_epoch=epoch,
        needs_delivery=True,
    )


def send_what_is_due(cluster: TestCluster) -> list[str]:
    """Do what the outbox worker does, and return the kinds that were sent, in order."""
    sent = []
    while due := [row for row in deliveries(cluster) if row.state == "due"]:
        row = due[0]
        sent.append(row.kind)
        cluster.send(
            DeliveryAttempted(
                **COMMON,
                delivery_id=row.delivery_id,
                attempt=row.attempts + 1,
                outcome="delivered",
                hub_ids='{"conversation":"g-1"}',
            )
        )
    return sent


def deliveries(cluster: TestCluster) -> list[views.DeliveryView]:
    rows = cluster["handoff"].rows(views.DELIVERY, b"demo\0")
    return [views.decode(views.DELIVERY, value) for _, value in rows]


def handoffs(cluster: TestCluster) -> list[views.HubHandoffView]:
    rows = cluster["handoff"].rows(views.HUB_HANDOFF, b"demo\0")
    return [views.decode(views.HUB_HANDOFF, value) for _, value in rows]


def owner(cluster: TestCluster) -> tuple[str, str | None, int]:
    from processors.views import conversation  # noqa: PLC0415

    ((_, value),) = cluster["conversation"].rows(conversation.CONVERSATION, b"demo:c-1")
    row = conversation.decode(conversation.CONVERSATION, value)
    return row.owner_kind, row.owner_id, row.ownership_epoch


def released(cluster: TestCluster) -> list[str]:
    return [one.text for one in cluster.outputs(OUTBOUND) if isinstance(one, TurnReleased)]


@pytest.mark.rule("TR-29")
@pytest.mark.rule("TR-30")
@pytest.mark.parametrize("is_restarted", [False, True])
def test_from_bot_to_the_hubs_representative_and_back(*, is_restarted: bool) -> None:
    cluster = connected()
    assert owner(cluster) == ("bot", "lamps", 1)
    cluster.send(HandoffInitiated(**CONVERSATION, bot_id="lamps", ownership_epoch=1))
    assert owner(cluster)[::2] == ("queue", 2)
    cluster.send(customer(2))
    if is_restarted:
        cluster.restart()
    assert send_what_is_due(cluster) == ["initiate", "message"]
    cluster.send(HubStatusReceived(**HUB, state="accepted", representative_id="ines"))
    assert owner(cluster) == ("representative", "ines", 3)
    cluster.send(
        HubMessageReceived(**HUB, hub_message_id="m-1", author="representative", text="I am Ines"),
        bot_says("I still talk", 1),
        customer(3),
    )
    assert released(cluster) == ["I am Ines"]
    assert send_what_is_due(cluster) == ["message"]
    if is_restarted:
        cluster.restart()
    cluster.send(HubStatusReceived(**HUB, state="completed", message="solved"))
    assert owner(cluster) == ("bot", "lamps", 4)
    cluster.send(bot_says("anything else?", 4))
    assert released(cluster) == ["I am Ines", "anything else?"]
    assert [one.state for one in handoffs(cluster)] == ["completed"]
    assert cluster.audit() is None


@pytest.mark.rule("TR-29")
def test_failed_once_the_bot_has_it_failed_twice_our_own_routing_has_it() -> None:
    cluster = connected()
    cluster.send(HandoffInitiated(**CONVERSATION, bot_id="lamps", request_id="a"))
    cluster.send(HubStatusReceived(**HUB, state="failed", message="nobody is here"))
    assert owner(cluster) == ("bot", "lamps", 3)
    cluster.send(HandoffInitiated(**CONVERSATION, bot_id="lamps", request_id="b"))
    assert owner(cluster)[::2] == ("queue", 4)
    cluster.send(HubStatusReceived(**HUB, hub_event_id="second", state="failed"))
    assert owner(cluster)[::2] == ("queue", 4)
    (item,) = [one for one in cluster.outputs(ROUTING_LOG) if isinstance(one, WorkItemArrived)]
    assert (item.item_id, item.request_id, item.ownership_epoch) == ("c-1", "c-1/2", 4)
    assert [one.state for one in handoffs(cluster)] == ["failed", "fell_back"]
    assert cluster.audit() is None


def test_a_hub_that_never_answers_gives_it_back_to_the_bot() -> None:
    cluster = connected()
    cluster.send(HandoffInitiated(**CONVERSATION, bot_id="lamps"))
    assert send_what_is_due(cluster) == ["initiate"]
    cluster.advance(600_000)
    assert owner(cluster) == ("bot", "lamps", 3)
    assert send_what_is_due(cluster) == ["status", "end"]
    late = HubStatusReceived(**HUB, state="accepted", representative_id="ines")
    cluster.send(late)
    assert owner(cluster) == ("bot", "lamps", 3)


def test_a_customer_who_leaves_takes_the_hand_off_along() -> None:
    cluster = connected()
    cluster.send(HandoffInitiated(**CONVERSATION, bot_id="lamps"))
    assert send_what_is_due(cluster) == ["initiate"]
    cluster.send(ConversationEnded(**CONVERSATION, reason="customer_left"))
    assert send_what_is_due(cluster) == ["end"]
    assert [one.state for one in handoffs(cluster)] == ["withdrawn"]


@pytest.mark.rule("HO-16")
def test_a_bot_that_is_disconnected_hands_what_it_serves_to_our_own_queue() -> None:
    cluster = connected()
    cluster.send(DisconnectBot(**ADMINISTRATOR))
    assert owner(cluster)[::2] == ("queue", 2)
    (item,) = [one for one in cluster.outputs(ROUTING_LOG) if isinstance(one, WorkItemArrived)]
    assert (item.item_id, item.reason) == ("c-1", "bot_disconnected")
    new = {**COMMON, "conversation_id": "c-2"}
    cluster.send(ConversationOpened(**new, channel="live_chat", bot_id="lamps"))
    items = [one for one in cluster.outputs(ROUTING_LOG) if isinstance(one, WorkItemArrived)]
    assert [one.item_id for one in items] == ["c-1", "c-2"]


def test_routing_hears_the_customer_whoever_had_the_conversation_before() -> None:
    cluster = connected(RoutingProcessor())
    stream = {"id": "w", "kind": "messaging", "mode": "push", "fallback_queue": "q"}
    cluster.publish("routing.setup", content(workstreams=[stream], queues=[queue("q")]))
    opened = ConversationOpened(**CONVERSATION, channel="live_chat", bot_id="lamps", workstream="w")
    cluster.send(opened, HandoffInitiated(**CONVERSATION, bot_id="lamps", request_id="a"))
    cluster.send(HubStatusReceived(**HUB, state="failed"))
    cluster.send(HandoffInitiated(**CONVERSATION, bot_id="lamps", request_id="b"))
    assert owner(cluster) == ("queue", None, 4)
    cluster.send(HubStatusReceived(**HUB, hub_event_id="second", state="failed"))
    assert owner(cluster) == ("queue", "q", 5)
    cluster.send(customer(2))
    heard = [one for one in cluster.outputs(ROUTING_LOG) if isinstance(one, WorkItemActivity)]
    assert [(one.item_id, one.activity) for one in heard] == [("c-1", "customer_wrote")]
    assert not [row for row in deliveries(cluster) if row.kind == "message"]
    late = HubMessageReceived(**HUB, hub_message_id="m", author="representative", text="too late")
    cluster.send(late)
    assert "too late" not in released(cluster)
    assert cluster["handoff"].rejections()[-1].code == "handoff.over"
    assert cluster.audit() is None
