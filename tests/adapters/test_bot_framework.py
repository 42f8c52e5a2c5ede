"""Activities become records: golden payloads, and that any bytes get a lawful answer."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st

from processors.handoff import transcript, voice
from processors.machine import Rejection
from schemas import catalogue
from schemas.records.conversation import (
    ConversationOpened,
    HandoffInitiated,
    HandoffStatusChanged,
    TurnReleased,
    TurnSaid,
)
from streams.adapters import bot_framework, bot_framework_outbound as outbound
from streams.adapters.bot_framework import Account
from streams.adapters.outcome import Ignored, Outcome, Recorded, Rejected
from tests.adapters.activities import APP, PAYLOADS, SERVICE, activity, payload

NINE_MS = 1_767_603_600_000
ACCOUNT = Account(
    tenant="demo",
    bot_id="shop-bot",
    bot_ids=frozenset({f"28:{APP}"}),
    workstream="chat",
    is_routed=True,
)
EXPECTED: dict[str, Any] = json.loads((PAYLOADS / "expected.json").read_text())


def plain(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as the golden file has it: fields that say something."""
    match outcome:
        case Ignored(reason=reason):
            return {"ignored": reason}
        case Rejected(reason=reason):
            return {"rejected": reason}
        case Recorded(items=items, notes=notes):
            records = [
                {
                    "id": item.id,
                    "type": item.record.FULL_NAME.rpartition(".")[2],
                    "fields": {
                        name: value
                        for name, value in catalogue.to_json(item.record).items()
                        if name == "occurred_at_ms" or value not in (None, 0, "", False)
                    },
                }
                for item in items
            ]
            return {"records": records} | ({"notes": list(notes)} if notes else {})


def read(name: str, account: Account = ACCOUNT) -> Outcome:
    return bot_framework.read(payload(name), account)


def recorded(outcome: Outcome) -> list[Any]:
    assert isinstance(outcome, Recorded), outcome
    return [item.record for item in outcome.items]


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_each_golden_payload_is_read_as_its_golden_outcome(name: str):
    assert plain(read(name)) == EXPECTED[name]


def test_every_payload_has_a_golden_outcome():
    there = {path.stem for path in PAYLOADS.glob("*.json")} - {"expected"}
    assert there == set(EXPECTED)
    assert len(there) >= 30


@pytest.mark.rule("HO-34")
def test_a_bots_message_is_for_the_customer_only_when_it_is_bridged():
    (bridged,) = recorded(read("bot_message_bridged"))
    (note,) = recorded(read("bot_message_not_bridged"))
    assert (bridged.visibility, note.visibility) == ("public", "private")
    open_account = msgspec.structs.replace(ACCOUNT, is_bridged_only=False)
    (said,) = recorded(read("bot_message_not_bridged", open_account))
    assert said.visibility == "public"


@pytest.mark.rule("HO-34", "HO-35")
def test_an_escalation_hands_off_with_its_context_and_its_text_reaches_the_representative_only():
    outcome = read("escalate")
    (handoff,) = recorded(outcome)
    assert isinstance(handoff, HandoffInitiated)
    assert handoff.message == "Wants 129 back, lamp arrived broken."
    assert json.loads(handoff.variables) == {"BotHandoffTopic": "CreditCard", "IDNumber": 101}
    assert isinstance(outcome, Recorded)
    assert len(outcome.notes) == 2


@pytest.mark.rule("HO-34")
def test_a_bot_ends_a_conversation_by_its_tags():
    *_, ended = recorded(read("end_conversation"))
    assert type(ended).__name__ == "ConversationEnded"
    assert ended.ended_by == "shop-bot"


@pytest.mark.rule("TR-27", "TR-28")
def test_a_hand_off_brings_its_variables_and_the_turns_of_its_transcript():
    *turns, handoff = recorded(read("handoff_initiate"))
    assert isinstance(handoff, HandoffInitiated)
    variables = json.loads(handoff.variables)
    assert variables["va_Topics"] == ["Greeting", "Refund"]
    assert (variables["order"], variables["amount"], variables["intent"]) == ("7", 129, "refund")
    assert handoff.message == "be quick"
    assert [turn.turn_id for turn in turns] == ["a-1", "a-3"]


@pytest.mark.rule("TR-28")
def test_a_conversation_first_heard_of_at_its_hand_off_is_opened_and_told_whole():
    account = msgspec.structs.replace(ACCOUNT, has_live_turns=False)
    opened, *turns, handoff = recorded(read("handoff_initiate", account))
    assert isinstance(opened, ConversationOpened)
    assert [turn.text for turn in turns] == ["my lamp is broken", "**Sorry**", "a human please"]
    assert len({turn.turn_id for turn in turns}) == 3
    assert isinstance(handoff, HandoffInitiated)


@pytest.mark.rule("TR-29")
def test_a_status_is_not_rejected():
    assert isinstance(read("handoff_status"), Ignored)


@pytest.mark.rule("HO-23", "HO-24")
def test_a_call_brings_the_callers_number_and_the_number_dialled():
    (opened,) = recorded(read("conversation_update_of_a_call"))
    assert isinstance(opened, ConversationOpened)
    assert (opened.channel, opened.customer_phone) == ("voice", "+15550001")
    assert opened.organization_phone == "+15550100"


def test_only_a_bot_we_carry_to_the_customer_has_turns_to_be_delivered():
    carried = msgspec.structs.replace(ACCOUNT, needs_delivery=True)
    for name, is_delivered in [
        ("bot_message_bridged", True),
        ("bot_message_not_bridged", False),
        ("customer_message", False),
    ]:
        (turn,) = recorded(read(name, carried))
        assert turn.needs_delivery is is_delivered
        (observed,) = recorded(read(name))
        assert not observed.needs_delivery


@pytest.mark.parametrize(
    ("said", "at_ms"),
    [
        ("2026-01-05T09:00:00Z", NINE_MS),
        ("2026-01-05T10:00:00.5+01:00", NINE_MS + 500),
        ("2026-01-05T09:00:00.1239999Z", NINE_MS + 124),
        ("2026-01-05T09:00:00", NINE_MS),
        (NINE_MS // 1_000, NINE_MS),
        (NINE_MS, NINE_MS),
        ("soon", 0),
        ("1960-01-01T00:00:00Z", 0),
        (None, 0),
    ],
)
def test_time_is_read_in_every_form_it_comes_in_and_is_never_guessed(said: Any, at_ms: int):
    (turn,) = recorded(bot_framework.read(activity(timestamp=said), ACCOUNT))
    assert turn.occurred_at_ms == at_ms


def nested(levels: int) -> Any:
    """Return a number inside so many arrays."""
    return json.loads("[" * levels + "1" + "]" * levels)


def test_thirty_two_levels_of_json_are_read_and_one_more_is_rejected():
    deepest = bot_framework.DEPTH_MAX - 1
    assert isinstance(bot_framework.read(activity(value=nested(deepest)), ACCOUNT), Recorded)
    outcome = bot_framework.read(activity(value=nested(deepest + 1)), ACCOUNT)
    assert isinstance(outcome, Rejected)
    assert "32 levels" in outcome.reason


def test_json_of_any_depth_is_answered_with_a_sentence():
    assert isinstance(bot_framework.read(b"[" * 200_000, ACCOUNT), Rejected)
    sent = activity(channelData={"tags": '{"context":' + "[" * 100_000})
    outcome = bot_framework.read(sent, ACCOUNT)
    assert isinstance(outcome, Rejected)
    assert outcome.reason.startswith("channelData.tags: ")


@pytest.mark.parametrize("conversation_id", ["x" * 300, "a\nb", "a\x00b"])
def test_an_id_that_no_log_can_hold_is_rejected_with_a_sentence(conversation_id: str):
    outcome = bot_framework.read(activity(conversation={"id": conversation_id}), ACCOUNT)
    assert isinstance(outcome, Rejected)
    assert "conversation.id" in outcome.reason


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
FIELDS = sorted({name for path in PAYLOADS.glob("*.json") for name in json.loads(path.read_text())})


@given(
    st.sampled_from(sorted(EXPECTED)),
    st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=4),
)
def test_any_field_may_hold_anything_and_the_answer_is_lawful_and_the_same_twice(
    name: str, fields: dict[str, Any]
):
    body = json.dumps(json.loads(payload(name)) | fields).encode()
    first = bot_framework.read(body, ACCOUNT)
    assert first == bot_framework.read(body, ACCOUNT)
    assert isinstance(first, Recorded | Ignored | Rejected)
    if isinstance(first, Recorded):
        assert {item.record.tenant for item in first.items} <= {"demo"}
        ids = [item.id for item in first.items]
        assert len(set(ids)) == len(ids)


@given(st.binary(max_size=200))
def test_any_bytes_get_a_lawful_answer(body: bytes):
    assert isinstance(bot_framework.read(body, ACCOUNT), Ignored | Rejected | Recorded)


# Out


def released(**fields: Any) -> TurnReleased:
    known: dict[str, Any] = {
        "tenant": "demo",
        "occurred_at_ms": NINE_MS,
        "conversation_id": "webchat:w-41",
        "turn_id": "t-1",
        "author": "bot",
        "text": "**hello**",
        "text_format": "markdown",
        "channel": "live_chat",
        "number": 3,
    }
    return TurnReleased(**(known | fields))


ABOUT = outbound.reference(
    "webchat:w-41", service_url=SERVICE, bot_id="shop-bot", customer_id="mia-7"
)


@pytest.mark.rule("HO-34")
def test_a_released_turn_goes_out_bridged_to_the_conversation_it_belongs_to():
    told = outbound.message(released(author="representative", author_name="Ann"), ABOUT)
    assert isinstance(told, dict)
    assert told["conversation"] == {"id": "w-41"}
    assert told["channelId"] == "webchat"
    assert told["channelData"]["deliveryMode"] == "bridged"
    assert told["from"] == {"id": "shop-bot", "role": "bot", "name": "Ann"}
    assert (told["text"], told["textFormat"]) == ("**hello**", "markdown")
    assert "speak" not in told


@pytest.mark.rule("HO-20", "HO-26")
def test_on_a_call_a_turn_is_spoken_without_markup_and_uninterrupted_where_it_must_be():
    told = outbound.message(released(channel="voice", is_uninterruptible=True), ABOUT)
    assert isinstance(told, dict)
    assert told["speak"] == "hello"
    assert told["inputHint"] == "ignoringInput"


@pytest.mark.rule("HO-40")
def test_a_turn_that_makes_a_message_larger_than_28_kilobytes_is_refused_with_the_reason():
    assert isinstance(outbound.message(released(text="x" * 20_000), ABOUT), dict)
    refusal = outbound.message(released(text="x" * voice.MESSAGE_BYTES_MAX), ABOUT)
    assert isinstance(refusal, Rejection)


@pytest.mark.rule("TR-29")
@pytest.mark.parametrize("state", ["accepted", "failed", "completed"])
def test_what_became_of_a_hand_off_goes_out_as_its_status(state: Any):
    changed = HandoffStatusChanged(
        tenant="demo",
        occurred_at_ms=NINE_MS,
        conversation_id="webchat:w-41",
        request_id="webchat:w-41/1",
        state=state,
        message="nobody is there",
    )
    told = outbound.handoff_status(changed, ABOUT, event_id="e-1")
    assert transcript.is_status(told)
    assert (told["id"], told["conversation"]) == ("e-1", {"id": "w-41"})
    assert told["value"] == {"state": state, "message": "nobody is there"}


def test_what_goes_out_comes_back_as_the_same_turn():
    told = outbound.message(released(), ABOUT)
    (turn,) = recorded(bot_framework.read(json.dumps(told).encode(), ACCOUNT))
    assert isinstance(turn, TurnSaid)
    assert (turn.conversation_id, turn.turn_id) == ("webchat:w-41", "t-1")
    assert (turn.author, turn.visibility, turn.text) == ("bot", "public", "**hello**")
