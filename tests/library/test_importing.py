"""Libraries from elsewhere become proposals, like mined ones."""

from __future__ import annotations

from pathlib import Path

from processors.intents.library import Group, Intent, LibraryContent
from processors.views import library as views
from schemas.records.library import ReviewIntents
from streams.library.importing import counts_of, mined_of, records_of
from tests.library.support import TENANT, InProcess, World, service, until

NOW_MS = 1_767_258_000_000
CONTENT = LibraryContent(
    intents=(
        Intent("rare", "Rare", examples=("once", "twice")),
        Intent("refund", "Refund", examples=("money back", "refund me"), group_id="money"),
    ),
    groups=(Group("money", "Money"),),
    encoder="static",
)


def bring(world: World, counts: dict[str, int], run_id: str = "import-1") -> None:
    world.send(
        *records_of(
            mined_of(CONTENT, counts),
            tenant=TENANT,
            run_id=run_id,
            source="library.json",
            granularity=None,
            encoder=CONTENT.encoder,
            now_ms=NOW_MS,
        )
    )


def test_assignments_say_how_often_an_intent_was_said_and_bad_lines_nothing(tmp_path: Path):
    lines = (
        '{"id": "1", "intent": "refund", "sub_intent": null}',
        '{"id": "2", "intent": "refund", "sub_intent": "s"}',
        '{"id": "3", "intent": null, "sub_intent": null}',
        "no line at all",
        "",
    )
    (tmp_path / "assignments.jsonl").write_text("\n".join(lines))
    assert counts_of(tmp_path) == {"refund": 2}
    assert counts_of(tmp_path / "assignments.jsonl") == {}
    assert counts_of(tmp_path / "nowhere") == {}


def test_an_imported_library_waits_for_review_and_rare_intents_are_left_out():
    world = World()
    bring(world, {"refund": 40})
    run = world.run()
    assert (run.state, run.source, run.granularity) == ("done", "import library.json", "medium")
    assert (run.intents, run.added, run.left_out) == (2, 1, 1)
    (found,) = world.intents()
    assert (found.intent_id, found.status, found.count) == ("refund", "pending", 40)
    assert [one.text for one in found.examples] == ["money back", "refund me"]


def test_importing_again_adds_nothing_and_what_was_discarded_stays_so():
    world = World()
    bring(world, {"refund": 40})
    world.send(
        ReviewIntents(
            tenant=TENANT,
            occurred_at_ms=NOW_MS,
            command_id="r-1",
            intent_ids=("refund",),
            status="discarded",
        )
    )
    bring(world, {"refund": 40}, "import-2")
    (found,) = world.intents()
    assert found.status == "discarded"
    assert (world.run().run_id, world.run().added) == ("import-2", 0)


async def test_the_service_leaves_imports_alone_also_those_that_were_cut_short():
    world = World()
    first = next(
        iter(
            records_of(
                mined_of(CONTENT, {}),
                tenant=TENANT,
                run_id="import-1",
                source="library.json",
                granularity="low",
                encoder="",
                now_ms=NOW_MS,
            )
        )
    )
    world.send(first)
    assert world.run().state == "running"
    begin = InProcess(world)
    seen = 0

    async with service(world, begin=begin):
        before = world.cluster["library"].marker()

        def looked() -> bool:
            nonlocal seen
            seen += 1
            return seen > 20

        await until(looked)
        assert world.cluster["library"].marker() == before
    assert begin.jobs == []
    assert world.rows(views.MINED) == []
