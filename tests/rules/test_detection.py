"""What a message is about: one intent, only a group, or nothing."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from processors import reference
from processors.errors import InvalidReferenceError
from processors.intents.detection import Detection
from processors.intents.features import LexicalData
from processors.intents.library import (
    LIBRARY,
    DetectionSettings,
    Group,
    Intent,
    LibraryContent,
)
from processors.intents.loading import NOTHING, load_library
from processors.intents.model import MODEL_FORMAT, ModelData, decoded, encoded
from processors.intents.vectors import UNIT
from processors.miner.training import train
from tests.rules.trades import BANK, NOT_KNOWN, SHOP, bank_and_shop, content_of, loaded


class Axes:
    """An encoder for which `b3 c4` lies 3 along b and 4 along c: evidence to order."""

    fingerprint = "axes"
    dims = 4

    def encode(self, texts):
        found = np.zeros((len(texts), self.dims), np.float32)
        for row, text in enumerate(texts):
            for word in text.split():
                found[row, "abcd".index(word[0])] = float(word[1:])
        return found


def of_axes(groups: dict[str, str | None], **settings) -> LibraryContent:
    """Return a library in which the evidence for intent a is what stands along a, and so on.

    The threshold is 8 logits, and a logit above it is a score of 0.75.
    """
    ids = tuple(sorted(groups))
    weights = np.zeros((len(ids), Axes.dims), "<i2")
    for place, one in enumerate(ids):
        weights[place, "abcd".index(one)] = 1
    model = ModelData(
        format=MODEL_FORMAT,
        lexical=LexicalData(),
        intent_ids=ids,
        dims=Axes.dims,
        weights=weights.tobytes(),
        biases=np.zeros(len(ids), "<i8").tobytes(),
        unit=UNIT,
        threshold=8 * UNIT,
        softness=UNIT,
    )
    return LibraryContent(
        intents=tuple(Intent(one, one, group_id=group) for one, group in sorted(groups.items())),
        groups=tuple(Group(one, one) for one in sorted({g for g in groups.values() if g})),
        detection=DetectionSettings(**settings),
        encoder=Axes.fingerprint,
        model=encoded(model),
    )


def said(text: str, groups: dict[str, str | None], **settings) -> Detection:
    content = msgspec.json.encode(of_axes(groups, **settings))
    return load_library(content, encoder=Axes()).detect([text])[0]


@pytest.mark.rule("CI-26")
@pytest.mark.parametrize(
    ("text", "intent_id"),
    [
        ("somebody stole my bank card", "lost_card"),
        ("I can't find my card, I lost it", "lost_card"),
        ("could you please increase the limit on my credit card?", "card_limit"),
        ("what's the balance of my account", "balance"),
        ("i need to send some money to a friend", "transfer"),
        ("WHERE IS MY PACKAGE???", "track_order"),
        ("i'd like to return the jacket", "return_item"),
        ("the screen was cracked when it arrived", "broken_item"),
    ],
)
def test_a_message_maps_to_the_intent_whose_examples_it_is_like(text, intent_id):
    found = bank_and_shop().detect([text])[0]
    assert (found.outcome, found.intent_id) == ("intent", intent_id)
    assert found.score >= 0.5
    assert found.group_id == bank_and_shop().intents[intent_id].group_id
    assert found.is_bearing
    assert not found.is_unknown


@pytest.mark.rule("CI-26")
def test_a_wish_that_no_intent_knows_maps_to_nothing_and_is_unknown():
    for text, found in zip(NOT_KNOWN, bank_and_shop().detect(NOT_KNOWN), strict=True):
        assert (found.outcome, found.intent_id, found.group_id) == ("none", None, None), text
        assert found.score < 0.5, text
    assert any(found.is_unknown for found in bank_and_shop().detect(NOT_KNOWN))


@pytest.mark.parametrize("text", ["hello", "good morning", "yes", "thanks, bye", "ok", "4523"])
def test_greetings_and_bare_answers_are_neither_wishes_nor_unknown(text):
    found = bank_and_shop().detect([text])[0]
    assert found.outcome == "none"
    assert not found.is_bearing
    assert not found.is_unknown


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "我的包裹在哪里", "🙂🙂", "\ud83d", "\x00"])
def test_text_with_nothing_to_read_in_it_says_nothing(text):
    assert bank_and_shop().detect([text])[0] == NOTHING


def test_another_language_maps_to_nothing():
    found = bank_and_shop().detect(["¿qué tiempo hará mañana en la playa?", "wie wird das wetter"])
    assert [one.outcome for one in found] == ["none", "none"]


def test_a_megabyte_counts_by_its_beginning():
    short = "where is my parcel " * 300
    long = short + "i lost my card " * 70_000
    assert len(long) > 1_000_000
    found = bank_and_shop().detect([long, short])
    assert found[0].intent_id == "track_order"
    assert found[0] == found[1]


def test_one_endless_word_is_read_in_time():
    assert bank_and_shop().detect(["x" * 1_000_000])[0].outcome == "none"


def test_the_best_three_come_in_order_and_the_margin_tells_the_first_from_the_second():
    found = said("a9 b11 c10 d1", {"a": None, "b": None, "c": None, "d": None})
    assert [one.intent_id for one in found.top] == ["b", "c", "a"]
    assert [one.score for one in found.top] == sorted((s.score for s in found.top), reverse=True)
    # One logit ahead: of the two, the best has e / (1 + e), so it leads by (e - 1) / (e + 1).
    assert found.margin == pytest.approx(0.4621, abs=0.005)


def test_the_threshold_is_a_score_of_one_half():
    assert said("a8", {"a": None, "b": None}).score == 0.5
    assert said("a8", {"a": None, "b": None}).outcome == "intent"
    assert said("a7.9", {"a": None, "b": None}).outcome == "none"
    assert said("a9", {"a": None, "b": None}).score == 0.75


def test_intents_that_are_equally_likely_are_ordered_by_id():
    found = said("c9 b9 a9", {"a": None, "b": None, "c": None})
    assert [one.intent_id for one in found.top] == ["a", "b", "c"]
    assert found.margin == 0


@pytest.mark.rule("CI-26")
def test_two_close_intents_of_one_group_leave_only_the_group():
    both: dict[str, str | None] = {"a": "g", "b": "g", "c": "h"}
    found = said("a9 b9", both)
    assert (found.outcome, found.intent_id, found.group_id) == ("group", None, "g")
    assert said("a9 b8", both).outcome == "intent"
    assert said("a9 b8", both, group_margin=0.5).outcome == "group"


def test_two_close_intents_of_different_groups_are_still_one_intent():
    found = said("a9 c9", {"a": "g", "b": "g", "c": "h"})
    assert (found.outcome, found.intent_id, found.group_id) == ("intent", "a", "g")
    assert said("a9 b9", {"a": None, "b": None}).outcome == "intent"


@pytest.mark.rule("CI-26")
def test_intents_of_a_group_reach_the_threshold_together_when_none_does_alone():
    groups: dict[str, str | None] = {"a": "g", "b": "g", "c": "h", "d": "h"}
    found = said("a7.5 b7.5 d7.6", groups)
    assert (found.outcome, found.intent_id, found.group_id) == ("group", None, "g")
    assert found.score == 0.5
    assert said("a7.5 c7.5", groups).outcome == "none", "one of each group"
    assert said("a7 b7", groups).outcome == "none", "e^-1 twice is not yet 1"


def test_a_library_without_examples_detects_nothing():
    trained = train(LibraryContent(intents=(Intent("a", "a"),)))
    assert trained.content.model == b""
    assert loaded(trained.content).detect(["hello", "a"]) == [NOTHING, NOTHING]
    assert loaded(LibraryContent()).detect([]) == []


@pytest.mark.parametrize("count", [1, 2])
def test_a_library_of_one_or_two_intents_knows_what_it_does_not_know(count):
    names = ["track_order", "lost_card"][:count]
    library = loaded(train(content_of({one: (BANK | SHOP)[one] for one in names})).content)
    found = library.detect(["when will my parcel arrive", "i lost my debit card"][:count])
    assert [one.intent_id for one in found] == names
    assert all(one.outcome == "none" for one in library.detect(NOT_KNOWN))


def test_intents_with_a_single_example_are_told_apart():
    library = loaded(train(content_of({k: v[:1] for k, v in (BANK | SHOP).items()})).content)
    found = library.detect(["i lost my card", "where is my package", "the lamp is broken"])
    assert [one.intent_id for one in found] == ["lost_card", "track_order", "broken_item"]
    assert all(one.outcome == "none" for one in library.detect(NOT_KNOWN))


def test_examples_that_belong_to_two_intents_do_no_harm():
    both = {"lost_card": BANK["lost_card"], "also_lost": BANK["lost_card"]}
    found = loaded(train(content_of(both)).content).detect(["i lost my card"])[0]
    assert {one.intent_id for one in found.top} == {"lost_card", "also_lost"}


def test_the_library_is_a_reference_like_the_others():
    content = msgspec.json.encode(bank_and_shop().content)
    assert reference.load(LIBRARY, content).detect(["i lost my card"])[0].intent_id == "lost_card"
    assert reference.load(LIBRARY, content).digest == bank_and_shop().digest


def damaged(**changes) -> LibraryContent:
    return msgspec.structs.replace(bank_and_shop().content, **changes)


INTENTS = bank_and_shop().content.intents


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (damaged(encoder="static-0000"), "trained with the encoder 'static-0000'"),
        (damaged(model=b"nonsense"), "no model that this build can read"),
        (damaged(format=7), "format: it is 7"),
        (damaged(intents=(INTENTS[0], *INTENTS)), r"intents\[1\].intent_id"),
        (damaged(intents=INTENTS[1:]), "which the library does not hold"),
        (damaged(groups=()), "there is no group"),
        (damaged(detection=DetectionSettings(rejected_share=0.7)), "has to be 0 to 0.5"),
    ],
)
def test_a_library_that_cannot_be_used_is_refused_with_a_sentence(content, sentence):
    with pytest.raises(InvalidReferenceError, match=sentence):
        loaded(content)


def test_what_is_no_library_is_refused_with_a_sentence():
    for content in (b"", b"{", b"[]", b'{"intents": [{"name": "x"}]}', b'{"unknown": 1}', b"\xff"):
        with pytest.raises(InvalidReferenceError, match=r"intent\.library"):
            load_library(content)


def test_a_model_whose_parts_do_not_fit_is_refused():
    data = decoded(bank_and_shop().content.model)
    for broken in (
        msgspec.structs.replace(data, weights=data.weights[2:]),
        msgspec.structs.replace(data, biases=b""),
        msgspec.structs.replace(data, softness=0),
        msgspec.structs.replace(data, format=99),
        msgspec.structs.replace(data, lexical=LexicalData("a\nb", 3, b"", b"")),
    ):
        with pytest.raises(InvalidReferenceError, match="model"):
            decoded(encoded(broken))
