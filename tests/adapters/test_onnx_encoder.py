"""The encoder of the extra `[embeddings]`, with a toy model that the test writes itself."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from processors.errors import InvalidReferenceError
from processors.intents.loading import load_library
from processors.miner.training import train
from streams.intents.choosing import encoder_named
from streams.intents.errors import ExtraMissingError, UnusableEncoderError
from streams.intents.onnx_encoder import OnnxEncoder, _module
from tests.rules.trades import BANK, NOT_KNOWN, SHOP, content_of

pytest.importorskip("onnxruntime")
tokenizers = pytest.importorskip("tokenizers")

DIMS = 48
WORDS = sorted(
    {word for said in (*BANK.values(), *SHOP.values()) for one in said for word in one.split()}
)


# A model file is a protocol buffer; these few lines write the part of the format that it needs.


def number(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def integer(field: int, value: int) -> bytes:
    return number(field << 3) + number(value)


def nested(field: int, content: bytes | str) -> bytes:
    data = content.encode() if isinstance(content, str) else content
    return number(field << 3 | 2) + number(len(data)) + data


def value(name: str, kind: int, *dims: str | int) -> bytes:
    shape = b"".join(
        nested(1, nested(2, one) if isinstance(one, str) else integer(1, one)) for one in dims
    )
    tensor = integer(1, kind) + nested(2, shape)
    return nested(1, name) + nested(2, nested(1, tensor))


def node(operator: str, inputs: list[str], output: str, *attributes: bytes) -> bytes:
    return (
        b"".join(nested(1, one) for one in inputs)
        + nested(2, output)
        + nested(4, operator)
        + b"".join(nested(5, one) for one in attributes)
    )


def toy(path: Path, *, third_input: str = "") -> Path:
    """Write a model that gives the mean of fixed vectors of a text's words, and its tokenizer."""
    vocabulary = {"[UNK]": 0} | {word: place for place, word in enumerate(WORDS, 1)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    path.mkdir(exist_ok=True)
    tokenizer.save(str(path / "tokenizer.json"))
    rows = np.random.default_rng(0).normal(size=(len(vocabulary), DIMS)).astype("<f4")
    rows[0] = 0.01
    table = integer(1, len(rows)) + integer(1, DIMS) + integer(2, 1) + nested(8, "table")
    mean = [
        nested(1, "axes") + integer(8, 1) + integer(20, 7),
        nested(1, "keepdims") + integer(3, 0) + integer(20, 2),
    ]
    graph = b"".join(
        [
            nested(1, node("Gather", ["table", "input_ids"], "gathered")),
            nested(1, node("ReduceMean", ["gathered"], "embedding", *mean)),
            nested(2, "toy"),
            nested(5, table + nested(9, rows.tobytes())),
            nested(11, value("input_ids", 7, "batch", "tokens")),
            nested(11, value("attention_mask", 7, "batch", "tokens")),
            *([nested(11, value(third_input, 7, "batch"))] if third_input else []),
            nested(12, value("embedding", 1, "batch", DIMS)),
        ]
    )
    opset = nested(1, "") + integer(2, 13)
    (path / "toy.onnx").write_bytes(integer(1, 8) + nested(8, opset) + nested(7, graph))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return toy(tmp_path / "toy")


def test_vectors_have_length_one_and_an_empty_text_is_zero(folder):
    encoder = OnnxEncoder(folder)
    found = encoder.encode(["where is my parcel", "", "  "])
    assert found.shape == (3, DIMS) == (3, encoder.dims)
    assert found.dtype == np.float32
    assert np.linalg.norm(found, axis=1) == pytest.approx([1, 0, 0])


def test_a_text_gets_the_same_bytes_whatever_stands_beside_it(folder):
    encoder = OnnxEncoder(folder)
    texts = [one for said in BANK.values() for one in said]
    whole = encoder.encode(texts)
    assert all(
        np.array_equal(encoder.encode([one])[0], row) for one, row in zip(texts, whole, strict=True)
    )


def test_the_fingerprint_is_that_of_the_files(folder, tmp_path):
    assert OnnxEncoder(folder).fingerprint == OnnxEncoder(toy(tmp_path / "two")).fingerprint
    changed = json.loads((folder / "tokenizer.json").read_text())
    (folder / "tokenizer.json").write_text(json.dumps(changed, indent=1))
    assert OnnxEncoder(folder).fingerprint != OnnxEncoder(tmp_path / "two").fingerprint


def test_a_library_is_trained_and_used_with_it(folder):
    encoder = encoder_named("minilm", folder)
    assert encoder is not None
    content = train(content_of(BANK | SHOP), encoder=encoder).content
    assert content.encoder == encoder.fingerprint
    library = load_library(msgspec.json.encode(content), encoder=encoder)
    found = library.detect(["i lost my card", "where is my parcel", *NOT_KNOWN])
    assert [one.intent_id for one in found[:2]] == ["lost_card", "track_order"]
    assert [library.detect([text])[0] for text in NOT_KNOWN] == found[2:]


def test_a_library_trained_with_it_is_refused_without_it(folder):
    encoder = OnnxEncoder(folder)
    content = msgspec.json.encode(train(content_of(BANK), encoder=encoder).content)
    with pytest.raises(InvalidReferenceError, match="trained with the encoder 'onnx-"):
        load_library(content)


def test_the_base_encoder_needs_nothing():
    assert encoder_named("base", None) is None


def test_what_cannot_be_used_is_named(folder, tmp_path):
    with pytest.raises(UnusableEncoderError, match="no folder is configured"):
        encoder_named("minilm", None)
    with pytest.raises(UnusableEncoderError, match="there is no such folder"):
        OnnxEncoder(tmp_path / "nowhere")
    with pytest.raises(UnusableEncoderError, match="wants the input 'speaker'"):
        OnnxEncoder(toy(tmp_path / "odd", third_input="speaker"))
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(UnusableEncoderError, match="no tokenizer"):
        OnnxEncoder(folder)
    (folder / "toy.onnx").write_bytes(b"nonsense")
    with pytest.raises(UnusableEncoderError, match="no ONNX model"):
        OnnxEncoder(folder)
    (folder / "two.onnx").write_bytes(b"")
    with pytest.raises(UnusableEncoderError, match="holds 2 ONNX files"):
        OnnxEncoder(folder)


def test_the_missing_extra_is_named():
    with pytest.raises(ExtraMissingError, match=r"pip install 'cuestream\[embeddings\]'"):
        _module("no_such_module_of_ours")
