"""Calls: what is read aloud, the numbers, the size of a message, and what a bot can do."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, strategies as st

from processors.handoff import actions, voice
from processors.handoff.actions import (
    HandOff,
    HangUp,
    SetVariables,
    Situation,
    Speak,
    TransferCall,
    perform,
)
from processors.machine import Rejection

CALL = Situation(customer_phone="15550001", callable_numbers=frozenset({"15550100"}))
CHAT = Situation()


@pytest.mark.rule("HO-26")
@pytest.mark.parametrize(
    ("markdown", "aloud"),
    [
        ("this is **very** *important*", "this is very important"),
        ("***both*** and __bold__ and _it_", "both and bold and it"),
        ("**bold *and* more**", "bold and more"),
        ("# Your order\n\n## Status ##", "Your order\n\nStatus"),
        ("Title\n=====\nText\n-----", "Title\nText"),
        ("see [our page](https://x.org/a_(b) 'title') now", "see our page now"),
        ("[ours][1]\n\n[1]: https://x.org", "ours"),
        ("![a lamp](lamp.png) and [![in](a.png)](b)", "a lamp and in"),
        ("<https://x.org/a_b_c>", "https://x.org/a_b_c"),
        ("run `a*b*c` or ``x ` y``", "run a*b*c or x ` y"),
        ("```py\nx = a ** b\n```\ndone", "x = a ** b\ndone"),
        ("* one\n- two\n+ three\n1. four\n- [x] five", "one\ntwo\nthree\n1. four\nfive"),
        ("> quoted\n> > twice", "quoted\ntwice"),
        ("above\n\n***\n\nbelow", "above\n\nbelow"),
        ("| a | b |\n|---|:-:|\n| 1 | **2** |", "a, b\n1, 2"),
        ("~~gone~~ back\\\nnext", "gone back\nnext"),
        (r"\*literal\* and \_this\_", "*literal* and _this_"),
        ("<b>bold</b> &amp; <br/>more", "bold &\nmore"),
        ("snake_case_name, 2*3*4, 5 * 3", "snake_case_name, 2*3*4, 5 * 3"),
        ("a **b", "a **b"),
        ("", ""),
    ],
)
def test_markdown_is_read_aloud_without_its_marks(markdown: str, aloud: str):
    assert voice.spoken(markdown, "markdown") == aloud


@pytest.mark.rule("HO-26")
def test_what_a_message_says_to_be_spoken_is_spoken_instead():
    assert voice.spoken("**card**", "markdown", "a card") == "a card"
    assert voice.spoken("**card**", "markdown", "  ") == "card"


@pytest.mark.rule("HO-26")
def test_an_adaptive_card_speaks_its_speak_text_and_one_without_is_mute():
    loud = {
        "contentType": voice.ADAPTIVE_CARD,
        "content": {"type": "AdaptiveCard", "speak": " Two lamps. "},
    }
    mute = {"contentType": voice.ADAPTIVE_CARD, "content": {"type": "AdaptiveCard", "body": []}}
    other = {"contentType": "image/png", "content": {"speak": "no"}}
    assert voice.speak_of([other, loud, mute]) == "Two lamps."
    assert voice.speak_of([mute, other, "x"]) is None
    assert voice.mute_cards([loud, mute, other]) == 1


def test_text_without_markup_is_spoken_as_it_is_and_html_without_its_tags():
    assert voice.spoken("2 * 3 = *six*", "plain") == "2 * 3 = *six*"
    assert voice.spoken("<p>Hello <b>Mia</b></p>a &lt; b", "html") == "Hello Mia\na < b"


@given(st.text(alphabet="ab *_~`[]()!<>#-|\\\n\x00\ue000\ue0011", max_size=200))
def test_any_text_can_be_spoken_and_none_of_it_is_made_up(text: str):
    aloud = voice.spoken(text, "markdown")
    assert set(aloud) <= set(text) | set(" ,\n")


@pytest.mark.parametrize(
    "piece",
    [
        "**a ",
        '[a](b "',
        "[[",
        "`a",
        "<a",
        "_a_",
        "*",
        "![a](",
        "> ",
        "|a",
        "| - ",
        "\\",
        "- ",
        "#",
        "[a](( ",
        "&#",
        "~~~\n",
    ],
)
def test_hostile_text_of_the_largest_size_takes_no_noticeable_time(piece: str):
    text = piece * (voice.MESSAGE_BYTES_MAX // len(piece))
    started_s = time.perf_counter()
    voice.spoken(text, "markdown")
    assert time.perf_counter() - started_s < 2.0


@pytest.mark.rule("HO-23", "HO-24")
def test_the_callers_number_tells_a_call_from_a_message():
    assert voice.is_call("15550001")
    assert not voice.is_call("")
    assert not voice.is_call(None)
    assert voice.phone_variables("15550001", "15550100") == {
        "bot.CustomerPhoneNumber": "15550001",
        "bot.OrganizationPhoneNumber": "15550100",
    }
    assert voice.phone_variables(None, None)["bot.CustomerPhoneNumber"] == ""


@pytest.mark.rule("HO-40")
def test_a_message_of_28_kilobytes_with_its_metadata_fits_and_one_more_byte_does_not():
    assert voice.MESSAGE_BYTES_MAX == 28 * 1_024
    assert voice.too_large(b"x" * 28_672) is None
    refusal = voice.too_large(b"x" * 28_673)
    assert refusal is not None
    assert "28,673" in refusal.because
    frame = len(b'{"text":"","id":"1"}')
    assert voice.too_large({"text": "é" * ((28_672 - frame) // 2), "id": "1"}) is None
    assert voice.too_large({"text": "é" * ((28_672 - frame) // 2 + 1), "id": "1"}) is not None


@pytest.mark.rule("HO-21")
def test_a_number_with_a_plus_is_refused_with_the_reason_and_not_put_right():
    refusal = perform("transfer_to_phone_number", {"TargetPhoneNumber": "+15550100"}, CALL)
    assert isinstance(refusal, Rejection)
    assert refusal.code == voice.PLUS
    assert "plus" in refusal.because


@pytest.mark.rule("HO-21")
def test_a_call_is_transferred_to_a_number_with_the_privilege_and_fails_without():
    assert perform(
        "transfer_to_phone_number", {"TargetPhoneNumber": "15550100"}, CALL
    ) == TransferCall("15550100")
    refusal = perform("transfer_to_phone_number", {"TargetPhoneNumber": "15550199"}, CALL)
    assert isinstance(refusal, Rejection)
    assert refusal.code == actions.NO_PRIVILEGE
    assert "15550199" in refusal.because


@pytest.mark.parametrize("number", ["", "0800 123", "abc", "1" * 16, "٣", "1-2"])
def test_what_is_no_row_of_digits_is_no_number(number: str):
    refusal = voice.phone_number(number)
    assert isinstance(refusal, Rejection)
    assert refusal.code == voice.NO_NUMBER


@pytest.mark.rule("HO-18")
def test_survey_consent_is_true_or_false_and_nothing_else():
    assert perform("set_survey_consent", {"surveyConsent": True}, CHAT) == SetVariables(
        {"va_SurveyConsent": "true"}
    )
    assert perform("set_survey_consent", {"surveyConsent": False}, CALL) == SetVariables(
        {"va_SurveyConsent": "false"}
    )
    for wrong in ("yes", 1, None):
        refusal = perform("set_survey_consent", {"surveyConsent": wrong}, CHAT)
        assert isinstance(refusal, Rejection)
        assert refusal.code == actions.BAD_INPUT


@pytest.mark.rule("HO-19")
def test_a_customer_locale_hands_off_with_its_canonical_code():
    effect = perform("set_customer_locale_and_handoff", {"customerLocale": "FR-fr"}, CHAT)
    assert isinstance(effect, HandOff)
    assert effect.values == {"va_CustomerLocale": "fr-FR"}
    refusal = perform("set_customer_locale_and_handoff", {"customerLocale": "xx-XX"}, CHAT)
    assert isinstance(refusal, Rejection)


@pytest.mark.rule("HO-20")
def test_an_uninterruptible_message_is_spoken_with_barge_in_off_and_only_on_a_call():
    effect = perform(
        "send_uninterruptible_message", {"UninterruptibleMessage": "Calls are recorded."}, CALL
    )
    assert effect == Speak("Calls are recorded.", is_uninterruptible=True)
    refusal = perform("send_uninterruptible_message", {"UninterruptibleMessage": "x"}, CHAT)
    assert isinstance(refusal, Rejection)
    assert refusal.code == actions.CALLS_ONLY


@pytest.mark.rule("HO-22")
def test_hanging_up_ends_a_call_and_means_nothing_in_a_chat():
    assert perform("hang_up", {}, CALL) == HangUp()
    assert isinstance(perform("hang_up", {}, CHAT), Rejection)


def test_an_action_nobody_knows_is_refused_with_the_names_there_are():
    refusal = perform("sing", {}, CALL)
    assert isinstance(refusal, Rejection)
    assert all(name in refusal.because for name in actions.ACTIONS)
