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

from typing import Any, Final

import msgspec

from processors.routing import rows
from processors.routing.measures import LEVELS_MS, Measure
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
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole > 0 else None


def _mean(total: int, count: int) -> int | None:
    return total // count if count else None
