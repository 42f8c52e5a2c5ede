"""Skills: exact match filters, closest match orders."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from processors.routing import skills
from processors.routing.capacity import Load, ProfileLoad
from processors.routing.choose import Candidate, Item, Policy, Question, decide
from processors.routing.setup import AssignmentOrder, AssignmentRule

NEEDED: dict[str, int | float] = {"A-100": 2, "machine": 3, "Spanish": 3}
CARLOS = Candidate("carlos", Load(10), skills={"A-100": 2, "machine": 3, "Spanish": 3})
ERIC = Candidate("eric", Load(10), skills={"A-100": 5, "machine": 4, "Spanish": 1})
JAMIE = Candidate("jamie", Load(10), skills={"A-100": 1, "machine": 2, "Spanish": 1})
CLOSEST = Policy(skill_match="closest")
EXACT = Policy(skill_match="exact")


def _ranking(candidates, needed, policy=CLOSEST, **facts):
    item = Item("c-1", units=1, skills=needed)
    decision = decide(Question(item, policy, tuple(candidates), **facts))
    ranked = [verdict for verdict in decision.verdicts if verdict.rank]
    return [one.representative_id for one in sorted(ranked, key=lambda one: one.rank)]


def _speaks(name, level, **facts):
    return Candidate(name, facts.pop("load", Load(10)), skills={"Spanish": level}, **facts)


@pytest.mark.rule("UR-23")
def test_the_nearest_are_carlos_eric_and_jamie():
    assert _ranking([JAMIE, ERIC, CARLOS], NEEDED) == ["carlos", "eric", "jamie"]


@pytest.mark.rule("UR-23")
def test_the_most_proficient_are_eric_carlos_and_jamie():
    by_proficiency = AssignmentRule("proficient", order_by=(AssignmentOrder("proficiency"),))
    policy = Policy(method="custom", rules=(by_proficiency,))
    assert _ranking([JAMIE, CARLOS, ERIC], NEEDED, policy) == ["eric", "carlos", "jamie"]


@pytest.mark.rule("UR-22")
def test_of_4_5_and_3_the_nearest_to_a_needed_4_stand_in_this_order():
    people = [_speaks("ann", 3), _speaks("bob", 5), _speaks("cid", 4)]
    assert _ranking(people, {"Spanish": 4}) == ["cid", "bob", "ann"]


@pytest.mark.rule("UR-22")
def test_closest_match_may_end_with_somebody_without_any_of_the_skills():
    without = Candidate("ann", Load(10))
    assert _ranking([without], NEEDED) == ["ann"]
    assert _ranking([without, JAMIE], NEEDED) == ["jamie", "ann"]


@pytest.mark.rule("UR-22")
def test_equally_close_the_same_one_gets_work_until_capacity_or_presence_stops_it():
    first, second = _speaks("zoe", 3), _speaks("ann", 3)
    needed = {"Spanish": 3}
    assert _ranking([first, second], needed, turns={"zoe": 500})[0] == "zoe"
    full = replace(first, load=Load(10, 10))
    assert _ranking([full, second], needed) == ["ann"]
    away = replace(first, presence="away")
    assert _ranking([away, second], needed) == ["ann"]


def test_by_option_equally_close_ones_take_turns():
    policy = Policy(skill_match="closest", is_closest_by_round_robin=True)
    people = [_speaks("zoe", 3), _speaks("ann", 3), _speaks("bob", 4)]
    needed = {"Spanish": 3}
    assert _ranking(people, needed, policy) == ["zoe", "ann", "bob"]
    assert _ranking(people, needed, policy, turns={"zoe": 500}) == ["ann", "zoe", "bob"]


def test_an_item_that_needs_no_skill_is_ordered_by_the_method():
    people = [Candidate("ann", Load(5)), Candidate("bob", Load(10))]
    assert _ranking(people, {}) == ["bob", "ann"]


@pytest.mark.rule("UR-21")
def test_exact_match_asks_for_every_skill_at_least_as_good_as_needed():
    better = replace(CARLOS, representative_id="better", skills={**CARLOS.skills, "machine": 5})
    assert _ranking([JAMIE, ERIC, CARLOS, better], NEEDED, EXACT) == ["better", "carlos"]


@pytest.mark.rule("UR-21")
def test_when_nobody_matches_exactly_the_item_stays_in_the_queue():
    question = Question(Item("c-1", skills=NEEDED), EXACT, (ERIC, JAMIE))
    decision = decide(question)
    assert (decision.chosen, decision.because) == (None, "nobody")
    assert [verdict.refusal for verdict in decision.verdicts] == [
        ("skill", "Spanish", 3, 1),
        ("skill", "A-100", 2, 1),
    ]


@pytest.mark.rule("UR-21")
@pytest.mark.parametrize(
    ("capacity_by", "ranking"),
    [
        ("needs", ["bob", "ann", "cid"]),
        ("profiles", ["cid", "ann", "bob"]),
        ("round_robin", ["ann", "bob", "cid"]),
    ],
)
def test_exact_matches_are_ordered_by_units_by_profiles_or_by_whose_turn_it_is(
    capacity_by, ranking
):
    def has(name, free, slots):
        return _speaks(name, 3, load=Load(free, profiles=(ProfileLoad("chat", slots),)))

    people = [has("ann", 5, 5), has("bob", 9, 1), has("cid", 3, 9)]
    policy = Policy(skill_match="exact", capacity_by=capacity_by)
    assert _ranking(people, {"Spanish": 3}, policy) == ranking


def test_without_skill_matching_skills_do_nothing():
    assert _ranking([Candidate("ann", Load(10))], NEEDED, Policy()) == ["ann"]


def test_a_needed_level_of_0_asks_for_the_skill_at_any_level():
    people = [Candidate("ann", Load(10)), _speaks("bob", 5), _speaks("cid", 1)]
    assert _ranking(people, {"Spanish": 0}, EXACT) == ["bob", "cid"]
    assert _ranking(people, {"Spanish": 0}) == ["bob", "cid", "ann"]


@pytest.mark.rule("UR-24")
def test_levels_of_different_rating_models_weigh_as_shares_of_their_scales():
    scales = {"Spanish": 10, "machine": 5}
    needed = {"Spanish": 10, "machine": 5}
    ann = Candidate("ann", Load(10), skills={"Spanish": 7, "machine": 5})
    bob = Candidate("bob", Load(10), skills={"Spanish": 10, "machine": 3})
    assert _ranking([ann, bob], needed, Policy(skill_match="closest", scales=scales))[0] == "ann"
    assert _ranking([ann, bob], needed)[0] == "bob"


@pytest.mark.rule("UR-24")
def test_1_of_5_weighs_exactly_as_much_as_2_of_10():
    needed = skills.needed_of({"a": 5, "b": 10, "c": 3}, {"a": 5, "b": 10, "c": 3})
    assert skills.closeness({"a": 4, "b": 10, "c": 3}, needed) == skills.closeness(
        {"a": 5, "b": 8, "c": 3}, needed
    )
    assert skills.proficiency({"a": 5}, needed) == skills.proficiency({"c": 3}, needed)


def test_skills_are_counted_by_having_them_at_all():
    needed = skills.needed_of(NEEDED, {})
    assert skills.skill_count({"A-100": 1, "French": 5}, needed) == 1
