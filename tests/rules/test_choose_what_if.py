"""A recorded decision is asked again with an input changed: what is shown can be changed."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from processors.errors import ImpossibleChangeError, UnreadableStateError
from processors.routing.bullseye import Levels
from processors.routing.capacity import Load, ProfileLoad
from processors.routing.changes import candidate_facts, item_facts, policy_facts
from processors.routing.choose import (
    Candidate,
    Item,
    Policy,
    Question,
    decide,
    decode,
    encode,
    policy_of,
    what_if,
)
from processors.routing.setup import (
    Bullseye,
    BullseyeLevel,
    PreferredRules,
    Queue,
    RepresentativeSetup,
    Setup,
    Skill,
    Workstream,
)

ANN = Candidate(
    "ann", Load(10, 4, (ProfileLoad("chat", 3, used=1),)), skills={"es": 3}, facts={"team": "blue"}
)
BOB = Candidate("bob", Load(10, 6), presence="busy", skills={"es": 1, "fr": 2})
QUESTION = Question(
    Item("c-1", units=5, skills={"es": 2}, allowed_presences=("available", "busy")),
    Policy(skill_match="exact", levels=Levels((0, 30_000), {"ann": 1, "bob": 2})),
    (ANN, BOB),
    now_ms=1_000,
    turns={"ann": 700},
    versions={"routing.setup": "abc"},
)


def _chosen(**changes):
    return what_if(QUESTION, changes).chosen


def _verdict(name, **changes):
    verdicts = what_if(QUESTION, changes).verdicts
    return next(one for one in verdicts if one.representative_id == name)


def test_no_change_gives_the_same_decision():
    assert what_if(QUESTION, {}) == decide(QUESTION)
    nothing: dict[str, Any] = {"item": {}, "candidates": {"ann": {}}, "policy": {}}
    assert what_if(QUESTION, nothing) == decide(QUESTION)


def test_a_change_of_the_item_gives_the_other_outcome():
    assert decide(QUESTION).chosen == "ann"
    assert _chosen(item={"units": 7}) is None
    assert _chosen(item={"skills": {"fr": 2, "es": 1}, "units": 4, "waited_ms": 30_000}) == "bob"


def test_a_change_of_a_candidate_gives_the_other_outcome():
    assert _chosen(candidates={"ann": {"presence": "offline"}}) is None
    bob = {"skills": {"es": 5}, "units_used": 0, "level": 1}
    assert _chosen(candidates={"bob": bob}) == "bob"
    assert _verdict("bob", candidates={"bob": {**bob, "units_used": 9}}).refusal == ("units", 1, 5)


def test_a_change_of_the_policy_gives_the_other_outcome():
    people = {"bob": {"skills": {"es": 2}, "units_used": 5, "level": 1}}
    assert _chosen(candidates=people) == "ann"
    assert _chosen(candidates=people, policy={"method": "round_robin"}) == "bob"
    turns = {"bob": {**people["bob"], "turn_at_ms": 800}}
    assert _chosen(candidates=turns, policy={"method": "round_robin"}) == "ann"


def test_declines_of_a_candidate_are_changed_with_the_candidate():
    assert _verdict("ann", candidates={"ann": {"declines": 3}}).refusal == ("declined", 3, 3)
    declined = what_if(QUESTION, {"item": {"declines": {"ann": 3}}})
    again = {"item": {"declines": {"ann": 3}}, "candidates": {"ann": {"declines": 0}}}
    assert (declined.chosen, what_if(QUESTION, again)) == (None, decide(QUESTION))


def test_in_a_mapping_only_the_given_entries_change_and_none_removes_one():
    changed = {
        "ann": {"skills": {"fr": 1}, "facts": {"team": None}, "profiles": {"chat": {"used": 3}}}
    }
    assert _chosen(candidates=changed) == "ann"
    full = what_if(QUESTION, {"item": {"profiles": ["chat"]}, "candidates": changed})
    assert full.verdicts[0].refusal == ("profile", "chat", 3, 3)
    assert _chosen(candidates={"ann": {"skills": {"es": None}}}) is None
    gone = {"item": {"profiles": ["chat"]}, "candidates": {"ann": {"profiles": {"chat": None}}}}
    assert what_if(QUESTION, gone).verdicts[0].refusal == ("no_profile", "chat")


def test_a_profile_is_added_with_its_limit():
    changes = {
        "item": {"profiles": ["mail"]},
        "candidates": {"ann": {"profiles": {"mail": {"limit": 2}}}},
    }
    assert what_if(QUESTION, changes).chosen == "ann"


@pytest.mark.parametrize(
    ("changes", "field", "because"),
    [
        ({"queue": {}}, "queue", "item, policy, candidates"),
        ({"item": {"colour": 1}}, "item.colour", "no such field"),
        ({"item": {"item_id": "c-2"}}, "item.item_id", "no such field"),
        ({"item": {"units": "five"}}, "item.units", "does not fit: Expected `int`, got `str`"),
        ({"item": {"units": -1}}, "item.units", ">= 0"),
        ({"item": {"units": 10**30}}, "item.units", "does not fit"),
        ({"item": {"skills": {"es": "good"}}}, "item.skills", "does not fit"),
        ({"item": {"allowed_presences": ["asleep"]}}, "item.allowed_presences", "asleep"),
        ({"item": 3}, "item", "an object of field names"),
        ({"candidates": {"zoe": {}}}, "candidates.zoe", "no candidate of this decision"),
        ({"candidates": ["ann"]}, "candidates", "an object of field names"),
        ({"candidates": {"ann": {"mood": 1}}}, "candidates.ann.mood", "units_used"),
        ({"candidates": {"ann": {"load": {}}}}, "candidates.ann.load", "no such field"),
        ({"candidates": {"ann": {"presence": 1}}}, "candidates.ann.presence", "does not fit"),
        ({"candidates": {"ann": {"units_used": 1.5}}}, "candidates.ann.units_used", "does not fit"),
        ({"candidates": {"ann": {"level": 4}}}, "candidates.ann.level", "levels are 1 to 3"),
        ({"candidates": {"ann": {"declines": -1}}}, "candidates.ann.declines", ">= 0"),
        (
            {"candidates": {"ann": {"profiles": {"mail": {"used": 1}}}}},
            "candidates.ann.profiles.mail",
            "give a limit",
        ),
        (
            {"candidates": {"ann": {"profiles": {"chat": {"size": 1}}}}},
            "candidates.ann.profiles.chat.size",
            "limit, used, is_blocking, is_end_of_day",
        ),
        ({"policy": {"method": "fastest"}}, "policy.method", "does not fit"),
    ],
)
def test_what_cannot_be_changed_is_named_with_the_reason(changes, field, because):
    with pytest.raises(ImpossibleChangeError) as raised:
        what_if(QUESTION, changes)
    assert raised.value.field == field
    assert because in raised.value.because
    assert str(raised.value).endswith("correct the change and ask again")


def test_a_queue_without_levels_has_none_to_change():
    question = msgspec.structs.replace(QUESTION, policy=Policy())
    with pytest.raises(ImpossibleChangeError, match="the queue has no levels"):
        what_if(question, {"candidates": {"ann": {"level": 1}}})


def test_what_is_shown_is_exactly_what_can_be_changed():
    shown = candidate_facts(QUESTION)
    item, policy = item_facts(QUESTION), policy_facts(QUESTION)
    for facts in shown.values():
        del facts["representative_id"]
    del item["item_id"]
    as_it_was = {"item": item, "policy": policy, "candidates": shown}
    assert what_if(QUESTION, msgspec.json.decode(msgspec.json.encode(as_it_was))) == decide(
        QUESTION
    )
    assert shown["ann"] == {
        "presence": "available",
        "skills": {"es": 3},
        "last_assigned_at_ms": 0,
        "released_at_ms": 0,
        "available_since_ms": 0,
        "is_bot": False,
        "is_member": True,
        "blocked": "",
        "is_working": True,
        "facts": {"team": "blue"},
        "units_total": 10,
        "units_used": 4,
        "escalations": 0,
        "profiles": {"chat": {"limit": 3, "used": 1, "is_blocking": False, "is_end_of_day": False}},
        "declines": 0,
        "turn_at_ms": 700,
        "level": 1,
    }


def test_bytes_that_are_no_question_are_refused_with_a_sentence():
    with pytest.raises(UnreadableStateError, match="a stored routing question state"):
        decode(encode(QUESTION)[:-3])


def test_the_policy_follows_from_setup_workstream_and_queue():
    circles = (BullseyeLevel(0, ("inner",)), BullseyeLevel(30_000, ("outer", "inner")))
    people = {
        "ann": RepresentativeSetup(id="ann", name="Ann", teams=("outer", "inner")),
        "bob": RepresentativeSetup(id="bob", name="Bob", teams=("outer",)),
        "cid": RepresentativeSetup(id="cid", name="Cid"),
    }
    setup = Setup(
        representatives=people,
        skills={"fr": Skill("fr", "French", "m", 1, 5), "es": Skill("es", "Spanish", "n", 1, 10)},
        preferred=PreferredRules(when_none_free="wait"),
        decliners_max=50,
    )
    queue = Queue(
        id="q",
        name="Q",
        kind="messaging",
        members=("ann", "bob", "cid"),
        method="round_robin",
        order_by="profile_capacity",
        bullseye=Bullseye(circles),
    )
    stream = Workstream(
        id="w",
        name="W",
        kind="messaging",
        mode="push",
        fallback_queue="q",
        skill_match="closest",
        is_closest_by_round_robin=True,
        declines_max=2,
    )
    assert policy_of(setup, stream, queue) == Policy(
        method="round_robin",
        skill_match="closest",
        capacity_by="profiles",
        is_closest_by_round_robin=True,
        declines_max=2,
        decliners_max=50,
        waits_for_preferred=True,
        levels=Levels((0, 30_000), {"ann": 1, "bob": 2}, others_after_ms=30_000),
        scales={"es": 10, "fr": 5},
    )
    teams_only = msgspec.structs.replace(queue, bullseye=Bullseye(circles, fallback="teams"))
    levels = policy_of(setup, stream, teams_only).levels
    assert levels is not None
    assert levels.others_after_ms is None
