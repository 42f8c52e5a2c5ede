"""What a customer means by a date or a time of day, as ISO text relative to a given moment.

The proleptic Gregorian calendar by arithmetic on day numbers; no clock and no time zone: `now_ms`
counts in UTC. A date without a year is the nearest one, before or after. Numbers with slashes are
month first (`3/4` is the 4th of March) unless that is impossible.
"""

from __future__ import annotations

import re
from typing import Final

DAY_MS: Final = 86_400_000
_WORDS_OF_MONTHS = """
    january february march april may june july august september october november december
"""
MONTHS: Final = _WORDS_OF_MONTHS.split()
WEEKDAYS: Final = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_WORDS_OF_UNITS = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen
"""
_UNITS: Final = _WORDS_OF_UNITS.split()
_TENS: Final = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
NUMBER_WORDS: Final = {word: value for value, word in enumerate(_UNITS)} | {
    word: 20 + 10 * place for place, word in enumerate(_TENS)
}
_WORDS_OF_ORDINALS = """
    first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
    fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth
"""
_ORDINALS: Final = _WORDS_OF_ORDINALS.split()
_DAYS_PER: Final = {"day": 1, "week": 7, "fortnight": 14}

_WEEKDAY: Final = (
    r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?"
    r"|sat(?:urday)?|sun(?:day)?)"
)
_LONG_WEEKDAY: Final = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?)"
_MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY: Final = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?|{'|'.join(_ORDINALS)})"
_COUNT: Final = rf"(?:\d{{1,3}}|an?|{'|'.join(_UNITS[1:13])}|couple of)"

DATE: Final = re.compile(
    rf"""(?<![\w/.-])(?:
      \d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}
    | \d{{1,2}}([-/.])\d{{1,2}}\1(?:\d{{4}}|\d{{2}})
    | (?!24/7)\d{{1,2}}/\d{{1,2}}
    | (?:{_WEEKDAY},?\s)?(?:the\s)?{_DAY}(?:\sof)?\s(?:{_MONTH}(?![a-z])|this\smonth|next\smonth)
        (?:,?\s(?:19|20)\d\d)?
    | (?:{_WEEKDAY},?\s)?{_MONTH}\s(?:the\s)?{_DAY}(?![\d:])(?:,?\s(?:19|20)\d\d)?
    | (?:(?:in|since|of|last|next|this)\s)?{_MONTH},?\s(?:19|20)\d\d
    | (?:last|next|this|in|since|of|during|early|late|mid)\s{_MONTH}(?![a-z])
    | (?:january|february|april|june|july|august|september|october|november|december)
    | (?:the\s)?day\s(?:after\stomorrow|before\syesterday)
    | (?:today|yesterday|tomorrow|tonight)
    | (?:last|next|this|coming|past)\s(?:{_LONG_WEEKDAY}|week|month|year|weekend|night)
    | {_LONG_WEEKDAY}(?:\s(?:this|next)\sweek)?
    | {_COUNT}\s(?:day|week|fortnight|month|year)s?\s(?:ago|back|from\s(?:now|today)|before|later)
    | in\s{_COUNT}\s(?:day|week|month|year)s?
    | the\s(?:\d{{1,2}}(?:st|nd|rd|th)|{"|".join(_ORDINALS[2:])})
    | \d{{1,2}}(?:st|nd|rd|th)
    )(?![\w/]|[.-]\d)""",
    re.IGNORECASE | re.VERBOSE,
)
"""Candidates; `date_of` refuses the impossible ones, e.g. the 45th."""
DATE_HINT: Final = re.compile(
    r"\d|day|month|week|year|tonight|morrow|ago|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
    r"|last|next",
    re.IGNORECASE,
)

_PART: Final = r"(?:morning|afternoon|evening|night)"
_HOUR: Final = rf"(?:\d{{1,2}}|{'|'.join(_UNITS[1:13])})"
_HALF: Final = r"(?:a\.?m\b\.?|p\.?m\b\.?|o[\x22'\u2019]?\s?clock)"
TIME: Final = re.compile(
    rf"""(?<![\w/.:$-])(?:
      (?:{_PART}\s(?:at\s)?)?\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?:\s?{_HALF})?(?:\s(?:in\sthe|at)\s{_PART})?
    | (?:{_PART}\s(?:at\s)?)?{_HOUR}\s?{_HALF}(?:\s(?:in\sthe|at)\s{_PART})?
    | \d{{1,2}}\.\d{{2}}\s?{_HALF}
    | {_PART}\s(?:at\s)?{_HOUR}(?![\w:])
    | (?:half|quarter)\s(?:past|to|after|before)\s{_HOUR}(?:\s?{_HALF})?
        (?:\s(?:in\sthe|at)\s{_PART})?
    | {_HOUR}\s(?:in\sthe\s{_PART}|at\snight)
    | noon | midday | midnight
    )(?![\w:])""",
    re.IGNORECASE | re.VERBOSE,
)
TIME_HINT: Final = re.compile(
    r"\d|clock|noon|midday|midnight|past|quarter|morning|evening|night|[ap]\.?m", re.IGNORECASE
)


def date_of(text: str, now_ms: int | None) -> str | None:
    """Return the ISO date that `text` means; None when it cannot be one.

    A whole month is `2026-03`, a week `2026-W09`, a year `2026`. Without `now_ms` what depends on
    the present day comes back as it was said, lower case.
    """
    said = " ".join(re.sub(r"[.,]", lambda found: _kept(found, text), text.lower()).split())
    numeric = re.fullmatch(r"(\d{1,4})[-/.](\d{1,2})(?:[-/.](\d{1,4}))?", said)
    if numeric:
        return _numeric(numeric, said, now_ms)
    named = _named(said, now_ms)
    if named is not None:
        return named or None
    if now_ms is None:
        ordinal = re.fullmatch(r"(?:the )?(\d{1,2})(?:st|nd|rd|th)", said)
        return None if ordinal and not 1 <= int(ordinal[1]) <= 31 else said
    return _relative(said, now_ms // DAY_MS)


def _kept(found: re.Match[str], text: str) -> str:
    """Return the dot of `3.4.2026`, and a space for other dots and commas."""
    place = found.start()
    inside = text[place - 1 : place].isdigit() and text[place + 1 : place + 2].isdigit()
    return found[0] if inside else " "


def _numeric(found: re.Match[str], said: str, now_ms: int | None) -> str | None:
    first, second, third = found.groups()
    if len(first) == 4:
        return _iso(int(first), int(second), int(third)) if third else None
    if len(first) > 2:
        return None
    month, day = int(first), int(second)
    if month > 12:
        month, day = day, month
    if not third:
        if not _is_day(2024, month, day):
            return None
        return said if now_ms is None else _nearest(month, day, now_ms // DAY_MS)
    year = int(third)
    if len(third) == 2:
        year += 2000 if year < 70 else 1900
    return _iso(year, month, day) if len(third) in {2, 4} else None


def _named(said: str, now_ms: int | None) -> str | None:
    """Return the date of a text that names a month, "" when impossible, None when it names none."""
    words = said.split()
    months = [MONTHS_BY_STEM[word[:3]] for word in words if _is_month(word)]
    if not months:
        return None
    month = months[0]
    years = [int(word) for word in words if re.fullmatch(r"(?:19|20)\d\d", word)]
    days = [_day_number(word) for word in words if not re.fullmatch(r"\d{4}", word)]
    day = next((one for one in days if one is not None), None)
    if day is None:
        if years:
            return f"{years[0]:04}-{month:02}"
        return said if now_ms is None else _month(month, words[0], now_ms // DAY_MS)
    if years:
        return _iso(years[0], month, day) or ""
    if not _is_day(2024, month, day):
        return ""
    return said if now_ms is None else _nearest(month, day, now_ms // DAY_MS)


MONTHS_BY_STEM: Final = {name[:3]: number for number, name in enumerate(MONTHS, start=1)}


def _is_month(word: str) -> bool:
    return word[:3] in MONTHS_BY_STEM and (
        MONTHS[MONTHS_BY_STEM[word[:3]] - 1].startswith(word) or word == "sept"
    )


def _day_number(word: str) -> int | None:
    found = re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)?", word)
    if found:
        return int(found[1])
    return _ORDINALS.index(word) + 1 if word in _ORDINALS else None


def _month(month: int, lead: str, today: int) -> str:
    year, this_month, _ = civil(today)
    if lead == "last":
        year -= month >= this_month
    elif lead == "next":
        year += month <= this_month
    else:
        apart = month - this_month
        year += 1 if apart < -6 else -1 if apart >= 6 else 0
    return f"{year:04}-{month:02}"


def _relative(said: str, today: int) -> str | None:
    fixed = {
        "today": 0,
        "tonight": 0,
        "last night": -1,
        "yesterday": -1,
        "tomorrow": 1,
        "day after tomorrow": 2,
        "day before yesterday": -2,
    }
    said = said.removeprefix("the ")
    if said in fixed:
        return iso_of(today + fixed[said])
    words = said.split()
    weekday = next((place for place, name in enumerate(WEEKDAYS) if _weekday_in(words, name)), None)
    if weekday is not None:
        return iso_of(today + _days_to(weekday, words, today))
    if words[0] in {"last", "next", "this", "coming", "past"} and len(words) == 2:
        return _period(words[0], words[1], today)
    counted = re.fullmatch(r"(?:in )?(\w+|couple of) (day|week|fortnight|month|year)s?\b.*", said)
    if counted:
        is_past = words[-1] in {"ago", "back", "before"}
        return _shifted(_count(counted[1]), counted[2], today, -1 if is_past else 1)
    return _day_of_month(words, today)


def _weekday_in(words: list[str], name: str) -> bool:
    return any(word.rstrip("s") == name for word in words)


def _days_to(weekday: int, words: list[str], today: int) -> int:
    ahead = (weekday - (today + 3)) % 7
    if words[0] in {"last", "past"}:
        return ahead - 7
    if "next" in words or words[0] in {"this", "coming"}:
        return ahead or 7
    return ahead if ahead <= 3 else ahead - 7


def _period(lead: str, what: str, today: int) -> str | None:
    step = {"last": -1, "past": -1, "next": 1, "coming": 1}.get(lead, 0)
    year, month, _ = civil(today)
    if what == "week":
        return _iso_week(today + 7 * step)
    if what == "weekend":
        saturday = today + (5 - (today + 3) % 7)
        return iso_of(saturday + 7 * step)
    if what == "month":
        months = year * 12 + month - 1 + step
        return f"{months // 12:04}-{months % 12 + 1:02}"
    if what == "year":
        return f"{year + step:04}"
    return iso_of(today)


def _count(word: str) -> int:
    if word.isdigit():
        return int(word)
    return {"a": 1, "an": 1, "couple of": 2}.get(word) or NUMBER_WORDS.get(word, 1)


def _shifted(count: int, unit: str, today: int, sign: int) -> str:
    if unit in _DAYS_PER:
        return iso_of(today + sign * count * _DAYS_PER[unit])
    year, month, day = civil(today)
    months = year * 12 + month - 1 + sign * count * (12 if unit == "year" else 1)
    year, month = months // 12, months % 12 + 1
    while not _is_day(year, month, day):
        day -= 1
    return f"{year:04}-{month:02}-{day:02}"


def _day_of_month(words: list[str], today: int) -> str | None:
    """Return the nearest such day: `the 3rd`; of the month that is named: `3rd of this month`."""
    day = next((one for one in map(_day_number, words) if one is not None), None)
    if day is None or not 1 <= day <= 31:
        return None
    year, month, _ = civil(today)
    if "month" in words:
        months = year * 12 + month - 1 + ("next" in words)
        return _iso(months // 12, months % 12 + 1, day)
    around = [divmod(year * 12 + month - 1 + step, 12) for step in (-1, 0, 1)]
    found = [days(y, m + 1, day) for y, m in around if _is_day(y, m + 1, day)]
    return iso_of(min(found, key=lambda one: (abs(one - today), one)))


def _nearest(month: int, day: int, today: int) -> str:
    year = civil(today)[0]
    found = [days(one, month, day) for one in range(year - 4, year + 5) if _is_day(one, month, day)]
    return iso_of(min(found, key=lambda one: (abs(one - today), one)))


def time_of(text: str) -> str | None:
    """Return the time of day as `HH:MM`; None when it cannot be one."""
    said = " ".join(text.lower().split())
    if said in {"noon", "midday"}:
        return "12:00"
    if said == "midnight":
        return "00:00"
    found = re.search(r"(\d{1,2})(?:[:.](\d{2}))?|\b(" + "|".join(_UNITS[1:13]) + r")\b", said)
    if found is None:
        return None
    hour = int(found[1]) if found[1] else NUMBER_WORDS[found[3]]
    minute = int(found[2] or 0)
    if said.startswith(("half", "quarter")):
        minutes = 30 if said.startswith("half") else 15
        is_before = re.search(r"\b(?:to|before)\b", said)
        hour, minute = (hour - 1, 60 - minutes) if is_before else (hour, minutes)
    if hour > 24 or minute > 59:
        return None
    is_late = re.search(r"p\.?m|afternoon|evening|night", said)
    is_early = re.search(r"a\.?m\b|morning", said)
    if is_late and hour < 12:
        hour += 12
    if is_early and hour == 12:
        hour = 0
    return f"{hour % 24:02}:{minute:02}"


def days(year: int, month: int, day: int) -> int:
    """Return the day's number, 1 January 1970 being 0.

    Source:
        H. Hinnant, chrono-compatible low-level date algorithms, `days_from_civil`.
    """
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def civil(number: int) -> tuple[int, int, int]:
    """Return year, month and day of a day's number.

    Source:
        H. Hinnant, chrono-compatible low-level date algorithms, `civil_from_days`.
    """
    era, of_era = divmod(number + 719_468, 146_097)
    year_of_era = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + (3 if shifted < 10 else -9)
    day = of_year - (153 * shifted + 2) // 5 + 1
    return year_of_era + era * 400 + (month <= 2), month, day


def iso_of(number: int) -> str:
    """Return a day's number as `YYYY-MM-DD`."""
    year, month, day = civil(number)
    return f"{year:04}-{month:02}-{day:02}"


def _iso_week(number: int) -> str:
    """Return the ISO 8601 week of a day: that of its Thursday."""
    thursday = number - (number + 3) % 7 + 3
    year = civil(thursday)[0]
    return f"{year:04}-W{(thursday - days(year, 1, 1)) // 7 + 1:02}"


def _iso(year: int, month: int, day: int) -> str | None:
    return f"{year:04}-{month:02}-{day:02}" if _is_day(year, month, day) else None


def _is_day(year: int, month: int, day: int) -> bool:
    if not (1 <= month <= 12 and 1 <= day <= 31 and year >= 1):
        return False
    return civil(days(year, month, day)) == (year, month, day)
