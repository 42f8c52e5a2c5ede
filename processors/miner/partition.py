"""Distinct texts to sub-intents, however many there are.

Up to twice `SAMPLE` texts are clustered as they are. Of more, near duplicates are left out first;
then a uniform sample is clustered, together with a second one from the texts that fit the first
clusters least (a rare intent is not in a uniform sample). Everything else goes to the nearest
cluster, and the clusters follow what came to them. Texts stand in canonical order, by their
digests, so their beginning is a uniform sample.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from processors.intents.encoder import Encoder, Vectors
from processors.miner.clustering import centroids_of, clusters, nearest_centroid, sums_of
from processors.miner.duplicates import near_duplicates
from processors.miner.neighbours import Indices, unit

SAMPLE: Final = 8_000
NEAR_DUPLICATES_FROM: Final = 50_000
LEAST_SURE_SHARE: Final = 0.1
FOLLOWED: Final = 160_000
"""Texts among which the least sure are looked for, and which move the clusters."""
EPOCHS: Final = 2
_CHUNK: Final = 8_192
_STEPS: Final = 127.0
"""Vectors of many texts are kept as int8, one byte a dimension."""

Report = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """Clusters of texts.

    Attributes:
        labels: Cluster of each text.
        cosines: How well each text fits its cluster.
        centroids: Of each cluster, length 1.
    """

    labels: Indices
    cosines: Vectors
    centroids: Vectors


def partition(
    texts: Sequence[str],
    levels: Sequence[str],
    counts: Indices,
    encoder: Encoder,
    report: Report,
    bulk: Encoder | None = None,
) -> Partition:
    """Return the clusters of some texts.

    Args:
        texts: Distinct texts in canonical order.
        levels: The same, levelled.
        counts: How often each was said.
        encoder: Makes the vectors.
        report: Is told the phase, what is done and the total.
        bulk: A quicker encoder, by which more texts than a sample find their clusters.
    """
    if len(texts) <= 2 * SAMPLE:
        vectors = encode(texts, encoder, report)
        report("clustering", 0, 1)
        labels = clusters(vectors)
        return _of(vectors, labels, counts)
    leaders = _leaders(levels, report)
    chosen, place = np.unique(leaders, return_inverse=True)
    weights = np.bincount(place, weights=counts, minlength=len(chosen))
    different = [texts[row] for row in chosen.tolist()]
    stored = _stored(different, bulk or encoder, report)

    def vectors_of(rows: Indices) -> Vectors:
        if bulk is None:
            return unit(stored[rows])
        return encode([different[row] for row in rows.tolist()], encoder, report)

    found = _of_many(stored, weights, vectors_of, report)
    return Partition(
        labels=found.labels[place], cosines=found.cosines[place], centroids=found.centroids
    )


def encode(texts: Sequence[str], encoder: Encoder, report: Report) -> Vectors:
    """Return one vector a text, a chunk at a time."""
    vectors = np.zeros((len(texts), encoder.dims), dtype=np.float32)
    for start in range(0, len(texts), _CHUNK):
        report("encoding", start, len(texts))
        vectors[start : start + _CHUNK] = encoder.encode(texts[start : start + _CHUNK])
    return vectors


def _of(vectors: Vectors, labels: Indices, counts: Indices) -> Partition:
    centroids = centroids_of(vectors, labels, weights=np.sqrt(counts))
    cosines = np.einsum("ij,ij->i", vectors, centroids[labels]).astype(np.float32)
    return Partition(labels=labels, cosines=cosines, centroids=centroids)


def _leaders(levels: Sequence[str], report: Report) -> Indices:
    if len(levels) < NEAR_DUPLICATES_FROM:
        return np.arange(len(levels), dtype=np.int64)
    report("near duplicates", 0, len(levels))
    return near_duplicates(levels)


def _stored(texts: Sequence[str], encoder: Encoder, report: Report) -> npt.NDArray[np.int8]:
    """Return the vectors of many texts, rounded; row by row, so the chunks do not matter."""
    stored = np.zeros((len(texts), encoder.dims), dtype=np.int8)
    for start in range(0, len(texts), _CHUNK):
        report("encoding", start, len(texts))
        part = encoder.encode(texts[start : start + _CHUNK])
        widest = np.abs(part).max(axis=1, keepdims=True)
        widest[widest == 0] = 1
        stored[start : start + _CHUNK] = np.rint(part * (_STEPS / widest))
    return stored


def _of_many(
    stored: npt.NDArray[np.int8],
    weights: npt.NDArray[Any],
    vectors_of: Callable[[Indices], Vectors],
    report: Report,
) -> Partition:
    """Return the clusters of many texts.

    Args:
        stored: A vector of each, by which all find their clusters.
        weights: How often each was said.
        vectors_of: Vectors by which samples are clustered, the same ones or better ones.
        report: Is told how far it is.
    """
    rows = len(stored)
    sample = np.arange(min(SAMPLE, rows), dtype=np.int64)
    report("clustering", 0, 2)
    centroids = centroids_of(unit(stored[sample]), clusters(vectors_of(sample)))
    _, cosines = _assigned(stored[len(sample) : FOLLOWED], centroids, report)
    order = np.argsort(cosines, kind="stable")[: int(len(cosines) * LEAST_SURE_SHARE)]
    second = len(sample) + np.sort(order)[:SAMPLE]
    report("clustering", 1, 2)
    sample = np.concatenate([sample, second])
    vectors = vectors_of(sample)
    labels = clusters(vectors)
    centroids = centroids_of(unit(stored[sample]), labels)
    typical = centroids_of(vectors, labels)
    some = stored[:FOLLOWED]
    for _ in range(EPOCHS):
        labels, _ = _assigned(some, centroids, report)
        centroids = _moved(some, labels, centroids, weights[:FOLLOWED])
    labels, cosines = _assigned(stored, centroids, report)
    typical = centroids_of(vectors, labels[sample], len(typical), typical)
    present, labels = np.unique(labels, return_inverse=True)
    return Partition(labels=labels, cosines=cosines, centroids=typical[present])


def _assigned(
    stored: npt.NDArray[np.int8], centroids: Vectors, report: Report
) -> tuple[Indices, Vectors]:
    """Return the nearest centroid of each row and the cosine to it."""
    labels = np.zeros(len(stored), dtype=np.int64)
    cosines = np.zeros(len(stored), dtype=np.float32)
    for start in range(0, len(stored), _CHUNK):
        report("assigning", start, len(stored))
        part = stored[start : start + _CHUNK].astype(np.float32)
        found, highest = nearest_centroid(part, centroids)
        labels[start : start + _CHUNK] = found
        cosines[start : start + _CHUNK] = highest / _lengths(part)
    return labels, cosines


def _lengths(rows: Vectors) -> Vectors:
    """Return the length of each row; 1 for rows of zeros."""
    lengths: Vectors = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    lengths[lengths == 0] = 1
    return lengths


def _moved(
    stored: npt.NDArray[np.int8],
    labels: Indices,
    centroids: Vectors,
    weights: npt.NDArray[Any],
) -> Vectors:
    """Return the centroids of all rows; a text said often counts by the root of how often."""
    sums = np.zeros(centroids.shape, dtype=np.float64)
    roots = np.sqrt(weights)
    for start in range(0, len(stored), _CHUNK):
        part = stored[start : start + _CHUNK].astype(np.float32)
        sums += sums_of(
            part,
            labels[start : start + _CHUNK],
            len(centroids),
            roots[start : start + _CHUNK] / _lengths(part),
        )
    is_empty = np.bincount(labels, minlength=len(centroids)) == 0
    found = unit(sums)
    found[is_empty] = centroids[is_empty]
    return found
