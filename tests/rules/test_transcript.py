"""The messages of a hand-off: the transcript inside or beside its event, and the status."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from processors.handoff import transcript
from processors.handoff.transcript import (
    Reference,
    initiate,
    is_initiation,
    is_status,
    status,
    transcript_of,
)
from processors.handoff.voice import MESSAGE_BYTES_MAX
from processors.views.conversation import TurnView

NINE_MS = 1_767_258_000_000
ABOUT = Reference(
    conversation_id="inner-1",
    channel_id="webchat",
    service_url="https://chat.example.org/",
    activity_id="a-9",
    bot_id="shop-bot",
    customer_id="mia",
    customer_name="Mia",
    locale="en-US",
)


def turn(number: int, text: str = "hello", **fields: Any) -> TurnView:
    known: dict[str, Any] = {
        "number": number,
        "turn_id": f"t-{number}",
        "author": "customer",
        "author_id": None,
        "author_name": None,
        "text": text,
        "text_format": "plain",
        "visibility": "public",
        "occurred_at_ms": NINE_MS + number,
        "recorded_at_ms": NINE_MS + number,
        "source": "",
    }
    given = {**known, **fields}
    return TurnView(**{name: given[name] for name in TurnView.__struct_fields__ if name in given})


def event(turns: list[TurnView], **fields: Any) -> transcript.Initiation:
    return initiate(event_id="e-1", at_ms=NINE_MS, about=ABOUT, turns=turns, **fields)


@pytest.mark.rule("TR-27", "TR-31")
def test_the_event_names_itself_its_conversation_its_value_and_where_it_comes_from():
    activity = event([], value={"va_Topics": ["Refund"], "amount": 129}).activity
    assert activity["type"] == "event"
    assert activity["name"] == "handoff.initiate"
    assert activity["conversation"] == {"id": "inner-1"}
    assert activity["value"] == {"va_Topics": ["Refund"], "amount": 129}
    assert activity["id"] == "e-1"
    assert activity["timestamp"] == "2026-01-01T09:00:00.000Z"
    assert activity["replyToId"] == "a-9"
    assert activity["serviceUrl"] == "https://chat.example.org/"
    assert activity["channelId"] == "webchat"
    related = activity["relatesTo"]
    assert (related["activityId"], related["conversation"]) == ("a-9", {"id": "inner-1"})
    assert (related["bot"]["id"], related["user"]["id"]) == ("shop-bot", "mia")


@pytest.mark.rule("TR-06", "TR-28")
def test_the_whole_transcript_travels_inside_as_a_list_of_activities():
    turns = [
        turn(1, "my lamp is broken", author_id="mia", author_name="Mia"),
        turn(2, "**sorry**", author="bot", author_id="shop-bot", text_format="markdown"),
        turn(3, "note", author="representative", visibility="private"),
    ]
    made = event(turns, value={"order": "7", "amount": 129})
    assert made.activity["value"] == {"order": "7", "amount": 129}
    ((attachment),) = made.activity["attachments"]
    assert (attachment["name"], attachment["contentType"]) == ("Transcript", "application/json")
    assert made.stored is None
    said = attachment["content"]
    assert [one["id"] for one in said] == ["t-1", "t-2", "t-3"]
    assert [one["text"] for one in said] == ["my lamp is broken", "**sorry**", "note"]
    assert [one["from"]["role"] for one in said] == ["user", "bot", "bot"]
    assert [one["channelData"]["author"] for one in said] == ["customer", "bot", "representative"]
    assert said[1]["textFormat"] == "markdown"
    assert said[2]["channelData"]["tags"] == "private"


@pytest.mark.rule("TR-28", "HO-40")
def test_a_transcript_that_would_make_the_event_larger_than_a_message_is_stored_whole():
    turns = [turn(number, "x" * 100) for number in range(1, 200)]
    made = event(turns, content_url="https://files.example.org/t.json")
    ((attachment),) = made.activity["attachments"]
    assert attachment["contentUrl"] == "https://files.example.org/t.json"
    assert "content" not in attachment
    assert len(msgspec.json.encode(made.activity)) <= MESSAGE_BYTES_MAX
    assert made.stored is not None
    assert [one["text"] for one in msgspec.json.decode(made.stored)] == ["x" * 100] * 199
    assert not made.is_too_large


def test_the_limit_counts_the_whole_event_to_the_byte():
    empty = len(msgspec.json.encode(event([turn(1, "")]).activity))
    room = MESSAGE_BYTES_MAX - empty
    assert event([turn(1, "x" * room)]).stored is None
    with pytest.raises(ValueError, match="content_url"):
        event([turn(1, "x" * (room + 1))])


def test_an_event_whose_variables_alone_do_not_fit_says_so():
    value = {f"v{number}": "x" * 4_000 for number in range(10)}
    assert event([], value=value, content_url="u").is_too_large


def test_a_stored_transcript_has_a_key_of_its_tenant_that_follows_from_what_it_is():
    key = transcript.transcript_key("demo", "c-1/1", b"[]")
    assert key == transcript.transcript_key("demo", "c-1/1", b"[]")
    assert key.startswith("transcripts/demo/")
    others = {
        transcript.transcript_key(*about)
        for about in (("acme", "c-1/1", b"[]"), ("demo", "c-1/2", b"[]"), ("demo", "c-1/1", b"[1]"))
    }
    assert key not in others
    assert len(others) == 3


@pytest.mark.rule("TR-28")
def test_a_transcript_is_found_inside_or_by_its_address_and_unknown_attachments_are_passed_over():
    image = {"contentType": "image/png", "name": "lamp.png", "contentUrl": "https://x/y"}
    inside = {
        "contentType": "application/json",
        "name": "Transcript",
        "content": [{"text": "a"}, 7],
    }
    wrapped = {
        "contentType": "application/json",
        "name": "Transcript",
        "content": {"activities": [{"text": "b"}]},
    }
    beside = {
        "contentType": "application/json; charset=utf-8",
        "name": "Transcript",
        "contentUrl": "https://x/t",
    }
    assert transcript_of([image, inside]).activities == ({"text": "a"},)
    assert transcript_of([wrapped]).activities == ({"text": "b"},)
    found = transcript_of(["?", image, beside])
    assert (found.url, found.activities) == ("https://x/t", None)
    assert found.ignored == ("str", "lamp.png")
    assert transcript_of(None) == transcript.Found()


def test_what_goes_out_is_read_back_the_same():
    turns = [turn(1, "hello"), turn(2, "yes", author="bot")]
    made = event(turns, value={"a": 1})
    assert is_initiation(made.activity)
    found = transcript_of(made.activity["attachments"])
    assert found.activities == tuple(transcript.activities(turns, ABOUT))


@pytest.mark.rule("TR-27", "TR-31")
@pytest.mark.parametrize(
    ("activity", "is_one"),
    [
        ({"type": "event", "name": "handoff.initiate"}, True),
        ({"type": "handoff", "name": "handoff.initiate"}, True),
        ({"type": "handoff"}, True),
        ({"type": "handoff", "name": "handoff.status"}, False),
        ({"type": "event"}, False),
        ({"type": "event", "name": "other"}, False),
        ({"type": "message", "name": "handoff.initiate"}, False),
        ({}, False),
    ],
)
def test_an_event_of_that_name_and_the_newer_type_are_both_taken_for_a_hand_off(
    activity: dict[str, Any], is_one: bool
):
    assert is_initiation(activity) is is_one


@pytest.mark.rule("TR-29")
@pytest.mark.parametrize("state", transcript.STATES)
def test_a_status_names_its_conversation_and_one_of_three_states(state: transcript.State):
    told = status(event_id="s-1", at_ms=NINE_MS, about=ABOUT, state=state, message="nobody there")
    assert (told["type"], told["name"]) == ("event", "handoff.status")
    assert told["conversation"] == {"id": "inner-1"}
    assert told["value"] == {"state": state, "message": "nobody there"}
    assert is_status(told)
    silent = status(event_id="s-1", at_ms=NINE_MS, about=ABOUT, state=state)
    assert silent["value"] == {"state": state}
    assert transcript.STATES == ("accepted", "failed", "completed")
