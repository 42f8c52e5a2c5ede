"""Smart assist: when it speaks, what it shows, what it never shows again."""

from __future__ import annotations

import pytest

from processors.assist.articles import ARTICLES
from processors.assist.retrieval import INDEX_VERSION, Index
from processors.assist.settings import SETTINGS
from processors.conversation.processor import ConversationProcessor
from processors.testing import accepted, dismissal, ended, event, given, moved, opened, said
from processors.views import conversation as views
from schemas.records.assist import (
    NothingFound,
    RecommendationDismissed,
    RecommendationIssued,
    RecommendationRefreshed,
)
from tests.rules.bases import LUGGAGE, OFFICE, REFUNDS, ROUTER, demo_articles, references

PROCESSOR = ConversationProcessor()
ROUTER_BASE = references(ROUTER, LUGGAGE, OFFICE)
OTHERS = tuple(one for one in demo_articles() if "refund" not in str(one))
REFUND_BASE = references(*REFUNDS, *OTHERS)
SLOW = "my router gives me slow internet, the connection drops"
REFUND = "where is my refund, I want my money back"


def _served(*inputs, refs=ROUTER_BASE):
    return given(PROCESSOR, opened(), accepted("ann"), *inputs, references=refs)


@pytest.mark.rule("SA-01")
def test_a_customers_question_gives_the_representative_the_article_that_fits():
    scenario = _served()
    scenario.when(said(SLOW)).then(
        event(
            RecommendationIssued,
            item_id="N-1",
            title="Restart a router",
            kind="knowledge_article",
            trigger_turn_id="t-2",
            conversation_id="c-1",
        )
    )
    (row,) = scenario.seen(views.RECOMMENDATION)
    assert (row.item_id, row.trigger_turn_id) == ("N-1", "t-2")


def test_a_recommendation_names_its_cause_and_every_version_it_rests_on():
    refs = references(ROUTER, LUGGAGE, OFFICE, settings={})
    scenario = _served(refs=refs)
    (issued,) = scenario.when(said(SLOW)).events
    assert issued.causation_id == "conversation.turns.v1/0/2"
    assert issued.correlation_id == "c-1"
    assert issued.recommendation_id == "conversation.turns.v1/0/2#0"
    assert issued.ownership_epoch == 1
    assert issued.occurred_at_ms == issued.recorded_at_ms == scenario.now_ms
    assert issued.reference_digest == refs[ARTICLES].digest
    assert issued.settings_digest == refs[SETTINGS].digest
    assert issued.index_version == INDEX_VERSION
    assert "bm25s" in INDEX_VERSION


def test_without_settings_no_settings_digest_is_claimed():
    (issued,) = _served().when(said(SLOW)).events
    assert issued.settings_digest is None


# ---------------------------------------------------------------- when


@pytest.mark.rule("SA-09")
def test_nothing_is_recommended_before_a_representative_accepted():
    scenario = given(PROCESSOR, opened(), references=ROUTER_BASE)
    scenario.when(said(SLOW)).then()
    scenario.when(said("I will connect you", author="bot")).then()
    scenario.when(accepted("ann")).then()
    assert scenario.seen(views.RECOMMENDATION) == []


@pytest.mark.rule("SA-09", "SA-26")
def test_the_bots_phase_does_not_count_but_its_messages_are_read():
    scenario = given(PROCESSOR, opened(), references=ROUTER_BASE)
    for number in range(7):
        scenario.when(said(f"{SLOW} {number}"))
    scenario.when(accepted("ann"))
    scenario.when(said("hello, are you there?")).then(event(RecommendationIssued, item_id="N-1"))
    assert scenario.state.customer_messages == 1


@pytest.mark.rule("SA-09")
def test_a_conversation_passed_on_is_not_assisted_until_it_is_accepted_again():
    scenario = _served(moved("queue", "orders", epoch=7))
    scenario.when(said(SLOW)).then()
    scenario.when(accepted("bob", ownership_epoch=8)).then()
    scenario.when(said("still slow internet")).then(event(RecommendationIssued, item_id="N-1"))


@pytest.mark.rule("SA-26")
def test_the_first_three_customer_messages_trigger_and_then_every_third():
    scenario = _served()
    ran = [number for number in range(1, 16) if scenario.when(said(f"{SLOW} {number}")).events]
    assert ran == [1, 2, 3, 6, 9, 12, 15]


@pytest.mark.rule("SA-26")
def test_only_customers_messages_count():
    scenario = _served()
    for number in range(3):
        scenario.when(said(f"{SLOW} {number}"))
    for number in range(3):
        scenario.when(said(f"try again {number}", author="representative")).then()
        scenario.when(said(f"note {number}", author="customer", visibility="private")).then()
        scenario.when(said(f"joined {number}", author="system")).then()
    assert scenario.state.customer_messages == 3


@pytest.mark.rule("SA-26")
def test_a_customer_message_delivered_twice_counts_once():
    scenario = _served(said(SLOW, turn_id="a"))
    scenario.when(said(SLOW, turn_id="a")).nothing()
    assert scenario.state.customer_messages == 1


@pytest.mark.rule("SA-04")
@pytest.mark.parametrize("channel", ["record", "Record", "RECORD"])
def test_a_record_channel_never_gets_a_recommendation(channel):
    scenario = given(PROCESSOR, opened(channel), accepted(), references=ROUTER_BASE)
    for number in range(6):
        scenario.when(said(f"{SLOW} {number}")).then()


@pytest.mark.rule("SA-04")
def test_a_record_channel_stays_excluded_when_a_tenant_forgets_to_name_it():
    refs = references(ROUTER, LUGGAGE, OFFICE, settings={"excluded_channels": []})
    given(PROCESSOR, opened("record"), accepted(), references=refs).when(said(SLOW)).then()


@pytest.mark.rule("SA-04")
def test_a_channel_named_only_by_its_turns_is_excluded_as_well():
    scenario = given(PROCESSOR, accepted(), references=ROUTER_BASE)
    scenario.when(said(SLOW, channel="record")).then()


@pytest.mark.rule("SA-04")
@pytest.mark.parametrize("channel", ["live_chat", "sms", "facebook", "whatsapp", "voice", "email"])
def test_every_other_channel_is_assisted(channel):
    scenario = given(PROCESSOR, opened(channel), accepted(), references=ROUTER_BASE)
    scenario.when(said(SLOW)).then(event(RecommendationIssued, item_id="N-1"))


def test_a_tenant_may_exclude_a_channel():
    refs = references(ROUTER, LUGGAGE, OFFICE, settings={"excluded_channels": ["Email"]})
    given(PROCESSOR, opened("email"), accepted(), references=refs).when(said(SLOW)).then()


@pytest.mark.rule("SA-10")
@pytest.mark.parametrize(
    "off", [{"enabled": False}, {"kinds": {"knowledge_article": {"enabled": False}}}]
)
def test_switched_off_means_no_cards_and_no_search(off, monkeypatch):
    searched: list[int] = []
    search = Index.search

    def counted(index, messages):
        searched.append(1)
        return search(index, messages)

    monkeypatch.setattr(Index, "search", counted)
    scenario = _served(refs=references(ROUTER, LUGGAGE, OFFICE, settings=off))
    scenario.when(said(SLOW)).then()
    assert searched == []
    scenario.references = ROUTER_BASE
    scenario.when(said("it is slow internet again")).then(event(RecommendationIssued))
    assert searched == [1]


# ---------------------------------------------------------------- which


@pytest.mark.rule("SA-29")
def test_at_most_three_are_shown_best_first():
    scenario = _served(refs=REFUND_BASE)
    events = scenario.when(said(REFUND)).events
    assert len(events) == 3
    scores = [issued.score for issued in events]
    assert scores == sorted(scores, reverse=True)
    beyond = [one for one in events[0].candidates if one.verdict == "beyond_limit"]
    assert len(beyond) == 2
    assert all(one.score <= min(scores) for one in beyond)


@pytest.mark.rule("SA-29")
def test_a_tenant_may_show_fewer():
    refs = references(*REFUNDS, *OTHERS, settings={"kinds": {"knowledge_article": {"maximum": 1}}})
    assert len(_served(refs=refs).when(said(REFUND)).events) == 1


@pytest.mark.rule("SA-30")
def test_what_is_below_the_threshold_is_never_shown_and_says_so():
    scenario = _served()
    (answer,) = (
        scenario.when(said("the weather at the airport is nice")).then(event(NothingFound)).events
    )
    (candidate,) = answer.candidates
    assert candidate.item_id == "N-2"
    assert candidate.verdict == "below_threshold"
    assert 0 < candidate.score < 0.65
    assert scenario.seen(views.RECOMMENDATION) == []


@pytest.mark.rule("SA-30")
def test_the_threshold_itself_is_shown_and_highly_relevant_begins_above_its_limit():
    probe = _served(refs=REFUND_BASE).when(said(REFUND)).events[2]
    assert 0.65 < probe.score < 1

    def shown(threshold, highly):
        kind = {"threshold": threshold, "highly_relevant": highly}
        refs = references(*REFUNDS, *OTHERS, settings={"kinds": {"knowledge_article": kind}})
        events = _served(refs=refs).when(said(REFUND)).events
        return [one for one in events if getattr(one, "item_id", None) == probe.item_id]

    (at_limit,) = shown(probe.score, probe.score)
    assert not at_limit.is_highly_relevant
    (above,) = shown(0.65, round(probe.score - 0.0001, 4))
    assert above.is_highly_relevant
    assert shown(round(probe.score + 0.0001, 4), 1.0) == []


def test_every_candidate_is_recorded_with_its_score_and_what_became_of_it():
    scenario = _served(refs=REFUND_BASE)
    first = scenario.when(said(REFUND)).events
    verdicts = [one.verdict for one in first[0].candidates]
    assert verdicts[:5] == ["shown"] * 3 + ["beyond_limit"] * 2
    assert set(verdicts[5:]) == {"below_threshold"}
    assert all(one.candidates == first[0].candidates for one in first)
    scenario.when(dismissal(first[0].recommendation_id))
    second = scenario.when(said(f"{REFUND}, please")).events
    found = {one.item_id: one.verdict for one in second[0].candidates}
    assert found[first[0].item_id] == "dismissed"
    assert sorted(verdict for verdict in found.values() if verdict != "below_threshold") == [
        "beyond_limit",
        "dismissed",
        "refreshed",
        "refreshed",
        "shown",
    ]


def test_a_dismissed_article_leaves_its_place_to_the_next_best():
    scenario = _served(refs=REFUND_BASE)
    first = scenario.when(said(REFUND)).events
    scenario.when(dismissal(first[0].recommendation_id))
    second = scenario.when(said(f"{REFUND}, please")).events
    assert len(second) == 3
    assert first[0].item_id not in {one.item_id for one in second}


def test_an_article_found_again_is_refreshed_in_place_and_no_second_card():
    scenario = _served()
    (issued,) = scenario.when(said(SLOW)).events
    (before,) = scenario.rows(views.RECOMMENDATION)
    (refreshed,) = (
        scenario.when(said("the router again"))
        .then(
            event(
                RecommendationRefreshed,
                recommendation_id=issued.recommendation_id,
                item_id="N-1",
                trigger_turn_id="t-3",
            )
        )
        .events
    )
    (after,) = scenario.rows(views.RECOMMENDATION)
    assert after[0] == before[0]
    (row,) = scenario.seen(views.RECOMMENDATION)
    assert row.issued_at_ms == issued.occurred_at_ms
    assert row.updated_at_ms == refreshed.occurred_at_ms == scenario.now_ms
    assert (row.score, row.card, row.trigger_turn_id) == (refreshed.score, refreshed.card, "t-3")


@pytest.mark.rule("SA-06")
def test_the_newest_recommendation_is_on_top():
    scenario = _served()
    scenario.when(said(SLOW))
    for number in range(2):
        scenario.when(said(f"also {number} my luggage, a suitcase, is lost at the airport"))
    listed = scenario.seen(views.RECOMMENDATION, newest_first=True)
    assert [row.item_id for row in listed] == ["N-2", "N-1"]
    assert listed[0].issued_at_ms > listed[1].issued_at_ms


@pytest.mark.rule("SA-06", "SA-29")
def test_within_one_run_the_best_is_on_top():
    scenario = _served(refs=REFUND_BASE)
    events = scenario.when(said(REFUND)).events
    listed = scenario.seen(views.RECOMMENDATION, newest_first=True)
    assert [row.recommendation_id for row in listed] == [one.recommendation_id for one in events]


@pytest.mark.rule("SA-27")
def test_what_was_said_nineteen_messages_ago_is_not_read_any_more():
    def ask_after(messages):
        scenario = given(PROCESSOR, opened(), said(SLOW), references=ROUTER_BASE)
        for number in range(messages):
            scenario.when(said(f"one moment {number}", author="bot"))
        scenario.when(accepted())
        (answer,) = scenario.when(said("hello?")).events
        return [one.item_id for one in answer.candidates]

    assert ask_after(16) == ["N-1"]
    assert ask_after(17) == []


@pytest.mark.rule("SA-35")
def test_no_match_is_said_with_the_reason_and_not_by_silence():
    scenario = _served()
    scenario.when(said("do you like dogs")).then(
        event(
            NothingFound,
            kind="knowledge_article",
            reason="No published article shares a word with the last messages.",
            candidates=(),
            trigger_turn_id="t-2",
        )
    )
    (row,) = scenario.seen(views.NOTHING_FOUND)
    assert (row.kind, row.trigger_turn_id, row.at_ms) == (
        "knowledge_article",
        "t-2",
        scenario.now_ms,
    )


@pytest.mark.rule("SA-35")
def test_a_weak_match_is_said_with_the_nearest_article_and_its_score():
    (answer,) = _served().when(said("the weather at the airport is nice")).events
    assert "No article reaches 65 %" in answer.reason
    assert '"Find lost luggage"' in answer.reason


@pytest.mark.rule("SA-35")
def test_a_tenant_without_an_article_base_is_told_so():
    scenario = _served(refs={})
    scenario.when(said(SLOW)).then(
        event(
            NothingFound,
            reason="No article base is published for this tenant.",
            reference_digest=None,
            index_version=None,
        )
    )


@pytest.mark.rule("SA-35")
def test_when_everything_that_fits_was_dismissed_the_answer_says_so():
    scenario = _served()
    (issued,) = scenario.when(said(SLOW)).events
    scenario.when(dismissal(issued.recommendation_id))
    (answer,) = scenario.when(said("slow internet, the router")).then(event(NothingFound)).events
    assert "was dismissed" in answer.reason


@pytest.mark.rule("SA-35")
def test_the_empty_answer_leaves_the_screen_when_something_is_found():
    scenario = _served(said("do you like dogs"))
    assert scenario.seen(views.NOTHING_FOUND)
    scenario.when(said(SLOW)).then(event(RecommendationIssued))
    assert scenario.seen(views.NOTHING_FOUND) == []


# ---------------------------------------------------------------- dismissal


@pytest.mark.rule("SA-07")
def test_a_dismissed_recommendation_leaves_the_list():
    scenario = _served()
    (issued,) = scenario.when(said(SLOW)).events
    scenario.when(dismissal(issued.recommendation_id, by="ann")).then(
        event(
            RecommendationDismissed,
            recommendation_id=issued.recommendation_id,
            item_id="N-1",
            representative_id="ann",
        )
    )
    assert scenario.seen(views.RECOMMENDATION) == []
    (row,) = scenario.seen(views.CONVERSATION)
    assert row.recommendations == 0


@pytest.mark.rule("SA-07")
def test_a_dismissed_article_never_comes_back_in_that_conversation():
    scenario = _served()
    (issued,) = scenario.when(said(SLOW)).events
    scenario.when(dismissal(issued.recommendation_id))
    for number in range(12):
        for found in scenario.when(said(f"{SLOW} {number}")).events:
            assert isinstance(found, NothingFound)
    scenario.when(accepted("bob"))
    (found,) = scenario.when(said(f"{SLOW}, once more")).events
    assert isinstance(found, NothingFound)


def test_a_dismissal_again_changes_nothing():
    scenario = _served()
    (issued,) = scenario.when(said(SLOW)).events
    scenario.when(dismissal(issued.recommendation_id))
    scenario.when(dismissal(issued.recommendation_id)).nothing()


def test_a_recommendation_nobody_issued_cannot_be_dismissed():
    scenario = _served(said(SLOW))
    scenario.when(dismissal("conversation.turns.v1/3/99#0")).refused(
        "assist.unknown_recommendation", "c-1", "conversation.turns.v1/3/99#0"
    )


def test_a_recommendation_of_another_conversation_cannot_be_dismissed_here():
    (issued,) = _served().when(said(SLOW)).events
    other = given(PROCESSOR, opened(), opened(locale="en"), accepted(), references=ROUTER_BASE)
    (theirs,) = other.when(said(SLOW)).events
    assert theirs.recommendation_id != issued.recommendation_id
    other.when(dismissal(issued.recommendation_id)).refused("assist.unknown_recommendation")


def test_only_a_representative_of_the_conversation_may_dismiss():
    scenario = _served()
    (issued,) = scenario.when(said(SLOW)).events
    refused = dismissal(issued.recommendation_id, by="eve")
    scenario.when(refused).refused("assist.not_a_participant", "eve")
    scenario.when(accepted("bob"))
    scenario.when(dismissal(issued.recommendation_id, by="ann")).then(
        event(RecommendationDismissed, representative_id="ann")
    )


def test_a_recommendation_may_be_dismissed_after_the_end():
    scenario = _served()
    (issued,) = scenario.when(said(SLOW)).events
    scenario.when(ended())
    scenario.when(dismissal(issued.recommendation_id)).then(event(RecommendationDismissed))
    assert scenario.seen(views.RECOMMENDATION) == []


def test_a_transfer_keeps_the_list_and_starts_the_count_again():
    scenario = _served()
    for number in range(4):
        scenario.when(said(f"{SLOW} {number}"))
    scenario.when(accepted("bob")).then()
    assert len(scenario.seen(views.RECOMMENDATION)) == 1
    scenario.when(said("router")).then(event(RecommendationRefreshed))
