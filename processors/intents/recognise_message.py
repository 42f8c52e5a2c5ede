"""A customer's message taken apart: its words, its sentences and the values in it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from typing import Final

from processors.intents.recognise_values import Value

NEAR_WORDS: Final = 3
"""How near a cue stands to its value, in words."""
FAR_WORDS: Final = 7
"""The same for the only value of its kind in the message."""
AFTER_WORDS: Final = 2
"""How far behind a value its cue may stand."""
VALUES_MAX: Final = 100
"""Values of a message that are looked at."""

WORD: Final = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
_SENTENCE: Final = re.compile(r"[^.!?\n]+(?:[.!?]+(?=\s|$)|\n|[.!?])?|[.!?]+")
_POLITE: Final = re.compile(
    r"\W*(?:\w+[,.]?\s+){0,2}?(?:(?:can|could|would|will) (?:you|i|we)|(?:how|what) about"
    r"|maybe)\b",
    re.IGNORECASE,
)
"""Questions that are requests: "can you make it 5 pm?"."""
PAUSE: Final = re.compile(r"[.!?;\n]\s|\n|, (?:and|but|which|my|the|i)\b", re.IGNORECASE)
"""Where what belongs together ends."""
CORRECTION: Final = re.compile(
    r"^\W*(?:no[,.]? (?:wait|sorry|it|its|it's|that|the|my|i|actually|not)\b|no, |sorry|actually"
    r"|wait|oops|correction|i meant|i mean\b|my mistake|my bad|pardon)"
    r"|\b(?:i meant|i mean|correction|should be|not \S+ but|instead of|now (?:it(?:'s| is)|is))\b"
    r"|[,.;-]\s*(?:no|sorry|wait|actually|oops)\b",
    re.IGNORECASE,
)
NEGATED: Final = re.compile(
    r"(?:\bnot|n't|\binstead of|\brather than|\bwrong)(?:\s(?:the|a|on|at|for|my|number))?\s$",
    re.IGNORECASE,
)
_QUESTION_START: Final = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|so|and|but|sorry|well|um+|hmm+|hi|hello|sure|wait)[,.]?\s+)?"
    r"(?:what|why|when|where|who|whom|which|how|whose|can|could|do|does|did|is|are|was|were|will"
    r"|would|should|may|shall|have|has|am)(?:'s|'re|n't)?\s"
    r"(?:(?:i|you|we|they|he|she|it|this|that|there|the|my|your|any|a|an|is|are|do|does|did|can"
    r"|will|would|should|kind|type|much|many|long|about|to)\b)",
    re.IGNORECASE,
)


class Message:
    """A message, its words and sentences and the values in it."""

    def __init__(self, text: str, values: tuple[Value, ...]) -> None:
        self.text = text
        self.words = [
            (found.start(), found.end(), found[0].lower()) for found in WORD.finditer(text)
        ]
        self.questions = [
            (found.start(), found.end())
            for found in _SENTENCE.finditer(text)
            if is_question(found[0])
        ]
        self.values = [
            one for one in values[:VALUES_MAX] if not NEGATED.search(text[: one.start][-24:])
        ]
        self._kinds = Counter(one.kind for one in self.values)
        self._starts = [start for start, _, _ in self.words]
        self._ends = [end for _, end, _ in self.words]
        self.is_correction = CORRECTION.search(text) is not None

    def is_asked_back(self, value: Value) -> bool:
        """Tell whether a value stands in a question that is more than the value itself."""
        for start, end in self.questions:
            if start <= value.start < end and not _POLITE.match(self.text, start, end):
                rest = self.text[start : value.start] + self.text[value.end : end]
                return len(WORD.findall(rest)) > 2
        return False

    def around(self, value: Value) -> tuple[list[str], list[str]]:
        """Return the words before and after a value that belong together with it."""
        first = bisect_left(self._ends, value.start + 1)
        before = [
            word
            for _, end, word in self.words[max(0, first - FAR_WORDS) : first]
            if not PAUSE.search(self.text, end, value.start)
        ]
        last = bisect_left(self._starts, value.end)
        after = [
            word
            for start, _, word in self.words[last : last + AFTER_WORDS]
            if not PAUSE.search(self.text, value.end, start)
        ]
        return before, after

    def near(self, value: Value) -> tuple[list[str], list[str]]:
        """Return the words near a value: the last three before and the next two.

        The only value of its kind takes cues from further before: "bought the blue one in March".
        """
        before, after = self.around(value)
        reach = FAR_WORDS if self._kinds[value.kind] == 1 else NEAR_WORDS
        return before[-reach:], after


def is_question(text: str) -> bool:
    """Tell whether a sentence asks something."""
    return "?" in text or _QUESTION_START.match(text[:120]) is not None


def stem(word: str) -> str:
    """Return a word without common endings: `purchased`, `purchases` and `purchase` are one."""
    for ending in ("ing", "ed", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word.removesuffix(ending)
            break
    return _IRREGULAR.get(word, word)


_IRREGULAR: Final = {
    "bought": "purchas",
    "buy": "purchas",
    "left": "leav",
    "paid": "pay",
    "payment": "pay",
    "departure": "depart",
    "departur": "depart",
    "arrival": "arriv",
    "delivery": "deliver",
    "deliveri": "deliver",
}


def overlaps(span: tuple[int, int], used: list[tuple[int, int]]) -> bool:
    """Tell whether a span shares a character with any of others."""
    return any(start < span[1] and span[0] < end for start, end in used)
