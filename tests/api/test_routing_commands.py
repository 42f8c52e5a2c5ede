"""Commands of desks and boards: the record each becomes, who may give it, what the rules say."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from processors.routing.rows import Item
from schemas import codec
from schemas.records import handoff, routing
from schemas.records.control import InputRejected
from streams.api.routing_commands import CONNECTION_VERBS, ITEM_VERBS, SUPERVISOR_VERBS
from streams.api.verdicts import KafkaVerdicts
from streams.client.producer import Delivery, Producer, Receipt
from streams.runtime.ledger import Marker
from streams.settings import Kafka
from streams.topics import REJECTIONS, ROUTING_LOG
from tests.api.floors import accept, arrive, floor
from tests.api.support import NINE_MS, PARTITIONS, body, node, token

ANN = token("ann", roles=["representative"])
SUE = token("sue", roles=["supervisor"], queues=["shop"])
EVE = token("eve", roles=["admin"])
CHAT = token("chat", roles=["adapter"])

Fields = dict[str, Any]


def plain(record: Any) -> Fields:
    """Return a record's fields but for its envelope."""
    envelope = {
        "tenant",
        "occurred_at_ms",
        "recorded_at_ms",
        "person_key_id",
        "causation_id",
        "correlation_id",
        "ownership_epoch",
    }
    return {
        name: getattr(record, name) for name in record.__struct_fields__ if name not in envelope
    }


ITEM: Fields = {"item_id": "i-1", "command_id": "c-1"}
ANNS: Fields = {"representative_id": "ann", "item_id": "i-1", "command_id": "c-1"}
TOLD: Fields = {"representative_id": "ann", "item_id": "i-1"}
SUES: Fields = {"supervisor_id": "sue", "item_id": "i-1", "command_id": "c-1"}


@pytest.mark.parametrize(
    ("path", "command", "record", "fields"),
    [
        (
            "/v1/desk/presence",
            {"presence": "away", "command_id": "c-1"},
            routing.SetPresence,
            {"representative_id": "ann", "presence": "away", "set_by": "ann", "command_id": "c-1"},
        ),
        (
            "/v1/desk/connect",
            {},
            routing.RepresentativeConnected,
            {"representative_id": "ann"},
        ),
        (
            "/v1/desk/disconnect",
            {"is_sign_out": True},
            routing.RepresentativeDisconnected,
            {"representative_id": "ann", "is_sign_out": True},
        ),
        (
            "/v1/offers/accept",
            ITEM | {"offer_id": "i-1/1.1"},
            routing.AcceptOffer,
            ANNS | {"offer_id": "i-1/1.1"},
        ),
        (
            "/v1/offers/decline",
            ITEM | {"offer_id": "i-1/1.1", "reason": "lunch"},
            routing.DeclineOffer,
            ANNS | {"offer_id": "i-1/1.1", "reason": "lunch"},
        ),
        ("/v1/items/pick", ITEM, routing.PickItem, ANNS),
        ("/v1/items/release", ITEM | {"reason": "r"}, routing.ReleaseItem, ANNS | {"reason": "r"}),
        (
            "/v1/items/consult",
            ITEM | {"representative": "ben"},
            routing.StartConsult,
            ANNS | {"consulted_id": "ben"},
        ),
        (
            "/v1/items/end_consult",
            ITEM | {"representative": "ben"},
            routing.EndConsult,
            ANNS | {"consulted_id": "ben"},
        ),
        ("/v1/items/end", ITEM | {"reason": "done"}, routing.EndItem, ANNS | {"reason": "done"}),
        ("/v1/items/close", ITEM, routing.CloseItem, ANNS),
        ("/v1/items/wait", ITEM, routing.WaitItem, ANNS),
        ("/v1/items/resume", ITEM, routing.ResumeItem, ANNS),
        ("/v1/items/call", ITEM, routing.EscalateToVoice, ANNS),
        ("/v1/items/end_call", ITEM, routing.EndEscalation, ANNS),
        ("/v1/items/focus", ITEM, routing.ItemFocused, TOLD),
        ("/v1/items/unfocus", ITEM, routing.ItemUnfocused, TOLD),
        *(
            (
                "/v1/items/transfer",
                ITEM | {target: "x", "reason": "r"},
                routing.TransferItem,
                ANNS | {"target": target, "target_id": "x", "reason": "r"},
            )
            for target in ("queue", "representative", "bot", "number")
        ),
    ],
)
async def test_every_command_of_a_desk_becomes_its_record_with_the_asker_as_actor(
    path: str, command: Fields, record: type[Any], fields: Fields
):
    async with node() as worker, worker.client(ANN) as client:
        answer = await client.post(path, json=command)
        assert answer.status_code == 202, answer.text
        # Nobody takes anything in here: it is on the log, and no more is known.
        assert body(answer)["state"] == "under_way"
        assert body(answer)["cause"] == f"{ROUTING_LOG}/0/0"
        (given,) = worker.log.records()
        assert type(given) is record
        assert plain(given) == fields
        assert given.tenant == "demo"
        assert given.occurred_at_ms > NINE_MS


@pytest.mark.parametrize(
    ("path", "command", "record", "fields"),
    [
        (
            "/v1/supervise/assign",
            ITEM | {"representative": "ben", "over_capacity": True},
            routing.AssignItem,
            SUES
            | {
                "assigned_id": "ben",
                "queue_id": None,
                "is_over_capacity": True,
                "reason": None,
            },
        ),
        (
            "/v1/supervise/assign",
            ITEM | {"queue": "shop", "reason": "r"},
            routing.AssignItem,
            SUES
            | {"assigned_id": None, "queue_id": "shop", "is_over_capacity": False, "reason": "r"},
        ),
        (
            "/v1/supervise/close",
            ITEM | {"reason": "spam"},
            routing.ForceCloseItem,
            SUES | {"reason": "spam"},
        ),
        ("/v1/supervise/monitor", ITEM, routing.MonitorItem, SUES),
        ("/v1/supervise/join", ITEM, routing.JoinItem, SUES),
        ("/v1/supervise/leave", ITEM, routing.LeaveItem, SUES),
        (
            "/v1/supervise/presence",
            {"representative": "ben", "presence": "away", "command_id": "c-1"},
            routing.SetPresence,
            {"representative_id": "ben", "presence": "away", "set_by": "sue", "command_id": "c-1"},
        ),
        (
            "/v1/deliveries/retry",
            {"delivery_id": "c-1/1/000001"},
            handoff.RetryDelivery,
            {"delivery_id": "c-1/1/000001", "commanded_by": "sue"},
        ),
    ],
)
async def test_every_command_of_a_board_becomes_its_record_with_the_asker_as_actor(
    path: str, command: Fields, record: type[Any], fields: Fields
):
    async with node() as worker, worker.client(SUE) as client:
        worker.put_item(Item("i-1", 1, "messaging", queue_id="shop"))
        answer = await client.post(path, json=command)
        assert answer.status_code == 202, answer.text
        (given,) = worker.log.records()
        assert type(given) is record
        assert plain(given) == fields


@pytest.mark.parametrize("verb", sorted(CONNECTION_VERBS))
async def test_every_command_of_a_connection_becomes_its_record_with_the_askers_roles(verb: str):
    everything = {
        "bot_id": "shop-bot",
        "hub": "cuestream",
        "environment": "live",
        "application_id": "app-1",
        "is_on": True,
        "is_transfer_test": True,
        "source_bot_id": "old-bot",
        "had_capabilities": True,
        "is_newest": True,
        "has_unmanaged_layers": False,
        "number": 3,
    }
    name, takes = CONNECTION_VERBS[verb]
    async with node() as worker, worker.client(EVE) as client:
        answer = await client.post(f"/v1/connections/{verb}", json=everything)
        assert answer.status_code == 202, answer.text
        (given,) = worker.log.records()
    assert type(given).__name__ == name
    found = plain(given)
    assert (found.pop("bot_id"), found.pop("commanded_by")) == ("shop-bot", "eve")
    # What an administrator is here, the rules of connections call so too.
    assert set(found.pop("roles")) == {"admin", "administrator"}
    assert found.keys() == set(takes)
    assert {field: found[field] for field in takes if field != "test_id"} == {
        field: everything[field] for field in takes if field != "test_id"
    }


async def test_commands_without_an_id_get_each_their_own():
    async with node() as worker, worker.client(ANN) as client:
        for _ in range(2):
            answer = await client.post("/v1/items/pick", json={"item_id": "i-1"})
            assert answer.status_code == 202
        first, second = worker.log.records()
    assert first.command_id != second.command_id


@pytest.mark.parametrize(
    ("path", "command"),
    [
        ("/v1/desk/presence", {"presence": "away"}),
        ("/v1/desk/connect", {}),
        ("/v1/desk/disconnect", {}),
        ("/v1/offers/accept", {"item_id": "i-1", "offer_id": "o"}),
        ("/v1/items/pick", {"item_id": "i-1"}),
        ("/v1/items/transfer", {"item_id": "i-1", "queue": "shop"}),
    ],
)
async def test_only_representatives_have_desks(path: str, command: Fields):
    async with node() as worker:
        for who in (SUE, EVE, CHAT):
            async with worker.client(who) as client:
                answer = await client.post(path, json=command)
                assert answer.status_code == 403
                assert "representative" in body(answer)["detail"]
        assert worker.log.records() == []


@pytest.mark.parametrize(
    ("path", "command"),
    [
        ("/v1/supervise/assign", {"item_id": "i-1", "queue": "shop"}),
        ("/v1/supervise/close", {"item_id": "i-1"}),
        ("/v1/supervise/monitor", {"item_id": "i-1"}),
        ("/v1/supervise/presence", {"representative": "ben", "presence": "away"}),
        ("/v1/desk/presence", {"representative": "ben", "presence": "away"}),
        ("/v1/deliveries/retry", {"delivery_id": "d"}),
    ],
)
async def test_only_supervisors_do_something_with_what_is_others(path: str, command: Fields):
    async with node() as worker:
        for who in (ANN, CHAT):
            async with worker.client(who) as client:
                assert (await client.post(path, json=command)).status_code == 403
        assert worker.log.records() == []


async def test_a_supervisor_commands_only_what_they_may_see():
    cluster = floor("ann")
    arrive(cluster, "i-1")
    commands: list[tuple[str, Fields]] = [
        ("close", {}),
        ("monitor", {}),
        ("join", {}),
        ("leave", {}),
        ("assign", {"queue": "returns"}),
    ]
    async with node(cluster=cluster) as worker:
        phone = token("sue", roles=["supervisor"], queues=["phone"])
        other = token("eve", tenant="other", roles=["admin"])
        before = cluster["routing"].marker(3)
        for who in (phone, other):
            async with worker.client(who) as client:
                for verb, more in commands:
                    answer = await client.post(
                        f"/v1/supervise/{verb}", json={"item_id": "i-1"} | more
                    )
                    assert answer.status_code == 404, (verb, answer.text)
        assert cluster["routing"].marker(3) == before
        async with worker.client(SUE) as client:
            answer = await client.post("/v1/supervise/monitor", json={"item_id": "i-1"})
            assert answer.status_code in {202, 409}


@pytest.mark.parametrize(
    ("path", "command"),
    [
        ("/v1/items/transfer", {"item_id": "i-1"}),
        ("/v1/items/transfer", {"item_id": "i-1", "queue": "a", "bot": "b"}),
        ("/v1/supervise/assign", {"item_id": "i-1"}),
        ("/v1/supervise/assign", {"item_id": "i-1", "queue": "a", "representative": "b"}),
    ],
)
async def test_a_target_is_exactly_one(path: str, command: Fields):
    async with (
        node() as worker,
        worker.client(token("ann", roles=["representative", "admin"])) as client,
    ):
        answer = await client.post(path, json=command)
        assert answer.status_code == 422
        assert (
            "exactly one of queue" in body(answer)["detail"]
            or "exactly one of represe" in (body(answer)["detail"])
        )
        assert worker.log.records() == []


@pytest.mark.parametrize(
    ("path", "command", "known"),
    [
        ("/v1/items/juggle", {"item_id": "i-1"}, [*ITEM_VERBS, "transfer"]),
        ("/v1/supervise/juggle", {"item_id": "i-1"}, [*SUPERVISOR_VERBS, "assign", "presence"]),
        ("/v1/connections/juggle", {"bot_id": "b"}, list(CONNECTION_VERBS)),
    ],
)
async def test_an_unknown_verb_is_answered_with_those_there_are(
    path: str, command: Fields, known: list[str]
):
    asker = token("ann", roles=["representative", "admin"])
    async with node() as worker, worker.client(asker) as client:
        answer = await client.post(path, json=command)
        assert answer.status_code == 404
        assert all(verb in body(answer)["detail"] for verb in known)
        assert worker.log.records() == []


async def test_what_the_rules_take_is_done_and_what_they_refuse_is_said():
    cluster = floor("ann", waiting=5)
    async with node(cluster=cluster) as worker:
        async with worker.client(ANN) as client:
            desk = body(await client.get("/v1/desk"))
            offer = desk["offers"][0]
            command = {"item_id": offer["item_id"], "offer_id": offer["offer_id"]}
            taken = await client.post("/v1/offers/accept", json=command)
            assert taken.status_code == 202
            assert body(taken)["state"] == "done"
            desk = body(await client.get("/v1/desk"))
            assert [item["item_id"] for item in desk["items"]] == [offer["item_id"]]
            wrong = await client.post(
                "/v1/items/transfer", json={"item_id": offer["item_id"], "queue": "phone"}
            )
        async with worker.client(token("ben", roles=["representative"])) as client:
            refused = await client.post("/v1/items/end", json={"item_id": offer["item_id"]})
            absent = await client.post("/v1/desk/presence", json={"presence": "away"})
    for answer, code, words in (
        (wrong, "routing.wrong_kind", "Phone takes voice work"),
        (refused, "routing.not_yours", "does not have"),
        (absent, "routing.not_connected", "is not signed in"),
    ):
        assert answer.status_code == 409
        problem = body(answer)
        assert (problem["title"], problem["status"]) == ("The rules refuse this", 409)
        assert words in problem["detail"]
        assert problem["detail"].endswith(".")
        assert problem["errors"] == [{"field": "", "detail": code}]


async def test_an_item_goes_from_offer_to_close_by_commands_alone():
    cluster = floor("ann", "ben")
    arrive(cluster, "i-1")
    async with node(cluster=cluster) as worker, worker.client(ANN) as client:

        async def done(path: str, **command: Any) -> None:
            answer = await client.post(path, json=command)
            assert (answer.status_code, body(answer)["state"]) == (202, "done"), answer.text

        (offer,) = body(await client.get("/v1/desk"))["offers"]
        await done("/v1/offers/accept", item_id="i-1", offer_id=offer["offer_id"])
        await done("/v1/items/consult", item_id="i-1", representative="ben")
        async with worker.client(token("ben", roles=["representative"])) as bens:
            (asked,) = body(await bens.get("/v1/desk"))["items"]
            assert (asked["role"], asked["consult"]) == ("consult", ["ben"])
            assert asked["message"] is not None
        await done("/v1/items/end_consult", item_id="i-1", representative="ben")
        await done("/v1/items/end", item_id="i-1")
        (item,) = body(await client.get("/v1/desk"))["items"]
        assert (item["state"], item["is_in"]) == ("wrap_up", True)
        await done("/v1/items/close", item_id="i-1")
        desk = body(await client.get("/v1/desk"))
        assert (desk["items"], desk["representative"]["items"]) == ([], 0)


async def test_a_supervisor_gives_an_item_to_somebody_and_forces_its_end():
    cluster = floor("ann", waiting=1)
    accept(cluster, "ann", "i-0")
    async with node(cluster=cluster) as worker, worker.client(SUE) as client:
        monitored = await client.post("/v1/supervise/monitor", json={"item_id": "i-0"})
        assert monitored.status_code == 202, monitored.text
        item = body(await client.get("/v1/items/one?item_id=i-0"))
        assert item["observers"] == ["monitor:sue"]
        closed = await client.post(
            "/v1/supervise/close", json={"item_id": "i-0", "reason": "it was spam"}
        )
        assert closed.status_code == 202, closed.text
        item = body(await client.get("/v1/items/one?item_id=i-0"))
        assert item["state"] == "closed"


async def test_an_administrator_sets_up_a_connection_and_others_are_refused_with_the_reason():
    cluster = floor()
    command = {"bot_id": "new-bot", "hub": "cuestream"}
    async with node(cluster=cluster) as worker:
        async with worker.client(SUE) as client:
            refused = await client.post("/v1/connections/enable", json=command)
        async with worker.client(EVE) as client:
            taken = await client.post("/v1/connections/enable", json=command)
    assert refused.status_code == 409
    assert "sue is no administrator" in body(refused)["detail"].lower()
    assert taken.status_code == 202, taken.text
    assert body(taken)["state"] == "done"


async def test_a_log_that_does_not_answer_is_503():
    async with node() as worker, worker.client(ANN) as client:
        worker.log.down = "Kafka cannot be reached."
        answer = await client.post("/v1/desk/connect", json={})
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "2"


# Verdicts on real Kafka


def refusal(offset: int, partition: int = 0) -> InputRejected:
    return InputRejected(
        tenant="demo",
        occurred_at_ms=NINE_MS,
        log=ROUTING_LOG,
        partition=partition,
        offset=offset,
        input_type="PickItem",
        subject="demo",
        code="routing.wrong_state",
        because="i-1 is closed",
    )


def send(producer: Producer, refused: InputRejected) -> Delivery:
    headers = codec.headers(refused, id=f"refusal-{refused.offset}", source=f"/{ROUTING_LOG}/0")
    return producer.send_bytes(
        REJECTIONS, codec.encode(refused), key=b"demo", headers=headers, partition=refused.partition
    )


async def standing(verdicts: KafkaVerdicts, producer: Producer, partition: int) -> None:
    """Wait until topics made a moment ago have their leaders and refusals are read."""
    headers = [("ce_id", b"warm-up")]
    for number in range(PARTITIONS):
        producer.send_bytes(
            REJECTIONS, None, key=b"none", headers=headers, partition=number
        ).result(20)
    async with asyncio.timeout(20):
        known = Receipt(ROUTING_LOG, partition, 0, "c")
        while (await verdicts.of("routing", known)).state != "done":
            await verdicts.ready()


@pytest.mark.kafka
async def test_a_verdict_is_certain_once_the_marker_has_passed(
    kafka_settings: Kafka, engine_topics: Any
):
    async with node() as worker:
        worker.markers[0] = Marker(epoch=1, next=2)
        verdicts = KafkaVerdicts(kafka_settings, worker.tables, PARTITIONS)
        try:
            with Producer(kafka_settings, source="/test") as producer:
                await standing(verdicts, producer, 0)
                for offset in range(2, 60, 2):
                    place = Receipt(ROUTING_LOG, 0, offset, "c")
                    waiting = asyncio.create_task(verdicts.of("routing", place))
                    refused = send(producer, refusal(offset))
                    refused.result(10)
                    worker.markers[0] = Marker(epoch=1, next=offset + 1)
                    found = await waiting
                    assert found.state == "refused"
                    assert found.refused is not None
                    assert found.refused.because == "i-1 is closed"

                    taken = asyncio.create_task(
                        verdicts.of("routing", Receipt(ROUTING_LOG, 0, offset + 1, "c"))
                    )
                    worker.markers[0] = Marker(epoch=1, next=offset + 2)
                    began_s = time.monotonic()
                    assert (await taken).state == "done"
                    assert time.monotonic() - began_s < 0.3
        finally:
            await verdicts.close()


@pytest.mark.kafka
async def test_what_another_worker_decides_is_under_way_unless_its_refusal_comes_soon(
    kafka_settings: Kafka, engine_topics: Any
):
    async with node(owned={1}) as worker:
        worker.markers[1] = Marker(epoch=1, next=2)
        verdicts = KafkaVerdicts(kafka_settings, worker.tables, PARTITIONS)
        try:
            with Producer(kafka_settings, source="/test") as producer:
                await standing(verdicts, producer, 1)
                began_s = time.monotonic()
                found = await verdicts.of("routing", Receipt(ROUTING_LOG, 0, 7, "c"))
                assert found.state == "under_way"
                assert 0.25 < time.monotonic() - began_s < 0.6
                waiting = asyncio.create_task(
                    verdicts.of("routing", Receipt(ROUTING_LOG, 0, 8, "c"))
                )
                send(producer, refusal(8)).result(10)
                assert (await waiting).state == "refused"
            # Here, but its processor does not get there.
            late = await verdicts.of("routing", Receipt(ROUTING_LOG, 1, 99, "c"))
            assert late.state == "under_way"
        finally:
            await verdicts.close()


async def test_without_kafka_a_verdict_is_not_made_up():
    async with node() as worker:
        verdicts = KafkaVerdicts(Kafka(bootstrap_servers="127.0.0.1:9"), worker.tables, PARTITIONS)
        try:
            await verdicts.ready()
            worker.markers[0] = Marker(epoch=1, next=100)
            found = await verdicts.of("routing", Receipt(ROUTING_LOG, 0, 7, "c"))
            assert found.state == "under_way"
        finally:
            await verdicts.close()
