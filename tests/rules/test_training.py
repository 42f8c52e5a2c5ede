"""A model from a library's own examples: the same from the same examples, and not too large."""

from __future__ import annotations

import msgspec
import pytest

from processors.intents.library import DetectionSettings, Intent, LibraryContent
from processors.intents.loading import load_library
from processors.miner.training import ARTEFACT_BYTES_MAX, features_for, train
from tests.rules.trades import BANK, GROUPS, SHOP, content_of


def test_the_same_examples_give_the_same_bytes_in_any_order():
    content = content_of(BANK | SHOP, GROUPS)
    turned = msgspec.structs.replace(
        content,
        intents=tuple(
            msgspec.structs.replace(one, examples=one.examples[::-1] + one.examples[:2])
            for one in content.intents[::-1]
        ),
    )
    assert train(content).content.model == train(turned).content.model


def test_training_again_replaces_the_model():
    once = train(content_of(BANK)).content
    assert train(once).content == once


def test_training_says_what_it_saw():
    trained = train(content_of(BANK | SHOP))
    assert (trained.intents, trained.examples) == (7, 42)
    assert trained.accuracy is not None
    assert trained.accuracy > 0.5


def many(count: int) -> LibraryContent:
    """Return two intents with many examples each, far apart."""
    things = ("parcel", "order", "package", "delivery", "letter", "box", "shipment", "lamp")
    asks = ("where is my", "track the", "when do i get my", "i wait for the", "find my")
    more = ("please", "now", "today", "again", "since monday", "from berlin", "quickly")
    track = [f"{ask} {thing} {one}" for ask in asks for thing in things for one in more]
    return content_of(
        {
            "track": tuple(track[:count]),
            "pay": tuple(f"pay {number} euros {one}" for number in range(60) for one in more)[
                :count
            ],
        }
    )


@pytest.mark.rule("CI-46")
@pytest.mark.parametrize("share", [0.1, 0.5])
def test_the_threshold_rejects_the_share_of_held_out_examples_that_is_asked_for(share):
    settings = DetectionSettings(rejected_share=share)
    trained = train(msgspec.structs.replace(many(250), detection=settings))
    assert trained.rejected == pytest.approx(share, abs=2 / 500**0.5)
    assert trained.rejected >= share - 1 / 500


def test_with_few_examples_the_threshold_also_keeps_the_background_out():
    trained = train(content_of(BANK | SHOP))
    assert trained.rejected is not None
    assert 0.05 < trained.rejected <= 0.05 + 2 * 42**-0.5


def test_training_tells_how_far_it_is():
    told: list[tuple[str, int, int]] = []
    train(content_of(BANK), progress=lambda *one: told.append(one))
    assert {phase for phase, _, _ in told} >= {"words", "vectors", "holding out"}
    assert all(0 <= done <= total for _, done, total in told)


def test_a_large_library_fits_in_an_artefact():
    words = [f"w{number}x{number * 7919 % 1000}" for number in range(300)]
    intents = tuple(
        Intent(
            f"i{number:03}",
            f"intent {number}",
            examples=tuple(
                f"please {words[(number * 3 + k) % 300]} my {words[(number + k * 7) % 300]} {k}"
                for k in range(4)
            ),
            description="d" * 20_000,
        )
        for number in range(100)
    )
    content = LibraryContent(intents=intents)
    assert len(msgspec.json.encode(content)) > 2_000_000
    trained = train(content)
    assert len(msgspec.json.encode(trained.content)) < ARTEFACT_BYTES_MAX
    assert len(load_library(msgspec.json.encode(trained.content)).intents) == 100


def test_the_features_fill_the_room_there_is():
    assert features_for(4_000_000, 10) == features_for(100_000_000, 10)
    assert features_for(1_500_000, 300) < features_for(3_000_000, 300)
    assert features_for(0, 300) == 1_000


def test_blank_examples_are_left_out():
    content = LibraryContent(intents=(Intent("a", "a", examples=("", "  ", "\n")),))
    assert train(content).content.model == b""


def test_examples_with_broken_characters_are_trained_on():
    examples = ("wo ist mein paket \ufffd", "where is \x00 my parcel", "我的包裹", "é" * 5_000)
    trained = train(LibraryContent(intents=(Intent("a", "a", examples=examples),)))
    assert trained.examples == 4
