"""Context variables: what a conversation knows by name, and what goes along with a hand-off.

A variable has a name of at most 100 characters that is compared exactly, and a value of at most
4,000 that is text or a number. Nothing is lost in silence: what is cut is named in `Merged.cut`,
what cannot be a variable is named with the reason in `Merged.refused`. The newest value of a name
counts. Characters are Unicode code points.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any, Final, Literal

import msgspec

from processors.handoff.known import LINKED, is_known, on_channel

NAME_CHARS_MAX: Final = 100
VALUE_CHARS_MAX: Final = 4_000
CUSTOM_VARIABLES_MAX: Final = 100
"""How many variables of its own a conversation may have, beside those the channels and bots set."""

CLOSE: Final = "CloseOmnichannelConversation"
"""A bot that sets this to true and hands off ends the conversation; on voice it says nothing."""

AUTHENTICATION: Final = frozenset(
    {
        "bot.AuthToken",
        "bot.IsLoggedIn",
        "bot.UserDisplayName",
        "bot.UserId",
        "AuthToken",
        "IsLoggedIn",
        "UserDisplayName",
        "UserId",
        "System.User.AccessToken",
        "System.User.IsLoggedIn",
        "User.AccessToken",
        "User.IsLoggedIn",
    }
)
"""Variables that say who signed in at the bot. They do not travel with a call."""

Value = str | int | float
Type = Literal["text", "number"]

_encode: Final = msgspec.json.Encoder(order="deterministic").encode
_decode: Final = msgspec.json.Decoder().decode
_EMPTY: Final[Mapping[str, Value]] = {}


class Merged(msgspec.Struct, frozen=True):
    """The variables after new ones came in.

    Attributes:
        values: Name to text or number, the newest of each name.
        cut: Names whose present value was cut to 4,000 characters, sorted.
        refused: Names that were not taken, each with the reason; "" stands for all of them.
    """

    values: dict[str, Value]
    cut: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


def merged(
    held: Mapping[str, Value],
    new: str | bytes | Mapping[str, Any],
    *,
    cut: Collection[str] = (),
    declared: Mapping[str, Type] | None = None,
) -> Merged:
    """Return what the conversation knows after `new`; nothing of `held` is changed.

    True and false become the texts `true` and `false`; an array becomes JSON text that keeps its
    newest entries if not all fit. An object or null is no value and is refused.

    Args:
        held: The variables so far, as an earlier `merged` gave them.
        new: A JSON object as text, or a mapping.
        cut: Names among `held` whose value is a cut one.
        declared: Types of the variables that are declared; a name that is not among them is made
            a text. None: nothing is declared, and every value keeps the type it comes with.

    Returns:
        Values, all names that are cut now, and what was refused.
    """
    given = _object(new)
    if isinstance(given, str):
        return Merged(dict(held), tuple(sorted(cut)), (("", given),))
    values = dict(held)
    is_cut = set(cut) & set(held)
    refused: list[tuple[str, str]] = []
    custom = sum(not is_known(name) for name in values)
    for name, raw in given.items():
        because = _unfit_name(name)
        value = (
            None
            if because
            else _value(raw, None if declared is None else declared.get(name, "text"))
        )
        if value is None or isinstance(value, _Unfit):
            refused.append((_shown(name), because or str(value)))
            continue
        if name not in values and not is_known(name):
            if custom == CUSTOM_VARIABLES_MAX:
                refused.append((name, f"there are {CUSTOM_VARIABLES_MAX} variables already"))
                continue
            custom += 1
        values[name], was_cut = value
        (is_cut.add if was_cut else is_cut.discard)(name)
    return Merged(values, tuple(sorted(is_cut)), tuple(refused))


def to_json(values: Mapping[str, Value]) -> str:
    """Return variables as JSON text; equal ones give equal text, in whatever order they are."""
    return _encode(values).decode()


def from_json(text: str | bytes) -> dict[str, Value]:
    """Return the variables of a JSON object; what is no variable is left out, as `merged` does."""
    return merged(_EMPTY, text).values


class BotContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a bot knows when it hands off.

    Attributes:
        conversation_id: The bot's conversation.
        bot_id: The bot that hands off.
        language: What it speaks, for routing; given on in lower case, as in `en-us`.
        last_topic: Last topic that a phrase of the customer triggered.
        topics: Topics that the customer triggered by a phrase, in order; not those reached by
            redirection only.
        phrases: What the customer said, in order.
        message: Private message to the representative.
        survey_consent: Whether the customer takes a survey afterwards; None: not asked.
        customer_locale: Locale the customer asked for.
        scope: Routing scope.
    """

    conversation_id: str
    bot_id: str | None
    language: str | None = None
    last_topic: str | None = None
    topics: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    message: str | None = None
    survey_consent: bool | None = None
    customer_locale: str | None = None
    scope: str = "bot"


def va_event_value(known: BotContext) -> dict[str, Any]:
    """Return the value of a `handoff.initiate` event: what is known, arrays as arrays."""
    given: dict[str, Any] = {
        "va_Scope": known.scope,
        "va_LastTopic": known.last_topic,
        "va_Topics": list(known.topics) or None,
        "va_LastPhrases": known.phrases[-1] if known.phrases else None,
        "va_Phrases": list(known.phrases) or None,
        "va_ConversationId": known.conversation_id,
        "va_AgentMessage": known.message,
        "va_BotId": known.bot_id,
        "va_Language": known.language.lower() if known.language else None,
        "va_SurveyConsent": known.survey_consent,
        "va_CustomerLocale": known.customer_locale,
    }
    return {name: value for name, value in given.items() if value is not None}


def va_variables(known: BotContext) -> Merged:
    """Return the same as context variables: arrays as JSON text of at most 4,000 characters."""
    return merged(_EMPTY, va_event_value(known))


def linked_record(entity: str, record_id: str, name: str) -> dict[str, Value]:
    """Return the variable that names a linked record; empty for an entity that has none.

    Args:
        entity: incident, contact or account.
        record_id: Its id.
        name: Title of the case, full name of the contact, name of the account.
    """
    variable = LINKED.get(entity)
    if variable is None:
        return {}
    return merged(_EMPTY, {variable: [{"RecordId": record_id, "PrimaryDisplayValue": name}]}).values


def channel_variables(channel: str, given: Mapping[str, Any]) -> dict[str, Value]:
    """Return those of `given` that a bot on `channel` is told; others do not exist there."""
    names = {variable.name for variable in on_channel(channel)}
    return merged(_EMPTY, {name: given[name] for name in sorted(given) if name in names}).values


def for_voice(values: Mapping[str, Value]) -> tuple[dict[str, Value], tuple[str, ...]]:
    """Return what may travel with a call, and the names of what stays behind.

    A call carries no sign-in, so variables that say who signed in would be empty or untrue.
    """
    behind = tuple(sorted(name for name in values if name in AUTHENTICATION))
    return {name: value for name, value in values.items() if name not in AUTHENTICATION}, behind


def closes_conversation(values: Mapping[str, Value], *, is_voice: bool) -> bool:
    """Return whether the hand-off that carries `values` is in truth the end of the conversation."""
    return not is_voice and str(values.get(CLOSE, "")).strip().lower() == "true"


class _Unfit(str):
    """Why a value is none."""


def _object(new: str | bytes | Mapping[str, Any]) -> Mapping[str, Any] | str:
    """Return the object behind `new`, or a sentence why it is none."""
    if isinstance(new, Mapping):
        return new
    try:
        found = _decode(new) if new else {}
    except (msgspec.DecodeError, UnicodeError, RecursionError) as fault:
        return f"the variables are no JSON: {fault}"
    if isinstance(found, dict):
        return found
    return "the variables are no JSON object of name to text or number"


def _unfit_name(name: object) -> str | None:
    if not isinstance(name, str) or not name or _is_broken(name):
        return "a name is a text of at least one character"
    if len(name) > NAME_CHARS_MAX:
        return f"the name has {len(name):,} characters; at most {NAME_CHARS_MAX} are allowed"
    return None


def _shown(name: object) -> str:
    text = str(name)[:NAME_CHARS_MAX]
    return text.encode("utf-8", "replace").decode()


def _value(raw: Any, wanted: Type | None) -> tuple[Value, bool] | _Unfit:
    """Return a value and whether it was cut, or why it is none."""
    match raw:
        case bool():
            raw = "true" if raw else "false"
        case list() | tuple():
            return _array(list(raw))
        case float() if not math.isfinite(raw):
            return _Unfit("the number is not finite")
        case str() | int() | float():
            pass
        case _:
            return _Unfit("a value is text or a number, no object and not null")
    if isinstance(raw, str):
        return _Unfit("the text is not valid Unicode") if _is_broken(raw) else _text(raw, wanted)
    if wanted == "text":
        return _cut(_encode(raw).decode())
    return raw, False


def _text(text: str, wanted: Type | None) -> tuple[Value, bool] | _Unfit:
    if wanted != "number":
        return _cut(text)
    try:
        number = _decode(text.strip())
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        number = None
    if isinstance(number, bool) or not isinstance(number, int | float):
        return _Unfit("the variable is declared a number, and this is none")
    return number, False


def _cut(text: str) -> tuple[str, bool]:
    return text[:VALUE_CHARS_MAX], len(text) > VALUE_CHARS_MAX


def _array(entries: list[Any]) -> tuple[str, bool] | _Unfit:
    """Return an array as JSON text that can be read: its newest entries, as many as fit."""
    try:
        texts = [_encode(entry).decode() for entry in entries]
    except (TypeError, UnicodeError, RecursionError):
        return _Unfit("an entry of the array is no JSON")
    room = VALUE_CHARS_MAX - 1
    kept: list[str] = []
    for text in reversed(texts):
        room -= len(text) + 1
        if room < 0:
            break
        kept.append(text)
    if not kept and texts:
        return _last_entry(entries[-1]), True
    return f"[{','.join(reversed(kept))}]", len(kept) < len(texts)


def _last_entry(entry: Any) -> str:
    """Return an array of the beginning of one entry that is too long by itself."""
    text = entry if isinstance(entry, str) else _encode(entry).decode()
    low, high = 0, min(len(text), VALUE_CHARS_MAX)
    while low < high:
        middle = (low + high + 1) // 2
        fits = len(_encode([text[:middle]]).decode()) <= VALUE_CHARS_MAX
        low, high = (middle, high) if fits else (low, middle - 1)
    return _encode([text[:low]]).decode()


def _is_broken(text: str) -> bool:
    """Return whether a text holds half a character, which UTF-8 cannot write."""
    return any("\ud800" <= character <= "\udfff" for character in text)
