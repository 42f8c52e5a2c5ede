"""What people make of intents: review, names, texts, examples, merging, splitting, bots."""

from __future__ import annotations

import pytest

from processors.assist.articles import ARTICLES
from processors.intents.library import Solution
from processors.library.curation import RENAME_WARNING
from processors.library.state import COMMANDS_KEPT
from processors.testing import event
from processors.views import library as views
from schemas.records import library as records
from tests.rules.libraries import ORDER, REFUND, Shelf, as_json, attribute, mined


@pytest.fixture
def shelf() -> Shelf:
    """Return a library with two approved intents."""
    made = Shelf()
    made.add("order", *ORDER)
    made.add("refund", *REFUND)
    return made


def test_an_intent_added_by_hand_is_pending_and_edited_and_told_with_its_history():
    shelf = Shelf()
    then = shelf.ask(records.AddIntent, name=" Opening hours ", examples=["when do you open"])
    then.then(
        event(records.IntentDiscovered, name="Opening hours", status="pending", actor_id="ann"),
        event(records.IntentChanged, name="Opening hours", status="pending", source="edited"),
    )
    intent_id = then.events[0].intent_id
    intent = shelf.intent(intent_id)
    assert [one.text for one in intent.examples] == ["when do you open"]
    assert [(line.change, line.by) for line in intent.lineage] == [("added", "ann")]


@pytest.mark.rule("CI-15")
def test_an_intent_record_has_everything_the_rule_names(shelf: Shelf):
    shelf.ask(records.SaveGroup, name="Shipping", status="approved", intent_ids=["order"])
    (group,) = shelf.every(views.GROUP)
    shelf.ask(records.SaveLineOfBusiness, name="Retail")
    (line,) = shelf.every(views.LINE)
    shelf.ask(
        records.EditIntent,
        intent_id="order",
        instructions="Be brief.",
        attributes=as_json([attribute("order_number", "What is the number?")]),
        solutions=as_json([Solution("article", "kb-1"), Solution("text", text="It is on its way")]),
        line_of_business=line.line_id,
    )
    shelf.ask(records.UseInBots, intent_ids=["order"], is_used=True)
    intent = shelf.intent("order")
    assert (intent.name, intent.status, intent.group_id) == ("order", "approved", group.group_id)
    assert intent.line_of_business == line.line_id
    assert intent.is_used_by_bots
    assert intent.instructions == "Be brief."
    assert [one.attribute_id for one in intent.attributes] == ["order_number"]
    assert [one.kind for one in intent.solutions] == ["article", "text"]


@pytest.mark.rule("CI-16")
def test_only_approved_intents_can_be_given_to_bots_and_each_refusal_is_named(shelf: Shelf):
    shelf.add("hours", status="pending")
    shelf.add("spam", status="discarded")
    then = shelf.ask(
        records.UseInBots, intent_ids=["order", "hours", "spam", "nothing"], is_used=True
    )
    then.then(
        event(records.LibraryCommandAnswered, done_ids=["order"]),
        event(records.IntentChanged, intent_id="order", is_used_by_bots=True),
    )
    refused = {one.item_id: (one.code, one.because) for one in then.events[0].refused}
    assert set(refused) == {"hours", "spam", "nothing"}
    assert refused["hours"][0] == refused["spam"][0] == "library.not_approved"
    assert "pending" in refused["hours"][1]
    assert not shelf.intent("hours").is_used_by_bots


@pytest.mark.rule("CI-16")
def test_giving_bots_none_that_is_approved_is_refused_with_every_name(shelf: Shelf):
    shelf.add("hours", status="pending")
    shelf.add("spam", status="discarded")
    then = shelf.ask(records.UseInBots, intent_ids=["hours", "spam"], is_used=True)
    then.refused("library.not_approved", "'hours' is pending", "'spam' is discarded")


@pytest.mark.rule("CI-16")
@pytest.mark.parametrize("status", ["pending", "discarded"])
def test_an_intent_that_is_approved_no_more_is_taken_from_bots(shelf: Shelf, status: str):
    shelf.ask(records.UseInBots, intent_ids=["order"], is_used=True)
    shelf.ask(records.ReviewIntents, intent_ids=["order"], status=status)
    assert not shelf.intent("order").is_used_by_bots


@pytest.mark.rule("CI-23")
@pytest.mark.parametrize(
    ("record", "fields", "most"),
    [
        (records.EditIntent, {"intent_id": "order"}, 2_000),
        (records.SaveGroup, {"name": "Shipping"}, 2_000),
        (records.SaveLineOfBusiness, {"name": "Retail"}, 4_000),
        (records.ChangeLibrarySettings, {}, 4_000),
    ],
)
def test_instructions_have_a_limit_and_a_refusal_names_the_length(
    shelf: Shelf, record: type, fields: dict, most: int
):
    then = shelf.ask(record, instructions="ä" * (most + 1), **fields)
    then.refused("library.too_long", f"{most:,}", f"{most + 1:,}")
    assert shelf.ask(record, instructions="ä" * most, **fields).outcome.rejection is None


@pytest.mark.rule("CI-18")
def test_a_rename_warns_that_it_can_hurt_and_keeps_the_id(shelf: Shelf):
    then = shelf.ask(records.RenameIntent, intent_id="order", name="Where is it?")
    then.then(
        event(
            records.IntentRenamed,
            intent_id="order",
            old_name="order",
            new_name="Where is it?",
            warnings=[RENAME_WARNING],
        ),
        event(records.IntentChanged, intent_id="order", name="Where is it?"),
    )
    assert shelf.row(views.COMMAND, f"c-{shelf.commands}").warnings == (RENAME_WARNING,)
    shelf.ask(records.RenameIntent, intent_id="order", name="Where is it?").nothing()


@pytest.mark.rule("CI-18")
def test_a_discarded_intent_leaves_its_group_with_a_warning_about_others(shelf: Shelf):
    shelf.ask(records.SaveGroup, name="Shipping", intent_ids=["order", "refund"])
    (group,) = shelf.every(views.GROUP)
    then = shelf.ask(records.ReviewIntents, intent_ids=["order"], status="discarded")
    then.then(
        event(records.IntentRetired, intent_id="order"),
        event(records.GroupChanged, group_id=group.group_id, intent_ids=["refund"]),
        event(records.IntentChanged, intent_id="order", status="discarded", group_id=None),
    )
    assert "other processes" in then.events[0].warnings[0]


@pytest.mark.rule("CI-18")
def test_a_discarded_intent_cannot_be_put_into_any_group(shelf: Shelf):
    shelf.ask(records.SaveGroup, name="Shipping")
    (group,) = shelf.every(views.GROUP)
    shelf.ask(records.ReviewIntents, intent_ids=["order"], status="discarded")
    ways = (
        (records.AddToGroup, {"group_id": group.group_id, "intent_ids": ["order"]}),
        (records.SaveGroup, {"name": "Other", "intent_ids": ["order"]}),
        (records.EditIntent, {"intent_id": "order", "group_id": group.group_id}),
    )
    for record, fields in ways:
        shelf.ask(record, **fields).refused("library.discarded", "'order'")


def test_a_discarded_intent_comes_back_only_by_a_review(shelf: Shelf):
    shelf.ask(records.ReviewIntents, intent_ids=["order"], status="discarded")
    for record, fields in (
        (records.RenameIntent, {"name": "x"}),
        (records.EditIntent, {"description": "x"}),
        (records.ChangeExamples, {"add": ["x"]}),
        (records.SplitIntent, {"name": "x", "example_ids": ["x"]}),
    ):
        shelf.ask(record, intent_id="order", **fields).refused("library.discarded")
    merge = shelf.ask(records.MergeIntents, into="refund", intent_ids=["order"])
    merge.refused("library.discarded")
    shelf.ask(records.ReviewIntents, intent_ids=["order"], status="approved")
    assert shelf.intent("order").status == "approved"


def test_approving_an_intent_without_examples_warns_that_nothing_will_mean_it():
    shelf = Shelf()
    shelf.ask(records.AddIntent, intent_id="bare", name="bare")
    then = shelf.ask(records.ReviewIntents, intent_ids=["bare"], status="approved")
    assert "no examples" in then.events[-1].warnings[0]


def test_merging_keeps_one_id_and_the_others_point_at_it(shelf: Shelf):
    shelf.add("parcel", "my parcel is late")
    then = shelf.ask(records.MergeIntents, into="order", intent_ids=["parcel", "refund"])
    then.then_some(
        event(records.IntentsMerged, intent_id="order", from_ids=["parcel", "refund"]),
        event(records.IntentChanged, intent_id="order", status="approved"),
        event(records.IntentChanged, intent_id="parcel", merged_into="order", examples=[]),
    )
    assert len(shelf.intent("order").examples) == len(ORDER) + len(REFUND) + 1
    assert shelf.intent("refund").status == "discarded"
    assert shelf.intent("order").lineage[-1].from_ids == ("parcel", "refund")
    rename = shelf.ask(records.RenameIntent, intent_id="parcel", name="x")
    rename.refused("library.merged", "'order'")
    review = shelf.ask(records.ReviewIntents, intent_ids=["parcel"], status="approved")
    review.refused("library.merged")


def test_what_was_merged_twice_points_at_the_end(shelf: Shelf):
    shelf.add("parcel", "my parcel is late")
    shelf.ask(records.MergeIntents, into="order", intent_ids=["parcel"])
    shelf.ask(records.MergeIntents, into="refund", intent_ids=["order"])
    assert shelf.intent("parcel").merged_into == shelf.intent("order").merged_into == "refund"


@pytest.mark.parametrize(
    ("into", "parts", "code"),
    [
        ("order", ["order"], "library.same_intent"),
        ("order", [], "library.nothing_named"),
        ("order", ["nothing"], "library.unknown_intent"),
        ("nothing", ["order"], "library.unknown_intent"),
    ],
)
def test_merges_that_make_no_sense_are_refused(
    shelf: Shelf, into: str, parts: list[str], code: str
):
    shelf.ask(records.MergeIntents, into=into, intent_ids=parts).refused(code)


def test_splitting_moves_examples_to_a_new_intent_that_knows_where_it_comes_from(shelf: Shelf):
    goes = shelf.intent("order").examples[1]
    then = shelf.ask(
        records.SplitIntent, intent_id="order", name="Track", example_ids=[goes.example_id]
    )
    new_id = then.events[0].new_intent_id
    then.then_some(event(records.IntentSplit, intent_id="order", new_intent_id=new_id))
    made = shelf.intent(new_id)
    assert (made.parent_id, made.status, made.name) == ("order", "approved", "Track")
    assert made.examples == (goes,)
    assert goes not in shelf.intent("order").examples


def test_a_split_leaves_something_and_takes_something(shelf: Shelf):
    every = [one.example_id for one in shelf.intent("order").examples]
    for ids, code in ((every, "nothing_to_split"), ([], "nothing_to_split"), (["x"], "unknown")):
        then = shelf.ask(records.SplitIntent, intent_id="order", name="x", example_ids=ids)
        assert then.outcome.rejection is not None
        assert code in then.outcome.rejection.code


def test_examples_are_redacted_and_each_text_counts_once(shelf: Shelf):
    shelf.ask(
        records.ChangeExamples,
        intent_id="order",
        add=["mail me at ann@shop.example", "Where is  MY order", "call 0049 171 5554433 back"],
    )
    texts = [one.text for one in shelf.intent("order").examples]
    assert len(texts) == len(ORDER) + 2
    assert not any("ann@" in text or "5554433" in text for text in texts)


def test_an_example_that_another_intent_has_is_warned_of(shelf: Shelf):
    then = shelf.ask(records.ChangeExamples, intent_id="order", add=[REFUND[0]])
    assert "refund" in then.events[0].warnings[0]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"add": ["  "]}, "library.empty_example"),
        ({"add": ["x" * 2_001]}, "library.too_long"),
        ({"add": [f"number {n}" for n in range(201)]}, "library.too_many"),
        ({"remove": ["nothing"]}, "library.unknown_example"),
    ],
)
def test_examples_that_cannot_be_are_refused(shelf: Shelf, fields: dict, code: str):
    shelf.ask(records.ChangeExamples, intent_id="order", **fields).refused(code)


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ("[", ("cannot be read",)),
        ('[{"attribute_id":"a","name":"A","colour":1}]', ("colour",)),
        ('[{"attribute_id":"a","name":"A"},{"attribute_id":"a","name":"B"}]', ("'a'",)),
        ('[{"attribute_id":"a","name":"A","kind":"enum"}]', ("enum", "values")),
        ('[{"attribute_id":"","name":"A"}]', ("attribute_id",)),
    ],
)
def test_attributes_that_cannot_be_are_refused(shelf: Shelf, attributes: str, words: tuple):
    then = shelf.ask(records.EditIntent, intent_id="order", attributes=attributes)
    then.refused("library.bad_attributes", *words)


@pytest.mark.rule("CI-25")
def test_only_published_articles_can_be_chosen_as_solutions():
    shelf = Shelf(references={ARTICLES: frozenset({"kb-1"})})
    shelf.add("order")
    unknown = as_json([Solution("article", "kb-2")])
    then = shelf.ask(records.EditIntent, intent_id="order", solutions=unknown)
    then.refused("library.unknown_article", "'kb-2'")
    known = as_json([Solution("article", "kb-1")])
    shelf.ask(records.EditIntent, intent_id="order", solutions=known)
    assert shelf.intent("order").solutions == (Solution("article", "kb-1"),)


def test_the_same_command_changes_nothing_the_second_time(shelf: Shelf):
    said = {"intent_id": "order", "name": "Track", "command_id": "once"}
    shelf.ask(records.RenameIntent, **said)
    shelf.ask(records.RenameIntent, intent_id="order", name="Later", command_id="twice")
    shelf.ask(records.RenameIntent, **said).nothing()
    assert shelf.intent("order").name == "Later"


def test_erased_turns_leave_the_library_and_mining_does_not_bring_them_back():
    shelf = Shelf()
    shelf.mine(mined("order", ORDER))
    erased = shelf.intent("order").examples[0]
    assert shelf.intent("order").description == erased.text
    shelf.ask(records.ForgetExamples, turn_ids=[erased.turn_id])
    assert erased.text not in str(shelf.scenario.rows(views.INTENT))
    assert erased.text.encode() not in b"".join(v for _, v in shelf.scenario.rows(views.MINED))
    shelf.mine(mined("order", ORDER, change="known"))
    assert erased.example_id not in [one.example_id for one in shelf.intent("order").examples]


def test_only_the_newest_commands_are_remembered(shelf: Shelf):
    for number in range(COMMANDS_KEPT):
        shelf.ask(records.RenameIntent, intent_id="order", name=f"number {number}")
    kept = shelf.every(views.COMMAND)
    assert len(kept) == COMMANDS_KEPT
    assert {one.number for one in kept} == set(range(5, COMMANDS_KEPT + 5))
