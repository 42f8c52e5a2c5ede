"""A sentence encoder over onnxruntime and tokenizers, loaded from a folder; e.g. all-MiniLM-L6-v2.

One text at a time, on one thread: an int8 model scales its activations by what is in a batch, so
only a batch of one gives a text the same vector whatever stands beside it. Kinds of processors
still differ in the last bits, which is why the live path of replayable logs is the base encoder.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np

from processors.intents.encoder import Vectors
from streams.intents.errors import ExtraMissingError, UnusableEncoderError

TOKENIZER: Final = "tokenizer.json"
TOKENS_MAX: Final = 128
CHARS_MAX: Final = 4_000
INPUTS: Final = ("input_ids", "attention_mask", "token_type_ids")


class OnnxEncoder:
    """See `processors.intents.encoder.Encoder`."""

    def __init__(self, folder: Path) -> None:
        """Load the folder's only ONNX file and its tokenizer.

        Raises:
            ExtraMissingError: onnxruntime or tokenizers is not installed.
            UnusableEncoderError: The folder does not hold what it must.
        """
        runtime, tokenizers = _module("onnxruntime"), _module("tokenizers")
        model, tokenizer = _files(folder)
        content = model.read_bytes()
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session: Any = runtime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime has no public base class for what it raises
            raise UnusableEncoderError(
                path=str(model), because=f"it is no ONNX model that can be run ({error})"
            ) from error
        try:
            self._tokenizer: Any = tokenizers.Tokenizer.from_file(str(tokenizer))
        except Exception as error:  # tokenizers raises a bare Exception
            raise UnusableEncoderError(
                path=str(tokenizer), because=f"it is no tokenizer ({error})"
            ) from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(TOKENS_MAX)
        self._inputs = [one.name for one in self._session.get_inputs()]
        if unknown := [name for name in self._inputs if name not in INPUTS]:
            raise UnusableEncoderError(
                path=str(model), because=f"it wants the input {unknown[0]!r}, which nothing gives"
            )
        digest = sha256(content + tokenizer.read_bytes()).hexdigest()
        self.fingerprint = f"onnx-{digest[:16]}"
        self.dims = len(self._vector("a"))

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one vector a text; one that is empty is zero."""
        found = np.zeros((len(texts), self.dims), np.float32)
        for row, text in enumerate(texts):
            if text.strip():
                found[row] = self._vector(text)
        return found

    def _vector(self, text: str) -> Vectors:
        clean = text[:CHARS_MAX].encode("utf-8", "replace").decode()
        ids = np.array([self._tokenizer.encode(clean).ids], np.int64)
        mask = np.ones_like(ids)
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        said = self._session.run(None, {name: given[name] for name in self._inputs})[0][0]
        pooled = said.mean(axis=0) if said.ndim == 2 else said
        length = float(np.sqrt((pooled.astype(np.float64) ** 2).sum())) or 1.0
        vector: Vectors = (pooled / length).astype(np.float32)
        return vector


def _module(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise ExtraMissingError(module=name) from error


def _files(folder: Path) -> tuple[Path, Path]:
    if not folder.is_dir():
        raise UnusableEncoderError(path=str(folder), because="there is no such folder")
    models = sorted(folder.glob("*.onnx"))
    if len(models) != 1:
        raise UnusableEncoderError(
            path=str(folder), because=f"it holds {len(models)} ONNX files, not one"
        )
    if not (folder / TOKENIZER).is_file():
        raise UnusableEncoderError(path=str(folder), because=f"it holds no {TOKENIZER}")
    return models[0], folder / TOKENIZER
