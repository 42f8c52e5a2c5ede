"""What a bot does beside speaking: consent, language, calls; and how it knows a call."""

import pytest

from processors.dialogue.machine import HangUp, Reply, Transfer, TransferToNumber
from tests.rules.talks import CALL, talk


@pytest.mark.rule("HO-18")
@pytest.mark.parametrize(
    ("given", "consent"), [("yes", "true"), ("no", "false"), ("true", "true"), ("false", "false")]
)
def test_survey_consent_is_a_boolean_that_goes_along(given, consent):
    conversation = talk(f"s: {{phrases: [begin], nodes: [survey_consent: {given}]}}")
    conversation.say("begin")
    assert conversation.variables == {"va_SurveyConsent": consent}


@pytest.mark.rule("HO-18")
def test_survey_consent_takes_what_the_customer_answered():
    topics = """
        s:
          phrases: [begin]
          nodes:
            - question: A survey?
              variable: wish
            - survey_consent: "{wish}"
            - message: Noted.
        """
    conversation = talk(topics)
    for answer, consent in (("yes please", "true"), ("no thanks", "false"), ("perhaps", None)):
        conversation = talk(topics)
        conversation.say("begin")
        assert conversation.say(answer) == ["Noted."]
        assert conversation.variables.get("va_SurveyConsent") == consent
    assert "survey consent not set: neither yes nor no was given" in conversation.said.trace


@pytest.mark.rule("HO-19")
def test_a_customer_locale_is_made_canonical_and_hands_off():
    conversation = talk(
        """
        fr:
          phrases: [begin]
          nodes:
            - customer_locale: FR-fr
              private_message: Speaks French.
            - message: never said
        """
    )
    assert conversation.say("begin") == []
    assert conversation.variables == {"va_CustomerLocale": "fr-FR"}
    assert conversation.said.effect == Transfer("Speaks French.", "configured_by_author")


@pytest.mark.rule("HO-19")
def test_an_unknown_locale_is_refused_with_the_reason_and_the_topic_goes_on():
    conversation = talk(
        """
        any:
          phrases: [begin]
          nodes:
            - question: Which?
              variable: locale
            - customer_locale: "{locale}"
            - message: I do not know that language.
        """
    )
    conversation.say("begin")
    assert conversation.say("tlh-KL") == ["I do not know that language."]
    assert conversation.said.effect is None
    assert "va_CustomerLocale" not in conversation.variables
    assert any("'tlh-KL' is no locale code" in sentence for sentence in conversation.said.trace)


@pytest.mark.rule("HO-20")
def test_an_uninterruptible_message_says_so_and_keeps_what_is_spoken():
    conversation = talk(
        """
        m:
          phrases: [begin]
          nodes:
            - uninterruptible_message: This call is **recorded**.
              format: markdown
              speak: This call is recorded.
            - message: You may speak now.
        """,
        **CALL,
    )
    conversation.say("begin")
    assert conversation.said.replies == (
        Reply("This call is **recorded**.", "markdown", "This call is recorded.", True),
        Reply("You may speak now."),
    )


NUMBER = """
    n:
      phrases: [begin]
      nodes:
        - question: Which number?
          variable: number
          interruptible: false
        - transfer_to_phone_number: "{number}"
        - message: That did not work.
    """


@pytest.mark.rule("HO-21")
def test_a_call_goes_to_a_number_that_has_the_privilege():
    conversation = talk(NUMBER, of_bot={"callable_numbers": "['18005550100']"}, **CALL)
    conversation.say("begin")
    assert conversation.say("18005550100") == []
    assert conversation.said.effect == TransferToNumber("18005550100")
    assert conversation.memory.stack == ()


@pytest.mark.rule("HO-21")
@pytest.mark.parametrize(
    ("number", "because"),
    [("+18005550100", "no leading plus"), ("18005550199", "no privilege"), ("desk", "digits")],
)
def test_a_plus_or_a_number_without_the_privilege_is_refused_with_the_reason(number, because):
    conversation = talk(NUMBER, of_bot={"callable_numbers": "['18005550100']"}, **CALL)
    conversation.say("begin")
    assert conversation.say(number) == ["That did not work."]
    assert conversation.said.effect is None
    assert any(because in sentence for sentence in conversation.said.trace)


@pytest.mark.rule("HO-22")
def test_hanging_up_ends_a_call():
    conversation = talk("h: {phrases: [begin], nodes: [hang_up, message: never]}", **CALL)
    assert conversation.say("begin") == []
    assert conversation.said.effect == HangUp()


@pytest.mark.rule("HO-22", "HO-21")
@pytest.mark.parametrize("node", ["hang_up", "transfer_to_phone_number: '1'"])
def test_what_is_for_calls_does_nothing_for_somebody_who_writes(node):
    conversation = talk(
        f"h: {{phrases: [begin], nodes: [{node}, message: still here]}}",
        of_bot={"callable_numbers": "['1']"},
        channel="live_chat",
    )
    assert conversation.say("begin") == ["still here"]
    assert conversation.said.effect is None
    assert any("is for calls" in sentence for sentence in conversation.said.trace)


TELLS = """
    tell:
      phrases: [begin]
      nodes:
        - if: {variable: bot.CustomerPhoneNumber, is: empty}
          then: [message: You write.]
          else: [message: "You call {bot.OrganizationPhoneNumber} from {bot.CustomerPhoneNumber}."]
    """


@pytest.mark.rule("HO-23", "HO-24")
def test_the_callers_number_tells_a_call_from_messaging_and_the_dialled_one_is_known():
    assert talk(TELLS, **CALL).say("begin") == ["You call 4930123456 from 491701234567."]
    assert talk(TELLS, channel="live_chat").say("begin") == ["You write."]


@pytest.mark.rule("HO-23")
def test_the_callers_number_is_empty_for_a_text_message_though_the_channel_knows_one():
    texting = talk(TELLS, channel="sms", customer_phone="491701234567", is_voice=False)
    assert texting.say("begin") == ["You write."]


def test_nothing_that_the_customer_says_is_read_as_a_placeholder():
    conversation = talk(
        "e: {phrases: [begin], nodes: [{question: 'What?', variable: v}, {message: 'You: {v}'}]}",
        variables={"secret": "hidden"},
    )
    conversation.say("begin")
    assert conversation.say("{secret} {v}") == ["You: {secret} {v}"]
