"""The work every engine does in the comparison, and the bytes it does it on.

Standard library only: the peers import this module from environments of their own, so that all
Python engines run the same lines for the work itself. README.md defines the work in words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

KEYWORDS = ("refund", "invoice", "cancel", "broken", "password", "delivery", "upgrade", "contract")
"""What a turn's text is searched for; each keyword counts once a turn."""

TEXTS_KEPT = 5
SEED = 20_261
PARTITIONS = 4

FIRST_AT_MS = 1_760_000_000_000
TURN_EVERY_MS = 5
_TEXT_BYTES = 126
_TEXTS = 4_096
_PROSE = (
    "the order we talked about was meant for my sister and she has not seen anything of it yet "
    "please look at this once more because last week somebody told us it would be here on Monday "
    "thank you I will check that now could you tell me your number and the name on the account "
    "it says that there is a problem with my plan but nothing changed since spring what can I do"
)
_WORDS = _PROSE.split()
_KEYWORD_SHARE = 0.06


def hits(text: str) -> int:
    """Return how many of `KEYWORDS` occur in `text`, whatever their case."""
    lowered = text.lower()
    return sum([keyword in lowered for keyword in KEYWORDS])


@dataclass(frozen=True, slots=True)
class Turn:
    """One input record: its key, its JSON value and what an engine must make of it."""

    key: bytes
    value: bytes
    hits: int


@dataclass(frozen=True, slots=True)
class Work:
    """How much of it; equal values give equal bytes on every machine and Python.

    Attributes:
        turns: Input records, and so output records.
        conversations: Aggregates the turns spread over, evenly by chance.
    """

    turns: int = 200_000
    conversations: int = 10_000

    def inputs(self) -> Iterator[Turn]:
        """Yield the input records in order."""
        chance = Random(SEED).random
        texts = _texts(chance)
        for number in range(self.turns):
            conversation = f"conversation-{int(chance() * self.conversations):05d}"
            author = "customer" if chance() < 0.5 else "representative"
            text, found = texts[int(chance() * _TEXTS)]
            at_ms = FIRST_AT_MS + number * TURN_EVERY_MS
            value = (
                f'{{"conversation_id":"{conversation}","author":"{author}","text":"{text}",'
                f'"at_ms":{at_ms},"n":{number}}}'
            )
            yield Turn(conversation.encode(), value.encode(), found)

    def expected(self) -> dict[str, list[int]]:
        """Return, by conversation, the running sum of hits after each of its turns.

        Its length is the conversation's final count. The n-th output of a conversation must be
        `{"conversation_id": ..., "count": n, "hits": sums[n - 1]}`.
        """
        sums: dict[str, list[int]] = {}
        for turn in self.inputs():
            so_far = sums.setdefault(turn.key.decode(), [])
            so_far.append((so_far[-1] if so_far else 0) + turn.hits)
        return sums


def _texts(draw: Callable[[], float]) -> list[tuple[str, int]]:
    """Return the pool of texts with their hits; plain ASCII without quotes, so JSON as it is."""
    texts = []
    for _ in range(_TEXTS):
        words: list[str] = []
        length = 0
        while length < _TEXT_BYTES:
            pool = KEYWORDS if draw() < _KEYWORD_SHARE else _WORDS
            word = pool[int(draw() * len(pool))]
            words.append(word)
            length += len(word) + 1
        text = " ".join(words)[:_TEXT_BYTES].strip().capitalize() + "."
        texts.append((text, hits(text)))
    return texts
