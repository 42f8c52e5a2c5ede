"""The changelog's wire format: what one record batch commits.

A changelog partition holds, by key, the last value of every state, timer and view row of one
processor partition, a marker and a claim. Each entry starts with a stamp `(epoch, next)`: whose
batch it came in and the log position that batch reached. The stamp is what lets recovery tell
committed entries from torn ones after compaction has removed the markers between them.

Keys are a table byte and the table's own key:

- `M`: the marker, one per partition
- `C`: the claim of the newest owner, nothing but its stamp. It has a key of its own, so that
  compaction never lets it take the place of a marker: a claim says who, a marker says how far
- `S` + key: a state
- `T` + length of name (2 bytes) + name + key: a timer, its due time as 8 bytes
- `V` + table + NUL + key: a view row
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

import msgspec

MARKER_KEY: Final = b"M"
CLAIM_KEY: Final = b"C"
STATE: Final = b"S"
TIMER: Final = b"T"
ROW: Final = b"V"
STAMP_HEADER: Final = "stamp"
SEQUENCE_BITS: Final = 24
"""Outputs one input may have: 2**24; a log offset may reach 2**39."""

_STAMP: Final = struct.Struct(">BIq")
_DUE: Final = struct.Struct(">q")
_LENGTH: Final = struct.Struct(">H")
STAMP_BYTES: Final = _STAMP.size
_VERSION: Final = 1


class StampError(ValueError):
    """Bytes that do not start with a stamp this build reads."""


class Marker(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a processor partition stands; committed with the states it describes.

    Attributes:
        epoch: Owner's epoch; a higher one wins.
        next: Log offset of the first record not yet taken in.
        stream_time_ms: Running maximum of the records' time, epoch ms.
        processor: `{name}/{version}` that computed it.
        references: Tenant to reference name to digest in force.
        upstreams: Highest sequence taken per upstream source.
    """

    epoch: int
    next: int
    stream_time_ms: int = 0
    processor: str = ""
    references: dict[str, dict[str, str]] = {}
    upstreams: dict[str, int] = {}


_encode_marker = msgspec.msgpack.Encoder(order="deterministic").encode
_decode_marker = msgspec.msgpack.Decoder(Marker).decode


def stamp(epoch: int, next_offset: int) -> bytes:
    """Return the 13 bytes every value starts with."""
    return _STAMP.pack(_VERSION, epoch, next_offset)


def read_stamp(data: bytes) -> tuple[int, int]:
    """Return `(epoch, next)` of an entry's stamp."""
    if len(data) < STAMP_BYTES or data[0] != _VERSION:
        raise StampError(f"not an entry of changelog format {_VERSION}")
    _, epoch, next_offset = _STAMP.unpack_from(data)
    return epoch, next_offset


def encode_marker(marker: Marker) -> bytes:
    """Return the marker's changelog value, stamp included."""
    return stamp(marker.epoch, marker.next) + _encode_marker(marker)


def decode_marker(value: bytes) -> Marker:
    """Return the marker behind a changelog value."""
    return _decode_marker(value[STAMP_BYTES:])


def state_key(key: bytes) -> bytes:
    """Return the changelog key of a state."""
    return STATE + key


def timer_key(key: bytes, name: str) -> bytes:
    """Return the changelog key of a timer."""
    encoded = name.encode()
    return TIMER + _LENGTH.pack(len(encoded)) + encoded + key


def read_timer_key(entry_key: bytes) -> tuple[bytes, str]:
    """Return `(key, name)` behind a timer's changelog key."""
    (length,) = _LENGTH.unpack_from(entry_key, 1)
    start = 1 + _LENGTH.size
    return entry_key[start + length :], entry_key[start : start + length].decode()


def encode_due(due_ms: int) -> bytes:
    """Return a timer's payload."""
    return _DUE.pack(due_ms)


def decode_due(payload: bytes) -> int:
    """Return when a timer is due, epoch ms."""
    (due_ms,) = _DUE.unpack(payload)
    return int(due_ms)


def row_key(table: str, key: bytes) -> bytes:
    """Return the changelog key of a view row."""
    return ROW + table.encode() + b"\0" + key


def read_row_key(entry_key: bytes) -> tuple[str, bytes]:
    """Return `(table, key)` behind a row's changelog key."""
    table, _, key = entry_key[1:].partition(b"\0")
    return table.decode(), key


def entry_stamp(
    value: bytes | None, headers: Sequence[tuple[str, bytes]]
) -> tuple[int, int] | None:
    """Return the stamp of an entry; a removal carries it in a header. None: not one of ours."""
    if value is not None:
        return read_stamp(value)
    for name, data in headers:
        if name == STAMP_HEADER:
            return read_stamp(data)
    return None


def sequence(offset: int, index: int) -> int:
    """Return the sequence number of an output: it only grows per source partition."""
    return (offset << SEQUENCE_BITS) | index
