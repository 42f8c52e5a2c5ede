"""Which topic a text triggers: phrases against words, with a score that can be explained.

A phrase that stands whole in the text scores 1 when it is the text, and 0.9 or more when it is a
part of it. Otherwise two shares count: 0.7 times how much of the phrase is in the text, and
0.3 times how much of the text is in the phrase. Words that say something count, stemmed,
so that "refunds" meets "refund"; the first is the mean of that and of all words as they stand. The
same text gives the same topic, always.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import msgspec

from processors.assist.words import words_of

TEXT_CHARS_MAX: Final = 1_000
"""A trigger is looked for in the beginning of a text, this long."""

STANDS_WHOLE: Final = 0.9
_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


class Match(msgspec.Struct, frozen=True):
    """A topic that a text fits."""

    score: float
    topic_id: str
    phrase: str


class Trigger(msgspec.Struct, frozen=True):
    """A topic and the phrases that trigger it."""

    topic_id: str
    phrases: tuple[str, ...]


def plain_words(text: str) -> tuple[str, ...]:
    """Return the words of a text, without case and punctuation."""
    lowered = text.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return tuple(_WORD.findall(lowered))


def best(text: str, triggers: Iterable[Trigger], threshold: float) -> Match | None:
    """Return the topic that fits best; of equals the first by id; None below the threshold."""
    matches = ranked(text, triggers)
    return matches[0] if matches and matches[0].score >= threshold else None


def ranked(text: str, triggers: Iterable[Trigger]) -> list[Match]:
    """Return every topic that shares a word with the text, the best first."""
    words = plain_words(text[:TEXT_CHARS_MAX])
    stems = _stems(words)
    found: list[Match] = []
    for trigger in triggers:
        scored = [(score_of(words, stems, phrase), phrase) for phrase in trigger.phrases]
        if scored:
            score, phrase = max(scored, key=lambda pair: (pair[0], -len(pair[1]), pair[1]))
            if score > 0:
                found.append(Match(score, trigger.topic_id, phrase))
    return sorted(found, key=lambda match: (-match.score, match.topic_id))


def score_of(words: tuple[str, ...], stems: frozenset[str], phrase: str) -> float:
    """Return how well a phrase fits a text, 0 to 1, in thousandths."""
    asked = _phrase(phrase)
    if not asked.words:
        return 0.0
    if asked.words == words:
        return 1.0
    if _stands_in(asked.words, words):
        return round(STANDS_WHOLE + 0.1 * len(asked.words) / (len(words) + 1), 3)
    shared = len(asked.stems & stems)
    if not shared:
        return 0.0
    as_they_stand = frozenset(asked.words)
    found = (shared / len(asked.stems) + len(as_they_stand & set(words)) / len(as_they_stand)) / 2
    score = 0.7 * found + 0.3 * shared / len(stems)
    return round(min(score, STANDS_WHOLE - 0.01), 3)


def stands_in(phrase: str, text: str) -> bool:
    """Return whether a phrase stands whole in a text."""
    return _stands_in(plain_words(phrase), plain_words(text[:TEXT_CHARS_MAX]))


class _Phrase(msgspec.Struct, frozen=True):
    words: tuple[str, ...]
    stems: frozenset[str]


@lru_cache(maxsize=8_192)
def _phrase(phrase: str) -> _Phrase:
    words = plain_words(phrase)
    return _Phrase(words, _stems(words))


def _stems(words: tuple[str, ...]) -> frozenset[str]:
    """Return the stems that say something; of a text that has none, its words."""
    found = frozenset(stem for stem, _ in words_of(" ".join(words)))
    return found or frozenset(words)


def _stands_in(phrase: tuple[str, ...], words: tuple[str, ...]) -> bool:
    length = len(phrase)
    if not length or length > len(words):
        return False
    return any(words[at : at + length] == phrase for at in range(len(words) - length + 1))
