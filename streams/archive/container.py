"""Avro object container files, a block at a time: what one holds, and how to write one exactly.

Any Avro tool reads these files. They are framed here rather than by a library because an archive
has to know where each block begins and ends: a block is appended by one write, a torn one is told
by its length or its sync marker, and the same rows always give the same bytes.

Source:
    Apache Avro 1.12 specification, "Object Container Files".
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from io import BytesIO
from typing import IO, Any, Final, Literal

import fastavro
import msgspec

from schemas.codec import MAGIC as RECORD_MAGIC
from streams.archive.errors import ArchiveDamagedError

Codec = Literal["deflate", "null"]
Headers = tuple[tuple[str, bytes | None], ...]

FILE_MAGIC: Final = b"Obj\x01"
SYNC_BYTES: Final = 16
BLOCK_BYTES_MAX: Final = 256 << 20
"""A block beyond this is damage, not data."""
_VARINT_BYTES_MAX: Final = 10
_LEAD_BYTES: Final = 1_024
"""So much of a packed block holds its first bytes, whatever code it is packed with."""
_HEAD_BYTES: Final = len(RECORD_MAGIC) + 8
SMALL: Final = 6
QUICK: Final = 1
"""How hard deflate tries: for files that are kept for years, and for those soon read again."""

SCHEMA: Final[dict[str, Any]] = {
    "type": "record",
    "name": "ArchivedRecord",
    "namespace": "cuestream.archive",
    "doc": "One record of one partition of a Kafka topic, as it stood there.",
    "fields": [
        {"name": "offset", "type": "long", "doc": "Its offset in the partition."},
        {
            "name": "skipped",
            "type": "long",
            "doc": "Offsets between the record before it and this one that hold no record.",
        },
        {"name": "timestamp_ms", "type": "long", "doc": "Kafka's timestamp, epoch ms."},
        {"name": "key", "type": ["null", "bytes"], "doc": "Its key."},
        {
            "name": "value",
            "type": ["null", "bytes"],
            "doc": "Its value: C3 01, the fingerprint, and the Avro body of the record.",
        },
        {
            "name": "fingerprint",
            "type": "string",
            "doc": "Fingerprint of the value's schema, 16 hexadecimal digits; empty: not Avro.",
        },
        {"name": "headers", "type": {"type": "map", "values": "bytes"}, "doc": "Its headers."},
        {
            "name": "header_list",
            "type": {
                "type": "array",
                "items": {
                    "type": "record",
                    "name": "Header",
                    "fields": [
                        {"name": "name", "type": "string"},
                        {"name": "value", "type": ["null", "bytes"]},
                    ],
                },
            },
            "doc": "Its headers in order, when a map cannot hold them: repeated names, no value.",
        },
    ],
}

_ROWS: Final = fastavro.parse_schema({"type": "array", "items": SCHEMA})
_META: Final = fastavro.parse_schema({"type": "map", "values": "bytes"})


class ArchivedRecord(msgspec.Struct, frozen=True, gc=False):
    """One record as a log holds it; `timestamp` in epoch ms, as Kafka clients call it."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


class Row(msgspec.Struct, frozen=True, gc=False):
    """A record with the number of offsets before it that hold none."""

    record: ArchivedRecord
    skipped: int = 0


class FileHead(msgspec.Struct, frozen=True):
    """What a file begins with.

    Attributes:
        codec: How its blocks are compressed.
        sync: What every block ends with.
        size: Bytes of the head; the first block stands after them.
    """

    codec: Codec
    sync: bytes
    size: int


class Block(msgspec.Struct, frozen=True):
    """A whole block: where its data begins, its length, where the block ends, how many rows."""

    data: int
    length: int
    end: int
    count: int


def sync_of(*names: object) -> bytes:
    """Return a sync marker that follows from names, so that equal rows give equal files."""
    return hashlib.sha256("\0".join(map(str, names)).encode()).digest()[:SYNC_BYTES]


def file_head(codec: Codec, sync: bytes, about: dict[str, str]) -> bytes:
    """Return the bytes a file begins with; `about` becomes metadata `cuestream.*`."""
    meta = {
        "avro.schema": json.dumps(SCHEMA, separators=(",", ":")).encode(),
        "avro.codec": codec.encode(),
    }
    meta |= {f"cuestream.{name}": value.encode() for name, value in about.items()}
    stream = BytesIO()
    fastavro.schemaless_writer(stream, _META, meta)
    return FILE_MAGIC + stream.getvalue() + sync


def read_head(file: IO[bytes], path: str) -> FileHead | None:
    """Return the head of a file; None when the file ends within it.

    Raises:
        ArchiveDamagedError: It is no Avro file, or one of another schema or codec.
    """
    file.seek(0)
    magic = file.read(len(FILE_MAGIC))
    if len(magic) < len(FILE_MAGIC) and FILE_MAGIC.startswith(magic):
        return None
    if magic != FILE_MAGIC:
        raise ArchiveDamagedError(path=path, because="it is no Avro object container file")
    try:
        meta: Any = fastavro.schemaless_reader(file, _META, None)
    except (EOFError, IndexError, StopIteration):
        return None
    except (ValueError, MemoryError, OverflowError) as error:
        raise ArchiveDamagedError(path=path, because=f"its head is broken ({error})") from error
    sync = file.read(SYNC_BYTES)
    if len(sync) < SYNC_BYTES:
        return None
    try:
        schema = json.loads(meta["avro.schema"])
        codec = meta.get("avro.codec", b"null").decode()
    except (KeyError, ValueError) as error:
        raise ArchiveDamagedError(path=path, because="its head names no schema") from error
    if codec not in {"deflate", "null"} or not _is_ours(schema):
        because = f"an Avro file, but not one of an archive (codec {codec})"
        raise ArchiveDamagedError(path=path, because=because)
    return FileHead(codec=codec, sync=sync, size=file.tell())


def blocks(file: IO[bytes], head: FileHead, start: int, size: int) -> Iterator[Block]:
    """Yield the whole blocks from `start`, and stop where the next is torn or none.

    Whoever asks compares the last block's end with the file's size to learn that something stands
    behind it.
    """
    while start < size:
        file.seek(start)
        lead = file.read(2 * _VARINT_BYTES_MAX)
        count, used = _varint(lead, 0)
        length, used = _varint(lead, used)
        if count is None or length is None or count <= 0 or not 0 <= length <= BLOCK_BYTES_MAX:
            return
        data = start + used
        end = data + length + SYNC_BYTES
        if end > size:
            return
        file.seek(data + length)
        if file.read(SYNC_BYTES) != head.sync:
            return
        yield Block(data=data, length=length, end=end, count=count)
        start = end


def encode_block(rows: Sequence[Row], codec: Codec, sync: bytes, level: int = SMALL) -> bytes:
    """Return a block of rows, to be appended with one write."""
    body = b"".join(part for row in rows for part in _parts(row))
    if codec == "deflate":
        squeeze = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
        body = squeeze.compress(body) + squeeze.flush()
    return _long(len(rows)) + _long(len(body)) + body + sync


def read_rows(file: IO[bytes], head: FileHead, block: Block, path: str) -> list[Row]:
    """Return the rows of a block with what stands between them. Raises ArchiveDamagedError."""
    return [Row(_record(found), found["skipped"]) for found in _decoded(file, head, block, path)]


def read_records(
    file: IO[bytes], head: FileHead, block: Block, path: str
) -> tuple[int, list[ArchivedRecord]]:
    """Return the first row's `skipped` and all records of a block. Raises ArchiveDamagedError."""
    found = _decoded(file, head, block, path)
    return found[0]["skipped"], [_record(row) for row in found]


def first_offset(file: IO[bytes], head: FileHead, block: Block) -> int | None:
    """Return the offset of a block's first record without reading more; None: it does not say."""
    file.seek(block.data)
    data = file.read(min(block.length, _LEAD_BYTES))
    if head.codec == "deflate":
        try:
            data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, _VARINT_BYTES_MAX)
        except zlib.error:
            return None
    return _varint(data, 0)[0]


def _decoded(file: IO[bytes], head: FileHead, block: Block, path: str) -> list[Any]:
    file.seek(block.data)
    body = file.read(block.length)
    try:
        if head.codec == "deflate":
            expand = zlib.decompressobj(-zlib.MAX_WBITS)
            body = expand.decompress(body, BLOCK_BYTES_MAX)
        stream = BytesIO(_long(block.count) + body + b"\0")
        rows: Any = fastavro.schemaless_reader(stream, _ROWS, None)
    except MemoryError:
        raise
    except Exception as error:  # fastavro raises many kinds for what it cannot read
        because = f"the block at byte {block.data} cannot be read ({_said(error)})"
        raise ArchiveDamagedError(path=path, because=because) from error
    if len(rows) != block.count or stream.read(1):
        because = f"the block at byte {block.data} does not hold just its {block.count} rows"
        raise ArchiveDamagedError(path=path, because=because)
    found: list[Any] = rows
    return found


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__


def _record(row: dict[str, Any]) -> ArchivedRecord:
    headers = row["headers"].items()
    if row["header_list"]:
        headers = [(one["name"], one["value"]) for one in row["header_list"]]
    return ArchivedRecord(
        row["offset"], row["timestamp_ms"], row["key"], row["value"], tuple(headers)
    )


def _parts(row: Row) -> list[bytes]:
    """Return a row as `SCHEMA` says; by hand, which is more than twice as fast as by a library."""
    record = row.record
    key, value, headers = record.key, record.value, record.headers
    parts = [_long(record.offset), _long(row.skipped), _long(record.timestamp)]
    parts += (_FIRST,) if key is None else (_SECOND, _long(len(key)), key)
    parts += (_FIRST,) if value is None else (_SECOND, _long(len(value)), value)
    fingerprint = fingerprint_of(value).encode()
    parts += (_long(len(fingerprint)), fingerprint)
    named = dict(headers)
    if len(named) < len(headers) or None in named.values():
        parts += (_END, _long(len(headers)))
        for name, data in headers:
            parts.append(_text(name))
            parts += (_FIRST,) if data is None else (_SECOND, _long(len(data)), data)
        parts.append(_END)
    elif headers:
        parts.append(_long(len(headers)))
        for name, data in named.items():
            parts += (_text(name), _long(len(data)), data)  # type: ignore[arg-type]  # none is None
        parts += (_END, _END)
    else:
        parts += (_END, _END)
    return parts


def fingerprint_of(value: bytes | None) -> str:
    """Return the fingerprint in a single-object value, hexadecimal; empty when there is none."""
    if value is None or len(value) < _HEAD_BYTES or not value.startswith(RECORD_MAGIC):
        return ""
    return value[len(RECORD_MAGIC) : _HEAD_BYTES].hex()


def records_of(found: Iterable[Any]) -> Iterator[ArchivedRecord]:
    """Yield the records of any Kafka client as an archive keeps them."""
    for record in found:
        yield ArchivedRecord(
            record.offset,
            record.timestamp,
            None if record.key is None else bytes(record.key),
            None if record.value is None else bytes(record.value),
            tuple((name, None if v is None else bytes(v)) for name, v in record.headers or ()),
        )


def _is_ours(schema: Any) -> bool:
    if not isinstance(schema, dict) or schema.get("name") != SCHEMA["name"]:
        return False
    fields = schema.get("fields")
    return isinstance(fields, list) and [_shape(one) for one in fields] == _SHAPE


def _shape(field: Any) -> Any:
    return (field.get("name"), field.get("type")) if isinstance(field, dict) else None


_SHAPE: Final = [_shape(field) for field in SCHEMA["fields"]]


def _long(number: int) -> bytes:
    """Return a long as Avro writes it."""
    if 0 <= number < len(_LONGS):
        return _LONGS[number]
    return _encoded(number)


def _encoded(number: int) -> bytes:
    left = number << 1 if number >= 0 else ~(number << 1)
    out = bytearray()
    while left > 0x7F:
        out.append(left & 0x7F | 0x80)
        left >>= 7
    out.append(left)
    return bytes(out)


@lru_cache(maxsize=1_024)
def _text(text: str) -> bytes:
    data = text.encode()
    return _long(len(data)) + data


_LONGS: Final = tuple(_encoded(number) for number in range(8_192))
_FIRST: Final = _encoded(0)
"""The first branch of a union: null."""
_SECOND: Final = _encoded(1)
_END: Final = _encoded(0)
"""What arrays and maps end with, and all there is of an empty one."""


def _varint(data: bytes, start: int) -> tuple[int | None, int]:
    """Return the Avro long at `start` and where it ends; None when it is not whole."""
    found = shift = 0
    for index in range(start, min(len(data), start + _VARINT_BYTES_MAX)):
        found |= (data[index] & 0x7F) << shift
        shift += 7
        if data[index] < 0x80:
            return (found >> 1) ^ -(found & 1), index + 1
    return None, start
