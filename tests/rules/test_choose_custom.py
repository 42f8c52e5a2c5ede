"""Custom assignment: a tenant's own rules say who may have an item, and in what order."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from processors.routing import verdicts
from processors.routing.capacity import Load, ProfileLoad
from processors.routing.choose import Candidate, Item, Policy, Question, decide, decode, encode
from processors.routing.setup import AssignmentRule

ITEM = Item("c-1", units=5, skills={"es": 3}, facts={"customer.region": "north"})


def _who(name, **facts):
    load = facts.pop("load", Load(10))
    return Candidate(name, load, facts=facts.pop("attributes", {}), **facts)


def _rule(name, when=None, *order_by):
    orders = [{"by": by} if isinstance(by, str) else by for by in order_by]
    return msgspec.convert({"name": name, "when": when, "order_by": orders}, AssignmentRule)


def _ask(rules, *candidates, item=ITEM, **facts):
    return Question(item, Policy(method="custom", rules=tuple(rules)), candidates, **facts)


def _ranking(question):
    ranked = [verdict for verdict in decide(question).verdicts if verdict.rank]
    return [one.representative_id for one in sorted(ranked, key=lambda one: one.rank)]


def _is(field, value, operator="equals"):
    return {"field": f"representative.{field}", "is": operator, "value": value}


@pytest.mark.rule("UR-19")
def test_the_first_rule_that_yields_anybody_decides():
    gold, silver = _rule("gold", _is("tier", "gold")), _rule("silver", _is("tier", "silver"))
    ann, bob = _who("ann", attributes={"tier": "silver"}), _who("bob")
    decision = decide(_ask([gold, silver, _rule("all")], ann, bob))
    assert (decision.chosen, decision.rule, decision.because) == ("ann", "silver", "rule")
    gil = _who("gil", attributes={"tier": "gold"})
    assert decide(_ask([gold, silver], ann, bob, gil)).rule == "gold"


@pytest.mark.rule("UR-19")
@pytest.mark.parametrize(
    "when",
    [
        _is("team", "blue"),
        _is("presence", "busy"),
        _is("units_free", 7, "greater_or_equal"),
        _is("profile.chat", 2, "greater_or_equal"),
        _is("skill.es", 3, "greater_or_equal"),
        _is("has_skills", True),
        _is("is_working", True),
        _is("is_bot", True),
    ],
)
def test_a_rule_may_ask_for_attribute_presence_capacity_profile_skill_calendar_and_bot(when):
    yes = _who(
        "yes",
        attributes={"team": "blue"},
        presence="busy",
        load=Load(10, 3, (ProfileLoad("chat", 3, used=1),)),
        skills={"es": 3},
        is_bot=True,
    )
    no = _who(
        "no",
        attributes={"team": "red"},
        load=Load(10, 4, (ProfileLoad("chat", 3, used=2),)),
        skills={"es": 2},
        is_working=False,
    )
    assert _ranking(_ask([_rule("asks", when)], no, yes)) == ["yes"]


@pytest.mark.rule("UR-19")
def test_a_rule_may_compare_with_the_conversation():
    when = {"field": "representative.region", "value_of": "customer.region"}
    people = [
        _who("ann", attributes={"region": "south"}),
        _who("bob", attributes={"region": "North"}),
    ]
    assert _ranking(_ask([_rule("same region", when)], *people)) == ["bob"]


@pytest.mark.rule("UR-19")
@pytest.mark.parametrize(
    ("order_by", "ranking"),
    [
        ("least_active", ["cid", "bob", "ann"]),
        ("round_robin", ["bob", "cid", "ann"]),
        ("unit_capacity", ["ann", "cid", "bob"]),
        ("profile_capacity", ["bob", "ann", "cid"]),
        ("proficiency", ["ann", "bob", "cid"]),
        ("skill_count", ["cid", "ann", "bob"]),
        ({"by": "attribute", "attribute": "grade"}, ["cid", "ann", "bob"]),
        ({"by": "attribute", "attribute": "grade", "is_descending": True}, ["ann", "cid", "bob"]),
    ],
)
def test_a_rule_orders_by_any_of_its_orders(order_by, ranking):
    def has(name, free, slots, **facts):
        return _who(name, load=Load(free, profiles=(ProfileLoad("chat", slots),)), **facts)

    people = [
        has("ann", 9, 2, released_at_ms=30, skills={"es": 5}, attributes={"grade": 7}),
        has("bob", 5, 3, released_at_ms=20, skills={"es": 4}),
        has("cid", 7, 1, released_at_ms=10, skills={"es": 1, "fr": 1}, attributes={"grade": 2}),
    ]
    item = replace(ITEM, units=0, profiles=("chat",), skills={"es": 3, "fr": 1})
    question = _ask(
        [_rule("orders", None, order_by)], *people, item=item, turns={"ann": 9, "cid": 1}
    )
    assert _ranking(question) == ranking


@pytest.mark.rule("UR-19")
def test_later_orders_break_the_ties_of_earlier_ones():
    people = [
        _who("ann", load=Load(9), released_at_ms=30),
        _who("bob", load=Load(9), released_at_ms=20),
        _who("cid", load=Load(5), released_at_ms=10),
    ]
    question = _ask([_rule("two", None, "unit_capacity", "least_active")], *people)
    assert _ranking(question) == ["bob", "ann", "cid"]


@pytest.mark.rule("UR-19")
def test_presence_skills_and_units_are_the_rules_own_business_but_profiles_are_checked():
    full_units = _who("ann", presence="away", load=Load(10, 10))
    full_profile = _who("bob", load=Load(10, profiles=(ProfileLoad("chat", 1, used=1),)))
    assert _ranking(_ask([_rule("all")], full_units)) == ["ann"]
    item = replace(ITEM, profiles=("chat",))
    decision = decide(_ask([_rule("all")], full_profile, item=item))
    assert decision.verdicts[0].refusal == ("profile", "chat", 1, 1)


@pytest.mark.rule("UR-20")
def test_only_a_rule_that_asks_for_it_uses_the_working_hours():
    at_home = _who("ann", is_working=False)
    assert decide(_ask([_rule("all")], at_home)).chosen == "ann"
    decision = decide(_ask([_rule("at work", _is("is_working", True))], at_home))
    assert decision.chosen is None
    assert verdicts.words(decision.verdicts[0].refusal) == (
        "is outside their working hours, which rule at work asks for"
    )


def test_when_no_rule_yields_anybody_the_last_one_says_why():
    rules = [_rule("first", _is("tier", "gold")), _rule("second", _is("tier", "silver"))]
    decision = decide(_ask(rules, _who("ann")))
    assert (decision.chosen, decision.because, decision.rule) == (None, "nobody", "second")
    said = verdicts.words(decision.verdicts[0].refusal)
    assert said.startswith("does not meet rule second: representative.tier is ")


def test_a_rule_that_cannot_be_answered_refuses_and_says_why():
    when = _is("tier", 3, "greater")
    decision = decide(_ask([_rule("broken", when)], _who("ann", attributes={"tier": "gold"})))
    assert decision.verdicts[0].refusal[:2] == ("rule_fault", "broken")


def test_declines_preference_and_bots_count_under_rules_too():
    people = [_who("ann"), _who("bob"), _who("cid"), _who("robo", is_bot=True)]
    item = replace(ITEM, declines={"ann": 1, "bob": 3}, preferred=("cid",), escalated_by=("robo",))
    question = _ask([_rule("all")], *people, item=item)
    assert _ranking(question) == ["cid", "ann"]
    only_ann = replace(question, policy=Policy(method="custom", rules=(_rule("n", _is("x", 1)),)))
    assert decide(only_ann).chosen == "cid"


def test_without_any_rule_it_is_highest_capacity():
    question = _ask([], _who("ann", load=Load(6)), _who("bob", load=Load(8)))
    assert _ranking(question) == ["bob", "ann"]


def test_rules_are_part_of_the_question_and_survive_its_bytes():
    rules = [_rule("gold", {"all": [_is("tier", "gold")]}, "round_robin")]
    question = _ask(rules, _who("ann", attributes={"tier": "gold"}))
    assert decode(encode(question)) == question
