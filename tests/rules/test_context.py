"""Context variables: names, values, limits, what a bot and a channel say, and record linking."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, strategies as st

from processors.handoff import context, known, linking
from processors.handoff.context import BotContext, closes_conversation, for_voice, merged
from processors.handoff.linking import Candidate, link


@pytest.mark.rule("HO-33")
def test_a_name_of_a_hundred_characters_is_taken_and_one_more_is_refused_by_name():
    found = merged({}, {"n" * 100: "in", "m" * 101: "out", "": "out"})
    assert found.values == {"n" * 100: "in"}
    assert found.refused == (
        ("m" * 100, "the name has 101 characters; at most 100 are allowed"),
        ("", "a name is a text of at least one character"),
    )


@pytest.mark.rule("HO-33")
def test_a_value_of_more_than_four_thousand_characters_is_cut_and_its_name_says_so():
    found = merged({}, {"whole": "a" * 4_000, "long": "b" * 4_001})
    assert found.values == {"whole": "a" * 4_000, "long": "b" * 4_000}
    assert found.cut == ("long",)


def test_a_cut_value_stops_being_one_when_a_shorter_one_takes_its_place():
    first = merged({}, {"a": "x" * 5_000, "b": "y" * 5_000})
    then = merged(first.values, {"a": "short"}, cut=first.cut)
    assert then.cut == ("b",)


@pytest.mark.rule("HO-33")
def test_names_are_compared_exactly_and_the_newest_value_counts():
    found = merged({"Topic": "old", "topic": "kept"}, '{"Topic": "new"}')
    assert found.values == {"Topic": "new", "topic": "kept"}


@pytest.mark.rule("HO-33")
@pytest.mark.parametrize("value", [None, {"a": 1}, float("inf"), object()])
def test_what_is_neither_text_nor_number_is_refused_with_the_reason(value: object):
    found = merged({"held": 1}, {"bad": value, "good": 2.5})
    assert found.values == {"held": 1, "good": 2.5}
    ((name, because),) = found.refused
    assert name == "bad"
    assert because


@pytest.mark.rule("HO-33")
def test_an_undeclared_name_is_made_a_text_where_variables_are_declared():
    found = merged(
        {},
        {"n": 7, "new": 7, "m": "8", "x": "?"},
        declared={"n": "number", "m": "number", "x": "number"},
    )
    assert found.values == {"n": 7, "new": "7", "m": 8}
    assert found.refused == (("x", "the variable is declared a number, and this is none"),)


@pytest.mark.rule("HO-33")
def test_a_conversation_has_a_hundred_custom_variables_and_the_known_ones_beside_them():
    many = {f"own_{number}": number for number in range(100)}
    full = merged({}, many)
    assert (len(full.values), full.refused) == (100, ())
    more = merged(
        full.values, {"own_100": 1, "own_7": "changed", "va_Scope": "bot", "msdyn_Locale": "en"}
    )
    assert more.refused == (("own_100", "there are 100 variables already"),)
    assert more.values["own_7"] == "changed"
    assert len(more.values) == 102


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '"a"', b"\xff", "[" * 100_000])
def test_what_is_no_object_changes_nothing_and_only_the_empty_text_is_silent(text: str | bytes):
    found = merged({"held": "x"}, text)
    assert found.values == {"held": "x"}
    assert [name for name, _ in found.refused] == ([] if text == "" else [""])


def test_half_a_character_is_refused_because_nothing_could_be_written_with_it():
    found = merged({}, {"a": "\ud800", "\udfff": "b", "c": "\U0001f600"})
    assert found.values == {"c": "\U0001f600"}
    assert len(found.refused) == 2
    context.to_json(found.values)


values = st.dictionaries(
    st.text(min_size=1, max_size=20),
    st.one_of(
        st.text(max_size=30),
        st.integers(-(2**40), 2**40),
        st.floats(allow_nan=False, allow_infinity=False),
        st.booleans(),
        st.none(),
        st.lists(st.text(max_size=5000), max_size=3),
    ),
    max_size=8,
)


@given(values, values)
def test_merging_keeps_the_limits_loses_no_name_and_is_the_same_the_second_time(
    held: dict[str, object], new: dict[str, object]
):
    before = merged({}, held)
    after = merged(before.values, new, cut=before.cut)
    refused = {name for name, _ in after.refused}
    assert set(after.values) == set(before.values) | (set(new) - refused)
    assert all(len(value) <= 4_000 for value in after.values.values() if isinstance(value, str))
    assert set(after.cut) <= set(after.values)
    again = merged(after.values, new, cut=after.cut)
    assert (again.values, again.cut) == (after.values, after.cut)


@given(values)
def test_variables_survive_their_text_and_equal_ones_give_equal_text(
    given_values: dict[str, object],
):
    found = merged({}, given_values).values
    text = context.to_json(found)
    assert context.from_json(text) == found
    assert context.to_json(dict(reversed(found.items()))) == text


@pytest.mark.rule("TR-17", "TR-19", "TR-20", "TR-22", "TR-23")
def test_a_bot_says_scope_topics_phrases_message_ids_language_consent_and_locale():
    found = context.va_variables(
        BotContext(
            conversation_id="c-1",
            bot_id="shop",
            language="en-US",
            last_topic="Refund",
            topics=("Greeting", "Refund"),
            phrases=("hello", "my money back"),
            message="angry",
            survey_consent=True,
            customer_locale="fr-FR",
        )
    )
    assert found.values == {
        "va_Scope": "bot",
        "va_LastTopic": "Refund",
        "va_Topics": '["Greeting","Refund"]',
        "va_LastPhrases": "my money back",
        "va_Phrases": '["hello","my money back"]',
        "va_ConversationId": "c-1",
        "va_AgentMessage": "angry",
        "va_BotId": "shop",
        "va_Language": "en-us",
        "va_SurveyConsent": "true",
        "va_CustomerLocale": "fr-FR",
    }
    assert found.values.keys() <= {variable.name for variable in known.HAND_OFF}


def test_arrays_stay_arrays_in_the_event_and_become_text_as_variables():
    about = BotContext(conversation_id="c", bot_id=None, topics=("A",), phrases=("x", "y"))
    event = context.va_event_value(about)
    assert (event["va_Topics"], event["va_Phrases"], event["va_LastPhrases"]) == (
        ["A"],
        ["x", "y"],
        "y",
    )
    assert "va_BotId" not in event
    assert context.va_variables(about).values["va_Phrases"] == '["x","y"]'


@pytest.mark.parametrize("phrase", ["a" * 30, '"\\\n' * 10, "\U0001f600é" * 15, "z" * 9_000])
def test_an_array_that_does_not_fit_keeps_its_newest_entries_can_be_read_and_is_flagged(
    phrase: str,
):
    phrases = tuple(f"{number} {phrase}" for number in range(400))
    found = context.va_variables(BotContext(conversation_id="c", bot_id="b", phrases=phrases))
    text = str(found.values["va_Phrases"])
    assert len(text) <= 4_000
    kept = msgspec.json.decode(text)
    assert phrases[-1].startswith(kept[-1])
    assert list(phrases[-len(kept) :])[:-1] == kept[:-1]
    assert "va_Phrases" in found.cut


@pytest.mark.rule("TR-24")
def test_variables_of_all_topics_go_along_and_the_newest_of_a_name_wins():
    greeting = merged({}, {"name": "Mia", "order": "1"})
    refund = merged(greeting.values, {"order": "2", "amount": 129})
    assert refund.values == {"name": "Mia", "order": "2", "amount": 129}


@pytest.mark.rule("HO-29")
@pytest.mark.parametrize(
    ("channel", "there", "not_there"),
    [
        ("live_chat", "msdyn_Locale", "msdyn_FacebookPageId"),
        ("facebook", "msdyn_FacebookPageId", "msdyn_CustomerPhoneNumber"),
        ("sms", "msdyn_CustomerPhoneNumber", "msdyn_WhatsAppCustomerFirstMessage"),
        ("whatsapp", "msdyn_WhatsAppCustomerFirstMessage", "msdyn_TeamsCustomerEmail"),
        ("teams", "msdyn_TeamsCustomerEmail", "msdyn_LineCustomerName"),
        ("line", "msdyn_LineCustomerName", "msdyn_CapabilityList"),
        ("apple", "msdyn_CapabilityList", "msdyn_FacebookLocale"),
        ("voice", "msdyn_ConversationId", "msdyn_CaseTitle"),
    ],
)
def test_each_channel_gives_its_own_variables_and_no_other_channels(
    channel: str, there: str, not_there: str
):
    given_values = {there: "yes", not_there: "no", "unknown": "no"}
    assert context.channel_variables(channel, given_values) == {there: "yes"}


@pytest.mark.rule("HO-29")
def test_these_are_the_variables_that_messaging_channels_give():
    assert {variable.name.removeprefix("msdyn_") for variable in known.MESSAGING} == {
        *("CustomerType", "CustomerName", "CustomerId", "CaseId", "CaseTitle"),
        *("ConversationId", "ChannelInstanceId", "WorkstreamId", "Locale", "SocialProfileId"),
        *("LineCustomerName", "TeamsCustomerName", "TeamsCustomerEmail", "CapabilityList"),
        *("AppleMessagesForBusinessGroupId", "AppleMessagesForBusinessIntentId"),
        *("AppleMessagesForBusinessLocale", "AppleBusinessId"),
        *("FacebookCustomerName", "FacebookLocale", "FacebookTimezone"),
        *("FacebookUserPageScopedId", "FacebookPageId"),
        *("CustomerPhoneNumber", "OrganizationPhoneNumber", "WhatsAppCustomerFirstMessage"),
    }
    assert all(variable.name.startswith("msdyn_") for variable in known.MESSAGING)


@pytest.mark.rule("HO-30")
def test_a_call_gives_both_numbers_under_their_older_and_newer_names():
    names = {variable.name for variable in known.on_channel("voice")}
    assert {
        "CustomerPhoneNumber",
        "OrganizationPhoneNumber",
        "Activity.From.Name",
        "Activity.Recipient.Name",
        "va_SurveyConsent",
        "va_CustomerLocale",
    } <= names
    assert "Activity.From.Name" not in {v.name for v in known.on_channel("live_chat")}


@pytest.mark.rule("HO-32")
@pytest.mark.parametrize(
    ("entity", "name"),
    [
        ("incident", "msdyn_incident_msdyn_ocliveworkitem"),
        ("contact", "msdyn_contact_msdyn_ocliveworkitem_Customer"),
        ("account", "msdyn_account_msdyn_ocliveworkitem_Customer"),
    ],
)
def test_a_linked_record_is_a_list_of_one_with_id_and_display_value(entity: str, name: str):
    ((found, text),) = context.linked_record(entity, "7", "Broken lamp").items()
    assert found == name
    assert msgspec.json.decode(str(text)) == [
        {"RecordId": "7", "PrimaryDisplayValue": "Broken lamp"}
    ]
    assert context.linked_record("task", "7", "x") == {}


@pytest.mark.rule("HO-25")
def test_who_signed_in_does_not_travel_with_a_call():
    kept, behind = for_voice({"bot.AuthToken": "t", "bot.IsLoggedIn": "true", "order": "7"})
    assert kept == {"order": "7"}
    assert behind == ("bot.AuthToken", "bot.IsLoggedIn")


@pytest.mark.rule("HO-42")
def test_a_bot_closes_by_a_variable_in_text_and_never_on_a_call():
    asked = merged({}, {"CloseOmnichannelConversation": True}).values
    assert closes_conversation(asked, is_voice=False)
    assert not closes_conversation(asked, is_voice=True)
    for other in (
        {},
        {"CloseOmnichannelConversation": "false"},
        {"closeomnichannelconversation": "true"},
    ):
        assert not closes_conversation(other, is_voice=False)


MIA = Candidate(
    "contact", "1", {"fullname": "Mia K", "emailaddress1": "mia@x.org", "mobilephone": "123"}
)
SHOP = Candidate(
    "account", "2", {"name": "Shop", "emailaddress1": "shop@x.org", "telephone1": "456"}
)
LAMP = Candidate("incident", "7", {"ticketnumber": "CAS-7"}, customer_id="1")


@pytest.mark.rule("HO-37")
@pytest.mark.parametrize(
    ("said", "customer"),
    [
        ({"Email": "mia@x.org"}, "contact/1"),
        ({"Name": " mia k ", "Phone": "123"}, "contact/1"),
        ({"Name": "Shop", "Email": "shop@x.org", "Phone": "456"}, "account/2"),
        ({"Name": "Shop", "Email": "mia@x.org"}, None),
        ({"Email": "nobody@x.org"}, None),
        ({"email": "mia@x.org"}, None),
        ({}, None),
    ],
)
def test_a_customer_is_linked_by_everything_the_bot_said_of_them(
    said: dict[str, str], customer: str | None
):
    assert link(said, [MIA, SHOP]).customer == customer


@pytest.mark.rule("HO-37")
def test_several_matches_link_nobody_and_records_that_are_not_active_do_not_count():
    twin = msgspec.structs.replace(MIA, record_id="9")
    assert link({"Email": "mia@x.org"}, [MIA, twin]).customer is None
    retired = msgspec.structs.replace(twin, is_active=False)
    assert link({"Email": "mia@x.org"}, [MIA, retired]).customer == "contact/1"
    assert link({"Email": "mia@x.org"}, [retired]).customer is None


@pytest.mark.rule("HO-37")
def test_a_case_is_linked_by_its_number_or_when_it_is_the_customers_only_active_one():
    closed = msgspec.structs.replace(LAMP, record_id="6", is_active=False)
    second = msgspec.structs.replace(LAMP, record_id="8", fields={"ticketnumber": "CAS-8"})
    assert link({"CaseNumber": "cas-7"}, [LAMP, second]).case == "incident/7"
    assert link({"CaseNumber": "CAS-9"}, [MIA, LAMP]).case is None
    assert link({"Email": "mia@x.org"}, [MIA, LAMP, closed]).case == "incident/7"
    assert link({"Email": "mia@x.org"}, [MIA, LAMP, second]).case is None
    assert link({}, [LAMP]).case is None
    assert all(link({}, [LAMP]).because)
    assert linking.CASE_NUMBER == "CaseNumber"
