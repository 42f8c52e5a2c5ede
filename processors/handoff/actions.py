"""What a bot can do beside speaking: its actions, their inputs, and what each makes true.

An action that its input or its channel does not allow is refused with the reason; nothing is put
right in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, assert_never

import msgspec

from processors.handoff import locales, voice
from processors.handoff.context import Value
from processors.machine import Rejection

UNKNOWN_ACTION: Final = "action.unknown"
BAD_INPUT: Final = "action.bad_input"
CALLS_ONLY: Final = "action.calls_only"
NO_PRIVILEGE: Final = "action.no_make_calls_privilege"

Name = Literal[
    "set_survey_consent",
    "set_customer_locale_and_handoff",
    "send_uninterruptible_message",
    "transfer_to_phone_number",
    "hang_up",
]
InputType = Literal["boolean", "text"]


class Action(msgspec.Struct, frozen=True):
    """One action.

    Attributes:
        name: What a bot calls it.
        input: Name of its input; None: it has none.
        input_type: What the input is.
        is_for_calls: It means nothing in a text conversation.
    """

    name: Name
    input: str | None
    input_type: InputType
    is_for_calls: bool


ACTIONS: Final[Mapping[str, Action]] = {
    action.name: action
    for action in (
        Action("set_survey_consent", "surveyConsent", "boolean", is_for_calls=False),
        Action("set_customer_locale_and_handoff", "customerLocale", "text", is_for_calls=False),
        Action("send_uninterruptible_message", "UninterruptibleMessage", "text", is_for_calls=True),
        Action("transfer_to_phone_number", "TargetPhoneNumber", "text", is_for_calls=True),
        Action("hang_up", None, "text", is_for_calls=True),
    )
}
"""All actions by name."""


class SetVariables(msgspec.Struct, frozen=True):
    """Context variables take new values."""

    values: dict[str, Value]


class HandOff(msgspec.Struct, frozen=True):
    """The conversation goes to representatives who serve `locale`, with these variables."""

    locale: locales.Locale
    values: dict[str, Value]


class Speak(msgspec.Struct, frozen=True):
    """A message is spoken; while it is, the caller cannot interrupt."""

    text: str
    is_uninterruptible: bool = True


class TransferCall(msgspec.Struct, frozen=True):
    """The call goes to another number."""

    number: str


class HangUp(msgspec.Struct, frozen=True):
    """The call ends."""


Effect = SetVariables | HandOff | Speak | TransferCall | HangUp


class Situation(msgspec.Struct, frozen=True):
    """What an action depends on beside its input.

    Attributes:
        customer_phone: Caller's number; empty or None for a text conversation.
        callable_numbers: Numbers that calls may be transferred to, i.e. that have the privilege to
            make calls; digits only.
        is_next_a_bot: A hand-off leads to another bot, not to representatives.
    """

    customer_phone: str | None = None
    callable_numbers: frozenset[str] = frozenset()
    is_next_a_bot: bool = False


def perform(name: str, inputs: Mapping[str, Any], situation: Situation) -> Effect | Rejection:
    """Return what an action makes true, or why it fails."""
    action = ACTIONS.get(name)
    if action is None:
        return Rejection(
            UNKNOWN_ACTION, f"there is no action {name[:60]!r}; there are {', '.join(ACTIONS)}"
        )
    if action.is_for_calls and not voice.is_call(situation.customer_phone):
        return Rejection(CALLS_ONLY, f"{name} is for calls; this customer writes")
    given = None if action.input is None else inputs.get(action.input)
    if refusal := _misfit(action, given):
        return refusal
    match action.name:
        case "set_survey_consent":
            return SetVariables({"va_SurveyConsent": "true" if given else "false"})
        case "set_customer_locale_and_handoff":
            return _handed_off(str(given), situation)
        case "send_uninterruptible_message":
            return Speak(str(given))
        case "transfer_to_phone_number":
            return _transferred(str(given), situation)
        case "hang_up":
            return HangUp()
        case _:
            assert_never(action.name)


def _misfit(action: Action, given: Any) -> Rejection | None:
    """Return why the input is not what the action takes, or None when it is."""
    if action.input is None:
        return None
    wanted = bool if action.input_type == "boolean" else str
    if isinstance(given, wanted) and (wanted is bool or str(given).strip()):
        return None
    words = "true or false" if wanted is bool else "a text that is not empty"
    return Rejection(BAD_INPUT, f"{action.name} takes {action.input}: {words}")


def _handed_off(code: str, situation: Situation) -> HandOff | Rejection:
    locale = locales.for_hand_off(code, is_to_bot=situation.is_next_a_bot)
    if isinstance(locale, Rejection):
        return locale
    return HandOff(locale, {"va_CustomerLocale": locale.code})


def _transferred(text: str, situation: Situation) -> TransferCall | Rejection:
    number = voice.phone_number(text)
    if isinstance(number, Rejection):
        return number
    if number not in situation.callable_numbers:
        return Rejection(
            NO_PRIVILEGE,
            f"calls cannot be transferred to {number}: it has no privilege to make calls; give it"
            " the privilege in the settings first",
        )
    return TransferCall(number)
