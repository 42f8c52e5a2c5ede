"""The contract of every hub: what it is told, what it answers, what it says by itself.

A hub is a set of pure functions from our words to an HTTP request and back. Who may speak (tokens,
signatures), when and how often is the outbox's business (`streams/hubs`); nothing here knows a
secret, except that `verify_inbound` is given the ones to try.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, Protocol

import msgspec

from processors.handoff.hubs.errors import HubSettingsError

HubKind = Literal[
    "dynamics365", "genesys", "liveperson", "salesforce", "servicenow", "zendesk", "custom"
]
Kind = Literal["initiate", "message", "status", "end", "health"]
State = Literal["accepted", "failed", "completed"]
Author = Literal["customer", "representative", "bot", "system"]
Value = str | int | float
Secrets = Sequence[bytes]
"""Secrets in force for a hub, the newest first: two while one is being replaced."""


class HttpRequest(msgspec.Struct, frozen=True):
    """One HTTP request, complete but for authorization, signature and idempotency key.

    Attributes:
        method: GET, POST, PUT or DELETE.
        url: Whole address.
        headers: Names and values in order.
        body: The bytes; empty for none.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


class Receipt(msgspec.Struct, frozen=True):
    """What an answer means.

    Attributes:
        outcome: delivered: the hub has it. retry: not now. refused: never, as it stands.
        hub_conversation_id: The hub's id of the conversation, when the answer says it.
        hub_message_id: The hub's id of the message, when the answer says it.
        because: Why not, as a sentence for people.
        retry_after_ms: How long the hub asks to wait.
    """

    outcome: Literal["delivered", "retry", "refused"]
    hub_conversation_id: str | None = None
    hub_message_id: str | None = None
    because: str | None = None
    retry_after_ms: int | None = None


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One turn of the conversation, for a hub."""

    number: int
    turn_id: str
    author: Author
    text: str
    author_id: str | None = None
    author_name: str | None = None
    text_format: str = "plain"
    visibility: str = "public"
    occurred_at_ms: int = 0


class Transcript(msgspec.Struct, frozen=True):
    """The conversation up to the hand-off.

    Attributes:
        turns: All of it, in order.
        content_url: Where the same can be fetched, for hubs that do not get it inline.
    """

    turns: tuple[Turn, ...] = ()
    content_url: str | None = None


class Handoff(msgspec.Struct, frozen=True, kw_only=True):
    """What a delivery is about.

    Attributes:
        delivery_key: Stable over every repetition of the delivery; the idempotency key.
        hub_conversation_id: The hub's id, once it has told one.
        variables: Context variables by name.
        at_ms: When what is told happened.
    """

    tenant: str
    conversation_id: str
    request_id: str
    delivery_key: str
    at_ms: int
    hub_conversation_id: str | None = None
    bot_id: str | None = None
    channel: str = ""
    is_voice: bool = False
    locale: str | None = None
    customer_id: str | None = None
    customer_name: str | None = None
    message: str | None = None
    reason: str | None = None
    variables: Mapping[str, Value] = {}

    @property
    def hub_id(self) -> str:
        """Return the hub's id of the conversation, ours before it has told one."""
        return self.hub_conversation_id or self.conversation_id


class Status(msgspec.Struct, frozen=True):
    """What became of a hand-off, told to the other side."""

    state: State
    message: str | None = None


class HubMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Something said in the hub.

    Attributes:
        event_id: The hub's id of it: the same event delivered again has the same.
        conversation_id: Our id of the conversation, where the hub keeps it.
        hub_conversation_id: The hub's id, where it says one. One of the two is there.
    """

    event_id: str
    text: str
    conversation_id: str | None = None
    hub_conversation_id: str | None = None
    request_id: str | None = None
    author: Author = "representative"
    author_id: str | None = None
    author_name: str | None = None
    text_format: Literal["plain", "markdown", "html"] = "plain"
    at_ms: int | None = None


class HubStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What the hub says became of the hand-off. Ids as in `HubMessage`."""

    event_id: str
    state: State
    conversation_id: str | None = None
    hub_conversation_id: str | None = None
    request_id: str | None = None
    message: str | None = None
    representative_id: str | None = None
    representative_name: str | None = None
    at_ms: int | None = None


class Inbound(msgspec.Struct, frozen=True):
    """What a webhook carries, in its order.

    Attributes:
        messages: What humans said.
        statuses: What became of hand-offs.
        ignored: Event types that mean nothing to us; they are counted.
    """

    messages: tuple[HubMessage, ...] = ()
    statuses: tuple[HubStatus, ...] = ()
    ignored: tuple[str, ...] = ()


class Option(msgspec.Struct, frozen=True):
    """One setting of a hub's payloads.

    Attributes:
        says: What it is.
        default: Its value when it is not set; None: it must be set.
        is_confirmed: A public page of the vendor says so; False: check it against your system.
    """

    says: str
    default: str | None = None
    is_confirmed: bool = True


class HubSettings(msgspec.Struct, frozen=True):
    """How one hub is spoken to: nothing secret.

    Attributes:
        hub: Its name in the settings.
        kind: Whose payloads.
        url: Base address, without a slash at the end.
        options: Settings of the payloads by name, see `Hub.options`.
    """

    hub: str
    kind: HubKind
    url: str
    options: Mapping[str, str] = {}


class Hub(Protocol):
    """The payloads of one kind of hub."""

    kind: ClassVar[HubKind]
    options: ClassVar[Mapping[str, Option]]

    def initiate(
        self, handoff: Handoff, transcript: Transcript, settings: HubSettings
    ) -> HttpRequest:
        """Return: a human is wanted, and this is all that was said and collected."""

    def message(self, handoff: Handoff, turn: Turn, settings: HubSettings) -> HttpRequest:
        """Return: this was said since."""

    def status(self, handoff: Handoff, status: Status, settings: HubSettings) -> HttpRequest | None:
        """Return: this became of the hand-off; None when the hub takes no such thing."""

    def end(
        self, handoff: Handoff, reason: str | None, settings: HubSettings
    ) -> HttpRequest | None:
        """Return: it is over; None when the hub takes no such thing."""

    def health(self, settings: HubSettings) -> HttpRequest:
        """Return a request that changes nothing and succeeds when the hub can be spoken to."""

    def read_response(
        self, kind: Kind, status: int, headers: Mapping[str, str], body: bytes
    ) -> Receipt:
        """Return what an answer means; header names in lower case."""

    def read_inbound(
        self, headers: Mapping[str, str], body: bytes, settings: HubSettings
    ) -> Inbound:
        """Return what a webhook carries; header names in lower case.

        Raises:
            UnreadableInboundError: It is none of the hub's.
        """

    def verify_inbound(
        self, headers: Mapping[str, str], body: bytes, secrets: Secrets, at_ms: int
    ) -> bool:
        """Return whether a webhook comes from the hub, and not from long ago."""


def option(hub: Hub, settings: HubSettings, name: str) -> str:
    """Return a setting or its default.

    Raises:
        HubSettingsError: It must be set and is not.
    """
    known = hub.options[name]
    value = settings.options.get(name, known.default)
    if value is None:
        raise HubSettingsError(
            hub=settings.hub, field=f"options.{name}", because=f"is missing ({known.says})"
        )
    return value


def unconfirmed(says: str, default: str) -> Option:
    """Return an option that no public page confirms."""
    return Option(says, default, is_confirmed=False)


def json_body(value: Any) -> bytes:
    """Return JSON bytes, the same for equal values in the same order."""
    return msgspec.json.encode(value)


def post(url: str, value: Any, *headers: tuple[str, str], method: str = "POST") -> HttpRequest:
    """Return a request with a JSON body."""
    return HttpRequest(
        method, url, (("content-type", "application/json"), *headers), json_body(value)
    )


def get(url: str) -> HttpRequest:
    """Return a request that asks for JSON."""
    return HttpRequest("GET", url, (("accept", "application/json"),))
