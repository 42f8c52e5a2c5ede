"""Records to bytes and back: Avro single-object encoding, and CloudEvents headers.

A value is `C3 01`, the 8-byte fingerprint of the writer's schema, and the Avro body: whoever knows
the contracts can read it without asking anybody. Values of older released versions come back as
today's records.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from schemas import catalogue, headers as _headers, plain, upcast
from schemas.body import Body
from schemas.catalogue import Contract, Record
from schemas.errors import InvalidRecordError, UndecodableError
from schemas.headers import CloudEvent, Header, sequence_of

__all__ = ["MAGIC", "CloudEvent", "decode", "encode", "headers", "read_headers", "sequence_of"]

MAGIC: Final = b"\xc3\x01"
"""What every single-object value starts with; the fingerprint follows."""

_HEAD: Final = len(MAGIC) + 8


def encode(record: Record) -> bytes:
    """Return the record's value; equal records give equal bytes.

    Raises:
        InvalidRecordError: A field holds something its type does not allow. Bounds are not looked
            at here but where records come in: `catalogue.check`, `catalogue.from_json`.
        UnknownContractError: The object is no record of a contract.
    """
    body = _BY_CLASS.get(type(record)) or _prepare(catalogue.of(record))
    try:
        return body.write(record)
    except MemoryError:
        raise
    except Exception as error:  # fastavro raises many kinds for what it cannot write
        raise _unencodable(record, error) from error


def decode(value: bytes) -> Any:
    """Return the record behind a value, lifted to today's contract if an older one wrote it.

    Raises:
        UndecodableError: `unknown_schema` when no released contract has the value's fingerprint,
            `undecodable` for everything else that is not exactly one record.
    """
    try:
        body = _BY_HEAD[value[:_HEAD]]
    except (KeyError, TypeError):
        return _decode_rare(value)
    try:
        return body.read(value)
    except MemoryError:
        raise
    except Exception as error:  # fastavro raises many kinds for what it cannot read
        because = body.fault(value, error)
        name = body.record.FULL_NAME
        raise UndecodableError(code="undecodable", because=because, record=name) from error


def headers(
    record: Record,
    *,
    id: str,  # noqa: A002 - the attribute's name in CloudEvents
    source: str,
    time_ms: int | None = None,
    subject: str | None = None,
    extra: Sequence[Header] = (),
) -> list[Header]:
    """Return the CloudEvents headers of a record.

    Args:
        record: What travels in the value.
        id: Unique within the source.
        source: Who produced it, a URI reference such as `/conversation.turns.v1/3`.
        time_ms: When it happened, epoch ms; the record's `occurred_at_ms` unless given.
        subject: The aggregate it concerns; the record's key unless given.
        extra: Further headers, e.g. `("ce_sequence", b"17")`.

    Raises:
        InvalidRecordError: The time cannot be written with a four-digit year.
    """
    name, key_of = _NAMES[type(record)]
    at_ms: int = record.occurred_at_ms if time_ms is None else time_ms  # type: ignore[attr-defined]  # every contract begins with the envelope
    try:
        return _headers.build(
            name=name,
            id=id,
            source=source,
            time_ms=at_ms,
            subject=key_of(record) if subject is None else subject.encode(),
            extra=extra,
        )
    except (ValueError, OverflowError) as error:
        raise InvalidRecordError(
            record=name.decode(), field="occurred_at_ms", because=str(error)
        ) from error


def read_headers(given: Iterable[Header]) -> CloudEvent:
    """Return the CloudEvents attributes behind a record's headers. Raises UndecodableError."""
    return _headers.read(given)


_BY_CLASS: Final[dict[type[Any], Body]] = {}
_BY_HEAD: Final[dict[bytes, Body]] = {}
_NAMES: Final = {
    contract.record: (contract.name.encode(), catalogue.key_of) for contract in catalogue.CONTRACTS
}


def _prepare(contract: Contract) -> Body:
    head = MAGIC + contract.fingerprint
    body = Body(contract.definition, contract.record, head)
    _BY_CLASS[contract.record] = _BY_HEAD[head] = body
    return body


def _decode_rare(value: Any) -> Any:
    """Decode what the fast path has not met: a first value, an older version, or no value."""
    if not isinstance(value, bytes):
        because = "no value (a tombstone)" if value is None else "the value is no bytes"
        raise UndecodableError(code="undecodable", because=because)
    if not value.startswith(MAGIC) or len(value) < _HEAD:
        because = f"it starts with {value[:2].hex(' ') or 'nothing'}, a record with c3 01"
        if value.startswith(MAGIC):
            because = f"{len(value)} bytes are too few for a record's header of {_HEAD}"
        raise UndecodableError(code="undecodable", because=because)
    contract = catalogue.current(value[len(MAGIC) : _HEAD])
    if contract is None:
        return upcast.decode(value)
    _prepare(contract)
    return decode(value)


def _unencodable(record: Record, error: Exception) -> InvalidRecordError:
    contract = catalogue.of(record)
    found = plain.first_type_fault(record)
    if found is not None:
        return found
    return InvalidRecordError(record=contract.name, field="", because=str(error))
