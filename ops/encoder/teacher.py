"""The teacher: a sentence encoder as ONNX file with its tokenizer, both pinned by SHA-256."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ops.encoder.errors import UnreadableError

MODEL: Final = "minilm_int8.onnx"
TOKENIZER: Final = "tokenizer.json"
FILES: Final = (MODEL, TOKENIZER)
TOKENS_MAX: Final = 128
BATCH: Final = 64

Vectors = npt.NDArray[np.float32]
Progress = Callable[[str, int, int], None]


class Teacher:
    """A loaded teacher.

    Attributes:
        pieces: Its vocabulary in order of id.
        digests: SHA-256 of its files by name.
    """

    def __init__(self, directory: Path) -> None:
        for name in FILES:
            if not (directory / name).is_file():
                raise UnreadableError(path=str(directory / name), because="there is no such file")
        self.digests = {name: sha256((directory / name).read_bytes()).hexdigest() for name in FILES}
        runtime = import_module("onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session: Any = runtime.InferenceSession(str(directory / MODEL), options)
        self._tokenizer: Any = import_module("tokenizers").Tokenizer.from_file(
            str(directory / TOKENIZER)
        )
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(TOKENS_MAX)
        vocabulary = json.loads((directory / TOKENIZER).read_text())["model"]["vocab"]
        self.pieces: list[str] = sorted(vocabulary, key=vocabulary.__getitem__)
        self._ends = (vocabulary["[CLS]"], vocabulary["[SEP]"])

    def sentences(self, texts: Sequence[str], progress: Progress) -> Vectors:
        """Return the vector of each text, of length 1; shape (texts, dims)."""
        tokens = [found.ids for found in self._tokenizer.encode_batch(list(texts))]
        return self._run(tokens, "sentences", progress)

    def single_pieces(self, progress: Progress) -> Vectors:
        """Return the vector of each piece of the vocabulary by itself."""
        first, last = self._ends
        tokens = [[first, number, last] for number in range(len(self.pieces))]
        return self._run(tokens, "word pieces", progress)

    def _run(self, tokens: Sequence[Sequence[int]], what: str, progress: Progress) -> Vectors:
        order = sorted(range(len(tokens)), key=lambda number: (len(tokens[number]), number))
        found: Vectors = np.empty((len(tokens), 0), np.float32)
        for start in range(0, len(order), BATCH):
            numbers = order[start : start + BATCH]
            longest = max(len(tokens[number]) for number in numbers)
            ids = np.zeros((len(numbers), longest), np.int64)
            mask = np.zeros_like(ids)
            for row, number in enumerate(numbers):
                ids[row, : len(tokens[number])] = tokens[number]
                mask[row, : len(tokens[number])] = 1
            vectors = self._session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
            if not found.size:
                found = np.empty((len(tokens), vectors.shape[1]), np.float32)
            found[numbers] = vectors
            progress(what, min(start + BATCH, len(order)), len(order))
        return found
