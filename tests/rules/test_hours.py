"""Operating hours: open when the clock on the wall says so, also in the weeks it is changed."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import given, settings, strategies as st

from processors.errors import InvalidReferenceError
from processors.routing import setup_zones
from processors.routing.hours import (
    HORIZON_DAYS,
    Hours,
    holiday_at,
    is_open,
    next_change_ms,
    next_open_ms,
)
from processors.routing.setup_zones import load_zone
from tests.rules.setups import DAY_MS, HOUR_MS, MINUTE_MS, setup

EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def hours(zone: str = "Europe/Berlin", **given) -> Hours:
    return setup(hours=[{"id": "h", "time_zone": zone, **given}]).hours["h"]


def open_from(opens: str, closes: str, days=EVERY_DAY, **given) -> dict:
    return {"days": list(days), "opens": opens, "closes": closes, **given}


def utc_ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1_000)


def pinned(zone: str) -> zoneinfo.ZoneInfo:
    """Return a zone of the pinned data, by the standard library alone."""
    with files("tzdata").joinpath("zoneinfo", *zone.split("/")).open("rb") as data:
        return zoneinfo.ZoneInfo.from_file(data, key=zone)


@pytest.mark.rule("UR-46")
def test_hours_that_say_nothing_are_from_eight_to_five_every_day():
    usual = hours()
    for day in range(1, 8):
        at = f"2026-06-{day:02}T"
        assert not is_open(usual, utc_ms(at + "05:59"))
        assert is_open(usual, utc_ms(at + "06:00"))
        assert is_open(usual, utc_ms(at + "14:59"))
        assert not is_open(usual, utc_ms(at + "15:00"))


@pytest.mark.rule("UR-46", "UR-09")
def test_no_hours_are_always_open():
    for at_ms in (0, utc_ms("2026-03-29T01:00"), utc_ms("2031-12-31T23:59")):
        assert is_open(None, at_ms)
        assert next_open_ms(None, at_ms) == at_ms
        assert next_change_ms(None, at_ms) is None


@pytest.mark.rule("UR-46")
def test_eight_in_the_morning_stays_eight_in_the_morning_when_summer_comes():
    usual = hours()
    assert next_open_ms(usual, utc_ms("2026-03-28T00:00")) == utc_ms("2026-03-28T07:00")
    assert next_open_ms(usual, utc_ms("2026-03-29T00:00")) == utc_ms("2026-03-29T06:00")


@pytest.mark.rule("UR-46")
def test_hours_that_begin_in_the_hour_that_never_comes_begin_when_it_would_be_over():
    night = hours(shifts=[open_from("02:30", "05:00")])
    assert next_open_ms(night, utc_ms("2026-03-29T00:00")) == utc_ms("2026-03-29T01:00")
    assert next_change_ms(night, utc_ms("2026-03-29T01:00")) == utc_ms("2026-03-29T03:00")


@pytest.mark.rule("UR-46")
def test_hours_within_the_hour_that_never_comes_do_not_open_that_day():
    night = hours(shifts=[open_from("02:15", "02:45")])
    assert next_open_ms(night, utc_ms("2026-03-28T12:00")) == utc_ms("2026-03-30T00:15")


@pytest.mark.rule("UR-46")
def test_the_hour_that_comes_twice_is_open_twice():
    night = hours(shifts=[open_from("02:00", "03:00")])
    opened = next_open_ms(night, utc_ms("2026-10-24T12:00"))
    assert opened == utc_ms("2026-10-25T00:00")
    assert next_change_ms(night, opened) - opened == 2 * HOUR_MS
    part = hours(shifts=[open_from("02:10", "02:20")])
    flips = []
    at_ms = utc_ms("2026-10-24T12:00")
    while (at_ms := next_change_ms(part, at_ms)) < utc_ms("2026-10-25T12:00"):
        flips.append(at_ms - utc_ms("2026-10-25T00:00"))
    assert flips == [minute * MINUTE_MS for minute in (10, 20, 70, 80)]


@pytest.mark.rule("UR-46")
def test_a_shift_over_midnight_belongs_to_the_day_it_begins_on():
    late = hours(shifts=[open_from("22:00", "06:00", ["fri"])])
    friday, saturday, sunday = "2026-06-05T", "2026-06-06T", "2026-06-07T"
    assert not is_open(late, utc_ms(friday + "03:00"))
    assert is_open(late, utc_ms(friday + "20:00"))
    assert is_open(late, utc_ms(saturday + "03:59"))
    assert not is_open(late, utc_ms(saturday + "04:00"))
    assert not is_open(late, utc_ms(sunday + "01:00"))
    assert next_change_ms(late, utc_ms(friday + "20:00")) == utc_ms(saturday + "04:00")


@pytest.mark.rule("UR-46")
def test_a_holiday_is_closed_from_midnight_to_midnight_whatever_began_before():
    late = hours(
        shifts=[open_from("22:00", "06:00")],
        holidays=[{"name": "Christmas", "date": "2026-12-25", "until": "2026-12-26"}],
    )
    before = utc_ms("2026-12-24T21:00")
    assert next_change_ms(late, before) == utc_ms("2026-12-24T23:00")
    # The shift of the 26th would begin at 22:00, and is a holiday's; its tail is not.
    assert next_open_ms(late, utc_ms("2026-12-25T00:00")) == utc_ms("2026-12-26T23:00")
    days = [("2026-12-24T22:59", None), ("2026-12-24T23:00", "Christmas")]
    days += [("2026-12-26T22:59", "Christmas"), ("2026-12-26T23:00", None)]
    assert [holiday_at(late, utc_ms(text)) for text, _ in days] == [name for _, name in days]


@pytest.mark.rule("UR-46")
def test_a_shift_of_every_other_week_between_two_days():
    weeks = hours(
        shifts=[
            open_from(
                "09:00", "10:00", ["wed"], every_weeks=2, since="2026-01-07", until="2026-02-10"
            )
        ]
    )
    opened = []
    at_ms = utc_ms("2025-12-01T00:00")
    while (at_ms := next_open_ms(weeks, at_ms)) is not None:
        opened.append(datetime.fromtimestamp(at_ms / 1_000, UTC).date().isoformat())
        at_ms += HOUR_MS
    assert opened == ["2026-01-07", "2026-01-21", "2026-02-04"]


def test_round_the_clock_never_changes_and_touching_shifts_are_one():
    always = hours(shifts=[open_from("00:00", "24:00")])
    assert next_change_ms(always, utc_ms("2026-03-01T00:00")) is None
    halves = hours(shifts=[open_from("08:00", "12:00"), open_from("12:00", "17:00")])
    assert next_change_ms(halves, utc_ms("2026-06-01T07:00")) == utc_ms("2026-06-01T15:00")


def test_hours_that_are_over_for_good_never_open():
    over = hours(shifts=[open_from("08:00", "17:00", until="2026-01-31")])
    assert next_open_ms(over, utc_ms("2026-02-01T00:00")) is None
    assert next_change_ms(over, utc_ms("2026-01-30T12:00")) == utc_ms("2026-01-30T16:00")
    far = hours(shifts=[open_from("08:00", "17:00", since="2030-01-01")])
    at_ms = utc_ms("2030-01-01T07:00") - HORIZON_DAYS * DAY_MS
    assert next_open_ms(far, at_ms + MINUTE_MS) == utc_ms("2030-01-01T07:00")
    assert next_open_ms(far, at_ms - DAY_MS) is None


@pytest.mark.parametrize(
    ("given_hours", "field"),
    [
        ({"zone": "Europe/Atlantis"}, "hours[0].time_zone"),
        ({"zone": "../../etc/localtime"}, "hours[0].time_zone"),
        ({"shifts": [{"opens": "25:00"}]}, "hours[0].shifts[0].opens"),
        ({"shifts": [{"opens": "24:00"}]}, "hours[0].shifts[0].opens"),
        ({"shifts": [{"days": []}]}, "hours[0].shifts[0].days"),
        ({"shifts": [{"days": ["mon", "mon"]}]}, "hours[0].shifts[0].days[1]"),
        ({"shifts": [{"every_weeks": 2}]}, "hours[0].shifts[0].since"),
        ({"shifts": [{"since": "2026-02-29"}]}, "hours[0].shifts[0].since"),
        (
            {"shifts": [{"since": "2026-02-02", "until": "2026-02-01"}]},
            "hours[0].shifts[0].until",
        ),
        ({"holidays": [{"name": "x", "date": "2026-13-01"}]}, "hours[0].holidays[0].date"),
        (
            {"holidays": [{"name": "x", "date": "2026-05-02", "until": "2026-05-01"}]},
            "hours[0].holidays[0].until",
        ),
    ],
)
def test_hours_that_cannot_be_are_refused_with_the_field(given_hours, field):
    with pytest.raises(InvalidReferenceError) as caught:
        hours(**given_hours)
    assert caught.value.field == field


ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Europe/Dublin",
    "Asia/Gaza",
    "Antarctica/Troll",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Asia/Pyongyang",
    "UTC",
]


@pytest.mark.parametrize("name", ZONES)
def test_the_table_of_a_zone_says_what_the_standard_library_says(name):
    zone, table = pinned(name), load_zone(name)
    assert table is not None
    assert len(table.offsets_s) == len(table.changes_s) + 1
    assert all(before < after for before, after in pairwise(table.changes_s))
    at = datetime(2000, 1, 1, tzinfo=UTC)
    index = 0
    while at.year < 2060:
        at_s = int(at.timestamp())
        while index < len(table.changes_s) and table.changes_s[index] <= at_s:
            index += 1
        offset = at.astimezone(zone).utcoffset()
        assert offset is not None
        assert table.offsets_s[index] == offset.total_seconds(), at
        at += timedelta(hours=7)


@pytest.mark.rule("UR-46")
def test_the_machines_own_time_zone_files_are_never_read(tmp_path):
    """A machine with a wrong Berlin gives the same hours: decisions rest on pinned data."""
    wrong = tmp_path / "Europe" / "Berlin"
    wrong.parent.mkdir()
    wrong.write_bytes(files("tzdata").joinpath("zoneinfo", "Asia", "Tokyo").read_bytes())
    expected = load_zone("Europe/Berlin")
    held = zoneinfo.TZPATH
    zoneinfo.reset_tzpath([str(tmp_path)])
    try:
        zoneinfo.ZoneInfo.clear_cache()
        noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
        assert noon.astimezone(zoneinfo.ZoneInfo("Europe/Berlin")).hour == 21
        load_zone.cache_clear()
        assert load_zone("Europe/Berlin") == expected
        assert setup().time_zone_data == setup_zones.VERSION
    finally:
        zoneinfo.ZoneInfo.clear_cache()
        zoneinfo.reset_tzpath(held)


# Laws, against a walk over every minute of a week in which the clock is changed.

WEEKS = [
    ("Europe/Berlin", "2026-03-25"),
    ("Europe/Berlin", "2026-10-21"),
    ("America/New_York", "2026-03-05"),
    ("America/New_York", "2026-10-29"),
    ("Australia/Lord_Howe", "2026-04-02"),
    ("Australia/Lord_Howe", "2026-10-01"),
    ("Pacific/Apia", "2011-12-27"),
    ("Africa/Casablanca", "2026-02-12"),
]

clock = st.builds(
    lambda hour, minute: f"{hour:02}:{minute:02}",
    st.sampled_from([0, 0, 1, 2, 2, 3, 8, 22, 23]),
    st.sampled_from([0, 15, 30, 59]),
)
shifts = st.builds(
    lambda days, opens, closes: open_from(opens, closes, days),
    st.lists(st.sampled_from(EVERY_DAY), min_size=1, max_size=7, unique=True),
    clock,
    clock | st.just("24:00"),
)


def walked(zone: zoneinfo.ZoneInfo, held: list[dict], closed: set[date], at: datetime) -> bool:
    """Return whether it is open, by looking at the clock on the wall."""
    wall = at.astimezone(zone)
    if wall.date() in closed:
        return False
    now = wall.strftime("%H:%M")
    today = EVERY_DAY[wall.weekday()]
    yesterday = EVERY_DAY[(wall.weekday() - 1) % 7]
    for shift in held:
        opens, closes = shift["opens"], shift["closes"]
        if opens < closes:
            if today in shift["days"] and opens <= now < closes:
                return True
        elif (today in shift["days"] and now >= opens) or (
            yesterday in shift["days"] and now < closes
        ):
            return True
    return False


@pytest.mark.rule("UR-46")
@settings(max_examples=40, deadline=None)
@given(
    week=st.sampled_from(WEEKS),
    held=st.lists(shifts, min_size=1, max_size=3),
    holiday=st.none() | st.integers(min_value=0, max_value=7),
)
def test_every_minute_of_a_week_is_as_the_clock_on_the_wall_says(week, held, holiday):
    name, first = week
    zone = pinned(name)
    begin = datetime.fromisoformat(first).replace(tzinfo=UTC)
    closed = set() if holiday is None else {(begin + timedelta(days=holiday)).date()}
    found = hours(
        name,
        shifts=held,
        holidays=[{"name": "day off", "date": day.isoformat()} for day in closed],
    )
    begin_ms = int(begin.timestamp() * 1_000)
    minutes = 7 * 24 * 60
    states = [walked(zone, held, closed, begin + timedelta(minutes=n)) for n in range(minutes)]
    assert [is_open(found, begin_ms + n * MINUTE_MS) for n in range(minutes)] == states
    flips = [n for n in range(1, minutes) if states[n] != states[n - 1]]
    at, seen = 0, []
    while (change_ms := next_change_ms(found, begin_ms + at * MINUTE_MS)) is not None:
        at = (change_ms - begin_ms) // MINUTE_MS
        if at >= minutes:
            break
        seen.append(at)
    assert seen == flips
