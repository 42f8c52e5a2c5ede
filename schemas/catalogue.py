"""The one lookup: by full name, fingerprint, record or class to the contract behind it."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from operator import attrgetter
from types import ModuleType
from typing import Any, Final, Literal, cast

import msgspec

from schemas import definitions
from schemas.definitions import Definition
from schemas.errors import UnknownContractError

Kind = Literal["command", "observation", "event"]
Record = msgspec.Struct
"""Any record of any contract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One contract as of today.

    Attributes:
        name: Avro full name, also the CloudEvents type.
        fingerprint: CRC-64-AVRO of the canonical form, 8 bytes as on the wire.
        record: The frozen struct generated from it.
        definition: The Avro schema as read from its file.
        kind: command (may be refused), observation (may not) or event (derived).
        key: Template of the record key; empty when the record addresses a whole partition.
    """

    name: str
    fingerprint: bytes
    record: type[Any]
    definition: Definition
    kind: Kind
    key: str


def by_name(full_name: str) -> Contract:
    """Return the contract of that name. Raises UnknownContractError."""
    try:
        return _BY_NAME[full_name]
    except KeyError:
        raise UnknownContractError(
            asked=f"is named {full_name!r}", known=sorted(_BY_NAME)
        ) from None


def by_fingerprint(fingerprint: bytes) -> Contract:
    """Return the contract whose present version has that fingerprint.

    Older released versions are found by `schemas.upcast`. Raises UnknownContractError.
    """
    try:
        return _BY_FINGERPRINT[fingerprint]
    except KeyError:
        raise UnknownContractError(
            asked=f"has the fingerprint {bytes(fingerprint).hex()} today"
        ) from None


def of(record: Record | type[Record]) -> Contract:
    """Return the contract behind a record or a record class. Raises UnknownContractError."""
    cls = record if isinstance(record, type) else type(record)
    try:
        return _BY_CLASS[cls]
    except KeyError:
        asked = f"has the record class {cls.__module__}.{cls.__qualname__}"
        raise UnknownContractError(asked=asked) from None


def current(fingerprint: bytes) -> Contract | None:
    """Return the contract whose present version has that fingerprint, or None."""
    return _BY_FINGERPRINT.get(fingerprint)


def inlined(contract: Contract) -> Definition:
    """Return the contract's definition with every named type written out where it is used."""
    return _INLINED[contract.record]


def classes(contract: Contract) -> dict[str, type[Any]]:
    """Return record class by full name of the contract and every record inside it."""
    module = import_module(contract.record.__module__)
    return {
        name: getattr(module, name.rpartition(".")[2])
        for name, found in definitions.named_types(contract.definition)
        if found["type"] == "record"
    }


def check(record: Record) -> None:
    """Raise InvalidRecordError unless every field has its type and keeps its bounds."""
    _plain().check(record)


def from_json(name: str, data: Any) -> Any:
    """Return the record of contract `name` that `data`, as parsed from JSON, describes.

    Fields with a default may be left out; nothing is coerced; bytes are base64.

    Raises:
        UnknownContractError: No contract has that name.
        InvalidRecordError: A field is missing, unknown, of the wrong type or out of bounds.
    """
    return _plain().from_json(name, data)


def to_json(record: Record) -> dict[str, Any]:
    """Return the record as plain JSON values, every field present: what `from_json` takes."""
    found: dict[str, Any] = _plain().to_json(record)
    return found


def key_of(record: Record) -> bytes | None:
    """Return the record's key as UTF-8; None when the record addresses a whole partition."""
    return _KEYS[type(record)](record)


def _plain() -> ModuleType:
    return import_module("schemas.plain")


def _key_builder(template: str) -> Callable[[Record], bytes | None]:
    if not template:
        return lambda _: None
    parts = list(string.Formatter().parse(template))
    pattern = "".join(
        literal.replace("%", "%%") + ("%s" if name is not None else "")
        for literal, name, _, _ in parts
    )
    fields = attrgetter(*definitions.key_fields(template))
    return lambda record: (pattern % fields(record)).encode()


def _contracts() -> Iterator[Contract]:
    modules: dict[str, ModuleType] = {}
    for path, definition in definitions.read_all().items():
        context = path.parent.name
        if context not in modules:
            modules[context] = import_module(f"schemas.records.{context}")
        record = getattr(modules[context], definition["name"])
        yield Contract(
            name=record.FULL_NAME,
            fingerprint=record.FINGERPRINT,
            record=record,
            definition=definition,
            kind=cast("Kind", definition["kind"]),
            key=definition["key"],
        )


CONTRACTS: Final[tuple[Contract, ...]] = tuple(_contracts())
"""Every contract of today, by path."""

_BY_NAME: Final = {contract.name: contract for contract in CONTRACTS}
_BY_FINGERPRINT: Final = {contract.fingerprint: contract for contract in CONTRACTS}
_BY_CLASS: Final = {contract.record: contract for contract in CONTRACTS}
_INLINED: Final = {
    contract.record: definitions.inlined(contract.definition) for contract in CONTRACTS
}
_KEYS: Final = {contract.record: _key_builder(contract.key) for contract in CONTRACTS}
