"""Clusters of vectors, their number unknown: communities of the neighbour graph, then refined.

The same rows in the same order give the same clusters; callers bring rows in an order that follows
from their content. Parameters and what they are worth: decision record 0008.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from processors.intents.encoder import Vectors
from processors.miner.communities import communities, renumbered
from processors.miner.neighbours import Indices, graph_of, nearest, smoothed, unit

SMOOTHING: Final = 5
NEIGHBOURS: Final = 10
RESOLUTION: Final = 4.0
CLUSTER_MIN: Final = 4
ROUNDS_MAX: Final = 20


def clusters(
    vectors: Vectors, *, resolution: float = RESOLUTION, smallest: int = CLUSTER_MIN
) -> Indices:
    """Return the cluster of each row, numbered from 0 in order of their first rows.

    Args:
        vectors: Distinct texts, rows of length 1, in canonical order.
        resolution: Above 1: more, smaller clusters.
        smallest: Rows of smaller clusters go to the nearest other one, if there is any.
    """
    rows = len(vectors)
    if rows < 2 * smallest:
        return np.zeros(rows, dtype=np.int64)
    # Few rows have few neighbours of their own kind.
    smooth = smoothed(vectors, min(SMOOTHING, max(1, rows // 16)))
    near = nearest(smooth, min(NEIGHBOURS, max(3, rows // 8)))
    labels = communities(graph_of(*near), resolution)
    return refined(smooth, labels, smallest)


def refined(vectors: Vectors, labels: Indices, smallest: int) -> Indices:
    """Return the labels after k-means by cosine from these clusters; small ones dissolve."""
    centroids = centroids_of(vectors, labels)
    sizes = np.bincount(labels, minlength=len(centroids))
    if (sizes >= smallest).any():
        centroids = centroids[sizes >= smallest]
    for _ in range(ROUNDS_MAX):
        before, labels = labels, nearest_centroid(vectors, centroids)[0]
        if np.array_equal(before, labels):
            break
        centroids = centroids_of(vectors, labels, len(centroids), centroids)
    sizes = np.bincount(labels, minlength=len(centroids))
    if (sizes < smallest).any() and (sizes >= smallest).any():
        labels = nearest_centroid(vectors, centroids[sizes >= smallest])[0]
    return renumbered(labels)


def centroids_of(
    vectors: Vectors,
    labels: Indices,
    count: int | None = None,
    otherwise: Vectors | None = None,
    weights: npt.NDArray[Any] | None = None,
) -> Vectors:
    """Return the mean direction of each cluster, of length 1.

    Args:
        vectors: Rows of length 1.
        labels: Cluster of each row.
        count: Number of clusters; else one more than the highest label.
        otherwise: What an empty cluster keeps.
        weights: How much each row counts.
    """
    size = count if count is not None else int(labels.max(initial=-1)) + 1
    found = unit(sums_of(vectors, labels, size, weights))
    if otherwise is not None:
        is_empty = np.bincount(labels, minlength=size) == 0
        found[is_empty] = otherwise[is_empty]
    return found


def sums_of(
    vectors: Vectors, labels: Indices, count: int, weights: npt.NDArray[Any] | None = None
) -> npt.NDArray[np.float64]:
    """Return the weighted sum of each cluster's rows, added in their order."""
    rows = len(vectors)
    values = np.ones(rows) if weights is None else np.asarray(weights, dtype=np.float64)
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], np.arange(count + 1))
    members = csr_matrix((values[order], order, starts), shape=(count, rows))
    sums: npt.NDArray[np.float64] = members @ vectors.astype(np.float64)
    return sums


def nearest_centroid(vectors: Vectors, centroids: Vectors) -> tuple[Indices, Vectors]:
    """Return each row's nearest centroid (of equals the first) and the cosine to it."""
    labels = np.zeros(len(vectors), dtype=np.int64)
    cosines = np.zeros(len(vectors), dtype=np.float32)
    for start in range(0, len(vectors), 8_192):
        block = vectors[start : start + 8_192] @ centroids.T
        found = block.argmax(axis=1)
        labels[start : start + 8_192] = found
        cosines[start : start + 8_192] = block[np.arange(len(block)), found]
    return labels, cosines
