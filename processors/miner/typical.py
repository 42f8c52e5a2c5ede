"""Examples of a cluster: the most typical text, then ever different ones, without personal data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from processors.intents.encoder import Vectors
from processors.intents.redaction import redacted
from processors.miner.duplicates import levelled
from processors.miner.mined import Example
from processors.miner.neighbours import Indices, unit

LOOKED_AT_MAX: Final = 400
CORE_SHARE: Final = 0.85
"""Examples come from this share of a cluster, the part nearest to its centre."""
EXAMPLE_CHARS_MAX: Final = 500


def spread_out(vectors: Vectors, count: int) -> list[int]:
    """Return rows, the nearest to the centre first, then whichever is farthest from those taken."""
    rows = len(vectors)
    if not rows:
        return []
    centre = unit(vectors.sum(axis=0, dtype=np.float64)[None, :])[0]
    cosines = vectors @ centre
    chosen = [int(cosines.argmax())]
    # Outliers make poor examples.
    is_open = np.zeros(rows, dtype=bool)
    core = np.argsort(-cosines, kind="stable")[: max(1, int(np.ceil(rows * CORE_SHARE)))]
    is_open[core] = True
    nearest = np.full(rows, -2.0, dtype=np.float32)
    while len(chosen) < min(count, rows):
        is_open[chosen[-1]] = False
        nearest = np.maximum(nearest, vectors @ vectors[chosen[-1]])
        if not is_open.any():
            break
        chosen.append(int(np.where(is_open, nearest, np.float32(9)).argmin()))
    return chosen


def looked_at(rows: Indices, cosines: Vectors) -> Indices:
    """Return which rows of a cluster to choose from: the best one, and the first in their order."""
    if len(rows) <= LOOKED_AT_MAX:
        return rows
    best = rows[int(cosines.argmax())]
    return np.union1d(rows[: LOOKED_AT_MAX - 1], [best])


def examples_of(texts: Sequence[str], turn_ids: Sequence[str], count: int) -> tuple[Example, ...]:
    """Return the first `count` texts that differ once personal data is out."""
    found: list[Example] = []
    seen: set[str] = set()
    for text, turn_id in zip(texts, turn_ids, strict=True):
        clean = redacted(text[:EXAMPLE_CHARS_MAX]).strip()
        level = levelled(clean)
        if level in seen or not level:
            continue
        seen.add(level)
        found.append(Example(clean, turn_id))
        if len(found) == count:
            break
    return tuple(found)
