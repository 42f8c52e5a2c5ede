"""Who comes first or not at all for one item: affinity, preference, declines, bots, bullseye."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from processors.routing import verdicts
from processors.routing.bullseye import Levels, next_opening_ms
from processors.routing.capacity import Load
from processors.routing.choose import Candidate, Item, Policy, Question, decide

FULL = Load(10, 10)
ANN, BOB, CID = (Candidate(name, Load(10)) for name in ("ann", "bob", "cid"))


def _ask(*candidates, policy=None, **item):
    question = Question(Item("c-1", units=5, **item), policy or Policy(), candidates)
    return decide(question)


def _ranking(decision):
    ranked = [verdict for verdict in decision.verdicts if verdict.rank]
    return [one.representative_id for one in sorted(ranked, key=lambda one: one.rank)]


def _code(decision, name):
    (verdict,) = (one for one in decision.verdicts if one.representative_id == name)
    return verdict.refusal[0] if verdict.refusal else None


@pytest.mark.rule("UR-39")
@pytest.mark.parametrize("presence", ["offline", "do_not_disturb"])
def test_a_returning_conversation_goes_to_the_same_one_whatever_capacity_and_presence(presence):
    before = replace(CID, load=FULL, presence=presence)
    decision = _ask(ANN, before, affinity="cid")
    assert (decision.chosen, decision.because) == ("cid", "affinity")
    assert _ranking(decision) == ["cid", "ann"]


def test_affinity_ends_when_its_representative_declined_the_item():
    decision = _ask(ANN, replace(CID, load=FULL), affinity="cid", declines={"cid": 1})
    assert (decision.chosen, _code(decision, "cid")) == ("ann", "units")


@pytest.mark.rule("UR-40")
def test_preferred_representatives_are_asked_in_their_order_before_all_others():
    decision = _ask(ANN, BOB, CID, preferred=("cid", "bob"))
    assert (_ranking(decision), decision.because) == (["cid", "bob", "ann"], "preferred")


@pytest.mark.rule("UR-40")
def test_at_most_three_preferred_representatives_count():
    people = [Candidate(name, Load(10)) for name in ("ann", "bob", "cid", "dee", "eve")]
    decision = _ask(*people, preferred=("eve", "dee", "cid", "bob"))
    assert _ranking(decision) == ["eve", "dee", "cid", "ann", "bob"]


@pytest.mark.rule("UR-40")
def test_preference_skips_capacity_and_skills_but_not_presence_and_membership():
    exact = Policy(skill_match="exact")
    full = replace(CID, load=FULL)
    assert _ask(ANN, full, preferred=("cid",), skills={"es": 3}, policy=exact).chosen == "cid"
    away = replace(CID, presence="away")
    assert _ask(ANN, away, preferred=("cid",)).chosen == "ann"
    stranger = replace(CID, is_member=False)
    decision = _ask(ANN, stranger, preferred=("cid",))
    assert (decision.chosen, _code(decision, "cid")) == ("ann", "not_a_member")


@pytest.mark.rule("UR-40")
def test_when_no_preferred_one_is_free_the_item_goes_to_the_next_best_or_waits_by_setting():
    away = replace(CID, presence="away")
    assert _ask(ANN, away, preferred=("cid",)).chosen == "ann"
    waits = _ask(ANN, away, preferred=("cid",), policy=Policy(waits_for_preferred=True))
    assert (waits.chosen, waits.because) == (None, "waits_for_preferred")
    assert (_code(waits, "ann"), _code(waits, "cid")) == ("waits_for_preferred", "presence")


def test_nobody_waits_for_a_preferred_one_who_declined_or_left_the_queue():
    policy = Policy(waits_for_preferred=True)
    assert _ask(ANN, preferred=("cid",), policy=policy).chosen == "ann"
    declined = _ask(ANN, CID, preferred=("cid",), policy=policy, declines={"cid": 1})
    assert declined.chosen == "ann"


@pytest.mark.rule("UR-37")
def test_who_declined_comes_after_all_who_did_not():
    roomy = replace(BOB, load=Load(100))
    assert _ranking(_ask(roomy, ANN, CID, declines={"bob": 1})) == ["ann", "cid", "bob"]


@pytest.mark.rule("UR-37")
def test_who_declined_is_asked_again_as_the_only_match_or_when_all_others_declined():
    away = replace(ANN, presence="away")
    assert _ask(away, BOB, declines={"bob": 2}).chosen == "bob"
    assert _ask(ANN, BOB, declines={"ann": 2, "bob": 1}).chosen == "bob"


@pytest.mark.rule("UR-37")
@pytest.mark.parametrize("most", [1, 3, 5])
def test_after_so_many_declines_one_is_never_asked_again(most):
    policy = Policy(declines_max=most)
    asked = _ask(BOB, declines={"bob": most - 1} if most > 1 else {}, policy=policy)
    never = _ask(BOB, declines={"bob": most}, policy=policy)
    assert (asked.chosen, never.chosen, _code(never, "bob")) == ("bob", None, "declined")


def test_a_decline_weighs_more_than_the_bullseye_level():
    policy = Policy(levels=Levels((0, 0), {"ann": 1, "bob": 2}))
    assert _ranking(_ask(ANN, BOB, policy=policy)) == ["ann", "bob"]
    assert _ranking(_ask(ANN, BOB, policy=policy, declines={"ann": 1})) == ["bob", "ann"]


@pytest.mark.rule("UR-37")
def test_three_declines_are_the_most_unless_the_setup_says_otherwise():
    assert _ask(BOB, declines={"bob": 2}).chosen == "bob"
    assert _ask(BOB, declines={"bob": 3}).chosen is None


@pytest.mark.rule("UR-37")
def test_after_a_hundred_different_ones_declined_it_is_never_assigned_by_itself():
    declines = {f"rep-{number}": 1 for number in range(99)}
    assert _ask(ANN, declines=declines).chosen == "ann"
    item = Item("c-1", declines={**declines, "rep-99": 1}, affinity="ann")
    decision = decide(Question(item, Policy(), (ANN,)))
    assert (decision.chosen, decision.because) == (None, "too_many_decliners")
    assert verdicts.words(decision.verdicts[0].refusal) == (
        "is not asked: 100 declined it, from 100 on nobody is asked"
    )
    assert "100 representatives declined it" in verdicts.because(decision, item, Policy())


def test_the_sentence_says_that_somebody_is_asked_again():
    item = Item("c-1", units=5, declines={"bob": 2})
    decision = decide(Question(item, Policy(), (BOB,)))
    assert verdicts.because(decision, item, Policy()) == (
        "bob was the only one who could, although they declined it 2 times: nobody else was left"
    )


@pytest.mark.rule("HO-39")
def test_a_bot_with_more_capacity_gets_the_item_first_and_its_load_is_not_asked():
    bot = Candidate("robo", Load(1_000, 0), is_bot=True, presence="offline")
    assert _ask(ANN, bot).chosen == "robo"
    busy = replace(bot, load=Load(1_000, 1_000))
    assert "robo" in _ranking(_ask(ANN, busy))


@pytest.mark.rule("HO-39")
def test_a_conversation_is_never_given_back_to_the_bot_that_escalated_it():
    bot = Candidate("robo", Load(1_000), is_bot=True)
    other = Candidate("robo-2", Load(900), is_bot=True)
    for beside in ({}, {"affinity": "robo"}, {"preferred": ("robo",)}):
        decision = _ask(ANN, bot, other, escalated_by=("robo",), **beside)
        assert (decision.chosen, _code(decision, "robo")) == ("robo-2", "bot_escalated")


@pytest.mark.rule("HO-38")
def test_bots_are_not_consulted():
    bot = Candidate("robo", Load(1_000), is_bot=True)
    decision = _ask(ANN, bot, is_consult=True)
    assert (decision.chosen, _code(decision, "robo")) == ("ann", "bot_not_consulted")


LEVELS = Levels((0, 30_000, 40_000), {"bob": 1, "ann": 2, "dee": 3}, others_after_ms=40_000)


@pytest.mark.rule("UR-53")
@pytest.mark.parametrize(
    ("waited_ms", "ranking"),
    [
        (0, ["bob"]),
        (29_999, ["bob"]),
        (30_000, ["bob", "ann"]),
        (40_000, ["bob", "ann", "dee", "cid"]),
    ],
)
def test_bullseye_levels_come_in_with_the_wait_and_earlier_ones_keep_priority(waited_ms, ranking):
    people = [replace(ANN, load=Load(90)), BOB, replace(CID, load=Load(99))]
    people.append(Candidate("dee", Load(50)))
    policy = Policy(levels=LEVELS)
    assert _ranking(_ask(*people, policy=policy, waited_ms=waited_ms)) == ranking


@pytest.mark.rule("UR-53")
def test_members_of_no_group_never_come_in_where_only_the_groups_count():
    policy = Policy(levels=replace(LEVELS, others_after_ms=None))
    decision = _ask(CID, policy=policy, waited_ms=10**9)
    assert (decision.chosen, _code(decision, "cid")) == (None, "level")
    said = verdicts.words(decision.verdicts[0].refusal)
    assert said == "is in no level, and only levels count here"


def test_a_closed_level_says_when_it_opens():
    decision = _ask(ANN, policy=Policy(levels=LEVELS), waited_ms=12_345)
    assert verdicts.words(decision.verdicts[0].refusal) == (
        "is in level 2, which is open after 30 s; it has waited 12 s"
    )


def test_the_next_opening_is_the_next_longer_wait():
    waits = [next_opening_ms(LEVELS, waited_ms) for waited_ms in (-1, 0, 30_000, 40_000)]
    assert waits == [0, 30_000, 40_000, None]
