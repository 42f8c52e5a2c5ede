"""Contracts as files: reading `.avsc`, canonical form, fingerprint, and the rules of the house.

The rules: one record a file, named after it, in the namespace of its folder; every field says what
it means, every number its unit; the record says whether it is a command, an observation or an event
and how its key is made; all records begin with the same envelope.
"""

from __future__ import annotations

import dataclasses
import json
import keyword
import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from schemas.errors import ContractError
from schemas.units import UNITS

ROOT: Final = Path(__file__).resolve().parent
CONTRACTS: Final = ROOT / "avro"
HISTORY: Final = ROOT / "history"
NAMESPACE: Final = "cuestream"
SYMBOLS_MAX: Final = 64
"""Most symbols of an enum: each is one byte on the wire."""

KINDS: Final = ("command", "observation", "event")
NUMBERS: Final = frozenset({"int", "long", "float", "double"})
PRIMITIVES: Final = NUMBERS | {"null", "boolean", "bytes", "string"}
ENVELOPE: Final = (
    "tenant",
    "occurred_at_ms",
    "recorded_at_ms",
    "person_key_id",
    "causation_id",
    "correlation_id",
    "ownership_epoch",
)
"""What every record begins with, in this order."""

Definition = dict[str, Any]


def read(path: Path) -> Definition:
    """Return the definition in a file. Raises ContractError when it is no JSON object."""
    try:
        definition = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ContractError(path=_short(path), because=f"no JSON: {error}") from error
    if not isinstance(definition, dict):
        raise ContractError(path=_short(path), because="a contract is one JSON object")
    return definition


def read_all(root: Path = CONTRACTS) -> dict[Path, Definition]:
    """Return every contract by path, in path order."""
    return {path: read(path) for path in sorted(root.glob("*/*.avsc"))}


def full_name(definition: Mapping[str, Any], inside: str = "") -> str:
    """Return the Avro full name; `inside` is the enclosing namespace."""
    name: str = definition["name"]
    if "." in name:
        return name
    namespace = definition.get("namespace", inside)
    return f"{namespace}.{name}" if namespace else name


def named_types(definition: Any, inside: str = "") -> Iterator[tuple[str, Definition]]:
    """Yield `(full name, definition)` of every named type, inner ones first."""
    if isinstance(definition, list):
        for branch in definition:
            yield from named_types(branch, inside)
        return
    if not isinstance(definition, dict):
        return
    kind = definition["type"]
    if kind in {"array", "map"}:
        yield from named_types(definition["items" if kind == "array" else "values"], inside)
    elif kind in {"record", "enum", "fixed"}:
        name = full_name(definition, inside)
        for field in definition.get("fields", ()):
            yield from named_types(field["type"], name.rpartition(".")[0])
        yield name, definition
    elif isinstance(kind, dict | list):
        yield from named_types(kind, inside)


def inlined(definition: Definition) -> Definition:
    """Return the definition with every named type written out, with full names, where it is used.

    For contracts, which may not contain themselves.
    """
    found: Definition = _inlined(definition, "", {})
    return found


def _inlined(avro_type: Any, inside: str, known: dict[str, Any]) -> Any:
    if isinstance(avro_type, list):
        return [_inlined(branch, inside, known) for branch in avro_type]
    if isinstance(avro_type, str):
        if avro_type in PRIMITIVES:
            return avro_type
        return known.get(avro_type) or known[f"{inside}.{avro_type}"]
    kind = avro_type["type"]
    if kind not in {"record", "enum", "fixed"}:
        part = {"array": "items", "map": "values"}.get(kind)
        if part is None:
            return _inlined(kind, inside, known)
        return {**avro_type, part: _inlined(avro_type[part], inside, known)}
    name = full_name(avro_type, inside)
    space, _, short = name.rpartition(".")
    found = {**avro_type, "name": short, "namespace": space}
    if kind == "record":
        found["fields"] = [
            {**field, "type": _inlined(field["type"], space, known)}
            for field in avro_type["fields"]
        ]
    known[name] = found
    return found


def canonical(definition: Any) -> str:
    """Return the Parsing Canonical Form: what decides how bytes are read, and nothing else.

    Source:
        Apache Avro 1.11 specification, "Transforming into Parsing Canonical Form".
    """
    return json.dumps(_canonical(definition, ""), separators=(",", ":"), ensure_ascii=False)


def fingerprint(definition: Any) -> bytes:
    """Return CRC-64-AVRO of the canonical form, 8 bytes little-endian as on the wire.

    Source:
        Apache Avro 1.11 specification, "Schema Fingerprints".
    """
    crc = _EMPTY
    for byte in canonical(definition).encode():
        crc = (crc >> 8) ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc.to_bytes(8, "little")


_EMPTY: Final = 0xC15D213AA4D7A795


def _table_entry(value: int) -> int:
    for _ in range(8):
        value = (value >> 1) ^ (_EMPTY if value & 1 else 0)
    return value


_TABLE: Final = tuple(_table_entry(value) for value in range(256))


def _canonical(definition: Any, inside: str) -> Any:
    match definition:
        case str():
            if definition in PRIMITIVES or "." in definition or not inside:
                return definition
            return f"{inside}.{definition}"
        case list():
            return [_canonical(branch, inside) for branch in definition]
        case {"type": "array", "items": items}:
            return {"type": "array", "items": _canonical(items, inside)}
        case {"type": "map", "values": values}:
            return {"type": "map", "values": _canonical(values, inside)}
        case {"type": "record" | "enum" | "fixed"}:
            return _canonical_named(definition, full_name(definition, inside))
        case _:
            return _canonical(definition["type"], inside)


def _canonical_named(definition: Definition, name: str) -> Definition:
    head = {"name": name, "type": definition["type"]}
    match definition["type"]:
        case "enum":
            return {**head, "symbols": definition["symbols"]}
        case "fixed":
            return {**head, "size": definition["size"]}
        case _:
            space = name.rpartition(".")[0]
            fields = [
                {"name": field["name"], "type": _canonical(field["type"], space)}
                for field in definition["fields"]
            ]
            return {**head, "fields": fields}


def key_fields(template: str) -> list[str]:
    """Return the fields a key template such as `{tenant}:{conversation_id}` names, in order."""
    return [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]


def check_house_rules(path: Path, definition: Definition) -> None:
    """Raise ContractError when a contract breaks a rule of the house."""
    _Inspection(_short(path)).contract(path, definition)


@dataclass(slots=True)
class _Inspection:
    """One walk through one contract."""

    path: str
    known: set[str] = dataclasses.field(default_factory=set)
    open: set[str] = dataclasses.field(default_factory=set)

    def contract(self, path: Path, definition: Definition) -> None:
        """Look at the whole contract."""
        context = path.parent.name
        if definition.get("type") != "record":
            raise self._refuse("a contract is an Avro record")
        if (definition.get("name"), definition.get("namespace")) != (
            path.stem,
            f"{NAMESPACE}.{context}",
        ):
            name = f"{NAMESPACE}.{context}.{path.stem}"
            raise self._refuse(f"must be named {name}, after its folder and file")
        if definition.get("kind") not in KINDS:
            raise self._refuse(f'"kind" must be one of {", ".join(KINDS)}')
        fields = definition.get("fields", ())
        if tuple(field.get("name") for field in fields[: len(ENVELOPE)]) != ENVELOPE:
            raise self._refuse(f"must begin with the envelope: {', '.join(ENVELOPE)}")
        self._type(definition, "", f"{NAMESPACE}.{context}")
        self._key(definition)

    def _refuse(self, because: str, field: str = "") -> ContractError:
        return ContractError(path=self.path, field=field, because=because)

    def _key(self, definition: Definition) -> None:
        key = definition.get("key")
        if not isinstance(key, str):
            raise self._refuse('needs a "key" template; empty to address a whole partition')
        types = {field["name"]: field["type"] for field in definition["fields"]}
        for name in key_fields(key):
            if types.get(name) != "string":
                raise self._refuse(f"the key needs {name!r} to be a string field of the record")

    def _type(self, avro_type: Any, field: str, inside: str) -> None:
        """Look at a type: what may stand in a contract is what the codec is made for."""
        match avro_type:
            case ["null", inner] if inner != "null" and not isinstance(inner, list):
                self._type(inner, field, inside)
            case list():
                raise self._refuse('the only union allowed is ["null", one type]', field)
            case "null":
                raise self._refuse("null alone says nothing", field)
            case str() if avro_type in PRIMITIVES:
                pass
            case str():
                self._reference(avro_type, field, inside)
            case {"type": "array", "items": inner} | {"type": "map", "values": inner}:
                self._type(inner, field, inside)
            case {"type": "enum", "symbols": symbols}:
                self.known.add(full_name(avro_type, inside))
                if avro_type.get("default", symbols[0]) not in symbols:
                    raise self._refuse(f"{avro_type['default']!r} is no symbol of it", field)
                if len(symbols) > SYMBOLS_MAX:
                    raise self._refuse(f"an enum has at most {SYMBOLS_MAX} symbols", field)
            case {"type": "record", "fields": [_, *_] as fields}:
                self._record(avro_type, fields, field, inside)
            case _:
                raise self._refuse(f"no contract may use the type {avro_type}", field)

    def _reference(self, name: str, field: str, inside: str) -> None:
        name = name if "." in name else f"{inside}.{name}"
        if name in self.open:
            raise self._refuse("a record may not contain itself", field)
        if name not in self.known:
            raise self._refuse(f"no type {name} before this place", field)

    def _record(
        self, definition: Definition, fields: list[Definition], field: str, inside: str
    ) -> None:
        name = full_name(definition, inside)
        if not str(definition.get("doc", "")).strip():
            raise self._refuse(f"{name} has no doc", field)
        self.open.add(name)
        for part in fields:
            self._type(part["type"], part["name"], name.rpartition(".")[0])
            self._field(part)
        self.open.remove(name)
        self.known.add(name)

    def _field(self, field: Definition) -> None:
        name = str(field.get("name", "?"))
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
            because = "field names are lower-case words joined by _, and no Python keyword"
            raise self._refuse(because, name)
        if not str(field.get("doc", "")).strip():
            raise self._refuse("has no doc", name)
        optional = isinstance(field["type"], list)
        if optional and ("default" not in field or field["default"] is not None):
            raise self._refuse("a field that may be null has the default null", name)
        inner = field["type"][-1] if optional else field["type"]
        if not optional and "default" in field and not _fits(inner, field["default"]):
            raise self._refuse(f"the default {field['default']!r} is no value of its type", name)
        is_number = isinstance(inner, str) and inner in NUMBERS
        if is_number and field.get("unit") not in UNITS:
            raise self._refuse(f"numbers name their unit, one of {', '.join(UNITS)}", name)
        if name.endswith("_ms") and field.get("unit") != "ms":
            raise self._refuse('what ends in _ms has the unit "ms"', name)
        if not is_number and {"unit", "min", "max"} & field.keys():
            raise self._refuse("unit, min and max are for numbers", name)
        if inner != "string" and {"pattern", "length_min", "length_max"} & field.keys():
            raise self._refuse("pattern, length_min and length_max are for text", name)
        if ("pattern" in field) != bool(field.get("form")):
            raise self._refuse("a pattern has a form that says it in words, and no other has", name)


def _fits(avro_type: Any, default: Any) -> bool:
    match avro_type:
        case "string" | "bytes":
            return isinstance(default, str)
        case "int" | "long":
            return isinstance(default, int) and not isinstance(default, bool)
        case "float" | "double":
            return isinstance(default, int | float) and not isinstance(default, bool)
        case "boolean":
            return isinstance(default, bool)
        case {"type": "enum", "symbols": symbols}:
            return bool(default in symbols)
        case {"type": "array"}:
            return bool(default == [])
        case {"type": "map"}:
            return bool(default == {})
        case _:
            return False


def _short(path: Path) -> str:
    return "/".join(path.parts[-2:])
