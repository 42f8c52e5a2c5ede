"""Lexical features: a tenant's own words and parts of words, projected to a few dimensions.

What the static table cannot know (product names, codes, spelling) comes from the tenant's texts:
words, pairs of words and character 3- to 5-grams, weighted by rarity and projected by a truncated
SVD (latent semantic analysis, Deerwester et al. 1990). Here it is only applied, in exact integers;
`processors.miner.encoding` fits it.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from itertools import pairwise
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

GRAM_LENGTHS: Final = (3, 4, 5)
WORD_CHARS_MAX: Final = 40
"""Characters of a word that are cut into grams."""

MULTIPLIER_MAX: Final = 1_023

Sums = npt.NDArray[np.int32]


class LexicalData(msgspec.Struct, frozen=True, array_like=True):
    """A fitted projection as it travels.

    Attributes:
        names: Features, see `features_of_word` and `pairs_of`; one a line.
        dims: Dimensions it projects to.
        multipliers: uint16, one a feature, little-endian.
        rows: int8, features x dims.
    """

    names: str = ""
    dims: int = 0
    multipliers: bytes = b""
    rows: bytes = b""


class Lexical:
    """A projection in use: a word or a pair of words to its summed rows.

    Attributes:
        dims: Dimensions.
        digest: Of the data.
    """

    def __init__(self, data: LexicalData) -> None:
        names = data.names.split("\n") if data.names else []
        self.dims = data.dims
        self.digest = sha256(msgspec.msgpack.encode(data)).hexdigest()
        multipliers = np.frombuffer(data.multipliers, "<u2", len(names)).astype(np.int32)
        rows = np.frombuffer(data.rows, np.int8, len(names) * data.dims)
        self._rows = rows.reshape(len(names), data.dims)
        self._multipliers = multipliers
        self._places = {name: place for place, name in enumerate(names)}
        self.pairs = frozenset(name for name in names if " " in name)

    def row_of(self, features: Sequence[str]) -> Sums:
        """Return the sum of the rows of some features, repeats counted; shape (dims,)."""
        places = [place for one in features if (place := self._places.get(one)) is not None]
        rows = self._rows[places].astype(np.int32) * self._multipliers[places][:, None]
        summed: Sums = rows.sum(axis=0, dtype=np.int32)
        return summed


def features_of_word(word: str) -> list[str]:
    """Return a word's features: itself as `=word`, and its grams, `_` for its two ends."""
    if not word[0].isalnum():
        return []
    padded = f"_{word[:WORD_CHARS_MAX]}_"
    found = [f"={word}"]
    for length in GRAM_LENGTHS:
        found += [padded[at : at + length] for at in range(len(padded) - length + 1)]
    return found


def pairs_of(words: Sequence[str]) -> list[str]:
    """Return the pairs of neighbours, punctuation left out, as `left right`."""
    spoken = [word for word in words if word[0].isalnum()]
    return [f"{left} {right}" for left, right in pairwise(spoken)]
