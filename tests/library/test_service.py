"""From history to a library in force, by the worker's own service."""

from __future__ import annotations

import http.server
import json
import threading
from typing import Any

import pytest

from processors.intents.library import LIBRARY
from processors.views import library as views
from schemas.records.control import ReferenceArtefact, ReferenceChanged
from schemas.records.conversation import TurnSaid
from schemas.records.library import (
    AddIntent,
    IntentMined,
    LibraryTrained,
    MiningFinished,
    MiningProgressed,
    MiningStarted,
    PublishLibrary,
    ReviewIntents,
    StartMining,
)
from streams.demo.history import past
from streams.library.messages import Failed, Finished, MiningJob, Progressed, Trained
from streams.library.settings import Library
from streams.mining.settings import NamingSettings
from tests.library.support import QUICK, TENANT, InProcess, World, service, until

NOW_MS = 1_767_258_000_000
EXAMPLES = {
    "cancel": ("cancel my order", "please cancel the order", "I want to cancel", "stop my order"),
    "hours": ("when are you open", "what are your opening hours", "open on sunday?"),
}


@pytest.fixture(scope="module")
def history() -> list[Any]:
    return [record for one in past(NOW_MS, 120) for record in one.records]


def world_with(history: list[Any]) -> World:
    world = World()
    world.send(*history)
    return world


def start(world: World, command_id: str = "m-1", **fields: Any) -> None:
    world.send(
        StartMining(
            tenant=TENANT,
            occurred_at_ms=world.cluster.clock.now_ms(),
            command_id=command_id,
            **({"granularity": "medium"} | fields),
        )
    )


def approve_all(world: World, command_id: str = "r-1") -> None:
    ids = tuple(sorted(one.intent_id for one in world.intents()))
    world.send(
        ReviewIntents(
            tenant=TENANT,
            occurred_at_ms=NOW_MS,
            command_id=command_id,
            intent_ids=ids,
            status="approved",
        )
    )


def publish(world: World, command_id: str = "p-1") -> None:
    world.send(PublishLibrary(tenant=TENANT, occurred_at_ms=NOW_MS, command_id=command_id))


def rows_of(world: World) -> list[Any]:
    """Everything that a run left in the library, but for the moments it happened at."""
    return [json.loads(row.content) for row in world.rows(views.MINED)]


@pytest.mark.rule("CI-01")
async def test_history_is_mined_approved_published_and_then_in_force(history: list[Any]):
    world = world_with(history)
    async with service(world):
        start(world)
        await until(lambda: world.run().state == "done")
        found = world.intents()
        assert len(found) >= 5
        assert {one.status for one in found} == {"pending"}
        approve_all(world)
        publish(world)
        await until(lambda: world.publication().state == "done")
    assert world.worked("mining") == world.worked("publishing") == {"done": 1}
    publication = world.publication()
    assert publication.digest == world.artefact().digest
    library = world.cluster["conversation"].references(TENANT)[LIBRARY]
    assert library.digest == publication.digest
    (said,) = library.detect(["could you cancel my order please"])
    assert said.outcome == "intent"
    assert "cancel" in " ".join(library.intents[said.intent_id].examples)
    assert world.cluster.audit() is None


async def test_a_run_is_told_from_its_start_to_its_end(history: list[Any]):
    world = world_with(history)
    async with service(world):
        start(world)
        await until(lambda: world.run().state == "done")
    (started,) = world.told(MiningStarted)
    end = world.logs.spans("conversation.turns.v1")[0][1]
    assert json.loads(started.spans) == {"0": [0, end]}
    assert started.attempt == 1
    assert [one.index for one in world.told(IntentMined)] == list(range(world.run().intents))
    assert len(world.told(MiningProgressed)) >= 3
    (finished,) = world.told(MiningFinished)
    assert json.loads(finished.figures)["conversations"] == 120
    assert set(json.loads(finished.tree)) == {"leaves", "merges", "cut", "cuts"}


@pytest.mark.rule("CI-14")
async def test_a_simulation_over_the_last_records_changes_nothing_in_the_library(
    history: list[Any],
):
    world = world_with(history)
    async with service(world):
        start(world, is_simulation=True, records_max=60)
        await until(lambda: world.run().state == "done")
    assert json.loads(world.run().figures)["conversations"] == 60
    assert len(world.rows(views.MINED)) == world.run().intents > 0
    assert world.intents() == []


async def test_a_run_that_was_cut_short_is_begun_anew_and_gives_what_it_would_have_given(
    history: list[Any],
):
    quiet = world_with(history)
    async with service(quiet):
        start(quiet)
        await until(lambda: quiet.run().state == "done")

    world = world_with(history)
    begin = InProcess(world)
    begin.cut_at.append(Finished)
    async with service(world, begin=begin):
        start(world)
        await until(lambda: begin.is_cut)
    # The worker has ended; what is said meanwhile is not of the run.
    assert begin.running == 0
    assert world.told(IntentMined)
    world.send(
        TurnSaid(
            tenant=TENANT,
            occurred_at_ms=NOW_MS,
            conversation_id="later",
            turn_id="t1",
            author="customer",
            text="please cancel my order",
        )
    )
    async with service(world, begin=begin):
        await until(lambda: world.run().state == "done")
    assert [one.attempt for one in world.told(MiningStarted)] == [1, 2]
    assert begin.jobs[1].spans == {0: (0, len(history))}
    assert rows_of(world) == rows_of(quiet)
    assert [one.intent_id for one in world.intents()] == [one.intent_id for one in quiet.intents()]


async def test_a_worker_that_loses_the_partition_gives_the_run_up(history: list[Any]):
    world = world_with(history)
    begin = InProcess(world)
    begin.cut_at.append(Progressed)
    async with service(world, begin=begin):
        start(world)
        await until(lambda: world.run().state == "running")
        world.is_owner = False
        await until(lambda: begin.running == 0)
        assert len(begin.jobs) == 1
        world.is_owner = True
        await until(lambda: world.run().state == "done")
    assert world.run().attempts == 2
    assert world.worked("mining") == {"given_up": 1, "done": 1}


async def test_a_run_that_fails_three_times_has_failed_with_a_sentence():
    world = World()
    begin = InProcess(world)
    begin.faults += [Failed("Kafka gives nothing", is_final=False)] * 3
    quick = Library(poll_ms=10, again_s=0.01)
    async with service(world, quick, begin):
        start(world)
        await until(lambda: world.run().state == "failed")
    assert world.run().because == "Kafka gives nothing (tried 3 times)"
    assert len(begin.jobs) == 3
    assert world.worked("mining")["again"] == 2
    assert sum(world.worked("mining").values()) == 3


async def test_what_would_fail_again_is_not_tried_again():
    world = World()
    begin = InProcess(world)
    begin.faults.append(Failed("the library cannot be read", is_final=True))
    async with service(world, begin=begin):
        start(world)
        await until(lambda: world.run().state == "failed")
    assert world.run().because == "the library cannot be read"
    assert len(begin.jobs) == 1
    assert sum(world.worked("mining").values()) == 1


async def test_a_run_that_takes_too_long_has_failed_and_says_which_knob(history: list[Any]):
    world = world_with(history)
    begin = InProcess(world)
    begin.cut_at.append(Progressed)
    async with service(world, Library(poll_ms=10, mining_limit_s=0.2), begin):
        start(world)
        await until(lambda: world.run().state == "failed")
    assert "CUESTREAM_LIBRARY__MINING_LIMIT_S" in world.run().because
    assert begin.running == 0


@pytest.mark.parametrize("said", [[], ["hello", "hi there", "thanks"], ["où est ma commande"] * 3])
async def test_a_history_without_intents_is_mined_to_an_empty_result(said: list[str]):
    world = World()
    for number, text in enumerate(said):
        world.send(
            TurnSaid(
                tenant=TENANT,
                occurred_at_ms=NOW_MS,
                conversation_id=f"c-{number}",
                turn_id="t1",
                author="customer",
                text=text,
            )
        )
    async with service(world):
        start(world)
        await until(lambda: world.run().state in {"done", "failed"})
    assert (world.run().state, world.run().because) == ("done", "")
    assert world.intents() == []


def curated(world: World) -> World:
    """Give a library of two approved intents that nobody mined."""
    for name, examples in EXAMPLES.items():
        world.send(
            AddIntent(
                tenant=TENANT,
                occurred_at_ms=NOW_MS,
                command_id=f"add-{name}",
                intent_id=name,
                name=name,
                examples=examples,
            )
        )
    approve_all(world)
    return world


@pytest.mark.parametrize("cut", [Progressed, Trained])
async def test_a_publication_that_was_cut_short_is_begun_anew_with_the_same_artefact(cut: Any):
    quiet = curated(World())
    publish(quiet)
    async with service(quiet):
        await until(lambda: quiet.publication().state == "done")

    world = curated(World())
    begin = InProcess(world)
    begin.cut_at.append(cut)
    publish(world)
    async with service(world, begin=begin):
        await until(lambda: begin.is_cut)
        world.down = "the worker is as good as gone"
    assert begin.running == 0
    world.down = None
    async with service(world, begin=begin):
        await until(lambda: world.publication().state == "done")
    assert world.publication().digest == quiet.publication().digest
    assert world.artefact().content == quiet.artefact().content
    # Once for each log that cares: nobody is told of a version that cannot be read yet.
    wanted = (ReferenceArtefact, ReferenceChanged, LibraryTrained)
    told = [type(one) for one in world.appended if isinstance(one, wanted)]
    assert told == [ReferenceArtefact, ReferenceChanged, ReferenceChanged, LibraryTrained]


async def test_what_the_log_does_not_take_is_offered_until_it_does():
    world = curated(World())
    world.down = "Kafka is away"
    publish(world)
    begin = InProcess(world)
    async with service(world, begin=begin):
        await until(lambda: begin.jobs and not begin.running)
        assert world.publication().state == "due"
        world.down = None
        await until(lambda: world.publication().state == "done")
    assert len(world.told(LibraryTrained)) == 1


async def test_a_version_that_cannot_be_trained_says_why_and_what_is_in_force_stays():
    world = curated(World())
    publish(world)
    begin = InProcess(world)
    async with service(world, begin=begin):
        await until(lambda: world.publication().state == "done")
        in_force = world.publication().digest
        world.send(
            AddIntent(
                tenant=TENANT,
                occurred_at_ms=NOW_MS,
                command_id="add-more",
                intent_id="more",
                name="more",
                examples=("one more thing",),
            )
        )
        approve_all(world, "r-3")
        begin.faults.append(Failed("the examples cannot be told apart", is_final=True))
        publish(world, "p-2")
        await until(lambda: world.publication().state == "failed")
    assert world.publication().because == "the examples cannot be told apart"
    assert world.cluster["conversation"].references(TENANT)[LIBRARY].digest == in_force


async def test_mining_knows_what_there_is_and_what_nobody_wants(history: list[Any]):
    world = world_with(history)
    begin = InProcess(world)
    async with service(world, begin=begin):
        start(world)
        await until(lambda: world.run().state == "done")
        unwanted = world.intents()[0]
        world.send(
            ReviewIntents(
                tenant=TENANT,
                occurred_at_ms=NOW_MS,
                command_id="r-2",
                intent_ids=(unwanted.intent_id,),
                status="discarded",
            )
        )
        before = {one.intent_id for one in world.intents()}
        start(world, "m-2")
        await until(lambda: world.run().number == 2 and world.run().state == "done")
    job = begin.jobs[-1]
    assert isinstance(job, MiningJob)
    assert [one.intent_id for one in job.discarded.intents] == [unwanted.intent_id]
    assert {one.intent_id for one in job.library.intents} == before - {unwanted.intent_id}
    assert before <= {one.intent_id for one in world.intents()}
    assert (
        next(one for one in world.intents() if one.intent_id == unwanted.intent_id).status
        == "discarded"
    )


class Namer(http.server.BaseHTTPRequestHandler):
    """A chat endpoint that names everything by a number of its own."""

    asked = 0

    def do_POST(self) -> None:
        """Answer."""
        self.rfile.read(int(self.headers["content-length"]))
        type(self).asked += 1
        written = json.dumps({"label": f"wish {type(self).asked}", "description": "What it is."})
        content = json.dumps({"choices": [{"message": {"content": written}}]}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


async def test_names_of_an_endpoint_are_told_with_the_intents_and_asked_for_once(
    history: list[Any],
):
    world = world_with(history)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Namer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}/v1"
        settings = Library(poll_ms=10, naming=NamingSettings(url=url))
        async with service(world, settings):
            start(world)
            await until(lambda: world.run().state == "done")
        server.shutdown()
        thread.join()
    found = world.intents()
    assert Namer.asked == len(found) == json.loads(world.run().figures)["named"]
    assert {one.name for one in found} == {f"wish {n + 1}" for n in range(len(found))}
    # What stands in the log is enough: a worker that starts anew asks nobody.
    world.cluster.restart()
    assert world.intents() == found


async def test_a_worker_that_is_told_not_to_leaves_the_work_to_others():
    world = World()
    begin = InProcess(world)
    async with service(world, Library(is_working=False, poll_ms=10), begin):
        start(world)
    assert begin.jobs == []
    async with service(world, QUICK, begin):
        await until(lambda: world.run().state == "done")
