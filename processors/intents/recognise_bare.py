"""What a whole message answers to the question it replies to: yes, no, or free text."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from processors.intents.bearing import BEARS, bearing
from processors.intents.library import Attribute
from processors.intents.recognise_message import WORD, Message, stem

FREE: Final = frozenset({"", "reference", "name", "proper_noun", "address"})
"""Recognisers whose attributes also take free text."""
FREE_WORDS_MAX: Final = 12
"""Longest free text that counts as a name of something."""
VALUE_CHARS_MAX: Final = 200
"""Longest free text, of what is no description."""
STORY_WORDS_MAX: Final = 120
"""Longest free text that counts as a description."""


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """What fills an attribute.

    Attributes:
        value: In one form: ISO date, plain number, `yes` or `no`, one of the enum's values.
        text: As said.
    """

    value: str
    text: str


def recogniser_of(attribute: Attribute) -> str:
    """Return the recogniser that finds an attribute's values; empty for free text."""
    if attribute.recogniser:
        return attribute.recogniser
    return {"date": "date", "number": "number"}.get(attribute.kind, "")


_IDENTIFIED: Final = (
    r"(?:order|ticket|case|booking|reservation|reference|invoice|bill|confirmation|policy|claim"
    r"|tracking|account|serial|customer|client|member(?:ship)?|receipt|contract|quote|shipment"
    r"|consignment|parcel|delivery|device|product|article|item|model|licen[cs]e|registration"
    r"|passport|transaction|purchase|rma|user|employee|patient|student|meter|vehicle|part|voucher"
    r"|coupon|promo(?:tion)?|activation|access|security|verification|complaint|incident|repair)"
)
_IDENTIFIES: Final = re.compile(
    rf"\b{_IDENTIFIED}(?:'s)?[ -](?:{_IDENTIFIED} )?"
    r"(?:number|no|num|code|id|identifier|ref(?:erence)?)\b"
    rf"|\b(?:number|code|id|reference) (?:of|on|for|from)(?: (?:the|your|my|this|an?))? "
    rf"(?:{_IDENTIFIED}\b|label\b)|\busername\b|\b(?:iban|imei|rma)\b",
    re.IGNORECASE,
)


def identifies(text: str) -> bool:
    """Tell whether a name or question means a number or code that identifies something.

    An order number does, a number of guests does not.
    """
    return _IDENTIFIES.search(text) is not None


_YES: Final = re.compile(
    r"^\W*(?:yes|yeah|yep|yup|ya|yea|sure|correct|right|true|absolutely|definitely|certainly|indeed"
    r"|affirmative|of course|please do|ok|okay|fine|i do\b|i did\b|i am\b(?! not)|i have\b(?! not)"
    r"|it is\b(?! not)|it does\b(?! not)|that'?s (?:right|correct|fine|true)|sounds good|works)\b",
    re.IGNORECASE,
)
_NO: Final = re.compile(
    r"^\W*(?:no|nope|nah|not (?:really|yet|at all|that)|never|negative|false|none|incorrect"
    r"|i (?:don'?t|didn'?t|haven'?t|do not|did not|have not|am not|'m not|cannot|can'?t)"
    r"|i'?m not|it (?:isn'?t|doesn'?t|is not|does not)|it'?s not|unfortunately not)\b",
    re.IGNORECASE,
)
_UNSURE: Final = re.compile(
    r"\b(?:(?:do not|don'?t|dont|didn'?t|not|can'?t|cannot|never) (?:really |even )?"
    r"(?:know|sure|remember|recall|have (?:it|that|one|any|the)|certain|find)|no idea|no clue"
    r"|unsure"
    r"|dunno|not available|forgot(?:ten)?|why (?:do|would|should)|hold on|one (?:moment|second|sec)"
    r"|wait a|let me (?:check|see|look|find)|give me a)\b",
    re.IGNORECASE,
)
_NO_PROBLEM: Final = re.compile(r"^\W*no (?:problem|worries|issue|rush)\b", re.IGNORECASE)


def truth(text: str) -> bool | None:
    """Return what a message says to a yes-or-no question; None when it says neither."""
    start = text[:200]
    if _UNSURE.search(start) or _NO_PROBLEM.match(start):
        return None
    if _NO.match(start):
        return False
    return True if _YES.match(start) else None


_WORDS_OF_PLAIN_ANSWERS = """
    yes no yeah yep yup nope nah ok okay sure thanks thank hi hello hey bye goodbye correct right
    true false fine good great please well hmm um ya yea alright cool perfect welcome none other
"""
PLAIN_ANSWERS: Final = frozenset(_WORDS_OF_PLAIN_ANSWERS.split())
_INTERJECTIONS: Final = re.compile(
    r"^\W*(?:(?:yes|yeah|yep|sure|ok(?:ay)?|well|so|hi|hello|um+|oh|no|sorry|actually|of course"
    r"|certainly|right|alright|i think|i believe|i guess|maybe|probably|here it is|here you go)\b"
    r"[\s,.!:-]*)*",
    re.IGNORECASE,
)
_WANTS: Final = re.compile(
    r"^i(?:'?m| am)? ?(?:'?d| would)? ?(?:like|prefer|want|need|looking for|wish|have|got|use|chose"
    r"|bought|ordered|live in|say)\s+(?:to (?P<verb>\w+)\s+)?",
    re.IGNORECASE,
)
_STATES: Final = re.compile(
    r"^(?:(?:it|that|this|there)(?:'?s| is| was| would be|'d be)|(?P<what>(?:my|the|our|order)"
    r" (?:[\w-]+ ){1,4}?)(?:is|was|are|would be)|(?P<label>[\w -]{2,24}):|i(?:'?m| am)(?! \w+ing\b)"
    r"|i(?:'?m| am) (?P<doing>\w+ing)(?: (?:to|from|in|for|at|on|with))?"
    r"|for|in|at|from|to|on|called|with|let'?s say|say)\s+",
    re.IGNORECASE,
)
_ARTICLE: Final = re.compile(r"^(?:(?:the|a|an|my|in|at|to|for|about|some)\s+)+", re.IGNORECASE)
_WORDS_OF_ELSEWHERE = """
    refund cancel cancellation money back human agent person someone somebody manager supervisor
    representative help complaint complain instead speak talk return stop everything anything
"""
_ELSEWHERE: Final = frozenset(_WORDS_OF_ELSEWHERE.split())
"""Words of wishes that answer no question about what something is."""
_WORDS_OF_SUBJECTS = """
    i i'm i'd i'll i've we you he she they im
"""
_SUBJECTS: Final = [[word] for word in _WORDS_OF_SUBJECTS.split()]
_TAIL: Final = re.compile(
    r"[\s,.!]*(?:please|pls|thanks|thank you(?: very much| so much)?|sir|madam|ma'?am|i think"
    r"|i guess|i believe)?[\s,.!]*$",
    re.IGNORECASE,
)
_DIGIT: Final = re.compile(r"\d")
_STORY: Final = re.compile(
    r"\b(?:describe|explain|happen|reason|problem|issue|detail|trouble|wrong|why|feedback|message"
    r"|symptom|tell me (?:more|about))",
    re.IGNORECASE,
)


def bare_answer(attribute: Attribute, message: Message) -> Answer | None:
    """Return the answer that a whole message is to the question for `attribute`."""
    text = message.text.strip()
    if attribute.kind == "boolean":
        says = truth(text)
        return None if says is None else Answer("yes" if says else "no", text)
    if attribute.kind != "string" or not text or _UNSURE.search(text[:200]):
        return None
    recogniser = recogniser_of(attribute)
    if recogniser not in FREE:
        return None
    is_story = recogniser == "" and _STORY.search(attribute.question) is not None
    words = [word for _, _, word in message.words]
    if message.questions or len(words) > (STORY_WORDS_MAX if is_story else FREE_WORDS_MAX):
        return None
    if all(word in PLAIN_ANSWERS for word in words):
        return None
    if is_story:
        return Answer(text, text)
    said = _stripped(attribute, text)
    return None if said is None else _free(recogniser, said)


def _stripped(attribute: Attribute, text: str) -> str | None:
    """Return what is left of an answer without "it is" and "please"; None when it is a wish."""
    own = [stem(word) for word in WORD.findall(f"{attribute.name} {attribute.question}".lower())]
    said = _TAIL.sub("", _INTERJECTIONS.sub("", text, count=1), count=1)
    wants = _WANTS.match(said)
    states = _STATES.match(said)
    if wants is not None:
        verb = wants["verb"]
        if verb is not None and stem(verb.lower()) not in own:
            return None
        said = said[wants.end() :]
    elif states is not None:
        what = WORD.findall((states["what"] or states["label"] or "").lower())[:6]
        if states["what"] is not None and not any(stem(word) in own for word in what):
            return None
        if states["doing"] is not None and stem(states["doing"].lower()) not in own:
            return None
        said = said[states.end() :]
    elif len(WORD.findall(said)) > 3 and bearing(text, after_question=True) >= BEARS:
        return None
    said = _ARTICLE.sub("", said)
    words = WORD.findall(said.lower())
    if any(word in _ELSEWHERE for word in words) or words[:1] in _SUBJECTS:
        return None
    return said


def _free(recogniser: str, said: str) -> Answer | None:
    words = [word.lower() for word in WORD.findall(said)]
    if not words or all(word in PLAIN_ANSWERS for word in words) or len(said) > VALUE_CHARS_MAX:
        return None
    match recogniser:
        case "reference":
            is_one = len(words) <= 2 and _DIGIT.search(said) is not None
            return Answer(said.upper().replace(" ", ""), said) if is_one else None
        case "name" | "proper_noun" if len(words) > 5 or _DIGIT.search(said):
            return None
        case _:
            return Answer(" ".join(said.split()), said)
