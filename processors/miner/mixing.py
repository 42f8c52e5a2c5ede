"""A sentence encoder beside a projection of the tenant's own words, for mining.

What an encoder from outside does not know (product names, codes), the projection does; a small
share of it helps every clustering (decision record 0008).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from processors.intents.encoder import Encoder, Vectors
from processors.intents.features import Lexical
from processors.intents.vectors import Vectoriser
from processors.miner.encoding import DIMS_MINING, FEATURES_MINING, fit_lexical
from processors.miner.neighbours import unit

DENSE_SHARE: Final = 0.8
"""Share of the encoder in the square of a vector."""


class MixedEncoder:
    """See `processors.intents.encoder.Encoder`."""

    def __init__(self, dense: Encoder, texts: Sequence[str]) -> None:
        """Fit the projection on the texts that it will be used on."""
        lexical = Lexical(fit_lexical(texts, dims=DIMS_MINING, features_max=FEATURES_MINING))
        self._dense, self._vectoriser = dense, Vectoriser(None, lexical)
        self.dims = dense.dims + self._vectoriser.dims
        self.fingerprint = f"{dense.fingerprint}+lexical-{lexical.digest[:16]}"

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one vector a text."""
        dense = self._dense.encode(texts)
        lexical = unit(self._vectoriser.vectors(texts))
        parts = (dense * DENSE_SHARE**0.5, lexical * (1 - DENSE_SHARE) ** 0.5)
        return unit(np.concatenate(parts, axis=1))
