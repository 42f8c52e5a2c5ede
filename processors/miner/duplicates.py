"""What counts as the same text: exactly, after levelling case, digits and punctuation; or nearly.

Near duplicates are found by 64-bit SimHash (Charikar 2002) of words and pairs of words: texts that
share one of four 16-bit bands and differ in at most two bits. Everything is vectorised.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from hashlib import blake2b, sha256
from typing import Final

import numpy as np
import numpy.typing as npt

from processors.miner.neighbours import Indices

TEXT_MAX: Final = 2_000
"""Characters of a text that are looked at: its beginning."""

BITS_APART_MAX: Final = 2
_BANDS: Final = 4
_CHUNK_TEXTS: Final = 16_384
_WORDS_MAX: Final = 120
"""Words of a text that are hashed; votes for a bit are counted in one byte."""
_COMPARED_MAX: Final = 4
"""How many texts of a band, in order of their hashes, one text is held against."""

_ADDRESS: Final = re.compile(r"\S+@\S+\.\S+|https?://\S+|www\.\S+")
_DIGITS: Final = re.compile(r"\d+(?:[.,:/-]\d+)*")
_MARKS: Final = re.compile(r"[^\w\s@#%$€£+]+")

_SPECIAL: Final = re.compile(r"[^a-z !\"'(),./:;?\n-]|www\.|://")
_BLANKED: Final = str.maketrans(dict.fromkeys("!\"'(),./:;?\n-", " "))
"""Most texts hold nothing but letters and these; they are levelled quickly."""

Hashes = npt.NDArray[np.uint64]


def levelled(text: str) -> str:
    """Return the text as it is compared: lower case, numbers and addresses masked, no marks."""
    text = text[:TEXT_MAX]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = text.casefold()
    if not _SPECIAL.search(text):
        return " ".join(text.translate(_BLANKED).split())
    if "@" in text or "://" in text or "www." in text:
        text = _ADDRESS.sub("@", text)
    return " ".join(_MARKS.sub(" ", _DIGITS.sub("0", text)).split())


def digest(level: str) -> bytes:
    """Return what puts levelled texts into an order that follows from their content alone."""
    return sha256(level.encode("utf-8", "surrogatepass")).digest()


def near_duplicates(levels: Sequence[str]) -> Indices:
    """Return for each text the first text that it nearly repeats; itself when there is none.

    Args:
        levels: Levelled, distinct texts in canonical order.
    """
    hashes = _similarity_hashes(levels)
    leader = np.arange(len(levels), dtype=np.int64)
    for band in range(_BANDS):
        part = (hashes >> np.uint64(16 * band)) & np.uint64(0xFFFF)
        order = np.lexsort((np.arange(len(hashes)), hashes, part))
        for apart in range(1, _COMPARED_MAX + 1):
            left, right = order[:-apart], order[apart:]
            is_near = (part[left] == part[right]) & (
                np.bitwise_count(hashes[left] ^ hashes[right]) <= BITS_APART_MAX
            )
            _joined(leader, left[is_near], right[is_near])
    return leader


def _joined(leader: Indices, left: Indices, right: Indices) -> None:
    """Let every two texts have the earlier leader of both, until nothing changes."""
    while len(left):
        lower = np.minimum(leader[left], leader[right])
        upper = np.maximum(leader[left], leader[right])
        is_open = lower != upper
        if not is_open.any():
            return
        np.minimum.at(leader, upper[is_open], lower[is_open])
        np.minimum.at(leader, left[is_open], lower[is_open])
        np.minimum.at(leader, right[is_open], lower[is_open])
        leader[:] = leader[leader]


def _similarity_hashes(levels: Sequence[str]) -> Hashes:
    """Return a 64-bit hash a text; alike texts have alike hashes."""
    numbers: dict[str, int] = {}
    words = np.zeros(0, dtype=np.uint64)
    found = np.zeros(len(levels), dtype=np.uint64)
    for start in range(0, len(levels), _CHUNK_TEXTS):
        chunk = levels[start : start + _CHUNK_TEXTS]
        parts = [level.split()[:_WORDS_MAX] for level in chunk]
        fresh = []
        for part in parts:
            for word in part:
                if word not in numbers:
                    numbers[word] = len(numbers)
                    fresh.append(_word_hash(word))
        words = np.concatenate([words, np.array(fresh, dtype=np.uint64)])
        lengths = np.array([len(part) for part in parts])
        flat = words[[numbers[word] for part in parts for word in part]]
        found[start : start + len(parts)] = _summed(flat, lengths)
    return found


def _summed(words: Hashes, lengths: npt.NDArray[np.int64]) -> Hashes:
    """Return the hash of each text: the majority of its words' and pairs' hashes, bit by bit."""
    is_filled = lengths > 0
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])[is_filled]
    if not len(starts):
        return np.zeros(len(lengths), dtype=np.uint64)
    # A pair's hash is made of its words'; the last word of a text stands alone.
    follower = np.append(words[1:], np.uint64(0))
    ends = starts + lengths[is_filled] - 1
    pairs = (words * np.uint64(0x9E3779B97F4A7C15)) ^ (follower << np.uint64(1))
    pairs[ends] = words[ends]
    votes = np.zeros((len(starts), 64), dtype=np.uint8)
    for hashes in (words, pairs):
        bits = np.unpackbits(hashes.astype("<u8").view(np.uint8).reshape(-1, 8), axis=1)
        votes += np.add.reduceat(bits, starts, axis=0, dtype=np.uint8)
    # Words and pairs are as many, so half of all votes is the number of words.
    packed = np.packbits(votes > lengths[is_filled, None], axis=1).view("<u8").ravel()
    found = np.zeros(len(lengths), dtype=np.uint64)
    found[is_filled] = packed
    return found


def _word_hash(word: str) -> int:
    data = word.encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "little")
