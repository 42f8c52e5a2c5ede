"""Operating hours: when a queue is open, and when that changes next.

A queue is open while a clock on its wall shows a time within its hours (UR-46). That settles what
happens when the clock is changed: an hour that comes twice counts twice, an hour that never comes
does not count. Working on an `Hours` is arithmetic on integers; time zone data were read when it
was loaded (see `setup_zones`). No hours at all means: always open.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

import msgspec

DAY_S: Final = 86_400
HORIZON_DAYS: Final = 1_100
"""How far ahead a change is looked for, about three years."""


class Shift(msgspec.Struct, frozen=True):
    """A span of the day that comes again.

    Attributes:
        weekdays: On which days it begins, Monday is 0.
        opens_minute: Minute of the day at which it begins, 0 to 1439.
        closes_minute: Minute at which it ends, counted from the same midnight: above 1440 it ends
            on the next day.
        every_weeks: 1 every week, 2 every other week, ...; counted from the week of `since_day`.
        since_day: First day on which it begins, in days since 1970-01-01; None: ever since.
        until_day: Last day on which it begins; None: for ever.
    """

    weekdays: tuple[int, ...]
    opens_minute: int
    closes_minute: int
    every_weeks: int = 1
    since_day: int | None = None
    until_day: int | None = None


class Holiday(msgspec.Struct, frozen=True):
    """Days from midnight to midnight on which nothing is open, in days since 1970-01-01."""

    name: str
    first_day: int
    last_day: int


class Hours(msgspec.Struct, frozen=True):
    """Operating hours in a time zone.

    Attributes:
        id: Their id.
        name: What people call them.
        time_zone: IANA name.
        shifts: When it is open.
        holidays: When it is not, whatever the shifts say.
        changes_s: When the zone's offset changes, epoch seconds.
        offsets_s: The offsets, one more than changes.
    """

    id: str
    name: str
    time_zone: str
    shifts: tuple[Shift, ...]
    holidays: tuple[Holiday, ...]
    changes_s: tuple[int, ...]
    offsets_s: tuple[int, ...]


def is_open(hours: Hours | None, at_ms: int) -> bool:
    """Return True if the wall clock shows a time within the hours; no hours are always open."""
    if hours is None:
        return True
    at_s = at_ms // 1_000
    day, second = divmod(at_s + _offset_s(hours, at_s), DAY_S)
    return any(start <= second < end for start, end in _spans(hours, day))


def next_change_ms(hours: Hours | None, at_ms: int) -> int | None:
    """Return when it opens or closes next, after `at_ms`.

    None when it does not within `HORIZON_DAYS`, or when it is always open.
    """
    if hours is None:
        return None
    at_s = at_ms // 1_000
    was_open = is_open(hours, at_ms)
    horizon_s = at_s + HORIZON_DAYS * DAY_S
    while at_s < horizon_s:
        # Between two changes of the clock, wall time and time run alike.
        index = bisect_right(hours.changes_s, at_s)
        offset_s = hours.offsets_s[index]
        end_s = hours.changes_s[index] if index < len(hours.changes_s) else horizon_s
        end_s = min(end_s, horizon_s)
        flip_s = _flip_s(hours, at_s + offset_s, end_s + offset_s, was_open=was_open)
        if flip_s is not None:
            return (flip_s - offset_s) * 1_000
        at_s = end_s
    return None


def next_open_ms(hours: Hours | None, at_ms: int) -> int | None:
    """Return when it is open: `at_ms` itself if it is, None if it is not in `HORIZON_DAYS`."""
    return at_ms if is_open(hours, at_ms) else next_change_ms(hours, at_ms)


def open_between_ms(hours: Hours | None, from_ms: int, until_ms: int) -> int:
    """Return how much of a span lies within the hours; of no hours, all of it."""
    if hours is None:
        return max(0, until_ms - from_ms)
    at_ms, open_ms, was_open = from_ms, 0, is_open(hours, from_ms)
    while at_ms < until_ms:
        change_ms = next_change_ms(hours, at_ms)
        end_ms = until_ms if change_ms is None else min(change_ms, until_ms)
        open_ms += (end_ms - at_ms) * was_open
        at_ms, was_open = end_ms, not was_open
    return open_ms


def holiday_at(hours: Hours | None, at_ms: int) -> str | None:
    """Return the name of the holiday it is on the wall's calendar, or None."""
    if hours is None:
        return None
    at_s = at_ms // 1_000
    day = (at_s + _offset_s(hours, at_s)) // DAY_S
    for one in hours.holidays:
        if one.first_day <= day <= one.last_day:
            return one.name
    return None


def _offset_s(hours: Hours, at_s: int) -> int:
    return hours.offsets_s[bisect_right(hours.changes_s, at_s)]


def _flip_s(hours: Hours, from_s: int, until_s: int, *, was_open: bool) -> int | None:
    """Return the wall time in [from_s, until_s) from which on it is no longer as it was."""
    at_s = from_s
    while at_s < until_s:
        day, second = divmod(at_s, DAY_S)
        spans = _spans(hours, day)
        if was_open:
            ends = [end for start, end in spans if start <= second < end]
            if not ends:
                return at_s
            at_s = day * DAY_S + ends[0]
        else:
            begins = [max(start, second) for start, end in spans if end > second]
            if begins:
                found_s = day * DAY_S + begins[0]
                return found_s if found_s < until_s else None
            at_s = (day + 1) * DAY_S
    return None


def _spans(hours: Hours, day: int) -> list[tuple[int, int]]:
    """Return when it is open on a day, in seconds of that day, the earliest first."""
    if any(one.first_day <= day <= one.last_day for one in hours.holidays):
        return []
    found: list[tuple[int, int]] = []
    for shift in hours.shifts:
        if _begins(shift, day):
            found.append((shift.opens_minute * 60, min(shift.closes_minute * 60, DAY_S)))
        if shift.closes_minute * 60 > DAY_S and _begins(shift, day - 1):
            found.append((0, shift.closes_minute * 60 - DAY_S))
    return sorted(found)


def _begins(shift: Shift, day: int) -> bool:
    """Return True if the shift begins on that day."""
    # 1970-01-01 was a Thursday, so day -3 was a Monday.
    week, weekday = divmod(day + 3, 7)
    if weekday not in shift.weekdays:
        return False
    if shift.since_day is not None:
        if day < shift.since_day:
            return False
        if (week - (shift.since_day + 3) // 7) % shift.every_weeks:
            return False
    return shift.until_day is None or day <= shift.until_day
