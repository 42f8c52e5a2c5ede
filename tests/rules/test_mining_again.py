"""Mining again: what is published keeps its id, what was discarded stays away."""

from __future__ import annotations

import msgspec
import pytest

from processors.intents.library import Intent, LibraryContent
from processors.miner.history import HistoryTurn
from processors.miner.mined import Mined, Options
from processors.miner.mining import mine
from processors.miner.proposal import proposed_library
from tests.rules.wishes import said, utterances

LOW = Options(tenant="shop", takes_all=True, granularity="low")
OLD = ("refund", "password", "cancel", "delivery")


def curated(*names: str) -> LibraryContent:
    """Return a library of one intent a wish, as people would have it."""
    intents = [
        Intent(f"id-{name}", name.title(), examples=tuple(said(name)[::2])) for name in names
    ]
    return LibraryContent(intents=tuple(sorted(intents, key=lambda one: one.intent_id)))


def others(*names: str) -> list[HistoryTurn]:
    """Return the utterances that are no examples of `curated`."""
    return [one for one in utterances(*names) if int(one.turn_id.rpartition("-")[2]) % 2]


def ids_of(mined: Mined, wish: str) -> set[str | None]:
    return {one.intent_id for one in mined.assigned if one.turn_id.startswith(f"{wish}-")}


@pytest.fixture(scope="module")
def again() -> Mined:
    return mine([*others(*OLD), *utterances("invoice")], LOW, library=curated(*OLD))


def test_published_intents_keep_their_ids_and_names(again):
    held = {one.intent_id: one for one in again.intents}
    for name in OLD:
        assert ids_of(again, name) == {f"id-{name}"}
        assert held[f"id-{name}"].name == name.title()
        assert held[f"id-{name}"].change == "known"
        assert held[f"id-{name}"].from_ids == (f"id-{name}",)


def test_what_no_published_intent_takes_becomes_a_new_one(again):
    new = [one for one in again.intents if one.change == "new"]
    assert new
    assert ids_of(again, "invoice") <= {one.intent_id for one in new}
    assert again.figures.anchored >= len(others(*OLD))


def test_a_published_intent_gets_examples_it_does_not_have(again):
    library = curated(*OLD)
    held = {one.intent_id: one for one in again.intents}
    for before in library.intents:
        texts = {one.text for one in held[before.intent_id].examples}
        assert texts
        assert not texts & set(before.examples)


def test_a_published_intent_that_nobody_had_is_still_there():
    again = mine(others("cancel"), LOW, library=curated("cancel", "warranty"))
    held = {one.intent_id: one for one in again.intents}
    assert held["id-warranty"].count == 0
    assert held["id-warranty"].change == "known"


def test_mining_the_same_again_finds_nothing_new():
    first = mine(utterances(), LOW)
    library = proposed_library(first)
    second = mine(utterances(), LOW, library=library)
    assert {one.intent_id for one in second.intents} == {one.intent_id for one in first.intents}
    kept = [
        one.intent_id == two.intent_id
        for one, two in zip(first.assigned, second.assigned, strict=True)
    ]
    assert sum(kept) >= 0.95 * len(kept)


def test_a_discarded_intent_does_not_come_back():
    discarded = curated("invoice").intents
    again = mine(
        [*others(*OLD), *utterances("invoice")], LOW, library=curated(*OLD), discarded=discarded
    )
    assert ids_of(again, "invoice") == {None}
    assert {one.intent_id for one in again.intents} == {f"id-{name}" for name in OLD}
    assert again.figures.discarded == len(utterances("invoice"))


def test_discarding_works_without_a_library():
    again = mine(utterances("cancel", "invoice"), LOW, discarded=curated("invoice").intents)
    assert ids_of(again, "invoice") == {None}
    assert ids_of(again, "cancel") != {None}


def test_an_anchor_without_examples_is_known_by_its_name():
    library = LibraryContent(intents=(Intent("id-x", "Cancel my subscription"),))
    again = mine(utterances("cancel", "delivery"), LOW, library=library)
    assert "id-x" in {one.intent_id for one in again.intents}


def test_mining_changes_nothing_that_it_is_given():
    library = curated(*OLD)
    before = msgspec.json.encode(library)
    mine(utterances(), LOW, library=library)
    assert msgspec.json.encode(library) == before


FRESH = msgspec.structs.replace(LOW, is_from_scratch=True)


def test_from_scratch_an_intent_that_goes_on_keeps_its_id():
    what_if = mine(utterances("cancel", "delivery"), FRESH, library=curated("cancel", "delivery"))
    held = {one.intent_id: one for one in what_if.intents}
    assert held["id-cancel"].change == "known"
    assert held["id-cancel"].name == "Cancel"
    assert ids_of(what_if, "cancel") == {"id-cancel"}


def test_from_scratch_tells_what_is_new_and_what_is_gone():
    what_if = mine(utterances("cancel", "invoice"), FRESH, library=curated("cancel", "delivery"))
    held = {one.intent_id: one for one in what_if.intents}
    assert held["id-delivery"].change == "retired"
    assert held["id-delivery"].count == 0
    assert {held[one].change for one in ids_of(what_if, "invoice") if one} == {"new"}


def test_from_scratch_tells_what_would_be_one():
    texts = said("cancel")
    library = LibraryContent(
        intents=(
            Intent("id-a", "Cancel by mail", examples=tuple(texts[::2])),
            Intent("id-b", "Cancel by phone", examples=tuple(texts[1::2])),
        )
    )
    what_if = mine(utterances("cancel", "delivery"), FRESH, library=library)
    (merged,) = [one for one in what_if.intents if one.change == "merged"]
    assert set(merged.from_ids) == {"id-a", "id-b"}
    assert merged.intent_id in {"id-a", "id-b"}
    assert not [one for one in what_if.intents if one.change == "retired"]


def test_from_scratch_tells_what_would_fall_apart():
    both = Intent("id-both", "Both", examples=(*said("cancel"), *said("warranty")))
    what_if = mine(
        utterances("cancel", "warranty", "delivery"), FRESH, library=LibraryContent(intents=(both,))
    )
    changes = {one.change for one in what_if.intents if "id-both" in one.from_ids}
    assert "split" in changes
    assert [one.change for one in what_if.intents].count("known") <= 1


def test_ids_are_not_given_twice_from_scratch():
    what_if = mine(utterances(), FRESH, library=curated(*OLD, "address", "warranty", "invoice"))
    ids = [one.intent_id for one in what_if.intents]
    assert len(set(ids)) == len(ids)
