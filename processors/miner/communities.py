"""Communities of a weighted graph by the Louvain method; ours, deterministic, on plain arrays.

Source: Blondel et al. 2008, with the queue of nodes to look at again of Traag et al. 2019 (a node
is visited again only when a neighbour moved away from its community). Nodes are visited in order
of their number and ties go to the lower community, so the same graph always gives the same answer.
Decision record 0008 says what it is worth.
"""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from typing import Final

import numpy as np

from processors.miner.neighbours import Graph, Indices

GAIN_MIN: Final = 1e-12
LEVELS_MAX: Final = 32


def communities(graph: Graph, resolution: float) -> Indices:
    """Return the community of each node, numbered from 0 in order of their first nodes.

    Args:
        graph: Of similarities.
        resolution: Above 1: more, smaller communities.
    """
    nodes = len(graph)
    whole = np.arange(nodes, dtype=np.int64)
    level, loops = graph, np.zeros(nodes)
    for _ in range(LEVELS_MAX):
        found = _moved(level, loops, resolution)
        count = int(found.max()) + 1 if len(found) else 0
        whole = found[whole]
        if count == len(level):
            break
        level, loops = _condensed(level, loops, found, count)
    return renumbered(whole)


def renumbered(labels: Indices) -> Indices:
    """Return the labels as 0, 1, 2... in the order in which they first occur."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return rank[inverse]


def _moved(graph: Graph, loops: np.ndarray, resolution: float) -> Indices:
    """Return communities after moving single nodes while modularity grows, numbered from 0."""
    nodes = len(graph)
    strength = _strengths(graph) + 2 * loops
    total = float(strength.sum())
    if total == 0:
        return np.arange(nodes, dtype=np.int64)
    scale = resolution / total
    bounds = graph.starts.tolist()
    targets, weights = graph.targets.tolist(), graph.weights.tolist()
    own = strength.tolist()
    sums = list(own)
    place = list(range(nodes))
    waiting, is_waiting = deque(range(nodes)), [True] * nodes
    spans = list(pairwise(bounds))
    while waiting:
        node = waiting.popleft()
        is_waiting[node] = False
        here = place[node]
        start, stop = spans[node]
        near = targets[start:stop]
        links: dict[int, float] = {}
        for target, weight in zip(near, weights[start:stop], strict=True):
            there = place[target]
            links[there] = links.get(there, 0.0) + weight
        mine = own[node]
        sums[here] -= mine
        push = scale * mine
        best, gain = here, links.get(here, 0.0) - push * sums[here] + GAIN_MIN
        for there, weight in links.items():
            value = weight - push * sums[there]
            if value > gain or (value == gain and there < best):
                best, gain = there, value
        sums[best] += mine
        if best == here:
            continue
        place[node] = best
        for target in near:
            if place[target] != best and not is_waiting[target]:
                is_waiting[target] = True
                waiting.append(target)
    return renumbered(np.array(place, dtype=np.int64))


def _strengths(graph: Graph) -> np.ndarray:
    owners = np.repeat(np.arange(len(graph)), np.diff(graph.starts))
    return np.bincount(owners, weights=graph.weights, minlength=len(graph))


def _condensed(
    graph: Graph, loops: np.ndarray, labels: Indices, count: int
) -> tuple[Graph, np.ndarray]:
    """Return the graph whose nodes are the communities, and the weight inside each."""
    owners = labels[np.repeat(np.arange(len(graph)), np.diff(graph.starts))]
    ends = labels[graph.targets]
    is_inner = owners == ends
    inner = np.bincount(owners[is_inner], weights=graph.weights[is_inner], minlength=count) / 2
    inner += np.bincount(labels, weights=loops, minlength=count)
    keys, places = np.unique(owners[~is_inner] * count + ends[~is_inner], return_inverse=True)
    weights = np.bincount(places, weights=graph.weights[~is_inner], minlength=len(keys))
    starts = np.searchsorted(keys // count, np.arange(count + 1)).astype(np.int64)
    return Graph(starts, keys % count, weights), inner
