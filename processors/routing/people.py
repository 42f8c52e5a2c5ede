"""Representatives: presence, connection, and the capacity they take and give back."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from processors.machine import Rejection
from processors.routing import capacity, hours, presence
from processors.routing.capacity import Needs
from processors.routing.focus import look_away
from processors.routing.handling import Handling
from processors.routing.pool import load_of
from processors.routing.presence import Presence
from processors.routing.rows import Item, Representative
from schemas.records.routing import (
    CapacityReset,
    EscalationChanged,
    PresenceChanged,
    RepresentativeConnected,
    RepresentativeDisconnected,
    SetPresence,
)

UNKNOWN: Final = "routing.unknown_representative"
NOT_CONNECTED: Final = "routing.not_connected"

GONE_MS: Final = 480_000
"""After how long what a vanished representative has is given to somebody else: 8 minutes."""

DAY_MS: Final = 86_400_000
OFFERABLE: Final = frozenset({"available", "busy"})
PRESENCE_TIMER: Final = "presence/"
GONE_TIMER: Final = "unseen/"
SHIFT_TIMER: Final = "shift/"


def row_of(h: Handling, representative_id: str) -> Representative:
    """Return somebody's row, a new one if they never were connected."""
    held = h.representative(representative_id)
    if held is not None:
        return held
    known = h.setup.representatives.get(representative_id)
    load = load_of(h.setup, known) if known is not None else capacity.Load()
    return Representative(representative_id, load=load)


def connect(h: Handling, given: RepresentativeConnected) -> Rejection | None:
    """Sign somebody in, or let them come back."""
    who = given.representative_id
    known = h.setup.representatives.get(who)
    if known is None:
        because = f"nobody is known as {who}; add them to the routing setup first"
        return Rejection(UNKNOWN, because)
    row = row_of(h, who)
    held = row.presence
    if held.is_connected:
        return None
    follows = _follows(h, row)
    if held.reason == "signed_out":
        default_id = known.default_presence or "available"
        after = presence.signed_in(default_id, h.setup.base_of(default_id), follows, h.now_ms)
        row = replace(row, released_at_ms=h.now_ms)
    else:
        after = presence.reconnected(held, follows, h.now_ms, h.setup.presence.grace_ms)
    h.timers[PRESENCE_TIMER + who] = None
    h.timers[GONE_TIMER + who] = None
    set_presence(h, row, after, f"{h.name_of(who)} signed in")
    return None


def disconnect(h: Handling, given: RepresentativeDisconnected) -> Rejection | None:
    """Note that somebody signed out or vanished: offline at once.

    What they have stays theirs for a while; see `gone`.
    """
    row = h.representative(given.representative_id)
    if row is None or row.presence.reason == "signed_out":
        return None
    who = row.representative_id
    if given.is_sign_out:
        after = presence.signed_out(h.now_ms)
        words = f"{h.name_of(who)} signed out"
    else:
        after = presence.disconnected(row.presence, h.now_ms)
        words = f"the connection of {h.name_of(who)} was lost"
    if after == row.presence:
        return None
    set_presence(h, row, after, words)
    if not given.is_sign_out:
        h.timers[PRESENCE_TIMER + who] = h.now_ms + h.setup.presence.grace_ms
    if h.timers.get(GONE_TIMER + who) is None and row.items:
        h.timers[GONE_TIMER + who] = h.now_ms + GONE_MS
    return None


def choose(h: Handling, given: SetPresence) -> Rejection | None:
    """Set a presence by hand."""
    who = given.representative_id
    if who not in h.setup.representatives:
        because = f"nobody is known as {who}; add them to the routing setup first"
        return Rejection(UNKNOWN, because)
    row = h.representative(who)
    if row is None or row.presence.reason == "signed_out":
        because = f"{h.name_of(who)} is not signed in; connect before choosing a presence"
        return Rejection(NOT_CONNECTED, because)
    after = presence.chosen(row.presence, given.presence, given.presence, h.now_ms)
    by = f"{given.set_by} set it" if given.set_by else "chosen by hand"
    set_presence(h, row, after, by)
    return None


def set_presence(h: Handling, row: Representative, after: Presence, because: str) -> None:
    """Give somebody a presence; say so if it is another one."""
    if row.focused is not None and not after.is_connected:
        look_away(h, row.representative_id)
        row = replace(row, focused=None)
    before = row.presence
    was, now = before.effective, after.effective
    if now in OFFERABLE and was not in OFFERABLE:
        row = replace(row, free_since_ms=h.now_ms)
    if after != before:
        row = replace(row, presence=after)
    h.pool.put_representative(row)
    if (was, before.is_connected) != (now, after.is_connected):
        if now in h.world.presences or h.world.has_rules:
            h.free[row.representative_id] = None
        h.emit(
            PresenceChanged,
            representative_id=row.representative_id,
            presence=now,
            before=was,
            is_automatic=after.reason not in {"by_hand", "sign_in", "signed_out"},
            is_connected=after.is_connected,
            because=because,
        )


def recalculate(h: Handling, representative_id: str, because: str) -> None:
    """Let presence follow the load, after somebody accepted or closed something."""
    row = h.representative(representative_id)
    if row is None or row.presence.reason == "signed_out":
        return
    after = presence.recalculated(row.presence, _follows(h, row), h.now_ms)
    if after != row.presence:
        set_presence(h, row, after, because)


def missed(h: Handling, representative_id: str) -> None:
    """Make somebody inactive who let an offer pass, where the setup says so."""
    row = h.representative(representative_id)
    if row is not None and h.setup.presence.missed_sets_inactive:
        set_presence(h, row, presence.missed(row.presence, h.now_ms), "an offer was not answered")


def declined(h: Handling, representative_id: str) -> None:
    """Let somebody who declined not be disturbed, where the setup says so."""
    row = h.representative(representative_id)
    if row is not None and h.setup.presence.declined_sets_do_not_disturb:
        set_presence(h, row, presence.declined(row.presence, h.now_ms), "an offer was declined")


def take(h: Handling, representative_id: str, item: Item) -> Needs | None:
    """Put an item on somebody's desk and take the capacity it needs; return what was taken.

    A bot's capacity is never reduced.
    """
    row = row_of(h, representative_id)
    needs = None if h.is_bot(representative_id) else item.demand.needs
    load = row.load if needs is None else capacity.taken(row.load, needs)
    h.pool.put_representative(
        replace(
            row,
            load=load,
            items=(*row.items, item.item_id) if item.item_id not in row.items else row.items,
            last_assigned_at_ms=h.now_ms,
            last_assigned_in={**row.last_assigned_in, item.queue_id: h.now_ms}
            if item.queue_id
            else row.last_assigned_in,
        )
    )
    if needs is not None and row.shift_ends_at_ms is None:
        _await_shift_end(h, representative_id, needs)
    return needs


def give_back(h: Handling, representative_id: str, needs: Needs | None, *, counts: bool) -> None:
    """Give capacity back.

    Args:
        h: The input being handled.
        representative_id: Whose.
        needs: What was taken; None: nothing.
        counts: Whether this is a release that `least active` looks at; a declined offer is not.
    """
    row = h.representative(representative_id)
    if row is None or needs is None:
        return
    was_full = presence.automatic(row.load) == "do_not_disturb"
    row = replace(row, load=capacity.released(row.load, needs))
    if counts:
        row = replace(row, released_at_ms=h.now_ms)
    if was_full:
        row = replace(row, free_since_ms=h.now_ms)
    h.pool.put_representative(row)
    h.free[representative_id] = None


def begin_escalation(h: Handling, item: Item) -> Item:
    """Let a chat become a call: its representative gets no other chat or call meanwhile."""
    who = item.representative_id or ""
    row = row_of(h, who)
    h.pool.put_representative(replace(row, load=capacity.escalated(row.load)))
    _tell_escalation(h, item, is_begun=True, because=f"{h.name_of(who)} calls the customer")
    return replace(item, is_escalated=True)


def end_escalation(h: Handling, item: Item, because: str) -> Item:
    """Return an item whose call, if its chat became one, is over."""
    row = h.representative(item.representative_id or "")
    if not item.is_escalated or row is None:
        return item
    h.pool.put_representative(replace(row, load=capacity.de_escalated(row.load)))
    h.free[row.representative_id] = None
    _tell_escalation(h, item, is_begun=False, because=because)
    return replace(item, is_escalated=False)


def _tell_escalation(h: Handling, item: Item, *, is_begun: bool, because: str) -> None:
    h.emit(
        EscalationChanged,
        epoch=item.epoch,
        item_id=item.item_id,
        representative_id=item.representative_id,
        is_begun=is_begun,
        because=because,
    )


def clear_desk(h: Handling, representative_id: str, item_id: str) -> None:
    """Take an item off somebody's desk."""
    row = h.representative(representative_id)
    if row is not None and item_id in row.items:
        items = tuple(one for one in row.items if one != item_id)
        h.pool.put_representative(replace(row, items=items))


def grace_over(h: Handling, representative_id: str) -> None:
    """Note that somebody who vanished did not come back in time.

    Nothing has to change: who comes back later has a presence worked out anew.
    """


def shift_over(h: Handling, representative_id: str) -> None:
    """Give profiles back that are taken until the end of the day."""
    row = h.representative(representative_id)
    if row is None:
        return
    before = row.load
    row = replace(row, load=capacity.end_of_day(before), shift_ends_at_ms=None)
    h.pool.put_representative(row)
    if row.load != before:
        freed = [held.profile_id for held in before.profiles if held.is_end_of_day and held.used]
        h.emit(CapacityReset, representative_id=representative_id, profiles=tuple(freed))
        h.free[representative_id] = None
        recalculate(h, representative_id, "the shift ended")


def _await_shift_end(h: Handling, representative_id: str, needs: Needs) -> None:
    """Set the timer that gives daily profiles back: when the working hours end next."""
    profiles = h.setup.profiles
    if not any(profiles[one].reset == "end_of_day" for one in needs.profiles if one in profiles):
        return
    known = h.setup.representatives.get(representative_id)
    ends_ms = (h.now_ms // DAY_MS + 1) * DAY_MS
    if known is not None and known.hours_id is not None:
        working = h.setup.hours[known.hours_id]
        begins_ms = hours.next_open_ms(working, h.now_ms)
        if begins_ms is not None:
            ends_ms = hours.next_change_ms(working, begins_ms) or ends_ms
    row = row_of(h, representative_id)
    h.pool.put_representative(replace(row, shift_ends_at_ms=ends_ms))
    h.timers[SHIFT_TIMER + representative_id] = ends_ms


def _follows(h: Handling, row: Representative) -> presence.Base:
    return presence.automatic(row.load, len(row.items), h.setup.presence.sessions_max)
