"""From a teacher to a static table: a row for each word piece.

The mean of a text's rows shall come near the teacher's vector of the text.

1. Prior: each piece through the teacher by itself, centred, weighted by the logarithm of its rank
   (frequent pieces say little), and scaled to fit the sentences best. As Model2Vec
   (https://github.com/MinishLab/model2vec) without its dimension reduction.
2. The sentence vectors' first principal axes; everything after happens in them.
3. Ridge regression towards that prior: rows E minimise |A E - Y|^2 + strength |E - prior|^2 with A
   the share of each piece in each text and Y the teacher's centred sentence vectors. Pieces that
   the text never shows keep the prior. Solved by conjugate gradients (Hestenes, Stiefel 1952).
4. int8 with a multiplier a row (`processors.miner.encoding.quantised`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, diags

from processors.intents.table import StaticTable
from processors.intents.words import words

RANK_OFFSET: Final = 100
STRENGTH: Final = 10.0
STEPS: Final = 60
FILE_BYTES_MAX: Final = 7_000_000

Floats = npt.NDArray[np.float32]
Progress = Callable[[str, int, int], None]


def usable(pieces: Sequence[str]) -> list[int]:
    """Return the numbers of the pieces worth a row: ASCII ones that are no control tokens."""
    return [
        number
        for number, piece in enumerate(pieces)
        if piece.isascii() and not (piece.startswith("[") and len(piece) > 1)
    ]


def shares(texts: Sequence[str], pieces: Sequence[str]) -> csr_matrix:
    """Return the share of each piece in each text, shape (texts, pieces)."""
    empty = np.zeros((len(pieces), 1))
    table = StaticTable(pieces, empty.astype(np.int8), empty[:, 0].astype(np.uint16), "")
    known: dict[str, list[int]] = {}
    columns: list[int] = []
    ends = [0]
    for text in texts:
        for word in words(text):
            if word not in known:
                known[word] = table.pieces_of(word)
            columns += known[word]
        ends.append(len(columns))
    ones = np.ones(len(columns), np.float32)
    counts = csr_matrix((ones, columns, ends), shape=(len(texts), len(pieces)))
    counts.sum_duplicates()
    totals = np.maximum(np.asarray(counts.sum(axis=1)).ravel(), 1)
    return csr_matrix(diags((1 / totals).astype(np.float32)) @ counts)


def prior(single: Floats, part: csr_matrix, wanted: Floats) -> Floats:
    """Return the rows before any regression: step 1."""
    rows = single - single.mean(axis=0)
    ranks = np.log(RANK_OFFSET + 1 + np.arange(len(rows), dtype=np.float32))
    rows *= (ranks / ranks.max())[:, None]
    means = part @ rows
    means -= means.mean(axis=0)
    scaled: Floats = rows * np.float32((means * wanted).sum() / (means * means).sum())
    return scaled


def regressed(
    part: csr_matrix, wanted: Floats, start: Floats, strength: float, progress: Progress
) -> Floats:
    """Return the rows after the regression: step 3."""
    turned = csr_matrix(part.T)
    change = np.zeros_like(start)
    rest = turned @ (wanted - part @ start)
    direction = rest.copy()
    size = (rest * rest).sum(axis=0)
    for step in range(STEPS):
        product = turned @ (part @ direction) + np.float32(strength) * direction
        length = size / np.maximum((direction * product).sum(axis=0), 1e-20)
        change += length * direction
        rest -= length * product
        before, size = size, (rest * rest).sum(axis=0)
        direction = rest + size / np.maximum(before, 1e-20) * direction
        progress("regression", step + 1, STEPS)
    found: Floats = start + change
    return found


def axes(wanted: Floats, dims: int) -> Floats:
    """Return the first principal axes of sentence vectors, shape (teacher's dims, dims)."""
    _, vectors = np.linalg.eigh(np.cov(wanted.T))
    found: Floats = vectors[:, ::-1][:, :dims].astype(np.float32)
    return found


def fitting(pieces: Sequence[str], is_seen: npt.NDArray[np.bool_], dims: int) -> list[int]:
    """Return the places of the pieces to keep so that the file stays within its limit.

    Single characters and pieces that the text showed are kept; of the others the rarest (the
    highest ranks) go, and their words are cut into smaller pieces.
    """
    sizes = [dims + 2 + len(piece) + 1 for piece in pieces]
    room = FILE_BYTES_MAX - 100 - sum(sizes)
    dropped: set[int] = set()
    for place in range(len(pieces) - 1, -1, -1):
        if room >= 0:
            break
        if not is_seen[place] and len(pieces[place].removeprefix("##")) > 1:
            dropped.add(place)
            room += sizes[place]
    return [place for place in range(len(pieces)) if place not in dropped]
