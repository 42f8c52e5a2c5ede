"""The comparison's work as a processor of ours: `TurnStats`.

What every engine does is in `ops.bench.work`; here it is wrapped in the contract of
`processors.machine`. Inputs and outputs are JSON, as for all engines; states are msgpack.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ops.bench.work import TEXTS_KEPT, hits
from processors.machine import At, Outcome, Traits
from schemas.errors import UndecodableError


class Turn(msgspec.Struct, frozen=True, gc=False):
    """One utterance as it stands in the log."""

    conversation_id: str
    author: str
    text: str
    at_ms: int
    n: int


class Counted(msgspec.Struct, frozen=True, gc=False):
    """The output: where its conversation stands after one more turn."""

    conversation_id: str
    count: int
    hits: int


class Stats(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One conversation: turns so far, keyword hits in them, the last texts, oldest first."""

    count: int
    hits: int
    texts: tuple[str, ...]


_decode_turn = msgspec.json.Decoder(Turn).decode
_encode_counted = msgspec.json.Encoder().encode
_encode_stats = msgspec.msgpack.Encoder().encode
_decode_stats = msgspec.msgpack.Decoder(Stats).decode
_KEEP = 1 - TEXTS_KEPT
_NOTHING = Stats(0, 0, ())


class TurnStats:
    """Counts turns and keyword hits per conversation and keeps the last five texts.

    `log` and `output` are topic names the bench chooses.
    """

    name = "turnstats"
    version = 1
    traits = Traits(prepares=False, has_upstreams=False, is_cloudevents=False)

    def __init__(self, log: str, output: str) -> None:
        self.log = log
        self.output = output
        self.derives: tuple[str, ...] = (output,)
        self.feeds: tuple[str, ...] = ()

    def decode(self, value: bytes, headers: Sequence[tuple[str, bytes]]) -> Turn:
        """Return the turn. Raises UndecodableError when the bytes are none."""
        try:
            return _decode_turn(value)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UndecodableError(code="undecodable", because=str(error)) from None

    def key(self, record: Turn) -> bytes:
        """Return the conversation's id."""
        return record.conversation_id.encode()

    def recorded_at_ms(self, record: Turn) -> int:
        """Return when the turn was said."""
        return record.at_ms

    def tenant(self, record: Turn) -> str:
        """Return no tenant: there is no reference data here."""
        return ""

    def prepare(self, inputs: Sequence[tuple[Any, Mapping[str, Any]]]) -> None:
        """Prepare nothing: there is no model here."""

    def handle(self, state: Stats | None, record: Turn, at: At) -> Outcome:
        """Return the conversation with one more turn, and one output that says so."""
        text = record.text
        if state is None:
            state = _NOTHING
        count = state.count + 1
        found = state.hits + hits(text)
        return Outcome(
            Stats(count, found, (*state.texts[_KEEP:], text)),
            (Counted(record.conversation_id, count, found),),
        )

    def on_timer(self, state: Stats | None, key: bytes, name: str, at: At) -> Outcome:
        """Change nothing: no timer is ever set."""
        return Outcome(state)

    def encode_state(self, state: Stats) -> bytes:
        """Return the state as msgpack."""
        return _encode_stats(state)

    def decode_state(self, data: bytes) -> Stats:
        """Return the state behind `data`."""
        return _decode_stats(data)

    def encode_event(self, event: Counted) -> tuple[str, bytes, bytes, str, str]:
        """Return `(topic, JSON, key, type name, subject)` of an output."""
        conversation = event.conversation_id
        return (
            self.output,
            _encode_counted(event),
            conversation.encode(),
            "cuestream.bench.Counted",
            conversation,
        )

    def load_reference(self, reference: str, content: bytes) -> Any:
        """Return nothing: there is no reference data here."""
        return None
