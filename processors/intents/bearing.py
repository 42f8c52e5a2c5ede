"""Whether what a customer says carries a wish, told by its function words.

A logistic regression over words, pairs and triples of words that several domains share (so that
"i want to" counts and "outlook" does not), and the length. Its weights are integers, trained by
`python -m ops.encoder.bearing`; the sum is exact and the score a fraction of integers, so it is the
same everywhere. It knows English only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Final

from processors.intents import bearing_weights

CHARS_MAX: Final = 4_000
"""Characters looked at."""
WORDS_MAX: Final = 80
"""Words looked at."""
BEARS: Final = 0.5
"""From here on a turn carries a wish."""
ANSWERS_WEIGHT: Final = -0.5
"""Log-odds that a question which wants an answer has just been asked; set by hand."""
INVITED_WEIGHT: Final = 1.0
"""Log-odds that "how can I help?" has just been asked; set by hand."""
LATE_WEIGHT: Final = -0.25
"""Log-odds of a turn after the tenth; set by hand."""

_WORD: Final = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+|\?")
_LENGTHS: Final = (0, 1, 2, 4, 7, 12)


def bearing(
    text: str, *, number: int = 0, after_question: bool = False, after_invitation: bool = False
) -> float:
    """Return how surely `text` carries a wish, 0 to 1; from `BEARS` on it does.

    Args:
        text: What the customer said.
        number: The place of the turn in the conversation, from 1; 0 unknown.
        after_question: The turn before asked for something ("what is your order number?").
        after_invitation: The turn before asked what the customer wants ("how can I help?").
    """
    weights = _weights()
    words = words_of(text)
    if not words:
        return 0.0
    total = bearing_weights.BIAS + sum(weights.get(one, 0) for one in features_of(words))
    if after_question:
        total += int(ANSWERS_WEIGHT * bearing_weights.SCALE)
    if after_invitation:
        total += int(INVITED_WEIGHT * bearing_weights.SCALE)
    if number > 10:
        total += int(LATE_WEIGHT * bearing_weights.SCALE)
    return round(0.5 + 0.5 * total / (2 * bearing_weights.SCALE + abs(total)), 4)


def words_of(text: str) -> list[str]:
    """Return the first words of a text, lower case, numbers as `#`."""
    plain = text[:CHARS_MAX].lower().replace("\u2019", "'")
    return ["#" if word.isdigit() else word for word in _WORD.findall(plain)[:WORDS_MAX]]


def features_of(words: list[str]) -> list[str]:
    """Return the features of a turn, each once, in the order met."""
    return list(dict.fromkeys(_features(words)))


def _features(words: list[str]) -> Iterator[str]:
    yield from words
    framed = ["^", *words, "$"]
    pairs = [f"{first} {second}" for first, second in pairwise(framed)]
    yield from pairs
    for pair, third in zip(pairs, framed[2:], strict=False):
        yield f"{pair} {third}"
    yield f"length {next((one for one in _LENGTHS if len(words) <= one), 99)}"


@lru_cache(maxsize=1)
def _weights() -> dict[str, int]:
    weights = {}
    for line in bearing_weights.WEIGHTS.strip().splitlines():
        weight, _, features = line.partition(" ")
        for feature in features.split("|"):
            weights[feature] = int(weight)
    return weights
