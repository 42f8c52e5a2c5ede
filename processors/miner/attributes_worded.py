"""Kind, name, question and cues of an attribute, told by how it was asked for and answered."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from processors.intents.library import ValueKind
from processors.intents.recognise_bare import identifies, truth
from processors.intents.recognise_message import stem
from processors.miner.attributes_asked import Occurrence, Reply
from processors.miner.questions import Ask

VALUES_MAX: Final = 8
"""Most values an enum may have."""
_WORDS_OF_TYPES = """
    email url money percent date time error_code reference phone long_number address name number
    proper_noun truth text
"""
TYPES: Final = _WORDS_OF_TYPES.split()

PLAIN_TOPICS: Final = frozenset(
    ["dat", "tim", "day", "city", "plac", "location", "area", "number", "nam", "kind"]
)
_PLACES: Final = {
    "leav": "?origin",
    "origin": "?origin",
    "from": "?origin",
    "go": "?aim",
    "arriv": "?aim",
}
"""Words that tell whence from whither."""
PLAIN_WEIGHT: Final = 1.5
FORM_WEIGHT: Final = 1.5
PLACE_WEIGHT: Final = 2.0


def words_of(ask: Ask) -> dict[str, float]:
    """Return the words of a question that tell what it asks for, weighted."""
    topic = [stem(word) for word in ask.topic]
    is_plain = all(word in PLAIN_TOPICS for word in topic)
    weights = dict.fromkeys(ask.words, PLAIN_WEIGHT if is_plain else 1.0)
    for word in topic:
        weights[word] = max(weights.get(word, 0.0), 2.0)
    if ask.form in {"when", "where", "who", "why", "how many", "how much", "how long"}:
        weights[f"?{ask.form}"] = FORM_WEIGHT
    if is_plain and ask.form in {"where", "what", "which"}:
        places = [_PLACES[word] for word in ask.words if word in _PLACES]
        weights.update(dict.fromkeys(places[:1], PLACE_WEIGHT))
    return weights


_HINTS: Final[tuple[tuple[re.Pattern[str], str, tuple[str, ...]], ...]] = tuple(
    (re.compile(rf"\b(?:{words})\b"), recogniser, kinds)
    for words, recogniser, kinds in (
        ("e-?mail(?: address)?", "email", ("email",)),
        ("(?:tele)?phone|mobile|cell", "phone", ("phone", "long_number")),
        (
            "(?:error|fault|status|exception) (?:code|number)",
            "error_code",
            ("error_code", "reference", "number"),
        ),
        ("url|website|link", "url", ("url",)),
        ("post ?code|postal code|zip(?: ?code)?", "long_number", ("long_number", "number")),
        ("number of .*", "", ()),
        ("code|id|ref(?:erence)?", "reference", ("reference", "long_number", "number")),
        ("street|(?:home |shipping |billing |mailing )?address", "address", ("address",)),
        ("(?:full |first |last |sur)?name", "name", ("name", "proper_noun")),
    )
)
"""Names of attributes, the recogniser they hint at, and the kinds of answers that bear it out."""
HINT_SHARE: Final = 0.25
"""Share of the answers that have to bear a hint out."""
YES_NO_SHARE: Final = 0.8
"""Share of answers with yes or no that makes a request a question for yes or no."""
_WORDY: Final = frozenset(["name", "proper_noun"])
_CODES: Final = ("reference", "long_number", "number", "phone", "error_code")
"""Kinds of values that may be a number or code that identifies something."""
_PLAIN_CODES: Final = frozenset([("number",), ("code",), ("reference",), ("id",), ()])
"""What is asked for where only the rest of the question says of what."""


def kind_of(members: list[Occurrence]) -> tuple[ValueKind, str, tuple[str, ...]]:
    """Return kind, recogniser and an enum's values, told by what was answered."""
    replies = [one for one in members if one.reply is not None]
    alone = [one for one in replies if one.is_alone] or replies
    said = [one.reply for one in alone if one.reply is not None]
    if _asks_for_code(members) and _bears_out(said, _CODES):
        return "string", "reference", ()
    if not alone:
        return "string", "", ()
    if _is_yes_or_no(alone, said):
        return "boolean", "", ()
    counts: Counter[str] = Counter(
        kind for one in said for kind in dict.fromkeys(v.kind for v in one.values)
    )
    best = max(counts, key=lambda kind: (counts[kind], -TYPES.index(kind)), default="")
    name = name_of(members, "")
    values = () if name.endswith("name") else _values(said, _topic_stems(members))
    if values and best in {"", "proper_noun", "name", "number"}:
        return "enum", "", values
    recogniser = _hinted(name, said)
    if recogniser or counts[best] * 2 < len(said):
        return "string", recogniser, ()
    if best == "date":
        return "date", best, ()
    return "number" if best in {"number", "money", "percent"} else "string", best, ()


def _is_yes_or_no(asked: list[Occurrence], said: list[Reply]) -> bool:
    """Tell whether questions are answered with yes or no.

    So may be a request: "Can you send me a photo?" gets yes and no and nothing else.
    """
    polar = sum(one.ask.form == "polar" for one in asked)
    yes_no = sum(one.says is not None for one in said)
    if polar * 2 > len(asked) and yes_no * 2 >= len(said):
        return True
    is_typed = any(value.kind not in _WORDY for one in said for value in one.values)
    return polar > 0 and yes_no >= YES_NO_SHARE * len(said) and not is_typed


def _asks_for_code(members: list[Occurrence]) -> bool:
    """Tell whether the questions ask for a number or code that identifies something."""
    coded = 0
    for one in members:
        if one.ask.form not in {"how many", "how much"}:
            is_plain = one.ask.topic in _PLAIN_CODES
            coded += identifies(one.ask.text if is_plain else " ".join(one.ask.topic))
    return coded * 2 > len(members)


def _bears_out(said: list[Reply], kinds: tuple[str, ...]) -> bool:
    """Tell whether enough of the answers hold such values; where there are none they do."""
    fits = sum(any(value.kind in kinds for value in one.values) for one in said)
    return fits >= HINT_SHARE * len(said)


def _hinted(name: str, said: list[Reply]) -> str:
    """Return the recogniser that an attribute's name hints at and its answers bear out."""
    for pattern, recogniser, kinds in _HINTS:
        if pattern.search(name):
            return recogniser if _bears_out(said, kinds) else ""
    return ""


_ANSWER_LEAD: Final = re.compile(
    r"^(?:(?:yes|no|sure|ok|okay|well|just|um|i think|maybe|please|it is|it's|that is|that's|the"
    r"|a|an|my|i have|i want|i need|i'd like|i would like|i prefer|i'm|i am|for|in|with|by)\s)+",
)


def _topic_stems(members: list[Occurrence]) -> frozenset[str]:
    return frozenset(stem(word) for one in members for word in one.ask.topic)


def _values(said: list[Reply], topic: frozenset[str]) -> tuple[str, ...]:
    """Return the few values that nearly all answers are; empty when answers are free.

    Args:
        said: The answers.
        topic: Stems of what is asked for: `the shop in Leeds` is `Leeds` where a shop is.
    """
    short = []
    for one in said:
        text = re.sub(r"[^\w\s'-]", " ", one.text.lower())
        text = _ANSWER_LEAD.sub("", " ".join(text.split()) + " ").strip()
        first, _, rest = text.partition(" ")
        if rest and (stem(first) in topic or first == "one"):
            text = _ANSWER_LEAD.sub("", rest + " ").strip()
        text = re.sub(r"\s(?:please|thanks|thank you|one|account)$", "", text)
        short.append(text)
    counts = Counter(text for text in short if text and len(text.split()) <= 3)
    kept = sorted(
        (text for text, count in counts.items() if count >= max(2, len(said) * 0.03)),
        key=lambda text: (-counts[text], text),
    )
    kept = [text for text in kept if not re.fullmatch(r"[\d\s.,]+", text) and truth(text) is None]
    covered = sum(counts[text] for text in kept)
    if len(said) >= 8 and 2 <= len(kept) <= VALUES_MAX and covered >= 0.7 * len(said):
        return tuple(kept)
    return ()


_NOUN_OF: Final[Mapping[str, str]] = {
    "buy": "purchase",
    "bought": "purchase",
    "purchas": "purchase",
    "leav": "departure",
    "depart": "departure",
    "return": "return",
    "back": "return",
    "arriv": "arrival",
    "order": "order",
    "check": "check-in",
    "pick": "pick-up",
    "drop": "drop-off",
    "start": "start",
    "begin": "start",
    "end": "end",
    "finish": "end",
    "happen": "incident",
    "deliver": "delivery",
    "ship": "shipping",
    "pay": "payment",
    "visit": "visit",
    "expir": "expiry",
    "receiv": "receipt",
    "go": "travel",
    "stay": "stay",
}
_WHAT_OF: Final[Mapping[str, str]] = {
    "where": "location",
    "who": "person",
    "why": "reason",
    "how many": "number",
    "how much": "amount",
    "how long": "duration",
    "how old": "age",
    "how often": "frequency",
    "how far": "distance",
    "how": "method",
    "when": "date",
}


_PLAIN: Final = frozenset(["date", "day", "time", "city", "place", "location"])
"""Names that say more with what happens then or there: `return date`."""


def name_of(members: list[Occurrence], recogniser: str) -> str:
    """Return the commonest name of what is asked for."""
    names = Counter(_named(one.ask, recogniser) for one in members)
    most = max(names.values())

    def rank(name: str) -> tuple[bool, int, int, str]:
        is_told = name not in _EMPTY_NAMES and names[name] * 4 >= most
        return not is_told, -names[name], len(name), name

    best = min(names, key=rank)
    if best in _EMPTY_NAMES and recogniser in _NAMES_OF_TYPES:
        return _NAMES_OF_TYPES[recogniser]
    return best or recogniser.replace("_", " ") or "detail"


_EMPTY_NAMES: Final = frozenset(["", "location", "person", "method"])
"""Names that tell least; any other goes before."""
_NAMES_OF_TYPES: Final[Mapping[str, str]] = {
    "email": "e-mail address",
    "phone": "phone number",
    "url": "link",
}


def _named(ask: Ask, recogniser: str) -> str:
    topic = " ".join(ask.topic)
    if ask.form == "how many" and topic:
        return f"number of {topic}"
    if topic and not topic.startswith("<"):
        verb = _verb(ask) if topic in _PLAIN else ""
        return f"{verb} {topic}" if verb and verb != "travel" else topic
    if ask.form not in _WHAT_OF:
        return ""
    what = _WHAT_OF[ask.form]
    if ask.form == "when" and recogniser == "time":
        what = "time"
    if ask.form == "where":
        return _whereabouts(ask)
    verb = _verb(ask)
    return f"{verb} {what}" if verb and ask.form in {"when", "how", "how long"} else what


def _whereabouts(ask: Ask) -> str:
    """Return whence or whither, where a question says which."""
    if "from" in ask.words:
        return f"{_verb(ask) or 'departure'} location"
    places = [_PLACES[word] for word in ask.words if word in _PLACES]
    return "destination" if places[:1] == ["?aim"] else "location"


def _verb(ask: Ask) -> str:
    return next((_NOUN_OF[word] for word in ask.words if word in _NOUN_OF), "")


def typical(members: list[Occurrence]) -> str:
    """Return the question nearest to all others among those that name no values."""
    texts = Counter(one.ask.text for one in members if not one.ask.has_values)
    words = {one.ask.text: frozenset(words_of(one.ask)) for one in members}
    weight = Counter(word for one in members for word in dict.fromkeys(words_of(one.ask)))
    if not texts:
        return ""

    def centrality(text: str) -> float:
        return sum(weight[word] for word in sorted(words[text])) / (len(words[text]) + 2.0)

    best = min(texts, key=lambda text: (-centrality(text) - texts[text], len(text), text))
    return _clean(best)


_GREETING_LEAD: Final = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|sure|great|thanks?|thank you|alright|well|perfect|got it|certainly|and|so"
    r"|no problem|wonderful|absolutely|of course|thanks so much)\b[\s,.!;-]*)+",
    re.IGNORECASE,
)


def _clean(sentence: str) -> str:
    text = _GREETING_LEAD.sub("", " ".join(sentence.split())) or sentence
    text = text[0].upper() + text[1:]
    return text if text[-1] in ".?!" else f"{text}?"


def template(name: str, kind: ValueKind, values: Sequence[str] = ()) -> str:
    """Return a question for an attribute that nobody has worded."""
    match kind:
        case "date":
            return (
                f"On which date was this: {name}?" if "date" not in name else f"What is the {name}?"
            )
        case "boolean":
            return f"{name[:1].upper()}{name[1:]}: yes or no?"
        case "enum":
            return f"Which {name} is it: {', '.join(values)}?"
        case "string" | "number":
            return f"What is the {name}?"


_CUE: Final = re.compile(r"[a-z]+(?:'[a-z]+)?")
_WORDS_OF_NO_CUES = """
    a an the i you we it is was are were be my your our to in on at for of and or but not with
    from this that have has had will would can could do does did please thanks thank yes no ok so
    want need like just around about by me am i'm i'd it's as if there here looking number date
    time maybe perhaps one some says said think that's
"""
_NO_CUES: Final = frozenset(_WORDS_OF_NO_CUES.split())


def cues_of(members: list[Occurrence], recogniser: str) -> tuple[str, ...]:
    """Return words that customers put beside the value and seldom elsewhere, commonest first."""
    if not recogniser:
        return ()
    beside: Counter[str] = Counter()
    anywhere: Counter[str] = Counter()
    for one in members:
        if one.reply is None:
            continue
        text = one.reply.text.lower()
        anywhere.update(list(dict.fromkeys(_CUE.findall(text))))
        words: list[str] = []
        for value in one.reply.values:
            if value.kind == recogniser:
                words += _CUE.findall(text[max(0, value.start - 40) : value.start])[-3:]
                words += _CUE.findall(text[value.end : value.end + 20])[:1]
        beside.update(list(dict.fromkeys(words)))
    kept = [word for word in beside if beside[word] >= 3 and word not in _NO_CUES]
    kept = [word for word in kept if beside[word] >= 0.6 * anywhere[word] and len(word) > 2]
    kept = [word for word in kept if beside[word] >= 0.05 * len(members)]
    return tuple(sorted(kept, key=lambda word: (-beside[word], word))[:6])
