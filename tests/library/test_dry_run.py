"""What a publish would change, told before anybody publishes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from processors.intents.library import LIBRARY, Intent, LibraryContent
from processors.library.content import encoded
from processors.miner.training import train
from schemas.records.conversation import TurnSaid
from schemas.records.library import AddIntent, LibraryTrained, PublishLibrary, ReviewIntents
from streams.api.dry_run_answers import DryRunAnswer
from streams.cli.library_lines import comparison_lines
from streams.kafka_settings import Kafka
from streams.library.service import LibraryService
from streams.library.settings import Library
from streams.replay.logs import MemoryLogs
from streams.testing import TestCluster
from tests.api.support import Node, node, shop, token
from tests.library.support import InProcess, until

TENANT = "demo"
NINE_MS = 1_767_258_000_000
CANCEL = ("cancel my order please", "please cancel my order", "I want to cancel", "stop my order")
HOURS = ("when are you open?", "what are your opening hours?", "how long are you open on sunday?")
SAID = (
    ("c-1", "please cancel my order, my mail is mia@example.com"),
    ("c-2", "what are your opening hours?"),
    ("c-3", "thanks a lot"),
)


class Shop:
    """A tenant with three conversations and one approved intent, in several partitions.

    Attributes:
        cluster: All processors.
        begin: What starts work.
    """

    def __init__(self) -> None:
        self.cluster: TestCluster = shop()
        self.begin = InProcess(self)
        for conversation_id, text in SAID:
            self.say(conversation_id, text)
        self.add("cancel", CANCEL)

    @property
    def logs(self) -> MemoryLogs:
        return MemoryLogs(self.cluster.broker)

    def say(self, conversation_id: str, text: str) -> None:
        self.cluster.send(
            TurnSaid(
                tenant=TENANT,
                occurred_at_ms=NINE_MS,
                conversation_id=conversation_id,
                turn_id="t1",
                author="customer",
                text=text,
            )
        )

    def add(self, name: str, examples: tuple[str, ...], status: Any = "approved") -> None:
        common: dict[str, Any] = {"tenant": TENANT, "occurred_at_ms": NINE_MS}
        adding = AddIntent(
            **common, command_id=f"a-{name}", intent_id=name, name=name, examples=examples
        )
        ids = (name,)
        review = ReviewIntents(**common, command_id=f"r-{name}", intent_ids=ids, status=status)
        self.cluster.send(adding, review)

    def put_in_force(self, encoder: str | None = None) -> None:
        """Publish what is approved, as the worker would; `encoder` is that of another build."""
        common: dict[str, Any] = {"tenant": TENANT, "occurred_at_ms": NINE_MS}
        intents = (Intent(intent_id="cancel", name="cancel", examples=CANCEL),)
        trained = train(LibraryContent(intents=intents)).content
        if encoder is not None:
            trained = msgspec.structs.replace(trained, encoder=encoder)
        content = encoded(trained)
        self.cluster.send(PublishLibrary(**common, command_id="p-1"))
        digest = self.cluster.publish(LIBRARY, content)
        self.cluster.send(LibraryTrained(**common, version=1, digest=digest))


@pytest.fixture
def past() -> Shop:
    return Shop()


@pytest.fixture
async def worker(past: Shop, tmp_path: Path) -> AsyncIterator[Node]:
    async with node(cluster=past.cluster, data_dir=tmp_path) as made:
        made.app.state.library = _service(past, made)
        yield made


def _service(past: Shop, made: Node, settings: Library | None = None) -> LibraryService:
    appender: Any = made.log
    settings = settings or Library(niceness=0)
    return LibraryService(settings, Kafka(), made.tables, appender, made.metrics, begin=past.begin)


async def ask(made: Node, given: dict[str, Any] | None = None, **claims: Any) -> Any:
    roles = claims.pop("roles", ["intent_manager"])
    async with made.client(token(roles=roles, **claims)) as client:
        return await client.post("/v1/library/dry-run", json=given or {"conversations": 10})


async def test_without_a_library_in_force_all_that_is_told_is_new(worker: Node):
    answer = await ask(worker)
    assert answer.status_code == 200
    found = answer.json()
    assert (found["conversations"], found["turns"]) == (3, 3)
    assert (found["same"], found["new"], found["changed"], found["lost"]) == (2, 1, 0, 0)
    (change,) = found["changes"]
    assert change["conversation_id"] == "c-1"
    assert change["turn_id"] == "t1"
    assert change["before"] is None
    assert change["after"]["intent_id"] == "cancel"
    assert change["after"]["score"] >= 0.5
    assert "mia@example.com" not in change["text"]


async def test_only_what_the_draft_adds_is_told_of_beside_a_library_in_force(
    past: Shop, worker: Node
):
    past.put_in_force()
    past.add("hours", HOURS)
    found = (await ask(worker)).json()
    assert [one["conversation_id"] for one in found["changes"]] == ["c-2"]
    assert (found["same"], found["new"], found["changed"], found["lost"]) == (2, 1, 0, 0)
    told = {one["intent_id"]: (one["before"], one["after"]) for one in found["per_intent"]}
    assert told == {"hours": (0, 1), "cancel": (1, 1)}


async def test_a_library_of_another_encoder_counts_as_none_in_force_and_that_is_said(
    past: Shop, worker: Node
):
    past.put_in_force(encoder="static-of-an-older-build")
    answer = await ask(worker)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["same"], found["new"], found["changed"], found["lost"]) == (2, 1, 0, 0)
    assert "static-of-an-older-build" in found["note"]
    assert "as if none were in force" in found["note"]
    assert "as if none" in "\n".join(comparison_lines(msgspec.convert(found, DryRunAnswer)))


async def test_what_is_no_longer_approved_is_lost(past: Shop, worker: Node):
    past.put_in_force()
    past.add("hours", HOURS)
    past.cluster.send(
        ReviewIntents(
            tenant=TENANT,
            occurred_at_ms=NINE_MS,
            command_id="r-9",
            intent_ids=("cancel",),
            status="pending",
        )
    )
    found = (await ask(worker)).json()
    assert found["lost"] == 1 or found["changed"] == 1
    assert {one["conversation_id"] for one in found["changes"]} == {"c-1", "c-2"}


async def test_nothing_is_published_by_a_dry_run(past: Shop, worker: Node):
    before = past.cluster["library"].marker()
    await ask(worker)
    assert past.cluster["library"].marker() == before
    assert LIBRARY not in past.cluster["conversation"].references(TENANT)


async def test_a_draft_without_examples_is_refused_with_a_sentence(past: Shop, worker: Node):
    past.cluster.send(
        ReviewIntents(
            tenant=TENANT,
            occurred_at_ms=NINE_MS,
            command_id="r-9",
            intent_ids=("cancel",),
            status="discarded",
        )
    )
    answer = await ask(worker)
    assert answer.status_code == 409
    assert "approve some" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"conversations": 0}, "conversations"),
        ({"conversations": 1_001}, "conversations"),
        ({"conversations": "all"}, "conversations"),
        ({"turns": 5}, "turns"),
    ],
)
async def test_a_wrong_wish_is_told_with_its_field(worker: Node, given: Any, field: str):
    answer = await ask(worker, given)
    assert answer.status_code == 422
    assert field in answer.json()["detail"]


async def test_only_curators_see_what_customers_said(worker: Node):
    answer = await ask(worker, roles=["representative"])
    assert answer.status_code == 403


async def test_another_tenants_library_is_not_looked_at(worker: Node):
    answer = await ask(worker, tenant="other")
    assert answer.status_code == 409
    assert "approve some" in answer.json()["detail"]


async def test_a_second_asker_is_told_to_come_back_and_the_first_gets_an_answer(
    past: Shop, worker: Node
):
    first = asyncio.create_task(ask(worker))
    await until(lambda: past.begin.running == 1)
    second = await ask(worker)
    assert second.status_code == 429
    assert "one runs at a time" in second.json()["detail"]
    assert int(second.headers["retry-after"]) >= 1
    assert (await first).status_code == 200
    assert (await ask(worker)).status_code == 200


async def test_a_dry_run_that_takes_too_long_says_which_knob(past: Shop, worker: Node):
    worker.app.state.library = _service(past, worker, Library(dry_run_limit_s=0.000_1))
    answer = await ask(worker)
    assert answer.status_code == 409
    assert "CUESTREAM_LIBRARY__DRY_RUN_LIMIT_S" in answer.json()["detail"]
    assert past.begin.running == 0


async def test_a_worker_that_stops_answers_whoever_waits(past: Shop, worker: Node):
    library: LibraryService = worker.app.state.library
    asking = asyncio.create_task(ask(worker))
    await until(lambda: past.begin.running == 1)
    await library.stop()
    answer = await asking
    assert answer.status_code == 503
    assert "stopping" in answer.json()["detail"]
    assert past.begin.running == 0
