"""The intent library over HTTP: what is told, what each command becomes, who may give it."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import io
import itertools
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest

from processors.library.curation import RENAME_WARNING
from schemas.records import library as records
from tests.api.floors import give
from tests.api.libraries import begin, cluster_of_all, curate, fill, publish, run
from tests.api.support import TOKEN, Node, body, development, node, token
from tests.rules.libraries import mined

pytestmark = pytest.mark.timeout(60)

Client = httpx2.AsyncClient
OTHER = token("eve", tenant="other", roles=["admin"])
TENANTS = itertools.count(1)


class Library:
    """A tenant's library, and whom it is asked by."""

    def __init__(self, worker: Node, tenant: str) -> None:
        self.worker, self.tenant = worker, tenant
        assert worker.cluster is not None
        self.cluster = worker.cluster
        fill(self.cluster, tenant)

    def asked_by(self, user: str, *roles: str) -> contextlib.AbstractAsyncContextManager[Client]:
        """Return somebody's connection."""
        return self.worker.client(token(user, tenant=self.tenant, roles=list(roles)))

    def tell(self, record: Any, **fields: Any) -> None:
        """Let in what the mining service says."""
        give(self.cluster, record, tenant=self.tenant, **fields)


@pytest.fixture(scope="module")
def worker() -> Iterator[Node]:
    """Return a worker for the whole file; every test has a tenant of its own."""
    made = Node(cluster=cluster_of_all())
    yield made
    asyncio.run(made.close())


@pytest.fixture
def held(worker: Node) -> Library:
    """Return a library that nobody else touches."""
    return Library(worker, f"tenant-{next(TENANTS)}")


@pytest.fixture
async def client(held: Library) -> AsyncIterator[Client]:
    """Return the intent manager's connection to it."""
    async with held.asked_by("ima", "intent_manager") as made:
        yield made


async def read(client: Client, path: str, /, **asked: Any) -> Any:
    """Return an answer's body."""
    answer = await client.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    return body(answer)


async def do(client: Client, path: str, /, **command: Any) -> Any:
    """Return what a command is answered with."""
    answer = await client.post(path, json=command)
    assert answer.status_code == 202, answer.text
    return body(answer)


async def refused(client: Client, path: str, code: int, /, **command: Any) -> Any:
    """Return the problem that a command is answered with."""
    answer = await client.post(path, json=command)
    assert answer.status_code == code, answer.text
    return body(answer)


async def test_the_library_as_a_whole(client: Client):
    told = await read(client, "/v1/library")
    assert told["counts"] == {"pending": 1, "approved": 2, "discarded": 0, "used_by_bots": 0}
    assert told["published"]["version"] == 1
    assert told["published"]["intents"] == 2
    assert told["publication"] == {"version": 1, "state": "done", "because": None}
    assert (told["changes_since_publish"], told["changed"]) == (0, [])
    assert told["settings"]["daily_at"] == "02:00"
    assert told["next_daily_ms"] is None
    assert told["as_of"]


async def test_a_tenant_without_a_library_has_an_empty_one(worker: Node):
    async with worker.client(OTHER) as client:
        told = await read(client, "/v1/library")
        assert (told["published"], told["publication"]) == (None, None)
        assert told["changes_since_publish"] == 0
        assert (await read(client, "/v1/intents"))["items"] == []
        assert (await read(client, "/v1/mining/runs"))["items"] == []
        answer = await client.get("/v1/intents/one", params={"intent_id": "order"})
        assert answer.status_code == 404


async def test_everybody_of_the_tenant_reads_and_nobody_without_a_token(held: Library):
    async with held.asked_by("ann", "representative") as client:
        assert (await read(client, "/v1/intents"))["total"] == 3
    async with held.worker.client() as client:
        assert (await client.get("/v1/intents")).status_code == 401


async def test_intents_are_listed_by_how_often_they_come_and_can_be_searched(client: Client):
    told = await read(client, "/v1/intents")
    assert [one["intent_id"] for one in told["items"]] == ["order", "refund", "hours"]
    first = told["items"][0]
    assert (first["examples"], first["attributes"], first["conversations"]) == (3, 1, 40)
    assert [
        one["intent_id"] for one in (await read(client, "/v1/intents", status="pending"))["items"]
    ] == ["hours"]
    assert (await read(client, "/v1/intents", q="MONEY back"))["items"][0]["intent_id"] == "refund"
    assert (await read(client, "/v1/intents", q="nowhere"))["total"] == 0
    assert len((await read(client, "/v1/intents", limit=1))["items"]) == 1


async def test_one_intent_has_everything_with_its_history(client: Client):
    await do(client, "/v1/intents/rename", intent_id="order", name="Where is it?")
    told = await read(client, "/v1/intents/one", intent_id="order")
    assert told["examples"][0]["text"] == "where is my order"
    assert told["examples"][0]["turn_id"] == "order/t-0"
    assert told["attributes"][0]["question"] == "What is the number?"
    assert [(one["change"], one["by"]) for one in told["lineage"]] == [
        ("mined", None),
        ("approved", "ann"),
        ("renamed", "ima"),
    ]
    assert told["is_changed"]
    assert told["edited"] == ["name"]


async def test_a_publish_shows_what_it_would_change(held: Library, client: Client):
    await do(client, "/v1/intents/rename", intent_id="order", name="Where is it?")
    await do(client, "/v1/intents/review", intent_ids=["refund"], status="discarded")
    told = await read(client, "/v1/library")
    assert told["changed"] == ["intent/order", "intent/refund"]
    listed = {one["intent_id"]: one for one in (await read(client, "/v1/intents"))["items"]}
    assert [listed[one]["is_changed"] for one in ("order", "refund", "hours")] == [
        True,
        True,
        False,
    ]
    await do(client, "/v1/library/publish", note="second")
    assert (await read(client, "/v1/library"))["publication"]["state"] == "due"
    held.tell(records.LibraryTrained, version=2, digest="digest-2")
    told = await read(client, "/v1/library")
    assert (told["published"]["version"], told["changes_since_publish"]) == (2, 0)
    versions = (await read(client, "/v1/library/versions"))["items"]
    assert [(one["version"], one["is_in_force"]) for one in versions] == [(2, True), (1, False)]
    assert versions[1]["accuracy"] == 0.93


@pytest.mark.rule("CI-18")
async def test_a_rename_is_answered_with_the_warning(client: Client):
    done = await do(client, "/v1/intents/rename", intent_id="order", name="Where is it?")
    assert (done["state"], done["warnings"]) == ("done", [RENAME_WARNING])


@pytest.mark.rule("CI-16")
async def test_giving_intents_to_bots_is_answered_with_every_refusal(client: Client):
    done = await do(client, "/v1/intents/bots", intent_ids=["order", "hours"], is_used=True)
    assert [(one["item_id"], one["code"]) for one in done["refused"]] == [
        ("hours", "library.not_approved")
    ]
    assert (await read(client, "/v1/library"))["counts"]["used_by_bots"] == 1
    problem = await refused(client, "/v1/intents/bots", 409, intent_ids=["hours"], is_used=True)
    assert "approved intents only" in problem["detail"]


async def test_the_same_command_id_is_taken_once_and_answered_alike(client: Client):
    command = {"intent_id": "order", "name": "Where is it?", "command_id": "mine-1"}
    first = await do(client, "/v1/intents/rename", **command)
    await do(client, "/v1/intents/rename", intent_id="order", name="Later")
    second = await do(client, "/v1/intents/rename", **command)
    assert second["warnings"] == first["warnings"]
    assert (await read(client, "/v1/intents/one", intent_id="order"))["name"] == "Later"


async def test_what_a_command_makes_is_told_by_its_id(client: Client):
    added = await do(client, "/v1/intents/add", name="Vouchers", examples=["redeem my voucher"])
    told = await read(client, "/v1/intents/one", intent_id=added["intent_id"])
    assert told["name"] == "Vouchers"
    order = await read(client, "/v1/intents/one", intent_id="order")
    ids = [order["examples"][1]["example_id"]]
    split = await do(client, "/v1/intents/split", intent_id="order", name="Track", example_ids=ids)
    assert (await read(client, "/v1/intents/one", intent_id=split["intent_id"]))["parent_id"] == (
        "order"
    )
    group = await do(client, "/v1/groups/save", name="Shipping", intent_ids=["order"])
    (listed,) = (await read(client, "/v1/groups"))["items"]
    assert (listed["group_id"], listed["intents"]) == (group["group_id"], 1)
    line = await do(client, "/v1/lines-of-business/save", name="Retail", workstreams=["chat"])
    assert line["state"] == "done"


async def test_a_line_of_business_is_listed_with_its_rules(client: Client):
    rules = [{"applies_to": "conversation", "workstream": "lamp-chat"}]
    line = await do(
        client,
        "/v1/lines-of-business/save",
        name="Retail",
        workstreams=[],
        queues=[],
    )
    problem = await refused(
        client, "/v1/lines-of-business/save", 409, line_id=line["line_id"], rules=rules
    )
    assert "lamp-chat" in problem["detail"]
    (listed,) = (await read(client, "/v1/lines-of-business"))["items"]
    assert (listed["line_id"], listed["rules"]) == (line["line_id"], [])


async def test_null_takes_a_group_away_and_what_is_left_out_stays(client: Client):
    await do(client, "/v1/groups/save", name="Shipping", intent_ids=["order"])
    await do(client, "/v1/intents/edit", intent_id="order", description="Ours")
    assert (await read(client, "/v1/intents/one", intent_id="order"))["group_name"] == "Shipping"
    await do(client, "/v1/intents/edit", intent_id="order", group_id=None)
    told = await read(client, "/v1/intents/one", intent_id="order")
    assert (told["group_id"], told["description"]) == (None, "Ours")


async def test_groups_take_and_lose_intents(client: Client):
    group = await do(client, "/v1/groups/save", name="Shipping", status="approved")
    ids = {"group_id": group["group_id"], "intent_ids": ["order", "refund"]}
    assert (await do(client, "/v1/groups/add", **ids))["warnings"]
    assert (await read(client, "/v1/groups"))["items"][0]["intents"] == 2
    listed = await read(client, "/v1/intents", group_id=group["group_id"])
    assert {one["group_name"] for one in listed["items"]} == {"Shipping"}
    await do(client, "/v1/groups/remove", **ids)
    assert (await read(client, "/v1/groups"))["items"][0]["intents"] == 0


async def test_merged_intents_are_listed_no_more_and_tell_where_they_went(client: Client):
    await do(client, "/v1/intents/merge", into="order", intent_ids=["refund"])
    listed = (await read(client, "/v1/intents"))["items"]
    assert [one["intent_id"] for one in listed] == ["order", "hours"]
    told = await read(client, "/v1/intents/one", intent_id="refund")
    assert told["merged_into"] == "order"
    lineage = (await read(client, "/v1/intents/one", intent_id="order"))["lineage"]
    assert (lineage[-1]["change"], lineage[-1]["from"]) == ("merged", ["refund"])


@pytest.mark.rule("CI-23")
@pytest.mark.parametrize(
    ("path", "fields", "most"),
    [
        ("/v1/intents/edit", {"intent_id": "order"}, 2_000),
        ("/v1/groups/save", {"name": "Shipping"}, 2_000),
        ("/v1/lines-of-business/save", {"name": "Retail"}, 4_000),
        ("/v1/library/settings", {}, 4_000),
    ],
)
async def test_instructions_that_are_too_long_are_a_problem_of_their_field(
    client: Client, path: str, fields: dict[str, Any], most: int
):
    problem = await refused(client, path, 422, instructions="x" * (most + 1), **fields)
    assert problem["errors"][0]["field"] == "instructions"
    assert f"{most + 1:,}" in problem["detail"]
    await do(client, path, instructions="x" * most, **fields)


@pytest.mark.parametrize(
    ("path", "command", "field"),
    [
        ("/v1/intents/add", {}, "name"),
        ("/v1/intents/add", {"name": ""}, "name"),
        ("/v1/intents/review", {"intent_ids": ["order"], "status": "new"}, "status"),
        ("/v1/intents/review", {"intent_ids": [], "status": "approved"}, "intent_ids"),
        ("/v1/intents/edit", {"intent_id": "order", "colour": 1}, "colour"),
        (
            "/v1/intents/edit",
            {"intent_id": "order", "attributes": [{"attribute_id": "a", "name": "A", "kind": "x"}]},
            "attributes[0].kind",
        ),
        ("/v1/library/settings", {"daily_at": "25:00"}, "daily_at"),
        ("/v1/library/settings", {"rejected_share": 2}, "rejected_share"),
        ("/v1/mining/start", {"records_max": 0}, "records_max"),
    ],
)
async def test_wrong_input_is_a_problem_that_names_the_field(
    client: Client, path: str, command: dict[str, Any], field: str
):
    problem = await refused(client, path, 422, **command)
    assert problem["errors"][0]["field"] == field


@pytest.mark.parametrize(
    ("path", "command", "rule"),
    [
        ("/v1/intents/rename", {"intent_id": "nothing", "name": "x"}, "unknown_intent"),
        ("/v1/groups/add", {"group_id": "nothing", "intent_ids": ["order"]}, "unknown_group"),
        ("/v1/library/publish", {}, "already_published"),
        ("/v1/library/settings", {"time_zone": "Berlin"}, "bad_setting"),
    ],
)
async def test_what_the_rules_refuse_is_a_conflict_with_their_sentence(
    client: Client, path: str, command: dict[str, Any], rule: str
):
    problem = await refused(client, path, 409, **command)
    assert problem["errors"][0]["detail"] == f"library.{rule}"
    assert len(problem["detail"]) > 20


@pytest.mark.rule("CI-11")
async def test_changes_take_a_curators_role_and_instructions_the_intent_managers(held: Library):
    rename = {"intent_id": "order", "name": "Where is it?"}
    async with held.asked_by("ann", "representative") as client:
        problem = await refused(client, "/v1/intents/rename", 403, **rename)
        assert "intent_manager" in problem["detail"]
        await refused(client, "/v1/mining/start", 403)
    instructing = {"intent_id": "order", "instructions": "Be brief."}
    async with held.asked_by("sue", "supervisor") as client:
        await do(client, "/v1/intents/rename", **rename)
        problem = await refused(client, "/v1/intents/edit", 403, **instructing)
        assert "intent_manager" in problem["detail"]
    async with held.asked_by("ima", "intent_manager") as client:
        await do(client, "/v1/intents/edit", **instructing)


async def test_the_demos_user_may_do_everything():
    cluster = cluster_of_all()
    fill(cluster)
    async with node(cluster=cluster, **development()) as worker, worker.client(TOKEN) as client:
        await do(client, "/v1/intents/edit", intent_id="order", instructions="Be brief.")
        await do(client, "/v1/library/publish")


async def test_what_somebody_asked_for_is_on_the_log_under_their_name(client: Client):
    done = await do(client, "/v1/intents/rename", intent_id="order", name="Where is it?")
    told = await read(client, "/v1/explain", id=done["cause"])
    kinds = [(one["kind"], one["type"].rpartition(".")[2]) for one in told["chain"]]
    assert kinds == [
        ("input", "RenameIntent"),
        ("event", "IntentRenamed"),
        ("event", "IntentChanged"),
    ]
    assert told["chain"][0]["record"]["actor_id"] == "ima"


async def test_the_library_of_another_tenant_is_none_of_ours(held: Library, client: Client):
    done = await do(client, "/v1/intents/rename", intent_id="order", name="Where is it?")
    async with held.worker.client(OTHER) as other:
        answer = await other.get("/v1/explain", params={"id": done["cause"]})
        assert answer.status_code == 404
        await refused(other, "/v1/intents/rename", 409, intent_id="order", name="x")
    assert (await read(client, "/v1/intents"))["items"][0]["name"] == "Where is it?"


async def test_a_mining_run_is_asked_for_and_followed(held: Library, client: Client):
    done = await do(client, "/v1/mining/start", is_simulation=True, granularity="high")
    first = (await read(client, "/v1/mining/runs"))["items"][0]
    assert (first["run_id"], first["state"]) == (done["run_id"], "due")
    assert (first["granularity"], first["is_simulation"]) == ("high", True)
    about = {"run_id": done["run_id"]}
    held.tell(records.MiningStarted, **about)
    held.tell(records.MiningProgressed, **about, phase="encoding", done=3, total=9)
    first = (await read(client, "/v1/mining/runs"))["items"][0]
    assert (first["phase"], first["done"], first["total"]) == ("encoding", 3, 9)
    problem = await refused(client, "/v1/mining/start", 409)
    assert done["run_id"] in problem["detail"]


async def test_a_mining_run_is_told_with_what_it_found_and_its_tree(client: Client):
    told = await read(client, "/v1/mining/runs/one", run_id="run-1")
    assert (told["state"], told["added"], told["figures"]) == ("done", 3, {"turns": 120})
    assert [one["intent_id"] for one in told["mined"]] == ["order", "refund", "hours"]
    assert told["tree"]["merges"] == [{"left": 0, "right": 1, "distance": 0.5}]
    assert told["tree"]["cuts"]["low"] == 0.6
    assert told["is_kept"]
    answer = await client.get("/v1/mining/runs/one", params={"run_id": "nothing"})
    assert answer.status_code == 404


@pytest.mark.rule("CI-14")
async def test_a_run_is_exported_as_a_table_that_no_spreadsheet_takes_for_formulas(
    client: Client,
):
    answer = await client.get("/v1/mining/runs/export", params={"run_id": "run-1"})
    assert answer.headers["content-type"].startswith("text/csv")
    heading, *rows = list(csv.reader(io.StringIO(answer.text)))
    assert heading[:4] == ["run_id", "status", "source", "granularity"]
    assert [row[:4] for row in rows] == [["run-1", "done", "conversations", "medium"]] * 3
    cells = [cell for row in rows for cell in row]
    assert not any(cell.startswith(("=", "+", "@")) for cell in cells)


@pytest.mark.rule("CI-14")
async def test_a_failed_run_exports_empty_and_cannot_be_viewed(held: Library, client: Client):
    begin(held.cluster, "run-2", tenant=held.tenant, is_simulation=True)
    held.tell(records.MiningFailed, run_id="run-2", because="no history")
    answer = await client.get("/v1/mining/runs/one", params={"run_id": "run-2"})
    assert answer.status_code == 409
    assert "no history" in body(answer)["detail"]
    answer = await client.get("/v1/mining/runs/export", params={"run_id": "run-2"})
    assert len(list(csv.reader(io.StringIO(answer.text)))) == 1
    (listed, _) = (await read(client, "/v1/mining/runs"))["items"]
    assert (listed["state"], listed["because"]) == ("failed", "no history")


@pytest.mark.rule("CI-14")
async def test_a_simulation_leaves_the_library_as_it_was(held: Library, client: Client):
    before = await read(client, "/v1/intents")
    run(held.cluster, mined("parcel"), run_id="run-2", tenant=held.tenant, is_simulation=True)
    after = await read(client, "/v1/intents")
    assert after["items"] == before["items"]
    told = await read(client, "/v1/mining/runs/one", run_id="run-2")
    assert [one["intent_id"] for one in told["mined"]] == ["parcel"]


async def test_a_version_that_failed_is_told_with_its_reason(held: Library, client: Client):
    await do(client, "/v1/intents/rename", intent_id="order", name="x")
    curate(held.cluster, "p-2", records.PublishLibrary, held.tenant)
    held.tell(records.PublicationFailed, version=2, because="too few examples")
    told = await read(client, "/v1/library")
    assert told["publication"] == {
        "version": 2,
        "state": "failed",
        "because": "too few examples",
    }
    assert told["published"]["version"] == 1
    publish(held.cluster, 3, tenant=held.tenant)
    assert (await read(client, "/v1/library"))["published"]["version"] == 3


async def test_erased_turns_are_gone_from_every_answer(client: Client):
    await do(client, "/v1/intents/forget", turn_ids=["order/t-0"])
    for path, asked in (
        ("/v1/intents/one", {"intent_id": "order"}),
        ("/v1/mining/runs/one", {"run_id": "run-1"}),
        ("/v1/mining/runs/export", {"run_id": "run-1"}),
    ):
        answer = await client.get(path, params=asked)
        assert "where is my order" not in answer.text
