"""Typed values in what a customer says: dates, numbers, references, names and so on.

Values never overlap: where two recognisers want the same characters the longer find wins, then the
one that comes first in `KINDS`. Time is linear in the length of the text, and at most `TEXT_MAX`
characters are looked at, so a turn of a megabyte costs no more than a page.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from processors.intents.recognise_dates import (
    DATE,
    DATE_HINT,
    NUMBER_WORDS,
    TIME,
    TIME_HINT,
    date_of,
    time_of,
)

TEXT_MAX: Final = 8_000
"""Characters looked at."""

Kind = Literal[
    "email",
    "url",
    "money",
    "percent",
    "date",
    "time",
    "error_code",
    "reference",
    "phone",
    "long_number",
    "address",
    "name",
    "number",
    "proper_noun",
]
KINDS: Final[tuple[Kind, ...]] = (
    "email",
    "url",
    "money",
    "percent",
    "date",
    "time",
    "error_code",
    "reference",
    "phone",
    "long_number",
    "address",
    "name",
    "number",
    "proper_noun",
)
"""Every recogniser; the first wins among finds of one length."""


class Value(msgspec.Struct, frozen=True, array_like=True):
    """One typed value.

    Attributes:
        kind: Which recogniser found it.
        text: As said.
        start: First character, from 0.
        end: One past the last character.
        canonical: The same value in one form: ISO date, `HH:MM`, plain decimal number, lower-case
            e-mail, digits of a phone number.
    """

    kind: Kind
    text: str
    start: int
    end: int
    canonical: str


_Find = tuple[int, int, Kind, str]
"""Start, end, kind, canonical value."""

_EMAIL = re.compile(
    r"(?<![\w.%+-])[\w.%+-]++@(?:[A-Za-z0-9-]++\.)+[A-Za-z]{2,24}(?![\w-])",
)
_URL = re.compile(
    r"(?<![\w@.])(?:https?://[^\s<>\"']++"
    r"|www\.[^\s<>\"']++"
    r"|(?:[a-z0-9-]++\.)++(?:com|org|net|io|gov|edu|co|info|biz|dev|app)(?:\.[a-z]{2})?"
    r"(?:/[^\s<>\"']*+)?(?![\w@]))",
    re.IGNORECASE,
)
_AMOUNT = r"\d{1,12}(?:,\d{3}){0,4}(?:\.\d{1,2})?"
_MONEY = re.compile(
    rf"(?<![\w.,])(?:(?:US)?[$€£]\s?{_AMOUNT}(?:\s?[kK]\b|\s?million\b)?"
    rf"|{_AMOUNT}\s?(?:dollars?|bucks?|euros?|pounds?|cents?|usd|eur|gbp|€|£|\$)(?!\w))",
    re.IGNORECASE,
)
_PERCENT = re.compile(r"(?<![\w.,])\d{1,9}(?:\.\d{1,4})?\s?(?:%|per\s?cent\b)", re.IGNORECASE)
_HEX_CODE = re.compile(r"(?<!\w)0x[0-9a-fA-F]{2,16}(?!\w)")
_ERROR_CODE = re.compile(
    r"\b(?:error|err|fault|exception|status)(?:\s(?:code|number|message|no\.?))?"
    r"(?:\s(?:is|was|says|of))?[\s:#-]{1,3}([A-Za-z]{0,5}[-_]?\d{1,6}[A-Za-z]?)(?![\w-])",
    re.IGNORECASE,
)
_E_CODE = re.compile(r"(?<![\w-])(?:[EF]-?\d{2,5}|ERR[-_][A-Z0-9_-]{2,24})(?![\w-])")
_REFERENCE = re.compile(
    r"(?<![\w@.-])(?:[A-Za-z]{1,6}[-_]\d{2,}[A-Za-z0-9]*+(?:[-_][A-Za-z0-9]++)*+"
    r"|[A-Z]{1,6}\d{3,}[A-Z0-9]*+(?:-[A-Z0-9]++)*+"
    r"|(?=[0-9]*+[A-Z])(?=[A-Z]*+[0-9])[A-Z0-9]{6,24})(?![\w@-])"
)
_NUMBERED = re.compile(
    r"(?:\b(?:order|ticket|case|booking|reservation|reference|ref|invoice|confirmation|policy"
    r"|claim|tracking|account|serial|customer|member(?:ship)?|receipt|contract|quote|id)"
    r"(?:\s(?:id|number|numbers|no\.?|num|code|ref(?:erence)?))?(?:\s(?:is|was))?[\s:=#-]{1,3}"
    r"|\#\s?)((?=[A-Za-z-]{0,8}\d)[A-Za-z0-9]{3,24}(?:-[A-Za-z0-9]{1,12}){0,4})(?![\w-])",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?<![\w#$€£/.,-])(?:\+\d{1,3}[ .-]?)?(?:\(\d{1,5}\)|\d{2,5})(?:[ .-]{1,2}\d{2,8}){1,5}"
    r"(?![\w/]|[.,:-]\d)"
    r"|(?<![\w+])\+\d{7,15}(?!\w)"
)
_LONG = re.compile(
    r"(?<![\w.,$€£+-])(?:\d{7,40}|\d{4}(?:[ -]\d{4}){2,4}(?:[ -]?\d{1,3})?|\d{4}[ -]\d{6}[ -]\d{5}"
    r"|\d{3}[ -]\d{2}[ -]\d{4}|\d{2}-\d{2}-\d{2}[ ]\d{8})(?![\w]|[.,]\d)"
)
_NUMBER = re.compile(r"(?<![\w.,-])-?\d{1,12}(?:,\d{3}){0,4}(?:\.\d{1,6})?(?![\w]|[.,]\d)")
_WORDS = "|".join(NUMBER_WORDS)
_SPELLED = (
    rf"(?:(?:a\s)?(?:hundred|thousand)|(?:{_WORDS}))"
    rf"(?:[\s-](?:(?<=hundred.)and\s)?(?:hundred|thousand|{_WORDS})){{0,15}}\b"
)
_NUMBER_WORDS = re.compile(rf"\b{_SPELLED}", re.IGNORECASE)
_MONEY_WORDS = re.compile(
    rf"\b({_SPELLED})\s(?:dollars?|bucks?|euros?|pounds?|cents?)\b", re.IGNORECASE
)
_STREET = (
    r"(?:street|road|avenue|ave|drive|lane|highway|hwy|boulevard|blvd|way|court|place|square"
    r"|parkway|pkwy|terrace|st|rd|dr|ln|ct)"
)
_ADDRESS = re.compile(
    rf"(?<![\w.,#-])\d{{1,6}}[A-Za-z]?\s(?:[A-Za-z0-9][\w.'-]{{0,20}}\s){{1,4}}?{_STREET}\b"
    r"(?:,?\s(?:#\s?|suite\s|ste\s|apt\.?\s|unit\s|floor\s)\w{1,6}\b)?",
    re.IGNORECASE,
)
_NUMBER_HINT = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twel|thir|fif|twen|for"
    r"|zero|hundred|thousand|nine|eigh)",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"\b(?:(?P<named>(?:my|his|her|our|their|full|first|last)\s(?:full\s|first\s|last\s)?name(?:\sis|'s|:)"
    r"|name\sis|name:|call\sme|i\sam\scalled)"
    r"|(?P<met>this\sis|i\sam|i'm|im|it's|speaking\swith))\s"
    r"(?=(?P<name>[^\W\d_][\w'.-]{0,30}(?:\s[^\W\d_][\w'.-]{0,30}){0,3}))",
    re.IGNORECASE,
)
_CAPITAL = r"[A-Z\u00c0-\u00de]"
_CAPITAL_WORD = rf"(?:(?:St|Mt|Dr|Ft|{_CAPITAL})\.(?=\s{_CAPITAL}\w)|{_CAPITAL}[\w'\u2019-]*+)"
_CAPITALS = re.compile(
    rf"{_CAPITAL_WORD}(?:\s(?:(?:(?:of|and|&)\s(?:the\s)?|(?:the|de|la|le|del)\s)(?=\S\w))?"
    rf"{_CAPITAL_WORD}){{0,7}}"
    rf"(?:,\s(?:[A-Z]{{2}}(?!\w)|Canada|England|Scotland|Ireland|France|Germany|Mexico|Australia"
    rf"|India|USA|UK)(?!\w))?"
)

_WORDS_OF_NOT_NAMES = """
    a about actually also an and any as at back because but by can could did do does from for good
    great glad going had happy has have having here how i if in interested is it just like looking
    my need no not now of ok okay on or please ready really regarding right so sorry sure thank
    thanks that the there this to trying unable unhappy very wanting was wanted what when where
    which who will with would yes you your calling writing still
"""
_NOT_NAMES: Final = frozenset(_WORDS_OF_NOT_NAMES.split())
"""Words no name begins with and at which it ends."""
_WORDS_OF_OPENERS = """
    a about after all also am an and any anything are as at awesome be because before book bring
    but buy by call can cancel change check correct could did do does either every excellent find
    fine for from get give go good great hello help her here hey hi his how however i if i'd i'll
    i'm i've im in is it it's its just let let's like look looking make maybe may me my need no
    nope not nothing now of oh ok okay on one only or order our perfect please right schedule
    search see send she show so some sorry sounds start sure tell thank thanks that that's the
    then there there's they they're this to today tomorrow transfer try um we we're well what
    what's when where which who why will would yeah yep yes you your mr mrs ms dr dear regards sir
    madam ma'am actually alright absolutely again already anywhere around ask available both
    definitely don't doesn't didn't isn't can't during each else even everything first goodbye bye
    got have has had hmm want interesting keep leave list last next later more morning evening
    afternoon might most much must never new nice nah none other put play rent reserve same say
    should since soon still such take their them these those thing today's too turn two three four
    under until up us use very wait was watch were while with within without won't wow yesterday
    yup cheap moderate expensive english monday tuesday wednesday thursday friday saturday sunday
    january february march april june july august september october november december pm omg lol
    asap faq id url pin usa tv
"""
_OPENERS: Final = frozenset(_WORDS_OF_OPENERS.split())
"""Words that are no proper noun although a sentence begins with them."""


def recognise(text: str, *, now_ms: int | None = None) -> tuple[Value, ...]:
    """Return the typed values in `text`, in the order said.

    Args:
        text: What was said; beyond `TEXT_MAX` characters it is not read.
        now_ms: When, UTC; with it `yesterday` becomes an ISO date, without it it stays a word.
    """
    text = text[:TEXT_MAX]
    taken = _Taken()
    finds = sorted(_typed(text, now_ms), key=lambda one: (one[0] - one[1], KINDS.index(one[2])))
    for find in finds:
        taken.add(find)
    for find in _numbers(text):
        taken.add(find)
    for find in _proper_nouns(text, taken.spans):
        taken.add(find)
    return tuple(
        Value(kind, text[start:end], start, end, canonical)
        for start, end, kind, canonical in taken.found
    )


class _Taken:
    """Finds that do not overlap, in order of place."""

    def __init__(self) -> None:
        self.found: list[_Find] = []
        self.spans: list[tuple[int, int]] = []

    def add(self, find: _Find) -> None:
        start, end = find[0], find[1]
        place = bisect_left(self.spans, (start, end))
        if place and self.spans[place - 1][1] > start:
            return
        if place < len(self.spans) and self.spans[place][0] < end:
            return
        self.spans.insert(place, (start, end))
        self.found.insert(place, find)


def _typed(text: str, now_ms: int | None) -> Iterator[_Find]:
    if "@" in text:
        yield from _finds(_EMAIL, "email", text)
    if "." in text or "://" in text:
        yield from _urls(text)
    yield from _moments(text, now_ms)
    if _DIGIT.search(text):
        yield from _with_digits(text)
    if _NUMBER_HINT.search(text):
        for found in _MONEY_WORDS.finditer(text):
            yield found.start(), found.end(), "money", _in_digits(found[1])
    if _NAME_HINT.search(text):
        yield from _names(text)


def _moments(text: str, now_ms: int | None) -> Iterator[_Find]:
    if DATE_HINT.search(text):
        for found in DATE.finditer(text):
            date = date_of(found[0], now_ms)
            if date is not None:
                start, end = _trimmed(text, found.start(), found.end())
                yield start, end, "date", date
    if TIME_HINT.search(text):
        for found in TIME.finditer(text):
            time = time_of(found[0])
            if time is not None:
                start, end = _trimmed(text, found.start(), found.end())
                yield start, end, "time", time


_BEFORE_DATE: Final = re.compile(r"(?:(?:in|since|of|during)\s)?(?:the\s)?(?!day )", re.IGNORECASE)
_BARE_DAY: Final = re.compile(r"the\s\w+", re.IGNORECASE)
"""A day that is one only by its article: `the 6th`."""


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span without article, preposition and the full stop of a sentence."""
    lead = None if _BARE_DAY.fullmatch(text, start, end) else _BEFORE_DATE.match(text, start, end)
    start = start if lead is None else lead.end()
    if text[end - 1] == "." and text.count(".", start, end) == 1:
        end -= 1
    return start, end


_DIGIT: Final = re.compile(r"\d")
_NAME_HINT: Final = re.compile(r"name|this is|call|\bi'?m\b|i am|it's|with", re.IGNORECASE)


def _finds(pattern: re.Pattern[str], kind: Kind, text: str) -> Iterator[_Find]:
    for found in pattern.finditer(text):
        yield found.start(), found.end(), kind, found[0].lower()


def _urls(text: str) -> Iterator[_Find]:
    for found in _URL.finditer(text):
        said = found[0].rstrip(".,;:!?)]}")
        yield found.start(), found.start() + len(said), "url", said


def _with_digits(text: str) -> Iterator[_Find]:
    for found in _MONEY.finditer(text):
        yield found.start(), found.end(), "money", _amount(found[0])
    for found in _ADDRESS.finditer(text):
        yield found.start(), found.end(), "address", " ".join(found[0].split())
    for found in _PERCENT.finditer(text):
        yield found.start(), found.end(), "percent", plain(re.sub(r"[^\d.]", "", found[0]))
    for found in _HEX_CODE.finditer(text):
        yield found.start(), found.end(), "error_code", found[0].lower()
    for found in _ERROR_CODE.finditer(text):
        yield found.start(1), found.end(1), "error_code", found[1].upper()
    for found in _E_CODE.finditer(text):
        yield found.start(), found.end(), "error_code", found[0].upper()
    for found in _REFERENCE.finditer(text):
        yield found.start(), found.end(), "reference", found[0].upper()
    for found in _NUMBERED.finditer(text):
        yield found.start(1), found.end(1), "reference", found[1].upper()
    yield from _digit_runs(text)


def _digit_runs(text: str) -> Iterator[_Find]:
    for found in _LONG.finditer(text):
        yield found.start(), found.end(), "long_number", re.sub(r"\D", "", found[0])
    for found in _PHONE.finditer(text):
        digits = re.sub(r"\D", "", found[0])
        if 7 <= len(digits) <= 15 and not _is_social_security(found[0]):
            sign = "+" if found[0].startswith("+") else ""
            yield found.start(), found.end(), "phone", sign + digits


def _is_social_security(text: str) -> bool:
    return re.fullmatch(r"\d{3}[ -]\d{2}[ -]\d{4}", text) is not None


def _amount(text: str) -> str:
    number = plain(re.sub(r"[^\d.]", "", text))
    lower = text.lower()
    if "million" in lower:
        return number + "000000" if number.isdigit() else number
    return number + "000" if lower.endswith("k") and number.isdigit() else number


def plain(number: str) -> str:
    """Return a decimal number without thousands separators, leading and trailing zeros."""
    sign = "-" if number.startswith("-") else ""
    whole, _, part = number.lstrip("-").replace(",", "").partition(".")
    part = part.rstrip("0")
    return sign + (whole.lstrip("0") or "0") + (f".{part}" if part else "")


def _names(text: str) -> Iterator[_Find]:
    for found in _NAME.finditer(text):
        needs_capital = found["met"] is not None
        end = found.start("name")
        for word in re.finditer(r"\S+", found["name"]):
            bare = word[0].strip(".,'-").lower()
            if bare in _NOT_NAMES or (needs_capital and not word[0][0].isupper()):
                break
            end = found.start("name") + word.end()
            if word[0].endswith("."):
                break
        said = text[found.start("name") : end].rstrip(".,' -")
        if said:
            yield (
                found.start("name"),
                found.start("name") + len(said),
                "name",
                " ".join(said.split()),
            )


def _numbers(text: str) -> Iterator[_Find]:
    if _DIGIT.search(text):
        for found in _NUMBER.finditer(text):
            yield found.start(), found.end(), "number", plain(found[0])
    if _NUMBER_HINT.search(text):
        for found in _NUMBER_WORDS.finditer(text):
            if found[0].lower() != "one" or _is_counted(text, found):
                yield found.start(), found.end(), "number", _in_digits(found[0])


def _is_counted(text: str, found: re.Match[str]) -> bool:
    """Tell whether "one" counts something: `one ticket`, not `the blue one`, `no one`, `one of`."""
    before = text[max(0, found.start() - 12) : found.start()].split()
    after = text[found.end() : found.end() + 12].split()
    if not after or found[0] == text.strip(" .!"):
        return not before or before[-1].lower() in {"just", "only", "is", "for", "need"}
    return after[0][0].isalpha() and after[0].lower().strip(".,") not in _NOT_COUNTED


_WORDS_OF_NOT_COUNTED = """
    of is that which i for more thing in at on and with to
"""
_NOT_COUNTED: Final = frozenset(_WORDS_OF_NOT_COUNTED.split())


def _in_digits(text: str) -> str:
    """Return number words in digits; words spelling one digit each are strung together."""
    words = [word for word in re.split(r"[\s-]+", text.lower()) if word not in {"and", "a"}]
    if len(words) > 1 and all(NUMBER_WORDS.get(word, 10) < 10 for word in words):
        return "".join(str(NUMBER_WORDS[word]) for word in words)
    total = present = 0
    for word in words:
        if word == "hundred":
            present = max(present, 1) * 100
        elif word == "thousand":
            total, present = total + max(present, 1) * 1_000, 0
        else:
            present += NUMBER_WORDS[word]
    return str(total + present)


_SENTENCE_START: Final = re.compile(r"(?:^|[.!?:\n]\s*|[\"(])$")


def _proper_nouns(text: str, taken: list[tuple[int, int]]) -> Iterator[_Find]:
    for start, end in _gaps(taken, len(text)):
        for found in _CAPITALS.finditer(text, start, end):
            place, said = found.start(), found[0]
            if place and (text[place - 1].isalnum() or text[place - 1] == "'"):
                continue
            place = _after_opener(text, place, found.end())
            said = text[place : found.end()].rstrip(".,'-&")
            if said and said[0].isupper() and not _is_shouting(said, text):
                yield place, place + len(said), "proper_noun", said


def _after_opener(text: str, place: int, end: int) -> int:
    """Return where a run of capitals begins when words that only open a sentence are left out."""
    is_start = _SENTENCE_START.search(text[max(0, place - 4) : place]) is not None
    while place < end:
        first = text[place:end].partition(" ")[0]
        word = first.lower().strip(".,'")
        is_opener = word in _OPENERS or word.endswith(("'m", "'d", "'ll", "'ve", "'s been"))
        is_lone = place + len(first) >= end
        if is_start and is_lone and word.endswith(("ing", "ed")):
            is_opener = True
        is_no_name = is_lone or len(first) == 1 or word in _NEVER or "'" in word
        if not is_opener or not (is_start or is_no_name):
            break
        if not is_lone and word in _BEGIN_NAMES:
            break
        place += len(first) + 1
    return place


_WORDS_OF_NEVER = """
    i i'd i'll i'm i've id monday tuesday wednesday thursday friday
"""
_NEVER: Final = frozenset(_WORDS_OF_NEVER.split())
_BEGIN_NAMES: Final = frozenset(
    ["new", "the", "good", "great", "old", "just", "best", "all", "our", "great"]
)
"""Openers that may begin a name of several words, like New York."""


def _is_shouting(said: str, text: str) -> bool:
    """Tell whether capitals mean nothing here: a text all in capitals."""
    return said.isupper() and len(text) > len(said) + 3 and text.isupper()


def _gaps(taken: list[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    starts = [0, *(end for _, end in taken)]
    ends = [*(start for start, _ in taken), length]
    return [(start, end) for start, end in zip(starts, ends, strict=True) if end > start]
