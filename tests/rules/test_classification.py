"""Classification and route-to-queue: what an item needs and where it goes, rule by rule."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings, strategies as st

from processors.routing.classify import (
    Classified,
    Routed,
    classify,
    draw_of,
    facts_after,
    route,
    unrouted,
    with_new_skills,
)
from processors.routing.conditions import Condition, RuleFaultError, holds, judge, words
from processors.routing.setup import DEFAULT_QUEUES, Setup
from tests.rules.setups import RATED, load, queue, routed_by, setup, workstream

NOON_MS = 1_780_000_000_000


def classified(workstream_, facts=None, **parts) -> Classified:
    made = setup(workstreams=[workstream_], **parts)
    return classify(made, made.workstreams["work"], {"item_id": "c-1", **(facts or {})})


def sent(made: Setup, facts=None, busy=None, at_ms=NOON_MS, **given) -> Routed:
    return route(
        made,
        made.workstreams["work"],
        {"item_id": "c-1", **(facts or {})},
        busy or load(),
        at_ms,
        **given,
    )


def when(field: str, value=None, how: str = "equals", **given) -> dict:
    valued = {} if value is None else {"value": value}
    return {"field": field, "is": how, **valued, **given}


# Conditions


HELD = {
    "locale": "fr-FR",
    "customer.tier": "Gold",
    "customer.account.country": "CH",
    "context.amount": 120,
    "context.a.dotted.name": "x",
    "empty": "",
    "asked": "refunds, german",
}


@pytest.mark.parametrize(
    ("field", "how", "value", "expected"),
    [
        ("customer.tier", "equals", "gold", True),
        ("customer.tier", "equals", "silver", False),
        ("customer.tier", "not_equals", "silver", True),
        ("customer.account.country", "in", ("CH", "DE"), True),
        ("customer.account.country", "not_in", ("CH", "DE"), False),
        ("locale", "begins_with", "fr", True),
        ("locale", "ends_with", "-CH", False),
        ("locale", "contains", "R-f", True),
        ("locale", "not_contains", "de", True),
        ("context.amount", "equals", 120.0, True),
        ("context.amount", "equals", "120", False),
        ("context.amount", "greater", 119, True),
        ("context.amount", "greater", 120, False),
        ("context.amount", "greater_or_equal", 120, True),
        ("context.amount", "less", 121, True),
        ("context.amount", "less_or_equal", 119, False),
        ("context.a.dotted.name", "equals", "X", True),
        ("empty", "is_empty", None, True),
        ("nowhere", "is_empty", None, True),
        ("nowhere", "is_not_empty", None, False),
        ("nowhere", "equals", "x", False),
        ("nowhere", "not_equals", "x", True),
        ("nowhere", "greater", 1, False),
        ("nowhere", "less", 1, False),
    ],
)
def test_what_each_comparison_says(field, how, value, expected):
    condition = Condition(field=field, operator=how, value=value)
    assert holds(condition, HELD) is expected
    assert holds(Condition(negated=condition), HELD) is not expected


def test_a_fact_may_be_compared_with_another_fact():
    assert holds(Condition(field="locale", value_of="locale"), HELD)
    german = Condition(field="skill", operator="in", value_of="asked")
    assert holds(german, {**HELD, "skill": "German"})
    assert not holds(german, {**HELD, "skill": "french"})


def test_all_any_and_not_combine_and_say_what_failed():
    condition = Condition(
        every=(
            Condition(field="locale", operator="begins_with", value="fr"),
            Condition(
                some=(
                    Condition(field="customer.tier", value="silver"),
                    Condition(field="context.amount", operator="greater", value=500),
                )
            ),
        )
    )
    assert judge(condition, {**HELD, "context.amount": 501}) is None
    assert judge(condition, HELD) == (
        'customer.tier is "silver", but it is "Gold"; '
        "context.amount is greater than 500, but it is 120"
    )
    assert words(condition) == (
        '(locale begins with "fr" and (customer.tier is "silver" or '
        "context.amount is greater than 500))"
    )
    assert holds(Condition(every=()), {})
    assert not holds(Condition(some=()), {})


def test_a_text_and_a_number_have_no_order():
    with pytest.raises(RuleFaultError, match="a text and a number have no order"):
        holds(Condition(field="locale", operator="greater", value=3), HELD)


@given(
    st.dictionaries(st.sampled_from(["a", "b", "c"]), st.integers(0, 3) | st.sampled_from("xyz")),
    st.lists(
        st.builds(
            lambda field, value: Condition(field=field, value=value),
            st.sampled_from(["a", "b", "c"]),
            st.integers(0, 3) | st.sampled_from("xyz"),
        ),
        max_size=5,
    ),
)
def test_all_and_any_are_what_not_makes_of_each_other(facts, parts):
    """De Morgan: not all of them is any not of them."""
    every = Condition(every=tuple(parts))
    some_not = Condition(some=tuple(Condition(negated=one) for one in parts))
    assert holds(every, facts) is not holds(some_not, facts)


# Classification


def test_a_workstream_without_rulesets_wants_nothing():
    assert classified(workstream(units=3)) == Classified({}, {}, (), 3, ())


@pytest.mark.rule("UR-03")
def test_in_a_ruleset_the_first_item_that_matches_writes_and_no_later_one_is_looked_at():
    ruleset = {
        "name": "tier",
        "items": [
            {"name": "gold", "when": when("tier", "gold"), "attributes": {"rank": 1}},
            {"name": "any", "attributes": {"rank": 2}},
            {"name": "never", "attributes": {"rank": 3}},
        ],
    }
    found = classified(workstream(rulesets=[ruleset]), {"tier": "silver"})
    assert found.attributes == {"rank": 2}
    assert [(one.rule, one.is_matched, one.because) for one in found.trace] == [
        ("gold", False, 'tier is "gold", but it is "silver"'),
        ("any", True, "writes rank = 2"),
    ]


@pytest.mark.rule("UR-03")
def test_later_rulesets_see_what_earlier_ones_wrote():
    rulesets = [
        {"name": "first", "items": [{"name": "a", "attributes": {"about": "refund"}}]},
        {
            "name": "second",
            "kind": "skills",
            "items": [
                {
                    "name": "b",
                    "when": when("attribute.about", "refund"),
                    "skills": {"refunds": 4},
                }
            ],
        },
        {
            "name": "third",
            "items": [
                {
                    "name": "c",
                    "when": when("skill.refunds", 4, "greater_or_equal"),
                    "attributes": {"is_hard": True, "about": "hard refund"},
                }
            ],
        },
    ]
    found = classified(workstream(rulesets=rulesets), **RATED)
    assert found.attributes == {"about": "hard refund", "is_hard": True}
    assert found.skills == {"refunds": 4}
    # Turned round, the rulesets do not see what comes after them.
    found = classified(workstream(rulesets=rulesets[::-1]), **RATED)
    assert found.attributes == {"about": "refund"}
    assert found.skills == {}


@pytest.mark.rule("UR-03")
def test_an_item_writes_up_to_five_outputs():
    five = {f"a{n}": n for n in range(5)}
    found = classified(
        workstream(rulesets=[{"name": "r", "items": [{"name": "i", "attributes": five}]}])
    )
    assert found.attributes == five


@pytest.mark.rule("UR-03")
def test_conditions_reach_two_related_records():
    item = {
        "name": "swiss",
        "when": when("customer.account.country", "CH"),
        "attributes": {"is_swiss": True},
    }
    found = classified(
        workstream(rulesets=[{"name": "r", "items": [item]}]), {"customer.account.country": "CH"}
    )
    assert found.attributes == {"is_swiss": True}


@pytest.mark.rule("UR-04")
def test_skills_profiles_and_attributes_are_kinds_of_classification():
    profiles = [{"id": "chat", "limit": 3}, {"id": "video", "limit": 1}]
    rulesets = [
        {
            "name": "skills",
            "kind": "skills",
            "items": [{"name": "s", "skills": {"refunds": "3 stars", "german": 2}}],
        },
        {
            "name": "profiles",
            "kind": "capacity_profiles",
            "items": [{"name": "p", "capacity_profiles": ["video", "chat"]}],
        },
    ]
    found = classified(workstream(rulesets=rulesets, profiles=["chat"]), profiles=profiles, **RATED)
    assert found.skills == {"refunds": 3, "german": 2}
    assert found.profiles == ("chat", "video")
    assert found.units == 0


@pytest.mark.rule("UR-04")
def test_skills_that_a_model_outside_found_are_taken_but_not_trusted():
    finder = {"name": "found", "kind": "skill_finder", "field": "context.skills"}
    found = classified(
        workstream(rulesets=[finder]),
        {"context.skills": "refunds:4, german, cooking:2, german:x"},
        **RATED,
    )
    assert found.skills == {"refunds": 4, "german": 1}
    assert [(one.rule, one.is_matched) for one in found.trace] == [
        ("refunds", True),
        ("german", True),
        ("cooking", False),
        ("german", False),
    ]
    found = classified(workstream(rulesets=[finder]), {"context.skills": "refunds:9"}, **RATED)
    assert found.skills == {}
    assert "outside its rating model" in found.trace[0].because
    assert classified(workstream(rulesets=[finder]), **RATED).skills == {}


def test_a_skill_keeps_the_level_of_the_ruleset_that_found_it_first():
    found_twice = [
        {
            "name": f"r{level}",
            "kind": "skills",
            "items": [{"name": "i", "skills": {"german": level}}],
        }
        for level in (4, 2)
    ]
    assert classified(workstream(rulesets=found_twice), **RATED).skills == {"german": 4}


@pytest.mark.rule("UR-04", "HO-36")
def test_on_a_new_run_new_skills_are_appended_and_old_ones_stay():
    assert with_new_skills({"german": 2}, {"refunds": 3, "german": 5}) == {
        "german": 2,
        "refunds": 3,
    }


# Route-to-queue


@pytest.mark.rule("UR-05")
def test_all_rules_are_looked_at_and_the_first_matching_queue_with_room_gets_the_item():
    made = setup(
        queues=[
            queue("a", overflow={"before": [waiting_limit(1)]}),
            queue("b"),
            queue("c"),
            queue("d"),
        ],
        workstreams=[
            routed_by(
                {"queue": "a"},
                {"queue": "d", "when": when("locale", "de")},
                {"queue": "b"},
                {"queue": "c"},
            )
        ],
    )
    routed = sent(made, {"locale": "fr"}, load(a=1))
    assert routed.queue_id == "b"
    assert routed.outcome == "rule"
    assert routed.overflow is None
    assert [one.queue_id for one in routed.candidates] == ["a", "b", "c"]
    assert [(one.stage, one.rule, one.is_matched) for one in routed.trace] == [
        ("route", "rule 1", True),
        ("route", "rule 2", False),
        ("route", "rule 3", True),
        ("route", "rule 4", True),
        ("overflow", "rule 1", True),
    ]
    assert routed.trace[1].because == 'locale is "de", but it is "fr"'
    assert routed.trace[4].because == "1 items wait in a, its limit is 1"
    assert sent(made, {"locale": "fr"}).queue_id == "a"


def waiting_limit(limit: int, **action) -> dict:
    return {"when": "waiting_items", "limit": limit, "action": action or {"do": "end"}}


@pytest.mark.rule("UR-05", "UR-03")
def test_route_rules_see_what_classification_wrote():
    made = setup(
        queues=[queue("refunds")],
        workstreams=[
            routed_by(
                {"queue": "refunds", "when": when("attribute.about", "refund")},
                rulesets=[
                    {"name": "r", "items": [{"name": "i", "attributes": {"about": "refund"}}]}
                ],
            )
        ],
    )
    facts = {"item_id": "c-1"}
    found = classify(made, made.workstreams["work"], facts)
    assert sent(made, facts_after(facts, found)).queue_id == "refunds"
    assert sent(made, facts).outcome == "fallback"


@pytest.mark.rule("UR-07")
@pytest.mark.parametrize(
    ("routes", "facts", "because"),
    [
        ([], {}, "there are no rules"),
        ([{"queue": "a", "when": when("locale", "de")}], {"locale": "fr"}, "no rule matches"),
        (
            [{"queue": "a", "when": when("amount", 5, "greater")}],
            {"amount": "many"},
            "a rule was at fault",
        ),
    ],
)
def test_no_rule_no_match_and_a_fault_lead_to_the_fallback_queue(routes, facts, because):
    full = {"before": [waiting_limit(1)]}
    made = setup(
        queues=[queue("a"), queue("last", overflow=full)],
        workstreams=[routed_by(*routes, fallback_queue="last")],
    )
    routed = sent(made, facts, load(last=50))
    assert (routed.queue_id, routed.outcome) == ("last", "fallback")
    assert because in routed.why
    # The overflow of a fallback queue does not count.
    assert routed.overflow is None


@pytest.mark.rule("UR-07")
def test_a_fault_in_classification_leads_to_the_fallback_queue_with_the_reason():
    item = {"name": "big", "when": when("amount", 5, "greater"), "attributes": {"is_big": True}}
    rulesets = [{"name": "size", "items": [item]}, {"name": "later", "items": [item]}]
    made = setup(
        queues=[queue("a"), queue("last")],
        workstreams=[routed_by({"queue": "a"}, fallback_queue="last", rulesets=rulesets)],
    )
    facts = {"item_id": "c-1", "amount": "many"}
    found = classify(made, made.workstreams["work"], facts)
    assert found.fault is not None
    assert [one.ruleset for one in found.trace] == ["size"]
    routed = sent(made, facts, fault=found.fault)
    assert routed.queue_id == "last"
    assert 'it compares "many" with 5' in routed.why


@pytest.mark.rule("UR-07")
def test_a_fallback_queue_that_names_no_method_takes_the_highest_capacity():
    made = setup(
        queues=[queue("calls", "voice"), queue("last", "voice"), queue("chat")],
        workstreams=[workstream("voice", fallback_queue="last")],
    )
    assert made.queues["last"].method == "highest_capacity"
    assert made.queues["calls"].method == "least_active"
    assert made.queues["chat"].method == "highest_capacity"


def test_an_item_of_no_workstream_goes_to_the_default_queue_of_its_kind():
    for kind, queue_id in DEFAULT_QUEUES.items():
        assert unrouted(setup(), kind).queue_id == queue_id


@pytest.mark.rule("HO-31")
def test_the_locale_a_customer_asked_for_picks_the_queue_of_that_language():
    made = setup(
        queues=[queue("english"), queue("french"), queue("german")],
        workstreams=[
            routed_by(
                {"queue": "french", "when": when("locale", "fr", "begins_with")},
                {"queue": "german", "when": when("locale", ["de-DE", "de-AT"], "in")},
                {"queue": "english"},
            )
        ],
    )
    picked = {tag: sent(made, {"locale": tag}).queue_id for tag in ("fr-FR", "de-at", "it-IT")}
    assert picked == {"fr-FR": "french", "de-at": "german", "it-IT": "english"}


# Percentages


SHARED = [("a", 60), ("b", 25), ("c", 10), ("d", 5), ("e", 0)]


def shared(shares=SHARED, **given) -> Setup:
    return setup(
        queues=[queue(name, **given) for name, _ in shares],
        workstreams=[
            routed_by({"shares": [{"queue": name, "percent": part} for name, part in shares]})
        ],
    )


@pytest.mark.rule("UR-08")
def test_over_many_conversations_every_queue_gets_about_its_share():
    made = shared()
    many = 20_000
    counts = Counter(sent(made, {"item_id": f"conversation-{n}"}).queue_id for n in range(many))
    for name, percent in SHARED:
        assert abs(counts[name] * 100 / many - percent) < 1.0, (name, counts)
    assert counts["e"] == 0


@pytest.mark.rule("UR-08")
@given(st.text(min_size=1, max_size=40))
@settings(max_examples=50)
def test_the_same_conversation_always_draws_the_same_queue_with_its_probability(item_id):
    made = shared()
    routed = sent(made, {"item_id": item_id})
    assert routed == sent(made, {"item_id": item_id})
    assert routed.probability == dict(SHARED)[routed.queue_id] / 100
    upto = 0
    for name, percent in SHARED:
        upto += percent
        if draw_of(item_id) < upto:
            assert routed.queue_id == name
            break


@pytest.mark.rule("UR-08")
def test_the_draw_is_written_in_stone():
    """A changed hash would send conversations elsewhere when history is replayed."""
    assert [draw_of(one) for one in ("c-1", "conversation-7", "ümlaut")] == [46, 21, 96]


@pytest.mark.rule("UR-08")
def test_overflow_is_looked_at_after_the_draw_and_the_probability_says_what_became_of_it():
    full = {"before": [waiting_limit(1, do="queue", queue="elsewhere")]}
    made = setup(
        queues=[queue("a", overflow=full), queue("b"), queue("elsewhere"), queue("rest")],
        workstreams=[
            routed_by(
                {"shares": [{"queue": "a", "percent": 30}, {"queue": "b", "percent": 70}]},
                {"queue": "rest"},
            )
        ],
    )
    ids = {draw_of(f"id-{n}"): f"id-{n}" for n in range(2_000)}
    assert len(ids) == 100
    for draw, item_id in ids.items():
        free, busy = sent(made, {"item_id": item_id}), sent(made, {"item_id": item_id}, load(a=1))
        assert (free.queue_id, free.probability) == (("a", 0.3) if draw < 30 else ("b", 0.7))
        assert (busy.queue_id, busy.probability) == (("rest", 0.3) if draw < 30 else ("b", 0.7))


def test_one_queue_is_a_certainty():
    made = setup(queues=[queue("a")], workstreams=[routed_by({"queue": "a"})])
    assert sent(made).probability == 1.0
