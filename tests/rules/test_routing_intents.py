"""Routing by what the customer wants: intent, group, user group, representative."""

from __future__ import annotations

from typing import Any

import pytest

from processors.errors import InvalidReferenceError
from processors.routing.setup_intents import part_id
from schemas.records import routing
from schemas.records.routing import ItemMoved
from tests.rules import shop_intents
from tests.rules.pools import SECOND_MS, Told, of, one_of
from tests.rules.setups import MINUTE_MS, queue, setup

PEOPLE: list[dict[str, Any]] = [
    {"id": name, "profiles": {"chat": 2}} for name in ("ann", "bob", "cay", "dee")
]
PROFILES = [{"id": "chat", "limit": 2}]
REFUNDS = {"intent_id": "i-refund", "intent_group_id": "g-money"}
USER_GROUPS = [
    {"id": "money", "members": ["bob"]},
    {"id": "geld", "members": ["cay"], "languages": ["de"], "regions": ["AT", "DE"]},
    {"id": "everybody", "members": ["dee"]},
]
MONEY = {
    "group": "g-money",
    "user_groups": [{"user_group": "geld"}, {"user_group": "money"}],
    "default": "everybody",
}
LINE = {"id": "shop", "workstreams": ["work"], "queues": ["chats"], "fallback": "everybody"}


def stream(**given: Any) -> dict[str, Any]:
    work = {"id": "work", "kind": "messaging", "fallback_queue": "chats", "wrap_up": "never"}
    return {**work, "profiles": ["chat"], "allowed_presences": ["available"], **given}


def parts(**given: Any) -> dict[str, Any]:
    """Return a setup in which the queue has one member, whom intents never lead to."""
    return {
        "profiles": PROFILES,
        "representatives": PEOPLE,
        "queues": [queue("chats", members=["ann"])],
        "workstreams": [stream()],
        "intents": intents(),
        **given,
    }


def intents(**given: Any) -> dict[str, Any]:
    return {"user_groups": USER_GROUPS, "groups": [MONEY], "lines": [LINE], **given}


def centre(**given: Any) -> Told:
    told = Told(**parts(**given))
    told.connect("ann", "bob", "cay", "dee")
    return told


def offered(told: Told, item_id: str = "c1") -> tuple[str, str | None]:
    """Return the queue an item is in, and who is offered it."""
    assert told.item(item_id).state in {"offered", "open"}
    return told.item(item_id).queue_id, told.item(item_id).representative_id


@pytest.mark.rule("CI-39", "CI-42")
def test_an_intent_leads_by_its_group_to_a_user_group_and_one_of_its_people():
    told = centre()
    then = told.arrive("c1", variables=REFUNDS)
    assert offered(told) == (part_id("chats", "money"), "bob")
    assert "i-refund of g-money, which money serves" in of(then, ItemMoved)[0].because
    assert "bob" not in told.pool.world(setup(**parts())).setup.queues["chats"].members


@pytest.mark.rule("CI-40")
@pytest.mark.parametrize(
    ("locale", "who"),
    [("de-AT", "cay"), ("de-DE", "cay"), ("de_at", "cay"), ("de-CH", "bob"), ("en-DE", "bob")],
)
def test_language_and_region_are_matched_without_being_asked_for(locale: str, who: str):
    told = centre()
    told.arrive("c1", variables=REFUNDS, locale=locale)
    assert offered(told)[1] == who


@pytest.mark.rule("CI-40")
def test_the_first_user_group_that_fits_is_taken_and_a_condition_decides_what_fits():
    rich = {"field": "context.tier", "value": "gold"}
    lines = [{"user_group": "geld", "when": rich}, {"user_group": "money"}]
    plain = [{"id": "geld", "members": ["cay"]}, *USER_GROUPS[::2]]
    told = centre(intents=intents(user_groups=plain, groups=[{**MONEY, "user_groups": lines}]))
    told.arrive("c1", variables={**REFUNDS, "tier": "gold"})
    assert offered(told)[1] == "cay"
    told.arrive("c2", variables=REFUNDS)
    assert offered(told, "c2")[1] == "bob"


@pytest.mark.rule("CI-40", "CI-41")
def test_when_no_user_group_fits_the_default_of_the_intent_group_takes_it():
    told = centre(intents=intents(groups=[{**MONEY, "user_groups": [{"user_group": "geld"}]}]))
    told.arrive("c1", variables=REFUNDS, locale="fr-FR")
    assert offered(told)[1] == "dee"


@pytest.mark.rule("CI-41")
@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "nobody knows what the customer wants"),
        ({"intent_id": "i-lost"}, "the intent i-lost belongs to no group"),
        (
            {"intent_id": "i-x", "intent_group_id": "g-x"},
            "no user group is mapped to the intent group g-x",
        ),
    ],
)
def test_without_an_intent_or_a_group_the_line_of_business_has_a_fallback(variables, said):
    told = centre()
    then = told.arrive("c1", variables=variables)
    assert offered(told) == (part_id("chats", "everybody"), "dee")
    assert said in of(then, ItemMoved)[0].because


@pytest.mark.rule("CI-22", "CI-41")
def test_a_workstream_of_no_line_of_business_is_routed_as_ever():
    lines = [{**LINE, "workstreams": ["other"]}]
    streams = [stream(), stream(id="other", channels=["whatsapp"])]
    told = centre(workstreams=streams, intents=intents(lines=lines))
    told.arrive("c1", variables=REFUNDS, workstream="work")
    assert offered(told) == ("chats", "ann")
    told.arrive("c2", variables=REFUNDS, workstream="other")
    assert offered(told, "c2")[1] == "bob"


@pytest.mark.rule("CI-22")
def test_without_lines_of_business_intents_count_in_the_whole_organisation():
    told = centre(workstreams=[stream(profiles=[])], intents=intents(lines=[]))
    told.arrive("c1", variables=REFUNDS)
    assert offered(told)[1] == "bob"
    told.arrive("c2")
    assert offered(told, "c2") == ("chats", "ann")


@pytest.mark.rule("CI-42")
def test_preferred_representatives_and_skills_do_not_count():
    told = centre()
    told.arrive("c1", variables=REFUNDS, preferred_representatives=("ann",))
    assert offered(told)[1] == "bob"
    assert told.item("c1").preferred == ()


@pytest.mark.rule("CI-42")
def test_what_overflows_into_another_queue_stays_with_its_user_group():
    late = {"exceeds_ms": MINUTE_MS, "action": {"do": "queue", "queue": "later"}}
    queues = [queue("chats", overflow={"waiting": [late]}), queue("later", members=["ann"])]
    told = Told(**parts(queues=queues))
    told.arrive("c1", variables=REFUNDS)
    assert told.item("c1").queue_id == part_id("chats", "money")
    told.later(2 * MINUTE_MS)
    told.connect("ann")
    assert told.item("c1").queue_id == part_id("later", "money")
    told.connect("bob")
    assert offered(told)[1] == "bob"


@pytest.mark.rule("CI-42")
def test_what_overflows_before_it_is_queued_stays_with_its_user_group_as_well():
    full = {"when": "waiting_items", "limit": 1, "action": {"do": "queue", "queue": "later"}}
    queues = [queue("chats", overflow={"before": [full]}), queue("later")]
    routes = [{"name": "all", "queue": "chats"}]
    told = Told(**parts(queues=queues, workstreams=[stream(routes=routes)]))
    for item_id in ("c1", "c2"):
        told.arrive(item_id, variables=REFUNDS)
    assert told.item("c1").queue_id == part_id("chats", "money")
    assert told.item("c2").queue_id == part_id("later", "money")
    told.arrive("c3")
    assert told.item("c3").queue_id == part_id("chats", "everybody")


@pytest.mark.rule("CI-43")
def test_passed_to_a_queue_of_the_line_the_newest_intent_counts():
    queues = [queue("chats", members=["ann"]), queue("desk")]
    groups = [MONEY, {"group": "g-post", "default": "geld"}]
    lines = [{**LINE, "queues": ["chats", "desk"]}]
    told = centre(queues=queues, intents=intents(groups=groups, lines=lines))
    told.served("c1", "bob", variables=REFUNDS)
    told.take(routing.ItemIntent, item_id="c1", intent_id="i-where", intent_group_id="g-post")
    assert told.state("c1") == ("active", "bob")
    told.transfer("c1", "bob", "queue", "desk")
    assert offered(told) == (part_id("desk", "geld"), "cay")


@pytest.mark.rule("CI-43")
def test_passed_to_a_queue_outside_the_line_it_is_assigned_plainly():
    told = centre(queues=[queue("chats"), queue("plain", members=["ann"])])
    told.served("c1", "bob", variables=REFUNDS)
    told.transfer("c1", "bob", "queue", "plain")
    assert offered(told) == ("plain", "ann")


def test_a_new_intent_does_not_tear_an_item_from_where_it_waits():
    told = Told(**parts())
    told.arrive("c1", variables=REFUNDS)
    then = told.take(routing.ItemIntent, item_id="c1", intent_id="i-y", intent_group_id="g-y")
    assert then.events == ()
    assert told.item("c1").queue_id == part_id("chats", "money")
    told.take(routing.ItemIntent, item_id="nobody", intent_id="i-y")


@pytest.mark.rule("CI-39")
def test_the_intent_of_a_case_is_read_from_its_title_description_and_notes():
    work = stream(kind="record", fallback_queue="cases")
    told = centre(
        queues=[queue("cases", "record", members=["ann"])],
        workstreams=[work],
        intents=intents(
            lines=[{**LINE, "queues": ["cases"]}],
            groups=[{"group": "returns", "default": "money"}],
        ),
    )
    told.scenario.references["intent.library"] = shop_intents.shop()
    said = {"case.title": "Refund", "case.description": "i want my money back for the lamp"}
    told.arrive("r1", kind="record", channel="record", variables=said)
    assert offered(told, "r1")[1] == "bob"
    told.arrive("r2", kind="record", channel="record", variables={"case.title": "hello"})
    assert offered(told, "r2")[1] == "dee"


@pytest.mark.rule("CI-22")
@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ({"groups": [{**MONEY, "default": "nobody"}]}, "groups[0].default", "nobody"),
        ({"lines": [{**LINE, "fallback": "nobody"}]}, "lines[0].fallback", "nobody"),
        ({"lines": [{**LINE, "queues": []}]}, "lines[0].workstreams[0]", "'chats'"),
        ({"lines": [LINE, {**LINE, "id": "two"}]}, "lines[1].workstreams[0]", "'shop' already"),
        ({"fallback": "money"}, "fallback", "leave this one out"),
        ({"user_groups": [{"id": "x", "members": ["zoe"]}]}, "user_groups[0].members[0]", "'zoe'"),
    ],
)
def test_what_is_wrong_is_said_with_the_field(given: dict[str, Any], field: str, said: str):
    with pytest.raises(InvalidReferenceError) as refused:
        setup(**parts(intents=intents(**given)))
    assert refused.value.field == f"intents.{field}"
    assert said in refused.value.because


@pytest.mark.rule("CI-42")
@pytest.mark.parametrize(
    ("work", "said"),
    [({"skill_match": "exact"}, "matches skills"), ({"profiles": []}, "capacity profiles")],
)
def test_a_workstream_that_counts_units_or_matches_skills_is_refused(work, said):
    with pytest.raises(InvalidReferenceError, match=said):
        setup(**parts(workstreams=[stream(**work)]))


def test_waiting_in_a_part_is_counted_for_that_part():
    told = centre()
    told.served("c1", "bob", variables=REFUNDS)
    assert told.measure(part_id("chats", "money")).entered == 1
    assert (
        one_of(
            told.transfer("c1", "bob", "representative", "ann", after_ms=SECOND_MS),
            routing.OfferMade,
        ).representative_id
        == "ann"
    )
