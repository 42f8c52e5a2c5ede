"""What would become of a library if it were mined from scratch.

Which intents would go on, be one, fall apart, be new, or be gone.
Published and mined intents are matched one to one so that the sum of the cosines between them is
highest (Kuhn 1955); a published intent's examples say where it went.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from processors.intents.encoder import Encoder, Vectors
from processors.intents.library import Intent, LibraryContent
from processors.miner.anchors import examples_of
from processors.miner.clustering import nearest_centroid
from processors.miner.mined import Change
from processors.miner.neighbours import Indices, unit

SAME_MIN: Final = 0.8
"""Cosine of centroids from which a matched pair is the same intent."""
NEAR_MIN: Final = 0.5
"""Below this cosine a published intent has nothing to do with a mined one."""
MOST: Final = 0.5
"""Share of its examples with which a published intent has gone into a mined one."""
PART: Final = 0.25
"""Share of its examples that is a part of a published intent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What a mined intent is to the published ones.

    Attributes:
        change: In a word.
        keeps: The published intent whose id it has; None: none.
        sources: Ids of the published intents it comes from.
    """

    change: Change
    keeps: Intent | None
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The fate of each mined intent in order, and the published ones that are gone."""

    fates: tuple[Fate, ...]
    retired: tuple[Intent, ...]


def compared(
    library: LibraryContent,
    leaf_centroids: Vectors,
    groups: Indices,
    centres: Vectors,
    encoder: Encoder,
) -> Comparison:
    """Return what becomes of a library.

    Args:
        library: What is published.
        leaf_centroids: Of the sub-intents that were mined.
        groups: Number of the intent of each sub-intent.
        centres: Of the intents that were mined.
        encoder: Makes the vectors.
    """
    published = sorted(library.intents, key=lambda one: one.intent_id)
    if not len(centres) or not published:
        fresh = tuple(Fate(change="new", keeps=None, sources=()) for _ in centres)
        return Comparison(fates=fresh, retired=tuple(published))
    means, shares = _where(published, leaf_centroids, groups, len(centres), encoder)
    cosines = means @ centres.T
    shares[cosines < NEAR_MIN] = 0
    keeper: dict[int, int] = {}
    for old, new in zip(*linear_sum_assignment(-cosines.astype(np.float64)), strict=True):
        if cosines[old, new] >= SAME_MIN or shares[old, new] >= MOST:
            keeper[int(new)] = int(old)
    fates = [_fate(number, keeper, shares, published) for number in range(len(centres))]
    went_on = {source for fate in fates for source in fate.sources}
    return Comparison(
        fates=tuple(fates),
        retired=tuple(one for one in published if one.intent_id not in went_on),
    )


def _where(
    published: Sequence[Intent],
    leaf_centroids: Vectors,
    groups: Indices,
    count: int,
    encoder: Encoder,
) -> tuple[Vectors, npt.NDArray[np.float64]]:
    """Return the middle of each published intent, and the share of it that each mined one has."""
    shares = np.zeros((len(published), count))
    middles = np.zeros((len(published), leaf_centroids.shape[1]))
    for number, one in enumerate(published):
        vectors = encoder.encode(examples_of(one))
        middles[number] = vectors.sum(axis=0, dtype=np.float64)
        found = groups[nearest_centroid(vectors, leaf_centroids)[0]]
        shares[number] = np.bincount(found, minlength=count) / len(vectors)
    return unit(middles), shares


def _fate(
    number: int,
    keeper: dict[int, int],
    shares: npt.NDArray[np.float64],
    published: Sequence[Intent],
) -> Fate:
    old = keeper.get(number)
    inside = [at for at in range(len(published)) if shares[at, number] >= MOST]
    if len(inside) > 1:
        first = old if old is not None else inside[0]
        keeps = published[first] if old is not None else None
        sources = [first, *(at for at in inside if at != first)]
        ids = tuple(published[at].intent_id for at in sources)
        return Fate(change="merged", keeps=keeps, sources=ids)
    if old is not None:
        return Fate(change="known", keeps=published[old], sources=(published[old].intent_id,))
    part = int(shares[:, number].argmax())
    if shares[part, number] >= PART:
        return Fate(change="split", keeps=None, sources=(published[part].intent_id,))
    return Fate(change="new", keeps=None, sources=())
