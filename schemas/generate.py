"""Contracts to records: reads `schemas/avro`, writes `schemas/records`, byte-stable.

One module a context, one frozen struct a record. Run `python -m ops generate` after changing a
contract, `--check` to learn whether what is checked in is what the contracts give, `--release` to
freeze today's contracts in `schemas/history` for good.
"""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import avro.schema

from schemas import compatibility, definitions
from schemas.definitions import Definition
from schemas.errors import ContractError, SchemaError, StaleRecordsError

RECORDS: Final = definitions.ROOT / "records"
_WIDTH: Final = 100
_INT32: Final = "\nInt32 = Annotated[int, msgspec.Meta(ge=-(1 << 31), le=(1 << 31) - 1)]\n"
_PYTHON: Final = {
    "null": "None",
    "boolean": "bool",
    "int": "Int32",
    "long": "int",
    "float": "float",
    "double": "float",
    "bytes": "bytes",
    "string": "str",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run `generate` with command line arguments; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ops generate", description=__doc__)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="fail when the files are stale")
    what.add_argument("--release", action="store_true", help="freeze today's contracts as well")
    asked = parser.parse_args(argv)
    try:
        if asked.check:
            check()
            compatibility.check_history(definitions.read_all().values())
            print("contracts, records and history agree")  # noqa: T201 - a command line tool
            return 0
        written = write()
        if asked.release:
            written += release()
    except SchemaError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command line tool
        return 1
    print("\n".join(written) if written else "nothing changed")  # noqa: T201 - as above
    return 0


def render(root: Path = definitions.CONTRACTS) -> dict[str, str]:
    """Return file name to text of every module the contracts under `root` give.

    Raises:
        ContractError: A contract breaks a rule of the house or of Avro.
    """
    contexts: dict[str, list[Definition]] = {}
    for path, definition in definitions.read_all(root).items():
        _check_with_avro(path, definition)
        definitions.check_house_rules(path, definition)
        contexts.setdefault(path.parent.name, []).append(definition)
    files = {f"{context}.py": _module(context, found) for context, found in contexts.items()}
    files["__init__.py"] = _HEAD.format(source="schemas/avro") + _PACKAGE
    return dict(sorted(files.items()))


def write(root: Path = definitions.CONTRACTS, into: Path = RECORDS) -> list[str]:
    """Bring `into` up to date with the contracts under `root`; return the files touched."""
    files = render(root)
    stale = _stale(files, into)
    into.mkdir(parents=True, exist_ok=True)
    for name in stale:
        if name in files:
            (into / name).write_text(files[name], encoding="utf-8")
        else:
            (into / name).unlink()
    return [f"{into.parent.name}/{into.name}/{name}" for name in stale]


def check(root: Path = definitions.CONTRACTS, into: Path = RECORDS) -> None:
    """Raise StaleRecordsError unless `into` is exactly what the contracts under `root` give."""
    stale = _stale(render(root), into)
    if stale:
        raise StaleRecordsError(files=[f"{into.parent.name}/{into.name}/{name}" for name in stale])


def release(root: Path = definitions.CONTRACTS, history: Path = definitions.HISTORY) -> list[str]:
    """Freeze every contract under `root` that `history` does not hold yet; return the new files.

    A file is named by the fingerprint of its content and never written again.

    Raises:
        IncompatibleContractError: A contract cannot be read by, or read, a released version.
    """
    found = definitions.read_all(root)
    compatibility.check_history(list(found.values()), history)
    written = []
    for path, definition in found.items():
        name = f"{definitions.fingerprint(definition).hex()}.avsc"
        target = history / path.parent.name / path.stem / name
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
            written.append("/".join(("schemas/history", *target.parts[-3:])))
    return written


def _stale(files: dict[str, str], into: Path) -> list[str]:
    present = {path.name: path.read_text(encoding="utf-8") for path in into.glob("*.py")}
    return sorted(
        name for name in files.keys() | present.keys() if files.get(name) != present.get(name)
    )


def _check_with_avro(path: Path, definition: Definition) -> None:
    try:
        avro.schema.parse(json.dumps(definition))
    except Exception as error:  # avro-python3 raises bare Exception in places
        where = "/".join(path.parts[-2:])
        raise ContractError(path=where, because=f"Avro refuses it: {error}") from error


_HEAD: Final = (
    '"""GENERATED from {source} by `python -m ops generate`; change the contracts instead.\n'
)
_PACKAGE: Final = '''
Records: one module a context, one frozen struct a contract.
"""
'''


def _module(context: str, contracts: list[Definition]) -> str:
    named: dict[str, Definition] = {}
    for contract in contracts:
        for name, definition in definitions.named_types(contract):
            known = named.setdefault(name, definition)
            if known != definition:
                raise ContractError(
                    path=f"{context}/{contract['name']}.avsc",
                    because=f"{name} is defined differently in another contract of {context}",
                )
    roots = {definitions.full_name(contract) for contract in contracts}
    enums = {name: found for name, found in named.items() if found["type"] == "enum"}
    structs = {
        name: found
        for inner in (True, False)
        for name, found in sorted(named.items())
        if found["type"] == "record" and (name not in roots) is inner
    }
    body = "".join(_alias(found) for _, found in sorted(enums.items()))
    body += "".join(_struct(name, found, name in roots) for name, found in structs.items())
    names = sorted(name.rpartition(".")[2] for name in (*enums, *structs))
    listed = "".join(f'    "{name}",\n' for name in names)
    head = _HEAD.format(source=f"schemas/avro/{context}")
    imports = "from collections.abc import Mapping\n" if "Mapping[" in body else ""
    if "Int32" in body:
        body = _INT32 + body
    typing = ", ".join(name for name in ("Annotated", "ClassVar", "Literal") if f"{name}[" in body)
    return (
        f'{head}\nRecords of the context "{context}".\n"""\n\n'
        f"{imports}from typing import {typing}\n\nimport msgspec\n\n"
        f"__all__ = [\n{listed}]\n{body}"
    )


def _alias(definition: Definition) -> str:
    symbols = ", ".join(json.dumps(symbol) for symbol in definition["symbols"])
    line = f"{definition['name']} = Literal[{symbols}]\n"
    if len(line) > _WIDTH:
        symbols = "".join(f"    {json.dumps(symbol)},\n" for symbol in definition["symbols"])
        line = f"{definition['name']} = Literal[\n{symbols}]\n"
    return f"\n{line}"


def _struct(name: str, definition: Definition, is_contract: bool) -> str:  # noqa: FBT001
    lines = [
        "",
        "",
        f"class {definition['name']}(msgspec.Struct, frozen=True, kw_only=True, gc=False):",
        *_docstring(definition),
        "",
        f'    FULL_NAME: ClassVar[str] = "{name}"',
    ]
    if is_contract:
        fingerprint = definitions.fingerprint(definition).hex()
        lines.append(f'    FINGERPRINT: ClassVar[bytes] = bytes.fromhex("{fingerprint}")')
    lines.append("")
    for field in definition["fields"]:
        default = f" = {_default(field)}" if "default" in field else ""
        lines.append(f"    {field['name']}: {_annotation(field['type'])}{default}")
    return "\n".join(lines) + "\n"


def _docstring(definition: Definition) -> Iterator[str]:
    doc = definition["doc"]
    kind = definition.get("kind")
    first, *rest = textwrap.wrap(f'"""{doc}', _WIDTH - 4)
    yield f"    {first}"
    for line in rest:
        yield f"    {line}"
    yield ""
    if kind:
        key = definition["key"]
        addressed = f"Keyed by `{key}`." if key else "Addresses a whole partition: no key."
        yield f"    {kind.capitalize()}. {addressed}"
        yield ""
    yield "    Attributes:"
    for field in definition["fields"]:
        text = f"{field['name']}: {field['doc']}{_bounds(field)}"
        yield from textwrap.wrap(text, _WIDTH, initial_indent=" " * 8, subsequent_indent=" " * 12)
    yield '    """'


def _bounds(field: Definition) -> str:
    parts = []
    if "unit" in field:
        parts.append(f"unit {field['unit']}")
    if "min" in field:
        parts.append(f"at least {field['min']}")
    if "max" in field:
        parts.append(f"at most {field['max']}")
    if "form" in field:
        parts.append(field["form"])
    if "length_max" in field:
        parts.append(f"at most {field['length_max']} characters")
    return f" ({', '.join(parts)})" if parts else ""


def _annotation(avro_type: Any) -> str:
    if isinstance(avro_type, str):
        return _PYTHON.get(avro_type) or avro_type.rpartition(".")[2]
    if isinstance(avro_type, list):
        named = [_annotation(branch) for branch in avro_type]
        return " | ".join([*(name for name in named if name != "None"), "None"])
    kind = avro_type["type"]
    if kind == "array":
        return f"tuple[{_annotation(avro_type['items'])}, ...]"
    if kind == "map":
        return f"Mapping[str, {_annotation(avro_type['values'])}]"
    if kind in {"record", "enum"}:
        return str(avro_type["name"])
    return _annotation(kind)


def _default(field: Definition) -> str:
    default, avro_type = field["default"], field["type"]
    if default is None:
        return "None"
    if avro_type == "bytes":
        return repr(default.encode("latin-1"))
    if isinstance(avro_type, dict) and avro_type["type"] in {"array", "map"}:
        return "()" if avro_type["type"] == "array" else "{}"
    if avro_type in ("float", "double"):
        return repr(float(default))
    return json.dumps(default) if isinstance(default, str) else repr(default)


if __name__ == "__main__":
    raise SystemExit(main())
