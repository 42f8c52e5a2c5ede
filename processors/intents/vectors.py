"""Texts to integer vectors, exactly: the same text gives the same integers in any batch.

A text's vector is the sum of its words' rows (static table and lexical projection side by side),
each part divided by its length and rounded to integers of at most `UNIT`. Sums are sums of
integers; the length is the square root of an exact integer, which IEEE 754 rounds correctly, as it
does the division. No order of summation, batch, thread or library changes a bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Final

import numpy as np
import numpy.typing as npt

from processors.intents.features import Lexical, Sums, features_of_word, pairs_of
from processors.intents.table import StaticTable
from processors.intents.words import words

UNIT: Final = 4_096
"""Length of a part that is not empty, give or take rounding."""

SLOTS_MAX: Final = 16_384
"""Words and pairs whose rows are kept; then memory starts anew."""

CHUNK_SLOTS: Final = 2_048
"""Words taken at a time, give or take a text: what fits in a processor's cache."""

_SQUARABLE: Final = 1 << 27
"""Below it, the squares of a row can be summed in 64 bits."""

Integers = npt.NDArray[np.float64]
"""Whole numbers in float64, so that BLAS multiplies them; shape (texts, dims)."""


class _FullError(Exception):
    """No place is left for another word; the chunk begins again with an empty memory."""


class _Memory:
    """The rows of words and pairs seen; row 0 stands for nothing.

    Several threads may use one: places come from a counter, and a row is written before its place
    is told. Memory that is not used yet costs nothing, so all of it is laid out at once.
    """

    def __init__(self, dims: int, slots_max: int) -> None:
        self.places: dict[str, int] = {}
        self.rows: Sums = np.zeros((slots_max + 4 * CHUNK_SLOTS, dims), np.int32)
        self._next = count(1)
        self._slots_max = slots_max

    @property
    def is_full(self) -> bool:
        return len(self.places) >= self._slots_max

    def keep(self, name: str, row: Sums) -> int:
        """Keep a row and return its place. Raises _FullError."""
        place = next(self._next)
        if place >= len(self.rows):
            raise _FullError
        self.rows[place] = row
        self.places[name] = place
        return place


class Vectoriser:
    """Texts in, integer vectors out; keeps the rows of words it has seen.

    Attributes:
        static_dims: Columns of the static part, which come first.
        dims: Columns in all.
    """

    def __init__(
        self, table: StaticTable | None, lexical: Lexical | None, slots_max: int = SLOTS_MAX
    ) -> None:
        self._table, self._lexical = table, lexical
        self.static_dims = table.dims if table is not None else 0
        self.dims = self.static_dims + (lexical.dims if lexical is not None else 0)
        self._pairs: frozenset[str] = lexical.pairs if lexical is not None else frozenset()
        self._slots_max = slots_max
        self._memory = _Memory(self.dims, slots_max)

    def vectors(self, texts: Sequence[str]) -> Integers:
        """Return one row a text; a part with nothing in it is zero."""
        found = np.zeros((len(texts), self.dims))
        first = 0
        while first < len(texts):
            memory = self._memory
            if memory.is_full:
                memory = self._memory = _Memory(self.dims, self._slots_max)
            try:
                first += self._chunk(texts, first, memory, found)
            except _FullError:
                self._memory = _Memory(self.dims, self._slots_max)
        return found

    def _chunk(self, texts: Sequence[str], first: int, memory: _Memory, found: Integers) -> int:
        """Write the vectors of some texts from `first` on; return of how many."""
        slots: list[int] = []
        starts: list[int] = []
        while first + len(starts) < len(texts) and len(slots) < CHUNK_SLOTS:
            text = texts[first + len(starts)]
            starts.append(len(slots))
            self._take(words(text), memory, slots)
            slots.append(0)
        sums = np.add.reduceat(memory.rows[slots], starts, axis=0, dtype=np.int64)
        into = found[first : first + len(starts)]
        at = self.static_dims
        _scale(sums[:, :at], into[:, :at])
        _scale(sums[:, at:], into[:, at:])
        return len(starts)

    def _take(self, found: list[str], memory: _Memory, slots: list[int]) -> None:
        """Append the places of a text's words and known pairs."""
        if self._pairs:
            known = self._pairs
            found = found + [pair for pair in pairs_of(found) if pair in known]
        # No place is 0, which stands for nothing.
        place_of = memory.places.get
        slots += [place_of(one) or memory.keep(one, self._row(one)) for one in found]

    def _row(self, name: str) -> Sums:
        """Return the row of a word or pair."""
        at = self.static_dims
        is_pair = " " in name
        row = np.zeros(self.dims, np.int32)
        if self._table is not None and not is_pair:
            row[:at] = self._table.row_of(name)
        if self._lexical is not None:
            row[at:] = self._lexical.row_of([name] if is_pair else features_of_word(name))
        return row


def _scale(sums: npt.NDArray[np.int64], into: Integers) -> None:
    """Write sums at length `UNIT`, rounded to whole numbers; zero stays zero."""
    if not sums.size:
        return
    peaks = np.abs(sums).max(axis=1)
    if peaks.max() >= _SQUARABLE:
        sums = np.where((peaks >= _SQUARABLE)[:, None], sums >> 5, sums)
    squares = np.einsum("ij,ij->i", sums, sums)
    lengths = np.sqrt(np.maximum(squares, 1).astype(np.float64))
    np.multiply(sums, float(UNIT), out=into)
    np.divide(into, lengths[:, None], out=into)
    np.rint(into, out=into)
