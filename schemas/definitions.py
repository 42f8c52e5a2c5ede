"""Contracts as files: reading `.avsc`, canonical form, fingerprint, and the rules of the house.

The rules: one record a file, named after it, in the namespace of its folder; every field says what
it means, every number its unit; the record says whether it is a command, an observation or an event
and how its key is made; all records begin with the same envelope.
"""

from __future__ import annotations

import json
import keyword
import re
import string
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from schemas.errors import ContractError
from schemas.units import UNITS

ROOT: Final = Path(__file__).resolve().parent
CONTRACTS: Final = ROOT / "avro"
HISTORY: Final = ROOT / "history"
NAMESPACE: Final = "cuestream"
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
    return json.dumps(
        _canonical(definition, ""), separators=(",", ":"), ensure_ascii=False
    )


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
    if isinstance(definition, str):
        if definition in PRIMITIVES or "." in definition or not inside:
            return definition
        return f"{inside}.{definition}"
    if isinstance(definition, list):
        return [_canonical(branch, inside) for branch in definition]
    kind = definition["type"]
    if kind == "array":
        return {"type": "array", "items": _canonical(definition["items"], inside)}
    if kind == "map":
        return {"type": "map", "values": _canonical(definition["values"], inside)}
    if kind not in {"record", "enum", "fixed"}:
        return _canonical(kind, inside)
    name = full_name(definition, inside)
    if kind == "enum":
        return {"name": name, "type": "enum", "symbols": definition["symbols"]}
    if kind == "fixed":
        return {"name": name, "type": "fixed", "size": definition["size"]}
    space = name.rpartition(".")[0]
    fields = [
        {"name": field["name"], "type": _canonical(field["type"], space)}
        for field in definition["fields"]
    ]
    return {"name": name, "type": "record", "fields": fields}


def key_fields(template: str) -> list[str]:
    """Return the fields a key template such as `{tenant}:{conversation_id}` names, in order."""
    return [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]


def check_house_rules(path: Path, definition: Definition) -> None:
    """Raise ContractError when a contract breaks a rule of the house."""

    def refuse(because: str, field: str = "") -> None:
        raise ContractError(path=_short(path), field=field, because=because)

    if definition.get("type") != "record":
        refuse("a contract is an Avro record")
    context = path.parent.name
    if definition.get("name") != path.stem or definition.get("namespace") != (
        f"{NAMESPACE}.{context}"
    ):
        refuse(f"must be named {NAMESPACE}.{context}.{path.stem}, after folder and file")
    if definition.get("kind") not in KINDS:
        refuse(f'"kind" must be one of {", ".join(KINDS)}')
    if tuple(field.get("name") for field in definition["fields"][: len(ENVELOPE)]) != ENVELOPE:
        refuse(f"must begin with the envelope: {', '.join(ENVELOPE)}")
    types = {field["name"]: field["type"] for field in definition["fields"]}
    key = definition.get("key")
    if not isinstance(key, str):
        refuse('needs a "key" template; empty for records that address a whole partition')
    for name in key_fields(str(key)):
        if types.get(name) != "string":
            refuse(f"the key needs {name} to be a string field of the record")
    for name, named in named_types(definition):
        if named["type"] == "enum":
            _check_enum(path, name, named)
        if named["type"] == "record":
            if not str(named.get("doc", "")).strip():
                refuse(f"{name} has no doc")
            for field in named["fields"]:
                _check_field(path, field)


def _check_enum(path: Path, name: str, definition: Definition) -> None:
    default = definition.get("default")
    if default is not None and default not in definition["symbols"]:
        raise ContractError(
            path=_short(path), because=f"{name}: the default {default!r} is no symbol of it"
        )


def _check_field(path: Path, field: Definition) -> None:
    name = field.get("name", "?")

    def refuse(because: str) -> None:
        raise ContractError(path=_short(path), field=name, because=because)

    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        refuse("field names are lower-case words joined by underscores, no Python keyword")
    if not str(field.get("doc", "")).strip():
        refuse("has no doc")
    branches = field["type"] if isinstance(field["type"], list) else [field["type"]]
    if isinstance(field["type"], list):
        if branches[0] != "null" or len(branches) != 2:
            refuse('the only union allowed is ["null", one type]')
        if field.get("default", 0) is not None:
            refuse("a field that may be null has the default null")
    is_number = any(branch in NUMBERS for branch in branches if isinstance(branch, str))
    if is_number and field.get("unit") not in UNITS:
        refuse(f"numbers name their unit: one of {', '.join(UNITS)}")
    if name.endswith("_ms") and field.get("unit") != "ms":
        refuse('fields that end in _ms have the unit "ms"')
    if not is_number and {"unit", "min", "max"} & field.keys():
        refuse("unit, min and max are for numbers")
    if "string" not in branches and {"pattern", "length_min", "length_max"} & field.keys():
        refuse("pattern, length_min and length_max are for strings")


def _short(path: Path) -> str:
    return "/".join(path.parts[-2:])
