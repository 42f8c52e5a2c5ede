"""Avro bodies: fastavro with what it lacks to be as strict as a contract.

fastavro reads and writes; msgspec makes records from its dictionaries and, both ways, looks at the
types. What neither sees is seen to when the schema is prepared, once for each contract: see
`_for_reading`.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any, Final
from uuid import UUID

import fastavro
import msgspec
from fastavro import schemaless_reader, schemaless_writer
from msgspec.structs import asdict

from schemas import definitions
from schemas.definitions import Definition

_ONE_BYTE: Final = 128
_AS_THEY_ARE: Final = (
    bytes, bytearray, memoryview, datetime, date, time, timedelta, Decimal, UUID,
)  # fmt: skip
"""What msgspec would turn into text, so that it passed for text."""


class Body:
    """How records of one contract are written and read.

    Attributes:
        record: The class of the records.
    """

    __slots__ = ("_head", "_plain", "_reading", "_writing", "record")

    def __init__(self, definition: Definition, record: type[Any], head: bytes) -> None:
        self.record: Final = record
        self._head = head
        self._writing: Any = fastavro.parse_schema(definition)
        self._reading: Any = _for_reading(definition)
        inner = [name for name, found in definitions.named_types(definition) if "fields" in found]
        self._plain: Callable[[Any], Any] = asdict if len(inner) == 1 else _nested

    def write(self, record: Any) -> bytes:
        """Return the head and the record's body. Raises whatever fastavro and msgspec raise."""
        plain = self._plain(record)
        msgspec.convert(plain, self.record)  # fastavro writes 1.5 and True as whole numbers
        out = BytesIO()
        out.write(self._head)
        schemaless_writer(out, self._writing, plain, disable_tuple_notation=True)
        return out.getvalue()

    def read(self, value: bytes) -> Any:
        """Return the record behind the head. Raises whatever fastavro and msgspec raise."""
        stream = BytesIO(value)
        stream.seek(len(self._head))
        found = schemaless_reader(stream, self._reading, None)
        record = msgspec.convert(found, self.record)
        if stream.tell() != len(value):
            raise ValueError(f"{len(value) - stream.tell()} bytes too many after the record")
        return record

    def fault(self, value: bytes, error: Exception) -> str:
        """Return in a sentence why `read` raised `error`, with the field if it lies in one."""
        because = str(error)
        if isinstance(error, msgspec.ValidationError):
            because, _, field = because.partition(" - at `$.")
            field = field.rstrip("`")
            if because.startswith("Expected `bool`"):
                because = "a byte other than 0 and 1 where 0 or 1 is meant"
        else:
            because, field = _because(error), self._field_of(value)
        return f"at field {field}: {because}" if field else because

    def _field_of(self, value: bytes) -> str:
        """Return the first field that cannot be read: records are read with ever more fields."""
        fields = self._reading["fields"]
        for count, field in enumerate(fields, start=1):
            stream = BytesIO(value)
            stream.seek(len(self._head))
            try:
                schemaless_reader(stream, {**self._reading, "fields": fields[:count]}, None)
            except Exception:  # noqa: BLE001 - fastavro raises many kinds for broken bytes
                return str(field["name"])
        return ""


def _nested(record: Any) -> Any:
    """Return a record that has records in it as dictionaries; all else stays what it is."""
    return msgspec.to_builtins(record, builtin_types=_AS_THEY_ARE)


class _Places(list[Any]):
    """Branches or symbols by number, with none below zero.

    fastavro looks them up with the number it read, and in a list the number -1 is the last one. To
    count from the end, and for nothing else, it asks how long the list is.
    """

    def __len__(self) -> int:
        raise IndexError


def _for_reading(definition: Definition) -> Any:
    """Return the schema fastavro reads with, which takes only the numbers a contract knows."""
    schema = copy.deepcopy(fastavro.parse_schema(definition))
    _guard(schema)
    return schema


def _guard(avro_type: Any) -> Any:
    match avro_type:
        case "boolean":  # fastavro takes any byte; the bytes 0 and 1 as numbers are 0 and -1
            symbols = [False, *["no boolean"] * _ONE_BYTE, True]
            return {"type": "enum", "name": "boolean", "symbols": symbols}
        case list():
            return _Places(map(_guard, avro_type))
        case {"type": "record", "fields": fields}:
            for field in fields:
                field["type"] = _guard(field["type"])
        case {"type": "enum"}:
            avro_type["symbols"] = _Places(avro_type["symbols"])
        case {"type": "array" | "map" as kind}:
            part = "items" if kind == "array" else "values"
            avro_type[part] = _guard(avro_type[part])
        case _:
            pass
    return avro_type


def _because(error: Exception) -> str:
    match error:
        case EOFError():
            numbers = re.fullmatch(r"Expected (-?\d+) bytes, read (\d+)", str(error))
            if numbers is None:
                return "the value ends early"
            length, left = map(int, numbers.groups())
            if length < 0:
                return f"a negative length, {length}"
            return f"a length of {length} with {left} bytes left"
        case UnicodeDecodeError():
            return "text that is not UTF-8"
        case LookupError():
            return "a number that no branch or symbol has"
        case _:
            return str(error) or type(error).__name__
