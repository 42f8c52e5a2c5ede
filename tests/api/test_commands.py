"""Commands: what becomes of them on the log, in whose name, and who may give them."""

from __future__ import annotations

from typing import Any

import pytest

from processors.views.conversation import Access
from schemas.records.assist import DismissRecommendation
from schemas.records.conversation import (
    ConversationEnded,
    ConversationOpened,
    RepresentativeAccepted,
    TurnSaid,
)
from tests.api.support import body, conversation, node, token

ANN = token("ann", name="Ann", roles=["representative"], teams=["red"])
BOB = token("bob", roles=["representative"])
ADAPTER = token("chat", roles=["adapter"])


async def test_the_commands_of_the_desk_become_records_in_the_askers_name():
    async with node() as worker, worker.client(ANN) as client:
        worker.put_conversation(conversation("c-1", access=Access(tenant="demo", team="red")))
        assert (await client.post("/v1/conversations/c-1/accept", json={})).status_code == 202
        said = await client.post("/v1/conversations/c-1/turns", json={"text": "hello"})
        assert body(said)["turn_id"].startswith("t-")
        dismissed = {"conversation_id": "c-1", "recommendation_id": "conversation.turns.v1/0/1#0"}
        assert (await client.post("/v1/recommendations/dismiss", json=dismissed)).status_code == 202
        assert (await client.post("/v1/conversations/c-1/end", json={})).status_code == 202
        accepted, turn, dismissal, end = worker.log.records()
        assert isinstance(accepted, RepresentativeAccepted)
        assert (accepted.representative_id, accepted.representative_name) == ("ann", "Ann")
        assert accepted.team == "red"
        assert isinstance(turn, TurnSaid)
        assert (turn.author, turn.author_id, turn.author_name) == ("representative", "ann", "Ann")
        assert isinstance(dismissal, DismissRecommendation)
        assert dismissal.representative_id == "ann"
        assert isinstance(end, ConversationEnded)
        assert end.ended_by == "ann"
        assert {record.tenant for record in worker.log.records()} == {"demo"}
        assert all(record.occurred_at_ms > 0 for record in worker.log.records())


@pytest.mark.parametrize(
    ("path", "command"),
    [
        ("/v1/conversations/c-1/turns", {"text": "hello"}),
        ("/v1/conversations/c-1/accept", {}),
        ("/v1/conversations/c-1/end", {}),
        (
            "/v1/recommendations/dismiss",
            {"conversation_id": "c-1", "recommendation_id": "x/0/1#0"},
        ),
    ],
)
async def test_nobody_writes_to_a_conversation_they_may_not_see(path: str, command: dict[str, Any]):
    async with node() as worker, worker.client(BOB) as client:
        worker.put_conversation(conversation("c-1"))
        answer = await client.post(path, json=command)
        unknown = await client.post(path.replace("c-1", "c-9"), json=command | {})
        assert answer.status_code == 404
        if path.startswith("/v1/conversations"):
            # The answer does not tell whether the conversation exists.
            assert body(unknown)["title"] == body(answer)["title"]
            assert unknown.status_code == 404
        assert worker.log.records() == []


async def test_a_turn_with_the_same_id_and_a_second_dismissal_are_taken_once():
    async with node() as worker, worker.client(ANN) as client:
        worker.put_conversation(conversation("c-1"))
        turn = {"text": "hello", "turn_id": "t-1"}
        dismissal = {"conversation_id": "c-1", "recommendation_id": "conversation.turns.v1/0/1#0"}
        for path, command in (
            ("/v1/conversations/c-1/turns", turn),
            ("/v1/recommendations/dismiss", dismissal),
        ):
            first, second = [await client.post(path, json=command) for _ in range(2)]
            assert (first.status_code, second.status_code) == (202, 202)
            assert body(first)["id"] == body(second)["id"]
        assert len(worker.log.records()) == 2


async def test_a_dismissal_of_the_longest_id_is_taken():
    async with node() as worker, worker.client(ANN) as client:
        worker.put_conversation(conversation("c-1"))
        command = {"conversation_id": "c-1", "recommendation_id": "r" * 256}
        assert (await client.post("/v1/recommendations/dismiss", json=command)).status_code == 202


async def test_who_opened_a_conversation_may_speak_in_it_before_its_row_is_there():
    async with node() as worker, worker.client(ANN) as client:
        opened = body(
            await client.post(
                "/v1/conversations", json={"channel": "phone", "customer_name": "Mia"}
            )
        )
        path = f"/v1/conversations/{opened['conversation_id']}/turns"
        assert (await client.post(path, json={"text": "hello"})).status_code == 202
        async with worker.client(BOB) as other:
            assert (await other.post(path, json={"text": "hello"})).status_code == 404
        announced, turn = worker.log.records()
        assert isinstance(announced, ConversationOpened)
        assert (announced.channel, announced.customer_name) == ("phone", "Mia")
        assert turn.conversation_id == announced.conversation_id


async def test_only_adapters_and_admins_speak_as_the_customer_and_choose_ids():
    turn = {"text": "hello", "author": "customer", "author_name": "Mia"}
    async with node() as worker:
        worker.put_conversation(conversation("c-1"))
        async with worker.client(ANN) as client:
            assert (await client.post("/v1/conversations/c-1/turns", json=turn)).status_code == 403
            chosen = await client.post("/v1/conversations", json={"conversation_id": "c-7"})
            assert chosen.status_code == 403
        async with worker.client(ADAPTER) as client:
            # Also to a conversation that nobody has announced yet.
            assert (await client.post("/v1/conversations/c-8/turns", json=turn)).status_code == 202
            chosen = await client.post("/v1/conversations", json={"conversation_id": "c-7"})
            assert body(chosen)["conversation_id"] == "c-7"
        said, _ = worker.log.records()
        assert (said.author, said.author_id, said.author_name) == ("customer", None, "Mia")


@pytest.mark.parametrize(
    ("command", "field"),
    [
        ({}, "text"),
        ({"text": ""}, "text"),
        ({"text": 5}, "text"),
        ({"text": "x", "author": "robot"}, "author"),
        ({"text": "x", "turn_id": ""}, "turn_id"),
        ({"text": "x", "nonsense": 1}, "nonsense"),
        ({"text": "x" * 100_001}, "text"),
        ([], ""),
    ],
)
async def test_a_wrong_field_of_a_command_is_named(command: Any, field: str):
    async with node() as worker, worker.client(ANN) as client:
        worker.put_conversation(conversation("c-1"))
        answer = await client.post("/v1/conversations/c-1/turns", json=command)
        assert answer.status_code == 422
        assert body(answer)["errors"][0]["field"] == field
        assert worker.log.records() == []


async def test_a_log_that_does_not_answer_is_503():
    async with node() as worker, worker.client(ANN) as client:
        worker.log.down = "Kafka cannot be reached."
        answer = await client.post("/v1/conversations", json={})
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "2"
