"""Which attributes of an intent a customer's message fills.

The attribute that was asked for takes a bare answer; any other needs a sign that it is meant: a
type nothing else has, or its own words near the value. A span of the message fills one attribute at
most. Nothing is filled by a question back, by "I don't know" or by a wish of another kind.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import msgspec

from processors.intents.library import Attribute
from processors.intents.recognise_bare import (
    FREE,
    PLAIN_ANSWERS,
    Answer,
    bare_answer,
    identifies,
    recogniser_of,
)
from processors.intents.recognise_message import NEGATED, WORD, Message, overlaps, stem
from processors.intents.recognise_values import TEXT_MAX, Value, recognise

_KINDS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "email": ("email",),
    "url": ("url",),
    "money": ("money", "number"),
    "percent": ("percent", "number"),
    "date": ("date",),
    "time": ("time", "number"),
    "error_code": ("error_code", "reference", "number"),
    "reference": ("reference", "long_number", "number", "phone"),
    "phone": ("phone", "long_number", "number"),
    "long_number": ("long_number", "reference", "phone", "number"),
    "number": ("number", "long_number", "reference"),
    "address": ("address", "proper_noun"),
    "name": ("name", "proper_noun"),
    "proper_noun": ("proper_noun", "name"),
}
"""Recogniser of an attribute to the kinds of values it takes, the fittest first."""
CUED: Final = 5
"""Score from which on an attribute's own words stand near the value."""
_SELF_EVIDENT: Final = frozenset({"email", "url", "error_code", "phone", "reference", "percent"})
"""Kinds that say by themselves what they are: no cue needed while one attribute wants them."""
_NUMBERED: Final = frozenset({"reference", "phone", "long_number"})
"""Recognisers that take a plain number when a cue stands beside it."""
_CLOSE: Final = frozenset({"number", "name", "proper_noun"})
"""Kinds of values so common that a cue has to stand right beside them."""
_COPULAS: Final = [[word] for word in ("is", "was", "called", "named", "it's", "the")]
"""Last words before a value that name it."""
_FROM: Final = re.compile(r"\b(?:from|leav\w+|depart\w+|origin|start\w*)\b", re.IGNORECASE)
_TO: Final = re.compile(
    r"\b(?:going|go|destination|to where|arriv\w+|headed|heading)\b", re.IGNORECASE
)
"""Questions for whence and for whither."""
_DATED: Final = frozenset({"date", "time"})
"""Kinds that need no cue while one attribute alone wants them and that has no cues of its own."""


def answers(
    attributes: Sequence[Attribute],
    text: str,
    *,
    asked: str | None = None,
    now_ms: int | None = None,
    known: Mapping[str, str] | None = None,
) -> dict[str, Answer]:
    """Return the attributes that `text` fills, by id, in the order of `attributes`.

    Args:
        attributes: Of the intent.
        text: The customer's message.
        asked: The attribute that was asked for last, if any.
        now_ms: When it was said, UTC.
        known: What is filled already, oldest first: only a cue or a correction ("no, it is 70442")
            replaces it.
    """
    text = text[:TEXT_MAX]
    known = known or {}
    message = Message(text, recognise(text, now_ms=now_ms))
    asked_one = next((one for one in attributes if one.attribute_id == asked), None)
    corrected = _corrected(attributes, message, known, asked)
    offers = _offers(attributes, message, asked_one, known, corrected)
    filled: dict[str, Answer] = {}
    used: list[tuple[int, int]] = []
    bare = None if asked_one is None else bare_answer(asked_one, message)
    if bare is not None and asked_one is not None and recogniser_of(asked_one) in FREE:
        offers = [one for one in offers if one.attribute_id != asked]
        offers = [one for one in offers if one.score >= CUED or not _covers(bare, one)]
    for offer in sorted(offers, key=lambda one: (-one.score, one.place, one.order)):
        if offer.attribute_id in filled or overlaps(offer.span, used):
            continue
        filled[offer.attribute_id] = offer.answer
        used.append(offer.span)
    if asked_one is not None and asked_one.attribute_id not in filled:
        spoken_for = [*used, *_repeated(attributes, message, known)]
        if spoken_for and asked_one.kind == "string":
            rest = _without(message, spoken_for, attributes)
            bare = bare_answer(asked_one, Message(rest, ()))
        if bare is not None:
            filled[asked_one.attribute_id] = bare
    order = {one.attribute_id: place for place, one in enumerate(attributes)}
    return dict(sorted(filled.items(), key=lambda item: order[item[0]]))


def _repeated(
    attributes: Sequence[Attribute], message: Message, known: Mapping[str, str]
) -> list[tuple[int, int]]:
    """Return where the message says again what is filled already."""
    return [
        (value.start, value.end)
        for attribute in attributes
        if attribute.attribute_id in known
        for value in message.values
        if value.kind in _KINDS_OF.get(recogniser_of(attribute), ())
        and _canonical(attribute, value) == known[attribute.attribute_id]
    ]


# ------------------------------------------------------------------ offers


class _Offer(msgspec.Struct, frozen=True):
    attribute_id: str
    answer: Answer
    span: tuple[int, int]
    score: int
    place: int
    order: int


def _offers(
    attributes: Sequence[Attribute],
    message: Message,
    asked: Attribute | None,
    known: Mapping[str, str],
    corrected: str | None,
) -> list[_Offer]:
    """Return what could fill what, scored; offers that are not sure enough are left out."""
    offers = []
    rivals = _rivals(attributes)
    for order, attribute in enumerate(attributes):
        is_asked = asked is not None and attribute.attribute_id == asked.attribute_id
        is_corrected = attribute.attribute_id == corrected
        if attribute.kind == "enum":
            found = _enum(attribute, message, is_asked=is_asked)
            if found is not None and (is_asked or attribute.attribute_id not in known):
                answer, span = found
                offers.append(
                    _Offer(attribute.attribute_id, answer, span, 6 + is_asked, span[0], order)
                )
            continue
        if attribute.kind == "boolean":
            continue
        for value in message.values:
            score = _fit(attribute, value, message, rivals, is_asked=is_asked or is_corrected)
            if attribute.attribute_id in known and not (is_asked or is_corrected) and score < 8:
                continue
            if score:
                place = -value.start if message.is_correction else value.start
                offers.append(
                    _Offer(
                        attribute.attribute_id,
                        Answer(_canonical(attribute, value), value.text),
                        (value.start, value.end),
                        score,
                        place,
                        order,
                    )
                )
    return offers


def _rivals(attributes: Sequence[Attribute]) -> dict[str, int]:
    """Return how many attributes want each recogniser."""
    wanted: dict[str, int] = {}
    for attribute in attributes:
        recogniser = recogniser_of(attribute)
        wanted[recogniser] = wanted.get(recogniser, 0) + 1
    return wanted


def _fit(
    attribute: Attribute,
    value: Value,
    message: Message,
    rivals: Mapping[str, int],
    *,
    is_asked: bool,
) -> int:
    """Return how well a value fits an attribute; 0: not, or not sure enough."""
    recogniser = recogniser_of(attribute)
    kinds = _KINDS_OF.get(recogniser, ())
    if value.kind not in kinds or not _is_possible(recogniser, value):
        return 0
    score = 3 if value.kind == recogniser else 1
    cued = _is_cued(attribute, value, message)
    if cued:
        score += 5
    if message.is_asked_back(value) and not cued:
        return 0
    if is_asked:
        return score + 4 + _direction(attribute, value, message)
    if cued:
        is_taken = value.kind == recogniser or recogniser in _NUMBERED
        return score if is_taken or identifies(attribute.name) else 0
    if value.kind != recogniser or rivals[recogniser] > 1:
        return 0
    if recogniser in _SELF_EVIDENT:
        return score
    return score if recogniser in _DATED and not cues_of(attribute) else 0


def _canonical(attribute: Attribute, value: Value) -> str:
    """Return a value in one form; what identifies keeps the zeros in front."""
    is_code = recogniser_of(attribute) in _NUMBERED and value.kind == "number"
    if is_code and value.text[:1].isdigit() and "." not in value.text:
        return value.text.replace(",", "")
    return value.canonical


def _direction(attribute: Attribute, value: Value, message: Message) -> int:
    """Return how well `from` or `to` before a value goes with a question: 1, 0 or -1."""
    before = message.around(value)[0][-1:]
    asked = f"{attribute.name} {attribute.question}"
    wanted = "from" if _FROM.search(asked) else "to" if _TO.search(asked) else ""
    if not wanted or before not in (["from"], ["to"]):
        return 0
    return 1 if before == [wanted] else -1


_CLAUSE: Final = re.compile(r"[,;.\n]|\band\b", re.IGNORECASE)
_LOOSE_END: Final = re.compile(r"(?:\s(?:on|in|at|for|with|by|from|since))+\s*$", re.IGNORECASE)
_HAS: Final = re.compile(
    r"^\W*(?:i|we) (?:have |had |just |'ve )*(?:bought|ordered|purchased|got|received|have|own"
    r"|use)\b",
    re.IGNORECASE,
)


def _without(message: Message, used: list[tuple[int, int]], attributes: Sequence[Attribute]) -> str:
    """Return the first clause that is left when what fills other attributes is cut out."""
    cues = [cue for attribute in attributes for cue in cues_of(attribute)]
    edges = [0, *(found.end() for found in _CLAUSE.finditer(message.text)), len(message.text)]
    clauses = list(pairwise(edges))
    free = [message.text[start:end] for start, end in clauses if not overlaps((start, end), used)]
    if not any(WORD.search(clause) for clause in free) and _HAS.match(message.text):
        free = [_LOOSE_END.sub("", message.text[: min(start for start, _ in used)])]
    for clause in free:
        text = re.sub(r"\s*(?:[,;.]|\band)\s*$", "", clause, flags=re.IGNORECASE)
        words = [stem(word) for word in WORD.findall(text.lower())]
        if not all(word in cues or word in _GENERIC or word in _POINTING for word in words):
            return text
    return ""


_WORDS_OF_POINTING = """
    i we you he she they it this that them these those one ones have had has did just only there
    here bought buy got get ordered purchased received own use
"""
_POINTING: Final = frozenset(stem(word) for word in _WORDS_OF_POINTING.split())
"""Stems of words that say only that there is something: "I bought it"."""


def _covers(bare: Answer, offer: _Offer) -> bool:
    """Tell whether an answer taken as a whole holds what somebody else would take a piece of."""
    return offer.answer.text in bare.text


def _is_possible(recogniser: str, value: Value) -> bool:
    """Tell whether a value of another kind can stand for what the recogniser wants."""
    digits = sum(character.isdigit() for character in value.canonical)
    match recogniser, value.kind:
        case "phone", "number" | "long_number":
            return 6 <= digits <= 15
        case "reference", "number" | "phone":
            return digits >= 3
        case "long_number", "number" | "reference":
            return digits >= 4
        case "number", "reference" | "long_number":
            return value.canonical.isdigit()
        case "time", "number":
            return value.canonical.isdigit() and int(value.canonical) <= 24
        case _:
            return True


_WORDS_OF_GENERIC = """
    number no id code name date time day amount value type kind your you the a an of and or for to
    in on is what which when where how many much details detail information full first last exact
    please current new old address reference email phone url percent money long contact
"""
_GENERIC: Final = frozenset(_WORDS_OF_GENERIC.split())


def cues_of(attribute: Attribute) -> tuple[str, ...]:
    """Return the stems of words that mark an attribute's value: its cues and its name's words."""
    cues = (word for cue in attribute.cues for word in WORD.findall(cue.lower()))
    return tuple(dict.fromkeys([*map(stem, cues), *_own_words(attribute)]))


def _own_words(attribute: Attribute) -> list[str]:
    named = WORD.findall(attribute.name.lower())
    return [stem(word) for word in named if word not in _GENERIC]


def _is_cued(attribute: Attribute, value: Value, message: Message) -> bool:
    if value.kind in _CLOSE:
        before, after = message.around(value)
        cues = list(cues_of(attribute))
        if value.kind == "number":
            is_counted = recogniser_of(attribute) == "number"
            near = before[-1:] + after[:2] if is_counted else before[-2:] + after[:1]
        else:
            cues = _own_words(attribute)
            near = before[-2:-1] if before[-1:] in _COPULAS else before[-1:]
    else:
        before, after = message.near(value)
        near, cues = before + after, list(cues_of(attribute))
    return any(_same(stem(word), cue) for word in near for cue in cues)


def _same(word: str, cue: str) -> bool:
    return word == cue or (len(cue) >= 5 and word.startswith(cue))


def _corrected(
    attributes: Sequence[Attribute],
    message: Message,
    known: Mapping[str, str],
    asked: str | None,
) -> str | None:
    """Return the attribute that a correction means: the one filled last that takes such a value."""
    if not message.is_correction:
        return None
    by_id = {one.attribute_id: one for one in attributes}
    for attribute_id in reversed(list(known)):
        attribute = by_id.get(attribute_id)
        if attribute is None or attribute_id == asked:
            continue
        kinds = _KINDS_OF.get(recogniser_of(attribute), ())
        if any(value.kind in kinds[:3] for value in message.values):
            return attribute_id
    return None


# ------------------------------------------------------------------ values by name


def _enum(
    attribute: Attribute, message: Message, *, is_asked: bool
) -> tuple[Answer, tuple[int, int]] | None:
    """Return the enum's value that the message names; the longest name, then the last one."""
    best: tuple[int, int, Answer, tuple[int, int]] | None = None
    for value in attribute.values:
        if not is_asked and (len(value) < 3 or value.lower() in PLAIN_ANSWERS):
            continue
        for span in _named(value, message):
            said = message.text[span[0] : span[1]]
            if NEGATED.search(message.text[: span[0]][-24:]):
                continue
            key = (len(value), span[0], Answer(value, said), span)
            if best is None or key[:2] > best[:2]:
                best = key
    return None if best is None else (best[2], best[3])


def _named(value: str, message: Message) -> list[tuple[int, int]]:
    wanted = [stem(word) for word in WORD.findall(value.lower())]
    if not wanted:
        return []
    words = [stem(word) for _, _, word in message.words]
    return [
        (message.words[place][0], message.words[place + len(wanted) - 1][1])
        for place in range(len(words) - len(wanted) + 1)
        if words[place : place + len(wanted)] == wanted
    ]
