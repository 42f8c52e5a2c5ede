"""Rows as JSON: from the bytes a view writes to what an answer carries.

A view writes a row as msgpack or as JSON; the first byte tells which: no msgpack map or array
starts with `{`.
"""

from __future__ import annotations

import base64
import binascii
import struct
from typing import Any, Final, TypeVar

import msgspec

from processors.views.conversation import (
    CONVERSATION,
    NOTHING_FOUND,
    RECOMMENDATION,
    TURN,
    Access,
    ConversationView,
    NothingFoundView,
    RecommendationView,
    TurnView,
)
from streams.api.errors import CursorError

T = TypeVar("T")

PROCESSOR: Final = "conversation"
VIEWS: Final[dict[str, type[Any]]] = {
    CONVERSATION: ConversationView,
    TURN: TurnView,
    RECOMMENDATION: RecommendationView,
    NOTHING_FOUND: NothingFoundView,
}

_JSON_OBJECT: Final = 0x7B
_NUMBER: Final = struct.Struct(">I")


class Line(msgspec.Struct, frozen=True, gc=False):
    """The part of a conversation row that lists choose and order by."""

    access: Access
    opened_at_ms: int
    last_turn_at_ms: int
    ended_at_ms: int | None

    @property
    def active_at_ms(self) -> int:
        """Return when something last happened."""
        return max(self.opened_at_ms, self.last_turn_at_ms)


class _Guarded(msgspec.Struct, frozen=True, gc=False):
    """The part of a conversation row that decides who may see it."""

    access: Access


class RecommendationAnswer(RecommendationView, frozen=True):
    """A recommendation with its card as a JSON object."""

    card: dict[str, Any]  # type: ignore[assignment]  # the row has it as text


class Decoder:
    """Reads rows of one shape in either form."""

    def __init__(self, shape: type[Any]) -> None:
        self._from_json = msgspec.json.Decoder(shape).decode
        self._from_msgpack = msgspec.msgpack.Decoder(shape).decode

    def __call__(self, data: bytes) -> Any:
        """Return the row behind `data`. Raises msgspec.DecodeError."""
        return self._from_json(data) if data[0] == _JSON_OBJECT else self._from_msgpack(data)


line_of = Decoder(Line)
_guarded_of = Decoder(_Guarded)
_views = {table: Decoder(shape) for table, shape in VIEWS.items()}
_encode = msgspec.json.Encoder().encode


def view_of(table: str, data: bytes) -> Any:
    """Return a row as its view struct."""
    return _views[table](data)


def access_of(data: bytes) -> Access:
    """Return who may see the conversation behind a row of it."""
    guarded: _Guarded = _guarded_of(data)
    return guarded.access


def as_json(table: str, data: bytes) -> msgspec.Raw:
    """Return a row as the JSON readers get; a recommendation's card is an object in it."""
    view = view_of(table, data)
    if table == RECOMMENDATION:
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


def turn_row_key(key: bytes, number: int) -> bytes:
    """Return the row key of a conversation's turn by its number, counted from 1."""
    return key + b"\0" + _NUMBER.pack(number)


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
