"""Intents that stand: those of a library that is held on to, and those that people discarded.

What was said is first held against them with the same model that detection uses; only what none of
them takes is mined. A new cluster that lies where one of them lies is more of it, not a new intent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np

from processors.intents.encoder import Encoder, Vectors
from processors.intents.library import Intent, LibraryContent
from processors.intents.loading import Library
from processors.miner.neighbours import Indices, unit
from processors.miner.training import train

ALIKE_STATIC: Final = 0.85
ALIKE_DENSE: Final = 0.85
"""Cosine of centroids from which a cluster is more of an anchor, by kind of encoder."""

LEANING_MIN: Final = 0.6
"""Or: so large a share of its texts leans to one anchor, more than any other, and the centroids are
nearly alike."""
LEANING_ALIKE_MIN: Final = 0.7
_CHUNK: Final = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchors:
    """Published intents, then discarded ones.

    Attributes:
        intents: All of them, by id.
        published: How many of them are published; the others are discarded.
        centroids: Of their examples.
    """

    intents: tuple[Intent, ...]
    published: int
    centroids: Vectors

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.intents)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What the anchors say of texts.

    Attributes:
        anchor: The anchor that takes each text; -1: none.
        leaning: The anchor each text is nearest to, taken or not.
    """

    anchor: Indices
    leaning: Indices


def anchors_of(
    library: LibraryContent | None, discarded: Sequence[Intent], encoder: Encoder
) -> Anchors:
    """Return what stands; an id in both counts as published."""
    published = sorted(library.intents if library else (), key=lambda one: one.intent_id)
    known = {one.intent_id for one in published}
    gone = sorted(
        {one.intent_id: one for one in discarded if one.intent_id not in known}.values(),
        key=lambda one: one.intent_id,
    )
    intents = tuple(published) + tuple(gone)
    centroids = np.zeros((len(intents), encoder.dims), dtype=np.float64)
    for number, one in enumerate(intents):
        vectors = encoder.encode(examples_of(one))
        centroids[number] = vectors.sum(axis=0, dtype=np.float64)
    return Anchors(intents=intents, published=len(published), centroids=unit(centroids))


def examples_of(intent: Intent) -> list[str]:
    """Return what the intent is known by: its examples, else its name."""
    return sorted(set(intent.examples)) or [intent.name]


def taken_by(
    anchors: Anchors, library: LibraryContent | None, texts: Sequence[str], encoder: Encoder | None
) -> Taken:
    """Return which anchor takes each text.

    Args:
        anchors: What stands.
        library: Its settings say how sure to be.
        texts: What was said.
        encoder: Instead of the static table.
    """
    none = np.full(len(texts), -1, dtype=np.int64)
    if not len(anchors) or not texts:
        return Taken(anchor=none, leaning=none)
    content = LibraryContent(
        intents=tuple(
            msgspec.structs.replace(
                one, examples=tuple(examples_of(one)), group_id=None, line_of_business=None
            )
            for one in sorted(anchors.intents, key=lambda one: one.intent_id)
        ),
        detection=library.detection if library else LibraryContent().detection,
    )
    trained = train(content, encoder=encoder)
    detecting = Library(trained.content, "", encoder)
    places = {one.intent_id: place for place, one in enumerate(anchors.intents)}
    anchor, leaning = none.copy(), none.copy()
    for start in range(0, len(texts), _CHUNK):
        for at, found in enumerate(detecting.detect(texts[start : start + _CHUNK]), start):
            if found.top:
                leaning[at] = places[found.top[0].intent_id]
                if found.top[0].score >= 0.5:
                    anchor[at] = leaning[at]
    return Taken(anchor=anchor, leaning=leaning)


def resting_on(anchors: Anchors, centroid: Vectors, leaning: Indices, fingerprint: str) -> int:
    """Return the anchor that a new cluster is more of; -1: it is new.

    Args:
        anchors: What stands.
        centroid: Of the cluster, length 1.
        leaning: The anchor each of its texts leans to.
        fingerprint: Of the encoder.
    """
    if not len(anchors):
        return -1
    cosines = anchors.centroids @ centroid
    best = int(cosines.argmax())
    alike = ALIKE_STATIC if fingerprint.startswith("static-") else ALIKE_DENSE
    if cosines[best] >= alike:
        return best
    votes = np.bincount(leaning[leaning >= 0], minlength=len(anchors))
    most = int(votes.argmax())
    if votes[most] >= LEANING_MIN * len(leaning) and cosines[most] >= LEANING_ALIKE_MIN:
        return most
    return -1
