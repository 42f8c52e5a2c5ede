"""Whether a representative may be offered anything: chosen by hand, or following from the load.

Routing looks at the base presence only; custom ones map to a base. A presence has a reason. Those
set by hand to away, offline or do-not-disturb last until changed or signed out; every other one is
worked out anew when the representative next accepts or closes something. A connection that is lost
makes them offline at once; who is back in time has the presence they left with.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from processors.routing.capacity import Load

Base = Literal["available", "busy", "do_not_disturb", "away", "offline", "inactive"]
"""Base presences; `inactive` is the system's alone."""

Reason = Literal["load", "by_hand", "sign_in", "missed", "declined", "signed_out"]

SELECTABLE: Final = ("available", "busy", "do_not_disturb", "away", "offline")
"""What a person may choose."""

LASTING: Final = frozenset({"do_not_disturb", "away", "offline"})
"""Chosen by hand, these last until they are changed."""

SESSIONS_MAX: Final = 10
GRACE_MS: Final = 150_000
"""How long somebody may be disconnected and keep their presence: 2.5 minutes."""


class Presence(msgspec.Struct, frozen=True, array_like=True):
    """A representative's presence.

    Attributes:
        presence_id: The presence shown: a base or a custom one.
        base: Its base; while not connected it is kept, see `effective`.
        reason: Where it comes from.
        since_ms: Since when it is what it is.
        disconnected_at_ms: Since when the connection is lost; None: connected.
    """

    presence_id: str = "offline"
    base: Base = "offline"
    reason: Reason = "signed_out"
    since_ms: int = 0
    disconnected_at_ms: int | None = None

    @property
    def is_connected(self) -> bool:
        """Return whether the representative is signed in and reachable."""
        return self.reason != "signed_out" and self.disconnected_at_ms is None

    @property
    def effective(self) -> Base:
        """Return what counts for routing: offline without a connection."""
        return self.base if self.disconnected_at_ms is None else "offline"

    @property
    def shown(self) -> str:
        """Return the presence to show: offline without a connection."""
        return self.presence_id if self.disconnected_at_ms is None else "offline"

    @property
    def lasts(self) -> bool:
        """Return whether accepting and closing leave it alone."""
        return self.reason in ("by_hand", "sign_in", "signed_out") and self.base in LASTING


def automatic(load: Load, sessions: int = 0, sessions_max: int = SESSIONS_MAX) -> Base:
    """Return the presence that follows from what somebody carries.

    Nothing taken: available; something: busy; full, negative units or too many open sessions: do
    not disturb. With units and profiles both must be exhausted. Of several profiles a full blocking
    one is enough; if none blocks, all must be full.
    """
    if sessions >= sessions_max or load.units_used > load.units_total:
        return "do_not_disturb"
    profiles = [held for held in load.profiles if held.limit]
    used = load.units_used or load.escalations or any(held.used for held in load.profiles)
    exhausted = []
    if load.units_total:
        exhausted.append(load.units_used >= load.units_total)
    if profiles:
        is_blocked = any(held.is_blocking and held.is_full for held in profiles)
        exhausted.append(is_blocked or all(held.is_full for held in profiles))
    if exhausted and all(exhausted):
        return "do_not_disturb"
    return "busy" if used else "available"


def signed_in(default_id: str, default: Base, follows: Base, at_ms: int) -> Presence:
    """Return the presence at sign-in.

    Args:
        default_id: The representative's default presence, `available` where none is configured.
        default: Its base.
        follows: What follows from the load they still carry.
        at_ms: When they signed in.
    """
    if default in LASTING or default == follows:
        return Presence(default_id, default, "sign_in", at_ms)
    return Presence(follows, follows, "load", at_ms)


def chosen(held: Presence, presence_id: str, base: Base, at_ms: int) -> Presence:
    """Return the presence after somebody chose one by hand; the same choice again changes nothing.

    Callers refuse what is not `SELECTABLE`, and choices of whoever is signed out.
    """
    if (held.presence_id, held.base, held.reason) == (presence_id, base, "by_hand"):
        return held
    return replace(held, presence_id=presence_id, base=base, reason="by_hand", since_ms=at_ms)


def recalculated(held: Presence, follows: Base, at_ms: int) -> Presence:
    """Return the presence after the representative accepted or closed something.

    Chosen away, offline and do-not-disturb stay; everything else follows the load again.
    """
    if held.lasts:
        return held
    return _following(held, follows, at_ms)


def missed(held: Presence, at_ms: int) -> Presence:
    """Return the presence after an offer ran out, where the setup says so: inactive."""
    return _set(held, "inactive", "missed", at_ms)


def declined(held: Presence, at_ms: int) -> Presence:
    """Return the presence after an offer was declined, where the setup says so: do not disturb."""
    return _set(held, "do_not_disturb", "declined", at_ms)


def disconnected(held: Presence, at_ms: int) -> Presence:
    """Return the presence without a connection: offline at once, the one before is kept."""
    if not held.is_connected:
        return held
    return replace(held, disconnected_at_ms=at_ms)


def reconnected(held: Presence, follows: Base, at_ms: int, grace_ms: int = GRACE_MS) -> Presence:
    """Return the presence of whoever is back.

    Back in time, it is the one before; one that followed from the load follows it again, because
    the load may have changed meanwhile. Back later, it is worked out anew whatever it was.
    """
    lost_at_ms = held.disconnected_at_ms
    if lost_at_ms is None:
        return held
    back = replace(held, disconnected_at_ms=None)
    if at_ms - lost_at_ms <= grace_ms and held.reason != "load":
        return back
    return _following(back, follows, at_ms)


def signed_out(at_ms: int) -> Presence:
    """Return the presence of whoever signed out; what was chosen is forgotten."""
    return Presence(since_ms=at_ms)


def _following(held: Presence, follows: Base, at_ms: int) -> Presence:
    if held.base == follows and held.reason == "load":
        return held
    since_ms = held.since_ms if held.base == follows else at_ms
    return replace(held, presence_id=follows, base=follows, reason="load", since_ms=since_ms)


def _set(held: Presence, base: Base, reason: Reason, at_ms: int) -> Presence:
    if held.reason == "signed_out" or held.lasts or held.base == base:
        return held
    return replace(held, presence_id=base, base=base, reason=reason, since_ms=at_ms)
