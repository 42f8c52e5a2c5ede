"""What an answer says: a text, number, date, yes or no, or one of the choices; None: nothing."""

from __future__ import annotations

import re
from typing import Final

from processors.dialogue.conditions import VALUE_CHARS_MAX
from processors.dialogue.match import TEXT_CHARS_MAX, plain_words
from processors.dialogue.said import Value
from processors.dialogue.topic import Choice, Question

DAY_MS: Final = 86_400_000

_SAYS_YES: Final = "yes y yeah yep yup sure ok okay correct right true ja jawohl oui si sí"
_SAYS_NO: Final = "no n nope nah never false wrong nein nicht non"
YES: Final = frozenset(_SAYS_YES.split())
NO: Final = frozenset(_SAYS_NO.split())
YES_NO_WORDS_MAX: Final = 8

_NUMBERS: Final = "zero one two three four five six seven eight nine ten eleven twelve"
_NUMBER_WORDS: Final = tuple(_NUMBERS.split())
_YEAR: Final = (
    "january february march april may june july august september october november december"
)
_MONTHS: Final = tuple(_YEAR.split())
_DIGITS: Final = re.compile(r"(?<![\w.,])[+-]?\d[\d.,']*(?!\w)", re.ASCII)
_GROUPED: Final = re.compile(r"[+-]?\d{1,3}(?:[,']\d{3})+(?:\.\d+)?", re.ASCII)
_GROUPED_BY_POINTS: Final = re.compile(
    r"[+-]?\d{1,3}(?:(?:\.\d{3})+,\d+|(?:\.\d{3}){2,})", re.ASCII
)
_ISO: Final = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)", re.ASCII)
_POINTS: Final = re.compile(r"(?<!\d)(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?!\d)", re.ASCII)
_SLASHES: Final = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)", re.ASCII)
_DAY_MONTH: Final = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)?(?: of)? ([a-z]{3,9})(?: (\d{4}))?\b")
_MONTH_DAY: Final = re.compile(r"\b([a-z]{3,9}) (\d{1,2})(?:st|nd|rd|th)?(?: (\d{4}))?\b")
_RELATIVE: Final = {"today": 0, "tomorrow": 1, "yesterday": -1}


def recognised(question: Question, text: str, *, now_ms: int, locale: str | None) -> Value | None:
    """Return the answer in a text as a value, or None."""
    looked_at = text[:TEXT_CHARS_MAX]
    match question.kind:
        case "string":
            return text.strip()[:VALUE_CHARS_MAX] or None
        case "number":
            return number_in(looked_at)
        case "date":
            return date_in(looked_at, now_ms=now_ms, locale=locale)
        case "boolean":
            return boolean_in(looked_at)
        case "choice":
            return choice_in(looked_at, question.choices)


def number_in(text: str) -> int | float | None:
    """Return the only number of a text; None when there is none, or more than one."""
    found = [match.rstrip(".,'") for match in _DIGITS.findall(text)]
    if not found:
        words = [word for word in plain_words(text) if word in _NUMBER_WORDS]
        return _NUMBER_WORDS.index(words[0]) if len(words) == 1 else None
    return _number(found[0]) if len(found) == 1 else None


def boolean_in(text: str) -> str | None:
    """Return `true` or `false`: what the first word of either kind says; None: it is not clear."""
    words = plain_words(text)
    if len(words) > YES_NO_WORDS_MAX:
        return None
    said = [word for word in words if word in YES or word in NO]
    if said and said[0] in NO:
        return "false"
    is_doubted = any(word == "not" or word.endswith("n't") for word in words)
    return "true" if said and not is_doubted else None


def choice_in(text: str, choices: tuple[Choice, ...]) -> str | None:
    """Return the only choice that a text names: by its number, by itself, or among other words."""
    words = plain_words(text)
    if len(words) == 1 and words[0].isascii() and words[0].isdecimal() and len(words[0]) < 4:
        position = int(words[0])
        named = [choice for choice in choices if (words[0],) in _names(choice)]
        if not named and 1 <= position <= len(choices):
            return choices[position - 1].value
    exact = [choice.value for choice in choices if words in _names(choice)]
    if exact:
        return exact[0]
    padded = f" {' '.join(words)} "
    inside = [
        choice.value
        for choice in choices
        if any(name and f" {' '.join(name)} " in padded for name in _names(choice))
    ]
    return inside[0] if len(inside) == 1 else None


def date_in(text: str, *, now_ms: int, locale: str | None) -> str | None:
    """Return the date in a text as `YYYY-MM-DD`.

    Days are UTC. `5/3/2024` is the month first for en-US, the day first for all others. A day
    without a year is the one nearest to now.
    """
    today = now_ms // DAY_MS
    words = plain_words(text)
    for word, days in _RELATIVE.items():
        if word in words:
            return _iso(*civil(today + days))
    if found := _ISO.search(text):
        return _checked(int(found[1]), int(found[2]), int(found[3]))
    if found := _POINTS.search(text):
        return _checked(int(found[3]), int(found[2]), int(found[1]))
    if found := _SLASHES.search(text):
        first, second = int(found[1]), int(found[2])
        is_month_first = (locale or "").casefold() == "en-us"
        month, day = (first, second) if is_month_first else (second, first)
        return _checked(int(found[3]), month, day)
    return _named_date(" ".join(words), today)


def _named_date(text: str, today: int) -> str | None:
    for found in _DAY_MONTH.finditer(text):
        if month := _month(found[2]):
            return _of_year(int(found[1]), month, found[3], today)
    for found in _MONTH_DAY.finditer(text):
        if month := _month(found[1]):
            return _of_year(int(found[2]), month, found[3], today)
    return None


def _of_year(day: int, month: int, year: str | None, today: int) -> str | None:
    if year is not None:
        return _checked(int(year), month, day)
    present = civil(today)[0]
    years = [one for one in (present - 1, present, present + 1) if _checked(one, month, day)]
    if not years:
        return None
    return _iso(
        min(years, key=lambda one: (abs(days_of(one, month, day) - today), one)), month, day
    )


def _month(word: str) -> int | None:
    for number, name in enumerate(_MONTHS, 1):
        if word == name or word == name[:3] or (word == "sept" and number == 9):
            return number
    return None


def _number(text: str) -> int | float | None:
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "").replace("'", "")
    elif _GROUPED_BY_POINTS.fullmatch(text):
        text = text.replace(".", "").replace(",", ".")
    elif text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    whole, _, fraction = text.partition(".")
    if len(whole) > 15 or len(fraction) > 15:
        return None
    try:
        return float(text) if fraction else int(whole)
    except ValueError:
        return None


def _names(choice: Choice) -> tuple[tuple[str, ...], ...]:
    return tuple(plain_words(word) for word in (choice.value, *choice.words))


def days_of(year: int, month: int, day: int) -> int:
    """Return the days from 1970-01-01 to a date of the Gregorian calendar.

    Source:
        H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
    """
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def civil(days: int) -> tuple[int, int, int]:
    """Return year, month and day of a day counted from 1970-01-01; the inverse of `days_of`."""
    era, of_era = divmod(days + 719_468, 146_097)
    of_years = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * of_years + of_years // 4 - of_years // 100)
    turned = (5 * of_year + 2) // 153
    month = turned + (3 if turned < 10 else -9)
    return of_years + era * 400 + (month <= 2), month, of_year - (153 * turned + 2) // 5 + 1


def _checked(year: int, month: int, day: int) -> str | None:
    if not (1 <= month <= 12 and 1 <= day <= 31 and 1 <= year <= 9_999):
        return None
    return (
        _iso(year, month, day) if civil(days_of(year, month, day)) == (year, month, day) else None
    )


def _iso(year: int, month: int, day: int) -> str:
    return f"{year:04}-{month:02}-{day:02}"
