"""The checker knows Avro's rules of resolution: what it allows the Avro libraries really read."""

from __future__ import annotations

import io
import json
from typing import Any

import avro.io
import avro.schema
import fastavro
import pytest
from hypothesis import given, settings, strategies as st

from schemas.compatibility import compare, problems

PRIMITIVES = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]


def record(*fields: Any, name: str = "R") -> dict[str, Any]:
    return {"type": "record", "name": name, "namespace": "n", "fields": list(fields)}


def field(name: str, avro_type: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": avro_type, **more}


def enum(*symbols: str, **more: Any) -> dict[str, Any]:
    return {"type": "enum", "name": "E", "namespace": "n", "symbols": list(symbols), **more}


def fixed(size: int, name: str = "F") -> dict[str, Any]:
    return {"type": "fixed", "name": name, "namespace": "n", "size": size}


def read_by_fastavro(writer: Any, reader: Any, datum: Any) -> Any:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(writer), datum)
    out.seek(0)
    return fastavro.schemaless_reader(
        out, fastavro.parse_schema(writer), fastavro.parse_schema(reader)
    )


def read_by_avro_python3(writer: Any, reader: Any, datum: Any) -> Any:
    theirs, ours = (avro.schema.parse(json.dumps(schema)) for schema in (writer, reader))
    out = io.BytesIO()
    avro.io.DatumWriter(theirs).write(datum, avro.io.BinaryEncoder(out))
    out.seek(0)
    return avro.io.DatumReader(theirs, ours).read(avro.io.BinaryDecoder(out))


VALUES = {
    "null": None, "boolean": True, "int": 7, "long": 1 << 40, "float": 0.5, "double": 0.25,
    "bytes": b"b", "string": "s",
}  # fmt: skip


@pytest.mark.parametrize("read", PRIMITIVES)
@pytest.mark.parametrize("written", PRIMITIVES)
def test_primitives_are_widened_exactly_as_avro_says(written, read):
    widened = {
        "int": {"long", "float", "double"}, "long": {"float", "double"}, "float": {"double"},
        "string": {"bytes"}, "bytes": {"string"},
    }  # fmt: skip
    found = problems(reader=record(field("f", read)), writer=record(field("f", written)))
    allowed = read == written or read in widened.get(written, ())
    assert (not found) is allowed
    datum = {"f": VALUES[written]}
    if allowed:
        assert read_by_fastavro(record(field("f", written)), record(field("f", read)), datum)
    else:
        assert [(p.path, p.because) for p in found] == [
            ("f", f"{written} cannot be read as {read}")
        ]
        with pytest.raises(fastavro.read.SchemaResolutionError):
            read_by_fastavro(record(field("f", written)), record(field("f", read)), datum)


A_OR_B = record(field("f", enum("A", "B")))
CASES = [
    # what, writer, reader, a value the reader would choke on, path, sentence
    ("a new field without a default", record(field("f", "int")),
     record(field("f", "int"), field("g", "int")), {"f": 1}, "g", "the reader no default"),
    ("a symbol the reader lacks", A_OR_B, record(field("f", enum("A"))), {"f": "B"}, "f",
     "the reader knows no B and has no default symbol"),
    ("an enum of another name", A_OR_B, record(field("f", enum("A", "B") | {"name": "X"})),
     {"f": "A"}, "f", "n.E cannot be read as n.X"),
    ("null for what may not be null", record(field("f", ["null", "int"])),
     record(field("f", "int")), {"f": None}, "f", "null cannot be read as int"),
    ("a branch the reader lacks", record(field("f", ["null", "int", "string"])),
     record(field("f", ["null", "int"])), {"f": "x"}, "f", "string cannot be read as null or int"),
    ("another type of item", record(field("f", {"type": "array", "items": "string"})),
     record(field("f", {"type": "array", "items": "int"})), {"f": ["x"]}, "f[]",
     "string cannot be read as int"),
    ("another type of value", record(field("f", {"type": "map", "values": "string"})),
     record(field("f", {"type": "map", "values": "int"})), {"f": {"k": "x"}}, "f{}",
     "string cannot be read as int"),
    ("a fixed of another size", record(field("f", fixed(2))), record(field("f", fixed(3))),
     {"f": b"ab"}, "f", "2 bytes cannot be read as 3"),
    ("an array for a map", record(field("f", {"type": "array", "items": "int"})),
     record(field("f", {"type": "map", "values": "int"})), {"f": [1]}, "f",
     "array cannot be read as map"),
    ("a new field of an inner record", record(field("f", record(field("a", "int"), name="I"))),
     record(field("f", record(field("a", "int"), field("b", "int"), name="I"))),
     {"f": {"a": 1}}, "f.b", "the reader no default"),
    ("a new field of an inner record that may be null",
     record(field("f", ["null", record(field("a", "int"), name="I")])),
     record(field("f", ["null", record(field("a", "int"), field("b", "int"), name="I")])),
     {"f": {"a": 1}}, "f.b", "the reader no default"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("writer", "reader", "datum", "path", "sentence"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_what_cannot_be_read_is_found_and_the_library_chokes_on_it(
    writer, reader, datum, path, sentence
):
    (found,) = problems(reader=reader, writer=writer)
    assert found.path == path
    assert sentence in found.because
    with pytest.raises((fastavro.read.SchemaResolutionError, ValueError)):
        read_by_fastavro(writer, reader, datum)


ALLOWED = [
    ("a new field with a default", record(field("f", "int")),
     record(field("f", "int"), field("g", "int", default=5)), {"f": 1}, {"f": 1, "g": 5}),
    ("a field that is gone", record(field("f", "int"), field("g", "int")),
     record(field("f", "int")), {"f": 1, "g": 2}, {"f": 1}),
    ("another order", record(field("f", "int"), field("g", "int")),
     record(field("g", "int"), field("f", "int")), {"f": 1, "g": 2}, {"f": 1, "g": 2}),
    ("what may now be null", record(field("f", "int")), record(field("f", ["null", "int"])),
     {"f": 1}, {"f": 1}),
    ("a widened number that may now be null", record(field("f", "int")),
     record(field("f", ["null", "double"])), {"f": 1}, {"f": 1.0}),
    ("a type that is named twice",
     record(field("f", enum("A", "B")), field("g", "n.E")),
     record(field("f", enum("A", "B")), field("g", "n.E")), {"f": "A", "g": "B"},
     {"f": "A", "g": "B"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("writer", "reader", "datum", "expected"),
    [case[1:] for case in ALLOWED],
    ids=[case[0] for case in ALLOWED],
)
def test_what_can_be_read_is_allowed_and_both_libraries_read_it(writer, reader, datum, expected):
    assert problems(reader=reader, writer=writer) == []
    assert read_by_fastavro(writer, reader, datum) == expected
    assert read_by_avro_python3(writer, reader, datum) == expected


def test_an_item_is_widened_as_a_field_is():
    # Against fastavro only: avro-python3 wants the items of arrays to be of the very same type.
    writer = record(field("f", {"type": "array", "items": "int"}))
    reader = record(field("f", {"type": "array", "items": "long"}))
    assert problems(reader=reader, writer=writer) == []
    assert read_by_fastavro(writer, reader, {"f": [1]}) == {"f": [1]}


def test_a_symbol_the_reader_lacks_is_allowed_when_it_has_a_default_symbol():
    reader = record(field("f", enum("A", default="A")))
    assert problems(reader=reader, writer=A_OR_B) == []
    assert read_by_fastavro(A_OR_B, reader, {"f": "B"}) == {"f": "A"}


def test_a_record_that_contains_itself_is_compared_once():
    tree = record(field("v", "int"), field("left", ["null", "n.R"]))
    wider = record(field("v", "long"), field("left", ["null", "n.R"]))
    assert problems(reader=wider, writer=tree) == []
    assert [p.because for p in problems(reader=tree, writer=wider)] == [
        "long cannot be read as int"
    ]


def test_both_directions_are_reported_with_record_field_and_direction():
    old = record(field("f", "int"), field("gone", "string"))
    new = record(field("f", "long"), field("fresh", "string"))
    sentences = [str(each) for each in compare(old=old, new=new, version="version 1")]
    assert sentences == [
        "n.R.fresh: today's reader cannot read version 1 (backward): "
        "the writer has no such field and the reader no default",
        "n.R.f: version 1 cannot read today's writer (forward): long cannot be read as int",
        "n.R.gone: version 1 cannot read today's writer (forward): "
        "the writer has no such field and the reader no default",
    ]


TYPES = st.recursive(
    st.sampled_from([*PRIMITIVES[1:], "E", "F"]),
    lambda inner: (
        st.builds(lambda i: {"type": "array", "items": i}, inner)
        | st.builds(lambda v: {"type": "map", "values": v}, inner)
    ),
    max_leaves=3,
)


@st.composite
def schemas(draw: st.DrawFn) -> dict[str, Any]:
    """Records of up to four fields out of the same few names, so that two of them meet."""
    known: set[str] = set()
    fields = []
    for name in draw(st.permutations(["a", "b", "c", "d"]))[: draw(st.integers(1, 4))]:
        avro_type = _named(draw(TYPES), known, draw)
        if draw(st.booleans()):
            fields.append(field(name, ["null", avro_type], default=None))
        else:
            fields.append(field(name, avro_type))
    return record(*fields)


def _named(avro_type: Any, known: set[str], draw: st.DrawFn) -> Any:
    if isinstance(avro_type, dict):
        part = "items" if avro_type["type"] == "array" else "values"
        return {**avro_type, part: _named(avro_type[part], known, draw)}
    if avro_type not in {"E", "F"}:
        return avro_type
    if avro_type in known:
        return f"n.{avro_type}"
    known.add(avro_type)
    if avro_type == "F":
        return fixed(draw(st.integers(1, 2)))
    symbols = draw(st.lists(st.sampled_from("ABC"), min_size=1, max_size=3, unique=True))
    return enum(*symbols, default=symbols[0]) if draw(st.booleans()) else enum(*symbols)


def _value(avro_type: Any, names: dict[str, Any]) -> st.SearchStrategy:
    match avro_type:
        case [_, inner]:
            return st.none() | _value(inner, names)
        case {"type": "array", "items": items}:
            return st.lists(_value(items, names), min_size=1, max_size=2)
        case {"type": "map", "values": values}:
            return st.dictionaries(st.just("k"), _value(values, names), min_size=1)
        case {"type": "enum", "symbols": symbols}:
            names["n.E"] = avro_type
            return st.sampled_from(symbols)
        case {"type": "fixed", "size": size}:
            names["n.F"] = avro_type
            return st.binary(min_size=size, max_size=size).map(lambda b: b"x" * len(b))
        case "n.E" | "n.F":
            return _value(names[avro_type], names)
        case _:
            return st.just(VALUES[avro_type])


@settings(max_examples=300, deadline=None)
@given(writer=schemas(), reader=schemas(), data=st.data())
def test_whatever_the_checker_allows_the_library_reads(writer, reader, data):
    names: dict[str, Any] = {}
    datum = {f["name"]: data.draw(_value(f["type"], names)) for f in writer["fields"]}
    if not problems(reader=reader, writer=writer):
        found = read_by_fastavro(writer, reader, datum)
        assert set(found) == {f["name"] for f in reader["fields"]}


@settings(max_examples=100, deadline=None)
@given(schema=schemas())
def test_every_schema_reads_itself(schema):
    assert compare(old=schema, new=schema) == []
