"""What representatives ask: questions in their turns, each with the thing it asks for.

A sentence can ask for several things ("your name, e-mail and order number"). Questions that keep a
conversation going ("how can I help?", "anything else?"), that confirm ("is that correct?") or that
offer ("shall I book it?") ask for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from processors.intents.recognise_message import stem
from processors.intents.recognise_values import recognise

TURN_CHARS_MAX: Final = 2_000
"""Characters of a turn that are looked at."""
TOPIC_WORDS_MAX: Final = 5


class Ask(msgspec.Struct, frozen=True):
    """One thing asked for.

    Attributes:
        text: The sentence as said.
        blanked: The sentence with values replaced by their kinds.
        topic: Words of what is asked for, e.g. `order number`; empty when it cannot be told.
        form: Its question word, `polar` for yes or no, `request` for "please give me".
        words: Stems of all words that matter, in order, repeats included.
        has_values: The sentence names values, so it is no good as a question to others.
    """

    text: str
    blanked: str
    topic: tuple[str, ...]
    form: str
    words: tuple[str, ...]
    has_values: bool


_SENTENCE: Final = re.compile(r"[^.!?\n]+(?:\.(?=\S)[^.!?\n]*)*[.!?]*")
_WORD: Final = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*|<\w+>|[,?/]")
_REQUEST: Final = re.compile(
    r"\b(?:(?:please|kindly) (?:provide|give|tell|share|enter|confirm|send|specify|state|let|type"
    r"|mention|help|verify|submit)"
    r"|(?:may|can|could|might) i (?:please |kindly )?(?:have|get|ask|know|take|see)"
    r"|(?:can|could|would|will) you (?:please |kindly |also )*"
    r"(?:provide|give|tell|share|confirm|send|specify|verify|let|enter|describe|help me with)"
    r"|(?:i|we)(?:'ll|'d| will| would| do| just|'d just)* (?:just |also )?(?:need|require|like"
    r" to know)"
    r"|let me know|tell me|provide (?:me|us|your)|give (?:me|us))\b",
    re.IGNORECASE,
)
_WH: Final = re.compile(
    r"\b(?P<wh>how (?:many|much|long|old|often|far)|what|which|whose|when|where|who|why|how)\b",
    re.IGNORECASE,
)
_POLAR: Final = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|sure|great|thanks?|and|so|also|alright|well|perfect|got it)\b[\s,.!]*)*"
    r"(?:do|does|did|is|are|was|were|have|has|had|will|would|can|could|should|shall|may|any)\b",
    re.IGNORECASE,
)
_EMPTY: Final = re.compile(
    r"anything else|something else|any ?thing (?:more|i can)|else (?:can|may|i|do|is)|what else"
    r"|any other|another (?:task|question)|further (?:assist|help|quer)"
    r"|(?:more|other) (?:help|quest)"
    r"|how (?:can|may|could|might|should) (?:i|we) (?:help|assist|be of)|how are you"
    r"|how is your day"
    r"|how(?:'s| is) it going|how do you do|what can (?:i|we) (?:do|help)|what brings you"
    r"|(?:can|may|could|shall) (?:i|we) (?:help|assist|be of|do)"
    r"|(?:help|assist) you (?:with|today|in)"
    r"|need (?:any |some |more |further )?(?:help|assist)|are you (?:there|still|with me)"
    r"|still (?:there|need me)|does that (?:help|work|make)"
    r"|did (?:that|this) (?:help|solve|resolve)"
    r"|would that be all|is that all|(?:a |one )moment|hold on|bear with|please wait|while i"
    r"|thank you for|survey|rate (?:our|my|your)",
    re.IGNORECASE,
)
_CONFIRMS: Final = re.compile(
    r"\b(?:(?:is|are|was|were) (?:that|this|it|these|those"
    r"|the (?:details?|information|following|above))"
    r"(?: all)? (?:correct|right|ok(?:ay)?|fine|good|accurate|convenient|acceptable|true)"
    r"|am i (?:right|correct)|correct\?|right\?|ok(?:ay)?\?"
    r"|confirm (?:that|the following|these|if|you\b)"
    r"|please confirm(?! your)|confirming|do you (?:confirm|agree|approve|accept)"
    r"|sounds? (?:good|ok|right|nice)"
    r"|shall (?:i|we)|should i (?:\w+ )?(?:book|buy|go|make|proceed|reserve|play|rent|add|purchase"
    r"|continue|send|transfer|set|schedule|start|cancel|confirm|get|check|do|put)"
    r"|does (?:that|this|it) (?:work|suit)|interested)\b"
    r"|\b(?:correct|right|ok(?:ay)?)\s*\?",
    re.IGNORECASE,
)
_SUGGESTS: Final = re.compile(
    r"\b(?:(?:how|what) about|what do you think|your opinion|sounds?\s*\?|would you consider"
    r"|(?:might|may|can)? ?i (?:recommend|suggest)|why (?:don'?t|not)|are you happy|maybe"
    r"|(?:confirm|verify|review) (?:that|the following|these|your (?:details|action|booking))"
    r"|following (?:details|information))\b|sound\s*\?",
    re.IGNORECASE,
)
"""Suggestions and confirmations, whatever comes before."""
_OFFERS: Final = re.compile(
    r"\b(?:would|do) you (?:like|want|wish|prefer) (?:me )?to (?!have|use|pay|be|receive|include"
    r"|keep|know|leave|go|fly|travel|depart|return|stay|check in|check out|pick|drop|dine|eat|see"
    r"|visit|wait)\w+|\b(?:want|like) me to\b",
    re.IGNORECASE,
)
"""Offers, where no question word comes before."""

_WORDS_OF_STOP = """
    a an the your my our his her their its this that these those some any i you we they he she it
    me us him them is are was were be been being am do does did have has had having will would can
    could should shall may might must to from in on at by with for of about into as if so and or
    but not no than then there here please kindly thanks thank sir madam ma'am also just again now
    today sure okay ok great exactly like want wish prefer need know tell give provide get let
    share say looking going planning trying using used use called when where which what who why
    how many much first well hi hello yes needed could'you you're you'd i'd i'll i'm we'd we'll
    that's what's it's want'd plan planned hope intend right alright perfect wonderful awesome
    fine one
"""
_STOP: Final = frozenset(_WORDS_OF_STOP.split())
_WORDS_OF_SKIP = """
    a an the your my our his her their this that these those some any please kindly also me us
    preferred preferable exact specific particular desired current kind type sort of
"""
_SKIP: Final = frozenset(_WORDS_OF_SKIP.split())
"""Words passed over before what is asked for begins."""
_DIRECTIONS: Final = frozenset(["from", "to", "in", "out", "off", "back", "until", "at"])
_SAME: Final = {
    "purchas": "buy",
    "depart": "leav",
    "head": "go",
    "destination": "go",
    "travel": "go",
    "cell": "phon",
    "mobil": "phon",
    "telephon": "phon",
    "e-mail": "email",
    "mail": "email",
    "mailing": "email",
    "no": "number",
    "id": "number",
    "town": "city",
    "citi": "city",
    "surnam": "nam",
    "peopl": "person",
    "individual": "person",
    "passenger": "person",
    "song": "track",
    "ticket": "ticket",
    "cost": "pric",
    "film": "movi",
    "pictur": "photo",
    "imag": "photo",
    "photograph": "photo",
}
"""Stems that say the same here."""


def asks_of(text: str) -> tuple[Ask, ...]:
    """Return what a representative's or bot's turn asks for, in the order asked."""
    found: list[Ask] = []
    for sentence in sentences(text):
        if asks_something(sentence):
            found.extend(_asks(sentence))
    return tuple(found)


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a turn, as far as it is looked at."""
    for found in _SENTENCE.finditer(text[:TURN_CHARS_MAX]):
        sentence = found[0].strip()
        if any(character.isalnum() for character in sentence):
            yield sentence


def asks_something(sentence: str) -> bool:
    """Tell whether a sentence asks for a piece of information."""
    is_request = _REQUEST.search(sentence) is not None
    if not (is_request or "?" in sentence or _opens_with_question(sentence)):
        return False
    if _EMPTY.search(sentence) or _SUGGESTS.search(sentence):
        return False
    for pattern in (_CONFIRMS, _OFFERS):
        found = pattern.search(sentence)
        if found is not None and _WH.search(sentence[: found.start()]) is None:
            return False
    return True


def _opens_with_question(sentence: str) -> bool:
    found = _WH.search(sentence[:40])
    return found is not None and found.start() <= 12 and len(sentence.split()) <= 14


def _asks(sentence: str) -> Iterator[Ask]:
    blanked, kinds = blank(sentence)
    has_values = bool(kinds)
    tokens = [token.lower() for token in _WORD.findall(blanked)]
    words = tuple(same(token) for token in tokens if _matters(token))
    form, topics = _topics(sentence, tokens)
    if _names_its_answer(sentence, form, kinds):
        return
    for topic in topics or [()]:
        own = words
        if len(topics) > 1:
            others = {same(word) for other in topics if other != topic for word in other}
            mine = {same(word) for word in topic}
            own = tuple(word for word in words if word in mine or word not in others)
        yield Ask(sentence, blanked, topic, form, own, has_values)


_DECLARES: Final = re.compile(
    r"^\W*(?:(?:so|ok(?:ay)?|sure|alright|now|then|and|but|well|to review)\b[\s,:.-]*)*"
    r"(?:you(?:'d|'re|'ll| would| are| want| need| will| have| said|\b)|i should|want to|wanna"
    r"|this)",
    re.IGNORECASE,
)


def _names_its_answer(sentence: str, form: str, kinds: frozenset[str]) -> bool:
    """Tell whether a question only wants to hear yes to what it says: `a table for 2 at 7 pm?`."""
    match form:
        case "":
            return bool(kinds) or _DECLARES.match(sentence) is not None
        case "polar":
            return bool(kinds - {"number", "percent"})
        case "request":
            return (
                bool(kinds) and re.search(r"\b(?:confirm|verify)\b", sentence.lower()) is not None
            )
        case _:
            return False


def blank(sentence: str) -> tuple[str, frozenset[str]]:
    """Return a sentence with its values replaced by their kinds, and these kinds."""
    parts, end, kinds = [], 0, []
    for value in recognise(sentence):
        if value.kind == "number" and value.text[:1].isalpha():
            continue
        is_word = value.kind == "proper_noun" and " " not in value.text
        if is_word and (not value.start or (value.text.isupper() and len(value.text) <= 5)):
            continue
        parts += [sentence[end : value.start], f"<{value.kind}>"]
        end = value.end
        kinds.append(value.kind)
    return "".join([*parts, sentence[end:]]), frozenset(kinds)


def _matters(token: str) -> bool:
    return token[0].isalnum() and (token in _DIRECTIONS or token not in _STOP | _SKIP)


def same(word: str) -> str:
    """Return a word's stem, one for all words that say the same here."""
    short = stem(word)
    return _SAME.get(short, short)


# ------------------------------------------------------------------ what is asked for


def _topics(sentence: str, tokens: list[str]) -> tuple[str, list[tuple[str, ...]]]:
    """Return the form of a question and what it asks for, one topic for each thing."""
    wh = _WH.search(sentence)
    if wh is not None:
        form = wh["wh"].lower()
        place = _place(tokens, form.split())
        after = tokens[place + len(form.split()) :]
        topics = _after_wh(form, after)
        if topics or form not in {"what", "which"}:
            return form, topics
    request = _REQUEST.search(sentence)
    if request is not None:
        verb = [token.lower() for token in _WORD.findall(request[0])]
        place = _place(tokens, verb[-1:])
        return "request", _listed(tokens[place + 1 :])
    if _POLAR.match(sentence):
        return "polar", _listed(_after_verb(tokens))[:1]
    return "", _listed(tokens)[:1]


def _place(tokens: list[str], wanted: list[str]) -> int:
    for place in range(len(tokens)):
        if tokens[place : place + len(wanted)] == wanted:
            return place
    return 0


def _after_wh(form: str, after: list[str]) -> list[tuple[str, ...]]:
    if form in {"what", "which", "whose"}:
        if after[:1] and after[0] in {"is", "are", "was", "were", "would", "will"}:
            after = [token for token in after[1:3] if token not in {"be", "the"}] + after[3:]
            return _listed(after)
        return _listed(after)[:1]
    if form in {"how many", "how much"}:
        return _listed(after)[:1] if after[:1] and after[0] not in _STOP else []
    return []


def _after_verb(tokens: list[str]) -> list[str]:
    """Return what follows the verb of a yes-or-no question."""
    for place, token in enumerate(tokens):
        if token in {"a", "an", "the", "any", "your", "some"} and place:
            return tokens[place:]
    return tokens


def _listed(tokens: list[str]) -> list[tuple[str, ...]]:
    """Return the noun phrases of a list: `your name, e-mail and order number`."""
    topics: list[tuple[str, ...]] = []
    place = 0
    while place < len(tokens):
        while place < len(tokens) and tokens[place] in _SKIP | {"with", "know", "for"}:
            place += 1
        phrase: list[str] = []
        while place < len(tokens) and len(phrase) < TOPIC_WORDS_MAX and _in_phrase(tokens, place):
            phrase.append(tokens[place])
            place += 1
            while phrase[-1] == "of" and place < len(tokens) and tokens[place] in _SKIP:
                place += 1
        if phrase[-1:] == ["of"]:
            phrase.pop()
        if not phrase:
            break
        topics.append(tuple(phrase))
        joined = False
        while place < len(tokens) and tokens[place] in {",", "and", "or", "/", "&", "as", "well"}:
            joined = True
            place += 1
        if not joined:
            break
    return topics


def _in_phrase(tokens: list[str], place: int) -> bool:
    token = tokens[place]
    if token == "of":
        after = [one for one in tokens[place + 1 : place + 4] if one not in _SKIP]
        return bool(after) and after[0] not in _STOP and after[0][0].isalnum()
    return token[0].isalnum() and token not in _STOP
