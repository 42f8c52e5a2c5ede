"""Released versions are frozen, go together with today's contracts, and their values are read."""

from __future__ import annotations

import io
import json
import shutil
from typing import Any

import avro.io
import avro.schema
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from schemas import catalogue, codec, compatibility, definitions, generate, upcast
from schemas.errors import IncompatibleContractError, UndecodableError
from schemas.records.assist import Candidate
from schemas.records.conversation import TurnSaid
from tests.contracts.strategies import CONTRACTS, NAMES, attempt, records
from tests.contracts.test_codec import TURN, as_dict

FIXTURES = [HealthCheck.function_scoped_fixture]  # ours adds the same entry every time
RELEASED = sorted(definitions.HISTORY.glob("*/*/*.avsc"))


def written(definition: dict[str, Any], datum: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    schema = avro.schema.parse(json.dumps(definition))
    datum = {field["name"]: datum[field["name"]] for field in definition["fields"]}
    avro.io.DatumWriter(schema).write(datum, avro.io.BinaryEncoder(out))
    return b"\xc3\x01" + definitions.fingerprint(definition) + out.getvalue()


def without(definition: dict[str, Any], names: set[str]) -> dict[str, Any]:
    fields = [field for field in definition["fields"] if field["name"] not in names]
    return {**definition, "fields": fields}


def test_every_released_version_is_what_its_name_says_it_is():
    assert RELEASED
    for path in RELEASED:
        definition = definitions.read(path)
        assert definitions.fingerprint(definition).hex() == path.stem
        name = f"{definitions.NAMESPACE}.{path.parts[-3]}.{path.parts[-2]}"
        assert definitions.full_name(definition) == name


def test_todays_contracts_and_all_released_versions_read_each_other():
    compatibility.check_history([contract.definition for contract in CONTRACTS])


@pytest.mark.parametrize("contract", CONTRACTS, ids=NAMES)
@settings(max_examples=10, deadline=None, suppress_health_check=FIXTURES)
@given(data=st.data())
def test_a_value_of_an_older_version_is_read_as_todays_record(contract, data, monkeypatch):
    optional = [field for field in contract.definition["fields"] if "default" in field]
    names = data.draw(st.sets(st.sampled_from([f["name"] for f in optional]), min_size=1))
    older = without(contract.definition, names)
    record = data.draw(records(contract))
    value = written(older, as_dict(record))
    monkeypatch.setitem(upcast.history(), definitions.fingerprint(older), older)
    defaults = {
        field["name"]: tuple(field["default"])
        if isinstance(field["default"], list)
        else field["default"]
        for field in optional
        if field["name"] in names
    }
    assert codec.decode(value) == msgspec.structs.replace(record, **defaults)
    assert codec.decode(codec.encode(codec.decode(value))) == codec.decode(value)


def test_a_value_of_an_older_version_whose_field_is_gone_is_read_without_it(monkeypatch):
    definition = catalogue.of(TurnSaid).definition
    gone = {"name": "mood", "type": ["null", "string"], "default": None, "doc": "Gone."}
    older = {**definition, "fields": [*definition["fields"], gone]}
    monkeypatch.setitem(upcast.history(), definitions.fingerprint(older), older)
    assert codec.decode(written(older, as_dict(TURN) | {"mood": "glad"})) == TURN


def test_an_unknown_symbol_of_an_older_version_becomes_the_default_one(monkeypatch):
    older = json.loads(json.dumps(catalogue.of(TurnSaid).definition))
    (field,) = [field for field in older["fields"] if field["name"] == "visibility"]
    field["type"]["symbols"] = ["public", "private", "secret"]
    monkeypatch.setitem(upcast.history(), definitions.fingerprint(older), older)
    value = written(older, as_dict(TURN) | {"visibility": "secret"})
    assert codec.decode(value).visibility == "public"


@settings(max_examples=200, deadline=None, suppress_health_check=FIXTURES)
@given(body=st.binary(max_size=120), contract=st.sampled_from(CONTRACTS))
def test_an_arbitrary_body_of_an_older_version_is_a_record_or_undecodable(
    body, contract, monkeypatch
):
    older = without(contract.definition, {"correlation_id"})
    fingerprint = definitions.fingerprint(older)
    monkeypatch.setitem(upcast.history(), fingerprint, older)
    found = attempt(codec.decode, b"\xc3\x01" + fingerprint + body)
    if isinstance(found, UndecodableError):
        assert (found.code, found.record) == ("undecodable", contract.name)
    else:
        assert isinstance(found, contract.record)


def test_bytes_behind_a_value_of_an_older_version_are_undecodable(monkeypatch):
    older = without(catalogue.of(TurnSaid).definition, {"locale"})
    monkeypatch.setitem(upcast.history(), definitions.fingerprint(older), older)
    value = written(older, as_dict(TURN))
    assert codec.decode(value) == TURN
    with pytest.raises(UndecodableError, match="1 bytes too many"):
        codec.decode(value + b"\0")
    with pytest.raises(UndecodableError, match="written with an older version"):
        codec.decode(value[:-1])


def test_a_release_freezes_each_contract_once_and_never_writes_a_file_again(tmp_path):
    contracts, history = tmp_path / "avro", tmp_path / "history"
    shutil.copytree(definitions.CONTRACTS, contracts)
    first = generate.release(contracts, history)
    assert len(first) == len(CONTRACTS)
    frozen = {path: path.read_bytes() for path in history.glob("*/*/*.avsc")}
    assert generate.release(contracts, history) == []

    path = contracts / "conversation" / "TurnSaid.avsc"
    definition = definitions.read(path)
    mood = {"name": "mood", "type": ["null", "string"], "default": None, "doc": "How it sounds."}
    definition["fields"].append(mood)
    path.write_text(json.dumps(definition))
    (added,) = generate.release(contracts, history)
    assert added.startswith("schemas/history/conversation/TurnSaid/")
    assert {path: path.read_bytes() for path in frozen} == frozen


def test_a_change_that_breaks_a_released_version_cannot_be_released(tmp_path):
    contracts, history = tmp_path / "avro", tmp_path / "history"
    shutil.copytree(definitions.CONTRACTS, contracts)
    generate.release(contracts, history)
    path = contracts / "conversation" / "TurnSaid.avsc"
    definition = definitions.read(path)
    definition["fields"].append({"name": "mood", "type": "string", "doc": "How it sounds."})
    path.write_text(json.dumps(definition))
    with pytest.raises(IncompatibleContractError) as refused:
        generate.release(contracts, history)
    (sentence,) = refused.value.sentences
    assert sentence.startswith("cuestream.conversation.TurnSaid.mood: today's reader cannot read")
    assert sentence.endswith("the writer has no such field and the reader no default")
    (contracts / "conversation" / "ConversationEnded.avsc").unlink()
    with pytest.raises(IncompatibleContractError, match="its contract is gone"):
        generate.release(contracts, history)


def test_records_inside_records_are_lifted_too(monkeypatch):
    contract = catalogue.by_name("cuestream.assist.NothingFound")
    older = json.loads(json.dumps(contract.definition))
    (field,) = [field for field in older["fields"] if field["name"] == "candidates"]
    field["type"]["items"]["fields"].append({"name": "rank", "type": "int", "doc": "Gone."})
    monkeypatch.setitem(upcast.history(), definitions.fingerprint(older), older)
    one = Candidate(item_id="a", title="A", score=0.5, key_phrases=("x",), verdict="shown")
    record = contract.record(
        tenant="demo", occurred_at_ms=0, conversation_id="c", kind="k", reason="r",
        trigger_turn_id="t", candidates=(one,),
    )  # fmt: skip
    datum = as_dict(record)
    datum["candidates"][0]["rank"] = 1
    assert codec.decode(written(older, datum)) == record
