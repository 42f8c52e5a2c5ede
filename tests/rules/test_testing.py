"""The test tool itself: a check that cannot fail would prove nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from processors.conversation.processor import ConversationProcessor
from processors.testing import STEP_MS, accepted, ended, event, given, opened, said
from schemas.records.assist import NothingFound, RecommendationIssued

PROCESSOR = ConversationProcessor()
README = Path(__file__).parents[2] / "processors" / "README.md"


def _asked():
    return given(PROCESSOR, opened(), accepted()).when(said("hello"))


@pytest.mark.parametrize(
    "expected",
    [
        (),
        (event(RecommendationIssued),),
        (event(NothingFound, trigger_turn_id="t-9"),),
        (event(NothingFound), event(NothingFound)),
    ],
)
def test_other_events_than_expected_fail_the_check_and_are_shown(expected):
    with pytest.raises(AssertionError, match="NothingFound"):
        _asked().then(*expected)


def test_an_event_where_nothing_was_expected_fails_the_check():
    with pytest.raises(AssertionError):
        _asked().nothing()


def test_a_refusal_is_not_taken_for_an_empty_answer():
    refused = given(PROCESSOR, said("hello"), ended()).when(said("more"))
    with pytest.raises(AssertionError, match="refused"):
        refused.then()
    with pytest.raises(AssertionError, match="refused"):
        refused.nothing()
    with pytest.raises(AssertionError, match=r"conversation\.ended"):
        refused.refused("conversation.stale_epoch")
    with pytest.raises(AssertionError, match="missing"):
        refused.refused("conversation.ended", "no such word")


def test_a_step_that_was_not_refused_fails_a_check_for_a_refusal():
    with pytest.raises(AssertionError, match="not refused"):
        _asked().refused("conversation.ended")


def test_a_scenarios_log_counts_offsets_and_time():
    scenario = given(PROCESSOR, opened(), said("a"), said("b"))
    assert scenario.offset == 3
    assert scenario.when(said("c"), after_ms=5 * STEP_MS).outcome.rejection is None
    assert [turn.turn_id for turn in scenario.seen("turn")] == ["t-1", "t-2", "t-3"]


@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL))
def test_what_the_readme_shows_runs(block):
    exec(compile(block, str(README), "exec"), {})
