"""A conversation's intent over HTTP: what is given, to whom, and which commands are taken."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from processors.intents.library import LIBRARY
from processors.views import conversation as views
from schemas.records.intent import ChooseIntent, DismissIntent, RequestSolution
from streams.api.feed import Change
from streams.api.live import Reader
from streams.api.visible import Principal
from streams.processors import all_processors
from streams.testing import TestCluster
from streams.topics import CONVERSATION_LOG
from tests.api.support import NINE_MS, PARTITIONS, ClusterLog, Node, body, conversation, node, token
from tests.rules.shop_intents import artefact

ANN = token("ann", roles=["representative"])
BOB = token("bob", roles=["representative"])
ADAPTER = token("chat", roles=["adapter"])
INTENT = "/v1/conversations/c-1/intent"
REFUND_PLEASE = "I want my money back for the lamp"


def cluster(*, has_library: bool = True) -> TestCluster:
    made = TestCluster(*all_processors(), partitions=PARTITIONS, now_ms=NINE_MS)
    if has_library:
        made.publish(LIBRARY, artefact())
    return made


@pytest.fixture
async def worker() -> AsyncIterator[Node]:
    async with node(cluster=cluster()) as made:
        await opened(made)
        yield made


async def opened(made: Node) -> None:
    """Let a customer write, and ann accept."""
    async with made.client(ADAPTER) as adapter:
        command = {"conversation_id": "c-1", "channel": "live_chat"}
        assert (await adapter.post("/v1/conversations", json=command)).status_code == 202
    async with made.client(token("ann", roles=["representative", "admin"])) as ann:
        assert (await ann.post("/v1/conversations/c-1/accept", json={})).status_code == 202


async def say(made: Node, text: str) -> None:
    async with made.client(ADAPTER) as adapter:
        turn = {"text": text, "author": "customer"}
        assert (await adapter.post("/v1/conversations/c-1/turns", json=turn)).status_code == 202


async def read(made: Node, who: str = ANN) -> dict[str, Any]:
    async with made.client(who) as client:
        answer = await client.get(INTENT)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = body(answer)
    return found


async def send(made: Node, verb: str, who: str = ANN, **command: Any) -> Any:
    async with made.client(who) as client:
        return await client.post(f"{INTENT}/{verb}", json=command)


@pytest.mark.rule("CI-27")
async def test_the_intent_is_given_with_questions_responses_and_what_is_next(worker: Node):
    assert (await read(worker))["state"] == "looking"
    await say(worker, REFUND_PLEASE)
    found = await read(worker)
    assert (found["state"], found["intent"]["name"]) == ("intent", "Refund")
    assert found["group"] == {
        "group_id": "returns",
        "name": "Returns",
        "clarifying_question": "Do you want your money back, or another one?",
    }
    assert found["next"] == {
        "kind": "question",
        "attribute_id": "order_number",
        "text": "What is your order number?",
    }
    assert found["responses"][0]["kind"] == "question"
    assert set(found) == {
        "state", "intent", "group", "top", "margin", "is_unknown", "attributes", "next",
        "responses", "solution", "earlier", "dismissed", "result", "library_digest", "as_of",
    }  # fmt: skip
    assert found["attributes"][0] == {
        "attribute_id": "order_number",
        "name": "order number",
        "question": "What is your order number?",
        "kind": "string",
        "is_required": True,
        "value": None,
        "turn_number": None,
        "is_next": True,
        "is_from_bot": False,
    }
    (as_of,) = found["as_of"]
    assert as_of["next"] >= 3


@pytest.mark.rule("CI-27")
async def test_without_a_library_suggestions_are_unavailable():
    async with node(cluster=cluster(has_library=False)) as made:
        await opened(made)
        await say(made, REFUND_PLEASE)
        found = await read(made)
    assert (found["state"], found["intent"], found["responses"]) == ("unavailable", None, [])


async def test_only_who_sees_the_conversation_sees_its_intent(worker: Node):
    async with worker.client(BOB) as client:
        assert (await client.get(INTENT)).status_code == 404
        for verb in ("dismiss", "solution"):
            assert (await client.post(f"{INTENT}/{verb}", json={})).status_code == 404
    async with worker.client() as nobody:
        assert (await nobody.get(INTENT)).status_code == 401
    supervisor = token("eve", roles=["supervisor"])
    assert (await send(worker, "dismiss", supervisor)).status_code == 403


@pytest.mark.rule("CI-32")
async def test_a_thumbs_down_takes_the_intent_away(worker: Node):
    await say(worker, REFUND_PLEASE)
    answer = await send(worker, "dismiss", intent_id="refund")
    assert answer.status_code == 202
    assert body(answer)["command_id"].startswith("DismissIntent-")
    found = await read(worker)
    assert (found["state"], found["intent"], found["dismissed"]) == ("none", None, ["refund"])


@pytest.mark.rule("CI-31")
async def test_an_intent_is_chosen_and_a_solution_requested(worker: Node):
    assert (await send(worker, "choose", intent_id="printer_error")).status_code == 202
    assert (await send(worker, "solution")).status_code == 202
    found = await read(worker)
    assert found["intent"] == {"intent_id": "printer_error", "name": "Printer error", "score": 1.0}
    assert found["solution"]["results"] == []
    assert found["solution"]["query"].startswith("Printer error")


async def test_the_same_command_id_is_one_record(worker: Node):
    async with node() as bare:
        bare.put_conversation(conversation("c-1"))
        for _ in range(2):
            answer = await send(bare, "dismiss", command_id="k-1", intent_id="refund")
            assert (answer.status_code, body(answer)["command_id"]) == (202, "k-1")
        assert (await send(bare, "choose", intent_id="refund")).status_code == 202
        assert (await send(bare, "solution")).status_code == 202
        dismissed, chosen, requested = bare.log.records()
    assert isinstance(dismissed, DismissIntent)
    assert (dismissed.representative_id, dismissed.intent_id) == ("ann", "refund")
    assert isinstance(chosen, ChooseIntent)
    assert isinstance(requested, RequestSolution)


@pytest.mark.parametrize(
    ("verb", "command"),
    [
        ("choose", {}),
        ("choose", {"intent_id": ""}),
        ("choose", {"intent_id": "x", "more": 1}),
        ("dismiss", {"intent_id": 7}),
        ("solution", {"command_id": "a\u0000b"}),
    ],
)
async def test_a_body_that_does_not_fit_is_a_problem_that_names_the_field(
    worker: Node, verb: str, command: dict[str, Any]
):
    answer = await send(worker, verb, **command)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert body(answer)["errors"] or body(answer)["detail"]


async def test_an_unknown_verb_is_not_there(worker: Node):
    assert (await send(worker, "wish")).status_code in {404, 405}


async def test_a_change_of_the_intent_comes_with_the_conversations_stream(worker: Node):
    await say(worker, REFUND_PLEASE)
    assert worker.cluster is not None
    ((key, value),) = worker.cluster["conversation"].rows(views.INTENT)
    change = Change(0, 1, 1, 3, views.INTENT, key, value)
    live = worker.app.state.parts.live
    ann = live.strand(Reader(Principal("demo", "ann", "Ann"), {}))
    eve = live.strand(Reader(Principal("demo", "eve", "Eve"), {}))
    shown = json.loads(await ann.shown(change))
    assert (shown["table"], shown["conversation_id"]) == ("intent", "c-1")
    assert shown["value"]["next"]["text"] == "What is your order number?"
    assert await eve.shown(change) is None


async def test_why_the_intent_is_seen_so_is_explained_with_every_candidate(worker: Node):
    await say(worker, REFUND_PLEASE)
    assert worker.cluster is not None
    log = ClusterLog(worker.cluster)
    turns = []
    for partition in range(PARTITIONS):
        _, end = await log.span(CONVERSATION_LOG, partition)
        turns += await log.read(CONVERSATION_LOG, partition, 0, end) if end else []
    (turn,) = [one for one in turns if b"money back" in (one.value or b"")]
    asked = {"id": f"{turn.topic}/{turn.partition}/{turn.offset}"}
    async with worker.client(ANN) as client:
        told = body(await client.get("/v1/explain", params=asked))
    (link,) = [one for one in told["chain"] if one["type"] == "cuestream.intent.IntentDetected"]
    assert link["summary"].startswith("the customer wants Refund: the message fits Refund with")
    verdicts = {one["item_id"]: one["verdict"] for one in told["candidates"]}
    assert (verdicts["refund"], len(verdicts)) == ("taken", 3)
