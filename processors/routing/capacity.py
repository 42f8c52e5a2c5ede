"""How much work a representative has room for: units, and profiles with a limit each.

A `Load` is what a representative carries, `Needs` is what one item takes. Asking for room may be
answered with a no; taking never is, because a supervisor may force an assignment: used units may
exceed the total. Whoever consults or monitors takes `NOTHING`. A bot's load is never reduced by
work: whoever keeps it does not call `taken` for bots.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec
from msgspec.structs import replace

Kind = Literal["messaging", "voice", "record"]
"""What sort of work an item is."""

Count = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]
"""A number of things, or a time."""

Shortage = tuple[str | int, ...]
"""Why there is no room: a code of `NO_ROOM`, then what it is about and the numbers."""

UNITS: Final = "units"
PROFILE: Final = "profile"
NO_PROFILE: Final = "no_profile"
BLOCKED_BY_PROFILE: Final = "blocked_by_profile"
ESCALATED: Final = "escalated"

NO_ROOM: Final = (UNITS, PROFILE, NO_PROFILE, BLOCKED_BY_PROFILE, ESCALATED)
"""Codes of a shortage: `units` (free, needed), `profile` (id, used, limit), `no_profile` (id),
`blocked_by_profile` (id, used, limit), `escalated` ()."""


class Needs(msgspec.Struct, frozen=True, array_like=True):
    """What one item takes from whoever gets it: units or profiles, rarely both."""

    units: Count = 0
    profiles: tuple[str, ...] = ()
    kind: Kind = "messaging"


NOTHING: Final = Needs()
"""What a consultation or monitoring takes."""


class ProfileLoad(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a representative carries of one profile.

    Attributes:
        limit: Items at once (or a day); the representative's own limit where there is one. It
            counts for new assignments only, so `used` may be above it. 0: not theirs (any more).
        is_blocking: When it is full, nothing at all is assigned, whatever the item takes.
        is_end_of_day: What was taken stays taken until the end of the shift, even of ended items.
    """

    profile_id: str
    limit: Count
    used: Count = 0
    is_blocking: bool = False
    is_end_of_day: bool = False

    @property
    def is_full(self) -> bool:
        """Return whether nothing more of it may be assigned."""
        return self.used >= self.limit


class Load(msgspec.Struct, frozen=True, array_like=True):
    """What a representative carries, and may carry.

    Attributes:
        units_total: Their capacity in units; 0 when theirs is counted by profiles alone.
        units_used: Above the total after a forced assignment.
        profiles: One entry a profile, by id.
        escalations: Chats that became calls and still go on; while there is one, no new chat and
            no new call is assigned.
    """

    units_total: Count = 0
    units_used: Count = 0
    profiles: tuple[ProfileLoad, ...] = ()
    escalations: Count = 0

    @property
    def units_free(self) -> int:
        """Return units left; negative after a forced assignment."""
        return self.units_total - self.units_used

    def profile(self, profile_id: str) -> ProfileLoad | None:
        """Return what they carry of a profile; None if it is not theirs."""
        for carried in self.profiles:
            if carried.profile_id == profile_id:
                return carried
        return None


def shortage(load: Load, needs: Needs) -> Shortage | None:
    """Return why there is no room for `needs`, or None if there is.

    Every profile the item takes must have room. A full blocking profile refuses everything.
    """
    if needs.units and load.units_total - load.units_used < needs.units:
        return (UNITS, load.units_total - load.units_used, needs.units)
    if load.escalations and needs.kind != "record":
        return (ESCALATED,)
    if load.profiles or needs.profiles:
        return profile_shortage(load, needs.profiles)
    return None


def profile_shortage(load: Load, profiles: tuple[str, ...]) -> Shortage | None:
    """Return why profiles alone refuse an item that takes `profiles`, or None."""
    for carried in load.profiles:
        if carried.is_blocking and carried.used >= carried.limit:
            return (BLOCKED_BY_PROFILE, carried.profile_id, carried.used, carried.limit)
    for profile_id in profiles:
        held = load.profile(profile_id)
        if held is None or held.limit == 0:
            return (NO_PROFILE, profile_id)
        if held.used >= held.limit:
            return (PROFILE, profile_id, held.used, held.limit)
    return None


def has_room(load: Load, needs: Needs) -> bool:
    """Return whether `needs` may be assigned on top of `load`."""
    return shortage(load, needs) is None


def taken(load: Load, needs: Needs) -> Load:
    """Return the load with one item more; room is not asked for: assignments may be forced."""
    if not needs.units and not needs.profiles:
        return load
    profiles = load.profiles
    for profile_id in sorted(set(needs.profiles)):
        held = load.profile(profile_id) or ProfileLoad(profile_id, 0)
        profiles = _with(profiles, replace(held, used=held.used + 1))
    return replace(load, units_used=load.units_used + needs.units, profiles=profiles)


def released(load: Load, needs: Needs) -> Load:
    """Return the load with one item less; a profile until the end of the day stays as it is."""
    if not needs.units and not needs.profiles:
        return load
    profiles = load.profiles
    for profile_id in sorted(set(needs.profiles)):
        held = load.profile(profile_id)
        if held is not None and not held.is_end_of_day:
            profiles = _with(profiles, replace(held, used=max(0, held.used - 1)))
    return replace(load, units_used=max(0, load.units_used - needs.units), profiles=profiles)


def end_of_day(load: Load) -> Load:
    """Return the load after the shift's end: daily profiles are free again, whatever is open."""
    profiles = tuple(
        replace(held, used=0) if held.is_end_of_day else held for held in load.profiles
    )
    return load if profiles == load.profiles else replace(load, profiles=_kept(profiles))


def limited(load: Load, units_total: int, limits: Mapping[str, ProfileLoad]) -> Load:
    """Return the load under new limits; what was taken before stays taken.

    Args:
        load: What the representative carries.
        units_total: Units from now on.
        limits: Profile id to its limit, blocking and reset from now on; `used` in it is ignored.
            A profile left out is no longer theirs and goes when its last item is released.
    """
    used = {held.profile_id: held for held in load.profiles}
    profiles = [
        replace(limits[profile_id], used=used[profile_id].used if profile_id in used else 0)
        for profile_id in sorted(limits)
    ]
    profiles += [
        replace(held, limit=0, is_blocking=False)
        for held in load.profiles
        if held.profile_id not in limits
    ]
    return replace(load, units_total=units_total, profiles=_kept(profiles))


def escalated(load: Load) -> Load:
    """Return the load with one chat more that became a call."""
    return replace(load, escalations=load.escalations + 1)


def de_escalated(load: Load) -> Load:
    """Return the load with one such call less."""
    return replace(load, escalations=max(0, load.escalations - 1))


Ending = Literal["wrap_up", "transferred", "resolved", "unassigned", "session_closed"]
"""How an item leaves a representative: into wrap-up, passed on, its case resolved or cancelled (or
its queue item deactivated), taken from them, or their session of an asynchronous one closed."""

WrapUp = Literal["always", "never"] | int
"""Whether wrap-up blocks capacity: until it is closed, not at all, or for so many ms."""


def release_at_ms(ending: Ending, wrap_up: WrapUp, at_ms: int) -> int | None:
    """Return when capacity is given back for an item that left at `at_ms`.

    None means: only when the wrap-up is closed. Only wrap-up can hold capacity back.
    """
    if ending != "wrap_up" or wrap_up == "never":
        return at_ms
    return at_ms + wrap_up if isinstance(wrap_up, int) else None


def _with(profiles: tuple[ProfileLoad, ...], one: ProfileLoad) -> tuple[ProfileLoad, ...]:
    others = [held for held in profiles if held.profile_id != one.profile_id]
    return _kept([*others, one])


def _kept(profiles: list[ProfileLoad] | tuple[ProfileLoad, ...]) -> tuple[ProfileLoad, ...]:
    """Return them by id, without those that are neither theirs nor used."""
    alive = [held for held in profiles if held.limit or held.used]
    return tuple(sorted(alive, key=lambda held: held.profile_id))
