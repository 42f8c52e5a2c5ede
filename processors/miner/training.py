"""Training the model that detects a library's intents, from the library's own examples.

Multinomial logistic regression over the encoder's vector beside a projection of the examples' own
words, with one more class: sentences of every trade (`background.txt`), so that a library of one
or two intents knows as well what it does not know. The evidence for an intent is its logit less
a part of that class's. The threshold is the evidence that a given share of held-out examples does
not reach. All of it is exported to whole numbers (`processors.intents.model`). Same content, same
bytes, whatever the order and the number of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from processors.intents.encoder import Encoder
from processors.intents.features import Lexical, LexicalData
from processors.intents.library import LibraryContent
from processors.intents.loading import beside
from processors.intents.model import MODEL_FORMAT, WEIGHT_MAX, ModelData, encoded
from processors.intents.table import static_table
from processors.intents.vectors import UNIT, Integers, Vectoriser
from processors.miner.encoding import fit_lexical
from processors.miner.regression import fitted

BACKGROUND: Final = "background.txt"
BACKGROUND_SHARE: Final = 0.3
"""How much of the background's logit an intent's has to beat."""

NEAR: Final = 0.65
"""A sentence of the background as near as this (cosine) to an example is not background."""

STATIC_SHARE: Final = 0.75
"""Share of the static table in a vector's square."""

ENCODER_SHARE: Final = 0.8
"""The same, of another encoder."""

DIMS: Final = 192
FEATURES_MAX: Final = 8_000
ARTEFACT_BYTES_MAX: Final = 4_000_000
"""What an artefact may have; the projection gets as many features as go in."""

STRENGTH: Final = 30.0
SOFTNESS_MIN: Final = 0.3
"""Logits from a score of 0.5 to one of 0.75, at least."""

FOLDS: Final = 5
FOLDS_OF_FEW: Final = 10
EXAMPLES_FEW: Final = 500
FEW: Final = 0.04
"""Two over the root of the number of held-out examples below which they are few: 2,500."""

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Progress = Callable[[str, int, int], None]


class Trained(msgspec.Struct, frozen=True):
    """A library with its model, and what training saw.

    Attributes:
        content: The library, with `model` and `encoder` filled in.
        threshold: Evidence at which a message is taken, in logits.
        examples: Distinct examples trained on.
        intents: Intents with examples.
        accuracy: Share of held-out examples whose best intent is right; None: too few to hold out.
        rejected: Share of held-out examples below the threshold; None likewise.
    """

    content: LibraryContent
    threshold: float = 0.0
    examples: int = 0
    intents: int = 0
    accuracy: float | None = None
    rejected: float | None = None


class _Examples(msgspec.Struct, frozen=True):
    """Distinct examples, the place of each one's intent, and the intents' ids."""

    texts: tuple[str, ...]
    labels: Places
    ids: tuple[str, ...]


class _Fit(msgspec.Struct, frozen=True):
    """Weights of the evidence (intents x dims) and biases."""

    weights: Floats
    biases: Floats

    def evidence(self, vectors: Floats) -> Floats:
        return vectors @ self.weights.T + self.biases


class _Held(msgspec.Struct, frozen=True):
    """Held-out texts: evidence of the best intent, and for examples whether it was right."""

    best: tuple[float, ...] = ()
    is_right: tuple[bool, ...] = ()
    background: tuple[float, ...] = ()


def train(
    content: LibraryContent,
    *,
    encoder: Encoder | None = None,
    progress: Progress | None = None,
) -> Trained:
    """Return the library with a model trained on its examples.

    A library without any example gets an empty model, which detects nothing.

    Args:
        content: The library; what model it had is replaced.
        encoder: Instead of the static table, e.g. the one of the extra `[embeddings]`; whoever
            loads the library then needs the same.
        progress: Told of phase, done and total.
    """
    say = progress or _silent
    content = msgspec.structs.replace(content, model=b"", encoder="")
    examples = _examples(content)
    if not examples.texts:
        return Trained(content)
    say("words", 0, 1)
    room = ARTEFACT_BYTES_MAX - len(msgspec.json.encode(content))
    data = fit_lexical(
        examples.texts, dims=DIMS, features_max=features_for(room, len(examples.ids))
    )
    say("vectors", 0, 1)
    reading, dense_dims = _reading(data, encoder)
    integers = reading(examples.texts)
    scale = _scale(
        integers.shape[1], dense_dims, STATIC_SHARE if encoder is None else ENCODER_SHARE
    )
    vectors, background = integers * scale, reading(background_sentences()) * scale
    background = background[~_is_near(background, vectors)]
    fit = _fit(vectors, examples.labels, background, len(examples.ids))
    held = _held_out(vectors, examples.labels, background, len(examples.ids), say)
    threshold, softness = _threshold(
        held, fit, vectors, background, content.detection.rejected_share
    )
    model = _whole(examples.ids, data, fit, scale, (threshold, softness))
    fingerprint = static_table().fingerprint if encoder is None else encoder.fingerprint
    return Trained(
        msgspec.structs.replace(content, model=encoded(model), encoder=fingerprint),
        threshold=threshold,
        examples=len(examples.texts),
        intents=len(examples.ids),
        accuracy=_share(held.is_right),
        rejected=_share([one < threshold for one in held.best]),
    )


def features_for(room: int, intents: int) -> int:
    """Return how many features a projection may have.

    Args:
        room: Bytes left in the artefact; base64 takes 4 for 3.
        intents: Whose weights need some of it.
    """
    weights = intents * (2 * (400 + DIMS) + 40)
    left = room * 3 // 4 - weights - 100_000
    return max(1_000, min(FEATURES_MAX, left // (DIMS + 16)))


@lru_cache(maxsize=1)
def background_sentences() -> tuple[str, ...]:
    """Return what customers of every trade say; made by `python -m ops encoder background`."""
    with files("processors.miner").joinpath(BACKGROUND).open("rb") as file:
        return tuple(file.read().decode().splitlines())


def _silent(_phase: str, _done: int, _total: int) -> None:
    """Say nothing."""


def _examples(content: LibraryContent) -> _Examples:
    pairs = sorted(
        (
            (intent.intent_id, text)
            for intent in content.intents
            for text in dict.fromkeys(intent.examples)
            if text.strip()
        ),
        key=lambda pair: (pair[0], _digest(pair[1])),
    )
    ids = tuple(sorted({intent_id for intent_id, _ in pairs}))
    places = {intent_id: place for place, intent_id in enumerate(ids)}
    labels = np.array([places[intent_id] for intent_id, _ in pairs], np.int64)
    return _Examples(tuple(text for _, text in pairs), labels, ids)


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def _reading(
    data: LexicalData, encoder: Encoder | None
) -> tuple[Callable[[Sequence[str]], Integers], int]:
    """Return what makes vectors of texts, and how many columns are the encoder's."""
    if encoder is None:
        vectoriser = Vectoriser(static_table(), Lexical(data))
        return vectoriser.vectors, vectoriser.static_dims
    return beside(encoder, Vectoriser(None, Lexical(data))), encoder.dims


def _scale(dims: int, dense_dims: int, share: float) -> Floats:
    """Return what each column is multiplied by, so that the encoder's part weighs `share`."""
    scale = np.full(dims, (1 - share) ** 0.5 / UNIT)
    scale[:dense_dims] = share**0.5 / UNIT
    return scale


def _is_near(background: Floats, vectors: Floats) -> npt.NDArray[np.bool_]:
    cosines = _unit(background) @ _unit(vectors).T
    is_near: npt.NDArray[np.bool_] = cosines.max(axis=1) >= NEAR
    return is_near


def _unit(vectors: Floats) -> npt.NDArray[np.float32]:
    lengths = np.sqrt((vectors * vectors).sum(axis=1, keepdims=True))
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def _fit(vectors: Floats, labels: Places, background: Floats, count: int) -> _Fit:
    """Return the evidence of `count` intents; with many examples one counts a little less."""
    sizes = np.bincount(labels, minlength=count)
    weighs = 1 / np.sqrt(np.maximum(sizes, 1))
    importance = np.concatenate(
        [weighs[labels] / weighs[labels].mean(), np.ones(len(background))]
    ).astype(np.float32)
    weights, biases = fitted(
        np.concatenate([vectors, background]).astype(np.float32),
        np.concatenate([labels, np.full(len(background), count, np.int64)]),
        count + 1,
        importance=importance,
        strength=STRENGTH,
    )
    return _Fit(
        weights[:count] - BACKGROUND_SHARE * weights[count],
        biases[:count] - BACKGROUND_SHARE * biases[count],
    )


def _held_out(
    vectors: Floats, labels: Places, background: Floats, count: int, say: Progress
) -> _Held:
    """Return what models say of the texts they were not fitted on."""
    folds = FOLDS_OF_FEW if len(labels) < EXAMPLES_FEW else FOLDS
    sizes = np.bincount(labels, minlength=count)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    within = np.arange(len(labels)) - starts[labels]
    fold = np.where(sizes[labels] >= 2, (within + labels) % folds, -1)
    background_fold = np.arange(len(background)) % folds
    best: list[float] = []
    right: list[bool] = []
    others: list[float] = []
    for number in range(folds):
        say("holding out", number, folds)
        out, out_background = fold == number, background_fold == number
        if not out.any():
            continue
        fit = _fit(vectors[~out], labels[~out], background[~out_background], count)
        evidence = fit.evidence(vectors[out])
        best += evidence.max(axis=1).tolist()
        right += (evidence.argmax(axis=1) == labels[out]).tolist()
        others += fit.evidence(background[out_background]).max(axis=1).tolist()
    return _Held(tuple(best), tuple(right), tuple(others))


def _threshold(
    held: _Held, fit: _Fit, vectors: Floats, background: Floats, share: float
) -> tuple[float, float]:
    """Return the threshold and the softness, in logits.

    The share's quantile of what held-out examples reach. Few examples make a poor quantile, and
    models fitted on fewer still reach less; so with few the threshold rises towards what all but
    one in twenty sentences of the background stay below, at the cost of a larger share. With no
    example to hold out (one an intent) it lies between the background and the examples.
    """
    if not held.best:
        middle = float(np.median(fit.evidence(vectors).max(axis=1)))
        others = float(np.quantile(fit.evidence(background).max(axis=1), 0.99))
        threshold = others + (middle - others) / 3
        return threshold, max((middle - threshold) / 3, SOFTNESS_MIN)
    reached = np.array(held.best)
    threshold = float(np.quantile(reached, share, method="lower"))
    allowed = min(share + max(0.0, 2 / len(reached) ** 0.5 - FEW), 0.5)
    others = float(np.quantile(held.background, 0.95)) if held.background else threshold
    threshold = max(threshold, min(others, float(np.quantile(reached, allowed, method="lower"))))
    return threshold, max((float(np.median(reached)) - threshold) / 3, SOFTNESS_MIN)


def _whole(
    ids: tuple[str, ...],
    data: LexicalData,
    fit: _Fit,
    scale: Floats,
    cut: tuple[float, float],
) -> ModelData:
    """Return the model in whole numbers, the largest weight being `WEIGHT_MAX`."""
    weights = fit.weights * scale
    unit = round(WEIGHT_MAX / max(float(np.abs(weights).max()), 1e-9))
    threshold, softness = cut
    return ModelData(
        format=MODEL_FORMAT,
        lexical=data,
        intent_ids=ids,
        dims=weights.shape[1],
        weights=np.rint(np.clip(weights * unit, -WEIGHT_MAX, WEIGHT_MAX)).astype("<i2").tobytes(),
        biases=np.rint(fit.biases * unit).astype("<i8").tobytes(),
        unit=unit,
        threshold=round(threshold * unit),
        softness=max(1, round(softness * unit)),
    )


def _share(claims: Sequence[bool]) -> float | None:
    return sum(claims) / len(claims) if claims else None
