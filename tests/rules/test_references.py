"""Article bases and settings: what is wrong is said before it is published."""

from __future__ import annotations

import hashlib
import json

import msgspec
import pytest

from processors import reference
from processors.assist.articles import ARTICLES
from processors.assist.settings import DEFAULTS, SETTINGS
from processors.conversation.processor import ConversationProcessor
from processors.errors import InvalidReferenceError, UnknownReferenceError
from processors.intents.library import LIBRARY
from processors.testing import given, opened, said
from tests.rules import shop_intents
from tests.rules.bases import DEMO, article, content_of


def _refused(name, content):
    with pytest.raises(InvalidReferenceError) as caught:
        reference.validate(name, content)
    return caught.value


def test_the_demos_article_base_is_valid_and_says_https_everywhere():
    reference.validate(ARTICLES, DEMO.read_bytes())
    loaded = reference.load(ARTICLES, DEMO.read_bytes())
    assert len(loaded.articles) >= 40
    assert all(one.link() for one in loaded.articles)
    assert all(one.summary for one in loaded.articles)


def test_a_base_is_named_by_the_digest_of_its_content():
    content = content_of(article("A", "Router"))
    loaded = reference.load(ARTICLES, content)
    assert loaded.digest == hashlib.sha256(content).hexdigest()


@pytest.mark.rule("SA-10")
def test_the_processor_loads_with_the_code_that_validates():
    processor = ConversationProcessor()
    assert processor.load_reference(SETTINGS, b"{}").settings == DEFAULTS.settings
    with pytest.raises(InvalidReferenceError):
        processor.load_reference(SETTINGS, b'{"enabled": "yes"}')


@pytest.mark.parametrize("status", ["draft", "in_review", "archived", "withdrawn"])
def test_only_published_articles_are_searchable(status):
    loaded = reference.load(
        ARTICLES, content_of(article("A", "Router", status=status), article("B", "Suitcase"))
    )
    assert [one.article_id for one in loaded.articles] == ["B"]


def test_an_empty_base_and_one_without_a_single_word_can_be_loaded():
    reference.validate(ARTICLES, b'{"articles": []}')
    reference.validate(ARTICLES, content_of(article("A", "the", "of the")))


@pytest.mark.parametrize(
    ("content", "field", "because"),
    [
        (b"{", "", "no UTF-8 JSON"),
        (b"\xff\xfe", "", ""),
        (b"[]", "", "Expected `object`"),
        (b"{}", "", "articles"),
        (b'{"articles": 1}', "articles", "Expected `array`"),
        (content_of({"article_id": "A", "title": "x"}), "articles[0]", "content"),
        (content_of(article("A", "x", colour="red")), "articles[0]", "colour"),
        (content_of(article("A", "x"), article("", "y")), "articles[1].article_id", ">= 1"),
        (content_of(article("A", "x", status="new")), "articles[0].status", "new"),
        (content_of(article("A", "x", keywords="y")), "articles[0].keywords", "array"),
        (content_of(article("A", "x"), article("A", "y")), "articles[1].article_id", "taken"),
    ],
)
def test_a_wrong_article_base_is_refused_with_the_field_and_the_reason(content, field, because):
    error = _refused(ARTICLES, content)
    assert error.field == field
    assert because in error.because
    assert str(error).startswith(ARTICLES)
    assert "publish it again" in str(error)


@pytest.mark.parametrize(
    ("settings", "field", "because"),
    [
        ({"enabled": 1}, "enabled", "Expected `bool`"),
        ({"enabeld": True}, "", "enabeld"),
        ({"window": 0}, "window", ">= 1"),
        ({"window": 19}, "window", "<= 18"),
        ({"excluded_channels": "sms"}, "excluded_channels", "array"),
        ({"kinds": {"similar_case": {}}}, "kinds", "similar_case"),
        ({"kinds": {"knowledge_article": {"maximum": 4}}}, "kinds.knowledge_article.maximum", "3"),
        (
            {"kinds": {"knowledge_article": {"threshold": 0.5}}},
            "kinds.knowledge_article.threshold",
            "0.65",
        ),
        (
            {"kinds": {"knowledge_article": {"threshold": 0.9}}},
            "kinds.knowledge_article.highly_relevant",
            "below the threshold 0.9",
        ),
    ],
)
def test_wrong_settings_are_refused_with_the_field_and_the_reason(settings, field, because):
    error = _refused(SETTINGS, json.dumps(settings).encode())
    assert error.field == field
    assert because in error.because


def test_settings_that_say_nothing_are_the_defaults():
    loaded = reference.load(SETTINGS, b"{}")
    assert loaded.settings == DEFAULTS.settings
    kind = loaded.settings.kinds.knowledge_article
    assert (kind.maximum, kind.threshold, kind.highly_relevant) == (3, 0.65, 0.80)
    assert loaded.settings.window == 18
    assert loaded.excluded == {"record"}


def test_a_reference_nobody_reads_is_refused_with_the_names_there_are():
    with pytest.raises(UnknownReferenceError, match=r"assist\.articles, assist\.settings"):
        reference.validate("assist.article", b"{}")


def test_a_library_of_another_encoder_is_not_published_but_one_in_force_stays_so():
    trained = shop_intents.artefact()
    other = msgspec.json.decode(trained) | {"encoder": "static-of-last-year"}
    content = msgspec.json.encode(other)
    assert "static-of-last-year" in _refused(LIBRARY, content).because
    library = reference.load(LIBRARY, content)
    assert "publish it again" in library.problem
    assert set(library.intents) == set(reference.load(LIBRARY, trained).intents)
    assert [one.outcome for one in library.detect(["I want my money back"])] == ["none"]
    assert reference.load(LIBRARY, trained).problem == ""


def test_a_conversation_goes_on_under_a_library_that_an_upgrade_has_left_behind():
    other = msgspec.json.decode(shop_intents.artefact()) | {"encoder": "static-of-last-year"}
    behind = reference.load(LIBRARY, msgspec.json.encode(other))
    scenario = given(ConversationProcessor(), opened(), references={LIBRARY: behind})
    scenario.when(said("I want my money back"))
    assert [key for key, _ in scenario.rows("turn")]
