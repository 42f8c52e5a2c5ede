"""The port behind which texts become vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
"""Shape (texts, dims); rows of length 1, or all zero for a text with nothing in it."""


class Encoder(Protocol):
    """Texts in, vectors out. The same text gives the same bytes, whatever stands beside it.

    Attributes:
        fingerprint: Names what computed the vectors: kind and digest of its data. Vectors of
            different fingerprints do not compare.
        dims: Length of a vector.
    """

    fingerprint: str
    dims: int

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one vector a text."""
