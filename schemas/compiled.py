"""Avro bodies by code that is compiled once for each contract.

A general reader walks the schema again for every value; here the walk is done once and leaves
straight-line Python that knows each field's place. Measured against fastavro and avro-python3 by
`python -m ops bench codec`; why it is worth having is in `ops/decisions/0002`.

The code is for today's contracts as the house rules allow them (unions are `["null", x]` only).
What it writes is byte for byte what the Avro libraries write; what it reads it checks: lengths,
branches, symbols, ranges, UTF-8 and the end of the value.

Source:
    Apache Avro 1.11 specification, "Binary Encoding".
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Final

from schemas import definitions
from schemas.definitions import Definition

Encoder = Callable[[Any], bytes]
Decoder = Callable[[bytes], Any]

_SMALL_COUNT: Final = 1024
_KEYWORDS: Final = 15
_INT_MIN, _INT_MAX = -(1 << 31), (1 << 31) - 1
_LONG_MIN, _LONG_MAX = -(1 << 63), (1 << 63) - 1
_pack_six = struct.Struct("6B").pack
_float, _double = struct.Struct("<f"), struct.Struct("<d")


class MalformedError(Exception):
    """The body is not what its schema says; never leaves `schemas`."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A function made for one contract, with its source.

    Attributes:
        run: The function.
        lines: Source line number to the field it deals with, for telling where a value went wrong.
        file: The code's file name in tracebacks.
    """

    run: Callable[[Any], Any]
    lines: dict[int, str]
    file: str

    def field_of(self, error: BaseException) -> str:
        """Return the field that was being read or written when `error` was raised, or ''."""
        found, trace = "", error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == self.file:
                found = self.lines.get(trace.tb_lineno, found)
            trace = trace.tb_next
        return found


def encoder(definition: Definition, head: bytes) -> Compiled:
    """Return a function from record to `head` and the record's Avro body.

    The function raises whatever Python raises for a value of the wrong type; the caller turns that
    into a sentence.
    """
    source = _Source(f"<encoder of {definitions.full_name(definition)}>")
    writer = _Writer(source)
    writer.record(definition, head=head)
    return source.compile("write_" + definition["name"], writer.names)


def decoder(definition: Definition, classes: dict[str, type[Any]], skip: int) -> Compiled:
    """Return a function from a value to the record behind it.

    The function raises IndexError, ValueError, struct.error or MalformedError for anything that is
    not exactly one record.

    Args:
        definition: The contract, as its values are written.
        classes: Record class by Avro full name, nested ones included.
        skip: Bytes before the body.
    """
    source = _Source(f"<decoder of {definitions.full_name(definition)}>")
    reader = _Reader(source, classes)
    read = reader.record(definition)
    source.add("def run(v):")
    source.add(f"    found, p = {read}(v, {skip})")
    source.add("    if p != len(v):")
    source.add("        raise MalformedError(ended(v, p))")
    source.add("    return found")
    return source.compile("run", reader.names)


def zigzag(number: int) -> bytes:
    """Return an Avro long. Raises OverflowError outside of 64 bits."""
    if not _LONG_MIN <= number <= _LONG_MAX:
        raise OverflowError(f"{number} does not fit a long")
    z = number << 1 if number >= 0 else ~(number << 1)
    if 0x800000000 <= z < 0x40000000000:  # six bytes: the epoch milliseconds of our century
        return _pack_six(
            z & 127 | 128,
            z >> 7 & 127 | 128,
            z >> 14 & 127 | 128,
            z >> 21 & 127 | 128,
            z >> 28 & 127 | 128,
            z >> 35,
        )
    if z < 0x4000:
        return bytes((z,)) if z < 128 else bytes((z & 127 | 128, z >> 7))
    out = bytearray()
    while z > 127:
        out.append(z & 127 | 128)
        z >>= 7
    out.append(z)
    return bytes(out)


_CONTINUED: Final = sum(128 << 7 * place for place in range(5))


def _long(v: bytes, p: int) -> tuple[int, int]:
    """Return the long at `p` and the position after it."""
    chunk = v[p : p + 6]
    if len(chunk) == 6:
        a, b, c, d, e, f = chunk
        if (a & b & c & d & e) > 127 > f:  # six bytes, as in `zigzag`
            z = a + (b << 7) + (c << 14) + (d << 21) + (e << 28) + (f << 35) - _CONTINUED
            return (z >> 1) ^ -(z & 1), p + 6
    z = shift = 0
    while True:
        a = v[p]
        p += 1
        z |= (a & 127) << shift
        if a < 128:
            break
        shift += 7
        if shift > 63:
            raise MalformedError("a number is longer than ten bytes")
    if z >> 64:
        raise MalformedError("a number does not fit 64 bits")
    return (z >> 1) ^ -(z & 1), p


def _int(v: bytes, p: int) -> tuple[int, int]:
    found, p = _long(v, p)
    if not _INT_MIN <= found <= _INT_MAX:
        raise MalformedError(f"{found} does not fit 32 bits")
    return found, p


def _symbol(v: bytes, p: int, symbols: tuple[str | None, ...]) -> tuple[str, int]:
    """Return the symbol at `p` that is not written in one plain byte, if it is one at all."""
    place, p = _long(v, p)
    found = symbols[2 * place] if 0 <= place < 64 else None
    if found is None:
        raise MalformedError(f"symbol number {place}, which the contract does not have")
    return found, p


def _length(v: bytes, p: int) -> tuple[int, int]:
    """Return the length or count at `p`, which cannot exceed what is left, and its end."""
    found, p = _long(v, p)
    if found < 0:
        raise MalformedError(f"a negative length, {found}")
    if found > len(v) - p:
        raise MalformedError(f"a length of {found} with {len(v) - p} bytes left")
    return found, p


def _block(v: bytes, p: int) -> tuple[int, int]:
    """Return the number of items in the block at `p`, and where they start."""
    count, p = _long(v, p)
    if count < 0:
        count = -count
        _, p = _length(v, p)
    if count > len(v) - p:
        raise MalformedError(f"{count} items with {len(v) - p} bytes left")
    return count, p


def _branch(found: int) -> MalformedError:
    return MalformedError(f"byte {found} where 0 (null) or 2 (a value) is meant")


def _ended(v: bytes, p: int) -> str:
    if p > len(v):
        return "the value ends early"
    return f"{len(v) - p} bytes too many after the record"


def _write_int(number: int) -> bytes:
    if not _INT_MIN <= number <= _INT_MAX:
        raise OverflowError(f"{number} does not fit an int")
    return zigzag(number)


def _text(text: str) -> bytes:
    data = text.encode()
    size = len(data)
    return (_COUNTS[size] if size < _SMALL_COUNT else zigzag(size)) + data


def _texts(texts: tuple[str, ...]) -> bytes:
    """Return an array of strings, as `_items` does for any type, without a call per string."""
    if not texts:
        return b"\0"
    out = [zigzag(len(texts))]
    for text in texts:
        data = text.encode()
        size = len(data)
        out.append(_COUNTS[size] if size < _SMALL_COUNT else zigzag(size))
        out.append(data)
    out.append(b"\0")
    return b"".join(out)


def _items(count: int, items: list[bytes]) -> bytes:
    """Return an array or map of `count` items: one block, and the end."""
    return b"".join((zigzag(count), *items, b"\0")) if count else b"\0"


_COUNTS: Final = tuple(zigzag(number) for number in range(_SMALL_COUNT))
_NAMES: Final[dict[str, Any]] = {
    "MalformedError": MalformedError,
    "COUNT": _COUNTS,
    "SOME": tuple(b"\x02" + data for data in _COUNTS),
    "NUMBER": tuple((b >> 1) ^ -(b & 1) if b < 128 else None for b in range(256)),
    "SIZE": tuple(b >> 1 if b < 128 and not b & 1 else None for b in range(256)),
    "zigzag": zigzag,
    "long": _long,
    "int32": _int,
    "symbol": _symbol,
    "length": _length,
    "block": _block,
    "branch": _branch,
    "ended": _ended,
    "text": _text,
    "texts": _texts,
    "items": _items,
    "write_int": _write_int,
    "float_at": _float.unpack_from,
    "double_at": _double.unpack_from,
    "write_float": _float.pack,
    "write_double": _double.pack,
}


@dataclass(slots=True)
class _Source:
    """Lines of Python in the making, each with the field it serves."""

    file: str
    text: list[str] = field(default_factory=list)
    fields: dict[int, str] = field(default_factory=dict)
    here: str = ""

    def add(self, line: str) -> None:
        self.text.append(line)
        if self.here:
            self.fields[len(self.text)] = self.here

    def compile(self, name: str, names: dict[str, Any]) -> Compiled:
        space = {**_NAMES, **names}
        # The source is made from contracts that passed the house rules, never from input.
        exec(compile("\n".join(self.text), self.file, "exec"), space)
        return Compiled(run=space[name], lines=self.fields, file=self.file)


class _Writer:
    """Makes the functions that write records."""

    def __init__(self, source: _Source) -> None:
        self.names: dict[str, Any] = {}
        self._source = source
        self._made: set[str] = set()

    def record(self, definition: Definition, head: bytes = b"") -> str:
        """Add the function that writes `definition`; return its name."""
        name = f"write_{definition['name']}"
        if name in self._made:
            return name
        self._made.add(name)
        for part in definition["fields"]:  # inner functions come first
            self._prepare(part["type"])
        add = self._source.add
        add(f"def {name}(r):")
        parts = []
        if head:
            self.names["HEAD"] = head
            parts.append("HEAD")
        for index, part in enumerate(definition["fields"]):
            self._source.here = part["name"]
            add(f"    a = r.{part['name']}")
            parts += self._field(part["type"], str(index))
        self._source.here = ""
        add(f"    return b''.join(({', '.join(parts)},))")
        return name

    def _prepare(self, avro_type: Any) -> None:
        for _, found in definitions.named_types(avro_type):
            if found["type"] == "record":
                self.record(found)
            elif found["type"] == "enum":
                symbols = enumerate(found["symbols"])
                self.names[f"ENUM_{found['name']}"] = {s: zigzag(i) for i, s in symbols}

    def _field(self, avro_type: Any, index: str) -> list[str]:
        """Add the lines that turn `a` into byte strings; return the names of those."""
        add = self._source.add
        head, body = f"h{index}", f"b{index}"
        match avro_type:
            case "string":
                add(f"    {body} = a.encode()")
            case "bytes":
                add(f"    {body} = bytes(memoryview(a))")
            case ["null", "string"]:
                add("    if a is None:")
                add(f"        {head} = b'\\0'; {body} = b''")
                add("    else:")
                add(f"        {body} = a.encode(); n = len({body})")
                small = f"n < {_SMALL_COUNT}"
                add(f"        {head} = SOME[n] if {small} else b'\\2' + zigzag(n)")
                return [head, body]
            case "long":
                add(f"    {body} = COUNT[a] if 0 <= a < {_SMALL_COUNT} else zigzag(a)")
                return [body]
            case ["null", inner]:
                add(f"    {body} = b'\\0' if a is None else b'\\2' + {self._value(inner, 'a')}")
                return [body]
            case _:
                add(f"    {body} = {self._value(avro_type, 'a')}")
                return [body]
        add(f"    n = len({body}); {head} = COUNT[n] if n < {_SMALL_COUNT} else zigzag(n)")
        return [head, body]

    def _value(self, avro_type: Any, a: str) -> str:
        """Return an expression for the bytes of `a`."""
        simple = {
            "string": f"text({a})",
            "bytes": f"(zigzag(len({a})) + bytes(memoryview({a})))",
            "long": f"zigzag({a})",
            "int": f"write_int({a})",
            "boolean": f"(b'\\0', b'\\1')[{a}]",
            "float": f"write_float({a})",
            "double": f"write_double({a})",
        }
        match avro_type:
            case str():
                return simple[avro_type]
            case {"type": "enum", "name": name}:
                return f"ENUM_{name}[{a}]"
            case {"type": "record", "name": name}:
                return f"write_{name}({a})"
            case {"type": "array", "items": "string"}:
                return f"texts({a})"
            case {"type": "array", "items": items}:
                return f"items(len({a}), [{self._value(items, 'i')} for i in {a}])"
            case {"type": "map", "values": values}:
                each = f"text(k) + {self._value(values, 'i')}"
                return f"items(len({a}), [{each} for k, i in {a}.items()])"
            case _:
                raise NotImplementedError(f"no contract may use {avro_type}")


class _Reader:
    """Makes the functions that read records."""

    def __init__(self, source: _Source, classes: dict[str, type[Any]]) -> None:
        self.names: dict[str, Any] = {}
        self._source = source
        self._classes = classes
        self._made: set[str] = set()

    def record(self, definition: Definition) -> str:
        """Add the function that reads `definition`; return its name."""
        name = f"read_{definition['name']}"
        if name in self._made:
            return name
        self._made.add(name)
        for part in definition["fields"]:
            self._prepare(part["type"], definition["namespace"])
        cls = f"class_{definition['name']}"
        self.names[cls] = self._classes[definitions.full_name(definition)]
        self._source.add(f"def {name}(v, p):")
        fields = list(enumerate(definition["fields"]))
        runs: list[list[int]] = []
        while fields:
            run = list(takewhile(lambda part: isinstance(part[1]["type"], list), fields))
            run = run or fields[:1]
            fields = fields[len(run) :]
            if len(run) > 1:
                runs.append([index for index, _ in run])
            self._run(run)
        self._return(definition, runs)
        return name

    def _run(self, run: list[tuple[int, Definition]]) -> None:
        """Add the lines that read one field, or optional fields that stand together."""
        pad = "    "
        if len(run) > 1:  # mostly they are all null: one look for all of them
            nulls = " = ".join(f"f{index}" for index, _ in run)
            self._source.add(f"    if v[p : p + {len(run)}] == {bytes(len(run))!r}:")
            self._source.add(f"        p += {len(run)}; {nulls} = None")
            self._source.add("    else:")
            pad += "    "
        for index, part in run:
            self._source.here = part["name"]
            self._value(part["type"], f"f{index}", pad)
        self._source.here = ""

    def _return(self, definition: Definition, runs: list[list[int]]) -> None:
        """Add the lines that make the record.

        CPython 3.11 passes more than 15 keywords by way of a dict, at 0.5 µs: optional fields that
        are null are left to their default where that gets below.
        """
        cls = f"class_{definition['name']}"
        names = [part["name"] for part in definition["fields"]]
        few = [run for run in runs if len(names) - len(run) <= _KEYWORDS]
        if len(names) > _KEYWORDS and few:
            nulls = " and ".join(f"f{index} is None" for index in few[0])
            rest = [index for index in range(len(names)) if index not in few[0]]
            self._source.add(f"    if {nulls}:")
            given = ", ".join(f"{names[index]}=f{index}" for index in rest)
            self._source.add(f"        return {cls}({given}), p")
        given = ", ".join(f"{name}=f{index}" for index, name in enumerate(names))
        self._source.add(f"    return {cls}({given}), p")

    def _prepare(self, avro_type: Any, inside: str) -> None:
        for name, found in definitions.named_types(avro_type, inside):
            if found["type"] == "record":
                self.record({**found, "namespace": name.rpartition(".")[0]})
            elif found["type"] == "enum":
                symbols = {2 * place: symbol for place, symbol in enumerate(found["symbols"])}
                self.names[f"ENUM_{found['name']}"] = tuple(
                    symbols.get(byte) if byte < 128 else None for byte in range(256)
                )

    def _value(self, avro_type: Any, to: str, pad: str) -> None:
        """Add the lines that read one value at `p` into `to` and move `p` behind it."""
        add = self._source.add
        match avro_type:
            case ["null", inner]:
                add(f"{pad}b = v[p]; p += 1")
                add(f"{pad}if b == 0:")
                add(f"{pad}    {to} = None")
                add(f"{pad}elif b == 2:")
                self._value(inner, to, pad + "    ")
                add(f"{pad}else:")
                add(f"{pad}    raise branch(b)")
            case "string" | "bytes":
                add(f"{pad}n = SIZE[v[p]]; p += 1")
                add(f"{pad}if n is None: n, p = length(v, p - 1)")
                decoded = ".decode()" if avro_type == "string" else ""
                add(f"{pad}e = p + n; {to} = v[p:e]{decoded}; p = e")
            case "long":
                add(f"{pad}{to} = NUMBER[v[p]]; p += 1")
                add(f"{pad}if {to} is None: {to}, p = long(v, p - 1)")
            case "int":
                add(f"{pad}{to}, p = int32(v, p)")
            case "boolean":
                add(f"{pad}b = v[p]; p += 1; {to} = b == 1")
                add(f"{pad}if b > 1: raise MalformedError(f'byte {{b}} where 0 or 1 is meant')")
            case "float" | "double":
                add(f"{pad}{to}, = {avro_type}_at(v, p); p += {4 if avro_type == 'float' else 8}")
            case {"type": "enum", "name": name}:
                add(f"{pad}{to} = ENUM_{name}[v[p]]; p += 1")
                add(f"{pad}if {to} is None: {to}, p = symbol(v, p - 1, ENUM_{name})")
            case {"type": "record", "name": name}:
                add(f"{pad}{to}, p = read_{name}(v, p)")
            case {"type": "array", "items": items}:
                self._items(items, to, pad, key=False)
            case {"type": "map", "values": values}:
                self._items(values, to, pad, key=True)
            case _:
                raise NotImplementedError(f"no contract may use {avro_type}")

    def _items(self, items: Any, to: str, pad: str, *, key: bool) -> None:
        add, many, left, item = self._source.add, f"{to}_all", f"{to}_left", f"{to}_item"
        add(f"{pad}{many} = {'{}' if key else '[]'}")
        add(f"{pad}while True:")
        add(f"{pad}    {left} = SIZE[v[p]]; p += 1")
        add(f"{pad}    if {left} is None: {left}, p = block(v, p - 1)")
        add(f"{pad}    if not {left}: break")
        add(f"{pad}    for _ in range({left}):")
        inner = pad + "        "
        if key:
            self._value("string", f"{to}_key", inner)
        self._value(items, item, inner)
        store = f"{many}[{to}_key] = {item}" if key else f"{many}.append({item})"
        add(f"{inner}{store}")
        add(f"{pad}{to} = {many if key else f'tuple({many})'}")
