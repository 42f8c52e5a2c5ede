"""What goes in comes out, byte for byte as the Avro libraries write it; nothing else gets in."""

from __future__ import annotations

import io
import json
import struct
import tracemalloc
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import avro.io
import avro.schema
import fastavro
import msgspec
import pytest
from avro.schemanormalization import Fingerprint, ToParsingCanonicalForm
from hypothesis import given, settings, strategies as st

from schemas import catalogue, codec
from schemas.errors import InvalidRecordError, UndecodableError, UnknownContractError
from schemas.records.assist import Candidate, NothingFound, RecommendationIssued
from schemas.records.control import RecordQuarantined, ReferenceArtefact, Tick
from schemas.records.conversation import TurnSaid
from tests.contracts.strategies import CONTRACTS, NAMES, attempt, records

TURN = TurnSaid(
    tenant="demo",
    occurred_at_ms=1_760_000_000_000,
    conversation_id="c1",
    turn_id="t1",
    author="customer",
    text="My router is offline",
)
QUARANTINED = RecordQuarantined(
    tenant="",
    occurred_at_ms=0,
    log="conversation.turns.v1",
    partition=987_654,
    offset=1,
    quarantine_id="q",
    processor="p",
    code="undecodable",
    because="b",
    headers={},
)
ISSUED = RecommendationIssued(
    tenant="demo", occurred_at_ms=0, conversation_id="c", recommendation_id="r", kind="k",
    item_id="i", title="title", score=0.5, is_highly_relevant=True, key_phrases=(), reason="r",
    card="{}", trigger_turn_id="t", reference_digest="d", index_version="v", candidates=(),
)  # fmt: skip
CANDIDATE = Candidate(item_id="a", title="A", score=0.5, key_phrases=("x", "y"), verdict="shown")
AVRO = {c.name: avro.schema.parse(json.dumps(c.definition)) for c in CONTRACTS}
PARSED = {c.name: fastavro.parse_schema(c.definition) for c in CONTRACTS}


def as_dict(record: Any) -> dict[str, Any]:
    """Return the record as the plain values the Avro libraries take."""
    found: dict[str, Any] = with_lists(msgspec.to_builtins(record, builtin_types=(bytes,)))
    return found


def with_lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: with_lists(inner) for name, inner in value.items()}
    return [with_lists(inner) for inner in value] if isinstance(value, tuple) else value


def read_by_avro_python3(name: str, body: bytes) -> dict[str, Any]:
    stream = io.BytesIO(body)
    found: dict[str, Any] = avro.io.DatumReader(AVRO[name]).read(avro.io.BinaryDecoder(stream))
    assert not stream.read()
    return found


def written_by_avro_python3(name: str, datum: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    avro.io.DatumWriter(AVRO[name]).write(datum, avro.io.BinaryEncoder(out))
    return out.getvalue()


def written_by_fastavro(name: str, datum: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, PARSED[name], datum)
    return out.getvalue()


@pytest.mark.parametrize("contract", CONTRACTS, ids=NAMES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_record_has_the_bytes_both_avro_libraries_give_and_all_three_read_it_back(contract, data):
    record = data.draw(records(contract))
    value = codec.encode(record)
    head, body = value[:10], value[10:]
    assert head == b"\xc3\x01" + contract.fingerprint
    assert body == written_by_avro_python3(contract.name, as_dict(record))
    assert body == written_by_fastavro(contract.name, as_dict(record))
    assert codec.decode(value) == record
    assert read_by_avro_python3(contract.name, body) == as_dict(record)


@pytest.mark.parametrize("contract", CONTRACTS, ids=NAMES)
def test_the_fingerprint_is_the_one_both_avro_libraries_compute(contract):
    canonical = ToParsingCanonicalForm(AVRO[contract.name])
    assert contract.fingerprint == Fingerprint(canonical, "CRC-64-AVRO")
    theirs = fastavro.schema.to_parsing_canonical_form(contract.definition)
    assert contract.fingerprint.hex() == fastavro.schema.fingerprint(theirs, "CRC-64-AVRO")
    assert contract.fingerprint == contract.record.FINGERPRINT


@settings(max_examples=300, deadline=None)
@given(value=st.binary(max_size=200))
def test_arbitrary_bytes_are_undecodable_and_nothing_else_is_raised(value):
    with pytest.raises(UndecodableError) as refused:
        codec.decode(value)
    assert refused.value.code in {"undecodable", "unknown_schema"}


@pytest.mark.parametrize("contract", CONTRACTS, ids=NAMES)
@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=200))
def test_an_arbitrary_body_is_a_record_that_encodes_again_or_is_undecodable(contract, body):
    found = attempt(codec.decode, b"\xc3\x01" + contract.fingerprint + body)
    if isinstance(found, UndecodableError):
        assert (found.code, found.record) == ("undecodable", contract.name)
        assert found.because
    else:
        assert repr(codec.decode(codec.encode(found))) == repr(found)  # NaN is not itself


@pytest.mark.parametrize("contract", CONTRACTS, ids=NAMES)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_damaged_value_is_another_record_or_undecodable(contract, data):
    value = bytearray(codec.encode(data.draw(records(contract))))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(10, len(value) - 1))
        value[at] = data.draw(st.integers(0, 255))
    found = attempt(codec.decode, bytes(value))
    assert isinstance(found, contract.record) or found.code == "undecodable"


@pytest.mark.parametrize("contract", CONTRACTS, ids=NAMES)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_a_value_cut_anywhere_is_undecodable_and_so_is_one_with_more_behind_it(contract, data):
    value = codec.encode(data.draw(records(contract)))
    for end in range(len(value)):
        with pytest.raises(UndecodableError) as refused:
            codec.decode(value[:end])
        assert refused.value.code == "undecodable"
    with pytest.raises(UndecodableError, match="1 bytes too many after the record"):
        codec.decode(value + b"\0")


@pytest.mark.parametrize(
    ("value", "code", "sentence"),
    [
        (b"", "undecodable", "starts with nothing"),
        (b"{}", "undecodable", "starts with 7b 7d"),
        (b"\xc3\x01\x00", "undecodable", "3 bytes are too few"),
        (b"\xc3\x01abcdefgh", "unknown_schema", "6162636465666768 is no released version"),
        (codec.encode(TURN)[:-1], "undecodable", "the value ends early"),
        (codec.encode(TURN).replace(b"router", b"r\xff\xffter"), "undecodable", "not UTF-8"),
        (codec.encode(TURN).replace(b"\x08demo", b"\x07demo"), "undecodable", "negative length"),
        (None, "undecodable", "a tombstone"),
    ],
)
def test_bad_input_is_refused_with_a_code_and_a_sentence(value, code, sentence):
    with pytest.raises(UndecodableError, match=sentence) as refused:
        codec.decode(value)
    assert refused.value.code == code


def test_the_sentence_names_the_field_where_the_value_goes_wrong():
    value = codec.encode(TURN).replace(b"router", b"r\xff\xffter")
    with pytest.raises(UndecodableError, match="TurnSaid: at field text: text that is not UTF-8"):
        codec.decode(value)


def test_a_symbol_a_branch_or_a_boolean_outside_of_the_contract_is_undecodable():
    at = codec.encode(TURN).index(b"\x04t1") + 3
    for wrong in (b"\x08", b"\x01", b"\x80\x01", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"):
        value = codec.encode(TURN)
        with pytest.raises(UndecodableError, match="field author"):
            codec.decode(value[:at] + wrong + value[at + 1 :])
    value = codec.encode(TURN)
    for wrong in (b"\x04", b"\x01", b"\x03", b"\x05", b"\x7f", b"\xff\x01"):
        with pytest.raises(UndecodableError, match="reply_to: a number that no branch"):
            codec.decode(value[:-4] + wrong + value[-3:])


def test_numbers_written_in_more_bytes_than_needed_are_read_all_the_same():
    value = codec.encode(TURN)
    assert codec.decode(value.replace(b"\x08demo", b"\x88\x80\x00demo")) == TURN
    at = value.index(b"\x04t1") + 3  # the symbol "customer", number 0, as two bytes
    assert codec.decode(value[:at] + b"\x80\x00" + value[at + 1 :]) == TURN


def test_a_number_that_does_not_fit_its_type_is_undecodable():
    value = codec.encode(QUARANTINED)
    before, after = value.split(_zigzag(QUARANTINED.partition))
    for number in (1 << 31, -(1 << 31) - 1):
        with pytest.raises(UndecodableError, match="field partition: Expected `int`"):
            codec.decode(before + _zigzag(number) + after)


def test_a_long_may_use_all_of_its_64_bits_and_loses_what_is_written_beyond_them():
    value = codec.encode(TURN)
    at = value.index(_zigzag(TURN.occurred_at_ms))
    head, rest = value[:at], value[at + 6 :]
    largest = codec.decode(head + b"\xfe" + b"\xff" * 8 + b"\x01" + rest)
    assert largest.occurred_at_ms == (1 << 63) - 1
    beyond = codec.decode(head + b"\xff" * 9 + b"\x03" + rest)  # bit 64 as well
    assert beyond.occurred_at_ms == -(1 << 63)
    assert codec.decode(codec.encode(beyond)) == beyond


@pytest.mark.parametrize("length", [1 << 40, (1 << 63) - 1, -1, -(1 << 62), -(1 << 63)])
def test_an_absurd_length_or_count_costs_no_memory(length):
    texts = codec.encode(TURN).replace(b"\x08demo", _zigzag(length) + b"demo")
    items = codec.encode(QUARANTINED)[:-1] + _zigzag(length) + b"\x02a"
    for value in (texts, items):
        tracemalloc.start()
        try:
            with pytest.raises(UndecodableError):
                codec.decode(value)
            assert tracemalloc.get_traced_memory()[1] < 1_000_000
        finally:
            tracemalloc.stop()


def test_a_length_beyond_the_value_is_told_with_what_is_left():
    text = "x" * 200
    value = codec.encode(msgspec.structs.replace(TURN, text=text))
    at = value.index(_zigzag(200) + text.encode())
    left = len(value) - at - 2
    with pytest.raises(UndecodableError, match=f"text: a length of 5000 with {left} bytes left"):
        codec.decode(value[:at] + _zigzag(5000) + value[at + 2 :])


def test_a_boolean_is_0_or_1_and_nothing_else():
    value = codec.encode(ISSUED)
    at = value.index(struct.pack("<d", 0.5)) + 8
    assert value[at] == 1
    assert codec.decode(value[:at] + b"\0" + value[at + 1 :]).is_highly_relevant is False
    with pytest.raises(UndecodableError, match="is_highly_relevant: a byte other than 0 and 1"):
        codec.decode(value[:at] + b"\2" + value[at + 1 :])


def test_arrays_in_several_blocks_and_in_blocks_that_say_their_size_are_read():
    one = CANDIDATE
    found = NothingFound(
        tenant="demo", occurred_at_ms=0, conversation_id="c", kind="k", reason="r",
        trigger_turn_id="t", candidates=(one, one),
    )  # fmt: skip
    none = codec.encode(msgspec.structs.replace(found, candidates=()))[:-1]
    item = codec.encode(msgspec.structs.replace(found, candidates=(one,)))[len(none) + 1 : -1]
    assert codec.encode(found) == none + b"\x04" + item + item + b"\0"
    assert codec.decode(none + b"\x02" + item + b"\x02" + item + b"\0") == found
    sized = none + _zigzag(-1) + _zigzag(len(item)) + item
    assert codec.decode(sized + b"\x02" + item + b"\0") == found


def _zigzag(number: int) -> bytes:
    out = io.BytesIO()
    avro.io.BinaryEncoder(out).write_long(number)
    return out.getvalue()


def test_a_count_larger_than_the_value_is_refused():
    value = codec.encode(QUARANTINED)[:-1]
    for count in (1 << 62, -(1 << 62), 3):
        with pytest.raises(UndecodableError, match="at field headers"):
            codec.decode(value + _zigzag(count) + b"\0\0")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": 5}, "text"),
        ({"text": None}, "text"),
        ({"text": "\ud800"}, "text"),
        ({"occurred_at_ms": "now"}, "occurred_at_ms"),
        ({"occurred_at_ms": 1.5}, "occurred_at_ms"),
        ({"occurred_at_ms": 1.0}, "occurred_at_ms"),
        ({"occurred_at_ms": True}, "occurred_at_ms"),
        ({"occurred_at_ms": None}, "occurred_at_ms"),
        ({"occurred_at_ms": 1 << 63}, "occurred_at_ms"),
        ({"text": datetime(2026, 1, 1, tzinfo=UTC)}, "text"),
        ({"locale": ("string", "en")}, "locale"),
        ({"author": "agent"}, "author"),
        ({"author": ["customer"]}, "author"),
        ({"locale": b"en"}, "locale"),
    ],
)
def test_a_value_of_the_wrong_type_is_not_written_and_the_field_is_named(change, field):
    with pytest.raises(InvalidRecordError) as refused:
        codec.encode(msgspec.structs.replace(TURN, **change))
    assert (refused.value.record, refused.value.field) == (TurnSaid.FULL_NAME, field)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"score": "0.5"}, "score"),
        ({"score": True}, "score"),
        ({"is_highly_relevant": 1}, "is_highly_relevant"),
        ({"key_phrases": ("a", 5)}, "key_phrases[1]"),
        ({"key_phrases": "router"}, "key_phrases"),
        ({"title": Decimal(1)}, "title"),
        ({"candidates": ({"item_id": "a"},)}, "candidates[0]"),
        ({"candidates": (msgspec.structs.replace(CANDIDATE, score=None),)}, "candidates[0].score"),
    ],
)
def test_a_value_of_the_wrong_type_deep_in_a_record_is_named_too(change, field):
    with pytest.raises(InvalidRecordError) as refused:
        codec.encode(msgspec.structs.replace(ISSUED, **change))
    assert refused.value.field == field


@pytest.mark.parametrize("number", [1 << 31, -(1 << 31) - 1, True, 1.0])
def test_what_is_no_32_bit_number_is_not_written_as_one(number):
    with pytest.raises(InvalidRecordError) as refused:
        codec.encode(msgspec.structs.replace(QUARANTINED, partition=number))
    assert refused.value.field == "partition"


def test_content_that_is_no_bytes_is_not_written():
    artefact = ReferenceArtefact(
        tenant="t", occurred_at_ms=0, reference="r", digest="d", content=b""
    )
    artefact = msgspec.structs.replace(artefact, content="text")
    with pytest.raises(InvalidRecordError, match="content: must be bytes, not 'text'"):
        codec.encode(artefact)


def test_what_is_no_record_is_not_written():
    with pytest.raises(UnknownContractError, match=r"record class builtins\.dict"):
        codec.encode({})  # type: ignore[arg-type]  # the point of the test


def test_the_key_is_filled_from_the_contract_and_absent_for_a_whole_partition():
    assert catalogue.key_of(TURN) == b"demo:c1"
    assert catalogue.key_of(Tick(tenant="", occurred_at_ms=0)) is None
    percent = msgspec.structs.replace(TURN, conversation_id="50%s ü")
    assert catalogue.key_of(percent) == "demo:50%s ü".encode()


def test_a_contract_is_found_by_name_by_fingerprint_by_class_and_by_record():
    contract = catalogue.by_name("cuestream.conversation.TurnSaid")
    assert contract is catalogue.by_fingerprint(contract.fingerprint)
    assert contract is catalogue.of(TurnSaid)
    assert contract is catalogue.of(TURN)
    assert (contract.record, contract.kind) == (TurnSaid, "observation")
    with pytest.raises(UnknownContractError, match="is named 'TurnSaid'; known are cuestream"):
        catalogue.by_name("TurnSaid")
    with pytest.raises(UnknownContractError, match="fingerprint 6162 today"):
        catalogue.by_fingerprint(b"ab")
