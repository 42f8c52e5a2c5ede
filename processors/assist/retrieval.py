"""Which articles fit a conversation, and how sure we are.

Two steps. BM25 (bm25s) picks the candidates: the articles with the highest score for all words of
the window. Then each candidate gets a confidence between 0 and 1 from three things a person would
look at too:

- *evidence*: the three words of the conversation that speak most for the article. A word's weight
  is its BM25 impact in the article over the highest inverse document frequency of the base (so it
  does not grow with the base), times how recently and by whom it was said;
- *coverage*: the largest share of one customer message, weighted by inverse document frequency,
  that the article explains;
- *phrase*: whether a keyword of several words ("late delivery") was said as such.

The confidence is the logistic function of their weighted sum (Platt scaling), with weights fitted
on labelled conversations: of what is shown with a score around 0.7 about seven in ten fit, above
0.8 nine in ten or more.
Decision record 0004 has the data, the figures and how to get them again.

Everything is a pure function of articles and messages: ties go to the earlier article, and no
result depends on hash order, threads or what was asked before.

Source:
    Robertson, Zaragoza: The Probabilistic Relevance Framework: BM25 and Beyond, 2009.
    Platt: Probabilistic Outputs for Support Vector Machines, 1999.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import bm25s
import msgspec
import numpy as np

from processors.assist import words
from processors.conversation.transcript import Utterance

INDEX_VERSION: Final = f"bm25s-{bm25s.__version__}/{words.VERSION}/1"
"""Names everything a result depends on besides articles and messages; raise the last number when
a constant below or a rule in here changes."""

CANDIDATES_MAX: Final = 10
KEY_PHRASES_MAX: Final = 3
SCORE_DIGITS: Final = 4

TITLE_WEIGHT: Final = 3
KEYWORD_WEIGHT: Final = 2
K1: Final = 1.2
B: Final = 0.75

FADING: Final = 0.9
"""Each newer message makes the words of the older ones count this much less."""
OTHERS_SHARE: Final = 0.5
"""What a word counts that only the representative or the bot said."""
STRONGEST: Final = 3
UNKNOWN_RARITY: Final = 0.6
"""Rarity (0 to 1) assumed of a customer's word that no article has."""

W_EVIDENCE: Final = 5.2
W_COVERAGE: Final = 3.4
W_PHRASE: Final = 1.9
BIAS: Final = -6.9


class Document(msgspec.Struct, frozen=True):
    """What of an article is matched."""

    title: str
    keywords: tuple[str, ...]
    body: str


class Grounds(msgspec.Struct, frozen=True):
    """What speaks for one candidate.

    Attributes:
        document: Its position in the index.
        evidence: Sum of the three strongest words, each at most 1.
        coverage: Share of one customer message that the document explains, 0 to 1.
        phrase: Rarity of the keyword of several words that was said as such, 0 to 1; 0 for none.
        key_phrases: What of the conversation speaks for it, strongest first.
    """

    document: int
    evidence: float
    coverage: float
    phrase: float
    key_phrases: tuple[str, ...]


class Match(msgspec.Struct, frozen=True):
    """One candidate, judged.

    Attributes:
        document: Its position in the index.
        score: Confidence from 0 to 1, rounded to four digits.
        key_phrases: What of the conversation speaks for it, strongest first.
    """

    document: int
    score: float
    key_phrases: tuple[str, ...]


class Index:
    """An immutable index over documents."""

    def __init__(self, documents: Sequence[Document]) -> None:
        stems = [stems_of(document) for document in documents]
        vocabulary = sorted({stem for of_document in stems for stem in of_document})
        self._ids = {stem: number for number, stem in enumerate(vocabulary)}
        self._count = len(documents)
        self._impacts: list[dict[str, float]] = [{} for _ in documents]
        self._phrases = [_phrases_of(document.keywords) for document in documents]
        self._rarity: dict[str, float] = {}
        self._bm25: Any = None
        if vocabulary:
            self._build(stems, vocabulary)

    def search(self, messages: Sequence[Utterance]) -> tuple[Match, ...]:
        """Return at most ten candidates, best first; empty when no word is shared.

        Args:
            messages: The window, oldest first.
        """
        matches = [
            Match(found.document, confidence(found), found.key_phrases)
            for found in self.grounds(messages)
        ]
        matches.sort(key=lambda match: (-match.score, match.document))
        return tuple(matches)

    def grounds(self, messages: Sequence[Utterance]) -> list[Grounds]:
        """Return what speaks for each candidate, highest BM25 score first."""
        said = _Said(messages, self._rarity)
        asked = [number for stem in said.weights if (number := self._ids.get(stem)) is not None]
        if not asked:
            return []
        scores = self._bm25.get_scores_from_ids(asked)
        return [self._weighed(document, said) for document in highest(scores, CANDIDATES_MAX)]

    def _build(self, stems: list[list[str]], vocabulary: list[str]) -> None:
        ids = self._ids
        bm25 = bm25s.BM25(k1=K1, b=B, method="lucene", backend="numpy", csc_backend="numpy")
        corpus = ([[ids[stem] for stem in of_document] for of_document in stems], dict(ids))
        bm25.index(corpus, create_empty_token=False, show_progress=False)
        self._bm25 = bm25
        starts = bm25.scores["indptr"].tolist()
        documents = bm25.scores["indices"].tolist()
        impacts = bm25.scores["data"].tolist()
        highest = _idf(1, self._count)
        for number, stem in enumerate(vocabulary):
            low, high = starts[number], starts[number + 1]
            self._rarity[stem] = _idf(high - low, self._count) / highest
            for place in range(low, high):
                self._impacts[documents[place]][stem] = impacts[place] / highest

    def _weighed(self, document: int, said: _Said) -> Grounds:
        strongest = self._strongest(document, said)
        phrase, rarity = self._phrase(document, said)
        return Grounds(
            document=document,
            evidence=sum(weight for weight, _ in strongest),
            coverage=said.coverage(self._impacts[document]),
            phrase=rarity,
            key_phrases=_key_phrases(phrase, strongest, said),
        )

    def _strongest(self, document: int, said: _Said) -> list[tuple[float, str]]:
        impacts, weights = self._impacts[document], said.weights
        found = [(weights[stem] * impacts[stem], stem) for stem in weights if stem in impacts]
        found.sort(key=lambda pair: (-pair[0], pair[1]))
        return found[:STRONGEST]

    def _phrase(self, document: int, said: _Said) -> tuple[str, float]:
        best, best_rarity = "", 0.0
        for text, key in self._phrases[document]:
            if key in said.running:
                rarity = min(1.0, sum(self._rarity[stem] for stem in key.split()) / 2)
                if rarity > best_rarity:
                    best, best_rarity = text, rarity
        return best, best_rarity


def confidence(found: Grounds) -> float:
    """Return how sure we are that the candidate fits, 0 to 1: the logistic of a weighted sum."""
    total = (
        BIAS + W_EVIDENCE * found.evidence + W_COVERAGE * found.coverage + W_PHRASE * found.phrase
    )
    return round(1 / (1 + math.exp(-total)), SCORE_DIGITS)


def stems_of(document: Document) -> list[str]:
    """Return the document's stems, those of title and keywords as often as they count."""
    title = [stem for stem, _ in words.words_of(document.title)]
    keywords = [stem for text in document.keywords for stem, _ in words.words_of(text)]
    body = [stem for stem, _ in words.words_of(document.body)]
    return title * TITLE_WEIGHT + keywords * KEYWORD_WEIGHT + body


def highest(scores: np.ndarray[Any, np.dtype[Any]], count: int) -> list[int]:
    """Return positions of the `count` highest scores above 0; ties go to the earlier position."""
    if len(scores) > count:
        limit = np.partition(scores, len(scores) - count)[len(scores) - count]
        places = np.flatnonzero((scores >= limit) & (scores > 0))
    else:
        places = np.flatnonzero(scores > 0)
    order = np.argsort(-scores[places], kind="stable")[:count]
    found: list[int] = places[order].tolist()
    return found


class _Said:
    """The window, prepared once for all candidates.

    Attributes:
        weights: Stem to weight, newest message first.
        words: Stem to the word as it was said last.
        running: All stems in order, messages apart, to look for phrases in.
    """

    __slots__ = ("_customer", "running", "weights", "words")

    def __init__(self, messages: Sequence[Utterance], rarity: dict[str, float]) -> None:
        self.weights: dict[str, float] = {}
        self.words: dict[str, str] = {}
        self._customer: list[tuple[float, list[str]]] = []
        running = []
        recency = 1.0
        for message in reversed(messages):
            said = words.words_of(message.text)
            is_customer = message.author == "customer"
            weight = recency if is_customer else recency * OTHERS_SHARE
            for stem, word in said:
                if weight > self.weights.get(stem, 0.0):
                    self.weights[stem] = weight
                self.words.setdefault(stem, word)
            recency *= FADING
            if not said:
                continue
            stems = [stem for stem, _ in said]
            running.append(f" {' '.join(stems)} ")
            if is_customer:
                distinct = list(dict.fromkeys(stems))
                whole = sum(rarity.get(stem, UNKNOWN_RARITY) for stem in distinct)
                self._customer.append((whole, distinct))
        self.running = "\n".join(running)

    def coverage(self, impacts: dict[str, float]) -> float:
        """Return the largest share of one customer message that the article explains."""
        best = 0.0
        for whole, stems in self._customer:
            explained = sum(impacts[stem] for stem in stems if stem in impacts)
            if explained > best * whole:
                best = explained / whole
        return best


def _phrases_of(keywords: tuple[str, ...]) -> list[tuple[str, str]]:
    found = []
    for text in keywords:
        stems = [stem for stem, _ in words.words_of(text)]
        if len(stems) > 1:
            found.append((text, f" {' '.join(stems)} "))
    return found


def _key_phrases(phrase: str, strongest: list[tuple[float, str]], said: _Said) -> tuple[str, ...]:
    within = {stem for stem, _ in words.words_of(phrase)}
    single = [said.words[stem] for _, stem in strongest if stem not in within]
    return tuple(([phrase] if phrase else []) + single)[:KEY_PHRASES_MAX]


def _idf(documents: int, of_documents: int) -> float:
    """Return the inverse document frequency that BM25 uses, always above 0."""
    return math.log(1 + (of_documents - documents + 0.5) / (documents + 0.5))
