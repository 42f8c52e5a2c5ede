"""Payloads as they go out and come in, against golden files; and what each of them means."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st
from standardwebhooks.webhooks import Webhook

from processors.handoff import transcript as wire
from processors.handoff.hubs import direct_line, genesys, servicenow, signatures, skill
from processors.handoff.hubs.catalogue import HUBS, hub_of
from processors.handoff.hubs.contract import (
    Handoff,
    HubSettings,
    HubStatus,
    Inbound,
    Status,
    Transcript,
    Turn,
    option,
)
from processors.handoff.hubs.errors import HubSettingsError, UnreadableInboundError
from processors.handoff.hubs.instants import epoch_ms
from processors.handoff.hubs.speech import summary
from tests.hubs.servers import Custom

PAYLOADS = Path(__file__).parents[1] / "payloads" / "hubs"
NINE_MS = 1_767_258_000_000
OPTIONS = {
    "genesys": {"integration_id": "int-1"},
    "liveperson": {"account_id": "acc"},
}
CASES = [(kind, None) for kind in sorted(HUBS)] + [("zendesk", "switchboard")]


def handoff(**fields: Any) -> Handoff:
    known: dict[str, Any] = {
        "tenant": "demo",
        "conversation_id": "c-1",
        "request_id": "c-1/1",
        "delivery_key": "9f86d081884c7d659a2feaa0c55ad015",
        "at_ms": NINE_MS,
        "bot_id": "bot-1",
        "channel": "live_chat",
        "locale": "en-US",
        "customer_id": "mia",
        "customer_name": "Mia Kline",
        "message": "wants a refund",
        "reason": "requested_by_customer",
        "variables": {"order": 4711, "product": "lamp", "va_Scope": "bot", "weight": 1.5},
    }
    return Handoff(**(known | fields))


def turn(number: int, text: str, author: Any = "customer", **fields: Any) -> Turn:
    return Turn(
        number=number,
        turn_id=f"t-{number}",
        author=author,
        text=text,
        occurred_at_ms=NINE_MS + number,
        **fields,
    )


TALK = Transcript(
    (turn(1, "my lamp arrived broken"), turn(2, "I get you to somebody", "bot")),
    "https://cue.example/out/transcripts/demo/c-1?turns=2",
)


def settings(kind: str, mode: str | None = None) -> HubSettings:
    options = OPTIONS.get(kind, {}) | ({"mode": mode, "app_id": "app-9"} if mode else {})
    return HubSettings(kind, kind, "https://hub.example", options)  # type: ignore[arg-type]  # kinds of HUBS


def told(kind: str, mode: str | None) -> dict[str, Any]:
    """Every request a hub gets, as JSON."""
    hub, known, about = hub_of(kind), settings(kind, mode), handoff()
    later = handoff(hub_conversation_id="hub-7", message=None)
    made = {
        "initiate": hub.initiate(about, TALK, known),
        "message": hub.message(later, turn(3, "hello?"), known),
        "status": hub.status(later, Status("completed", "solved"), known),
        "end": hub.end(later, "customer_left", known),
        "health": hub.health(known),
    }
    return {
        name: None
        if one is None
        else {
            "method": one.method,
            "url": one.url,
            "headers": dict(one.headers),
            "body": json.loads(one.body) if one.body else None,
        }
        for name, one in made.items()
    }


@pytest.mark.parametrize(("kind", "mode"), CASES)
def test_a_hub_gets_what_its_golden_file_says(kind: str, mode: str | None):
    golden = PAYLOADS / kind / f"{'out' if mode is None else f'out_{mode}'}.json"
    assert told(kind, mode) == json.loads(golden.read_text())


@pytest.mark.parametrize("file", sorted(PAYLOADS.glob("*/in_*.json")), ids=lambda one: one.stem)
def test_what_a_hub_says_means_what_its_golden_file_says(file: Path):
    sample = json.loads(file.read_text())
    hub = hub_of(file.parent.name)
    found = hub.read_inbound({}, json.dumps(sample["body"]).encode(), settings(file.parent.name))
    assert msgspec.to_builtins(found) == msgspec.to_builtins(
        msgspec.convert(sample["means"], Inbound)
    )


@pytest.mark.parametrize("kind", sorted(HUBS))
def test_what_no_hub_says_is_ignored_or_unreadable_and_never_a_fault(kind: str):
    hub = hub_of(kind)
    for body in (b"{}", b'{"type":7,"events":[null,3],"body":[[]],"detail":"x"}'):
        assert not hub.read_inbound({}, body, settings(kind)).messages
    for body in (b"", b"[]", b"\xff", b"[" * 5_000):
        with pytest.raises(UnreadableInboundError):
            hub.read_inbound({}, body, settings(kind))


@pytest.mark.parametrize("kind", sorted(HUBS))
@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "type",
                        "id",
                        "text",
                        "body",
                        "changes",
                        "events",
                        "payload",
                        "message",
                        "detail",
                        "event",
                        "channel",
                        "to",
                        "conversation",
                        "name",
                        "value",
                        "activities",
                        "author",
                        "result",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_no_json_breaks_the_reading_of_a_webhook_or_of_an_answer(kind: str, body: Any):
    hub, data = hub_of(kind), json.dumps(body).encode()
    hub.read_response("initiate", 200, {}, data)
    if isinstance(body, dict):
        hub.read_inbound({}, data, settings(kind))


# Transcripts


@pytest.mark.rule("TR-27", "TR-28", "HO-40")
def test_a_transcript_that_does_not_fit_goes_by_address_and_is_never_cut():
    long = Transcript(tuple(turn(n, "word " * 100) for n in range(1, 101)), TALK.content_url)
    request = hub_of("custom").initiate(handoff(), long, settings("custom"))
    assert len(request.body) <= 28 * 1024
    (attached,) = json.loads(request.body)["attachments"]
    assert attached == {
        "name": "Transcript",
        "contentType": "application/json",
        "contentUrl": TALK.content_url,
    }


@pytest.mark.rule("TR-28")
def test_without_an_address_a_long_transcript_goes_whole():
    long = Transcript(tuple(turn(n, "word " * 100) for n in range(1, 101)))
    event = json.loads(hub_of("custom").initiate(handoff(), long, settings("custom")).body)
    assert len(event["attachments"][0]["content"]) == 100


def test_a_summary_that_does_not_fit_names_the_address_and_keeps_the_message():
    long = Transcript(tuple(turn(n, "word " * 100) for n in range(1, 101)), TALK.content_url)
    text = summary(handoff(), long)
    assert text.startswith("wants a refund\n")
    assert text.endswith(f"Transcript (100 turns): {TALK.content_url}")
    assert len(text.encode()) <= 24 * 1024


@pytest.mark.rule("HO-34")
def test_dynamics_gets_whole_numbers_and_text_and_nothing_else():
    request = hub_of("dynamics365").initiate(handoff(), TALK, settings("dynamics365"))
    context = json.loads(json.loads(request.body)["channelData"]["tags"])["context"]
    assert context["order"] == 4711
    assert context["weight"] == "1.5"
    assert {type(held) for held in context.values()} == {int, str}


@pytest.mark.rule("HO-34")
@pytest.mark.parametrize(("author", "is_bridged"), [("customer", False), ("bot", True)])
def test_dynamics_bridges_what_the_customer_is_to_see(author: str, is_bridged: bool):
    request = hub_of("dynamics365").message(
        handoff(), turn(3, "hello", author), settings("dynamics365")
    )
    data = json.loads(request.body).get("channelData", {})
    assert (data.get("deliveryMode") == "bridged") is is_bridged


@pytest.mark.rule("TR-32")
def test_the_genesys_connector_is_answered_with_slots_of_type_string():
    answer = genesys.escalation(handoff())
    assert answer["intent"] == "Escalate"
    assert {"name": "va_order", "type": "String", "value": "4711"} in answer["entities"]
    assert {"name": "va_Scope", "type": "String", "value": "bot"} in answer["entities"]
    assert {slot["type"] for slot in answer["entities"]} == {"String"}


@pytest.mark.rule("TR-33")
def test_the_genesys_event_has_the_summary_as_its_value():
    event = genesys.event(handoff(), TALK)
    assert (event["type"], event["name"]) == ("event", "GenesysHandoff")
    assert "my lamp arrived broken" in event["value"]


def test_zendesk_metadata_never_exceeds_its_limit_and_names_what_it_left_out():
    many = {f"v{n:02}": "x" * 400 for n in range(30)}
    request = hub_of("zendesk").initiate(
        handoff(variables=many), TALK, settings("zendesk", "switchboard")
    )
    metadata = json.loads(request.body)["metadata"]
    assert len(json.dumps(metadata, separators=(",", ":"))) <= 4_096
    there = {name.removeprefix("dataCapture.ticketField.") for name in metadata}
    named = set(metadata["left_out"].split(","))
    assert there & set(many)
    assert not there & named
    assert {*many, "va_AgentMessage"} <= there | named
    assert metadata["transcript_url"] == TALK.content_url


def test_a_setting_that_must_be_there_is_asked_for_by_name():
    with pytest.raises(HubSettingsError, match="OPTIONS__INTEGRATION_ID"):
        option(hub_of("genesys"), HubSettings("genesys", "genesys", "https://x"), "integration_id")


@pytest.mark.parametrize(
    ("status", "headers", "outcome", "wait_ms"),
    [
        (200, {}, "delivered", None),
        (429, {"retry-after": "7"}, "retry", 7_000),
        (503, {"retry-after": "999999"}, "retry", 3_600_000),
        (503, {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, "retry", None),
        (500, {}, "retry", None),
        (599, {}, "retry", None),
        (301, {}, "refused", None),
        (400, {}, "refused", None),
        (401, {}, "refused", None),
    ],
)
def test_a_status_means_the_same_for_every_hub(
    status: int, headers: dict[str, str], outcome: str, wait_ms: int | None
):
    for kind in ("custom", "genesys", "zendesk", "salesforce", "dynamics365", "servicenow"):
        receipt = hub_of(kind).read_response("message", status, headers, b"{}")
        assert (receipt.outcome, receipt.retry_after_ms) == (outcome, wait_ms)


# Signatures


def test_a_standard_webhook_is_the_one_of_the_specification():
    body = b'{"test": 2432232314}'
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    secrets = [b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
    assert signatures.standard_webhook(headers, body, secrets, 1_614_265_330_000)
    assert not signatures.standard_webhook(headers, body + b" ", secrets, 1_614_265_330_000)
    assert not signatures.standard_webhook(headers, body, secrets, 1_614_265_330_000 + 300_001)
    assert not signatures.standard_webhook(headers, body, secrets, 1_614_265_330_000 - 300_001)


@given(st.binary(max_size=200), st.text("abcdef0123456789", min_size=1))
def test_what_the_library_signs_ours_verifies_under_either_of_two_secrets(body: bytes, name: str):
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return
    at = datetime.fromtimestamp(NINE_MS // 1_000, UTC)
    headers = {
        "webhook-id": name,
        "webhook-timestamp": str(NINE_MS // 1_000),
        "webhook-signature": Webhook(Custom.SECRET).sign(name, at, text),
    }
    old = b"whsec_" + base64.b64encode(b"before")
    assert signatures.standard_webhook(headers, body, [Custom.SECRET.encode(), old], NINE_MS)
    assert signatures.standard_webhook(headers, body, [old, Custom.SECRET.encode()], NINE_MS)
    assert not signatures.standard_webhook(headers, body, [old], NINE_MS)


def hmac_of(secret: bytes, body: bytes, digest: Any = hashlib.sha256) -> bytes:
    return hmac.new(secret, body, digest).digest()


@pytest.mark.rule("TR-33")
def test_genesys_signs_in_base64_and_anything_else_does_not_hold():
    body, secret = b'{"text":"hi"}', b"webhook secret"
    right = base64.b64encode(hmac_of(secret, body)).decode()
    hub = hub_of("genesys")

    def holds(found: str | None) -> bool:
        headers = {} if found is None else {"x-hub-signature-256": found}
        return hub.verify_inbound(headers, body, [secret], NINE_MS)

    assert holds(f"sha256={right}")
    assert not holds(right)
    assert not holds(None)
    assert not holds("")
    assert not holds("sha256=")
    assert not holds(f"sha256={hmac_of(secret, body).hex()}")
    assert not holds(f"sha256={base64.b64encode(hmac_of(b'other', body)).decode()}")
    sha1 = base64.b64encode(hmac_of(secret, body, hashlib.sha1)).decode()
    assert not holds(f"sha1={sha1}")


def test_liveperson_may_sign_with_either_hash_in_either_encoding():
    body, secret = b"{}", b"client secret"
    hub = hub_of("liveperson")
    for name, digest in (("sha1", hashlib.sha1), ("sha256", hashlib.sha256)):
        made = hmac_of(secret, body, digest)
        for text in (base64.b64encode(made).decode(), made.hex()):
            headers = {"x-liveperson-signature": f"{name}={text}"}
            assert hub.verify_inbound(headers, body, [secret], NINE_MS)
            assert not hub.verify_inbound(headers, body + b"!", [secret], NINE_MS)


def test_zendesk_signs_timestamp_and_body_and_an_old_one_does_not_hold():
    body, secret, stamp = b'{"id":"e"}', b"signing secret", "2026-01-01T09:00:00Z"
    found = base64.b64encode(hmac_of(secret, stamp.encode() + body)).decode()
    headers = {
        "x-zendesk-webhook-signature": found,
        "x-zendesk-webhook-signature-timestamp": stamp,
    }
    hub, at_ms = hub_of("zendesk"), epoch_ms(stamp) or 0
    assert hub.verify_inbound(headers, body, [secret], at_ms + 60_000)
    assert not hub.verify_inbound(headers, body, [secret], at_ms + 300_001)
    assert not hub.verify_inbound(headers, b"{}", [secret], at_ms)
    assert hub.verify_inbound({"x-api-key": "signing secret"}, body, [secret], at_ms)
    assert not hub.verify_inbound({"x-api-key": ""}, body, [b""], at_ms)


@pytest.mark.parametrize("kind", sorted(HUBS))
def test_without_a_secret_nothing_holds(kind: str):
    headers = {
        "webhook-id": "1",
        "webhook-timestamp": str(NINE_MS // 1_000),
        "webhook-signature": "v1,",
        "x-hub-signature-256": "sha256=",
        "x-liveperson-signature": "sha1=",
        "x-api-key": "",
        "token": "",
    }
    assert not hub_of(kind).verify_inbound(headers, b"{}", [], NINE_MS)
    assert not hub_of(kind).verify_inbound({}, b"{}", [b"secret"], NINE_MS)


# Direct Line, the relay, the skill


def activity_set(*activities: Any, watermark: str = "9") -> bytes:
    return json.dumps({"activities": list(activities), "watermark": watermark}).encode()


BOT = {"type": "message", "from": {"id": "bot-1"}, "text": "hello"}
USER = {"type": "message", "from": {"id": "user1"}, "text": "hi"}
EVENT = {"type": "event", "name": "handoff.initiate", "value": {"va_Scope": "bot"}}


@pytest.mark.rule("TR-34")
def test_polling_waits_five_seconds_then_up_to_five_times_one():
    waits = [direct_line.wait_ms(looks) for looks in range(8)]
    assert waits == [5_000, 1_000, 1_000, 1_000, 1_000, 1_000, None, None]
    assert direct_line.CALL_MS_MAX == 30_000


@pytest.mark.rule("TR-34")
def test_the_newest_counts_and_a_handoff_event_sets_the_flag():
    later = direct_line.polled(200, activity_set(BOT, EVENT, USER))
    assert (later.is_handoff, later.message, later.watermark) == (True, None, "9")
    newer = direct_line.polled(200, activity_set(EVENT, {**BOT, "text": "newest"}, USER))
    assert (newer.is_handoff, newer.message, newer.has_more) == (False, "newest", True)
    nothing = direct_line.polled(200, activity_set(USER))
    assert not nothing.is_over
    assert nothing.watermark == "9"


@pytest.mark.rule("TR-34")
def test_an_http_error_ends_the_polling():
    found = direct_line.polled(502, b"{}")
    assert found.is_over
    assert found.because == "HTTP 502"


@pytest.mark.rule("TR-34")
def test_a_look_names_the_watermark_once_there_is_one():
    known = settings("salesforce")
    assert direct_line.look(known, "a/b", None).url.endswith("/conversations/a%2Fb/activities")
    assert direct_line.look(known, "c", "0").url.endswith("/activities")
    assert direct_line.look(known, "c", "12").url.endswith("/activities?watermark=12")


@pytest.mark.rule("TR-35")
def test_the_relays_answer_starts_an_escalation_with_the_message_history():
    found = servicenow.escalation(activity_set(USER, BOT, EVENT, watermark="3"))
    assert found is not None
    assert found.history == (("customer", "hi"), ("bot", "hello"))
    assert (found.context, found.watermark) == ({"va_Scope": "bot"}, "3")
    assert servicenow.escalation(activity_set(USER, BOT)) is None


@pytest.mark.rule("TR-35")
def test_the_relays_transcript_goes_before_what_it_happens_to_hold():
    made = wire.initiate(
        event_id="e",
        at_ms=NINE_MS,
        about=wire.Reference(conversation_id="c-1"),
        turns=TALK.turns,
    )
    found = servicenow.escalation(activity_set(BOT, made.activity))
    assert found is not None
    assert found.history == (
        ("customer", "my lamp arrived broken"),
        ("bot", "I get you to somebody"),
    )


def said_to_skill(**fields: Any) -> dict[str, Any]:
    return {"id": "a-1", "type": "event", "conversation": {"id": "bot-c"}, **fields}


@pytest.mark.rule("TR-36")
def test_a_skill_keeps_the_mapping_until_the_end_and_answers_each_with_success():
    start = skill.take(skill.Skill(), said_to_skill(name="startConversation"), "chat-1")
    assert (start.effect, start.chat_id) == ("start", "chat-1")
    again = skill.take(start.skill, said_to_skill(name="startConversation"), "chat-2")
    assert (again.effect, again.chat_id, again.skill) == ("none", "chat-1", start.skill)
    word = skill.take(again.skill, said_to_skill(type="message", text="hello"), "-")
    assert (word.effect, word.chat_id, word.text) == ("say", "chat-1", "hello")
    assert word.skill.conversation_of("chat-1") == "bot-c"
    end = skill.take(word.skill, said_to_skill(name="endConversation"), "-")
    assert (end.effect, end.chat_id) == ("end", "chat-1")
    assert end.skill.conversation_of("chat-1") is None
    for answered in (start, again, word, end):
        (reply,) = answered.replies
        assert (reply["type"], reply["code"]) == ("endOfConversation", "completedSuccessfully")
        assert (reply["conversation"], reply["replyToId"]) == ({"id": "bot-c"}, "a-1")


@pytest.mark.rule("TR-29")
@pytest.mark.parametrize("state", ["accepted", "failed", "completed"])
def test_a_status_event_of_a_hub_is_read(state: str):
    event = {
        "type": "event",
        "name": "handoff.status",
        "id": "s-1",
        "conversation": {"id": "hub-1"},
        "from": {"id": "ann", "name": "Ann"},
        "value": {"state": state, "message": "because"},
    }
    found = hub_of("custom").read_inbound({}, json.dumps(event).encode(), settings("custom"))
    is_accepted = state == "accepted"
    assert found.statuses == (
        HubStatus(
            event_id="s-1",
            state=state,  # type: ignore[arg-type]  # one of the three
            hub_conversation_id="hub-1",
            message="because",
            representative_id="ann" if is_accepted else None,
            representative_name="Ann" if is_accepted else None,
        ),
    )


# Instants


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))])))
def test_an_instant_is_read_as_the_standard_library_reads_it(at: datetime):
    expected = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert epoch_ms(at.isoformat()) == expected
    assert epoch_ms(at.isoformat().replace("+00:00", "Z")) == expected


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01T00:00:00Z", "2026-01-01", "1767258000"])
def test_what_is_no_instant_is_none(text: str):
    assert epoch_ms(text) is None
