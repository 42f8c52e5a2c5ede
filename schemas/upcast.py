"""Values of older released versions, lifted to today's records.

`schemas/history` holds every version ever released, named by fingerprint. A value written with one
of them is read with the schema of its writer and resolved to today's contract: fields it lacks get
their defaults, fields that are gone are left out.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import fastavro
import msgspec

from schemas import catalogue, definitions
from schemas.catalogue import Contract
from schemas.definitions import Definition
from schemas.errors import UndecodableError, UnknownContractError

_HEAD: Final = 10


@cache
def history(root: Path = definitions.HISTORY) -> dict[bytes, Definition]:
    """Return every released version by fingerprint."""
    return {bytes.fromhex(path.stem): definitions.read(path) for path in root.glob("*/*/*.avsc")}


def lift(body: bytes, *, writer: Definition, contract: Contract) -> Any:
    """Return today's record behind a body that was written with the schema `writer`.

    Raises:
        UndecodableError: The body is not exactly one value of `writer`, or the value has no place
            in today's contract.
    """
    stream = BytesIO(body)
    try:
        found = fastavro.schemaless_reader(stream, _parsed(writer), _parsed(contract.definition))
        record = msgspec.convert(found, contract.record)
    except _FAULTS as error:
        because = f"written with an older version and not readable: {str(error) or 'it ends early'}"
        raise UndecodableError(code="undecodable", because=because, record=contract.name) from error
    left = len(body) - stream.tell()
    if left:
        because = f"{left} bytes too many after the record, written with an older version"
        raise UndecodableError(code="undecodable", because=because, record=contract.name)
    return record


def decode(value: bytes) -> Any:
    """Return today's record behind a value whose fingerprint is not one of today's.

    Raises:
        UndecodableError: No released version has that fingerprint, or the body is broken.
    """
    fingerprint = value[2:_HEAD]
    writer = history().get(fingerprint)
    if writer is None:
        because = (
            f"its schema {fingerprint.hex()} is no released version of a contract this build "
            "knows; update this reader, then try again"
        )
        raise UndecodableError(code="unknown_schema", because=because)
    name = definitions.full_name(writer)
    try:
        contract = catalogue.by_name(name)
    except UnknownContractError as error:
        raise UndecodableError(code="unknown_schema", because=str(error), record=name) from None
    return lift(value[_HEAD:], writer=writer, contract=contract)


# What fastavro and msgspec raise for broken bytes; a property test feeds them arbitrary ones.
_FAULTS: Final = (
    fastavro.read.SchemaResolutionError,
    msgspec.ValidationError,
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    StopIteration,
    TypeError,
    ValueError,
)

_schemas: dict[int, Any] = {}


def _parsed(definition: Definition) -> Any:
    found = _schemas.get(id(definition))
    if found is None:
        found = _schemas[id(definition)] = (definition, fastavro.parse_schema(definition))
    return found[1]
