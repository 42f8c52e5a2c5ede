"""What representatives ask for an intent and customers answer: attributes mined from conversations.

Questions of one intent are clustered by their words and by the types of the answers they got, and
clusters that ask for the same in other words are joined. A cluster asked in enough of the intent's
conversations is an attribute. Its name is what the questions ask for, its question the most typical
one that names no values.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster, linkage

from processors.intents.library import Attribute
from processors.miner.attributes_asked import Dialogue, Occurrence, occurrences_of
from processors.miner.attributes_joined import joined, sides_of
from processors.miner.attributes_worded import (
    TYPES,
    cues_of,
    kind_of,
    name_of,
    template,
    typical,
    words_of,
)

REQUIRED_SHARE: Final = 0.15
"""Asked in this share of the intent's conversations: required."""
OPTIONAL_SHARE: Final = 0.05
CONVERSATIONS_MIN: Final = 2
ATTRIBUTES_MAX: Final = 20
DIALOGUES_MAX: Final = 5_000
"""Conversations looked at; of more an even sample."""
QUESTIONS_MAX: Final = 800
"""Distinct questions clustered; rarer ones go to the nearest cluster."""
DISTANCE_MAX: Final = 0.62
"""Average distance up to which clusters of questions are one."""
APART: Final = 2.0
"""Distance of questions that ask for two things."""
TOGETHER_SHARE: Final = 0.5
"""Asked together in more than this share of the rarer one's conversations: two things."""
TYPE_WEIGHT: Final = 0.25
"""Share of the answers' types in the similarity of questions."""


_Matrix = npt.NDArray[np.float64]


class Question(msgspec.Struct, frozen=True):
    """An attribute and where it was asked for."""

    attribute: Attribute
    occurrences: tuple[Occurrence, ...]


def attributes_of(
    dialogues: Sequence[Dialogue], *, required_share: float = REQUIRED_SHARE
) -> tuple[Attribute, ...]:
    """Return what was asked for in the dialogues of an intent, in the order asked.

    The order of the dialogues does not matter.

    Args:
        dialogues: Of one intent.
        required_share: Share of the dialogues in which a required attribute was asked.
    """
    found = questions_of(dialogues, required_share=required_share)
    return tuple(question.attribute for question in found)


def questions_of(
    dialogues: Sequence[Dialogue], *, required_share: float = REQUIRED_SHARE
) -> tuple[Question, ...]:
    """Return the attributes with where each was asked; arguments as of `attributes_of`."""
    step = max(1, -(-len(dialogues) // DIALOGUES_MAX))
    chosen = list(range(0, len(dialogues), step))
    occurrences = [one for place in chosen for one in occurrences_of(place, dialogues[place])]
    if not occurrences:
        return ()
    found = []
    for members in joined(_clusters(occurrences), len(chosen)):
        share = len({one.dialogue for one in members}) / len(chosen)
        asked_in = len({one.dialogue for one in members})
        if share < OPTIONAL_SHARE or (asked_in < CONVERSATIONS_MIN and len(chosen) > 1):
            continue
        found.append(_question(members, share, is_required=share >= required_share))
    found.sort(key=lambda one: (-one.attribute.asked_share, one.attribute.question))
    return _named_once(found[:ATTRIBUTES_MAX])


# ------------------------------------------------------------------ clusters


def _clusters(occurrences: list[Occurrence]) -> list[list[Occurrence]]:
    """Return occurrences of questions that ask for the same, larger clusters first."""
    by_key: dict[tuple[object, ...], list[Occurrence]] = {}
    for one in occurrences:
        by_key.setdefault((one.ask.form, one.ask.topic, one.ask.words), []).append(one)
    keys = sorted(by_key, key=lambda key: (-len(by_key[key]), repr(key)))
    rows = [by_key[key] for key in keys]
    vectors = _vectors(rows)
    head = vectors[:QUESTIONS_MAX]
    labels = _joined(head, rows[:QUESTIONS_MAX])
    if len(rows) > QUESTIONS_MAX:
        nearest = np.argmax(np.round(vectors[QUESTIONS_MAX:] @ head.T, 9), axis=1)
        labels = np.concatenate([labels, labels[nearest]])
    clusters: dict[int, list[Occurrence]] = {}
    for label, row in zip(labels.tolist(), rows, strict=True):
        clusters.setdefault(label, []).extend(row)
    return sorted(
        clusters.values(), key=lambda one: (-len(one), min(each.ask.text for each in one))
    )


def _joined(vectors: _Matrix, rows: list[list[Occurrence]]) -> npt.NDArray[np.int64]:
    if len(vectors) < 2:
        return np.zeros(len(vectors), dtype=np.int64)
    cosines = np.clip(vectors @ vectors.T, -1.0, 1.0)
    distances = np.round(1.0 - cosines, 9)
    distances[_apart(rows)] = APART
    upper = distances[np.triu_indices(len(vectors), k=1)]
    tree = linkage(upper, method="average")
    labels: npt.NDArray[np.int64] = fcluster(tree, DISTANCE_MAX, criterion="distance")
    return labels


def _apart(rows: list[list[Occurrence]]) -> npt.NDArray[np.bool_]:
    """Return which questions ask for two things, however like they are put.

    Those on two sides of something (old or new), and those that are asked side by side in the same
    conversations.
    """
    sides = [sides_of(row[0].ask) for row in rows]
    names = sorted(set().union(*sides))
    on = np.array([[name in own for name in names] for own in sides]).reshape(len(rows), len(names))
    across = [names.index((n, 1 - side)) if (n, 1 - side) in names else -1 for n, side in names]
    opposite = np.array([[place >= 0 and own[place] for place in across] for own in on])
    opposite = opposite.reshape(len(rows), len(names))
    talks = [{one.dialogue for one in row} for row in rows]
    place = {talk: number for number, talk in enumerate(sorted(set().union(*talks)))}
    held = np.zeros((len(rows), len(place)))
    for row, own_talks in enumerate(talks):
        held[row, [place[talk] for talk in own_talks]] = 1.0
    both = held @ held.T
    least = np.minimum.outer(np.diag(both), np.diag(both))
    is_together = (both >= CONVERSATIONS_MIN) & (both > TOGETHER_SHARE * least)
    np.fill_diagonal(is_together, val=False)
    crossed = on.astype(np.float64) @ opposite.astype(np.float64).T
    return is_together | (crossed > 0) | (crossed.T > 0)


def _vectors(rows: list[list[Occurrence]]) -> _Matrix:
    """Return a vector a distinct question: its words, what it asks for, the answers' types."""
    weights = [words_of(row[0].ask) for row in rows]
    frequency = Counter(word for each in weights for word in each)
    place = {word: number for number, word in enumerate(sorted(frequency))}
    texts = np.zeros((len(rows), len(place)))
    for row, each in enumerate(weights):
        for word, weight in each.items():
            texts[row, place[word]] = weight * np.log(1.0 + len(rows) / frequency[word])
    types = np.zeros((len(rows), len(TYPES)))
    for row, members in enumerate(rows):
        for one in members:
            for kind, weight in _types(one).items():
                types[row, TYPES.index(kind)] += weight
    texts = _unit(texts) * np.sqrt(1.0 - TYPE_WEIGHT)
    return np.hstack([texts, _unit(types) * np.sqrt(TYPE_WEIGHT)])


def _types(one: Occurrence) -> dict[str, float]:
    """Return the types of the reply to a question; they share the weight of one."""
    if one.reply is None:
        return {}
    kinds = list(dict.fromkeys(value.kind for value in one.reply.values))
    if one.reply.says is not None and one.ask.form == "polar":
        return {"truth": 1.0}
    if not kinds:
        return {"text": 1.0}
    return dict.fromkeys(kinds, 1.0 / len(kinds))


def _unit(matrix: _Matrix) -> _Matrix:
    lengths = np.sqrt((matrix * matrix).sum(axis=1, keepdims=True))
    return matrix / np.where(lengths > 0, lengths, 1.0)


# ------------------------------------------------------------------ one attribute


def _question(members: list[Occurrence], share: float, *, is_required: bool) -> Question:
    kind, recogniser, values = kind_of(members)
    name = name_of(members, recogniser)
    ranks = sum(one.rank for one in members) / len(members)
    attribute = Attribute(
        attribute_id=_slug(name),
        name=name,
        kind=kind,
        question=typical(members) or template(name, kind, values),
        recogniser=recogniser,
        values=values,
        cues=cues_of(members, recogniser),
        is_required=is_required,
        position=round(ranks, 4),
        asked_share=round(share, 4),
    )
    return Question(attribute, tuple(members))


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "detail"


def _named_once(found: list[Question]) -> tuple[Question, ...]:
    """Return the attributes in the order asked, each with an id of its own."""
    taken: Counter[str] = Counter()
    named = []
    for one in found:
        slug = one.attribute.attribute_id
        taken[slug] += 1
        if taken[slug] > 1:
            numbered = msgspec.structs.replace(one.attribute, attribute_id=f"{slug}_{taken[slug]}")
            named.append(msgspec.structs.replace(one, attribute=numbered))
        else:
            named.append(one)
    return tuple(
        sorted(named, key=lambda one: (one.attribute.position, one.attribute.attribute_id))
    )
