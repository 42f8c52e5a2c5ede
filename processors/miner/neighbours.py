"""Nearest neighbours among vectors, and what is made of them: smoother vectors, a graph.

Everything is exact (no approximate index): blocks of matrix products over at most some ten thousand
rows. Equal similarities are taken in the order of the rows.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from processors.intents.encoder import Vectors

Indices = npt.NDArray[np.int64]
BLOCK_ROWS: Final = 512
STRIPE_COLUMNS: Final = 64


def unit(vectors: npt.NDArray[Any]) -> Vectors:
    """Return the rows with length 1; a row of zeros stays."""
    if vectors.dtype.kind == "i":
        vectors = vectors.astype(np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
    lengths[lengths == 0] = 1
    return np.ascontiguousarray(vectors / lengths, dtype=np.float32)


def nearest(vectors: Vectors, neighbours: int) -> tuple[Indices, Vectors]:
    """Return each row's nearest other rows by cosine, best first, and the cosines.

    Args:
        vectors: Rows of length 1.
        neighbours: How many; fewer when there are not so many other rows.

    Returns:
        Two arrays of shape (rows, neighbours).
    """
    rows = len(vectors)
    count = min(neighbours, rows - 1)
    indices = np.zeros((rows, max(count, 0)), dtype=np.int64)
    cosines = np.zeros((rows, max(count, 0)), dtype=np.float32)
    if count <= 0:
        return indices, cosines
    buffer = np.empty((min(BLOCK_ROWS, rows), rows), dtype=np.float32)
    for start in range(0, rows, BLOCK_ROWS):
        part = vectors[start : start + BLOCK_ROWS]
        block = np.matmul(part, vectors.T, out=buffer[: len(part)])
        block[np.arange(len(part)), np.arange(start, start + len(part))] = -2
        found, values = _highest(block, count)
        indices[start : start + len(part)] = found
        cosines[start : start + len(part)] = values
    return indices, cosines


def _highest(block: Vectors, count: int) -> tuple[Indices, Vectors]:
    """Return the columns of each row's highest values, highest first, of equals the first.

    The lowest of the `count` highest stripes' peaks is a bound that few values reach, and only
    those are sorted.
    """
    rows, columns = block.shape
    starts = np.arange(0, columns, max(1, min(STRIPE_COLUMNS, columns // (2 * count))))
    peaks = np.maximum.reduceat(block, starts, axis=1)
    if peaks.shape[1] > count:
        bound = np.partition(peaks, -count, axis=1)[:, -count]
    else:
        bound = np.full(rows, -np.inf, dtype=np.float32)
    row, column = np.nonzero(block >= bound[:, None])
    value = block[row, column]
    order = np.lexsort((column, -value, row))
    first = np.searchsorted(row, np.arange(rows))
    chosen = order[first[:, None] + np.arange(count)[None, :]]
    return column[chosen], value[chosen]


def smoothed(vectors: Vectors, neighbours: int) -> Vectors:
    """Return each row plus the mean of its nearest rows, of length 1 again.

    Source: shared neighbourhoods pull rows of one dense region together, which helps every
    clustering that follows (measured in decision record 0008).
    """
    indices, _ = nearest(vectors, neighbours)
    if not indices.size:
        return vectors
    return unit(vectors + vectors[indices].mean(axis=1))


class Graph:
    """An undirected graph of weighted edges as compressed sparse rows; no self-loops.

    Attributes:
        starts: Where each node's edges begin in `targets`; one more at the end.
        targets: Ends of the edges, in rising order for each node; every edge stands twice.
        weights: Of each edge, above zero.
    """

    __slots__ = ("starts", "targets", "weights")

    def __init__(self, starts: Indices, targets: Indices, weights: npt.NDArray[Any]) -> None:
        self.starts, self.targets, self.weights = starts, targets, weights

    def __len__(self) -> int:
        """Return the number of nodes."""
        return len(self.starts) - 1


def graph_of(indices: Indices, cosines: Vectors) -> Graph:
    """Return the graph in which every row has edges to its neighbours, weighted by the cosine.

    An edge that both ends name counts twice as much; cosines of zero or less make none.
    """
    rows, count = indices.shape
    origins = np.repeat(np.arange(rows, dtype=np.int64), count)
    targets, weights = indices.ravel(), cosines.ravel().astype(np.float64)
    is_edge = weights > 0
    origins, targets, weights = origins[is_edge], targets[is_edge], weights[is_edge]
    both = np.concatenate([origins, targets]) * rows + np.concatenate([targets, origins])
    keys, places = np.unique(both, return_inverse=True)
    summed = np.bincount(places, weights=np.concatenate([weights, weights]), minlength=len(keys))
    starts = np.searchsorted(keys // max(rows, 1), np.arange(rows + 1))
    return Graph(starts.astype(np.int64), keys % max(rows, 1), summed)
