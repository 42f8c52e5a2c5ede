"""Clusters to what people read: names, examples, questions asked, a place on the map."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import numpy as np
import numpy.typing as npt

from processors.intents.encoder import Encoder, Vectors
from processors.intents.library import Intent
from processors.miner.attributes import attributes_of
from processors.miner.duplicates import levelled
from processors.miner.history import HistoryTurn
from processors.miner.identity import id_of
from processors.miner.intake import Heard
from processors.miner.mined import MinedIntent, Options, SubIntent
from processors.miner.naming import Wording
from processors.miner.neighbours import Indices, unit
from processors.miner.partition import Report
from processors.miner.replies import replies_of
from processors.miner.tree import places_on_map
from processors.miner.typical import examples_of, looked_at, spread_out

WORDS: Final = 6
SUB_EXAMPLES_MAX: Final = 5
POOL_MAX: Final = 800
DIALOGUES_MAX: Final = 200
"""Conversations of an intent whose questions and answers are read."""

Dialogue = tuple[Sequence[HistoryTurn], int]
"""A conversation up to where another intent's turn begins, and the place in it of the first turn
that has the intent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A cluster of texts: a leaf of the merge tree.

    Attributes:
        rows: Its texts, in canonical order.
        cosines: How well each fits.
        centroid: Its middle, length 1.
        anchor: The intent that stands which it belongs to; None: a new one.
    """

    rows: Indices
    cosines: Vectors
    centroid: Vectors
    anchor: Intent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """Intents in the order of their numbers, and the id of each leaf and its intent."""

    intents: list[MinedIntent]
    leaf_ids: list[str]
    intent_ids: list[str]


class Describing:
    """Writes up the leaves of one mining."""

    def __init__(self, history: Heard, options: Options, encoder: Encoder, report: Report) -> None:
        self._heard, self._options = history, options
        self._encoder, self._report = encoder, report

    def described(
        self, leaves: Sequence[Leaf], groups: Indices, idle: Sequence[Intent]
    ) -> Described:
        """Return the intents.

        Args:
            leaves: The clusters.
            groups: Number of the intent of each leaf.
            idle: Intents that stand but that nobody had.
        """
        looked = self._looked_at(leaves)
        members = [np.flatnonzero(groups == number) for number in range(_size(groups))]
        pools = [self._pooled([looked[at] for at in one.tolist()]) for one in members]
        typical = [self._typical(pool) for pool in pools]
        anchors = [
            next((leaves[at].anchor for at in one.tolist() if leaves[at].anchor), None)
            for one in members
        ]
        ids = self._ids(pools, typical, anchors, idle)
        wording = self._wording(pools, typical)
        names = _names(wording, anchors, idle)
        words = wording.words(WORDS)
        leaf_ids, subs = self._sub_intents(leaves, looked, groups, names)
        counts, conversations = self._counts(leaves, groups)
        dialogues = self._dialogues(leaves, groups)
        found = []
        for number, one in enumerate(members):
            self._report("describing", number, len(members))
            anchor = anchors[number]
            rows = pools[number][typical[number]]
            if anchor is not None:
                known = {levelled(example) for example in anchor.examples}
                rows = np.array(
                    [row for row in rows.tolist() if self._heard.levels[row] not in known],
                    dtype=np.int64,
                )
            medoid = pools[number][typical[number][0]]
            own = [subs[at] for at in one.tolist()]
            weights = np.array([max(sub.count, 1) for sub in own], dtype=np.float64)
            found.append(
                MinedIntent(
                    intent_id=ids[number],
                    change="new" if anchor is None else "known",
                    name=names[number],
                    description=self._description(int(medoid), words[number]),
                    count=int(counts[number]),
                    conversations=int(conversations[number]),
                    examples=examples_of(
                        self._texts(rows), self._turn_ids(rows), self._options.examples_max
                    ),
                    sub_intents=tuple(sorted(own, key=lambda sub: (-sub.count, sub.sub_id))),
                    attributes=attributes_of(dialogues[number]),
                    replies=replies_of(dialogues[number]),
                    x=round(float(np.average([sub.x for sub in own], weights=weights)), 4),
                    y=round(float(np.average([sub.y for sub in own], weights=weights)), 4),
                    from_ids=() if anchor is None else (anchor.intent_id,),
                )
            )
        return Described(
            intents=found,
            leaf_ids=leaf_ids,
            intent_ids=[ids[number] for number in groups.tolist()],
        )

    def _looked_at(self, leaves: Sequence[Leaf]) -> list[Indices]:
        """Return the texts of each leaf that stand for it, its most typical one first."""
        found = []
        for leaf in leaves:
            rows = looked_at(leaf.rows, leaf.cosines)
            best = int(leaf.rows[int(leaf.cosines.argmax())])
            found.append(np.array([best, *rows[rows != best].tolist()], dtype=np.int64))
        return found

    def _pooled(self, looked: Sequence[Indices]) -> Indices:
        """Return the texts that stand for an intent: some of each of its leaves."""
        share = max(POOL_MAX // len(looked), 20)
        return np.concatenate([rows[:share] for rows in looked])

    def _typical(self, pool: Indices) -> list[int]:
        vectors = self._encoder.encode(self._texts(pool))
        # Some texts turn out the same once personal data is out.
        return spread_out(vectors, 2 * self._options.examples_max)

    def _texts(self, rows: Indices) -> list[str]:
        return [self._heard.texts[row] for row in rows.tolist()]

    def _turn_ids(self, rows: Indices) -> list[str]:
        places = self._heard.speakers[rows].tolist()
        return [self._heard.turns[place].turn_id for place in places]

    def _ids(
        self,
        pools: Sequence[Indices],
        typical: Sequence[Sequence[int]],
        anchors: Sequence[Intent | None],
        idle: Sequence[Intent],
    ) -> list[str]:
        taken = {one.intent_id for one in (*anchors, *idle) if one is not None}
        ids = []
        for pool, chosen, anchor in zip(pools, typical, anchors, strict=True):
            if anchor is not None:
                ids.append(anchor.intent_id)
                continue
            level = self._heard.levels[int(pool[chosen[0]])]
            ids.append(id_of(self._options.tenant, "intent", level, taken))
            taken.add(ids[-1])
        return ids

    def _wording(self, pools: Sequence[Indices], typical: Sequence[Sequence[int]]) -> Wording:
        self._report("naming", 0, 1)
        return Wording(
            [
                self._texts(np.concatenate([pool[chosen[:1]], pool]))
                for pool, chosen in zip(pools, typical, strict=True)
            ]
        )

    def _sub_intents(
        self,
        leaves: Sequence[Leaf],
        looked: Sequence[Indices],
        groups: Indices,
        names: Sequence[str],
    ) -> tuple[list[str], list[SubIntent]]:
        texts = [self._texts(rows) for rows in looked]
        alone = np.bincount(groups, minlength=_size(groups)) == 1
        wording = Wording(texts)
        own, words = wording.names(names), wording.words(WORDS)
        places = places_on_map(stacked([leaf.centroid for leaf in leaves], self._encoder.dims))
        ids: list[str] = []
        found: list[SubIntent] = []
        taken: set[str] = set()
        for at, leaf in enumerate(leaves):
            level = self._heard.levels[int(looked[at][0])]
            ids.append(id_of(self._options.tenant, "sub-intent", level, taken))
            taken.add(ids[-1])
            group = int(groups[at])
            found.append(
                SubIntent(
                    sub_id=ids[-1],
                    name=names[group] if alone[group] else own[at],
                    count=int(self._heard.counts[leaf.rows].sum()),
                    examples=examples_of(
                        texts[at][:20], self._turn_ids(looked[at][:20]), SUB_EXAMPLES_MAX
                    ),
                    x=float(places[at, 0]),
                    y=float(places[at, 1]),
                    words=words[at],
                )
            )
        return ids, found

    def _counts(self, leaves: Sequence[Leaf], groups: Indices) -> tuple[Indices, Indices]:
        return counts_of(self._heard, leaves, groups)

    def _dialogues(self, leaves: Sequence[Leaf], groups: Indices) -> list[list[Dialogue]]:
        """Return the conversations of each intent, each with the first turn that has it."""
        first: list[dict[str, tuple[int, int]]] = [{} for _ in range(_size(groups))]
        intents = group_of_customers(self._heard, leaves, groups).tolist()
        group_of = dict(zip(self._heard.customers.tolist(), intents, strict=True))
        for name, places in self._heard.conversations.items():
            for group, start, end in _spans([group_of.get(place, -1) for place in places]):
                first[group].setdefault(name, (start, end))
        found: list[list[Dialogue]] = []
        for one in first:
            dialogues: list[Dialogue] = []
            for name in sorted(one, key=_digest)[:DIALOGUES_MAX]:
                start, end = one[name]
                places = self._heard.conversations[name][:end]
                dialogues.append(([self._heard.turns[place] for place in places], start))
            found.append(dialogues)
        return found

    def _description(self, row: int, words: Sequence[str]) -> str:
        """Return the most typical text and the words that tell it from the others."""
        said = examples_of([self._heard.texts[row]], [""], 1)
        text = " ".join(said[0].text.split())[:200] if said else ""
        return f"“{text}” ({', '.join(words)})" if words else f"“{text}”"


def _names(wording: Wording, anchors: Sequence[Intent | None], idle: Sequence[Intent]) -> list[str]:
    """Return the names of intents; those that stand keep theirs."""
    standing = [one.name for one in (*anchors, *idle) if one is not None]
    return [
        name if anchor is None else anchor.name
        for name, anchor in zip(wording.names(standing), anchors, strict=True)
    ]


def _spans(groups: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Yield the intents of a conversation, each with where it begins and where the next one does.

    Args:
        groups: Of each turn the number of its intent; -1: none.
    """
    present, start = -1, 0
    for place, group in enumerate(groups):
        if group in {-1, present}:
            continue
        if present >= 0:
            yield present, start, place
        present, start = group, place
    if present >= 0:
        yield present, start, len(groups)


def group_of_customers(history: Heard, leaves: Sequence[Leaf], groups: Indices) -> Indices:
    """Return for each customer turn the number of its intent; -1: none."""
    of_text = np.full(len(history.texts) + 1, -1, dtype=np.int64)
    for at, leaf in enumerate(leaves):
        of_text[leaf.rows] = groups[at]
    return of_text[history.rows]


def counts_of(history: Heard, leaves: Sequence[Leaf], groups: Indices) -> tuple[Indices, Indices]:
    """Return how often each intent was said, and in how many conversations."""
    size = _size(groups)
    of_turn = group_of_customers(history, leaves, groups)
    is_in = of_turn >= 0
    spoken = np.bincount(of_turn[is_in], minlength=size)
    pairs = np.unique(np.stack([of_turn[is_in], history.talks[is_in]]), axis=1)
    return spoken.astype(np.int64), np.bincount(pairs[0], minlength=size).astype(np.int64)


def stacked(centroids: Sequence[npt.NDArray[np.float32]], dims: int) -> Vectors:
    """Return the rows as one array, also when there are none."""
    return np.stack(centroids) if centroids else np.zeros((0, dims), dtype=np.float32)


def middles(leaves: Sequence[Leaf], groups: Indices, counts: Sequence[int]) -> Vectors:
    """Return the middle of each intent: of its leaves, by how often they were said."""
    dims = len(leaves[0].centroid) if leaves else 0
    found = np.zeros((_size(groups), dims), dtype=np.float64)
    for leaf, group, count in zip(leaves, groups.tolist(), counts, strict=True):
        found[group] += leaf.centroid.astype(np.float64) * count
    return unit(found)


def _size(groups: Indices) -> int:
    return int(groups.max(initial=-1)) + 1


def _digest(name: str) -> bytes:
    return sha256(name.encode("utf-8", "surrogatepass")).digest()
