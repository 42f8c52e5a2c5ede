"""When history is mined by itself: every day at a time on the organisation's wall."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, Final, get_args

from msgspec.structs import replace

from processors.library import limits
from processors.library.state import Making, quoted, to_json
from processors.machine import Rejection
from processors.miner.mined import Granularity
from processors.routing.setup_zones import VERSION, Zone, load_zone
from processors.views.library import Settings, Status
from schemas.records import library as records

TIMER: Final = "daily"
DAY_S: Final = 86_400
REJECTED_SHARE_MAX: Final = 0.5


def change_settings(m: Making, command: records.ChangeLibrarySettings) -> Rejection | None:
    """Change settings; the next daily run follows from them."""
    before = m.state.own.settings
    changes = _changes(command)
    if isinstance(changes, Rejection):
        return changes
    settings = replace(before, **changes)
    no = _bad(settings)
    if no is not None:
        return no
    if settings == before:
        return None
    if settings.status_for_new == "approved" and before.status_for_new != "approved":
        m.warn(
            "new intents are approved without a look: what customers said may hold personal data"
            " that redaction missed"
        )
    m.change_own(settings=settings)
    m.emit(
        records.LibrarySettingsChanged,
        settings=to_json(settings_told(settings)),
        time_zone_data=VERSION,
        because=f"changed by {m.actor_id or 'an operator'}",
        actor_id=m.actor_id,
    )
    schedule(m)
    m.done_ids.append("settings")
    return None


def schedule(m: Making) -> None:
    """Set the timer of the next daily run, or cancel it."""
    own = m.state.own
    due_ms = next_ms(own.settings, m.at.now_ms) if own.settings.is_discovering else 0
    if due_ms != own.daily_due_ms:
        m.change_own(daily_due_ms=due_ms)
        m.set_timer(TIMER, due_ms or None)


def settings_told(settings: Settings) -> dict[str, Any]:
    """Return settings as people read them: the time as HH:MM."""
    hour, minute = divmod(settings.daily_at_minute, 60)
    return {
        "name": settings.name,
        "granularity": settings.granularity,
        "status_for_new": settings.status_for_new,
        "is_discovering": settings.is_discovering,
        "daily_at": f"{hour:02}:{minute:02}",
        "time_zone": settings.time_zone,
        "rejected_share": settings.rejected_share,
        "group_margin": settings.group_margin,
        "shift_margin": settings.shift_margin,
        "instructions": settings.instructions,
    }


def next_ms(settings: Settings, now_ms: int) -> int:
    """Return when the wall next shows the time, after `now_ms`; epoch ms.

    Where clocks skip the time, the moment after the skip counts; where they show it twice, the
    first.
    """
    zone = load_zone(settings.time_zone)
    assert zone is not None, "looked at before it was set"
    now_s = now_ms // 1_000
    day = (now_s + _offset_s(zone, now_s)) // DAY_S - 1
    while True:
        found_s = _instant_s(zone, day * DAY_S + settings.daily_at_minute * 60)
        if found_s * 1_000 > now_ms:
            return found_s * 1_000
        day += 1


def _instant_s(zone: Zone, wall_s: int) -> int:
    """Return the first instant at which the wall shows a time, or that it skips to instead."""
    before_s = wall_s - _offset_s(zone, wall_s - DAY_S)
    after_s = wall_s - _offset_s(zone, wall_s + DAY_S)
    if before_s + _offset_s(zone, before_s) == wall_s:
        return before_s
    if after_s + _offset_s(zone, after_s) == wall_s:
        return after_s
    return before_s


def _offset_s(zone: Zone, at_s: int) -> int:
    return zone.offsets_s[bisect_right(zone.changes_s, at_s)]


def _changes(command: records.ChangeLibrarySettings) -> dict[str, Any] | Rejection:
    given = {
        "name": command.name,
        "granularity": command.granularity,
        "status_for_new": command.status_for_new,
        "is_discovering": command.is_discovering,
        "time_zone": command.time_zone,
        "rejected_share": command.rejected_share,
        "group_margin": command.group_margin,
        "shift_margin": command.shift_margin,
        "instructions": command.instructions,
    }
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if command.daily_at is not None:
        minute = minute_of(command.daily_at)
        if minute is None:
            because = f"daily_at is a time as HH:MM, and {command.daily_at!r} is none"
            return Rejection("library.bad_setting", because)
        changes["daily_at_minute"] = minute
    return changes


def minute_of(text: str) -> int | None:
    """Return `HH:MM` as minutes after midnight; None for anything else."""
    hour, colon, minute = text.partition(":")
    digits = hour + minute
    if not (len(hour) == len(minute) == 2 and colon and digits.isascii() and digits.isdecimal()):
        return None
    found = int(hour) * 60 + int(minute)
    return found if int(hour) < 24 and int(minute) < 60 else None


def _bad(settings: Settings) -> Rejection | None:
    for name, known in (
        ("granularity", get_args(Granularity)),
        ("status_for_new", get_args(Status)),
    ):
        value = getattr(settings, name)
        if value not in known:
            because = f"{name} is one of {quoted(known)}, and {value!r} is none of them"
            return Rejection("library.bad_setting", because)
    for name, most in (
        ("rejected_share", REJECTED_SHARE_MAX),
        ("group_margin", 1.0),
        ("shift_margin", 1.0),
    ):
        value = getattr(settings, name)
        if not 0 <= value <= most:
            because = f"{name} is between 0 and {most:g}, and {value!r} is not"
            return Rejection("library.bad_setting", because)
    if load_zone(settings.time_zone) is None:
        because = (
            f"there is no time zone {settings.time_zone!r}; use an IANA name like Europe/Berlin"
        )
        return Rejection("library.bad_setting", because)
    return limits.bad_name("the discovery", settings.name) or limits.too_long(
        "the organisation's instructions", settings.instructions, limits.LINE_INSTRUCTIONS_MAX
    )
