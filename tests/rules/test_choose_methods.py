"""Who gets an item: presence, capacity, and the methods that put representatives in order."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from processors.routing import verdicts
from processors.routing.capacity import Load, ProfileLoad
from processors.routing.choose import Candidate, Item, Policy, Question, decide, decode, encode

TEN_PAST_ONE_MS, QUARTER_PAST_ONE_MS = 790 * 60_000, 795 * 60_000


def _who(name, free=10, **facts):
    return Candidate(name, facts.pop("load", Load(10, 10 - free)), **facts)


def _question(*candidates, method="highest_capacity", item=None, **facts):
    policy = facts.pop("policy", Policy(method=method))
    return Question(item or Item("c-1", units=5), policy, candidates, **facts)


def _ranking(question):
    ranked = [verdict for verdict in decide(question).verdicts if verdict.rank]
    return [one.representative_id for one in sorted(ranked, key=lambda one: one.rank)]


def _refusals(question):
    verdicts_ = decide(question).verdicts
    return {one.representative_id: one.refusal for one in verdicts_ if not one.rank}


def _words(question):
    return {who: verdicts.words(refusal) for who, refusal in _refusals(question).items()}


@pytest.mark.rule("UR-15")
def test_highest_capacity_chooses_the_most_room_among_those_present_skilled_and_with_room():
    question = _question(
        _who("ann", 6, skills={"es": 3}),
        _who("bob", 8, skills={"es": 3}),
        _who("cid", 9, skills={"es": 3}, presence="away"),
        _who("dee", 4, skills={"es": 3}),
        _who("eve", 9, skills={"es": 1}),
        item=Item("c-1", units=5, skills={"es": 2}),
        policy=Policy(skill_match="exact"),
    )
    assert _ranking(question) == ["bob", "ann"]
    assert decide(question).chosen == "bob"
    assert _words(question) == {
        "cid": "is set to away, which this work does not allow",
        "dee": "has 4 units free, 5 are needed",
        "eve": "has es at 1, 2 is needed",
    }


@pytest.mark.rule("UR-15")
def test_equal_capacity_goes_to_whoever_was_assigned_to_the_longest_ago():
    ann, bob = _who("ann", last_assigned_at_ms=200), _who("bob", last_assigned_at_ms=100)
    assert _ranking(_question(ann, bob)) == ["bob", "ann"]
    never = _who("cid")
    assert _ranking(_question(ann, bob, never)) == ["cid", "bob", "ann"]


@pytest.mark.rule("UR-15")
def test_highest_capacity_of_profiles_compares_the_scarcest_of_them():
    def has(name, chat, premium):
        load = Load(profiles=(ProfileLoad("chat", chat), ProfileLoad("premium", premium)))
        return _who(name, load=load)

    item = Item("c-1", profiles=("chat", "premium"))
    question = _question(has("ann", 9, 1), has("bob", 3, 2), item=item)
    assert _ranking(question) == ["bob", "ann"]


@pytest.mark.rule("UR-16")
def test_round_robin_begins_in_the_order_of_joining_the_queue():
    zoe, ann, bob = _who("zoe"), _who("ann"), _who("bob")
    assert _ranking(_question(zoe, ann, bob, method="round_robin")) == ["zoe", "ann", "bob"]


@pytest.mark.rule("UR-16")
def test_round_robin_goes_on_by_the_earliest_last_assignment_of_that_queue():
    people = [_who("zoe"), _who("ann", last_assigned_at_ms=9_999), _who("bob")]
    turns = {"zoe": 300, "ann": 100, "bob": 200}
    question = _question(*people, method="round_robin", turns=turns)
    assert _ranking(question) == ["ann", "bob", "zoe"]
    other_queue = replace(question, turns={"ann": 400})
    assert _ranking(other_queue) == ["zoe", "bob", "ann"]


@pytest.mark.rule("UR-16")
def test_round_robin_passes_over_those_who_lack_skill_presence_or_capacity():
    question = _question(
        _who("ann", skills={}),
        _who("bob", 0, skills={"es": 3}),
        _who("cid", skills={"es": 3}, presence="offline"),
        _who("dee", skills={"es": 3}),
        item=Item("c-1", units=5, skills={"es": 3}),
        policy=Policy(method="round_robin", skill_match="exact"),
    )
    assert decide(question).chosen == "dee"
    assert {who: refusal[0] for who, refusal in _refusals(question).items()} == {
        "ann": "skill",
        "bob": "units",
        "cid": "offline",
    }


@pytest.mark.rule("UR-16")
def test_round_robin_gives_everybody_the_same_number_of_items():
    turns: dict[str, int] = {}
    people, got = [_who(name) for name in ("cid", "ann", "bob")], []
    for at_ms in range(1, 10):
        chosen = decide(_question(*people, method="round_robin", turns=dict(turns))).chosen
        assert chosen is not None
        turns[chosen] = at_ms
        got.append(chosen)
    assert got == ["cid", "ann", "bob"] * 3


@pytest.mark.rule("UR-17")
def test_least_active_chooses_who_was_released_at_ten_past_one_before_quarter_past():
    question = _question(
        _who("ann", released_at_ms=QUARTER_PAST_ONE_MS),
        _who("bob", released_at_ms=TEN_PAST_ONE_MS),
        method="least_active",
    )
    assert _ranking(question) == ["bob", "ann"]


@pytest.mark.rule("UR-18")
def test_longest_idle_chooses_the_smallest_used_share_then_the_longest_available():
    question = _question(
        _who("ann", load=Load(20, 10), available_since_ms=1),
        _who("bob", load=Load(100, 25), available_since_ms=9),
        _who("cid", load=Load(40, 10), available_since_ms=5),
        method="longest_idle",
    )
    assert _ranking(question) == ["cid", "bob", "ann"]
    first = decide(question).verdicts[2]
    assert verdicts.score(decide(question), first) == {"used_share": 0.25, "available_since_ms": 5}


def test_longest_idle_counts_the_fullest_of_the_profiles_an_item_takes():
    def has(name, chat, premium):
        held = (ProfileLoad("chat", 4, used=chat), ProfileLoad("premium", 4, used=premium))
        return _who(name, load=Load(profiles=held))

    item = Item("c-1", profiles=("chat", "premium"))
    question = _question(has("ann", 3, 0), has("bob", 2, 2), item=item, method="longest_idle")
    assert _ranking(question) == ["bob", "ann"]


@pytest.mark.rule("UR-20")
@pytest.mark.parametrize(
    "method", ["highest_capacity", "round_robin", "least_active", "longest_idle"]
)
def test_standard_methods_do_not_ask_for_working_hours(method):
    question = _question(_who("ann", is_working=False), method=method)
    assert decide(question).chosen == "ann"


def test_a_full_profile_refuses_and_says_which_and_how_full():
    load = Load(profiles=(ProfileLoad("chat", 2, used=2),))
    question = _question(_who("ann", load=load), item=Item("c-1", profiles=("chat",)))
    assert _words(question) == {"ann": "has 2 of 2 of profile chat"}


def test_every_refusal_of_a_choice_has_words():
    full = ProfileLoad("call", 1, used=1, is_blocking=True)
    question = _question(
        _who("ann", blocked="the connection is being checked"),
        _who("bob", is_member=False),
        _who("cid", presence="offline"),
        _who("dee", load=Load(10, 15)),
        _who("eve", load=Load(10, 0, escalations=1)),
        _who("fay", load=Load(10, 0, (full,))),
        _who("guy", load=Load(10)),
        _who("hal", is_bot=True),
        item=Item("c-1", units=5, profiles=("chat",), declines={"guy": 3}, escalated_by=("hal",)),
    )
    assert _words(question) == {
        "ann": "is given nothing now: the connection is being checked",
        "bob": "is not a member of the queue",
        "cid": "is offline",
        "dee": "carries 5 units more than they have, and 5 are needed",
        "eve": "has a chat that became a call, so no new chat or call",
        "fay": "has 1 of 1 of profile call, which blocks everything when full",
        "guy": "declined it 3 times, 3 is the most",
        "hal": "is the bot that gave it to people",
    }
    decision = decide(question)
    assert (decision.chosen, decision.because) == (None, "nobody")
    assert verdicts.because(decision, question.item, question.policy) == (
        "nobody can take it now; it stays in the queue"
    )


def test_nobody_at_all_leaves_the_item_in_the_queue():
    decision = decide(_question())
    assert (decision.chosen, decision.verdicts) == (None, ())


def test_a_decision_says_why_in_a_sentence():
    question = _question(_who("ann", 6), _who("bob", 8))
    decision = decide(question)
    why = verdicts.because(decision, question.item, question.policy)
    assert why == "bob has the most room of 2"
    assert verdicts.score(decision, decision.verdicts[1]) == {
        "capacity": 8,
        "last_assigned_at_ms": 0,
    }
    assert decision.probability == 1.0


def test_a_question_read_back_from_its_bytes_has_the_same_answer():
    question = _question(_who("ann", 6, skills={"b": 1, "a": 2}), _who("bob", 8), now_ms=5)
    again = decode(encode(question))
    assert (again, decide(again)) == (question, decide(question))
    assert encode(again) == encode(question)
