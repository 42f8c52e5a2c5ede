"""Mining: past conversations in, a library of intents out.

Pure and deterministic: the same turns in any order, with any number of threads, give the same
result, byte for byte. Nothing in the result is in force.

The way of a text: kept if it carries a wish (`intake`), taken by an intent that stands already
(`anchors`) or clustered with its like (`partition`). Clusters are the leaves of a merge tree
(`tree`), a cut of the tree makes intents of them, and `describing` says what they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from processors.intents.encoder import Encoder
from processors.intents.library import Intent, LibraryContent
from processors.miner.anchors import anchors_of, resting_on, taken_by
from processors.miner.clustering import nearest_centroid
from processors.miner.communities import renumbered
from processors.miner.comparison import compared
from processors.miner.describing import (
    Described,
    Describing,
    Leaf,
    counts_of,
    group_of_customers,
    middles,
    stacked,
)
from processors.miner.encoding import base_encoder
from processors.miner.grouping import grouped
from processors.miner.history import HistoryTurn
from processors.miner.intake import Heard, heard
from processors.miner.mined import Assigned, Change, Figures, Merge, Mined, MinedIntent, Options
from processors.miner.mixing import MixedEncoder
from processors.miner.neighbours import Indices
from processors.miner.partition import SAMPLE, Partition, Report, encode, partition
from processors.miner.tree import cut_at, cuts_of, group_cut_of, merge_tree


def mine(
    turns: Iterable[HistoryTurn],
    options: Options,
    *,
    library: LibraryContent | None = None,
    discarded: Sequence[Intent] = (),
    encoder: Encoder | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Mined:
    """Return the intents in a history.

    Args:
        turns: The history, in any order; turns without a number stand as they were said.
        options: How to mine.
        library: Its intents keep their ids; only what they do not take is mined.
        discarded: Intents that people did not want: what they take is left out, and no new intent
            arises where they are.
        encoder: A sentence encoder instead of the static table. Beside it stands what is fitted
            on this history; of many texts only samples are shown to it.
        progress: Is told the phase, what is done and the total.
    """
    report: Report = progress if progress is not None else _silent
    with threadpool_limits(limits=1):
        report("reading", 0, 1)
        history = heard(turns, takes_all=options.takes_all)
        is_compared = options.is_from_scratch and library is not None
        held = None if is_compared else library
        mining = _Mining(history, options, held, discarded, encoder, report)
        return mining.run(compared_with=library if is_compared else None)


def _silent(_phase: str, _done: int, _total: int) -> None:
    return


class _Mining:
    """One run; the steps share what was heard and the encoder."""

    def __init__(
        self,
        history: Heard,
        options: Options,
        library: LibraryContent | None,
        discarded: Sequence[Intent],
        given: Encoder | None,
        report: Report,
    ) -> None:
        self.heard, self.options, self.report = history, options, report
        self.library, self.given = library, given
        report("fitting", 0, 1)
        standing = [*(library.intents if library else ()), *discarded]
        examples = [text for intent in standing for text in intent.examples]
        # An encoder is fitted on what it is used for; a sample of that is enough.
        known = [*history.texts[:SAMPLE], *examples]
        self.encoder = base_encoder(known) if given is None else MixedEncoder(given, known)
        is_slow = given is not None and len(history.texts) > 2 * SAMPLE
        self.bulk = base_encoder(known) if is_slow else None
        self.anchors = anchors_of(library, discarded, self.encoder)
        # What decides where a text belongs when there are too many for a slow encoder.
        self.quick = self.bulk or self.encoder
        self.nearby = self.anchors.centroids
        if self.bulk is not None:
            self.nearby = anchors_of(library, discarded, self.bulk).centroids

    def run(self, compared_with: LibraryContent | None) -> Mined:
        """Return the result; with a library to compare with, what would become of it."""
        leaves, discarded = self._leaves()
        merges = self._tree(leaves)
        cuts = cuts_of(self.encoder.fingerprint)
        cut = cuts[self.options.granularity]
        groups = cut_at(merges, len(leaves), cut)
        kept, groups = self._large_enough(leaves, groups)
        small = sum(int(self.heard.counts[leaf.rows].sum()) for leaf in leaves) - sum(
            int(self.heard.counts[leaf.rows].sum()) for leaf in kept
        )
        if len(kept) < len(leaves):
            leaves, merges = kept, self._tree(kept)
        idle = self._idle(leaves)
        describing = Describing(self.heard, self.options, self.encoder, self.report)
        standing = compared_with.intents if compared_with else ()
        said = describing.described(leaves, groups, [*idle, *standing])
        gone: list[MinedIntent] = []
        if compared_with is not None:
            said, gone = self._compared(said, leaves, groups, compared_with)
        intents = self._intents(said.intents, leaves, groups, idle, merges) + gone
        return Mined(
            intents=tuple(intents),
            leaves=tuple(said.leaf_ids),
            merges=merges,
            cut=cut,
            cuts={str(name): distance for name, distance in cuts.items()},
            assigned=self._assigned(leaves, said, intents),
            figures=self._figures(leaves, discarded, small),
            encoder=self.encoder.fingerprint,
        )

    def _leaves(self) -> tuple[list[Leaf], int]:
        """Return the clusters, and how many turns went to discarded intents."""
        texts, counts = self.heard.texts, self.heard.counts
        self.report("matching", 0, 1)
        taken = taken_by(self.anchors, self.library, texts, self.given)
        anchor = taken.anchor.copy()
        rows = np.flatnonzero(anchor < 0)
        found = self._mined(rows)
        anchor[rows] = self._nearer_anchor(found, rows)
        leaves = [self._anchored(anchor, place) for place in range(self.anchors.published)]
        leaves = [leaf for leaf in leaves if len(leaf.rows)]
        discarded = int(counts[anchor >= self.anchors.published].sum())
        for leaf in _clusters(found, rows, anchor[rows] < 0):
            place = resting_on(
                self.anchors, leaf.centroid, taken.leaning[leaf.rows], self.encoder.fingerprint
            )
            if place >= self.anchors.published:
                discarded += int(counts[leaf.rows].sum())
            elif place >= 0:
                leaves.append(replace(leaf, anchor=self.anchors.intents[place]))
            else:
                leaves.append(leaf)
        return leaves, discarded

    def _mined(self, rows: Indices) -> Partition:
        """Return the clusters of what no anchor takes."""
        return partition(
            self._texts(rows),
            [self.heard.levels[row] for row in rows.tolist()],
            self.heard.counts[rows],
            self.encoder,
            self.report,
            self.bulk,
        )

    def _nearer_anchor(self, found: Partition, rows: Indices) -> Indices:
        """Return the anchor that is nearer to each text than its cluster; -1: none is."""
        none = np.full(len(rows), -1, dtype=np.int64)
        if not len(self.anchors) or not len(rows):
            return none
        vectors = encode(self._texts(rows), self.quick, _silent)
        nearest, cosines = nearest_centroid(vectors, self.nearby)
        return np.where(cosines > found.cosines, nearest, none)

    def _texts(self, rows: Indices) -> list[str]:
        return [self.heard.texts[row] for row in rows.tolist()]

    def _anchored(self, anchor: Indices, place: int) -> Leaf:
        """Return the cluster of what a published intent takes."""
        rows = np.flatnonzero(anchor == place)
        vectors = encode(self._texts(rows), self.quick, _silent)
        return Leaf(
            rows=rows,
            cosines=vectors @ self.nearby[place],
            centroid=self.anchors.centroids[place],
            anchor=self.anchors.intents[place],
        )

    def _tree(self, leaves: Sequence[Leaf]) -> tuple[Merge, ...]:
        owners = [leaf.anchor.intent_id if leaf.anchor else None for leaf in leaves]
        return merge_tree(stacked([leaf.centroid for leaf in leaves], self.encoder.dims), owners)

    def _large_enough(self, leaves: Sequence[Leaf], groups: Indices) -> tuple[list[Leaf], Indices]:
        """Return the leaves of intents that are large enough, and the number of each one's intent.

        Where every utterance is taken, small ones join the nearest intent instead.
        """
        _, conversations = counts_of(self.heard, leaves, groups)
        stands = conversations >= self.options.conversations_min
        for leaf, group in zip(leaves, groups.tolist(), strict=True):
            stands[group] |= leaf.anchor is not None
        is_kept = stands[groups] if len(groups) else np.zeros(0, dtype=bool)
        if self.options.takes_all and not is_kept.all():
            return list(leaves), _joined(leaves, groups, stands, self.heard)
        kept = [leaf for leaf, is_in in zip(leaves, is_kept.tolist(), strict=True) if is_in]
        return kept, renumbered(groups[is_kept])

    def _idle(self, leaves: Sequence[Leaf]) -> list[Intent]:
        """Return the published intents that nobody had."""
        busy = {leaf.anchor.intent_id for leaf in leaves if leaf.anchor}
        published = self.anchors.intents[: self.anchors.published]
        return [one for one in published if one.intent_id not in busy]

    def _compared(
        self, said: Described, leaves: Sequence[Leaf], groups: Indices, library: LibraryContent
    ) -> tuple[Described, list[MinedIntent]]:
        """Return the intents as what they are to a library, and what of it is gone."""
        counts = [int(self.heard.counts[leaf.rows].sum()) for leaf in leaves]
        found = compared(
            library,
            stacked([leaf.centroid for leaf in leaves], self.encoder.dims),
            groups,
            middles(leaves, groups, counts),
            self.encoder,
        )
        intents, ids = [], {}
        for one, fate in zip(said.intents, found.fates, strict=True):
            kept = fate.keeps
            ids[one.intent_id] = kept.intent_id if kept else one.intent_id
            intents.append(
                msgspec.structs.replace(
                    one,
                    intent_id=ids[one.intent_id],
                    change=fate.change,
                    name=kept.name if kept and fate.change == "known" else one.name,
                    from_ids=fate.sources,
                )
            )
        moved = Described(
            intents=intents,
            leaf_ids=said.leaf_ids,
            intent_ids=[ids[one] for one in said.intent_ids],
        )
        return moved, [_unheard(one, "retired") for one in found.retired]

    def _intents(
        self,
        found: Sequence[MinedIntent],
        leaves: Sequence[Leaf],
        groups: Indices,
        idle: Sequence[Intent],
        merges: Sequence[Merge],
    ) -> list[MinedIntent]:
        """Return the intents with those nobody had, each with nearest other one and group."""
        quiet = [_unheard(one, "known") for one in idle]
        counts = [int(self.heard.counts[leaf.rows].sum()) for leaf in leaves]
        place = {one.intent_id: at for at, one in enumerate(self.anchors.intents)}
        rows = [self.anchors.centroids[place[one.intent_id]] for one in idle]
        centres = stacked([*middles(leaves, groups, counts), *rows], self.encoder.dims)
        everything = [*found, *quiet]
        if len(everything) > 1:
            cosines = centres @ centres.T
            np.fill_diagonal(cosines, -2)
            nearest = cosines.argmax(axis=1).tolist()
            everything = [
                msgspec.structs.replace(
                    one,
                    nearest_id=everything[near].intent_id,
                    nearest_similarity=round(float(cosines[at, near]), 4),
                )
                for at, (one, near) in enumerate(zip(everything, nearest, strict=True))
            ]
        far = group_cut_of(self.encoder.fingerprint, self.options.granularity)
        branch = dict(zip(groups.tolist(), cut_at(merges, len(leaves), far).tolist(), strict=True))
        branches = [branch[number] for number in range(len(found))] + [-1] * len(quiet)
        everything = grouped(everything, branches, self.options.tenant, self.library, far)
        return sorted(everything, key=lambda one: (-one.count, one.intent_id))

    def _assigned(
        self, leaves: Sequence[Leaf], said: Described, intents: Sequence[MinedIntent]
    ) -> tuple[Assigned, ...]:
        """Return where each customer turn went."""
        numbers = group_of_customers(self.heard, leaves, np.arange(len(leaves))).tolist()
        turns = self.heard.turns
        # What has no word in it has no neighbour either: the largest intent is the likeliest.
        last: tuple[str | None, str | None] = (None, None)
        if self.options.takes_all and intents and intents[0].sub_intents:
            last = (intents[0].intent_id, intents[0].sub_intents[0].sub_id)
        found = []
        places, rows = self.heard.customers.tolist(), self.heard.rows.tolist()
        for place, row, leaf in zip(places, rows, numbers, strict=True):
            pair = (None, None) if row >= 0 else last
            if leaf >= 0:
                pair = (said.intent_ids[leaf], said.leaf_ids[leaf])
            found.append(Assigned(turns[place].turn_id, *pair))
        return tuple(found)

    def _figures(self, leaves: Sequence[Leaf], discarded: int, small: int) -> Figures:
        counts = self.heard.counts
        return Figures(
            turns=len(self.heard.turns),
            conversations=len(self.heard.conversations),
            customer_turns=len(self.heard.customers),
            bearing=int((self.heard.rows >= 0).sum()),
            distinct=len(self.heard.texts),
            clusters=len(leaves),
            anchored=sum(int(counts[leaf.rows].sum()) for leaf in leaves if leaf.anchor),
            discarded=discarded,
            small=small,
        )


def _unheard(intent: Intent, change: Change) -> MinedIntent:
    """Return a published intent that nobody had."""
    return MinedIntent(
        intent_id=intent.intent_id,
        change=change,
        name=intent.name,
        description=intent.description,
        count=0,
        conversations=0,
        from_ids=(intent.intent_id,),
    )


def _clusters(found: Partition, rows: Indices, is_free: npt.NDArray[Any]) -> list[Leaf]:
    """Return the clusters of a partition of some texts, without those that are not free."""
    order = np.argsort(found.labels, kind="stable")
    order = order[is_free[order]]
    starts = np.searchsorted(found.labels[order], np.arange(len(found.centroids)))
    return [
        Leaf(rows=rows[own], cosines=found.cosines[own], centroid=found.centroids[number])
        for number, own in enumerate(np.split(order, starts[1:]))
        if len(own)
    ]


def _joined(
    leaves: Sequence[Leaf], groups: Indices, stands: npt.NDArray[Any], history: Heard
) -> Indices:
    """Return the number of each leaf's intent after small intents joined the nearest other one."""
    if not stands.any():
        return groups
    counts = [int(history.counts[leaf.rows].sum()) for leaf in leaves]
    centres = middles(leaves, groups, counts)
    cosines = centres @ centres.T
    cosines[:, ~stands.astype(bool)] = -2
    target = np.where(stands, np.arange(len(centres)), cosines.argmax(axis=1))
    return renumbered(target[groups])
