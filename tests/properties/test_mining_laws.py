"""The same history gives the same bytes: in any order, with any threads, in any process."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from processors.intents.encoder import Vectors
from processors.intents.library import Intent, LibraryContent
from processors.miner.communities import communities
from processors.miner.duplicates import levelled, near_duplicates
from processors.miner.encoding import base_encoder
from processors.miner.history import HistoryTurn
from processors.miner.mined import Mined, Options
from processors.miner.mining import mine
from processors.miner.neighbours import Graph, graph_of, nearest, unit
from processors.miner.partition import partition
from processors.miner.tree import APART, cut_at, merge_tree
from tests.rules.wishes import conversations, said, utterances, wishes

ROOT = Path(__file__).parents[2]
BARE = Options(takes_all=True)
DIGEST = """
import hashlib
import msgspec
from processors.miner.mined import Options
from processors.miner.mining import mine
from tests.rules.wishes import conversations, utterances
both = (mine(utterances(), Options(takes_all=True)), mine(conversations(), Options()))
print(hashlib.sha256(b"".join(msgspec.json.encode(one) for one in both)).hexdigest())
"""


def without_order(mined: Mined) -> Mined:
    return msgspec.structs.replace(
        mined, assigned=tuple(sorted(mined.assigned, key=lambda one: one.turn_id))
    )


@settings(max_examples=6, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_bare_utterances_does_not_matter(chance: random.Random):
    turns = utterances()
    expected = without_order(mine(turns, BARE))
    chance.shuffle(turns)
    assert msgspec.json.encode(without_order(mine(turns, BARE))) == msgspec.json.encode(expected)


@settings(max_examples=4, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_numbered_turns_of_conversations_does_not_matter(chance: random.Random):
    turns = conversations("cancel", "invoice", "delivery", "address")
    expected = without_order(mine(turns, Options()))
    chance.shuffle(turns)
    found = without_order(mine(turns, Options()))
    assert msgspec.json.encode(found) == msgspec.json.encode(expected)


def test_threads_and_hash_seeds_do_not_matter():
    digests = set()
    for seed, threads in (("0", "1"), ("4711", "2")):
        environ = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONHASHSEED": seed,
            "OMP_NUM_THREADS": threads,
            "OPENBLAS_NUM_THREADS": threads,
        }
        done = subprocess.run(
            [sys.executable, "-c", DIGEST], env=environ, capture_output=True, text=True, check=True
        )
        digests.add(done.stdout.strip())
    here = (mine(utterances(), BARE), mine(conversations(), Options()))
    encoded = b"".join(msgspec.json.encode(one) for one in here)
    assert digests == {hashlib.sha256(encoded).hexdigest()}


def test_repeating_what_was_said_changes_counts_only():
    turns = utterances()
    again = [HistoryTurn(f"z-{one.turn_id}", one.text.upper()) for one in turns]
    once, twice = mine(turns, BARE), mine([*turns, *again], BARE)
    assert [one.intent_id for one in twice.intents] == [one.intent_id for one in once.intents]
    assert [one.count for one in twice.intents] == [2 * one.count for one in once.intents]
    assert [one.examples for one in twice.intents] == [one.examples for one in once.intents]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.builds(
            HistoryTurn,
            turn_id=st.text(max_size=3),
            text=st.text(max_size=40)
            | st.sampled_from([text for text, _ in wishes("cancel", "invoice")]),
            role=st.sampled_from(["customer", "representative", "bot", "system"]),
            conversation_id=st.none() | st.sampled_from(["a", "b", "c"]),
            number=st.integers(0, 3),
        ),
        max_size=30,
    ),
    st.booleans(),
    st.sampled_from(["low", "medium", "high"]),
)
def test_any_history_can_be_mined(turns, takes_all, granularity):
    options = Options(takes_all=takes_all, granularity=granularity, conversations_min=2)
    mined = mine(turns, options)
    ids = {one.intent_id for one in mined.intents}
    subs = [sub.sub_id for one in mined.intents for sub in one.sub_intents]
    assert len(ids) == len(mined.intents)
    assert sorted(subs) == sorted(mined.leaves)
    assert len(mined.merges) == max(len(subs) - 1, 0)
    for one in mined.assigned:
        assert (one.intent_id is None) == (one.sub_id is None)
        assert one.intent_id is None or one.intent_id in ids
    names = [one.name.casefold() for one in mined.intents]
    assert len(set(names)) == len(names)


@settings(max_examples=7, deadline=None)
@given(
    st.lists(st.sampled_from(utterances()), max_size=25),
    st.lists(st.text(max_size=20), max_size=8),
    st.sets(st.sampled_from(["cancel", "invoice", "delivery", "warranty"]), min_size=1),
    st.booleans(),
)
def test_no_published_intent_is_ever_lost(turns, odd, names, takes_all):
    library = LibraryContent(
        intents=tuple(Intent(name, name, examples=tuple(said(name)[:6])) for name in sorted(names))
    )
    history = [*turns, *(HistoryTurn(f"odd-{at}", text) for at, text in enumerate(odd))]
    mined = mine(history, Options(takes_all=takes_all), library=library)
    ids = [one.intent_id for one in mined.intents]
    assert len(set(ids)) == len(ids)
    assert names <= set(ids)
    assert {one.intent_id for one in mined.assigned} - {None} <= set(ids)


def many(count: int) -> list[str]:
    """Return different texts around the wishes, more than are clustered at once."""
    chance = random.Random(5)
    texts = [text for text, _ in wishes()]
    words = sorted({word for text in texts for word in text.split()})
    made = dict.fromkeys(texts)
    while len(made) < count:
        text = chance.choice(texts)
        made[f"{text} {chance.choice(words)} {chance.choice(words)}"] = None
    return sorted(made)


def test_batches_do_not_change_vectors():
    texts = [text for text, _ in wishes()]
    encoder = base_encoder(texts)
    whole = encoder.encode(texts)
    parts = [encoder.encode(texts[start : start + 7]) for start in range(0, len(texts), 7)]
    assert whole.tobytes() == np.concatenate(parts).tobytes()


def test_more_texts_than_are_clustered_at_once_still_fall_into_wishes(monkeypatch):
    monkeypatch.setattr("processors.miner.partition.SAMPLE", 300)
    monkeypatch.setattr("processors.miner.partition.NEAR_DUPLICATES_FROM", 500)
    texts = many(1_500)
    levels = [levelled(text) for text in texts]
    encoder = base_encoder(texts[:300])
    counts = np.ones(len(texts), dtype=np.int64)
    found = partition(texts, levels, counts, encoder, lambda *_: None)
    assert len(found.labels) == len(texts)
    assert set(found.labels.tolist()) == set(range(len(found.centroids)))
    marks = ("subscription", "invoice", "warranty", "parcel", "password")
    pure = 0
    for label in range(len(found.centroids)):
        inside = [
            text for text, own in zip(texts, found.labels.tolist(), strict=True) if own == label
        ]
        pure += max(sum(mark in text for text in inside) for mark in marks)
    assert pure >= 0.5 * len(texts)


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 60), st.integers(1, 12), st.integers(0, 1_000))
def test_neighbours_are_the_nearest_of_all(rows, count, seed):
    vectors = unit(np.random.default_rng(seed).normal(size=(rows, 5)))
    indices, cosines = nearest(vectors, count)
    every = vectors @ vectors.T
    np.fill_diagonal(every, -2)
    best = -np.sort(-every, axis=1)[:, : indices.shape[1]]
    assert np.allclose(cosines, best, atol=1e-6)
    assert all(row not in found for row, found in enumerate(indices.tolist()))


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 40), st.integers(0, 1_000), st.floats(0.5, 8))
def test_communities_are_never_worse_than_everyone_alone(nodes, seed, resolution):
    vectors = unit(np.random.default_rng(seed).normal(size=(nodes, 4)))
    graph = graph_of(*nearest(vectors, 4))
    labels = communities(graph, resolution)
    assert labels.tolist() == communities(graph, resolution).tolist()
    alone = np.arange(nodes)
    assert quality(graph, labels, resolution) >= quality(graph, alone, resolution) - 1e-9


def quality(graph: Graph, labels: np.ndarray, resolution: float) -> float:
    """Return the modularity (Reichardt and Bornholdt 2006), over the edges one by one."""
    total = float(graph.weights.sum())
    if not total:
        return 0.0
    strength = np.zeros(len(graph))
    inside = 0.0
    for node, (start, stop) in enumerate(pairwise(graph.starts.tolist())):
        for target, weight in zip(
            graph.targets[start:stop].tolist(), graph.weights[start:stop].tolist(), strict=True
        ):
            strength[node] += weight
            inside += weight * (labels[node] == labels[target])
    sums = np.bincount(labels, weights=strength)
    return inside / total - resolution * float((sums / total) @ (sums / total))


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 30), st.integers(0, 1_000), st.floats(0.05, 1))
def test_a_lower_cut_only_divides(leaves, seed, distance):
    vectors = unit(np.random.default_rng(seed).normal(size=(leaves, 3)))
    merges = merge_tree(vectors, [None] * leaves)
    high, low = cut_at(merges, leaves, distance), cut_at(merges, leaves, distance / 2)
    pairs = set(zip(low.tolist(), high.tolist(), strict=True))
    assert len(pairs) == len({part for part, _ in pairs})
    assert all(one.distance <= two.distance + 1e-9 for one, two in pairwise(merges))


def test_no_cut_joins_what_is_published():
    vectors = unit(np.ones((6, 3), dtype=np.float32))
    merges = merge_tree(vectors, ["a", "a", "b", None, None, "b"])
    groups = cut_at(merges, 6, 1.0).tolist()
    assert groups == [0, 0, 1, 2, 2, 1]
    assert cut_at(merges, 6, APART).tolist() == [0] * 6


def test_near_duplicates_follow_their_first_text():
    texts = [levelled(text) for text in (*said("cancel"), *said("warranty"))]
    leaders = near_duplicates(texts)
    assert all(leader <= at for at, leader in enumerate(leaders.tolist()))
    assert all(leaders[leader] == leader for leader in leaders.tolist())


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("  Where IS my order?! ", "where is my order"),
        ("order 12345", "order 0"),
        ("paid 1,299.50 on 2024-05-01", "paid 0 on 0"),
        ("write to Mia.K@example.com", "write to @"),
        ("\uff26\uff35\uff2c\uff2c width", "full width"),
        ("", ""),
        ("?!", ""),
    ],
)
def test_texts_are_levelled(text, level):
    assert levelled(text) == level


class Slow:
    """A sentence encoder as it comes from outside; notes what it was shown."""

    fingerprint = "onnx-0123456789abcdef"
    dims = 64

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return the sum of a pseudo-random vector for each word."""
        self.seen.update(texts)
        found = np.zeros((len(texts), self.dims), np.float32)
        for row, text in enumerate(texts):
            for word in text.split():
                digest = hashlib.shake_128(word.encode()).digest(self.dims)
                found[row] += np.frombuffer(digest, np.uint8).astype(np.float32) - 127.5
        return unit(found)


def test_another_encoder_can_be_given_and_is_named():
    mined = mine(utterances(), BARE, encoder=Slow())
    assert mined.encoder.startswith(Slow.fingerprint)
    inside: dict[str | None, set[str]] = {}
    for one in mined.assigned:
        inside.setdefault(one.sub_id, set()).add(one.turn_id.partition("-")[0])
    assert len(inside) >= 7
    assert sum(len(wishes) == 1 for wishes in inside.values()) >= 0.5 * len(inside)


def test_of_many_texts_a_slow_encoder_sees_a_part_only(monkeypatch):
    monkeypatch.setattr("processors.miner.partition.SAMPLE", 200)
    monkeypatch.setattr("processors.miner.mining.SAMPLE", 200)
    monkeypatch.setattr("processors.miner.typical.LOOKED_AT_MAX", 30)
    texts = many(3_000)
    slow = Slow()
    mined = mine([HistoryTurn(f"t-{text}", text) for text in texts], BARE, encoder=slow)
    assert all(one.intent_id for one in mined.assigned)
    assert 400 <= len(slow.seen) < 0.7 * len(texts)
