"""Bot Framework activities to inputs of the conversation log.

Pure: the same bytes give the same records with the same ids, so an activity that comes again adds
nothing. What an activity says in fields of Dynamics 365 is read too: the `tags` by which a bot
escalates or ends, and `deliveryMode`, without which a bot's message is not meant for the customer.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from processors.handoff import context, transcript
from schemas import catalogue
from schemas.errors import InvalidRecordError
from streams.adapters.bot_framework_words import words_of
from streams.adapters.outcome import Ignored, Item, Outcome, Recorded, Rejected
from streams.json_depth import is_deeper

DEPTH_MAX: Final = 32
PUBLIC_DELIVERY: Final = "bridged"
CUSTOMER_LEFT: Final = "customer_left"
SET_CONTEXT: Final = frozenset({"startConversation", "pvaSetContext", "setContext"})
"""Events by which variables are set."""

CHANNELS: Final[Mapping[str, str]] = {
    "directline": "live_chat",
    "webchat": "live_chat",
    "emulator": "live_chat",
    "lcw": "live_chat",
    "msteams": "teams",
    "telephony": "voice",
    "twilio-sms": "sms",
    "applemessagesforbusiness": "apple",
}
"""The protocol's word for a channel to ours; other words stay as they are."""

_CONVERSATION: Final = "cuestream.conversation."
_OMNICHANNEL: Final = "vnd.microsoft.msdyn.oc.data"
_FORMATS: Final = {"plain": "plain", "text": "plain", "markdown": "markdown", "xml": "html"}
_FRACTION: Final = re.compile(r"(\.\d{6})\d+")
_ID_CHARS_MAX: Final = 256
_SECONDS_MAX: Final = 100_000_000_000
"""Numbers above are milliseconds: as seconds they would lie in the year 5138."""

Json = dict[str, Any]


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Whose activities these are, and how they are to be taken.

    Attributes:
        tenant: Whose data they become.
        bot_id: What records call the bot.
        bot_ids: Ids by which the bot goes as sender or receiver, its application id among them.
        workstream: Workstream of its conversations.
        is_routed: Its conversations go to a representative when the bot is done.
        is_bridged_only: A bot's message is for the customer only when it says so; else a note.
        needs_delivery: We are the bot's way to the customer: its messages must be delivered.
        has_live_turns: Turns come one by one as they are said, so a transcript adds only those that
            carry their id. False: the conversation is first heard of when it is handed off.
    """

    tenant: str
    bot_id: str
    bot_ids: frozenset[str] = frozenset()
    workstream: str | None = None
    is_routed: bool = False
    is_bridged_only: bool = True
    needs_delivery: bool = False
    has_live_turns: bool = True


class _Unfit(Exception):  # noqa: N818 - never leaves this module
    """Why an activity is rejected."""


def read(body: bytes, account: Account) -> Outcome:
    """Return the records that one activity is, or why it is none."""
    try:
        activity = _parse(body)
        return _Reading(activity, account).outcome()
    except _Unfit as fault:
        return Rejected(str(fault))
    except InvalidRecordError as fault:
        return Rejected(f"{fault.field or 'the activity'}: {fault.because}")


def service_of(body: bytes) -> tuple[str | None, str | None] | None:
    """Return an activity's service URL and channel; None when the bytes are no activity."""
    try:
        activity = _parse(body)
    except _Unfit:
        return None
    return _text(activity, "serviceUrl"), _text(activity, "channelId")


def _parse(body: bytes) -> Json:
    try:
        found = msgspec.json.decode(body)
    except RecursionError:
        raise _Unfit(f"the JSON is nested deeper than {DEPTH_MAX} levels") from None
    except (msgspec.DecodeError, UnicodeError) as fault:
        raise _Unfit(f"the body is not JSON: {fault}") from fault
    if not isinstance(found, dict):
        raise _Unfit("an activity is a JSON object; send one at a time")
    if is_deeper(found, DEPTH_MAX):
        raise _Unfit(f"the JSON is nested deeper than {DEPTH_MAX} levels")
    return found


class _Reading:
    """One activity on its way to records."""

    def __init__(self, activity: Json, account: Account) -> None:
        self._activity, self._account = activity, account
        self._type = _text(activity, "type") or ""
        self._sender = _object(activity, "from")
        self._data = _object(activity, "channelData") or _object(activity, "channeldata")
        self._voice_data = _object(self._data, _OMNICHANNEL)
        self._items: list[Item] = []
        self._notes: list[str] = []

    def outcome(self) -> Outcome:
        """Return what the activity says."""
        if not self._type:
            raise _Unfit("an activity has a type; this one has none")
        if transcript.is_initiation(self._activity):
            self._handed_off()
            return self._recorded()
        match self._type:
            case "message":
                return self._message()
            case "event":
                return self._event()
            case "conversationUpdate":
                return self._updated()
            case "endOfConversation":
                code = _text(self._activity, "code")
                reason = CUSTOMER_LEFT if self._is_from_customer() else code
                self._put("ConversationEnded", "ended", self._end(reason))
                return self._recorded()
            case "invoke" if _text(self._activity, "name") == "adaptiveCard/action":
                return Ignored("card actions are not taken: no card of ours has any")
            case other:
                return Ignored(f"activities of type {other[:40]} say nothing to a log")

    # What each kind says

    def _message(self) -> Outcome:
        command = self._command()
        if command is not None:
            return self._commanded(command)
        if not self._say(self._author()):
            return Ignored("the message is empty")
        return self._recorded()

    def _commanded(self, command: Json) -> Outcome:
        """Take what a bot tells the hub by `channelData.tags`."""
        kind = str(command.get("type", "")).casefold()
        given = command.get("context")
        values = self._plain_values(given if isinstance(given, dict) else {})
        if self._author() == "customer":
            raise _Unfit("a customer cannot escalate or end by tags; only a bot's activity can")
        match kind:
            case "escalate" | "0":
                self._put(
                    "HandoffInitiated",
                    "handoff",
                    {
                        "request_id": self._id(),
                        "bot_id": self._account.bot_id,
                        "message": _text(self._activity, "text") or None,
                        "reason": "escalated_by_bot",
                        "variables": self._json(values),
                    },
                )
            case "endconversation" | "1":
                if values:
                    self._set(values)
                self._say("bot")
                self._put("ConversationEnded", "ended", self._end("ended_by_bot"))
            case _:
                raise _Unfit(
                    f"channelData.tags: the command {str(command.get('type'))[:40]!r} is not known;"
                    " Escalate and EndConversation are"
                )
        return self._recorded()

    def _event(self) -> Outcome:
        name = _text(self._activity, "name") or ""
        value = self._activity.get("value")
        if name in SET_CONTEXT and isinstance(value, dict):
            self._set(value)
            return self._recorded()
        if transcript.is_status(self._activity):
            return Ignored("a hand-off's status is ours to tell")
        return Ignored(f"events named {name[:60] or 'nothing'} say nothing to a log")

    def _updated(self) -> Outcome:
        added = self._activity.get("membersAdded")
        if not added and not self._voice_data:
            return Ignored("nobody joined the conversation")
        self._open(added if isinstance(added, list) else [])
        return self._recorded()

    def _handed_off(self) -> None:
        """Take a `handoff.initiate`: the transcript, then the hand-off with its variables."""
        if self._is_from_customer():
            raise _Unfit("a customer cannot hand a conversation off; only its bot can")
        value = self._activity.get("value")
        found = transcript.transcript_of(self._activity.get("attachments"))
        if not self._account.has_live_turns:
            self._open([])
        for said in found.activities or ():
            self._recall(said)
        self._notes += [f"attachment {name!r} is not known" for name in found.ignored]
        values = _flat(value) if isinstance(value, dict) else {}
        message = values.get("va_AgentMessage", value if isinstance(value, str) else None)
        self._put(
            "HandoffInitiated",
            "handoff",
            {
                "request_id": self._id(),
                "bot_id": self._account.bot_id,
                "message": message if isinstance(message, str) and message else None,
                "variables": self._json(values),
                "transcript_url": found.url,
            },
        )

    # Records

    def _open(self, members: list[Any]) -> None:
        people = [who for who in members if isinstance(who, dict) and not self._is_bot(who)]
        sender = self._sender if self._sender and not self._is_bot(self._sender) else {}
        who = people[0] if people else sender
        is_named = bool(people) or self._role(who) == "user"
        given = _object(self._data, "conversationContext") | _object(
            self._data, "ConversationContext"
        )
        self._put(
            "ConversationOpened",
            "opened",
            {
                "channel": self._channel(),
                "customer_id": _text(who, "id") if is_named else None,
                "customer_name": _text(who, "name") if is_named else None,
                "locale": _text(self._activity, "locale"),
                "workstream": self._account.workstream,
                "bot_id": self._account.bot_id,
                "is_routed": self._account.is_routed,
                "customer_phone": _text(self._voice_data, "customerPhoneNumber"),
                "organization_phone": _text(self._voice_data, "organizationPhoneNumber"),
                "variables": self._json(given),
            },
        )

    def _say(self, author: str) -> bool:
        """Put the activity's words as a turn; return False when it has none."""
        text, speak = words_of(self._activity)
        if not text and not speak:
            return False
        is_public = author == "customer" or self._is_bridged()
        self._put(
            "TurnSaid",
            "turn",
            {
                "turn_id": self._id(),
                "author": author,
                "author_id": self._speaker(author, self._sender),
                "author_name": _text(self._sender, "name"),
                "text": text or speak,
                "text_format": _format(self._activity, author),
                "visibility": "public" if is_public else "private",
                "channel": self._channel(),
                "locale": _text(self._activity, "locale"),
                "reply_to": _text(self._activity, "replyToId"),
                "speak": speak,
                "needs_delivery": self._account.needs_delivery and is_public and author == "bot",
            },
        )
        return True

    def _speaker(self, author: str, sender: Json) -> str | None:
        """Return who spoke; a bot by what records call it, so that its late turns are known."""
        return self._account.bot_id if author == "bot" else _text(sender, "id")

    def _recall(self, said: Json) -> None:
        """Put one message of a transcript as a turn, where that adds anything."""
        if said.get("type", "message") != "message":
            return
        turn_id = _text(said, "id")
        if turn_id is None and self._account.has_live_turns:
            return
        text, speak = words_of(said)
        author = self._author_in_transcript(said)
        if not text or author is None:
            return
        turn_id = turn_id or _digest(said)
        data, sender = _object(said, "channelData"), _object(said, "from")
        is_private = "private" in str(data.get("tags", "")).split(",")
        self._put(
            "TurnSaid",
            f"recalled/{turn_id}",
            {
                "turn_id": turn_id,
                "author": author,
                "author_id": self._speaker(author, sender),
                "author_name": _text(sender, "name"),
                "text": text,
                "text_format": _format(said, author),
                "visibility": "private" if is_private else "public",
                "channel": self._channel(),
                "speak": speak,
            },
            at_ms=_at_ms(said) or _at_ms(self._activity),
        )

    def _set(self, values: Json) -> None:
        self._put(
            "VariablesSet",
            "variables",
            {"variables": self._json(values), "set_by": _text(self._sender, "id")},
        )

    def _end(self, reason: str | None) -> Json:
        return {"reason": reason, "ended_by": _text(self._sender, "id")}

    def _put(self, name: str, kind: str, fields: Json, *, at_ms: int | None = None) -> None:
        conversation_id = self._conversation_id()
        given = {field: value for field, value in fields.items() if value is not None}
        given["tenant"] = self._account.tenant
        given["conversation_id"] = conversation_id
        given["occurred_at_ms"] = _at_ms(self._activity) if at_ms is None else at_ms
        record = catalogue.from_json(_CONVERSATION + name, given)
        self._items.append(Item(record, f"{conversation_id}/{self._id()}/{kind}"))

    def _recorded(self) -> Recorded:
        source = f"/in/bot_framework/{self._account.bot_id}"
        return Recorded(tuple(self._items), source, tuple(self._notes))

    # What is read off the activity

    def _id(self) -> str:
        found = _text(self._activity, "id")
        if found is None:
            raise _Unfit("the activity has no id, so a repetition of it could not be told")
        if len(found) > _ID_CHARS_MAX or not found.isprintable():
            raise _Unfit(f"id: an id has 1 to {_ID_CHARS_MAX} printable characters")
        return found

    def _conversation_id(self) -> str:
        found = _text(_object(self._activity, "conversation"), "id")
        if found is None:
            raise _Unfit("the activity names no conversation: conversation.id is missing")
        full = f"{_text(self._activity, 'channelId') or 'unknown'}:{found}"
        if len(full) > _ID_CHARS_MAX or not full.isprintable():
            raise _Unfit(
                f"conversation.id: with its channel it has at most {_ID_CHARS_MAX} printable"
                " characters"
            )
        return full

    def _channel(self) -> str:
        if self._voice_data:
            return "voice"
        word = (_text(self._activity, "channelId") or "unknown").lower()
        return CHANNELS.get(word, word)

    def _author(self) -> str:
        """Return who speaks: by role, else by which of both sides is the bot."""
        role = self._role(self._sender)
        if role == "user":
            return "customer"
        receiver = _object(self._activity, "recipient")
        if self._is_bot(self._sender) or self._role(receiver) == "user":
            return "bot"
        if self._is_bot(receiver):
            return "customer"
        raise _Unfit(
            "who speaks cannot be told: from.role is missing, and neither from.id nor recipient.id"
            " is one of the bot's; add the bot's id to bot_ids"
        )

    def _is_from_customer(self) -> bool:
        """Return whether a customer certainly sent it; a bot's events often say no role."""
        receiver = _object(self._activity, "recipient")
        is_to_bot = self._is_bot(receiver) and not self._is_bot(self._sender)
        return self._role(self._sender) == "user" or is_to_bot

    def _author_in_transcript(self, said: Json) -> str | None:
        named = _object(said, "channelData").get("author")
        if named in {"customer", "representative", "bot", "system"}:
            return str(named)
        sender = _object(said, "from")
        if self._is_bot(sender):
            return "bot"
        return "customer" if self._role(sender) in {"user", ""} and sender else None

    def _role(self, account: Json) -> str:
        role = account.get("role")
        return role.lower() if isinstance(role, str) else ""

    def _is_bot(self, account: Json) -> bool:
        is_role = self._role(account) in {"bot", "skill"}
        who = account.get("id")
        return is_role or who == self._account.bot_id or who in self._account.bot_ids

    def _is_bridged(self) -> bool:
        mode = self._data.get("deliveryMode")
        if mode is None:
            return not self._account.is_bridged_only
        return bool(mode == PUBLIC_DELIVERY)

    def _command(self) -> Json | None:
        """Return the command in `channelData.tags`; None when the tags are only words."""
        tags = self._data.get("tags")
        if isinstance(tags, str) and tags.lstrip().startswith("{"):
            try:
                tags = _parse(tags.encode())
            except (_Unfit, UnicodeError) as fault:
                raise _Unfit(f"channelData.tags: {fault}") from fault
        return tags if isinstance(tags, dict) else None

    def _plain_values(self, given: Json) -> dict[str, str | int]:
        """Return the values a command may carry: whole numbers and texts."""
        values: dict[str, str | int] = {}
        for name, value in given.items():
            if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
                values[name] = value
            else:
                self._notes.append(f"variable {name[:100]!r}: a value is an integer or a string")
        return values

    def _json(self, values: Json) -> str:
        """Return variables for their record, whole: whoever merges them cuts, and says so."""
        merged = context.merged({}, values)
        self._notes += [f"variable {name!r}: {because}" for name, because in merged.refused]
        kept = {name: value for name, value in values.items() if name in merged.values}
        return msgspec.json.encode(kept, order="deterministic").decode()


def _flat(value: Json) -> Json:
    """Return an event's value with the members of its `context` beside the others."""
    inner = value.get("context")
    if not isinstance(inner, dict):
        return value
    return inner | {name: given for name, given in value.items() if name != "context"}


def _format(activity: Json, author: str) -> str:
    """Return how the text is to be read: bots write Markdown unless they say otherwise."""
    given = activity.get("textFormat")
    known = _FORMATS.get(given.lower()) if isinstance(given, str) else None
    return known or ("plain" if author == "customer" else "markdown")


def _at_ms(activity: Json) -> int:
    """Return when the activity was sent, epoch ms; 0 when it does not say so."""
    for name in ("timestamp", "localTimestamp"):
        given = activity.get(name)
        if isinstance(given, int | float) and not isinstance(given, bool):
            return max(0, int(given if given > _SECONDS_MAX else given * 1_000))
        if isinstance(given, str) and (parsed := _parsed_ms(given)) is not None:
            return parsed
    return 0


def _parsed_ms(text: str) -> int | None:
    try:
        at = datetime.fromisoformat(_FRACTION.sub(r"\1", text))
    except ValueError:
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return max(0, int(at.timestamp() * 1_000 + 0.5))


def _digest(said: Json) -> str:
    return hashlib.sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()[:32]


def _object(holder: Json, name: str) -> Json:
    found = holder.get(name)
    return found if isinstance(found, dict) else {}


def _text(holder: Json, name: str) -> str | None:
    found = holder.get(name)
    return found if isinstance(found, str) and found.strip() else None
