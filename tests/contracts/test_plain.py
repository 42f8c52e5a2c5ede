"""Plain JSON becomes a record only if every field has its type and keeps its bounds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from schemas import catalogue, codec
from schemas.errors import InvalidRecordError, UnknownContractError
from schemas.records.assist import Candidate, NothingFound
from schemas.records.control import ReferenceArtefact
from schemas.records.conversation import TurnSaid
from tests.contracts.strategies import CONTRACTS, NAMES, attempt, records

TURN: dict[str, Any] = {
    "tenant": "demo",
    "occurred_at_ms": 1,
    "conversation_id": "c1",
    "turn_id": "t1",
    "author": "customer",
    "text": "hello",
}
CANDIDATE: dict[str, Any] = {
    "item_id": "a",
    "title": "A",
    "score": 1,
    "key_phrases": ["x"],
    "verdict": "shown",
}
NOTHING: dict[str, Any] = {
    "tenant": "demo",
    "occurred_at_ms": 1,
    "conversation_id": "c1",
    "kind": "knowledge_article",
    "reason": "r",
    "trigger_turn_id": "t1",
    "candidates": [CANDIDATE],
}
ARTEFACT: dict[str, Any] = {
    "tenant": "demo",
    "occurred_at_ms": 1,
    "reference": "assist.articles",
    "digest": "0" * 64,
    "content": "e30=",
}


@pytest.mark.parametrize("contract", CONTRACTS, ids=NAMES)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_record_goes_to_json_text_and_back(contract, data):
    record = data.draw(records(contract, valid=True))
    text = json.dumps(catalogue.to_json(record))
    assert catalogue.from_json(contract.name, json.loads(text)) == record
    catalogue.check(record)


@pytest.mark.parametrize("contract", CONTRACTS, ids=NAMES)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_whatever_passes_the_check_can_be_encoded(contract, data):
    record = data.draw(records(contract))
    refused = attempt(catalogue.check, record)
    if refused is None:
        assert codec.decode(codec.encode(record)) == record
    else:
        assert refused.record == contract.name
        assert refused.field


def test_fields_with_a_default_may_be_left_out():
    found = catalogue.from_json(TurnSaid.FULL_NAME, TURN)
    assert found == TurnSaid(**TURN)
    assert (found.visibility, found.recorded_at_ms, found.locale) == ("public", 0, None)


def test_nested_records_lists_and_bytes_are_built():
    found = catalogue.from_json(NothingFound.FULL_NAME, NOTHING)
    given_one = Candidate(item_id="a", title="A", score=1.0, key_phrases=("x",), verdict="shown")
    assert found.candidates == (given_one,)
    assert isinstance(found.candidates[0].score, float)
    assert catalogue.from_json(ReferenceArtefact.FULL_NAME, ARTEFACT).content == b"{}"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
)


@settings(max_examples=200, deadline=None)
@given(data=JSON, name=st.sampled_from(sorted(NOTHING)), other=JSON)
def test_any_other_json_is_refused_with_a_sentence_that_names_a_field(data, name, other):
    for given_one in (data, NOTHING | {name: other}, NOTHING | {str(other): data}):
        found = attempt(catalogue.from_json, NothingFound.FULL_NAME, given_one)
        if isinstance(found, NothingFound):
            catalogue.check(found)
        else:
            assert (type(found), found.record) == (InvalidRecordError, NothingFound.FULL_NAME)
            assert found.because
            str(found).encode()  # no half characters of the input reach an answer


@pytest.mark.parametrize(
    ("change", "field", "because"),
    [
        ({"text": None}, "text", "must be text, not null"),
        ({"text": 5}, "text", "must be text, not 5"),
        ({"text": "\ud800x"}, "text", "half a surrogate pair at character 0"),
        ({"txt": "x"}, "txt", "the contract has no such field; did you mean text?"),
        ({"author": "agent"}, "author", "customer, representative, bot, system, not 'agent'"),
        ({"author": None}, "author", "not null"),
        ({"author": ["customer"]}, "author", "not a list"),
        ({"visibility": None}, "visibility", "must be one of public, private, not null"),
        ({"occurred_at_ms": "1"}, "occurred_at_ms", "must be a whole number, not '1'"),
        ({"occurred_at_ms": True}, "occurred_at_ms", "must be a whole number, not true"),
        ({"occurred_at_ms": 1.0}, "occurred_at_ms", "must be a whole number, not 1.0"),
        ({"occurred_at_ms": -1}, "occurred_at_ms", "must be at least 0 ms, not -1"),
        ({"occurred_at_ms": 1 << 63}, "occurred_at_ms", "must lie between -9223372036854775808"),
        ({"tenant": "Demo"}, "tenant", "lower-case letters, digits and hyphens"),
        ({"tenant": "a:b"}, "tenant", "lower-case letters, digits and hyphens"),
        ({"tenant": "a" * 64}, "tenant", "must have at most 63 characters, not 64"),
        ({"conversation_id": ""}, "conversation_id", "must have at least 1 characters"),
        ({"conversation_id": "a\0b"}, "conversation_id", "must have no control characters"),
        ({"locale": 7}, "locale", "must be text, not 7"),
    ],
)
def test_a_wrong_field_is_named_and_the_sentence_says_what_it_must_be(change, field, because):
    with pytest.raises(InvalidRecordError) as refused:
        catalogue.from_json(TurnSaid.FULL_NAME, TURN | change)
    assert refused.value.field == field
    assert because in refused.value.because


@pytest.mark.parametrize("name", sorted(TURN))
def test_a_missing_field_is_named(name):
    left = {key: value for key, value in TURN.items() if key != name}
    with pytest.raises(InvalidRecordError) as refused:
        catalogue.from_json(TurnSaid.FULL_NAME, left)
    assert (refused.value.field, refused.value.because) == (name, "is missing")


@pytest.mark.parametrize(
    ("change", "field", "because"),
    [
        ({"score": 1.01}, "candidates[0].score", "must be at most 1 ratio, not 1.01"),
        ({"score": float("nan")}, "candidates[0].score", "must be finite, not nan"),
        ({"score": 10**400}, "candidates[0].score", "must be finite"),
        ({"score": "1"}, "candidates[0].score", "must be a number, not '1'"),
        ({"key_phrases": "x"}, "candidates[0].key_phrases", "must be a list, not 'x'"),
        ({"key_phrases": [1]}, "candidates[0].key_phrases[0]", "must be text, not 1"),
        ({"extra": 1}, "candidates[0].extra", "no such field"),
    ],
)
def test_a_wrong_field_inside_a_list_is_named_by_its_path(change, field, because):
    with pytest.raises(InvalidRecordError) as refused:
        catalogue.from_json(NothingFound.FULL_NAME, NOTHING | {"candidates": [CANDIDATE | change]})
    assert refused.value.field == field
    assert because in refused.value.because


@pytest.mark.parametrize("content", ["not base64!", "e30", 5, None])
def test_bytes_are_base64_and_nothing_else(content):
    with pytest.raises(InvalidRecordError, match="content: must be base64 text"):
        catalogue.from_json(ReferenceArtefact.FULL_NAME, ARTEFACT | {"content": content})


@pytest.mark.parametrize("data", [None, [], "text", 5])
def test_what_is_no_object_is_no_record(data):
    with pytest.raises(InvalidRecordError, match="must be an object") as refused:
        catalogue.from_json(TurnSaid.FULL_NAME, data)
    assert refused.value.field == ""


def test_a_name_no_contract_has_is_refused_with_the_names_there_are():
    with pytest.raises(UnknownContractError, match=r"known are .*TurnSaid"):
        catalogue.from_json("cuestream.conversation.TurnSayed", TURN)


def test_a_record_that_breaks_its_bounds_is_found_by_the_check():
    with pytest.raises(InvalidRecordError, match="occurred_at_ms: must be at least 0 ms, not -5"):
        catalogue.check(TurnSaid(**TURN | {"occurred_at_ms": -5}))
    found = NothingFound(**NOTHING | {"candidates": (Candidate(**CANDIDATE),)})
    with pytest.raises(InvalidRecordError, match="key_phrases: must be tuple, not a list"):
        catalogue.check(found)
