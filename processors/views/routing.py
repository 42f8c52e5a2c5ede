"""The rows behind desk, board and *why*: what routing keeps is what screens read.

Row keys start with the pool's key, the tenant, and NUL:

- `routing_item`: item id. Open items, and closed ones for an hour after.
- `routing_facts`: item id. Variables and names, kept apart because they may be long.
- `routing_past`: item id. Closed items for 30 days after that: item and facts in one row.
- `routing_representative`: representative id. Whoever was ever connected.
- `routing_desk`: representative id, NUL, item id. Their offers, items and consultations.
- `routing_queue`: queue id. What is in a queue now; queues that never had an item have no row.
- `routing_waiting`: queue id, NUL, place, NUL, item id. What waits, in order.
- `routing_measure`: queue id, NUL, hour since 1970 as nine digits. Figures, for three days.
- `routing_decision`: item id, NUL, number as six digits. Where a decision is on the log.
- `routing_pool`: nothing more. Counts of the whole pool.

`routing_actor` and `routing_overdue` are of no interest to screens. A value is read by `decode`:
msgpack, the fields in their order, see `processors.routing.rows`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from processors.routing import measures, rows
from processors.routing.measures import LEVELS_MS, Measure, hour_of
from processors.routing.overflow import expected_wait_ms
from processors.routing.rows import (
    DecisionRow,
    Desk,
    Facts,
    Item,
    Past,
    Place,
    PoolState,
    QueueState,
    Representative,
)
from processors.wide import NUL

ITEM: Final = rows.ITEM
FACTS: Final = rows.FACTS
PAST: Final = rows.PAST
REPRESENTATIVE: Final = rows.REPRESENTATIVE
DESK: Final = rows.DESK
QUEUE: Final = rows.QUEUE
WAITING: Final = rows.WAITING
MEASURE: Final = rows.MEASURE
DECISION: Final = rows.DECISION
POOL: Final = rows.POOL

VIEWS: Final[dict[str, type[Any]]] = {
    ITEM: Item,
    FACTS: Facts,
    PAST: Past,
    REPRESENTATIVE: Representative,
    DESK: Desk,
    QUEUE: QueueState,
    WAITING: Place,
    MEASURE: Measure,
    DECISION: DecisionRow,
    POOL: PoolState,
}
"""Table to the view its rows hold."""

OPEN_LISTED_MS: Final = 3 * 86_400_000
"""Open items are listed for so long after they arrived."""

_MINUTE_MS: Final = 60_000
_DAY_MS: Final = 86_400_000

_encode: Final = msgspec.msgpack.Encoder(order="deterministic").encode
_decoders: Final = {table: msgspec.msgpack.Decoder(view) for table, view in VIEWS.items()}


class Figures(msgspec.Struct, frozen=True):
    """A queue's figures over some hours; None where nothing was counted to divide by.

    Attributes:
        arrived: Items that came to it.
        answered: Items accepted for the first time.
        abandoned: Customers who left unserved, short ones left out.
        abandoned_share: Of those whose customers asked for a representative.
        short_abandoned: Customers who left at once.
        service_level: Share answered within the queue's own threshold.
        levels: Seconds to the share answered within them.
        speed_to_answer_ms: Average first wait of the answered.
        wait_ms_max: Longest first wait of the answered.
        handle_time_ms: Average of handled sessions.
        accept_ms: Average time to accept.
        decline_ms: Average time to decline.
        transfers: Sessions passed on.
        transfer_share: Of handled sessions.
        declines: Offers declined.
        decline_share: Of offers.
        timeouts: Offers not answered.
        timeout_share: Of offers.
        overflowed: Items that overflowed.
        ghosts: Conversations that a representative had and whose customer never did anything.
        first_response_ms: Average time to a representative's first message.
        response_ms: Average time to answer a message.
        response_level: Share of answers within 60 seconds.
    """

    arrived: int
    answered: int
    abandoned: int
    abandoned_share: float | None
    short_abandoned: int
    service_level: float | None
    levels: dict[str, float | None]
    speed_to_answer_ms: int | None
    wait_ms_max: int
    handle_time_ms: int | None
    accept_ms: int | None
    decline_ms: int | None
    transfers: int
    transfer_share: float | None
    declines: int
    decline_share: float | None
    timeouts: int
    timeout_share: float | None
    overflowed: int
    first_response_ms: int | None
    response_ms: int | None
    response_level: float | None
    ghosts: int = 0


class Tile(msgspec.Struct, frozen=True):
    """What a representative's tile shows (QM-09).

    Attributes:
        representative_id: Whose.
        presence: The presence to show.
        present_ms: For how long it has been that.
        is_signed_in: Signed in and reachable.
        units_total: Units they have.
        units_used: Units taken; above the total after a forced assignment.
        units_free: Units left, never below 0.
        profiles: Profile to limit, taken and left.
        items: What they are offered or have.
    """

    representative_id: str
    presence: str
    present_ms: int
    is_signed_in: bool
    units_total: int
    units_used: int
    units_free: int
    profiles: dict[str, tuple[int, int, int]]
    items: int


class Staff(msgspec.Struct, frozen=True):
    """What the tiles of several representatives show together (QM-09).

    Units and profiles are those of who is signed in: nobody else has room for anything.

    Attributes:
        total: Representatives.
        signed_in: Those of them who are reachable.
        presences: Presence to how many of the signed-in show it, by name.
        units_total: Units they have.
        units_used: Units taken.
        units_free: Units left; what one carries too much is not taken from another.
        profiles: Profile to limit, taken and left.
    """

    total: int
    signed_in: int
    presences: dict[str, int]
    units_total: int
    units_used: int
    units_free: int
    profiles: dict[str, tuple[int, int, int]]


def encode(view: Any) -> bytes:
    """Return a row's value."""
    return _encode(view)


def decode(table: str, value: bytes) -> Any:
    """Return the view behind a row of `table`, of the type that `VIEWS` says.

    Raises KeyError for a table that is not ours.
    """
    return _decoders[table].decode(value)


def row_key(tenant: str, *parts: str) -> bytes:
    """Return the row key of a tenant's row, or the beginning of several with an empty last part."""
    return NUL.join((tenant, *parts)).encode()


def parts_of(key: bytes) -> list[str]:
    """Return what a row key is made of: the tenant, then the row's own parts."""
    return key.decode().split(NUL)


def average_wait_ms(state: QueueState, at_ms: int) -> int | None:
    """Return the expected wait in a queue; None while there are too few answers to tell."""
    return expected_wait_ms(state.average, at_ms)


def figures(total: Measure) -> Figures:
    """Return what is told of a queue over the hours that `total` is the sum of."""
    return Figures(
        arrived=total.entered,
        answered=total.answered,
        abandoned=total.abandoned,
        abandoned_share=_share(total.abandoned, total.escalated - total.short_abandoned),
        short_abandoned=total.short_abandoned,
        service_level=_share(total.within_own, total.answered),
        levels={
            str(limit_ms // 1_000): _share(within, total.answered)
            for limit_ms, within in zip(LEVELS_MS, total.within, strict=True)
        },
        speed_to_answer_ms=_mean(total.wait_ms, total.answered),
        wait_ms_max=total.wait_ms_max,
        handle_time_ms=_mean(total.handle_ms, total.handled),
        accept_ms=_mean(total.accept_ms, total.accepted),
        decline_ms=_mean(total.decline_ms, total.declined),
        transfers=total.transferred,
        transfer_share=_share(total.transferred, total.handled),
        declines=total.declined,
        decline_share=_share(total.declined, total.offered),
        timeouts=total.timed_out,
        timeout_share=_share(total.timed_out, total.offered),
        overflowed=total.overflowed,
        first_response_ms=_mean(total.first_response_ms, total.first_responses),
        response_ms=_mean(total.response_ms, total.responses),
        response_level=_share(total.quick_responses, total.responses),
        ghosts=total.ghosts,
    )


def tile(row: Representative, at_ms: int) -> Tile:
    """Return what a representative's tile shows."""
    load, presence = row.load, row.presence
    lost_ms = presence.disconnected_at_ms
    return Tile(
        representative_id=row.representative_id,
        presence=presence.shown,
        present_ms=max(0, at_ms - (presence.since_ms if lost_ms is None else lost_ms)),
        is_signed_in=presence.is_connected,
        units_total=load.units_total,
        units_used=load.units_used,
        units_free=max(0, load.units_free),
        profiles={
            held.profile_id: (held.limit, held.used, max(0, held.limit - held.used))
            for held in load.profiles
        },
        items=len(row.items),
    )


def staff(rows_of: Iterable[Representative], at_ms: int, total: int | None = None) -> Staff:
    """Return what the tiles of several representatives show together.

    Args:
        rows_of: Their rows; whoever never was connected has none.
        at_ms: When somebody looks.
        total: How many there are by the setup; None: as many as there are rows.
    """
    tiles = [tile(row, at_ms) for row in rows_of]
    present = [one for one in tiles if one.is_signed_in]
    presences: dict[str, int] = {}
    profiles: dict[str, tuple[int, int, int]] = {}
    for one in present:
        presences[one.presence] = presences.get(one.presence, 0) + 1
        for profile_id, counts in one.profiles.items():
            held = profiles.get(profile_id, (0, 0, 0))
            limit, used, free = (a + b for a, b in zip(held, counts, strict=True))
            profiles[profile_id] = (limit, used, free)
    return Staff(
        total=len(tiles) if total is None else total,
        signed_in=len(present),
        presences=dict(sorted(presences.items())),
        units_total=sum(one.units_total for one in present),
        units_used=sum(one.units_used for one in present),
        units_free=sum(one.units_free for one in present),
        profiles=dict(sorted(profiles.items())),
    )


def today(at_ms: int, offset_minutes: int = 0) -> range:
    """Return the hours, counted from 1970, of the day since 0:00 in a time zone (QM-10).

    Rows hold whole hours of UTC. In a zone that is off by half an hour, the hour in which its
    midnight falls counts as a whole.

    Args:
        at_ms: When somebody looks.
        offset_minutes: What the zone's clocks are ahead of UTC by at that time.
    """
    offset_ms = offset_minutes * _MINUTE_MS
    midnight_ms = (at_ms + offset_ms) // _DAY_MS * _DAY_MS - offset_ms
    return range(hour_of(midnight_ms), hour_of(at_ms) + 1)


def last_day(at_ms: int) -> range:
    """Return the hours of the last 24 hours: the present one, which goes on, and 23 before it.

    So nothing that is older counts, and up to an hour less than 24.
    """
    hour = hour_of(at_ms)
    return range(hour - 23, hour + 1)


def over(measures_of: Iterable[tuple[int, Measure]], hours: range) -> Measure:
    """Return the sum of a queue's rows over some hours; each row with its hour."""
    return measures.total([one for hour, one in measures_of if hour in hours])


def is_listed(item: Item, hours: range, at_ms: int) -> bool:
    """Return whether an item belongs to a list of some hours (QM-10).

    Whatever arrived in them does, and whatever is open and arrived in the last three days.
    """
    if hour_of(item.arrived_at_ms) in hours:
        return True
    return item.state != "closed" and at_ms - item.arrived_at_ms <= OPEN_LISTED_MS


def position_in(first: Sequence[bytes], item: Item) -> int | None:
    """Return an item's position in its queue, from 1, where it is among the first.

    Args:
        first: Row keys of `routing_waiting` in the item's queue, in order: as many as one wants to
            look at, so that it costs the same however many wait.
        item: The item; of one that does not wait, or stands further back, the answer is None.
    """
    if not item.is_waiting:
        return None
    wanted = [item.queue_id, item.rank, item.item_id]
    for place, key in enumerate(first, start=1):
        if parts_of(key)[1:] == wanted:
            return place
    return None


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole > 0 else None


def _mean(total: int, count: int) -> int | None:
    return total // count if count else None
