"""Groups of intents, and lines of business."""

from __future__ import annotations

import pytest

from processors.library.groups import RENAME_GROUP_WARNING
from processors.routing.setup import SETUP
from processors.testing import event
from processors.views import library as views
from processors.views.library import LineRule
from schemas.records import library as records
from tests.rules.libraries import Shelf, as_json
from tests.rules.setups import queue, setup, workstream


def chat_rule(workstream: str = "") -> LineRule:
    """Return the rule for conversations."""
    return LineRule("conversation", workstream)


@pytest.fixture
def shelf() -> Shelf:
    """Return a library with three approved intents."""
    made = Shelf()
    for intent_id in ("order", "parcel", "refund"):
        made.add(intent_id)
    return made


def a_group(shelf: Shelf, *intent_ids: str, **fields: object) -> views.GroupView:
    """Return a new group with these intents."""
    fields.setdefault("name", "Shipping")
    then = shelf.ask(records.SaveGroup, intent_ids=list(intent_ids), **fields)
    assert then.outcome.rejection is None
    found: views.GroupView = shelf.row(views.GROUP, then.events[0].group_id)
    return found


def a_line(shelf: Shelf, name: str, **fields: str) -> views.LineView:
    """Return a new line of business."""
    then = shelf.ask(records.SaveLineOfBusiness, name=name, **fields)
    assert then.outcome.rejection is None, then.outcome.rejection
    found: views.LineView = shelf.row(views.LINE, then.events[0].line_id)
    return found


@pytest.mark.rule("CI-17", "CI-19")
def test_a_custom_group_has_name_status_and_chosen_intents_and_is_edited(shelf: Shelf):
    then = shelf.ask(
        records.SaveGroup, name="Shipping", status="approved", intent_ids=["order", "parcel"]
    )
    then.then_some(
        event(
            records.GroupChanged,
            name="Shipping",
            status="approved",
            source="edited",
            intent_ids=["order", "parcel"],
        )
    )
    (group,) = shelf.every(views.GROUP)
    assert (group.name, group.status, group.source) == ("Shipping", "approved", "edited")
    assert {one.group_id for one in shelf.every(views.INTENT)} == {group.group_id, None}


@pytest.mark.rule("CI-18")
def test_adding_intents_to_a_group_warns_of_other_processes(shelf: Shelf):
    group = a_group(shelf, "order")
    then = shelf.ask(records.AddToGroup, group_id=group.group_id, intent_ids=["refund"])
    then.then_some(event(records.GroupChanged, intent_ids=["order", "refund"]))
    assert any("other processes" in one for one in then.events[0].warnings)
    answer = shelf.row(views.COMMAND, f"c-{shelf.commands}")
    assert any("other processes" in one for one in answer.warnings)


@pytest.mark.rule("CI-18")
def test_intents_can_be_taken_out_of_a_group(shelf: Shelf):
    group = a_group(shelf, "order", "refund")
    then = shelf.ask(
        records.RemoveFromGroup, group_id=group.group_id, intent_ids=["refund", "parcel"]
    )
    then.then_some(event(records.GroupChanged, intent_ids=["order"]))
    (refused,) = then.events[0].refused
    assert (refused.item_id, refused.code) == ("parcel", "library.not_in_group")
    assert shelf.intent("refund").group_id is None


@pytest.mark.rule("CI-18")
def test_renaming_a_group_is_for_typing_errors_and_says_so(shelf: Shelf):
    group = a_group(shelf)
    then = shelf.ask(records.SaveGroup, group_id=group.group_id, name="Delivery")
    assert then.events[0].warnings == [RENAME_GROUP_WARNING]
    assert shelf.row(views.GROUP, group.group_id).name == "Delivery"


def test_an_intent_that_joins_a_group_leaves_the_one_it_was_in(shelf: Shelf):
    first = a_group(shelf, "order")
    second = a_group(shelf, name="Other")
    then = shelf.ask(records.AddToGroup, group_id=second.group_id, intent_ids=["order"])
    told = {one.group_id: one.intent_ids for one in then.events if hasattr(one, "intent_ids")}
    assert told == {first.group_id: [], second.group_id: ["order"]}


def test_a_group_that_is_discarded_lets_its_intents_go_and_takes_none(shelf: Shelf):
    group = a_group(shelf, "order")
    then = shelf.ask(records.SaveGroup, group_id=group.group_id, status="discarded")
    then.then_some(event(records.GroupChanged, status="discarded", intent_ids=[]))
    assert shelf.intent("order").group_id is None
    then = shelf.ask(records.AddToGroup, group_id=group.group_id, intent_ids=["order"])
    then.refused("library.group_discarded", "'Shipping'")


@pytest.mark.parametrize(
    ("record", "fields", "code"),
    [
        (records.SaveGroup, {"name": " "}, "library.no_name"),
        (records.SaveGroup, {}, "library.no_name"),
        (records.SaveGroup, {"group_id": "nothing", "name": "x"}, "library.unknown_group"),
        (records.SaveGroup, {"name": "x", "status": "new"}, "library.bad_status"),
        (records.SaveGroup, {"name": "x", "line_of_business": "no"}, "library.unknown_line"),
        (records.SaveGroup, {"name": "x", "intent_ids": ["no"]}, "library.unknown_intent"),
        (records.AddToGroup, {"group_id": "no", "intent_ids": ["a"]}, "library.unknown_group"),
        (records.RemoveFromGroup, {"group_id": "no", "intent_ids": []}, "library.unknown_group"),
        (records.SaveLineOfBusiness, {"line_id": "no", "name": "x"}, "library.unknown_line"),
        (records.SaveLineOfBusiness, {"name": ""}, "library.no_name"),
        (records.SaveLineOfBusiness, {"name": "x", "queues": "{}"}, "library.bad_line"),
        (records.SaveLineOfBusiness, {"name": "x", "rules": '[{"a":1}]'}, "library.bad_line"),
    ],
)
def test_what_cannot_be_is_refused(shelf: Shelf, record: type, fields: dict, code: str):
    shelf.ask(record, **fields).refused(code)


@pytest.mark.rule("CI-20")
def test_a_line_of_business_has_at_most_one_rule_for_conversations_and_one_for_cases(shelf: Shelf):
    case = LineRule("case", conditions={"entity": "incident"})
    line = a_line(
        shelf,
        "Retail",
        workstreams=as_json(["chat"]),
        rules=as_json([chat_rule("chat"), case]),
    )
    assert [one.applies_to for one in line.rules] == ["conversation", "case"]
    for twice in ([chat_rule("chat"), chat_rule("chat")], [case, case]):
        then = shelf.ask(records.SaveLineOfBusiness, line_id=line.line_id, rules=as_json(twice))
        then.refused("library.two_rules", "2 rules", "'Retail'")


@pytest.mark.rule("CI-21")
def test_a_rule_for_chats_names_the_workstream_and_it_is_the_lines_own(shelf: Shelf):
    then = shelf.ask(records.SaveLineOfBusiness, name="Retail", rules=as_json([chat_rule()]))
    then.refused("library.rule_without_workstream", "another line of business")
    then = shelf.ask(
        records.SaveLineOfBusiness,
        name="Retail",
        workstreams=as_json(["chat"]),
        rules=as_json([chat_rule("voice")]),
    )
    then.refused("library.rule_of_other_line", "'voice'")


@pytest.mark.rule("CI-20")
def test_lines_of_business_part_intents_groups_workstreams_and_queues(shelf: Shelf):
    retail = a_line(shelf, "Retail", workstreams=as_json(["chat"]), queues=as_json(["q-1"]))
    travel = a_line(shelf, "Travel")
    for field in ({"workstreams": as_json(["chat"])}, {"queues": as_json(["q-1"])}):
        then = shelf.ask(records.SaveLineOfBusiness, line_id=travel.line_id, **field)
        then.refused("library.taken", "'Retail'")
    group = a_group(shelf, line_of_business=retail.line_id)
    shelf.ask(records.EditIntent, intent_id="order", line_of_business=travel.line_id)
    then = shelf.ask(records.AddToGroup, group_id=group.group_id, intent_ids=["order"])
    then.refused("library.other_line", "'order'")
    shelf.ask(records.EditIntent, intent_id="order", line_of_business=retail.line_id)
    shelf.ask(records.AddToGroup, group_id=group.group_id, intent_ids=["order"])
    assert shelf.intent("order").group_id == group.group_id
    then = shelf.ask(records.SaveGroup, group_id=group.group_id, line_of_business=travel.line_id)
    then.refused("library.other_line", "'order'")


@pytest.mark.rule("CI-22")
def test_a_workstream_and_the_queues_it_routes_to_are_in_one_line():
    routed = setup(queues=[queue("sales")], workstreams=[workstream(fallback_queue="sales")])
    shelf = Shelf(references={SETUP: routed})
    a_line(shelf, "Retail", queues=as_json(["sales"]))
    then = shelf.ask(records.SaveLineOfBusiness, name="Travel", workstreams=as_json(["work"]))
    then.refused("library.torn", "'sales'", "'work'")
    then = shelf.ask(records.SaveLineOfBusiness, name="Travel", queues=as_json(["nothing"]))
    then.refused("library.unknown_queue")


def test_the_first_line_of_business_warns_that_the_rest_is_not_routed_by_intent(shelf: Shelf):
    then = shelf.ask(records.SaveLineOfBusiness, name="Retail")
    assert "no longer routed by intent" in then.events[0].warnings[0]
    assert shelf.ask(records.SaveLineOfBusiness, name="Travel").events[0].warnings == []
