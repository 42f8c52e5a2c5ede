"""Mining runs, and what becomes of their results in the library."""

from __future__ import annotations

import pytest

from processors.library.daily import next_ms
from processors.library.mining import HISTORY_MS, RESULTS_KEPT, RUNS_KEPT, SILENCE_MS
from processors.miner.mined import Granularity
from processors.testing import event
from processors.views import library as views
from processors.views.library import Settings
from schemas.records import library as records
from tests.rules.libraries import ORDER, REFUND, Shelf, as_json, attribute, content, mined

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@pytest.mark.rule("CI-01", "CI-12")
def test_the_first_discovery_looks_at_two_months_of_conversations():
    shelf = Shelf()
    then = shelf.ask(records.StartMining, run_id="r-1")
    now_ms = shelf.scenario.now_ms
    then.then(
        event(
            records.MiningRequested,
            run_id="r-1",
            is_simulation=False,
            since_ms=now_ms - HISTORY_MS,
            granularity="medium",
        )
    )
    run = shelf.row(views.RUN, "r-1")
    assert (run.state, run.source, HISTORY_MS // DAY_MS) == ("due", "conversations", 61)


@pytest.mark.rule("CI-12")
def test_history_is_mined_every_night_at_two_on_the_organisations_wall():
    shelf = Shelf()
    shelf.ask(records.ChangeLibrarySettings, is_discovering=True, time_zone="America/New_York")
    (due_ms,) = shelf.scenario.timers.values()
    assert (due_ms - 1_767_225_600_000) % DAY_MS == 7 * HOUR_MS
    shelf.scenario.later(DAY_MS)
    (run,) = shelf.every(views.RUN)
    assert (run.is_daily, run.state, run.requested_at_ms) == (True, "due", due_ms)
    assert run.since_ms == due_ms - HISTORY_MS
    assert shelf.scenario.timers == {"daily": due_ms + DAY_MS}
    shelf.scenario.later(DAY_MS)
    assert len(shelf.every(views.RUN)) == 1, "one is under way already"
    shelf.mine(run_id=run.run_id)
    shelf.scenario.later(DAY_MS)
    assert len(shelf.every(views.RUN)) == 2


@pytest.mark.rule("CI-12")
def test_nothing_is_mined_by_itself_once_discovery_is_off():
    shelf = Shelf()
    shelf.ask(records.ChangeLibrarySettings, is_discovering=True)
    shelf.ask(records.ChangeLibrarySettings, is_discovering=False)
    assert shelf.scenario.timers == {}
    shelf.scenario.later(3 * DAY_MS)
    assert shelf.every(views.RUN) == []


@pytest.mark.parametrize(
    ("now_ms", "expected_ms"),
    [
        # 28 March 2026, 20:00 in Berlin; the next night clocks skip from two to three.
        (1_774_724_400_000, 1_774_746_000_000),
        # 24 October 2026, 20:00 in Berlin; the next night two o'clock comes twice.
        (1_792_864_800_000, 1_792_886_400_000),
        # Two o'clock sharp is over; the next one is a day on.
        (1_767_229_200_000, 1_767_315_600_000),
    ],
    ids=["skipped", "twice", "sharp"],
)
def test_two_in_the_morning_comes_once_in_the_nights_when_clocks_change(
    now_ms: int, expected_ms: int
):
    settings = Settings(time_zone="Europe/Berlin")
    assert next_ms(settings, now_ms) == expected_ms
    assert next_ms(settings, expected_ms) > expected_ms + 22 * HOUR_MS


@pytest.mark.rule("CI-13")
@pytest.mark.parametrize("granularity", ["low", "medium", "high"])
def test_a_discovery_has_name_granularity_and_status_for_what_is_new(granularity: Granularity):
    shelf = Shelf()
    shelf.ask(
        records.ChangeLibrarySettings,
        name="Shop chats",
        granularity=granularity,
        status_for_new="approved",
    )
    settings = shelf.row(views.LIBRARY).settings
    assert (settings.name, settings.granularity) == ("Shop chats", granularity)
    shelf.mine(mined("order"))
    (run,) = shelf.every(views.RUN)
    assert run.granularity == granularity
    assert shelf.intent("order").status == "approved"


@pytest.mark.rule("CI-13", "CI-44")
def test_new_intents_are_pending_unless_somebody_opts_in_and_that_is_warned_of():
    shelf = Shelf()
    shelf.mine(mined("order"))
    assert shelf.intent("order").status == "pending"
    then = shelf.ask(records.ChangeLibrarySettings, status_for_new="approved")
    assert then.outcome.rejection is None
    answer = shelf.row(views.COMMAND, f"c-{shelf.commands}")
    assert "personal data" in answer.warnings[0]


@pytest.mark.rule("CI-13")
def test_intents_can_be_discarded_as_they_are_found():
    shelf = Shelf()
    shelf.ask(records.ChangeLibrarySettings, status_for_new="discarded")
    shelf.mine(mined("order"))
    assert shelf.intent("order").status == "discarded"


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"granularity": "fine"}, "'fine'"),
        ({"status_for_new": "new"}, "'new'"),
        ({"daily_at": "24:00"}, "HH:MM"),
        ({"daily_at": "2"}, "HH:MM"),
        ({"time_zone": "Berlin"}, "IANA"),
        ({"rejected_share": 0.6}, "0.5"),
        ({"group_margin": -0.1}, "group_margin"),
        ({"name": " "}, "name"),
    ],
)
def test_settings_that_cannot_be_are_refused_by_name(fields: dict, word: str):
    then = Shelf().ask(records.ChangeLibrarySettings, **fields)
    assert then.outcome.rejection is not None
    assert word in then.outcome.rejection.because


def test_a_new_intent_comes_with_what_was_found_of_it_and_its_history():
    shelf = Shelf()
    then = shelf.mine(mined("order", attributes=(attribute("number", "Which?"),)))
    then.then(
        event(records.IntentDiscovered, intent_id="order", status="pending", actor_id=None),
        event(records.MiningEnded, state="done", intents=1, added=1, updated=0, left_out=0),
        event(records.IntentChanged, intent_id="order", source="discovered", count=24),
    )
    intent = shelf.intent("order")
    assert [one.text for one in intent.examples] == list(ORDER)
    assert intent.examples[0].turn_id == "order/t-0"
    assert [line.change for line in intent.lineage] == ["mined"]


@pytest.mark.rule("CI-46")
def test_a_new_intent_needs_five_conversations():
    shelf = Shelf()
    then = shelf.mine(mined("order", conversations=4), mined("refund", REFUND, conversations=5))
    then.then_some(event(records.MiningEnded, added=1, left_out=1))
    assert [one.intent_id for one in shelf.every(views.INTENT)] == ["refund"]


def test_bare_utterances_count_where_there_are_no_conversations():
    shelf = Shelf()
    shelf.mine(mined("order", conversations=0, count=5), mined("few", conversations=0, count=4))
    assert [one.intent_id for one in shelf.every(views.INTENT)] == ["order"]


@pytest.mark.rule("CI-44")
def test_examples_and_descriptions_are_redacted_before_they_are_kept():
    shelf = Shelf()
    shelf.mine(mined("order", ("i am at bob@shop.example", "my card is 4111 1111 1111 1111")))
    kept = b"".join(value for _, value in shelf.scenario.rows(views.INTENT))
    assert b"bob@" not in kept
    assert b"4111 1111" not in kept


def test_mining_again_never_overwrites_what_somebody_edited():
    shelf = Shelf()
    shelf.mine(mined("order", attributes=(attribute("number", "Which?"), attribute("day"))))
    shelf.ask(records.RenameIntent, intent_id="order", name="Parcels")
    shelf.ask(
        records.EditIntent,
        intent_id="order",
        description="Ours",
        attributes=as_json([attribute("number", "What is your order number?")]),
    )
    shelf.ask(records.ChangeExamples, intent_id="order", add=["our own words"])
    before = shelf.intent("order")
    again = mined(
        "order",
        (*ORDER, "a new way to say it"),
        change="known",
        conversations=40,
        name="Theirs",
        description="Theirs",
        attributes=(
            attribute("number", "Number?"),
            attribute("day", "When?"),
            attribute("shop", "Where?"),
        ),
    )
    shelf.mine(again)
    after = shelf.intent("order")
    assert (after.name, after.description) == ("Parcels", "Ours")
    assert after.examples == before.examples
    questions = {one.attribute_id: one.question for one in after.attributes}
    assert questions == {"number": "What is your order number?", "shop": "Where?"}
    assert (after.conversations, after.count) == (40, 80)


def test_mining_again_adds_examples_attributes_and_counts_to_what_nobody_edited():
    shelf = Shelf()
    shelf.mine(mined("order", attributes=(attribute("number", "Which?"),)))
    shelf.mine(
        mined(
            "order",
            (*ORDER, "where did it go"),
            change="known",
            conversations=30,
            attributes=(attribute("day", "When?"), attribute("number", "Which one?")),
        )
    )
    intent = shelf.intent("order")
    assert [one.text for one in intent.examples] == [*ORDER, "where did it go"]
    assert [one.question for one in intent.attributes] == ["Which one?", "When?"]
    assert intent.conversations == 30
    assert intent.name == "order"


def test_an_example_somebody_removed_or_moved_does_not_come_back():
    shelf = Shelf()
    shelf.add("order", *ORDER)
    gone, moved = shelf.intent("order").examples[:2]
    shelf.ask(
        records.SplitIntent,
        intent_id="order",
        name="x",
        example_ids=[moved.example_id],
        new_intent_id="track",
    )
    shelf.ask(records.ChangeExamples, intent_id="order", remove=[gone.example_id])
    shelf.mine(mined("other", ORDER))
    assert [one.text for one in shelf.intent("other").examples] == [gone.text]
    shelf.mine(mined("order", ORDER, change="known"))
    assert [one.text for one in shelf.intent("order").examples] == [ORDER[2]]


def test_mining_does_not_bring_back_what_was_discarded():
    shelf = Shelf()
    shelf.mine(mined("order"))
    shelf.ask(records.ReviewIntents, intent_ids=["order"], status="discarded")
    before = shelf.intent("order")
    then = shelf.mine(mined("order", (*ORDER, "more"), change="known", conversations=99))
    then.then_some(event(records.MiningEnded, added=0, updated=0, left_out=1))
    assert shelf.intent("order") == before


def test_what_is_found_of_a_merged_intent_goes_to_what_it_became_part_of():
    shelf = Shelf()
    shelf.mine(mined("order"), mined("parcel", REFUND))
    shelf.ask(records.MergeIntents, into="order", intent_ids=["parcel"])
    shelf.mine(
        mined("order", ORDER, change="known", conversations=10),
        mined("parcel", REFUND, change="known", conversations=7),
    )
    assert shelf.intent("order").conversations == 17
    assert shelf.intent("parcel").merged_into == "order"


def test_a_group_found_by_mining_is_discovered_and_gets_the_new_intents():
    shelf = Shelf()
    together = {"group_id": "g-1", "group_name": "Shipping"}
    shelf.mine(mined("order", **together), mined("refund", REFUND, **together), mined("hours", ()))
    group = shelf.row(views.GROUP, "g-1")
    assert (group.name, group.source, group.status) == ("Shipping", "discovered", "pending")
    assert {one.intent_id: one.group_id for one in shelf.every(views.INTENT)} == {
        "order": "g-1",
        "refund": "g-1",
        "hours": None,
    }


def test_a_new_intent_joins_the_group_its_like_are_in():
    shelf = Shelf()
    shelf.mine(mined("order"))
    shelf.ask(records.SaveGroup, name="Ours", intent_ids=["order"])
    (ours,) = shelf.every(views.GROUP)
    together = {"group_id": "g-1", "group_name": "Shipping"}
    shelf.mine(mined("order", change="known", **together), mined("refund", REFUND, **together))
    assert shelf.intent("refund").group_id == ours.group_id
    assert len(shelf.every(views.GROUP)) == 1


def test_an_intent_taken_out_of_its_group_by_hand_stays_out():
    shelf = Shelf()
    together = {"group_id": "g-1", "group_name": "Shipping"}
    shelf.mine(mined("order", **together), mined("refund", REFUND, **together))
    shelf.ask(records.RemoveFromGroup, group_id="g-1", intent_ids=["order"])
    shelf.mine(
        mined("order", change="known", **together),
        mined("refund", REFUND, change="known", **together),
    )
    assert shelf.intent("order").group_id is None


@pytest.mark.rule("CI-14")
def test_a_simulation_takes_the_last_thousand_records_and_changes_nothing_but_its_run():
    shelf = Shelf()
    shelf.mine(mined("order"))
    before = shelf.scenario.rows(views.INTENT), shelf.scenario.rows(views.GROUP)
    together = {"group_id": "g-1", "group_name": "Shipping"}
    then = shelf.mine(
        mined("order", (*ORDER, "more"), change="known", conversations=70, **together),
        mined("refund", REFUND, **together),
        is_simulation=True,
        granularity="high",
    )
    then.then(event(records.MiningEnded, is_simulation=True, intents=2, added=0, updated=0))
    assert (shelf.scenario.rows(views.INTENT), shelf.scenario.rows(views.GROUP)) == before
    run = shelf.row(views.RUN, then.events[0].run_id)
    assert (run.records_max, run.since_ms, run.granularity) == (1_000, 0, "high")
    kept = [row for row in shelf.every(views.MINED) if row.run_id == run.run_id]
    assert len(kept) == 2


@pytest.mark.rule("CI-14")
def test_of_a_run_that_failed_nothing_is_kept():
    shelf = Shelf()
    shelf.ask(records.StartMining, run_id="r-1", is_simulation=True)
    shelf.tell(records.MiningStarted, run_id="r-1")
    shelf.tell(records.IntentMined, run_id="r-1", index=0, content=content(mined("order")))
    then = shelf.tell(records.MiningFailed, run_id="r-1", because="the history cannot be read")
    then.then(event(records.MiningEnded, state="failed", because="the history cannot be read"))
    assert shelf.every(views.MINED) == []
    assert shelf.row(views.RUN, "r-1").state == "failed"


def test_the_same_result_told_twice_counts_once():
    shelf = Shelf()
    shelf.ask(records.StartMining, run_id="r-1")
    shelf.tell(records.MiningStarted, run_id="r-1")
    said = {"run_id": "r-1", "index": 0, "content": content(mined("order"))}
    shelf.tell(records.IntentMined, **said)
    shelf.tell(records.IntentMined, **said).nothing()
    shelf.tell(records.MiningFinished, run_id="r-1", intents=1)
    assert shelf.intent("order").count == 24


def test_a_run_that_begins_anew_starts_from_nothing():
    shelf = Shelf()
    shelf.ask(records.StartMining, run_id="r-1")
    shelf.tell(records.MiningStarted, run_id="r-1")
    shelf.tell(records.IntentMined, run_id="r-1", index=3, content=content(mined("old")))
    shelf.mine(mined("order"), run_id="r-1")
    assert [one.intent_id for one in shelf.every(views.INTENT)] == ["order"]


def test_a_run_of_which_a_part_is_missing_fails_and_changes_nothing():
    shelf = Shelf()
    shelf.ask(records.StartMining, run_id="r-1")
    shelf.tell(records.MiningStarted, run_id="r-1")
    shelf.tell(records.IntentMined, run_id="r-1", index=0, content=content(mined("order")))
    shelf.tell(records.MiningFinished, run_id="r-1", intents=2).then(
        event(records.MiningEnded, state="failed")
    )
    assert shelf.every(views.INTENT) == []
    assert "1 of them" in shelf.row(views.RUN, "r-1").because


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        (records.MiningStarted, {}),
        (records.MiningProgressed, {"phase": "encoding"}),
        (records.IntentMined, {"index": 0, "content": content(mined("order"))}),
        (records.MiningFinished, {"intents": 0}),
        (records.MiningFailed, {"because": "x"}),
    ],
)
def test_results_of_an_unknown_or_finished_run_are_refused(record: type, fields: dict):
    shelf = Shelf()
    shelf.tell(record, run_id="nothing", **fields).refused("library.unknown_run", "'nothing'")
    shelf.ask(records.StartMining, run_id="r-1")
    shelf.mine(run_id="r-1")
    shelf.tell(record, run_id="r-1", **fields).refused("library.run_over", "done")


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"intent_id":"a"}', content(mined("a/b")), content(mined("")), '"\\ud800"'],
)
def test_a_result_that_cannot_be_read_is_refused_and_the_run_goes_on(text: str):
    shelf = Shelf()
    shelf.ask(records.StartMining, run_id="r-1")
    shelf.tell(records.MiningStarted, run_id="r-1")
    told = shelf.tell(records.IntentMined, run_id="r-1", index=0, content=text)
    told.refused("library.unreadable_result")
    assert shelf.row(views.RUN, "r-1").state == "running"


def test_two_runs_at_once_are_refused():
    shelf = Shelf()
    shelf.ask(records.StartMining, run_id="r-1")
    shelf.ask(records.StartMining, run_id="r-2").refused("library.mining", "'r-1'")
    shelf.tell(records.MiningFailed, run_id="r-1", because="never begun")
    assert shelf.ask(records.StartMining, run_id="r-2").outcome.rejection is None


def test_a_run_nothing_is_heard_of_fails_by_itself():
    shelf = Shelf()
    shelf.ask(records.StartMining, run_id="r-1")
    shelf.scenario.later(SILENCE_MS * 2)
    assert shelf.row(views.RUN, "r-1").state == "due", "it waits for a worker"
    shelf.tell(records.MiningStarted, run_id="r-1")
    shelf.tell(records.MiningProgressed, run_id="r-1", phase="a", after_ms=SILENCE_MS - 1_000)
    assert shelf.row(views.RUN, "r-1").state == "running"
    shelf.scenario.later(SILENCE_MS)
    run = shelf.row(views.RUN, "r-1")
    assert run.state == "failed"
    assert "nothing was heard" in run.because


def test_only_the_newest_runs_and_results_are_kept():
    shelf = Shelf()
    for _ in range(RUNS_KEPT + 2):
        shelf.mine(mined("order"), is_simulation=True)
    runs = shelf.every(views.RUN)
    assert len(runs) == RUNS_KEPT
    assert len(shelf.every(views.MINED)) == RESULTS_KEPT
    assert min(run.number for run in runs) == 3
