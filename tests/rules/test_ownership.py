"""Who owns a conversation, and that whoever speaks with an old epoch is refused."""

from __future__ import annotations

import pytest

from processors.conversation.processor import ConversationProcessor
from processors.conversation.state import Served, Waiting
from processors.testing import accepted, given, moved, opened, said
from processors.views import conversation as views

PROCESSOR = ConversationProcessor()
STALE = "conversation.stale_epoch"


def _owner(scenario):
    (row,) = scenario.seen(views.CONVERSATION)
    return row.owner_kind, row.owner_id, row.ownership_epoch


def test_nobody_owns_a_conversation_until_somebody_claims_it():
    assert _owner(given(PROCESSOR, opened())) == ("none", None, 0)


def test_an_acceptance_makes_its_representative_the_owner_with_its_epoch():
    scenario = given(PROCESSOR, opened(), accepted("ann", ownership_epoch=3, team="north"))
    assert _owner(scenario) == ("representative", "ann", 3)
    (row,) = scenario.seen(views.CONVERSATION)
    assert row.access == views.Access(
        tenant="demo", owner="ann", team="north", participants=("ann",), queue=None
    )


def test_epoch_zero_says_that_the_source_has_none_and_takes_the_next():
    scenario = given(PROCESSOR, accepted("ann", ownership_epoch=4), accepted("bob"))
    assert _owner(scenario) == ("representative", "bob", 5)


@pytest.mark.parametrize("epoch", [0, 3])
def test_the_same_acceptance_again_changes_nothing(epoch):
    scenario = given(PROCESSOR, accepted("ann", ownership_epoch=3))
    scenario.when(accepted("ann", ownership_epoch=epoch)).nothing()


@pytest.mark.parametrize("epoch", [1, 2, 3])
def test_an_acceptance_with_an_epoch_that_is_not_new_is_refused(epoch):
    scenario = given(PROCESSOR, accepted("ann", ownership_epoch=3))
    scenario.when(accepted("bob", ownership_epoch=epoch)).refused(STALE, f"epoch {epoch}", "ann")


def test_an_older_acceptance_of_the_present_owner_is_refused():
    scenario = given(PROCESSOR, accepted("ann", ownership_epoch=3))
    scenario.when(accepted("ann", ownership_epoch=2)).refused(STALE)


def test_a_move_passes_the_conversation_on_and_it_waits_again():
    scenario = given(PROCESSOR, accepted("ann", ownership_epoch=1))
    scenario.when(moved("queue", "orders", epoch=2)).then()
    assert isinstance(scenario.state, Waiting)
    assert _owner(scenario) == ("queue", "orders", 2)
    (row,) = scenario.seen(views.CONVERSATION)
    assert row.access.participants == ("ann",)
    assert row.access.queue == "orders"
    assert row.access.owner is None


def test_the_same_move_again_changes_nothing():
    scenario = given(PROCESSOR, moved("queue", "orders", epoch=2))
    scenario.when(moved("queue", "orders", epoch=2)).nothing()


@pytest.mark.parametrize("epoch", [0, 1, 2])
def test_a_move_without_a_new_epoch_is_refused(epoch):
    scenario = given(PROCESSOR, moved("queue", "orders", epoch=2))
    scenario.when(moved("bot", "b-1", epoch=epoch)).refused(STALE, "move to bot b-1")


def test_a_move_without_an_epoch_says_what_is_missing():
    scenario = given(PROCESSOR, opened())
    scenario.when(moved("queue", "orders", epoch=0)).refused(STALE, "must carry the epoch")


def test_a_representative_it_was_moved_to_accepts_with_the_epoch_of_the_move():
    scenario = given(PROCESSOR, moved("representative", "ann", epoch=2))
    assert isinstance(scenario.state, Waiting)
    scenario.when(accepted("ann", ownership_epoch=2)).then()
    assert isinstance(scenario.state, Served)
    assert _owner(scenario) == ("representative", "ann", 2)


def test_a_turn_spoken_with_an_old_epoch_is_refused():
    scenario = given(PROCESSOR, accepted("ann", ownership_epoch=2))
    late = said("I can help", author="bot", ownership_epoch=1)
    scenario.when(late).refused(STALE, "turn", "epoch 1", "ann", "epoch 2")
    assert scenario.seen(views.TURN) == []


@pytest.mark.parametrize("epoch", [0, 2, 3])
def test_a_turn_without_an_epoch_or_with_one_that_is_not_old_is_taken(epoch):
    scenario = given(PROCESSOR, accepted("ann", ownership_epoch=2))
    scenario.when(said("hello", author="representative", ownership_epoch=epoch)).then()
    assert len(scenario.seen(views.TURN)) == 1


def test_a_refused_turn_may_come_again_with_the_right_epoch():
    scenario = given(PROCESSOR, accepted("ann", ownership_epoch=2))
    scenario.when(said("hi", author="bot", turn_id="a", ownership_epoch=1)).refused(STALE)
    scenario.when(said("hi", author="representative", turn_id="a", ownership_epoch=2)).then()
    assert len(scenario.seen(views.TURN)) == 1


def test_every_representative_who_accepted_stays_a_participant():
    scenario = given(PROCESSOR, accepted("ann"), accepted("bob"), accepted("ann"))
    (row,) = scenario.seen(views.CONVERSATION)
    assert row.access.participants == ("ann", "bob")
    assert row.ownership_epoch == 3
