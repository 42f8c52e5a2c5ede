"""The merge tree over clusters, where to cut it, and the map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import squareform

from processors.intents.encoder import Vectors
from processors.miner.communities import renumbered
from processors.miner.mined import Granularity, Merge
from processors.miner.neighbours import Indices

APART: Final = 2.0
"""Distance of what must not be joined; cosine distances of what may be are at most 1."""

CUTS_STATIC: Final[dict[Granularity, float]] = {"low": 0.6, "medium": 0.45, "high": 0.3}
CUTS_DENSE: Final[dict[Granularity, float]] = {"low": 0.45, "medium": 0.35, "high": 0.2}
"""Where each granularity cuts: with the static table beside a projection, and with a sentence
encoder, whose vectors lie closer together. Decision record 0008 says what each is worth."""


GROUPS_STATIC: Final[dict[Granularity, float]] = {"low": 0.8, "medium": 0.7, "high": 0.6}
GROUPS_DENSE: Final[dict[Granularity, float]] = {"low": 0.6, "medium": 0.55, "high": 0.45}
"""Where the tree is cut for groups of intents."""


def group_cut_of(fingerprint: str, granularity: Granularity) -> float:
    """Return the cut that makes groups of intents for vectors of an encoder."""
    cuts = GROUPS_STATIC if fingerprint.startswith("static-") else GROUPS_DENSE
    return cuts[granularity]


def cuts_of(fingerprint: str) -> dict[Granularity, float]:
    """Return the cut of each granularity for vectors of an encoder."""
    return dict(CUTS_STATIC if fingerprint.startswith("static-") else CUTS_DENSE)


def merge_tree(centroids: Vectors, owners: Sequence[str | None]) -> tuple[Merge, ...]:
    """Return the tree by average linkage of cosine distances.

    Args:
        centroids: Of the leaves, length 1.
        owners: The published intent a leaf belongs to. Leaves of one are joined first, those of
            different ones, or of one and none, only above all others.
    """
    count = len(centroids)
    if count < 2:
        return ()
    wide = centroids.astype(np.float64)
    distances = np.clip(1 - wide @ wide.T, 0, 1)
    distances = (distances + distances.T) / 2
    names = {owner: number for number, owner in enumerate(dict.fromkeys(owners))}
    group = np.array([names[owner] for owner in owners])
    is_free = np.array([owner is None for owner in owners])
    is_same = group[:, None] == group[None, :]
    distances[is_same & ~is_free[:, None]] = 0
    distances[~is_same] = APART
    np.fill_diagonal(distances, 0)
    steps = linkage(squareform(distances, checks=False), "average")
    return tuple(
        Merge(int(min(left, right)), int(max(left, right)), round(float(distance), 6))
        for left, right, distance, _ in steps
    )


def cut_at(merges: Sequence[Merge], leaves: int, distance: float) -> Indices:
    """Return the number of each leaf's group when all merges up to a distance are made."""
    parent = list(range(leaves + len(merges)))
    for step, merge in enumerate(merges):
        if merge.distance <= distance:
            parent[merge.left] = parent[merge.right] = leaves + step
    for node in range(len(parent) - 1, -1, -1):
        parent[node] = parent[parent[node]]
    return renumbered(np.array(parent[:leaves], dtype=np.int64))


def places_on_map(centroids: Vectors) -> npt.NDArray[np.float64]:
    """Return a place for each row, -1 to 1: its two principal components.

    The sign of a component is such that its largest value is positive, so the map does not flip.
    """
    count = len(centroids)
    if count < 2:
        return np.zeros((count, 2))
    middle = centroids.astype(np.float64)
    middle -= middle.mean(axis=0)
    values, axes = np.linalg.eigh(middle @ middle.T)
    places = np.zeros((count, 2))
    for number in range(min(2, count)):
        value = values[-1 - number]
        if value <= 1e-9:
            continue
        along = axes[:, -1 - number] * value**0.5
        places[:, number] = along * np.sign(along[np.abs(along).argmax()])
    widest = float(np.abs(places).max())
    return np.round(places / widest, 4) if widest else places
