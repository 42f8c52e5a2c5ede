"""Units of numbers in contracts, and the two forms a point in time has.

Every number in a contract names its unit. Times are whole milliseconds since the Unix epoch, UTC,
in fields that end in `_at_ms`; durations are milliseconds in fields that end in `_ms`. On the
CloudEvents headers a time is RFC 3339 text with exactly three digits after the point.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

UNITS: Final = {
    "ms": "milliseconds; since the Unix epoch, UTC, where the name ends in _at_ms",
    "count": "how many",
    "ratio": "a share, 0 to 1",
    "ordinal": "a position in a sequence, from 0",
    "bytes": "size in bytes",
}
"""Every unit a contract may use, with its meaning."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST_MS: Final = 253_402_300_799_999
"""The last millisecond of the year 9999: RFC 3339 has four digits for a year."""

_RFC3339: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


@lru_cache(maxsize=4096)
def _second(second: int) -> str:
    return (_EPOCH + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S")


def to_rfc3339(at_ms: int) -> str:
    """Return a time as `2026-01-31T09:30:00.250Z`.

    Args:
        at_ms: Milliseconds since the Unix epoch, 0 to `LATEST_MS`.

    Raises:
        ValueError: The time lies outside of that.
    """
    if not 0 <= at_ms <= LATEST_MS:
        raise ValueError(f"{at_ms} ms since 1970 has no RFC 3339 form: 0 to {LATEST_MS} has")
    second, ms = divmod(at_ms, 1000)
    return f"{_second(second)}.{ms:03d}Z"


def from_rfc3339(text: str) -> int:
    """Return milliseconds since the Unix epoch; what is finer than a millisecond is cut off.

    Raises:
        ValueError: The text is no RFC 3339 time with an offset.
    """
    if (
        len(text) == 24
        and text.isascii()
        and text[19] == "."
        and text[23] == "Z"
        and text[20:23].isdigit()
    ):
        return _whole(text[:19] + "Z") + int(text[20:23])
    return _whole(text)


@lru_cache(maxsize=4096)
def _whole(text: str) -> int:
    found = _RFC3339.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no RFC 3339 time such as 2026-01-31T09:30:00.250Z")
    *numbers, fraction, offset = found.groups()
    year, month, day, hour, minute, second = map(int, numbers)
    leap = second == 60
    at = datetime(year, month, day, hour, minute, 59 if leap else second, tzinfo=UTC)
    if offset not in {"Z", "z"}:
        hours, minutes = int(offset[1:3]), int(offset[4:6])
        if hours > 23 or minutes > 59:
            raise ValueError(f"{text!r}: {offset} is no offset from UTC")
        shift = timedelta(hours=hours, minutes=minutes)
        at = at - shift if offset[0] == "+" else at + shift
    ms = int((fraction or "0")[:3].ljust(3, "0"))
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds + leap) * 1000 + ms
