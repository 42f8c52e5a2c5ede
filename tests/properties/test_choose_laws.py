"""Laws of the choice: they hold for any item, any policy and any candidates."""

from __future__ import annotations

from random import Random
from typing import Any, cast

import pytest
from hypothesis import assume, event, given, settings, strategies as st
from msgspec.structs import replace

from processors.routing import verdicts as say
from processors.routing.bullseye import Levels, next_opening_ms, open_level
from processors.routing.capacity import (
    Load,
    Needs,
    ProfileLoad,
    de_escalated,
    escalated,
    has_room,
    released,
    taken,
)
from processors.routing.changes import candidate_facts
from processors.routing.choose import (
    Candidate,
    Item,
    Policy,
    Question,
    decide,
    decode,
    encode,
    what_if,
)
from processors.routing.conditions import Condition
from processors.routing.presence import automatic
from processors.routing.question import DECISIONS, Method
from processors.routing.setup import AssignmentOrder, AssignmentRule

laws = settings(max_examples=300, deadline=None)

NAMES = ("ann", "bob", "cid", "dee", "eve", "fay")
METHODS: tuple[Method, ...] = ("highest_capacity", "round_robin", "least_active", "longest_idle")
STANDARD = tuple(Policy(method, match) for method in METHODS for match in ("exact", "none"))
PRESENCES = ("available", "busy", "do_not_disturb", "away", "offline", "inactive")
PROFILES = ((), (), ("chat",), ("chat", "mail"))
KINDS = ("messaging", "voice", "record")
ORDERS = ("least_active", "round_robin", "unit_capacity", "profile_capacity", "proficiency")


class Draw:
    """Draws values from a seed: a question in a tenth of a millisecond.

    Drawn field by field by Hypothesis a question takes twenty times as long; its six candidates
    are small enough to read unshrunk.
    """

    def __init__(self, seed, *, is_plain=False):
        self.random, self.is_plain = Random(seed), is_plain

    def moment(self):
        return self.random.randint(0, 5)

    def rarely(self):
        return self.random.random() < (0.05 if self.is_plain else 0.25)

    def one_of(self, *values):
        return self.random.choice(values)

    def skills(self):
        return {skill: self.moment() for skill in ("es", "fr", "it") if self.one_of(True, False)}

    def load(self):
        profiles = tuple(
            ProfileLoad(
                name, self.moment(), self.random.randint(0, 3), self.rarely(), self.rarely()
            )
            for name in ("chat", "mail")
            if self.one_of(True, False)
        )
        used = self.random.randint(0, 14 if self.rarely() else 6)
        return Load(self.random.randint(0, 12), used, profiles, int(self.rarely()))

    def needs(self):
        return Needs(self.moment(), self.one_of(*PROFILES), self.one_of(*KINDS))

    def candidate(self, name):
        return Candidate(
            name,
            self.load(),
            self.one_of(*PRESENCES) if self.rarely() else "available",
            self.skills(),
            last_assigned_at_ms=self.moment(),
            released_at_ms=self.moment(),
            available_since_ms=self.moment(),
            is_bot=self.rarely(),
            is_member=not self.rarely(),
            blocked="held back" if self.rarely() else "",
            is_working=not self.rarely(),
            facts={"tier": self.one_of(1, 2, "gold")} if self.one_of(True, False) else {},
        )

    def counts(self):
        return {name: self.random.randint(1, 4) for name in NAMES if self.rarely()}

    def item(self):
        needs = self.needs()
        plain = Item(
            "c-1",
            needs.kind,
            needs.units,
            () if self.is_plain else needs.profiles,
            self.skills(),
            self.one_of(("available",), ("available", "busy"), PRESENCES),
            self.random.randint(0, 100),
            self.counts(),
        )
        if self.is_plain:
            return plain
        return replace(
            plain,
            affinity=self.one_of(*NAMES) if self.rarely() else None,
            preferred=tuple(self.random.sample(NAMES, self.random.randint(0, 4))),
            escalated_by=self.one_of((), ("ann",)),
            is_consult=self.rarely(),
            facts={"customer.tier": self.moment()} if self.rarely() else {},
        )

    def rule(self):
        orders = tuple(
            AssignmentOrder(cast("Any", by), "tier" if by == "attribute" else None, self.rarely())
            for by in self.random.sample((*ORDERS, "attribute"), self.random.randint(0, 2))
        )
        field = self.one_of("representative.tier", "representative.is_working")
        when = Condition(field=field, value=self.one_of("gold", True, 2))
        return AssignmentRule("r", when if self.one_of(True, False) else None, orders)

    def levels(self):
        waits = sorted(self.random.choices(range(61), k=self.random.randint(1, 3)))
        level_of = {name: self.random.randint(1, len(waits)) for name in NAMES if not self.rarely()}
        return Levels(tuple(waits), level_of, self.one_of(None, waits[-1]))

    def policy(self):
        return Policy(
            self.one_of(*METHODS, "custom"),
            self.one_of("exact", "closest", "none"),
            self.one_of("needs", "profiles", "round_robin"),
            self.one_of(True, False),
            self.random.randint(1, 5),
            2 if self.rarely() else 100,
            self.rarely(),
            tuple(self.rule() for _ in range(self.random.randint(0, 2))),
            self.levels() if self.rarely() else None,
            self.one_of({}, {"es": 10, "fr": 5, "it": 3}),
        )

    def question(self, policy=None):
        names = self.random.sample(NAMES, self.random.randint(0, len(NAMES)))
        people = tuple(self.candidate(name) for name in names)
        turns = {name: self.moment() for name in NAMES if not self.rarely()}
        return Question(self.item(), policy or self.policy(), people, 7, "q", turns, {"setup": "1"})


seeds = st.integers(0, 1 << 32)
questions = st.builds(
    lambda seed, is_plain: Draw(seed, is_plain=is_plain).question(), seeds, st.booleans()
)


def plain_questions(*policies):
    """Return questions without affinity and preference, most of which somebody answers."""
    return st.builds(
        lambda seed, policy: Draw(seed, is_plain=True).question(policy),
        seeds,
        st.sampled_from(policies),
    )


def _by_name(decision):
    return {verdict.representative_id: verdict for verdict in decision.verdicts}


def _without_joining(question):
    """Return the question with nothing in it that asks who joined the queue first."""
    policy = question.policy
    rules = tuple(
        replace(rule, order_by=tuple(one for one in rule.order_by if one.by != "round_robin"))
        for rule in policy.rules
    )
    policy = replace(
        policy,
        method="longest_idle" if policy.method == "round_robin" else policy.method,
        skill_match="exact" if policy.skill_match == "closest" else policy.skill_match,
        capacity_by="needs" if policy.capacity_by == "round_robin" else policy.capacity_by,
        rules=rules,
    )
    return replace(question, policy=policy)


@laws
@given(questions)
def test_everybody_is_either_refused_with_words_or_ranked_once_and_the_first_is_chosen(question):
    decision = decide(question)
    event(f"{question.policy.method}: {decision.because}")
    names = [candidate.representative_id for candidate in question.candidates]
    assert [verdict.representative_id for verdict in decision.verdicts] == names
    ranked = [verdict for verdict in decision.verdicts if verdict.rank]
    assert sorted(verdict.rank for verdict in ranked) == list(range(1, len(ranked) + 1))
    for verdict in decision.verdicts:
        assert bool(verdict.rank) != bool(verdict.refusal)
        assert bool(verdict.refusal) == bool(say.words(verdict.refusal))
        assert len(verdict.score) == (len(decision.components) if verdict.rank else 0)
    firsts = [verdict.representative_id for verdict in ranked if verdict.rank == 1]
    assert firsts == ([] if decision.chosen is None else [decision.chosen])
    assert say.because(decision, question.item, question.policy)


@laws
@given(questions)
def test_a_better_rank_is_never_a_worse_score(question):
    ranked = sorted(
        (verdict for verdict in decide(question).verdicts if verdict.rank),
        key=lambda verdict: verdict.rank,
    )
    scores = [verdict.score for verdict in ranked]
    assert scores == sorted(scores)


@laws
@given(questions, st.randoms(use_true_random=False))
def test_the_order_in_which_candidates_are_listed_does_not_matter(question, random):
    question = _without_joining(question)
    shuffled = list(question.candidates)
    random.shuffle(shuffled)
    other = decide(replace(question, candidates=tuple(shuffled)))
    decision = decide(question)
    assert (other.chosen, other.because) == (decision.chosen, decision.because)
    assert _by_name(other) == _by_name(decision)


@laws
@given(questions)
def test_a_question_that_is_stored_and_asked_again_gives_the_same_bytes(question):
    again = decode(encode(question))
    assert again == question
    assert encode(again) == encode(question)
    assert DECISIONS.encode(decide(again)) == DECISIONS.encode(decide(question))


@laws
@given(questions)
def test_what_if_nothing_changes_is_the_same_decision(question):
    assert what_if(question, {}) == decide(question)
    people = {
        name: {
            key: value for key, value in facts.items() if key not in ("representative_id", "level")
        }
        for name, facts in candidate_facts(question).items()
    }
    assert what_if(question, {"candidates": people}) == decide(question)


@laws
@given(plain_questions(*STANDARD))
def test_who_is_chosen_by_the_method_is_present_skilled_and_has_room(question):
    decision = decide(question)
    assume(decision.chosen is not None)
    (who,) = (one for one in question.candidates if one.representative_id == decision.chosen)
    item = question.item
    assert who.is_member
    assert not who.blocked
    assert item.declines.get(decision.chosen, 0) < question.policy.declines_max
    assert not (who.is_bot and (item.is_consult or who.representative_id in item.escalated_by))
    if question.policy.skill_match == "exact":
        assert all(who.skills.get(skill, -1) >= level for skill, level in item.skills.items())
    if not who.is_bot:
        assert who.presence in item.allowed_presences
        assert has_room(who.load, item.needs)
        after = taken(who.load, item.needs)
        assert not item.units or after.units_used <= after.units_total


BETTER = {
    "highest_capacity": lambda who: replace(
        who, load=replace(who.load, units_total=who.load.units_total + 1)
    ),
    "least_active": lambda who: replace(who, released_at_ms=max(0, who.released_at_ms - 1)),
    "longest_idle": lambda who: replace(who, available_since_ms=max(0, who.available_since_ms - 1)),
}


@pytest.mark.parametrize("method", sorted(BETTER))
@laws
@given(seed=seeds)
def test_a_chosen_one_who_becomes_better_stays_chosen(method, seed):
    question = Draw(seed, is_plain=True).question(Policy(method))
    chosen = decide(question).chosen
    assume(chosen is not None)
    people = tuple(
        BETTER[method](who) if who.representative_id == chosen else who
        for who in question.candidates
    )
    assert decide(replace(question, candidates=people)).chosen == chosen


@laws
@given(plain_questions(Policy("round_robin")))
def test_a_chosen_one_whose_last_turn_was_longer_ago_stays_chosen(question):
    chosen = decide(question).chosen
    assume(chosen is not None)
    turns = {**question.turns, chosen: max(0, question.turns.get(chosen, 0) - 1)}
    assert decide(replace(question, turns=turns)).chosen == chosen


@laws
@given(plain_questions(*(Policy(method, "closest") for method in METHODS)))
def test_a_chosen_one_who_comes_closer_stays_chosen(question):
    chosen = decide(question).chosen
    assume(chosen is not None)
    exact = dict(question.item.skills)
    people = tuple(
        replace(who, skills=exact) if who.representative_id == chosen else who
        for who in question.candidates
    )
    assert decide(replace(question, candidates=people)).chosen == chosen


@laws
@given(questions)
def test_who_is_refused_does_not_bear_on_the_others(question):
    refused = {
        verdict.representative_id for verdict in decide(question).verdicts if verdict.refusal
    }
    assume(not (question.policy.waits_for_preferred and refused & set(question.item.preferred)))
    rest = tuple(one for one in question.candidates if one.representative_id not in refused)
    if question.policy.method == "custom":
        assume(decide(question).chosen is not None)
    assert decide(replace(question, candidates=rest)).chosen == decide(question).chosen


@laws
@given(seeds)
def test_what_is_taken_and_released_leaves_units_and_immediate_profiles_as_they_were(seed):
    load, need = Draw(seed).load(), Draw(seed + 1).needs()
    mine = {held.profile_id for held in load.profiles if held.limit or held.used}
    load = replace(load, profiles=tuple(p for p in load.profiles if p.profile_id in mine))
    after = released(taken(load, need), need)
    assert (after.units_used, after.units_total) == (load.units_used, load.units_total)
    for held in load.profiles:
        kept = after.profile(held.profile_id)
        assert kept is not None
        is_kept = held.is_end_of_day and held.profile_id in need.profiles
        assert kept.used == held.used + is_kept
    assert de_escalated(escalated(load)) == load


@laws
@given(seeds)
def test_taking_only_what_there_is_room_for_never_goes_above_a_limit(seed):
    draw = Draw(seed)
    load, wanted = draw.load(), [draw.needs() for _ in range(8)]
    load = replace(load, units_used=0, profiles=tuple(replace(p, used=0) for p in load.profiles))
    for need in wanted:
        if has_room(load, need):
            load = taken(load, need)
    assert load.units_used <= load.units_total
    assert all(held.used <= held.limit for held in load.profiles)


@laws
@given(seeds)
def test_a_negative_load_is_never_shown_as_free(seed):
    load = Draw(seed).load()
    if load.units_used > load.units_total:
        assert automatic(load) == "do_not_disturb"
    if automatic(load) == "available":
        assert not load.units_used
        assert not any(held.used for held in load.profiles)


@laws
@given(seeds, st.integers(0, 100))
def test_the_next_opening_is_where_the_open_level_changes(seed, waited_ms):
    levels = Draw(seed).levels()
    opening = next_opening_ms(levels, waited_ms)
    if opening is None:
        assert open_level(levels, waited_ms) == open_level(levels, 10**9)
    else:
        assert open_level(levels, opening - 1) == open_level(levels, waited_ms)
        assert open_level(levels, opening) >= open_level(levels, waited_ms)
