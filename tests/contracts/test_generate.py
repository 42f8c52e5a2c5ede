"""Records are what the contracts give, and every contract keeps the rules of the house."""

from __future__ import annotations

import importlib.util
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import avro.io
import avro.schema
import msgspec
import pytest

from schemas import catalogue, definitions, errors, generate
from schemas.body import Body
from schemas.errors import ContractError, SchemaError, StaleRecordsError
from schemas.units import UNITS
from tests.contracts.strategies import CONTRACTS, NAMES

ROOT = definitions.ROOT.parent


def test_the_checked_in_records_are_what_the_contracts_give():
    generate.check()


def test_two_runs_give_the_same_bytes_and_touch_nothing_the_second_time(tmp_path):
    assert generate.render() == generate.render()
    contexts = {path.parent.name for path in definitions.CONTRACTS.glob("*/*.avsc")}
    assert len(generate.write(into=tmp_path)) == len(contexts) + 1
    assert generate.write(into=tmp_path) == []
    checked_in = {path.name: path.read_bytes() for path in generate.RECORDS.glob("*.py")}
    assert {path.name: path.read_bytes() for path in tmp_path.glob("*.py")} == checked_in


def test_stale_missing_and_left_over_records_are_told_with_what_to_do(tmp_path):
    generate.write(into=tmp_path)
    (tmp_path / "assist.py").write_text("# edited by hand\n")
    (tmp_path / "control.py").unlink()
    (tmp_path / "billing.py").write_text("# no contract\n")
    with pytest.raises(StaleRecordsError, match="run `python -m ops generate`") as stale:
        generate.check(into=tmp_path)
    names = [Path(file).name for file in stale.value.files]
    assert names == ["assist.py", "billing.py", "control.py"]
    generate.write(into=tmp_path)
    generate.check(into=tmp_path)


def test_the_door_checks_and_says_so():
    run = subprocess.run(
        [sys.executable, "-m", "ops", "generate", "--check"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stdout) == (0, "contracts, records and history agree\n")


def test_generated_modules_say_that_they_are():
    for path in generate.RECORDS.glob("*.py"):
        assert path.read_text().startswith('"""GENERATED from schemas/avro'), path


@pytest.mark.parametrize("contract", CONTRACTS, ids=NAMES)
def test_a_record_has_the_contracts_fields_docs_defaults_and_name(contract):
    record = contract.record
    assert contract.name == record.FULL_NAME
    assert record.__struct_config__.frozen
    fields = {field.name: field for field in msgspec.structs.fields(record)}
    assert [*fields] == [field["name"] for field in contract.definition["fields"]]
    words = " ".join(record.__doc__.split())
    for field in contract.definition["fields"]:
        assert " ".join(field["doc"].split()) in words
        assert fields[field["name"]].required == ("default" not in field)
        if not fields[field["name"]].required:
            default = field["default"]
            given = tuple(default) if isinstance(default, list) else default
            assert fields[field["name"]].default == given


@pytest.mark.parametrize("contract", CONTRACTS, ids=NAMES)
def test_avro_python3_parses_the_contract_and_sees_the_same_fields(contract):
    theirs = avro.schema.parse(json.dumps(contract.definition))
    assert theirs.fullname == contract.name
    assert [field.name for field in theirs.fields] == [
        field["name"] for field in contract.definition["fields"]
    ]
    assert all(field.doc for field in theirs.fields)


def test_records_are_told_apart_by_value_and_cannot_be_changed():
    contract = catalogue.by_name("cuestream.conversation.TurnSaid")
    one = contract.record(
        tenant="t", occurred_at_ms=1, conversation_id="c", turn_id="t", author="bot", text="x"
    )
    assert one == msgspec.structs.replace(one)
    assert hash(one) == hash(msgspec.structs.replace(one))
    with pytest.raises(AttributeError):
        one.text = "y"
    with pytest.raises(TypeError):
        contract.record("t", 1)


TURN = json.loads((definitions.CONTRACTS / "conversation" / "TurnSaid.avsc").read_text())
GOOD = {"name": "mood", "type": "string", "doc": "How it sounds."}
ENVELOPE = len(definitions.ENVELOPE)


def with_field(**change):
    field = {name: value for name, value in (GOOD | change).items() if value is not ...}
    return TURN | {"fields": [*TURN["fields"], field]}


@pytest.mark.parametrize(
    ("definition", "sentence"),
    [
        (with_field(doc=...), "mood: has no doc"),
        (with_field(doc=" "), "mood: has no doc"),
        (with_field(name="Mood"), "Mood: field names are lower-case words"),
        (with_field(name="class"), "class: field names are lower-case words"),
        (with_field(type="long"), "mood: numbers name their unit"),
        (with_field(type="long", unit="parsec"), "mood: numbers name their unit"),
        (with_field(type=["null", "long"], default=None), "mood: numbers name their unit"),
        (with_field(name="mood_ms", type="long", unit="count"), 'mood_ms: what ends in _ms has'),
        (with_field(unit="ms"), "mood: unit, min and max are for numbers"),
        (with_field(type="long", unit="ms", pattern="x"), "mood: pattern, length_min"),
        (with_field(pattern="x"), "mood: a pattern has a form"),
        (with_field(type=["null", "string"]), "mood: a field that may be null has the default"),
        (with_field(type=["string", "null"], default=""), "mood: the only union allowed"),
        (with_field(type=["null", "string", "long"], default=None), "mood: the only union"),
        (with_field(type="null"), "mood: null alone says nothing"),
        (with_field(type="long", unit="ms", default="0"), "mood: "),
        (with_field(type={"type": "fixed", "name": "F", "size": 2}), "mood: no contract may use"),
        (with_field(type={"type": "record", "name": "I", "doc": "x", "fields": []}), "mood: no "),
        (with_field(type="cuestream.conversation.TurnSaid"), "mood: a record may not contain"),
        (with_field(type="Nowhere"), "Nowhere"),
        (TURN | {"kind": "rumour"}, '"kind" must be one of command, observation, event'),
        (TURN | {"key": "{nobody}"}, "the key needs 'nobody' to be a string field"),
        (TURN | {"key": "{occurred_at_ms}"}, "the key needs 'occurred_at_ms' to be a string"),
        (TURN | {"key": None}, 'needs a "key" template'),
        (TURN | {"doc": ""}, "cuestream.conversation.TurnSaid has no doc"),
        (TURN | {"name": "TurnSayed"}, "must be named cuestream.conversation.TurnSaid"),
        (TURN | {"namespace": "cuestream.assist"}, "must be named cuestream.conversation.TurnSaid"),
        (TURN | {"fields": TURN["fields"][1:]}, "must begin with the envelope: tenant, occurred"),
        ({"type": "enum", "name": "TurnSaid", "symbols": ["A"]}, "a contract is an Avro record"),
        (TURN | {"type": "recordd"}, "Avro refuses it"),
        ([], "a contract is one JSON object"),
    ],
)  # fmt: skip
def test_a_contract_that_breaks_a_rule_is_refused_with_file_and_field(
    definition, sentence, tmp_path
):
    path = tmp_path / "conversation" / "TurnSaid.avsc"
    path.parent.mkdir()
    path.write_text(json.dumps(definition))
    with pytest.raises(ContractError) as refused:
        generate.render(tmp_path)
    assert str(refused.value).startswith("conversation/TurnSaid.avsc: ")
    assert sentence in str(refused.value)
    path.write_text("{")
    with pytest.raises(ContractError, match=r"conversation/TurnSaid\.avsc: no JSON"):
        generate.render(tmp_path)


def test_a_type_two_contracts_share_must_be_the_same_in_both(tmp_path):
    shutil.copytree(definitions.CONTRACTS, tmp_path / "avro")
    path = tmp_path / "avro" / "assist" / "NothingFound.avsc"
    path.write_text(path.read_text().replace("Its title at that version.", "Its title."))
    with pytest.raises(ContractError, match=r"cuestream\.assist\.Candidate is defined differently"):
        generate.render(tmp_path / "avro")


def test_what_a_contract_may_use_is_generated_encoded_and_read(tmp_path, monkeypatch):
    """Every construct the house rules allow, also those no contract of today uses."""
    inner = {"type": "record", "name": "Inner", "doc": "Inside.", "fields": [
        {"name": "tone", "type": {"type": "enum", "name": "Tone", "symbols": ["low", "high"]},
         "default": "low", "doc": "Enum with a default."},
        {"name": "size", "type": ["null", "int"], "unit": "count", "default": None, "doc": "Int."},
    ]}  # fmt: skip
    fields = [
        {"name": "flag", "type": "boolean", "default": True, "doc": "A flag."},
        {"name": "small", "type": "float", "unit": "ratio", "default": 1, "doc": "A float."},
        {"name": "raw", "type": "bytes", "default": "\u00ff", "doc": "Bytes."},
        {"name": "names", "type": {"type": "array", "items": "string"}, "default": [], "doc": "N."},
        {"name": "tree", "type": {"type": "map", "values": {"type": "array", "items": "long"}},
         "default": {}, "doc": "A map."},
        {"name": "inner", "type": ["null", inner], "default": None, "doc": "A record."},
        {"name": "again", "type": {"type": "array", "items": "Inner"}, "doc": "By name."},
        {"name": "tone", "type": ["null", "Tone"], "default": None, "doc": "By name."},
    ]  # fmt: skip
    definition = {
        "type": "record", "name": "All", "namespace": "cuestream.lab", "doc": "Everything.",
        "kind": "event", "key": "", "fields": [*TURN["fields"][:ENVELOPE], *fields],
    }  # fmt: skip
    contracts = tmp_path / "avro"
    (contracts / "lab").mkdir(parents=True)
    (contracts / "lab" / "All.avsc").write_text(json.dumps(definition))
    generate.write(contracts, tmp_path / "records")
    spec = importlib.util.spec_from_file_location("lab", tmp_path / "records" / "lab.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "lab", module)
    spec.loader.exec_module(module)
    check_round_trip(definition, module.All, module.Inner)


def check_round_trip(definition: dict[str, Any], cls: type, inner: type) -> None:
    body = Body(definition, cls, b"head")
    empty = cls(tenant="t", occurred_at_ms=0, again=())
    assert (empty.flag, empty.small, empty.raw, empty.names, empty.tree) == (
        True, 1.0, b"\xff", (), {})  # fmt: skip
    full = cls(
        tenant="t", occurred_at_ms=-(1 << 63), flag=False, small=0.5, raw=b"", names=("a", "ü"),
        tree={"x": (1, -1), "": ()}, inner=inner(tone="high", size=-(1 << 31)),
        again=(inner(), inner(size=5)), tone="low",
    )  # fmt: skip
    schema = avro.schema.parse(json.dumps(definition))
    for record in (empty, full):
        out = io.BytesIO()
        datum = json.loads(msgspec.json.encode(record)) | {"raw": record.raw}
        avro.io.DatumWriter(schema).write(datum, avro.io.BinaryEncoder(out))
        assert body.write(record) == b"head" + out.getvalue()
        assert body.read(b"head" + out.getvalue()) == record


def test_units_have_a_meaning_and_errors_one_root():
    assert all(UNITS.values())
    known = [found for found in vars(errors).values() if isinstance(found, type)]
    classes = [found for found in known if found.__module__ == errors.__name__]
    assert all(issubclass(cls, SchemaError) for cls in classes)
    assert all(cls.__name__ in (errors.__doc__ or "") for cls in classes)
