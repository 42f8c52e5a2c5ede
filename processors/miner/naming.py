"""Names for clusters: the phrases that tell a cluster from the others, in the order they are said.

A phrase is one to four telling words of a text in a row. Its weight is class-based TF-IDF
(Grootendorst 2022): the share of the cluster's texts that have it, times how rare it is in the
other clusters; longer phrases weigh more, since they say more.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from math import log
from typing import Final

from processors.miner.duplicates import TEXT_MAX

TEXTS_MAX: Final = 150
"""Texts of a cluster that are looked at, the first ones in their order."""
WORDS_OF_TEXT_MAX: Final = 60
WORDS_OF_PHRASE_MAX: Final = 4
WORDS_OF_NAME: Final = 3
WORDS_OF_NAME_MAX: Final = 4
LOOKED_AT_MAX: Final = 60
NAME_MAX: Final = 60
LENGTH_BONUS: Final = (1.0, 1.5, 1.7, 1.8)
SHARE_MIN: Final = 0.04
WEIGHT_MIN: Final = 0.15
"""Of the first phrase's weight, what another phrase of a name must have."""
TOGETHER_MIN: Final = 0.3
"""Share of a phrase's texts that have another one too, from which no comma stands between them."""
UNNAMED: Final = "Unnamed"

_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_COUNTED: Final = re.compile(r"\d+(?:st|nd|rd|th|am|pm)?")
_PLAIN: Final = str.maketrans({"\u2019": "'", "\u2018": "'"})
_JOINING: Final = """
    a an the this that these those there here it its it's that's there's what's where's how's
    i i'm i'd i'll i've im ive id me my mine myself we we're we'd we've us our ours you you're your
    yours u ur he she him her his they them their
    am is are was were be been being do does did done doing don't doesn't didn't dont isn't aren't
    have has had having haven't hasn't will would wouldn't won't can can't cant cannot could
    couldn't should may might must shall ought
    and or but if so then than as of at by for from in into on onto to with about up out over off
    between before after during until within without since because while through per via
    not no yes yeah ok okay oh um uh hi hello hey thanks thank please pls kindly sir madam
    what which who whom whose when where why how
    just also too very really still any some all more most much many such only again now already
    one ones thing things something anything way lot bit
    want wants wanted need needs needed like would'd wish able going gonna get gets got getting let
    sounds great perfect sure yep nope today tomorrow tonight yesterday
    january february march april june july august september october november december
    monday tuesday wednesday thursday friday saturday sunday
    lets let's tell know see make made give help looking trying try tried
"""
JOINING: Final = frozenset(_JOINING.split())
"""Words that carry no name by themselves."""

Phrase = tuple[str, ...]
Row = list[str]
"""The telling words of a text, in order."""


def names_of(clusters: Sequence[Sequence[str]], taken: Sequence[str] = ()) -> list[str]:
    """Return a name for each cluster, all different; see `Wording`."""
    return Wording(clusters).names(taken)


class Wording:
    """The telling phrases of clusters, looked at side by side."""

    def __init__(self, clusters: Sequence[Sequence[str]]) -> None:
        """Read the clusters: texts of each, most typical first."""
        self._rows = [[_row(text) for text in texts[:TEXTS_MAX]] for texts in clusters]
        self._weights = _weights(self._rows)

    def names(self, taken: Sequence[str] = ()) -> list[str]:
        """Return a name for each cluster, all different, and different from those taken."""
        used = {name.casefold() for name in taken}
        names = []
        for rows, phrases in zip(self._rows, self._weights, strict=True):
            name = _unique(_candidates(phrases, rows), used)
            used.add(name.casefold())
            names.append(name)
        return names

    def words(self, count: int) -> list[tuple[str, ...]]:
        """Return for each cluster the single words that tell it from the others, best first."""
        return [
            tuple(phrase[0] for phrase, _ in phrases if len(phrase) == 1)[:count]
            for phrases in self._weights
        ]


def _weights(clusters: Sequence[Sequence[Row]]) -> list[list[tuple[Phrase, float]]]:
    """Return the phrases of each cluster with their weights, heaviest first."""
    shares = [_shares(rows) for rows in clusters]
    spread: dict[Phrase, float] = {}
    for one in shares:
        for phrase, share in one.items():
            spread[phrase] = spread.get(phrase, 0.0) + share
    total = max(len(clusters), 2)
    found = []
    for one in shares:
        weighed = [
            (phrase, share * log(1 + total / (1 + spread[phrase])) * LENGTH_BONUS[len(phrase) - 1])
            for phrase, share in one.items()
        ]
        weighed.sort(key=lambda pair: (-round(pair[1], 9), pair[0]))
        found.append(weighed[:200])
    return found


def _shares(rows: Sequence[Row]) -> dict[Phrase, float]:
    """Return the share of the texts that each phrase occurs in, rare ones left out."""
    counts: Counter[Phrase] = Counter()
    for row in rows:
        counts.update(list(dict.fromkeys(_phrases(row))))
    least = max(2 if len(rows) >= 4 else 1, SHARE_MIN * len(rows))
    frequent = {phrase: count for phrase, count in counts.items() if count >= least} or counts
    return {phrase: count / len(rows) for phrase, count in frequent.items()}


def _row(text: str) -> Row:
    """Return the telling words of a text in order; of a text without any, all words."""
    words = _WORD.findall(text[:TEXT_MAX].translate(_PLAIN).casefold())[:WORDS_OF_TEXT_MAX]
    spoken = [word for word in words if not _COUNTED.fullmatch(word)]
    return [word for word in spoken if word not in JOINING] or spoken or words


def _phrases(row: Row) -> list[Phrase]:
    return [
        tuple(row[start : start + length])
        for length in range(1, WORDS_OF_PHRASE_MAX + 1)
        for start in range(len(row) - length + 1)
        if len(set(row[start : start + length])) == length
    ]


def _candidates(phrases: Sequence[tuple[Phrase, float]], rows: Sequence[Row]) -> list[str]:
    """Return names to choose from, best first."""
    if not phrases:
        return [UNNAMED]
    heavy = [
        phrase for phrase, weight in phrases[:LOOKED_AT_MAX] if weight >= WEIGHT_MIN * phrases[0][1]
    ]
    names = [_spoken(_picked(heavy, without), rows) for without in range(min(len(heavy), 8))]
    names += [" ".join(phrase) for phrase in heavy[:8]]
    fitting = [name for name in names if len(name) <= NAME_MAX] or [names[0][:NAME_MAX].rstrip()]
    return [name[:1].upper() + name[1:] for name in dict.fromkeys(fitting)]


def _picked(heavy: Sequence[Phrase], without: int) -> list[Phrase]:
    """Return phrases that together make a name; the one at `without`, if not 0, is passed over."""
    picked = [heavy[0]]
    for at, phrase in enumerate(heavy[1:], 1):
        words = sum(map(len, picked))
        if words >= WORDS_OF_NAME:
            break
        is_other = not any(_is_like(phrase, one) for one in picked)
        if at != without and is_other and words + len(phrase) <= WORDS_OF_NAME_MAX:
            picked.append(phrase)
    return picked


def _spoken(picked: Sequence[Phrase], rows: Sequence[Row]) -> str:
    """Return the phrases in the order they are said, a comma where few say both."""
    places = {phrase: [_place(phrase, row) for row in rows] for phrase in picked}
    ordered = sorted(picked, key=lambda phrase: (_mean(places[phrase]), phrase))
    name = " ".join(ordered[0])
    for left, right in pairwise(ordered):
        both = sum(
            one is not None and two is not None
            for one, two in zip(places[left], places[right], strict=True)
        )
        fewer = min(sum(one is not None for one in places[phrase]) for phrase in (left, right))
        name += " " if both and both >= TOGETHER_MIN * fewer else ", "
        name += " ".join(right)
    return name


def _mean(places: Sequence[int | None]) -> float:
    found = [place for place in places if place is not None]
    return sum(found) / max(len(found), 1)


def _place(phrase: Phrase, row: Row) -> int | None:
    """Return where a phrase begins in a row of words; None when it is not in it."""
    length = len(phrase)
    if phrase[0] not in row:
        return None
    for start in range(len(row) - length + 1):
        if tuple(row[start : start + length]) == phrase:
            return start
    return None


def _is_like(phrase: Phrase, other: Phrase) -> bool:
    """Return True when the two say the same: a word in common, or two forms of one."""
    return any(_is_form(one, two) for one in phrase for two in other)


def _is_form(one: str, two: str) -> bool:
    short, long = sorted((one.rstrip("s"), two.rstrip("s")), key=len)
    return short == long or (len(short) >= 4 and long.startswith(short[:5]))


def _unique(candidates: Sequence[str], used: set[str]) -> str:
    for name in candidates:
        if name.casefold() not in used:
            return name
    number = 2
    while f"{candidates[0]} ({number})".casefold() in used:
        number += 1
    return f"{candidates[0]} ({number})"
