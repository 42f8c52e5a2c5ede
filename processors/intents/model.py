"""The numbers behind detection: how they travel, and what they say of a message.

A model is linear: for every intent a weight for each column of the vector and a bias, all whole
numbers, so that products and sums are exact in float64 (all stay below 2^53) whatever multiplies
them. What comes out is an *evidence* per intent; the threshold, below which nothing is detected, is
an evidence too, and `scores` maps evidence to 0..1 so that the threshold is 0.5.
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from processors.errors import InvalidReferenceError
from processors.intents.features import LexicalData
from processors.intents.library import LIBRARY

MODEL_FORMAT: Final = 1
WEIGHT_MAX: Final = 32_767
STEPS_OF_LOGIT: Final = 64
"""Steps of a logit in which differences of evidence are told apart."""

FULL: Final = 1 << 40
"""The number 1 where odds are whole numbers."""

_STEP: Final = 1_082_465_279_991
"""exp(-1/64) of `FULL`, rounded."""

Evidence = npt.NDArray[np.float64]
"""Whole numbers, shape (texts, intents)."""


class ModelData(msgspec.Struct, frozen=True, array_like=True):
    """A trained model as it travels: MessagePack.

    Attributes:
        format: `MODEL_FORMAT`.
        lexical: The projection of the tenant's words; the static part comes from the encoder.
        intent_ids: In order of the columns of evidence.
        dims: Columns of a vector.
        weights: int16, intents x dims, little-endian.
        biases: int64, one an intent.
        unit: Evidence of 1.0, a logit of the regression.
        threshold: Evidence at least needed.
        softness: Evidence from the threshold to a score of 0.75.
    """

    format: int
    lexical: LexicalData
    intent_ids: tuple[str, ...]
    dims: int
    weights: bytes
    biases: bytes
    unit: int
    threshold: int
    softness: int


class Model:
    """A model in use.

    Attributes:
        data: As it travelled.
    """

    def __init__(self, data: ModelData) -> None:
        self.data = data
        count = len(data.intent_ids)
        weights = np.frombuffer(data.weights, "<i2", count * data.dims)
        self._weights = weights.reshape(count, data.dims).T.astype(np.float64)
        self._biases = np.frombuffer(data.biases, "<i8", count).astype(np.float64)

    def evidence(self, vectors: npt.NDArray[np.float64]) -> Evidence:
        """Return the evidence for each intent; `vectors` are whole numbers, (texts, dims)."""
        found: Evidence = vectors @ self._weights + self._biases
        return found

    def scores(self, evidence: Evidence) -> npt.NDArray[np.float64]:
        """Return evidence as 0..1, rounded to four decimals; the threshold is 0.5."""
        distance = (evidence - self.data.threshold) / self.data.softness
        return np.round(0.5 + 0.5 * distance / (1.0 + np.abs(distance)), 4)

    def odds(self, difference: float) -> int:
        """Return exp(-difference) of `FULL` for a difference of evidence, 0 or more."""
        step = int(difference * STEPS_OF_LOGIT // self.data.unit)
        return _ODDS[step] if step < len(_ODDS) else 0


def _falling() -> tuple[int, ...]:
    """Return exp(-n/64) of `FULL` for n = 0, 1, … until nothing is left of it."""
    found = [FULL]
    while found[-1] >> 20:
        found.append(found[-1] * _STEP >> 40)
    return tuple(found)


_ODDS: Final = _falling()


def encoded(data: ModelData) -> bytes:
    """Return the bytes of a model."""
    return msgspec.msgpack.encode(data)


def decoded(content: bytes) -> ModelData:
    """Return the model of some bytes. Raises InvalidReferenceError."""
    try:
        data = msgspec.msgpack.decode(content, type=ModelData)
    except msgspec.DecodeError as error:
        raise _refused(f"it is no model that this build can read: {error}") from error
    if data.format != MODEL_FORMAT:
        raise _refused(f"its format is {data.format}, this build reads {MODEL_FORMAT}")
    count, lexical = len(data.intent_ids), data.lexical
    features = lexical.names.count("\n") + 1 if lexical.names else 0
    lengths = (
        (len(data.weights), 2 * count * data.dims),
        (len(data.biases), 8 * count),
        (len(lexical.multipliers), 2 * features),
        (len(lexical.rows), features * lexical.dims),
    )
    if any(found != wanted for found, wanted in lengths) or min(data.softness, data.unit) < 1:
        raise _refused("its parts do not fit together; train it again")
    return data


def _refused(because: str) -> InvalidReferenceError:
    return InvalidReferenceError(reference=LIBRARY, field="model", because=because)
