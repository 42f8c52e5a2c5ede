"""Figures of queues, counted as things happen: one small row a queue and hour.

Counts, sums and nothing else: shares and averages are made when somebody looks
(`processors.views.routing`). A row is that of the hour in which something happened; rows of the
last three days are kept.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

HOUR_MS: Final = 3_600_000
HOURS_KEPT: Final = 72
LEVELS_MS: Final = (10_000, 20_000, 30_000, 40_000, 60_000, 120_000)
"""Waits for which a service level is told."""

RESPONSE_MS: Final = 60_000
"""A response within this time is a quick one."""


class Measure(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What happened in a queue within an hour.

    Attributes:
        entered: Items that came to it.
        escalated: Those of them that a bot gave up, and those that no bot ever had: their
            customers asked for a representative.
        offered: Offers and assignments made.
        answered: First acceptances of an item.
        wait_ms: Sum of first waits of those.
        wait_ms_max: The longest of them.
        within: How many of them waited at most 10, 20, 30, 40, 60, 120 seconds.
        within_own: How many were within the queue's own threshold.
        abandoned: Customers who left before a representative had them; short ones left out.
        abandoned_ms: Sum of how long those had waited.
        short_abandoned: Customers who left before the short-abandon threshold.
        overflowed: Items that overflowed.
        declined: Offers declined.
        timed_out: Offers that nobody answered.
        accepted: Offers accepted, and items picked.
        accept_ms: Sum of the times it took.
        decline_ms: Sum of the times to decline.
        handled: Sessions of representatives that ended.
        handle_ms: Sum of how long they served and wrapped up, while they looked at it.
        transferred: Sessions that ended by passing the item on.
        released: Sessions that ended by giving the item back.
        taken_back: Sessions that ended because the representative was gone.
        first_responses: First messages of a representative.
        first_response_ms: Sum of the times from acceptance to those, in operating hours.
        responses: Answers to a customer's message.
        response_ms: Sum of the times it took, in operating hours.
        quick_responses: Answers within 60 seconds.
        closed: Items closed.
        ghosts: Conversations that a representative had and whose customer never did anything.
    """

    entered: int = 0
    escalated: int = 0
    offered: int = 0
    answered: int = 0
    wait_ms: int = 0
    wait_ms_max: int = 0
    within: tuple[int, ...] = (0, 0, 0, 0, 0, 0)
    within_own: int = 0
    abandoned: int = 0
    abandoned_ms: int = 0
    short_abandoned: int = 0
    overflowed: int = 0
    declined: int = 0
    timed_out: int = 0
    accepted: int = 0
    accept_ms: int = 0
    decline_ms: int = 0
    handled: int = 0
    handle_ms: int = 0
    transferred: int = 0
    released: int = 0
    taken_back: int = 0
    first_responses: int = 0
    first_response_ms: int = 0
    responses: int = 0
    response_ms: int = 0
    quick_responses: int = 0
    closed: int = 0
    ghosts: int = 0


NOTHING_YET: Final = Measure()


def hour_of(at_ms: int) -> int:
    """Return the hour a time lies in, counted from 1970."""
    return at_ms // HOUR_MS


def hour_key(queue_id: str, hour: int) -> str:
    """Return the own key of a measure's row."""
    return f"{queue_id}\0{hour:09d}"


def answered(measure: Measure, waited_ms: int, own_ms: int) -> Measure:
    """Return the measure with one more item that a representative accepted for the first time."""
    within = tuple(
        count + (waited_ms <= limit_ms)
        for count, limit_ms in zip(measure.within, LEVELS_MS, strict=True)
    )
    return msgspec.structs.replace(
        measure,
        answered=measure.answered + 1,
        wait_ms=measure.wait_ms + waited_ms,
        wait_ms_max=max(measure.wait_ms_max, waited_ms),
        within=within,
        within_own=measure.within_own + (waited_ms <= own_ms),
    )


def added(measure: Measure, counts: dict[str, int]) -> Measure:
    """Return the measure with `counts` added, by field."""
    return msgspec.structs.replace(
        measure, **{name: getattr(measure, name) + count for name, count in counts.items()}
    )


def total(measures: list[Measure]) -> Measure:
    """Return the sum of measures, e.g. of the hours of a day."""
    if not measures:
        return NOTHING_YET
    columns = zip(*(msgspec.structs.astuple(one) for one in measures), strict=True)
    return Measure(*(_summed(name, column) for name, column in zip(_FIELDS, columns, strict=True)))


_FIELDS: Final = Measure.__struct_fields__


def _summed(name: str, column: tuple[Any, ...]) -> Any:
    if name == "within":
        return tuple(map(sum, zip(*column, strict=True)))
    return max(column) if name == "wait_ms_max" else sum(column)
