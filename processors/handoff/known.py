"""Context variables known by name, as data: who gives them, on which channels, what they say.

Variables with other names are custom ones, of which a conversation may have a hundred.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

Source = Literal["channel", "record", "bot", "extension"]

ALL: Final[tuple[str, ...]] = ()
"""On every messaging channel."""
VOICE: Final[tuple[str, ...]] = ("voice",)


class Variable(msgspec.Struct, frozen=True):
    """One known variable.

    Attributes:
        name: Compared exactly.
        says: What its value is.
        channels: Channels it exists on; empty: every messaging channel.
        given_by: The channel, a linked record, the bot that hands off, or the bot's extension.
    """

    name: str
    says: str
    channels: tuple[str, ...] = ALL
    given_by: Source = "channel"


_APPLE: Final = ("apple",)
_FACEBOOK: Final = ("facebook",)
_TEAMS: Final = ("teams",)
_PHONE: Final = ("sms", "whatsapp")

MESSAGING: Final[tuple[Variable, ...]] = (
    Variable("msdyn_ConversationId", "Id of the conversation", ("*",)),
    Variable(
        "msdyn_CustomerType", "Whether the customer is an account or a contact", given_by="record"
    ),
    Variable("msdyn_CustomerName", "Name of the linked account or contact", given_by="record"),
    Variable("msdyn_CustomerId", "Id of the linked account or contact", given_by="record"),
    Variable("msdyn_CaseId", "Id of the linked case", given_by="record"),
    Variable("msdyn_CaseTitle", "Title of the linked case", given_by="record"),
    Variable("msdyn_ChannelInstanceId", "The chat widget, page or number the customer came by"),
    Variable("msdyn_WorkstreamId", "Workstream of the conversation"),
    Variable("msdyn_Locale", "Locale configured for the channel"),
    Variable("msdyn_SocialProfileId", "Social profile the conversation belongs to"),
    Variable("msdyn_LineCustomerName", "Customer's name on LINE", ("line",)),
    Variable("msdyn_TeamsCustomerName", "Customer's name in Teams", _TEAMS),
    Variable("msdyn_TeamsCustomerEmail", "Customer's address in Teams", _TEAMS),
    Variable("msdyn_CapabilityList", "What the customer's device can show", _APPLE),
    Variable("msdyn_AppleMessagesForBusinessGroupId", "Group the customer wrote to", _APPLE),
    Variable("msdyn_AppleMessagesForBusinessIntentId", "Intent the customer came with", _APPLE),
    Variable("msdyn_AppleMessagesForBusinessLocale", "Locale of the device", _APPLE),
    Variable("msdyn_AppleBusinessId", "The business's account", _APPLE),
    Variable("msdyn_FacebookCustomerName", "Customer's name on Facebook", _FACEBOOK),
    Variable("msdyn_FacebookLocale", "Customer's locale on Facebook", _FACEBOOK),
    Variable("msdyn_FacebookTimezone", "Customer's time zone on Facebook", _FACEBOOK),
    Variable("msdyn_FacebookUserPageScopedId", "The customer, as the page knows them", _FACEBOOK),
    Variable("msdyn_FacebookPageId", "The page", _FACEBOOK),
    Variable("msdyn_CustomerPhoneNumber", "Number the customer writes from", _PHONE),
    Variable("msdyn_OrganizationPhoneNumber", "Number the customer writes to", _PHONE),
    Variable("msdyn_WhatsAppCustomerFirstMessage", "Text the link had filled in", ("whatsapp",)),
)
"""What a messaging channel tells the bot."""

VOICE_ONLY: Final[tuple[Variable, ...]] = (
    Variable("CustomerPhoneNumber", "Caller's number, older name", VOICE),
    Variable("OrganizationPhoneNumber", "Number dialled, older name", VOICE),
    Variable("bot.CustomerPhoneNumber", "Caller's number, as a bot's own variable", ("*",)),
    Variable("bot.OrganizationPhoneNumber", "Number dialled, as a bot's own variable", ("*",)),
    Variable("Activity.From.Name", "Caller's number, when the conversation starts", VOICE),
    Variable("Activity.Recipient.Name", "Number dialled, when the conversation starts", VOICE),
)
"""What a call tells the bot."""

HAND_OFF: Final[tuple[Variable, ...]] = (
    Variable("va_Scope", "Routing scope", ("*",), "bot"),
    Variable("va_LastTopic", "Last topic a phrase of the customer triggered", ("*",), "bot"),
    Variable("va_Topics", "Topics the customer triggered, in order", ("*",), "bot"),
    Variable("va_LastPhrases", "Customer's last phrase", ("*",), "bot"),
    Variable("va_Phrases", "Customer's phrases, in order", ("*",), "bot"),
    Variable("va_ConversationId", "The bot's conversation", ("*",), "bot"),
    Variable("va_AgentMessage", "Private message to the representative", ("*",), "bot"),
    Variable("va_BotId", "Bot that hands off", ("*",), "bot"),
    Variable("va_Language", "Language of the conversation, for routing", ("*",), "bot"),
    Variable("va_SurveyConsent", "Whether the customer takes a survey", ("*",), "extension"),
    Variable("va_CustomerLocale", "Locale the customer asked for", ("*",), "extension"),
)
"""What a bot says when it hands off."""

LINKED: Final[Mapping[str, str]] = {
    "incident": "msdyn_incident_msdyn_ocliveworkitem",
    "contact": "msdyn_contact_msdyn_ocliveworkitem_Customer",
    "account": "msdyn_account_msdyn_ocliveworkitem_Customer",
}
"""Entity of a linked record to the variable that names it; a list of one record."""

KNOWN: Final[Mapping[str, Variable]] = {
    variable.name: variable
    for variable in (
        *MESSAGING,
        *VOICE_ONLY,
        *HAND_OFF,
        *(Variable(name, f"The linked {entity}", ALL, "record") for entity, name in LINKED.items()),
    )
}
"""Every known variable by its name."""


def is_known(name: str) -> bool:
    """Return whether a variable is no custom one."""
    return name in KNOWN


def on_channel(channel: str) -> tuple[Variable, ...]:
    """Return the variables that exist on a channel, in the order of the tables above."""
    is_voice = channel in VOICE
    return tuple(
        variable
        for variable in KNOWN.values()
        if "*" in variable.channels
        or channel in variable.channels
        or (not variable.channels and not is_voice)
    )
