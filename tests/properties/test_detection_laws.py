"""A message is detected the same whatever stands beside it, and wherever it is computed."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from processors.intents.features import Lexical
from processors.intents.library import LibraryContent
from processors.intents.loading import Library, highest, load_library
from processors.intents.model import decoded
from processors.intents.table import static_table
from processors.intents.vectors import UNIT, Vectoriser
from tests.rules.trades import BANK, NOT_KNOWN, SHOP, bank_and_shop

ROOT = Path(__file__).parents[2]
SAID = [*NOT_KNOWN, *(text for said in (BANK | SHOP).values() for text in said)]
MESSAGES = st.lists(
    st.one_of(
        st.sampled_from(SAID),
        st.text(max_size=60),
        st.lists(st.sampled_from(" ".join(SAID).split()), max_size=30).map(" ".join),
    ),
    max_size=40,
)


def lexical() -> Lexical:
    return Lexical(decoded(bank_and_shop().content.model).lexical)


def digest_of(library: Library, texts: list[str]) -> str:
    return sha256(msgspec.json.encode(library.detect(texts))).hexdigest()


@settings(max_examples=60, deadline=None)
@given(MESSAGES, st.lists(st.integers(1, 7), min_size=1, max_size=5))
def test_any_split_into_batches_gives_the_same(texts, sizes):
    library = bank_and_shop()
    whole = library.detect(texts)
    parts, at, turn = [], 0, 0
    while at < len(texts):
        size = sizes[turn % len(sizes)]
        parts += library.detect(texts[at : at + size])
        at, turn = at + size, turn + 1
    assert parts == whole


@settings(max_examples=40, deadline=None)
@given(MESSAGES, st.randoms(use_true_random=False))
def test_any_order_gives_the_same(texts, chance):
    order = list(range(len(texts)))
    chance.shuffle(order)
    found = bank_and_shop().detect([texts[place] for place in order])
    whole = bank_and_shop().detect(texts)
    assert found == [whole[place] for place in order]


@settings(max_examples=40, deadline=None)
@given(MESSAGES)
def test_what_was_read_before_changes_nothing(texts):
    fresh = Vectoriser(static_table(), lexical(), slots_max=1)
    used = Vectoriser(static_table(), lexical())
    used.vectors(SAID)
    one_by_one = [fresh.vectors([text])[0] for text in texts]
    together = used.vectors(texts)
    assert np.array_equal(np.array(one_by_one).reshape(together.shape), together)


@settings(max_examples=40, deadline=None)
@given(MESSAGES)
def test_vectors_are_whole_numbers_of_one_length(texts):
    vectoriser = Vectoriser(static_table(), lexical())
    found = vectoriser.vectors(texts)
    assert np.array_equal(found, np.rint(found))
    for part in (found[:, : vectoriser.static_dims], found[:, vectoriser.static_dims :]):
        lengths = np.sqrt((part * part).sum(axis=1))
        assert all(length == 0 or abs(length - UNIT) < UNIT / 100 for length in lengths)


@settings(max_examples=100)
@given(
    st.lists(st.lists(st.integers(-4, 4), min_size=9, max_size=9), min_size=1, max_size=6),
    st.integers(1, 3),
)
def test_the_highest_are_those_of_a_stable_sort(rows, count):
    values = np.array(rows, float)
    assert np.array_equal(
        highest(values, count), np.argsort(-values, axis=1, kind="stable")[:, :count]
    )


def test_threads_that_share_a_library_get_what_one_gets():
    content = msgspec.json.encode(bank_and_shop().content)
    texts = [f"{text} {number}" for number in range(20) for text in SAID]
    wanted = digest_of(load_library(content), texts)
    shared = load_library(content)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: digest_of(shared, texts), range(16)))
    assert set(found) == {wanted}


PROGRAM = """
import msgspec
from hashlib import sha256
from processors.intents.loading import load_library
from processors.miner.training import train
from tests.rules.trades import BANK, GROUPS, NOT_KNOWN, SHOP, content_of
trained = train(content_of(BANK | SHOP, GROUPS)).content
found = load_library(msgspec.json.encode(trained)).detect(NOT_KNOWN)
print(sha256(trained.model).hexdigest(), sha256(msgspec.json.encode(found)).hexdigest())
"""


def run(program: str, **environ: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environ},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_processes_with_other_hash_seeds_and_threads_train_and_detect_the_same():
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    first = run(PROGRAM, PYTHONHASHSEED="1", **dict.fromkeys(threads, "1"))
    second = run(PROGRAM, PYTHONHASHSEED="2", **dict.fromkeys(threads, "2"))
    assert first == second


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("processors.intents.loading", ("sklearn", "scipy", "onnxruntime", "processors.miner")),
        ("processors.reference", ("sklearn", "onnxruntime", "processors.miner")),
    ],
)
def test_detection_needs_no_library_but_numpy(module, absent):
    program = (
        f"import sys, {module}\n"
        "from processors.intents.table import static_table\nstatic_table()\n"
        f"print([one for one in {absent!r} if one in sys.modules])"
    )
    assert run(program).strip() == "[]"


@pytest.mark.parametrize("count", [0, 1, 1_024, 1_025])
def test_chunks_join_without_a_seam(count):
    texts = [SAID[number % len(SAID)] for number in range(count)]
    found = bank_and_shop().detect(texts)
    assert len(found) == count
    known = dict(zip(SAID, bank_and_shop().detect(SAID), strict=True))
    assert found == [known[text] for text in texts]


def test_a_library_that_was_loaded_again_detects_the_same():
    content = msgspec.json.encode(bank_and_shop().content)
    again = msgspec.json.encode(msgspec.json.decode(content, type=LibraryContent))
    assert again == content
    assert load_library(again).detect(SAID) == bank_and_shop().detect(SAID)
