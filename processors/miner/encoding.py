"""Encoders for mining and training: the static table beside a projection fitted on the texts.

The projection is a latent semantic analysis of the tenant's own words, pairs and character grams
(`processors.intents.features`): frequency by rarity, rows of length 1, truncated SVD. Fitting is
deterministic: texts are sorted and taken once, the SVD starts from a fixed seed on one thread.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import threadpool_limits

from processors.intents.encoder import Encoder, Vectors
from processors.intents.features import (
    MULTIPLIER_MAX,
    Lexical,
    LexicalData,
    features_of_word,
    pairs_of,
)
from processors.intents.table import static_table
from processors.intents.vectors import Integers, Vectoriser
from processors.intents.words import words

STATIC_SHARE_MINING: Final = 0.5
"""Share of the static part in a vector's square, for clustering."""

DIMS_MINING: Final = 200
SLOTS_MINING: Final = 131_072
"""Words and pairs whose rows are kept: a million messages hold many misspelt ones."""

FEATURES_MINING: Final = 40_000
TEXTS_MAX: Final = 30_000
"""Texts a projection is fitted on; of more, those whose digests come first."""

FREQUENCY_MIN: Final = 2
"""Texts a feature has to occur in."""


class BaseEncoder:
    """The static table and a projection, in one vector; see `Encoder`."""

    def __init__(self, lexical: Lexical, static_share: float) -> None:
        table = static_table()
        self._vectoriser = Vectoriser(table, lexical, SLOTS_MINING)
        self._share = static_share
        self.dims = self._vectoriser.dims
        digest = sha256(f"{lexical.digest}/{static_share}".encode()).hexdigest()[:16]
        self.fingerprint = f"{table.fingerprint}+lexical-{digest}"

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one vector a text."""
        found = np.empty((len(texts), self.dims), np.float32)
        for start in range(0, len(texts), 8_192):
            part = self._vectoriser.vectors(texts[start : start + 8_192])
            found[start : start + len(part)] = weighted(
                part, self._vectoriser.static_dims, self._share
            )
        return found


def base_encoder(texts: Sequence[str], *, static_share: float = STATIC_SHARE_MINING) -> Encoder:
    """Return the encoder of the base install for these texts: no model to download.

    Args:
        texts: What it will be used on, in any order; the projection is fitted on them.
        static_share: Weight of the static table against the projection, 0 to 1.
    """
    data = fit_lexical(texts, dims=DIMS_MINING, features_max=FEATURES_MINING)
    return BaseEncoder(Lexical(data), static_share)


def weighted(integers: Integers, static_dims: int, static_share: float) -> Vectors:
    """Return integer vectors as unit vectors, the static part weighing `static_share`.

    A text with nothing in one part is left with the other at full length.
    """
    found = integers.astype(np.float32)
    found[:, :static_dims] *= np.float32(static_share**0.5)
    found[:, static_dims:] *= np.float32((1.0 - static_share) ** 0.5)
    lengths = np.sqrt(np.einsum("ij,ij->i", found, found))
    found /= np.where(lengths > 0, lengths, np.float32(1))[:, None]
    return found


def fit_lexical(texts: Sequence[str], *, dims: int, features_max: int) -> LexicalData:
    """Return the projection of some texts; empty when they have too little in common.

    Args:
        texts: In any order; repeats count once.
        dims: Dimensions at most; fewer when there are few texts.
        features_max: Features at most, the most frequent.
    """
    distinct = sorted(set(texts))
    if len(distinct) > TEXTS_MAX:
        distinct = sorted(sorted(distinct, key=_digest)[:TEXTS_MAX])
    counts = [_features(text) for text in distinct]
    frequency = Counter(feature for one in counts for feature in one)
    chosen = sorted(
        (name for name, count in frequency.items() if count >= FREQUENCY_MIN),
        key=lambda name: (-frequency[name], name),
    )[:features_max]
    names = sorted(chosen)
    dims = min(dims, len(names) - 1, len(distinct) - 1)
    if dims < 1:
        return LexicalData()
    rarity = np.array([np.log((1 + len(distinct)) / (1 + frequency[name])) + 1 for name in names])
    matrix = _matrix(counts, names, rarity)
    with threadpool_limits(limits=1):
        _, _, axes = randomized_svd(matrix, n_components=dims, n_iter=4, random_state=0)
    rows, multipliers = quantised(axes.T * rarity[:, None])
    return LexicalData("\n".join(names), dims, multipliers.astype("<u2").tobytes(), rows.tobytes())


def quantised(
    values: npt.NDArray[np.floating],
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.uint16]]:
    """Return rows as int8 and what each row is multiplied by, 1 to 1,023."""
    peaks = np.abs(values).max(axis=1)
    top = max(float(np.quantile(peaks, 0.999)), 1e-12)
    multipliers = np.clip(np.rint(peaks / top * MULTIPLIER_MAX), 1, MULTIPLIER_MAX)
    scale = multipliers * top / MULTIPLIER_MAX / 127
    rows = np.clip(np.rint(values / scale[:, None]), -127, 127)
    return rows.astype(np.int8), multipliers.astype(np.uint16)


def _features(text: str) -> Counter[str]:
    found = words(text)
    counted = Counter(feature for word in found for feature in features_of_word(word))
    counted.update(pairs_of(found))
    return counted


def _matrix(
    counts: Sequence[Counter[str]], names: Sequence[str], rarity: npt.NDArray[np.float64]
) -> csr_matrix:
    """Return texts x features: count by rarity, rows of length 1."""
    places = {name: place for place, name in enumerate(names)}
    columns: list[int] = []
    values: list[float] = []
    ends = [0]
    for one in counts:
        for feature, count in one.items():
            place = places.get(feature)
            if place is not None:
                columns.append(place)
                values.append(count)
        ends.append(len(columns))
    matrix = csr_matrix((np.array(values) * rarity[columns], columns, ends))
    matrix.resize(len(counts), len(names))
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return csr_matrix(matrix.multiply(1 / np.where(lengths > 0, lengths, 1)[:, None]))


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()
