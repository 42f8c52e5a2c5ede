import importlib

import msgspec
import pytest
from hypothesis import given, strategies as st
from kafka.record import default_records, util

from schemas import catalogue
from schemas.errors import InvalidRecordError
from streams.client import Unreadable
from streams.client.bounds import require_bounds
from streams.client.checksum import use_fast_checksum
from streams.client.connection import host_and_port
from streams.client.lines import TEXT_MAX, clipped, line_of, line_of_record
from tests.contracts.strategies import CONTRACTS, records
from tests.support.records import turn

any_record = st.sampled_from(CONTRACTS).flatmap(records)


@given(any_record)
def test_every_record_has_a_line_that_cannot_move_a_cursor(record: msgspec.Struct):
    line = line_of_record(record)
    assert line.kind
    assert line.plain().isprintable()


def test_a_turn_reads_like_a_turn():
    assert line_of_record(turn(conversation_id="lamp-7f3c")).plain() == (
        'turn    lamp-7f3c        customer       "my lamp is broken"'
    )


def test_what_cannot_be_read_says_where_it_stands():
    item = Unreadable("undecodable", "it starts with 67 61", "t.v1", 2, 17, None, b"garbage", ())
    assert line_of(item).plain() == ("unread  -                t.v1[2]@17: it starts with 67 61")


@given(st.text(max_size=400))
def test_text_is_shown_on_one_line_without_control_characters(text: str):
    shown = clipped(text)
    assert len(shown) <= TEXT_MAX
    assert shown.isprintable()


@given(any_record)
def test_the_fast_look_at_bounds_agrees_with_the_contract(record: msgspec.Struct):
    def refused(check) -> bool:
        try:
            check(record)
        except InvalidRecordError:
            return True
        return False

    assert refused(require_bounds) == refused(catalogue.check)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tenant", "No Slug"),
        ("tenant", ""),
        ("tenant", "a" * 64),
        ("occurred_at_ms", -1),
        ("conversation_id", "c" * 257),
        ("ownership_epoch", -1),
        ("occurred_at_ms", "soon"),
    ],
)
def test_a_turn_out_of_its_bounds_is_refused_by_name(field: str, value: object):
    with pytest.raises(InvalidRecordError, match=field):
        require_bounds(turn(**{field: value}))


@given(st.binary(max_size=300))
def test_the_checksum_in_c_is_kafkas_checksum(data: bytes):
    assert use_fast_checksum()
    assert default_records.calc_crc32c(data) == util.crc32c_py(data)
    assert default_records.calc_crc32c(memoryview(data)) == util.crc32c_py(data)


@pytest.mark.parametrize(
    ("server", "parts"),
    [
        ("127.0.0.1:19092", ("127.0.0.1", 19092)),
        ("kafka", ("kafka", 9092)),
        ("[::1]:9093", ("::1", 9093)),
        ("::1", ("::1", 9092)),
        ("b-1.example.com:9096", ("b-1.example.com", 9096)),
    ],
)
def test_addresses_are_understood_in_their_usual_forms(server: str, parts: tuple[str, int]):
    assert host_and_port(server) == parts


def test_the_sdk_offers_what_it_says():
    sdk = importlib.import_module("streams.client")
    assert sorted(sdk.__all__) == sdk.__all__
    assert all(hasattr(sdk, name) for name in sdk.__all__)
