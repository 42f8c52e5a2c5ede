"""What representatives answer to an intent: statements, those alike taken together.

Questions are left to the attributes; greetings, thanks and "one moment please" are left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster, linkage

from processors.intents.library import PastReply
from processors.intents.recognise_message import stem
from processors.intents.recognise_values import recognise
from processors.intents.redaction import redacted
from processors.miner.attributes import DIALOGUES_MAX
from processors.miner.attributes_asked import Dialogue
from processors.miner.questions import asks_something, sentences

REPLIES_MAX: Final = 10
DISTINCT_MAX: Final = 800
DISTANCE_MAX: Final = 0.55
WORDS_MIN: Final = 4
WORDS_MAX: Final = 60

_PLEASANTRY: Final = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|sure|great|alright|perfect|yes|and|so)\b\W*)*"
    r"(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|welcome|thanks?|thank you|thankyou"
    r"|you(?:'re| are) (?:very |most )?welcome|have a|bye|goodbye|take care|my pleasure"
    r"|it was a pleas"
    r"|(?:certainly|absolutely|got it|no problem|of course)?\W*$|(?:please )?(?:confirm|verify)"
    r"|(?:please )?(?:hold|wait|bear|give me|allow me|one moment|just a|a moment|let me)"
    r"|i(?:'d| would| will|'ll|'m| am)? (?:be )?(?:happy|glad|sorry|apolog)\w*"
    r"(?: to (?:help|assist).*)?\W*$"
    r"|(?:is there )?anything else|(?:how|what) (?:can|may) i|this is \w+|my name is|enjoy|nice)",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|<[\w ]+>")


def replies_of(
    dialogues: Sequence[Dialogue], *, replies_max: int = REPLIES_MAX
) -> tuple[PastReply, ...]:
    """Return what was answered, most frequent first, values replaced by their kinds.

    A reply that only one conversation has is kept only when there are no others. The order of the
    dialogues does not matter.
    """
    step = max(1, -(-len(dialogues) // DIALOGUES_MAX))
    said: Counter[str] = Counter()
    for turns, start in dialogues[::step]:
        own = [
            statement
            for turn in turns[max(start, 0) + 1 :]
            if turn.role == "representative"
            for statement in [_statement(turn.text)]
            if statement
        ]
        said.update(list(dict.fromkeys(own)))
    texts = sorted(said, key=lambda text: (-said[text], text))[:DISTINCT_MAX]
    found = [_reply([texts[place] for place in group], said) for group in _groups(texts)]
    found.sort(key=lambda reply: (-reply.count, reply.text))
    repeated = [reply for reply in found if reply.count > 1]
    return tuple((repeated or found)[:replies_max])


def _statement(text: str) -> str:
    """Return what a turn states, without questions and pleasantries; empty when nothing."""
    kept = [
        sentence
        for sentence in sentences(text)
        if not asks_something(sentence) and "?" not in sentence and not _PLEASANTRY.match(sentence)
    ]
    words = sum(len(sentence.split()) for sentence in kept)
    if not WORDS_MIN <= words <= WORDS_MAX:
        return ""
    return _blanked(" ".join(kept))


_BLANKS: Final = {
    "date": "<date>",
    "time": "<time>",
    "money": "<amount>",
    "proper_noun": "<name>",
    "error_code": "<error code>",
}


def _blanked(text: str) -> str:
    """Return a statement without the values of one conversation."""
    parts: list[str] = []
    end = 0
    text = " ".join(redacted(text).split())
    for value in recognise(text):
        is_number = value.kind == "number" and value.text[0].isdigit()
        blank = "<number>" if is_number else _BLANKS.get(value.kind, "")
        if blank and text[max(0, value.start - 1) : value.start] != "<":
            parts += [text[end : value.start], blank]
            end = value.end
    return "".join([*parts, text[end:]])


def _groups(texts: list[str]) -> Iterator[list[int]]:
    """Yield the places of texts that say the same, most frequent first within a group."""
    if not texts:
        return
    labels = _labels(texts)
    groups: dict[int, list[int]] = {}
    for place, label in enumerate(labels):
        groups.setdefault(label, []).append(place)
    yield from groups.values()


def _labels(texts: list[str]) -> list[int]:
    if len(texts) == 1:
        return [0]
    words = [
        list(dict.fromkeys(stem(word.lower()) for word in _WORD.findall(text))) for text in texts
    ]
    frequency = Counter(word for each in words for word in each)
    place = {word: number for number, word in enumerate(sorted(frequency))}
    matrix = np.zeros((len(texts), max(len(place), 1)))
    for row, each in enumerate(words):
        for word in each:
            matrix[row, place[word]] = np.log(1.0 + len(texts) / frequency[word])
    lengths = np.sqrt((matrix * matrix).sum(axis=1, keepdims=True))
    matrix /= np.where(lengths > 0, lengths, 1.0)
    distances = np.round(1.0 - np.clip(matrix @ matrix.T, -1.0, 1.0), 9)
    tree = linkage(distances[np.triu_indices(len(texts), k=1)], method="average")
    labels: npt.NDArray[np.int64] = fcluster(tree, DISTANCE_MAX, criterion="distance")
    return [int(label) for label in labels]


def _reply(texts: list[str], said: Counter[str]) -> PastReply:
    """Return the text nearest to the others of a group, and how often any of them was said."""
    words = {text: frozenset(stem(word.lower()) for word in _WORD.findall(text)) for text in texts}

    def shared(text: str) -> float:
        return sum(
            said[other] * len(words[text] & words[other]) / max(len(words[text] | words[other]), 1)
            for other in texts
        )

    best = min(texts, key=lambda text: (-round(shared(text), 9), len(text), text))
    return PastReply(text=best, count=sum(said[text] for text in texts))
