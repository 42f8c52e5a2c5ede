"""Overflow: what happens to an item when its queue is closed, too full or too slow.

Before an item enters a queue, the rules of that queue (or of the routing rule that named it) are
looked at once (UR-41). While it waits, the queue's in-queue rules are deadlines (UR-44). The waits
these rules and the customers are told come from `WaitAverage` (UR-51).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from processors.routing.hours import is_open
from processors.routing.setup import InOverflow, PreOverflow, Queue, Setup

BATCH_ITEMS_MAX: Final = 20
"""So many items may overflow in a minute at once; more go in batches of as many."""

AFTER_A_MOVE: Final = frozenset({"queue", "external_number"})
"""What may still happen to a call that was transferred or overflowed into its queue."""


class QueueLoad(msgspec.Struct, frozen=True):
    """How busy a queue is.

    Attributes:
        waiting: Items that wait in it, offered ones included.
        average_wait_ms: The expected wait; None while there are too few answers to tell.
    """

    waiting: int
    average_wait_ms: int | None = None


Load = Callable[[str], QueueLoad]
"""Given a queue's id, how busy it is. Exact counts satisfy the rule that they may be 10 s old."""


class Overflowing(msgspec.Struct, frozen=True):
    """The rule of a queue that holds, and why."""

    rule: PreOverflow
    because: str


def overflowing(
    setup: Setup, queue: Queue, rules: Sequence[PreOverflow], load: Load, at_ms: int
) -> Overflowing | None:
    """Return the first rule that holds before an item enters `queue`; None: it has room.

    Args:
        setup: Where the queue's hours are.
        queue: The queue.
        rules: Its own rules or those of the routing rule, the hours' first.
        load: How busy queues are.
        at_ms: When.
    """
    busy: QueueLoad | None = None
    for rule in rules:
        if rule.when == "out_of_hours":
            if not is_open(setup.hours_of(queue.id), at_ms):
                return Overflowing(rule, f"{queue.name} is closed")
            continue
        if busy is None:
            busy = load(queue.id)
        if rule.limit is not None and busy.waiting >= rule.limit:
            return Overflowing(
                rule, f"{busy.waiting} items wait in {queue.name}, its limit is {rule.limit}"
            )
        if rule.exceeds_ms is not None and (busy.average_wait_ms or 0) > rule.exceeds_ms:
            return Overflowing(
                rule,
                f"the expected wait in {queue.name} is {busy.average_wait_ms} ms, "
                f"its limit is {rule.exceeds_ms} ms",
            )
    return None


def next_rule(queue: Queue, after_ms: int, *, was_moved: bool) -> InOverflow | None:
    """Return the in-queue rule that comes due next for an item of `queue`.

    The wait counts from when the item entered this very queue: an item that overflowed from
    another one has the whole wait before it.

    Args:
        queue: The queue.
        after_ms: The wait up to which rules have had their turn; -1 when none had.
        was_moved: The item was transferred here or overflowed from another queue: a call then
            knows other queues and outside numbers only.
    """
    for rule in queue.in_overflow:
        if rule.exceeds_ms <= after_ms:
            continue
        if was_moved and queue.kind == "voice" and rule.action.do not in AFTER_A_MOVE:
            continue
        return rule
    return None


class Due(msgspec.Struct, frozen=True):
    """An item whose wait exceeds a rule of its queue.

    Attributes:
        item_id: The item.
        queue_id: Its queue.
        exceeds_ms: The wait of the rule.
        queued_at_ms: When it entered the queue.
    """

    item_id: str
    queue_id: str
    exceeds_ms: int
    queued_at_ms: int


def in_batches(due: Sequence[Due]) -> tuple[tuple[Due, ...], ...]:
    """Return the items that overflow within one minute, in the batches they are dealt with.

    Up to 20 are one batch. Of more, those of a shorter configured wait come first; queues of the
    same wait take turns, by id, each giving its oldest item.
    """
    by_wait: dict[int, dict[str, list[Due]]] = {}
    for one in sorted(
        due, key=lambda one: (one.exceeds_ms, one.queue_id, one.queued_at_ms, one.item_id)
    ):
        by_wait.setdefault(one.exceeds_ms, {}).setdefault(one.queue_id, []).append(one)
    ordered: list[Due] = []
    for queues in by_wait.values():
        longest = max(len(items) for items in queues.values())
        for turn in range(longest):
            ordered.extend(items[turn] for items in queues.values() if turn < len(items))
    return tuple(
        tuple(ordered[first : first + BATCH_ITEMS_MAX])
        for first in range(0, len(ordered), BATCH_ITEMS_MAX)
    )


AVERAGE_EVERY_MS: Final = 600_000
AVERAGE_ANSWERS_MIN: Final = 20
AVERAGE_IDLE_MS: Final = 7 * 86_400_000
AVERAGE_SHOWN_ABOVE_MS: Final = 60_000
AVERAGE_KEEPS: Final = 4
"""Weight of the old average against 1 of the new mean. Ours: the rules name no weight."""

POSITION_EVERY_MS: Final = 30_000
POSITION_EVERY_BUSY_MS: Final = 60_000
POSITION_BUSY_ITEMS: Final = 150


class WaitAverage(msgspec.Struct, frozen=True, array_like=True):
    """The exponential moving average of how long answered customers of a queue waited (UR-51).

    Attributes:
        average_ms: The average as of the last 10-minute mark; -1 before the first.
        answers: How many answers there were since it began.
        span_ms: Beginning of the running 10 minutes; -1 before the first answer.
        waited_ms: Sum of the waits answered in them.
        waited: How many.
        answered_at_ms: When the last answer was.
    """

    average_ms: int = -1
    answers: int = 0
    span_ms: int = -1
    waited_ms: int = 0
    waited: int = 0
    answered_at_ms: int = -1


def as_of(average: WaitAverage, at_ms: int) -> WaitAverage:
    """Return the average with what ten minutes and idle days do to it."""
    if average.span_ms < 0:
        return average
    if at_ms - average.answered_at_ms >= AVERAGE_IDLE_MS:
        return WaitAverage()
    spans = (at_ms - average.span_ms) // AVERAGE_EVERY_MS
    if spans < 1:
        return average
    value_ms = average.average_ms
    if average.waited:
        mean_ms = average.waited_ms // average.waited
        if value_ms < 0:
            value_ms = mean_ms
        else:
            value_ms = (AVERAGE_KEEPS * value_ms + mean_ms) // (AVERAGE_KEEPS + 1)
    return WaitAverage(
        value_ms,
        average.answers,
        average.span_ms + spans * AVERAGE_EVERY_MS,
        answered_at_ms=average.answered_at_ms,
    )


def answered(average: WaitAverage, waited_ms: int, at_ms: int) -> WaitAverage:
    """Return the average after a customer who waited `waited_ms` was answered at `at_ms`."""
    now = as_of(average, at_ms)
    return WaitAverage(
        now.average_ms,
        now.answers + 1,
        at_ms if now.span_ms < 0 else now.span_ms,
        now.waited_ms + waited_ms,
        now.waited + 1,
        at_ms,
    )


def expected_wait_ms(average: WaitAverage, at_ms: int) -> int | None:
    """Return the expected wait; None before 20 answers and the first 10-minute mark after them."""
    now = as_of(average, at_ms)
    if now.average_ms < 0 or now.answers < AVERAGE_ANSWERS_MIN:
        return None
    return now.average_ms


def shown_wait_ms(average: WaitAverage, at_ms: int) -> int | None:
    """Return the wait a customer is told: the expected one if it is above a minute, else None."""
    expected_ms = expected_wait_ms(average, at_ms)
    return expected_ms if expected_ms is not None and expected_ms > AVERAGE_SHOWN_ABOVE_MS else None


def wait_notice(wait_ms: int) -> tuple[str, dict[str, str]]:
    """Return the notice that tells a wait, and its slugs; minutes are rounded up."""
    hours, minutes = divmod(-(-wait_ms // 60_000), 60)
    if not hours:
        return "average_wait_minutes", {"WaitMinutes": str(minutes)}
    if not minutes:
        return "average_wait_hours", {"WaitHours": str(hours)}
    slugs = {"WaitHours": str(hours), "WaitMinutes": str(minutes)}
    return "average_wait_hours_minutes", slugs


def position_every_ms(waiting: int) -> int:
    """Return how often a waiting customer is told the position."""
    return POSITION_EVERY_BUSY_MS if waiting > POSITION_BUSY_ITEMS else POSITION_EVERY_MS
