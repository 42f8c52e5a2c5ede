"""Records from plain JSON and back, and whether a value keeps its contract's bounds.

JSON form: numbers, text and booleans as themselves, enums as text, bytes as base64, arrays as
lists, maps and records as objects. Nothing is coerced: `"5"` is no number and `5` no text.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, Final

import msgspec

from schemas.catalogue import Contract, by_name, classes, inlined, of
from schemas.definitions import NUMBERS, Definition, full_name
from schemas.errors import InvalidRecordError

_RANGES: Final = {"int": (-(1 << 31), (1 << 31) - 1), "long": (-(1 << 63), (1 << 63) - 1)}
_WORDS: Final = {
    "string": "text",
    "int": "a whole number",
    "long": "a whole number",
    "float": "a number",
    "double": "a number",
    "boolean": "true or false",
    "bytes": "base64 text",
    "array": "a list",
    "map": "an object",
    "record": "an object",
    "enum": "text",
}
_SHOWN: Final = 40


def from_json(name: str, data: Any) -> Any:
    """Return the record of contract `name` that `data`, as parsed from JSON, describes.

    Fields with a default may be left out. All bounds of the contract hold for the result.

    Raises:
        UnknownContractError: No contract has that name.
        InvalidRecordError: A field is missing, unknown, of the wrong type or out of bounds.
    """
    contract = by_name(name)
    record = _Walk(contract, _from_json).value(inlined(contract), data, "")
    check(record)
    return record


def to_json(record: msgspec.Struct) -> dict[str, Any]:
    """Return the record as plain JSON values, every field present: what `from_json` takes."""
    found: dict[str, Any] = _lists(msgspec.to_builtins(record))
    return found


def _lists(value: Any) -> Any:
    """Return plain values with lists where records hold tuples."""
    match value:
        case dict():
            return {name: _lists(inner) for name, inner in value.items()}
        case tuple() | list():
            return [_lists(inner) for inner in value]
        case _:
            return value


def check(record: msgspec.Struct) -> None:
    """Raise InvalidRecordError unless every field has its type and keeps its bounds."""
    contract = of(record)
    _Walk(contract, _as_it_is, bounds=True).value(inlined(contract), record, "")


def first_type_fault(record: msgspec.Struct) -> InvalidRecordError | None:
    """Return what is wrong with the first field whose type is wrong; None when all are right."""
    contract = of(record)
    try:
        _Walk(contract, _as_it_is).value(inlined(contract), record, "")
    except InvalidRecordError as error:
        return error
    return None


class _Walk:
    """One walk over a value along its contract; `read` brings leaves and containers into shape."""

    def __init__(
        self,
        contract: Contract,
        read: Callable[[_Walk, str, Any, str], Any],
        *,
        bounds: bool = False,
    ) -> None:
        self.classes = classes(contract)
        self._name, self._read, self._bounds = contract.name, read, bounds

    def refuse(self, path: str, because: str) -> InvalidRecordError:
        """Return the error that says what is wrong at `path`."""
        return InvalidRecordError(record=self._name, field=path, because=because)

    def mistaken(self, path: str, kind: str, value: Any) -> InvalidRecordError:
        """Return the error for a value of the wrong type."""
        return self.refuse(path, f"must be {_WORDS[kind]}, not {_shown(value)}")

    def value(self, avro_type: Any, value: Any, path: str) -> Any:
        """Return `value` in the shape of `avro_type`. Raises InvalidRecordError."""
        match avro_type:
            case ["null", inner]:
                return None if value is None else self.value(inner, value, path)
            case str():
                return self._leaf(avro_type, value, path)
            case {"type": "enum", "symbols": symbols}:
                if value not in symbols or not isinstance(value, str):
                    known = ", ".join(symbols)
                    raise self.refuse(path, f"must be one of {known}, not {_shown(value)}")
                return value
            case {"type": "array", "items": items}:
                found = self._read(self, "array", value, path)
                return tuple(self.value(items, v, f"{path}[{i}]") for i, v in enumerate(found))
            case {"type": "map", "values": values}:
                found = self._read(self, "map", value, path)
                return {
                    self._leaf("string", k, f"{path}: a name in it"): self.value(
                        values, v, f"{path}[{_shown(k)}]"
                    )
                    for k, v in found.items()
                }
            case _:
                return self._record(avro_type, value, path)

    def _record(self, definition: Definition, value: Any, path: str) -> Any:
        cls = self.classes[full_name(definition)]
        if self._read is _as_it_is:
            if type(value) is not cls:
                raise self.refuse(path, f"must be a {cls.__name__}, not {_shown(value)}")
            given: Mapping[str, Any] = {
                f["name"]: getattr(value, f["name"]) for f in definition["fields"]
            }
        else:
            given = self._read(self, "record", value, path)
        fields = {field["name"]: field for field in definition["fields"]}
        for name in given:
            if name not in fields:
                raise self._unknown(name, fields, path)
        found = {}
        for name, field in fields.items():
            here = f"{path}.{name}" if path else name
            if name in given:
                found[name] = self.value(field["type"], given[name], here)
                if self._bounds and found[name] is not None:
                    self._check_bounds(field, found[name], here)
            elif "default" not in field:
                raise self.refuse(here, "is missing")
        return value if self._read is _as_it_is else cls(**found)

    def _unknown(self, name: Any, fields: Mapping[str, Any], path: str) -> InvalidRecordError:
        given = str(name)[:_SHOWN].encode("ascii", "backslashreplace").decode()
        close = get_close_matches(given, fields, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        where = f"{path}.{given}" if path else given
        return self.refuse(where, f"the contract has no such field{hint}")

    def _leaf(self, kind: str, value: Any, path: str) -> Any:
        if kind == "string":
            if not isinstance(value, str):
                raise self.mistaken(path, kind, value)
            if not value.isascii():
                self._check_unicode(value, path)
            return value
        if kind in _RANGES:
            low, high = _RANGES[kind]
            if not isinstance(value, int) or isinstance(value, bool):
                raise self.mistaken(path, kind, value)
            if not low <= value <= high:
                raise self.refuse(path, f"must lie between {low} and {high}, not {_shown(value)}")
            return value
        if kind in NUMBERS:
            return self._real(kind, value, path)
        if kind == "boolean":
            if not isinstance(value, bool):
                raise self.mistaken(path, kind, value)
            return value
        return self._read(self, kind, value, path)

    def _real(self, kind: str, value: Any, path: str) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self.mistaken(path, kind, value)
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if self._bounds and not math.isfinite(number):
            raise self.refuse(path, f"must be finite, not {_shown(value)}")
        return number

    def _check_unicode(self, value: str, path: str) -> None:
        try:
            value.encode()
        except UnicodeEncodeError as error:
            at = f"half a surrogate pair at character {error.start}"
            raise self.refuse(path, f"must be Unicode text; it has {at}") from None

    def _check_bounds(self, field: Definition, value: Any, path: str) -> None:
        unit = f" {field['unit']}" if "unit" in field else ""
        if "min" in field and value < field["min"]:
            raise self.refuse(path, f"must be at least {field['min']}{unit}, not {_shown(value)}")
        if "max" in field and value > field["max"]:
            raise self.refuse(path, f"must be at most {field['max']}{unit}, not {_shown(value)}")
        if not isinstance(value, str):
            return
        if len(value) < field.get("length_min", 0):
            raise self.refuse(path, f"must have at least {field['length_min']} characters")
        if len(value) > field.get("length_max", len(value)):
            because = f"must have at most {field['length_max']} characters, not {len(value)}"
            raise self.refuse(path, because)
        pattern = field.get("pattern")
        if pattern is not None and not _pattern(pattern).fullmatch(value):
            raise self.refuse(path, f"must have {field['form']}, not {_shown(value)}")


def _as_it_is(walk: _Walk, kind: str, value: Any, path: str) -> Any:
    """Read a value of a record: bytes are bytes, arrays are tuples."""
    expected: type = {"bytes": bytes, "array": tuple, "map": Mapping}[kind]
    if not isinstance(value, expected):
        raise walk.refuse(path, f"must be {expected.__name__}, not {_shown(value)}")
    return value


def _from_json(walk: _Walk, kind: str, value: Any, path: str) -> Any:
    """Read a value as parsed from JSON."""
    if kind == "bytes":
        if not isinstance(value, str):
            raise walk.mistaken(path, kind, value)
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise walk.mistaken(path, kind, value) from None
    if not isinstance(value, list if kind == "array" else dict):
        raise walk.mistaken(path, kind, value)
    return value


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _shown(value: Any) -> str:
    """Return a short picture of a value for a sentence."""
    match value:
        case None:
            return "null"
        case True | False:
            return str(value).lower()
        case dict():
            return "an object"
        case list() | tuple():
            return "a list"
        case str():
            return ascii(value) if len(value) <= _SHOWN else ascii(value[:_SHOWN]) + "…"
        case int() if abs(value) >= 1 << 64:
            return "a number too large to show"
        case int() | float() | bytes():
            return repr(value)[: _SHOWN + 2]
        case _:
            return f"a {type(value).__name__}"
