"""Laws of the conversation processor: they hold in any history, not only in told ones."""

from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import assume, given, settings, strategies as st

from processors.assist.settings import SETTINGS
from processors.conversation.state import Served
from processors.testing import opened
from processors.views import conversation as views
from schemas.records.assist import (
    NothingFound,
    RecommendationDismissed,
    RecommendationIssued,
    RecommendationRefreshed,
)
from schemas.records.conversation import RepresentativeAccepted, TurnSaid
from tests.properties.runs import (
    PROCESSOR,
    fold,
    histories,
    rows_after,
    served,
    stamped,
    wire,
    worlds,
    worlds_in_force,
)

pytestmark = pytest.mark.timeout(120)
laws = settings(max_examples=150, deadline=None)
found_events = (RecommendationIssued, RecommendationRefreshed)
assist_events = (*found_events, RecommendationDismissed, NothingFound)


def _events(steps, *kinds):
    return [event for step in steps for event in step.outcome.events if isinstance(event, kinds)]


@laws
@given(histories, worlds_in_force)
def test_every_input_delivered_twice_adds_nothing(history, world):
    history = stamped(history)
    twice = fold([one for record in history for one in (record, record)], world)
    for first, second in zip(twice[::2], twice[1::2], strict=True):
        assert second.outcome.state is first.outcome.state
        assert (second.outcome.events, second.outcome.rows) == ((), ())
        if first.outcome.rejection is None:
            assert second.outcome.rejection is None
    once = fold(history, world)
    assert _told(twice) == _told(once)


def _told(steps):
    """Return what the events say, without the offsets that deliveries shift."""
    return [
        (type(event), getattr(event, "item_id", None), getattr(event, "score", None))
        for event in _events(steps, object)
    ]


@laws
@given(served, st.integers(0, 30), st.integers(0, 30), worlds_in_force)
def test_an_old_turn_delivered_again_later_changes_nothing(history, which, where, world):
    turns = [record for record in history if isinstance(record, TurnSaid)]
    assume(turns)
    turn = turns[which % len(turns)]
    first = history.index(turn)
    later = first + 1 + where % (len(history) - first)
    steps = fold([*history[:later], turn, *history[later:]], world)
    again = steps[later].outcome
    assert again.state is steps[later - 1].outcome.state
    assert (again.events, again.rows, again.rejection) == ((), (), None)


@pytest.mark.rule("SA-07")
@laws
@given(served)
def test_a_dismissal_is_final(history):
    gone = set()
    for event in _events(fold(history), *found_events, RecommendationDismissed):
        if isinstance(event, RecommendationDismissed):
            gone.add(event.item_id)
        else:
            assert event.item_id not in gone


@pytest.mark.rule("SA-06")
@laws
@given(histories)
def test_read_backwards_the_list_is_newest_first_and_within_a_run_best_first(history):
    steps = fold(history)
    rows = sorted(
        (key, views.decode(table, value))
        for (table, key), value in rows_after(steps).items()
        if table == views.RECOMMENDATION
    )
    issued = {event.recommendation_id: event for event in _events(steps, RecommendationIssued)}
    listed = [issued[row.recommendation_id] for _, row in reversed(rows)]
    order = [(-event.occurred_at_ms, -event.score) for event in listed]
    assert order == sorted(order)


@laws
@given(histories, worlds_in_force)
def test_the_list_on_screen_is_what_was_issued_less_what_was_dismissed(history, world):
    steps = fold(history, world)
    listed: dict[str, tuple[str, float, str]] = {}
    for event in _events(steps, *found_events, RecommendationDismissed):
        if isinstance(event, RecommendationDismissed):
            del listed[event.recommendation_id]
        else:
            listed[event.recommendation_id] = (event.item_id, event.score, event.card)
    rows = rows_after(steps)
    on_screen = {
        row.recommendation_id: (row.item_id, row.score, row.card)
        for (table, _), value in rows.items()
        if table == views.RECOMMENDATION and (row := views.decode(table, value))
    }
    assert on_screen == listed
    assert len({item_id for item_id, _, _ in listed.values()}) == len(listed)
    heads = [views.decode(t, value) for (t, _), value in rows.items() if t == views.CONVERSATION]
    assert [head.recommendations for head in heads] in ([], [len(listed)])


@laws
@given(histories, worlds_in_force)
def test_turns_on_screen_are_numbered_without_a_hole(history, world):
    steps = fold(history, world)
    numbers = sorted(
        views.decode(table, value).number
        for (table, _), value in rows_after(steps).items()
        if table == views.TURN
    )
    state = steps[-1].outcome.state if steps else None
    assert numbers == list(range(1, (state.transcript.turns if state else 0) + 1))


@laws
@given(histories, worlds_in_force)
def test_a_state_survives_its_bytes_at_any_point(history, world):
    assert wire(fold(history, world, through_bytes=True)) == wire(fold(history, world))


@laws
@given(histories, st.lists(st.integers(0, 30)), worlds_in_force)
def test_however_a_log_is_cut_into_batches_the_outcomes_are_the_same(history, cuts, world):
    assert wire(fold(history, world, cuts=cuts)) == wire(fold(history, world))


@pytest.mark.rule("SA-04")
@laws
@given(histories)
def test_nothing_is_ever_recommended_on_a_record_channel(history):
    history = [opened("record"), *(one for one in history if getattr(one, "channel", None) is None)]
    made = _events(fold(history), *assist_events)
    assert made == _events(fold(history), RecommendationDismissed)


@pytest.mark.rule("SA-09")
@laws
@given(histories, worlds_in_force)
def test_nothing_is_recommended_unless_a_representative_serves(history, world):
    accepted_once = False
    for step in fold(history, world):
        if isinstance(step.record, RepresentativeAccepted) and step.outcome.rejection is None:
            accepted_once = True
        if any(isinstance(one, (*found_events, NothingFound)) for one in step.outcome.events):
            assert accepted_once
            assert isinstance(step.outcome.state, Served)


@pytest.mark.rule("SA-26")
@laws
@given(histories)
def test_only_the_first_three_customer_messages_and_every_third_start_a_run(history):
    count = 0
    for step in fold(history):
        if isinstance(step.record, RepresentativeAccepted) and step.outcome.rows:
            count = 0
        ran = any(isinstance(one, (*found_events, NothingFound)) for one in step.outcome.events)
        is_message = (
            isinstance(step.record, TurnSaid)
            and step.outcome.rows
            and (step.record.author, step.record.visibility) == ("customer", "public")
            and isinstance(step.outcome.state, Served)
        )
        if is_message:
            count += 1
            assert not ran or count <= 3 or count % 3 == 0
        else:
            assert not ran


@pytest.mark.rule("SA-29", "SA-30")
@laws
@given(histories, st.sampled_from(("full", "strict")))
def test_no_run_shows_more_or_worse_than_the_settings_allow(history, world):
    loaded = worlds()[world].get(SETTINGS)
    kind = loaded.settings.kinds.knowledge_article if loaded else None
    maximum, threshold = (kind.maximum, kind.threshold) if kind else (3, 0.65)
    highly = kind.highly_relevant if kind else 0.80
    for step in fold(history, world):
        found = [one for one in step.outcome.events if isinstance(one, found_events)]
        assert len(found) <= maximum
        assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
        for one in found:
            assert one.score >= threshold
            assert one.is_highly_relevant == (one.score > highly)
            verdict = {c.item_id: c.verdict for c in one.candidates}[one.item_id]
            assert verdict == ("shown" if isinstance(one, RecommendationIssued) else "refreshed")


@pytest.mark.rule("SA-10")
@laws
@given(histories)
def test_switched_off_nothing_is_derived_but_dismissals(history):
    assert _events(fold(history, "off"), *assist_events) == []


@laws
@given(histories, worlds_in_force)
def test_a_refused_input_leaves_no_trace_but_the_refusal(history, world):
    before = None
    for step in fold(history, world):
        if step.outcome.rejection is not None:
            assert step.outcome.state is before
            assert (step.outcome.events, step.outcome.rows) == ((), ())
            assert step.outcome.rejection.because
        before = step.outcome.state


DIGEST = """
import hashlib, pickle, sys
from tests.properties import runs
histories = pickle.loads(bytes.fromhex(sys.stdin.read()))
seen = repr([runs.wire(runs.fold(history)) for history in histories])
print(hashlib.sha256(seen.encode()).hexdigest())
"""


@settings(max_examples=3, deadline=None)
@given(st.lists(served, min_size=20, max_size=20))
def test_another_hash_seed_gives_the_same_bytes(drawn):
    here = repr([wire(fold(history)) for history in drawn])
    for seed in ("1", "31337"):
        done = subprocess.run(
            [sys.executable, "-c", DIGEST],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            cwd=Path(__file__).parents[2],
            input=pickle.dumps(drawn).hex(),
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == hashlib.sha256(here.encode()).hexdigest()


def test_the_histories_reach_what_the_laws_speak_of():
    """The laws would hold of nothing, too: make sure that there is something."""
    reached: set[str] = set()

    @settings(max_examples=300, deadline=None, database=None, derandomize=True)
    @given(histories)
    def look(history):
        steps = fold(history)
        reached.update(type(event).__name__ for event in _events(steps, object))
        reached.update(s.outcome.rejection.code for s in steps if s.outcome.rejection is not None)
        reached.update(
            c.verdict for e in _events(steps, NothingFound, *found_events) for c in e.candidates
        )

    look()
    assert reached >= {
        "RecommendationIssued",
        "RecommendationRefreshed",
        "RecommendationDismissed",
        "NothingFound",
        "conversation.ended",
        "conversation.stale_epoch",
        "assist.unknown_recommendation",
        "assist.not_a_participant",
        "shown",
        "refreshed",
        "below_threshold",
        "beyond_limit",
        "dismissed",
    }


def test_the_processor_publishes_what_it_derives_on_its_own_topic_under_its_logs_key():
    @settings(max_examples=60, deadline=None)
    @given(served)
    def look(history):
        for event in _events(fold(history), object):
            topic, value, key, name, subject = PROCESSOR.encode_event(event)
            is_assist = isinstance(event, assist_events)
            assert is_assist == (topic == "assist.recommendations.v1")
            assert topic in {*PROCESSOR.derives, *PROCESSOR.feeds}
            owner = b"demo" if topic in PROCESSOR.feeds else b"demo:c-1"
            assert (key, subject) == (owner, owner.decode())
            assert name.endswith(f".{type(event).__name__}")
            assert PROCESSOR.decode(value, ()) == event

    look()
