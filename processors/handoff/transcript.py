"""The messages of a hand-off on the wire: transcript, `handoff.initiate`, `handoff.status`.

A transcript travels inside its event while the whole event fits a message; else it is stored under
a key and the event says where. It is never cut and never left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, Protocol

import msgspec
import numpy as np

from processors.handoff.voice import MESSAGE_BYTES_MAX

INITIATE: Final = "handoff.initiate"
STATUS: Final = "handoff.status"
TRANSCRIPT: Final = "Transcript"
JSON: Final = "application/json"

State = Literal["accepted", "failed", "completed"]
STATES: Final[tuple[State, ...]] = ("accepted", "failed", "completed")

_ROLE: Final = {"customer": "user", "bot": "bot", "representative": "bot", "system": "bot"}
"""The protocol knows two roles: who is served, and who serves."""

Activity = dict[str, Any]


class Turn(Protocol):
    """What a transcript needs of a turn; view rows and inputs both have it."""

    @property
    def turn_id(self) -> str: ...  # noqa: D102 - the fields of TurnView
    @property
    def author(self) -> str: ...  # noqa: D102
    @property
    def author_id(self) -> str | None: ...  # noqa: D102
    @property
    def author_name(self) -> str | None: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102
    @property
    def text_format(self) -> str: ...  # noqa: D102
    @property
    def visibility(self) -> str: ...  # noqa: D102
    @property
    def occurred_at_ms(self) -> int: ...  # noqa: D102


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation as the protocol refers to it.

    Attributes:
        conversation_id: Its id on its channel.
        channel_id: The channel's word for itself.
        service_url: Where the channel takes activities; None when there is no such place.
        activity_id: The activity that led here.
        bot_id: The bot that hands off.
        bot_name: Name to show for it.
        customer_id: The customer as the channel knows them.
        customer_name: Name to show for them.
        locale: BCP 47 tag.
    """

    conversation_id: str
    channel_id: str = ""
    service_url: str | None = None
    activity_id: str | None = None
    bot_id: str | None = None
    bot_name: str | None = None
    customer_id: str | None = None
    customer_name: str | None = None
    locale: str | None = None


class Initiation(msgspec.Struct, frozen=True):
    """A `handoff.initiate` event.

    Attributes:
        activity: The event as it goes out.
        stored: Bytes of the transcript to be put under `content_url`; None: it is in the event.
        content_url: Where the event says that the transcript is; None: it is in the event.
        is_too_large: The event does not fit a message even without the transcript.
    """

    activity: Activity
    stored: bytes | None
    content_url: str | None
    is_too_large: bool


class Found(msgspec.Struct, frozen=True):
    """The transcript among an event's attachments.

    Attributes:
        activities: What came inside the event; None: nothing did.
        url: Where it is to be had.
        ignored: Names or types of attachments that are not known, which is no fault.
    """

    activities: tuple[Activity, ...] | None = None
    url: str | None = None
    ignored: tuple[str, ...] = ()


def timestamp(at_ms: int) -> str:
    """Return a time as RFC 3339 in UTC with milliseconds."""
    return f"{np.datetime64(at_ms, 'ms')}Z"


def transcript_key(tenant: str, request_id: str, content: bytes) -> str:
    """Return the key under which a transcript is stored; the same content has the same key."""
    about = hashlib.blake2b(b"\0".join((tenant.encode(), request_id.encode(), content)))
    return f"transcripts/{tenant}/{about.hexdigest()[:32]}.json"


def activities(turns: Iterable[Turn], about: Reference) -> list[Activity]:
    """Return turns as message activities, in their order, private notes marked as such."""
    return [_message(turn, about) for turn in turns]


def initiate(
    *,
    event_id: str,
    at_ms: int,
    about: Reference,
    value: Mapping[str, Any] | None = None,
    turns: Sequence[Turn] = (),
    content_url: str | None = None,
) -> Initiation:
    """Return the event by which a bot hands off.

    Args:
        event_id: Its id.
        at_ms: When.
        about: The conversation and where it takes place.
        value: What the hub routes by: the variables.
        turns: The transcript.
        content_url: Where the transcript will be found if it does not fit; must then be given.

    Raises:
        ValueError: The transcript does not fit and there is no `content_url`.
    """
    head: Activity = {
        "type": "event",
        "name": INITIATE,
        "id": event_id,
        "timestamp": timestamp(at_ms),
        "conversation": {"id": about.conversation_id},
        "value": dict(value or {}),
        "attachments": [],
        "relatesTo": _relates_to(about),
        "replyToId": about.activity_id,
        "serviceUrl": about.service_url,
        "channelId": about.channel_id or None,
        "from": _account(about.bot_id, about.bot_name, "bot"),
        "recipient": _account(about.customer_id, about.customer_name, "user"),
        "locale": about.locale,
    }
    head = {name: given for name, given in head.items() if given is not None}
    said = activities(turns, about)
    inside = {**head, "attachments": [_attachment(content=said)]}
    if _fits(inside):
        return Initiation(inside, None, None, is_too_large=False)
    if content_url is None:
        raise ValueError("a transcript that does not fit its event needs a content_url")
    outside = {**head, "attachments": [_attachment(content_url=content_url)]}
    stored = msgspec.json.encode(said)
    return Initiation(outside, stored, content_url, is_too_large=not _fits(outside))


def status(
    *,
    event_id: str,
    at_ms: int,
    about: Reference,
    state: State,
    message: str | None = None,
) -> Activity:
    """Return the event by which a hub tells the bot what became of its hand-off."""
    value: dict[str, Any] = {"state": state}
    if message:
        value["message"] = message
    activity: Activity = {
        "type": "event",
        "name": STATUS,
        "id": event_id,
        "timestamp": timestamp(at_ms),
        "conversation": {"id": about.conversation_id},
        "value": value,
        "serviceUrl": about.service_url,
        "channelId": about.channel_id or None,
        "from": _account(about.customer_id, about.customer_name, "user"),
        "recipient": _account(about.bot_id, about.bot_name, "bot"),
        "replyToId": about.activity_id,
    }
    return {name: given for name, given in activity.items() if given is not None}


def is_initiation(activity: Mapping[str, Any]) -> bool:
    """Return whether a bot hands off with this activity: an event of that name, or a hand-off.

    The protocol's page has type `event`; the newer kit of its maker sends type `handoff`, with or
    without the name.
    """
    match activity.get("type"), activity.get("name"):
        case "event", str(name):
            return name == INITIATE
        case "handoff", name:
            return name in {None, "", INITIATE}
        case _:
            return False


def is_status(activity: Mapping[str, Any]) -> bool:
    """Return whether an activity tells what became of a hand-off."""
    return activity.get("type") in {"event", "handoff"} and activity.get("name") == STATUS


def transcript_of(attachments: Any) -> Found:
    """Return the transcript among attachments; those that are not known are passed over."""
    found, ignored = Found(), []
    for attachment in attachments if isinstance(attachments, list) else ():
        if not isinstance(attachment, dict):
            ignored.append(type(attachment).__name__)
            continue
        read = _read(attachment) if found.activities is None and found.url is None else None
        if read is None:
            ignored.append(str(attachment.get("name") or attachment.get("contentType") or "?"))
        else:
            found = read
    return msgspec.structs.replace(found, ignored=tuple(ignored))


def _read(attachment: Activity) -> Found | None:
    """Return the transcript in an attachment; None when it is something else."""
    media = str(attachment.get("contentType") or "").partition(";")[0].strip().lower()
    if attachment.get("name") != TRANSCRIPT or media != JSON:
        return None
    content, url = attachment.get("content"), attachment.get("contentUrl")
    if isinstance(content, dict):
        content = content.get("activities", content.get("Activities"))
    if isinstance(content, list):
        return Found(activities=tuple(said for said in content if isinstance(said, dict)))
    return Found(url=url) if isinstance(url, str) and url else None


def _message(turn: Turn, about: Reference) -> Activity:
    data: dict[str, Any] = {"author": turn.author}
    if turn.visibility == "private":
        data["tags"] = "private"
    return {
        "type": "message",
        "id": turn.turn_id,
        "timestamp": timestamp(turn.occurred_at_ms),
        "channelId": about.channel_id,
        "conversation": {"id": about.conversation_id},
        "from": _account(turn.author_id or turn.author, turn.author_name, _ROLE[turn.author]),
        "text": turn.text,
        "textFormat": "xml" if turn.text_format == "html" else turn.text_format,
        "channelData": data,
    }


def _relates_to(about: Reference) -> Activity:
    reference: Activity = {
        "activityId": about.activity_id,
        "bot": _account(about.bot_id, about.bot_name, "bot"),
        "user": _account(about.customer_id, about.customer_name, "user"),
        "conversation": {"id": about.conversation_id},
        "channelId": about.channel_id or None,
        "serviceUrl": about.service_url,
        "locale": about.locale,
    }
    return {name: given for name, given in reference.items() if given is not None}


def _account(account_id: str | None, name: str | None, role: str) -> Activity | None:
    if account_id is None:
        return None
    return {"id": account_id, "role": role} | ({"name": name} if name else {})


def _attachment(
    *, content: list[Activity] | None = None, content_url: str | None = None
) -> Activity:
    attachment: Activity = {"contentType": JSON, "name": TRANSCRIPT}
    return attachment | ({"contentUrl": content_url} if content is None else {"content": content})


def _fits(activity: Activity) -> bool:
    return len(msgspec.json.encode(activity)) <= MESSAGE_BYTES_MAX
