"""Instants as others write them (ISO 8601)."""

from __future__ import annotations

import re
from typing import Final

DAY_MS: Final = 86_400_000
_FORM: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
    r"\s*(Z|z|[+-]\d\d:?\d\d)?"
)


def epoch_ms(text: str) -> int | None:
    """Return the instant behind ISO 8601 text, UTC when it names no offset; None: it is no such."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        return None
    year, month, day, hour, minute = (int(found[index]) for index in range(1, 6))
    second, ms = int(found[6] or 0), int((found[7] or "").ljust(3, "0")[:3] or 0)
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and minute < 60 and second < 61):
        return None
    offset = found[8] or "Z"
    offset_min = 0
    if offset not in "Zz":
        digits = offset[1:].replace(":", "")
        offset_min = int(offset[0] + "1") * (int(digits[:2]) * 60 + int(digits[2:]))
    minutes = hour * 60 + minute - offset_min
    return _days(year, month, day) * DAY_MS + minutes * 60_000 + second * 1_000 + ms


def _days(year: int, month: int, day: int) -> int:
    """Return days since 1970-01-01 of a date of the Gregorian calendar.

    Source:
        H. Hinnant, chrono-compatible low-level date algorithms: `days_from_civil`.
    """
    year -= month <= 2
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * 146_097 + day_of_era - 719_468
