"""Operating hours: from the artefact's shape to the loaded one."""

from __future__ import annotations

from typing import Final

from processors.routing.hours import Holiday, Hours, Shift
from processors.routing.setup_checks import check_once, refuse
from processors.routing.setup_file import FileHours, FileShift
from processors.routing.setup_zones import VERSION, load_zone

_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def load_hours(one: FileHours, field: str) -> Hours:
    """Return the operating hours. Raises InvalidReferenceError."""
    zone = load_zone(one.time_zone)
    if zone is None:
        refuse(
            f"{field}.time_zone",
            f"{one.time_zone!r} is no time zone of the IANA data {VERSION}, e.g. Europe/Berlin",
        )
    return Hours(
        one.id,
        one.name or one.id,
        one.time_zone,
        tuple(_shift(shift, f"{field}.shifts[{n}]") for n, shift in enumerate(one.shifts)),
        tuple(
            Holiday(
                holiday.name,
                *_days(holiday.date, holiday.until or holiday.date, f"{field}.holidays[{n}]"),
            )
            for n, holiday in enumerate(one.holidays)
        ),
        zone.changes_s,
        zone.offsets_s,
    )


def _shift(shift: FileShift, field: str) -> Shift:
    if not shift.days:
        refuse(f"{field}.days", "a shift begins on at least one weekday")
    check_once(shift.days, f"{field}.days")
    if shift.opens == "24:00":
        refuse(f"{field}.opens", "a shift begins at 23:59 at the latest")
    if shift.every_weeks > 1 and shift.since is None:
        refuse(f"{field}.since", "weeks are counted from a day: say since when")
    opens, closes = _minute(shift.opens), _minute(shift.closes)
    since = _day(shift.since, f"{field}.since") if shift.since is not None else None
    until = _day(shift.until, f"{field}.until") if shift.until is not None else None
    if since is not None and until is not None and until < since:
        refuse(f"{field}.until", "it lies before since")
    return Shift(
        tuple(sorted(_WEEKDAYS.index(day) for day in shift.days)),
        opens,
        # A shift that does not end after it begins ends on the next day.
        closes if closes > opens else closes + 1_440,
        shift.every_weeks,
        since,
        until,
    )


def _days(first: str, last: str, field: str) -> tuple[int, int]:
    days = _day(first, f"{field}.date"), _day(last, f"{field}.until")
    if days[1] < days[0]:
        refuse(f"{field}.until", "it lies before date")
    return days


def _minute(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _day(date: str, field: str) -> int:
    """Return a date as days since 1970-01-01.

    Source:
        H. Hinnant, chrono-compatible low-level date algorithms: days_from_civil.
    """
    year, month, day = int(date[:4]), int(date[5:7]), int(date[8:])
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    length = (31, 29 if is_leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    if not (1 <= month <= 12 and 1 <= day <= length[month - 1] and 2000 <= year < 2100):
        refuse(field, f"{date!r} is no date between 2000-01-01 and 2099-12-31")
    year -= month <= 2
    of_era = year % 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return year // 400 * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468
