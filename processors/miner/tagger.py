"""A token tagger learned from curated turns: which words fill which attribute.

A logistic regression over a word, its shape, its affixes and its neighbours, trained with
scikit-learn and kept as integers, so that tagging is exact. It needs some 200 curated turns to be
of use; until then the recognisers stand alone.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

OUTSIDE: Final = "O"
"""Label of a word that fills nothing."""
SCALE: Final = 1_024
C: Final = 4.0
WORDS_MAX: Final = 400

Labelled = tuple[Sequence[str], Sequence[str]]
"""Words of a turn and a label for each: an attribute's id or `OUTSIDE`."""


class Tagger(msgspec.Struct, frozen=True):
    """A trained tagger.

    Attributes:
        labels: What a word may be, in order; ties go to the first.
        biases: One a label, times `SCALE`.
        weights: Feature to one weight a label, times `SCALE`.
    """

    labels: tuple[str, ...] = (OUTSIDE,)
    biases: tuple[int, ...] = (0,)
    weights: dict[str, tuple[int, ...]] = {}

    def tag(self, words: Sequence[str]) -> tuple[str, ...]:
        """Return a label a word; words beyond `WORDS_MAX` are `OUTSIDE`."""
        tags = []
        for features in features_of(words[:WORDS_MAX]):
            scores = list(self.biases)
            for feature in features:
                for place, weight in enumerate(self.weights.get(feature, ())):
                    scores[place] += weight
            tags.append(self.labels[max(range(len(scores)), key=scores.__getitem__)])
        return (*tags, *[OUTSIDE] * (len(words) - len(tags)))


def train(turns: Sequence[Labelled]) -> Tagger:
    """Return a tagger of curated turns; the order of the turns does not matter."""
    ordered = sorted(turns, key=lambda turn: (order_of(" ".join(turn[0])), list(turn[1])))
    rows: list[list[str]] = []
    said: list[str] = []
    for words, labels in ordered:
        rows.extend(features_of(words[:WORDS_MAX]))
        said.extend(labels[:WORDS_MAX])
    names = sorted(dict.fromkeys(said))
    if len(names) < 2:
        return Tagger(labels=(names[0] if names else OUTSIDE,))
    counts = Counter(feature for row in rows for feature in row)
    place = {feature: number for number, feature in enumerate(sorted(counts))}
    flat = [place[feature] for row in rows for feature in row]
    starts = np.cumsum([0, *map(len, rows)])
    matrix = csr_matrix((np.ones(len(flat)), flat, starts), shape=(len(rows), len(place)))
    model = LogisticRegression(C=C, max_iter=300).fit(matrix, [names.index(one) for one in said])
    coefficients, intercepts = model.coef_, model.intercept_
    if len(names) == 2:
        coefficients = np.vstack([-coefficients, coefficients]) / 2
        intercepts = np.concatenate([-intercepts, intercepts]) / 2
    whole = np.rint(coefficients * SCALE).astype(np.int64)
    kept = [(feature, whole[:, number]) for feature, number in sorted(place.items())]
    return Tagger(
        labels=tuple(names),
        biases=tuple(int(one) for one in np.rint(intercepts * SCALE)),
        weights={
            feature: tuple(int(one) for one in column) for feature, column in kept if column.any()
        },
    )


def order_of(text: str) -> str:
    """Return what puts turns into an order that says nothing about them."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def features_of(words: Sequence[str]) -> list[list[str]]:
    """Return the features of each word."""
    lowered = [word.lower() for word in words]
    shapes = [_shape(word) for word in words]
    return [list(dict.fromkeys(_features(lowered, shapes, place))) for place in range(len(words))]


def _features(words: list[str], shapes: list[str], place: int) -> Iterator[str]:
    word = words[place]
    yield f"word {word}"
    yield f"shape {shapes[place]}"
    for length in (1, 2, 3):
        yield f"first {word[:length]}"
        yield f"last {word[-length:]}"
    for step in (-2, -1, 1, 2):
        there = place + step
        inside = 0 <= there < len(words)
        yield f"{step} {words[there] if inside else ''}"
        yield f"{step} shape {shapes[there] if inside else ''}"
    if place and place + 1 < len(words):
        yield f"both {words[place - 1]} {words[place + 1]}"
    yield f"place {min(place, 4)} of {min(len(words), 8)}"


def _shape(word: str) -> str:
    """Return letters as x or X, digits as 9, rows of one kind shortened: `AB-123` is `XX-999`."""
    shape = re.sub(r"\d", "9", re.sub(r"[^\W\d_]", "x", re.sub(r"[A-Z]", "X", word[:24])))
    return re.sub(r"(.)\1{3,}", r"\1\1\1+", shape)
