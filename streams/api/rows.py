"""Rows as JSON: from the bytes a view writes to what an answer carries."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final, TypeVar, cast

import msgspec

from processors.views.conversation import (
    CONVERSATION,
    Access,
    ConversationView,
    RecommendationView,
    decode,
)
from streams.api.errors import CursorError

T = TypeVar("T")

PROCESSOR: Final = "conversation"


class _Guarded(msgspec.Struct, frozen=True, gc=False):
    """The part of a conversation's JSON that decides who may see it."""

    access: Access


class RecommendationAnswer(RecommendationView, frozen=True):
    """A recommendation with its card as a JSON object."""

    card: dict[str, Any]  # type: ignore[assignment]  # the row has it as text


_encode = msgspec.json.Encoder().encode
_guarded_of = msgspec.json.Decoder(_Guarded).decode


def conversation_of(row: bytes) -> ConversationView:
    """Return the conversation behind a row."""
    return cast("ConversationView", decode(CONVERSATION, row))


def active_at_ms(view: ConversationView) -> int:
    """Return when something last happened in a conversation."""
    return max(view.opened_at_ms, view.last_turn_at_ms)


def access_of(row: bytes) -> Access:
    """Return who may see the conversation behind a row."""
    return conversation_of(row).access


def access_in(answer: bytes) -> Access:
    """Return who may see the conversation in another worker's JSON answer."""
    return _guarded_of(answer).access


def as_json(table: str, row: bytes) -> msgspec.Raw:
    """Return a row as the JSON readers get; a recommendation's card is an object in it."""
    view = decode(table, row)
    if isinstance(view, RecommendationView):
        fields = msgspec.structs.asdict(view)
        return msgspec.Raw(_encode(fields | {"card": card_of(view.card)}))
    return msgspec.Raw(_encode(view))


def card_of(text: str) -> msgspec.Raw:
    """Return a card's text as JSON to embed; null when it is not JSON."""
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError:
        return msgspec.Raw(b"null")
    return msgspec.Raw(text.encode())


def conversation_key(tenant: str, conversation_id: str) -> bytes:
    """Return the aggregate key of a conversation."""
    return f"{tenant}:{conversation_id}".encode()


def read_conversation_key(row_key: bytes) -> tuple[str, str]:
    """Return `(tenant, conversation id)` in front of a row key."""
    tenant, _, conversation_id = row_key.partition(b"\0")[0].decode().partition(":")
    return tenant, conversation_id


def encode_cursor(*parts: Any) -> str:
    """Return values as one opaque, URL-safe word."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(parts)).decode().rstrip("=")


def decode_cursor(word: str, shape: type[T]) -> T:
    """Return what `encode_cursor` packed.

    Raises:
        CursorError: It did not.
    """
    try:
        data = base64.b64decode(word + "=" * (-len(word) % 4), altchars=b"-_", validate=True)
        return msgspec.msgpack.decode(data, type=shape)
    except (binascii.Error, ValueError, msgspec.DecodeError) as fault:
        raise CursorError(because="it was not given out by this API") from fault
