"""Clusters of questions that ask for the same thing in other words, made one.

"When did you buy it?" and "What was the date of purchase?" share no word. That they ask for the
same is told by what they are called, by their answers, and by nobody asking both in one
conversation. What is told apart by a word of its own stays apart: the departure date is not the
return date, the old address not the new one, whatever else they have in common.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import msgspec

from processors.intents.recognise_message import stem
from processors.miner.attributes_asked import Occurrence
from processors.miner.attributes_worded import (
    PLAIN_TOPICS,
    TYPES,
    kind_of,
    name_of,
    words_of,
)
from processors.miner.questions import Ask, same

CLUSTERS_MAX: Final = 60
"""Clusters looked at, the largest."""
TOGETHER_MAX: Final = 0.15
"""Asked together in at most this share of the rarer one's conversations: one or the other."""
EXPECTED_MIN: Final = 0.5
PLAIN_EXPECTED_MIN: Final = 1.0
"""So many conversations should have both by chance, or that none has says nothing; more where the
name is as plain as `date`."""
TYPES_MIN: Final = 0.5
"""Cosine of the answers' types from which they are alike."""
ANSWERS_MIN: Final = 0.5
"""Cosine of the answers' words from which they are alike."""

_Profile = dict[str, float]

_WORDS_OF_SIDES: Final = """
    old,previous,current,former,present / new,future
    billing,bill,invoice / shipping,ship,delivery
    departure,leave,outbound,go / return,back,inbound
    ?origin / ?aim
    start,begin / end,finish
    pick,pickup,pick-up / drop,dropoff,drop-off
    in,check-in,checkin / out,check-out,checkout
    first / last
    home,private,personal / work,office,business
    minimum,min,least / maximum,max,most
    sender / recipient,receiver
    purchase / delivery,receipt,receive,arrive
    day,date / time
    when,day,date,time / where,city,place,location,town,address
    open / close
    adult / child,children
"""
_SIDES: Final = tuple(
    tuple(frozenset(same(word.strip()) for word in side.split(",")) for side in line.split("/"))
    for line in _WORDS_OF_SIDES.strip().splitlines()
)
"""Words that tell two things of one type apart, the two sides of each."""
_MOMENTS: Final = frozenset(same(word) for word in ("date", "day", "time", "when"))
_NAMELESS: Final = frozenset(["detail", "method", ""])
"""Names of what cannot be told; two of them are not the same."""
_WORDS_OF_LINKS: Final = frozenset(["of", "for", "the", "your", "kind", "type"])
_UNTYPED: Final = frozenset(["", "proper_noun", "address", "name"])
_SELF_EVIDENT: Final = frozenset(["email", "phone", "url"])
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_TOKEN: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_WORDS_OF_NO_ANSWERS: Final = """
    the it is it's its that was my on in at to for of and an this yes no not have here there with
    from think please thanks you your one
"""
_NO_ANSWERS: Final = frozenset(_WORDS_OF_NO_ANSWERS.split())


class _Cluster(msgspec.Struct, frozen=True):
    """A cluster and what it is compared by.

    Attributes:
        members: The questions.
        talks: Conversations they are in.
        kind: Of the attribute they would be.
        recogniser: Of the attribute they would be.
        name: Stems of its name, alphabetical.
        is_named: What it asks for can be told.
        sides: Where it stands between opposites: old or new, from or to.
        types: Types of the answers.
        answers: Words of the answers.
    """

    members: tuple[Occurrence, ...]
    talks: frozenset[int]
    kind: str
    recogniser: str
    name: tuple[str, ...]
    is_named: bool
    sides: frozenset[tuple[int, int]]
    types: _Profile
    answers: _Profile


def sides_of(ask: Ask) -> frozenset[tuple[int, int]]:
    """Return on which sides a question is, of those on which it is not on both.

    Returns:
        Numbers of a pair of opposites and of the side, 0 or 1.
    """
    words = {same(word) for word in _TOKEN.findall(ask.blanked.lower())}
    if words.isdisjoint(_MOMENTS):
        # From Leeds or to Leeds; but one departs and goes on the same day.
        words |= words_of(ask).keys()
    return _sides(frozenset(words))


@lru_cache(maxsize=4_096)
def _sides(words: frozenset[str]) -> frozenset[tuple[int, int]]:
    found = set()
    for number, (left, right) in enumerate(_SIDES):
        on = not words.isdisjoint(left), not words.isdisjoint(right)
        if on[0] != on[1]:
            found.add((number, int(on[1])))
    return frozenset(found)


def is_opposed(one: frozenset[tuple[int, int]], other: frozenset[tuple[int, int]]) -> bool:
    """Tell whether two questions are on two sides of anything; arguments as of `sides_of`."""
    return any((number, 1 - side) in other for number, side in one)


def joined(clusters: Sequence[list[Occurrence]], dialogues: int) -> list[list[Occurrence]]:
    """Return the clusters, those that ask for the same as one, larger ones first.

    Args:
        clusters: Larger first.
        dialogues: How many conversations were looked at.
    """
    found = [_cluster(tuple(members)) for members in clusters[:CLUSTERS_MAX]]
    place = 0
    while place < len(found):
        other = next(
            (number for number in range(place) if _is_same(found[number], found[place], dialogues)),
            None,
        )
        if other is None:
            place += 1
            continue
        found[other] = _cluster(found[other].members + found.pop(place).members)
        # What has grown may now be like one that was passed before.
        place = 0
    whole = [list(one.members) for one in found] + [list(one) for one in clusters[CLUSTERS_MAX:]]
    return sorted(whole, key=lambda one: (-len(one), min(each.ask.text for each in one)))


def _cluster(members: tuple[Occurrence, ...]) -> _Cluster:
    kind, recogniser, _ = kind_of(list(members))
    named = name_of(list(members), recogniser).lower()
    name = [same(word) for word in named.split()]
    sides = Counter(side for one in members for side in sorted(sides_of(one.ask)))
    often = frozenset(side for side, count in sides.items() if count * 3 >= len(members))
    return _Cluster(
        members=members,
        talks=frozenset(one.dialogue for one in members),
        kind=kind,
        recogniser=recogniser,
        name=tuple(sorted({word for word in name if word not in _WORDS_OF_LINKS})),
        is_named=named not in _NAMELESS,
        sides=often,
        types=_types(members),
        answers=_answers(members),
    )


def _types(members: Sequence[Occurrence]) -> _Profile:
    """Return how often each type stands in the replies; those to one question alone, if any."""
    types: Counter[str] = Counter()
    for one in _alone(members):
        if one.reply is not None:
            kinds = list(dict.fromkeys(value.kind for value in one.reply.values))
            plain = "text" if one.reply.says is None else "truth"
            types.update(dict.fromkeys(kinds, 1) if kinds else {plain: 1})
    return {kind: float(types[kind]) for kind in TYPES if kind in types}


def _answers(members: Sequence[Occurrence]) -> _Profile:
    words: Counter[str] = Counter()
    for one in _alone(members):
        if one.reply is not None:
            said = _WORD.findall(one.reply.text.lower())
            words.update(list(dict.fromkeys(stem(one) for one in said if one not in _NO_ANSWERS)))
    return {word: float(count) for word, count in sorted(words.items())}


def _alone(members: Sequence[Occurrence]) -> list[Occurrence]:
    return [one for one in members if one.is_alone] or list(members)


def _is_same(one: _Cluster, other: _Cluster, dialogues: int) -> bool:
    """Tell whether two clusters ask for the same."""
    both = len(one.talks & other.talks)
    if both > TOGETHER_MAX * min(len(one.talks), len(other.talks)) or is_opposed(
        one.sides, other.sides
    ):
        return False
    if one.types and other.types and _cosine(one.types, other.types) < TYPES_MIN:
        return False
    # By chance so many conversations would have both; where none has, it is one or the other.
    expected = len(one.talks) * len(other.talks) / max(dialogues, 1)
    is_either = expected >= EXPECTED_MIN and both <= TOGETHER_MAX * expected
    if not (one.is_named and other.is_named):
        return False
    if one.name == other.name:
        is_plain = all(word in PLAIN_TOPICS for word in one.name)
        return not is_plain or (is_either and expected >= PLAIN_EXPECTED_MIN)
    if not is_either:
        return False
    shorter, longer = sorted((one.name, other.name), key=len)
    if set(shorter) < set(longer) and not all(word in PLAIN_TOPICS for word in shorter):
        return True
    if one.recogniser == other.recogniser and one.recogniser in _SELF_EVIDENT:
        return True
    return _is_answered_alike(one, other)


def _is_answered_alike(one: _Cluster, other: _Cluster) -> bool:
    """Tell whether answers without a type are the same; yes and no need a shared word besides."""
    if "boolean" in {one.kind, other.kind}:
        is_alike = bool(set(one.name) & set(other.name))
    else:
        is_alike = one.recogniser in _UNTYPED and other.recogniser in _UNTYPED
        is_alike = is_alike and {one.kind, other.kind} <= {"string", "enum"}
    return is_alike and _cosine(one.answers, other.answers) >= ANSWERS_MIN


def _cosine(one: _Profile, other: _Profile) -> float:
    product = sum(value * other[key] for key, value in one.items() if key in other)
    lengths = sum(value * value for value in one.values()) * sum(
        value * value for value in other.values()
    )
    # Whole numbers, so the sums are exact in any order.
    return float(product / lengths**0.5) if lengths else 0.0
