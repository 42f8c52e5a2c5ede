"""Why, across logs: from a customer's word to the hand-off, to routing, to who was chosen."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx2

from schemas import codec
from schemas.records import handoff, routing
from schemas.records.conversation import TurnSaid
from streams.api.explain import cause_of, explain, place_of
from streams.testing import TestCluster
from tests.api.floors import SECRET_MESSAGE, accept, arrive, connect, floor, hand_off
from tests.api.support import PARTITIONS, ClusterLog, body, node, token

ADMIN: dict[str, Any] = {"roles": ["admin"]}


@contextlib.asynccontextmanager
async def asking(
    cluster: TestCluster, user: str = "eve", **claims: Any
) -> AsyncIterator[httpx2.AsyncClient]:
    async with node(cluster=cluster) as worker, worker.client(token(user, **claims)) as client:
        yield client


async def chain(client: httpx2.AsyncClient, event_id: str) -> list[dict[str, Any]]:
    answer = await client.get("/v1/explain", params={"id": event_id})
    assert answer.status_code == 200, answer.text
    links: list[dict[str, Any]] = body(answer)["chain"]
    return links


def kinds(links: list[dict[str, Any]]) -> list[str]:
    return [link["type"].rpartition(".")[2] for link in links]


def place_of_last(cluster: TestCluster, topic: str, record: type[Any]) -> str:
    """Return the id of the newest input of a kind on a log."""
    for number, partition in enumerate(cluster.broker.topics[topic]):
        for one in reversed(partition.read()):
            if one.value is not None and isinstance(codec.decode(one.value), record):
                return f"{topic}/{number}/{one.offset}"
    raise AssertionError(f"no {record.__name__} on {topic}")


async def test_the_turn_that_asked_for_a_person_tells_everything_that_followed():
    cluster = floor("ann", "ben")
    hand_off(cluster)
    asked = place_of_last(cluster, "conversation.turns.v1", TurnSaid)
    async with asking(cluster, **ADMIN) as client:
        links = await chain(client, asked)
    told = kinds(links)
    assert told[0] == "TurnSaid"
    assert links[0]["summary"] == "customer said: “talk to a person”"
    wanted = [
        "HandoffRequested",
        "WorkItemArrived",
        "ItemRouted",
        "AssignmentDecided",
        "OfferMade",
    ]
    order = [told.index(name) for name in wanted]
    assert order == sorted(order)
    assert told.index("OwnershipMoved") > told.index("WorkItemArrived")
    (decided,) = [link for link in links if link["type"].endswith("AssignmentDecided")]
    assert decided["summary"].startswith("chose ann of 5 for c-1: ")
    # What followed from the words went back to the conversation, and the chain ends there.
    assert len({link["id"] for link in links}) == len(links)


async def test_a_decision_tells_what_led_to_it_as_far_back_as_the_customers_word():
    cluster = floor("ann")
    hand_off(cluster)
    async with asking(cluster, "sue", roles=["supervisor"], queues=["shop"]) as client:
        (head,) = body(await client.get("/v1/decisions?item_id=c-1"))["items"]
        links = await chain(client, head["decision_id"])
    assert kinds(links) == ["TurnSaid", "HandoffRequested", "WorkItemArrived", "AssignmentDecided"]
    assert [link["kind"] for link in links] == ["input", "input", "input", "event"]
    assert links[-1]["id"] == head["decision_id"]


async def test_an_acceptance_tells_what_the_conversation_was_told():
    cluster = floor("ann")
    hand_off(cluster)
    accept(cluster, "ann", "c-1")
    given = place_of_last(cluster, "handoff.requests.v1", routing.AcceptOffer)
    async with asking(cluster, **ADMIN) as client:
        links = await chain(client, given)
    assert {"AcceptOffer", "OfferClosed", "ItemMoved", "RepresentativeAccepted"} <= set(
        kinds(links)
    )
    moved = [link["summary"] for link in links if link["type"].endswith("ItemMoved")]
    assert moved[0].startswith("c-1: offered to active: ")


async def test_decisions_are_explained_to_supervisors_of_the_queue_and_to_who_serves():
    cluster = floor("ann")
    hand_off(cluster)
    async with asking(cluster, **ADMIN) as client:
        (head,) = body(await client.get("/v1/decisions?item_id=c-1"))["items"]
    statuses: dict[tuple[str, bool], int] = {}
    for is_accepted in (False, True):
        if is_accepted:
            accept(cluster, "ann", "c-1")
        for name, user, claims in (
            ("of the queue", "sue", {"roles": ["supervisor"], "queues": ["shop"]}),
            ("of another", "sue", {"roles": ["supervisor"], "queues": ["phone"]}),
            ("who is offered it", "ann", {"roles": ["representative"]}),
            ("a colleague", "ben", {"roles": ["representative"]}),
            ("another tenant's", "eve", {"roles": ["admin"], "tenant": "other"}),
        ):
            async with asking(cluster, user, **claims) as client:
                answer = await client.get("/v1/explain", params={"id": head["decision_id"]})
                statuses[name, is_accepted] = answer.status_code
    assert statuses == {
        ("of the queue", False): 200,
        ("of the queue", True): 200,
        ("of another", False): 404,
        ("of another", True): 404,
        ("who is offered it", False): 404,
        ("who is offered it", True): 200,
        ("a colleague", False): 404,
        ("a colleague", True): 404,
        ("another tenant's", False): 404,
        ("another tenant's", True): 404,
    }


async def test_one_input_that_concerned_many_items_tells_a_supervisor_theirs_alone():
    cluster = floor()
    arrive(cluster, "i-1")
    arrive(cluster, "d-1", variables={"is_damaged": "true", "order_number": 1})
    connect(cluster, "ann")
    signed_in = place_of_last(cluster, "handoff.requests.v1", routing.RepresentativeConnected)
    async with asking(cluster, **ADMIN) as client:
        whole = await chain(client, signed_in)
    async with asking(cluster, "sue", roles=["supervisor"], queues=["shop"]) as client:
        part = await chain(client, signed_in)
    items = {link["record"].get("item_id") for link in whole} - {None}
    assert items == {"i-1", "d-1"}
    assert {link["record"].get("item_id") for link in part} - {None} == {"i-1"}
    assert "PresenceChanged" in kinds(part)


async def test_a_refused_command_is_explained_by_its_place():
    cluster = floor("ann")
    arrive(cluster, "i-1")
    async with node(cluster=cluster) as worker:
        async with worker.client(token("ann", roles=["representative"])) as client:
            refused = await client.post("/v1/items/end", json={"item_id": "i-1"})
            assert refused.status_code == 409
        given = place_of_last(cluster, "handoff.requests.v1", routing.EndItem)
        async with worker.client(token("eve", **ADMIN)) as client:
            links = await chain(client, given)
    assert [link["kind"] for link in links] == ["input", "rejection"]
    assert links[1]["summary"].startswith("routing.")


async def test_what_an_administrator_did_to_a_connection_is_explained():
    cluster = floor()
    async with asking(cluster, **ADMIN) as client:
        command = {"bot_id": "shop-bot", "hub": "cuestream"}
        done = body(await client.post("/v1/connections/enable", json=command))
        links = await chain(client, done["cause"])
    assert kinds(links)[:2] == ["EnableConnection", "ConnectionChanged"]
    async with asking(cluster, "ann", roles=["representative"]) as client:
        answer = await client.get("/v1/explain", params={"id": done["cause"]})
        assert answer.status_code == 404


async def test_the_command_line_explains_across_logs_too():
    cluster = floor("ann")
    hand_off(cluster)
    log = ClusterLog(cluster)
    asked = place_of_last(cluster, "handoff.connections.v1", handoff.HandoffRequested)
    cause = await cause_of(log, place_of(asked), partitions=PARTITIONS)
    told = await explain(log, asked, cause, partitions=PARTITIONS)
    names = [link.type.rpartition(".")[2] for link in told.chain]
    assert names[:2] == ["TurnSaid", "HandoffRequested"]
    assert {"WorkItemArrived", "AssignmentDecided", "HandoffProgressed"} <= set(names)
    # Without the number of partitions, only what stands beside the input is told.
    alone = await explain(log, asked, cause)
    assert [link.type.rpartition(".")[2] for link in alone.chain] == [
        "HandoffRequested",
        "HandoffProgressed",
    ]


async def test_a_private_message_is_in_no_chain_of_who_may_not_read_it():
    cluster = floor("ann")
    arrive(cluster, "i-1")
    given = place_of_last(cluster, "handoff.requests.v1", routing.WorkItemArrived)
    for user, claims in (
        ("ann", {"roles": ["representative"]}),
        ("sue", {"roles": ["supervisor", "representative"], "queues": ["phone"]}),
    ):
        async with asking(cluster, user, **claims) as client:
            answer = await client.get("/v1/explain", params={"id": given})
            assert answer.status_code == 404
    async with asking(cluster, "sue", roles=["supervisor"], queues=["shop"]) as client:
        assert SECRET_MESSAGE in str(await chain(client, given))
