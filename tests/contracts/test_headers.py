"""The headers are CloudEvents 1.0 in binary mode, as the official SDK reads and writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent as TheirEvent
from hypothesis import given, strategies as st

from schemas import codec
from schemas.errors import InvalidRecordError, UndecodableError
from schemas.records.control import Tick
from schemas.records.conversation import TurnSaid
from schemas.units import LATEST_MS, from_rfc3339, to_rfc3339
from tests.contracts.strategies import attempt

AT_MS = 1_760_000_000_007
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TURN = TurnSaid(
    tenant="demo",
    occurred_at_ms=AT_MS,
    conversation_id="c1",
    turn_id="t1",
    author="customer",
    text="hello",
)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)


class AsItIs(JSONFormat):
    """The SDK's seam for formats: our values are Avro already."""

    def write_data(self, data, datacontenttype):
        return data

    def read_data(self, body, datacontenttype):
        return body


def test_the_official_sdk_reads_our_headers():
    headers = codec.headers(
        TURN,
        id="conversation.turns.v1/3/17#0",
        source="/conversation.turns.v1/3",
        extra=[("ce_sequence", b"285212672"), ("ce_processor", b"conversation/1")],
    )
    value = codec.encode(TURN)
    event = from_binary(KafkaMessage(headers=dict(headers), key=None, value=value), AsItIs())
    assert event.get_attributes() == {
        "specversion": "1.0",
        "id": "conversation.turns.v1/3/17#0",
        "source": "/conversation.turns.v1/3",
        "type": "cuestream.conversation.TurnSaid",
        "subject": "demo:c1",
        "time": EPOCH + timedelta(milliseconds=AT_MS),
        "datacontenttype": "application/avro",
        "sequence": "285212672",
        "processor": "conversation/1",
    }
    assert event.get_data() == value


TIMES = st.timedeltas(timedelta(0), timedelta(days=2_932_896)).map(lambda since: EPOCH + since)


@given(id_=TEXT, source=TEXT, subject=st.none() | TEXT, at=TIMES)
def test_we_read_the_headers_the_official_sdk_writes(id_, source, subject, at):
    attributes = {
        "id": id_, "source": source, "type": "x.Y", "specversion": "1.0",
        "datacontenttype": "application/avro", "sequence": "7", "tracing": "on",
        "time": at,
    }  # fmt: skip
    attributes |= {"subject": subject} if subject else {}
    message = to_binary(TheirEvent(attributes, b""), AsItIs())
    found = codec.read_headers(list(message.headers.items()))
    assert (found.id, found.source, found.type, found.subject) == (id_, source, "x.Y", subject)
    assert (found.sequence, found.extensions) == (7, {"tracing": "on"})
    assert found.time_ms == (at - EPOCH) // timedelta(milliseconds=1)


@given(id_=TEXT, source=TEXT, at_ms=st.integers(0, LATEST_MS), sequence=st.integers(0, 2**62))
def test_what_is_written_on_headers_is_read_from_them(id_, source, at_ms, sequence):
    extra = [("ce_sequence", b"%d" % sequence), ("ce_processor", b"p/1"), ("traceparent", b"00-")]
    headers = codec.headers(TURN, id=id_, source=source, time_ms=at_ms, extra=extra)
    found = codec.read_headers(headers)
    assert (found.id, found.source, found.type) == (id_, source, TurnSaid.FULL_NAME)
    assert (found.time_ms, found.sequence) == (at_ms, sequence)
    assert found.extensions == {"processor": "p/1"}
    assert codec.sequence_of(headers) == (source, sequence)


def test_the_subject_is_the_key_unless_given_and_left_out_without_one():
    given_one = codec.headers(TURN, id="1", source="/s", subject="other")
    assert codec.read_headers(given_one).subject == "other"
    tick = codec.headers(Tick(tenant="", occurred_at_ms=0), id="1", source="/s")
    assert codec.read_headers(tick).subject is None
    assert codec.sequence_of(tick) is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"ce_id": None}, "header ce_id: missing or empty"),
        ({"ce_source": b""}, "header ce_source: missing or empty"),
        ({"ce_type": None}, "header ce_type: missing"),
        ({"ce_specversion": None}, "header ce_specversion: missing"),
        ({"ce_specversion": b"0.3"}, "header ce_specversion: '0.3'; this reader knows 1.0"),
        ({"ce_id": b"\xff"}, "header ce_id: not UTF-8"),
        ({"ce_time": b"yesterday"}, "header ce_time: 'yesterday' is no RFC 3339 time"),
        ({"ce_time": b"2026-02-30T00:00:00.000Z"}, "header ce_time: "),
        ({"ce_sequence": b"-1"}, "header ce_sequence: '-1' is no decimal number"),
        ({"ce_sequence": "٣".encode()}, "header ce_sequence: "),
    ],
)
def test_broken_headers_are_undecodable_and_the_sentence_names_the_header(change, sentence):
    headers = dict(codec.headers(TURN, id="1", source="/s"))
    headers = {name: value for name, value in (headers | change).items() if value is not None}
    with pytest.raises(UndecodableError, match=sentence) as refused:
        codec.read_headers(list(headers.items()))
    assert refused.value.code == "undecodable"


@given(st.lists(st.tuples(st.sampled_from(["ce_specversion", "ce_id", "ce_source", "ce_type",
    "ce_time", "ce_sequence", "ce_x", "other"]), st.binary(max_size=30))))  # fmt: skip
def test_arbitrary_headers_are_read_or_undecodable_and_nothing_else_is_raised(headers):
    for read in (codec.read_headers, codec.sequence_of):
        found = attempt(read, headers)
        assert not isinstance(found, UndecodableError) or found.code == "undecodable"


def test_a_sequence_without_its_source_is_undecodable():
    with pytest.raises(UndecodableError, match="ce_source: missing"):
        codec.sequence_of([("ce_sequence", b"1")])


@pytest.mark.parametrize("at_ms", [-1, LATEST_MS + 1])
def test_a_time_without_a_four_digit_year_is_not_written(at_ms):
    with pytest.raises(InvalidRecordError, match="has no RFC 3339 form"):
        codec.headers(TURN, id="1", source="/s", time_ms=at_ms)


@given(st.integers(0, LATEST_MS))
def test_a_time_written_as_text_is_the_same_time(at_ms):
    assert from_rfc3339(to_rfc3339(at_ms)) == at_ms
    theirs = datetime.fromisoformat(to_rfc3339(at_ms))
    assert (theirs - EPOCH) // timedelta(milliseconds=1) == at_ms


@pytest.mark.parametrize(
    ("text", "at_ms"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T01:00:00.5+01:00", 500),
        ("1970-01-01t00:00:00.0019999z", 1),
        ("1969-12-31T23:00:00-01:00", 0),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000),  # a leap second is the next second
    ],
)
def test_other_forms_of_rfc_3339_are_read(text, at_ms):
    assert from_rfc3339(text) == at_ms


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-01-01",
        "2026-01-01T00:00:00",
        "2026-13-01T00:00:00Z",
        "2026-01-01T00:00:61Z",
        "2026-01-01T25:00:00.000Z",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00.٣٣٣Z",
    ],
)
def test_what_is_no_rfc_3339_time_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - datetime words some of these
        from_rfc3339(text)
