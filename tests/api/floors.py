"""A shop floor to ask about: the demo's setup, representatives at work, customers who wait."""

from __future__ import annotations

from typing import Any

import msgspec

from schemas.records import routing
from schemas.records.conversation import ConversationOpened, TurnSaid
from schemas.records.handoff import HandoffRequested
from streams.testing import TestCluster
from tests.api.support import shop

SECRET_MESSAGE = "has called twice about it already"


def floor(*connected: str, waiting: int = 0) -> TestCluster:
    """Return a cluster of the demo's shop with some at work, and customers that came to it."""
    cluster = shop()
    connect(cluster, *connected)
    for number in range(waiting):
        arrive(cluster, f"i-{number}")
    return cluster


def connect(cluster: TestCluster, *names: str, tenant: str = "demo") -> None:
    for name in names:
        give(cluster, routing.RepresentativeConnected, tenant=tenant, representative_id=name)


def give(cluster: TestCluster, record: Any, *, tenant: str = "demo", **fields: Any) -> None:
    """Let in a record of now."""
    cluster.send(record(tenant=tenant, occurred_at_ms=cluster.clock.now_ms(), **fields))


def arrive(
    cluster: TestCluster,
    name: str,
    *,
    variables: dict[str, Any] | None = None,
    tenant: str = "demo",
    **fields: Any,
) -> None:
    """Let a conversation come straight to routing, by way of a hand-off request."""
    given: dict[str, Any] = {
        "item_id": name,
        "kind": "messaging",
        "channel": "live_chat",
        "locale": "en",
        "customer_name": "Mia",
        "request_id": f"{name}/1",
        "bot_id": "shop-bot",
        "message": SECRET_MESSAGE,
        "reason": "asked for it",
        "variables": msgspec.json.encode(variables or {"order_number": 70441}).decode(),
        "ownership_epoch": 2,
    }
    give(cluster, routing.WorkItemArrived, tenant=tenant, **(given | fields))


def hand_off(cluster: TestCluster, name: str = "c-1") -> None:
    """Let a customer talk to the demo's bot and ask it for a person."""
    give(
        cluster,
        ConversationOpened,
        conversation_id=name,
        channel="live_chat",
        bot_id="shop-bot",
        is_routed=True,
        customer_name="Mia",
        locale="en",
    )
    say(cluster, name, "talk to a person")


def say(cluster: TestCluster, name: str, text: str) -> None:
    """Let a customer say something."""
    give(
        cluster,
        TurnSaid,
        conversation_id=name,
        turn_id=f"{name}-{cluster.broker.partition('conversation.turns.v1', 0).end}-{len(text)}",
        author="customer",
        text=text,
    )


def accept(cluster: TestCluster, who: str, item_id: str) -> None:
    """Let somebody accept what they are offered."""
    offered = [
        record
        for record in cluster.outputs("routing.decisions.v1")
        if isinstance(record, routing.OfferMade) and record.item_id == item_id
    ]
    give(
        cluster,
        routing.AcceptOffer,
        representative_id=who,
        item_id=item_id,
        offer_id=offered[-1].offer_id,
        command_id=f"accept-{item_id}-{len(offered)}",
    )


def requested(cluster: TestCluster) -> list[HandoffRequested]:
    """Return the hand-off requests."""
    return [
        record
        for record in cluster.outputs("handoff.connections.v1")
        if isinstance(record, HandoffRequested)
    ]
