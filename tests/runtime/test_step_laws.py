"""Laws of the kernel: the cut of a log, a snapshot, a second delivery change no byte."""

from __future__ import annotations

import itertools
from random import Random

from hypothesis import given, settings, strategies as st

from streams.broker.memory import MemoryPartition
from streams.replay.driver import OfflineDriver, table_of
from streams.replay.exercise import CONTENTS, BareExercise, Exercise, draw
from streams.runtime.step import Output
from streams.stores.memory import MemoryStore
from tests.support.exercises import EPOCH_MS, kernel_over, put, stepped

processors = st.sampled_from([Exercise(), BareExercise()])
logs = st.tuples(st.integers(0, 2**32), st.integers(1, 40))
cuts = st.lists(st.integers(0, 40), max_size=8)


def drawn(seed: int, length: int):
    chance, partition = Random(seed), MemoryPartition()
    for number in range(length):
        now_ms = EPOCH_MS + number * chance.choice((1, 250))
        partition.append([draw(chance, now_ms, number)], now_ms)
        partition.skip(chance.choice((0, 0, 0, 2)))
    return partition.read()


def whole(log, processor):
    """Return table and outputs of a log taken in at once."""
    driver = OfflineDriver(processor, contents=CONTENTS, chunk_records_max=10_000)
    folded = driver.fold(0, log)
    return driver.table(0), folded.outputs, folded.marker


def parts(log, cut):
    edges = [0, *sorted({min(at, len(log)) for at in cut}), len(log)]
    return [log[a:b] for a, b in itertools.pairwise(edges) if a < b]


@given(logs, cuts, processors)
@settings(max_examples=60, deadline=None)
def test_any_cut_of_a_log_gives_the_same_bytes(drawing, cut, processor):
    log = drawn(*drawing)
    store = MemoryStore()
    outputs: dict[str, list[Output]] = {}
    kernel = kernel_over(store, processor)

    for part in parts(log, cut):
        flush = stepped(kernel, part)
        put(kernel, store, flush)
        for topic, found in flush.outputs.items():
            outputs.setdefault(topic, []).extend(found)

    table, expected, marker = whole(log, processor)
    assert table_of(store, 0) == table
    assert outputs == expected
    assert kernel.marker.next == marker.next
    assert kernel.marker.stream_time_ms == marker.stream_time_ms
    assert kernel.marker.upstreams == marker.upstreams
    assert kernel.marker.references == marker.references


@given(logs, cuts, processors)
@settings(max_examples=40, deadline=None)
def test_a_snapshot_anywhere_in_the_log_changes_nothing(drawing, cut, processor):
    log = drawn(*drawing)
    store = MemoryStore()

    for part in parts(log, cut):
        kernel = kernel_over(store, processor)  # nothing but what the store holds survives
        put(kernel, store, stepped(kernel, part))

    assert table_of(store, 0) == whole(log, processor)[0]


@given(logs, cuts, st.integers(0, 5), processors)
@settings(max_examples=40, deadline=None)
def test_a_second_delivery_of_anything_changes_nothing(drawing, cut, back, processor):
    log = drawn(*drawing)
    store = MemoryStore()
    kernel = kernel_over(store, processor)
    start = 0

    for part in parts(log, cut):
        end = start + len(part)
        flush = stepped(kernel, log[max(0, start - back) : end])
        put(kernel, store, flush)
        assert kernel.step(log[start:end]) is None
        start = end

    assert table_of(store, 0) == whole(log, processor)[0]


@given(logs)
@settings(max_examples=40, deadline=None)
def test_timers_in_memory_are_those_in_the_table(drawing):
    store = MemoryStore()
    kernel = kernel_over(store)
    put(kernel, store, stepped(kernel, drawn(*drawing)))

    again = kernel_over(store)

    assert again.timers._due == kernel.timers._due
