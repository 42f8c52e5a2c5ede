"""What becomes true by waiting: every timer of a pool, by the beginning of its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from msgspec.structs import replace

from processors.routing import activity, moves, offers, people
from processors.routing.arriving import act
from processors.routing.handling import Handling
from processors.routing.moves import (
    SCAN_MS,
    close,
    demanding,
    end_conversation,
    free_capacity,
    keep,
    wrap_up,
)
from processors.routing.notices import notify, position_of, tell_position
from processors.routing.overflow import BATCH_ITEMS_MAX, Due, in_batches, next_rule
from processors.routing.pool import decision_key
from processors.routing.rows import Item, Overdue
from schemas.records.routing import QueueOverflowed

BATCH: Final = "overflowing"
"""Fires after every `overflow/` of the same instant: names fire in order."""

PAST: Final = "past/"
PAST_KEPT_MS: Final = 30 * 86_400_000
"""How long screens find a closed item: 30 days."""

MINUTE_MS: Final = 60_000


def fire(h: Handling, name: str) -> None:
    """Let a timer take effect; one that nobody waits for any more changes nothing."""
    if name == moves.CYCLE:
        _cycle(h)
    elif name == BATCH:
        _overflow_batch(h)
    elif name.startswith(PAST):
        _drop_past(h, name)
    else:
        kind, _, whose = name.partition("/")
        of_person, of_item = _OF_PERSON.get(kind), _OF_ITEM.get(kind)
        if of_person is not None:
            of_person(h, whose)
        elif of_item is not None:
            item = h.pool.items.get(whose)
            if item is not None:
                of_item(h, item)


def _close(h: Handling, item: Item) -> None:
    """Close what did not change for so long; a served one is wrapped up first (UR-49)."""
    if item.closes_at_ms is None or h.now_ms < item.closes_at_ms:
        return
    because = f"nothing changed for {(h.now_ms - item.changed_at_ms) // MINUTE_MS} minutes"
    if item.state == "active":
        wrap_up(h, item, because)
        return
    notify_end = item.state in {"open", "waiting"}
    outcome = "expired" if item.state == "open" else "handled"
    made = close(h, item, outcome, because)
    if notify_end:
        notify(h, made, "session_ended")
        end_conversation(h, made, because)


def _wrapped(h: Handling, item: Item) -> None:
    """Give the capacity back that wrap-up blocked for a time; the item stays in wrap-up."""
    if item.state == "wrap_up" and item.holds is not None:
        keep(h, free_capacity(h, item))
        people.recalculate(h, item.representative_id or "", "wrap-up blocks no longer")


def _unseen(h: Handling, item: Item) -> None:
    """Take an offer back that somebody who vanished never saw (UR-36)."""
    if item.offer is not None and item.offer.is_overdue:
        offers.let_pass(h, item)


def _wider(h: Handling, item: Item) -> None:
    """Let a further circle of representatives have an item (UR-53)."""
    if item.state != "open":
        return
    after = demanding(h, item)
    keep(h, after)
    h.fresh[item.item_id] = None
    moves.await_bullseye(h, after)


def _notice(h: Handling, item: Item) -> None:
    """Tell a waiting customer the position."""
    told = tell_position(h, item)
    if told is None:
        return
    _, next_ms = told
    position = position_of(h.pool, item)
    if position != item.told:
        keep(h, replace(item, told=position))
    h.timers[moves.NOTICE + item.item_id] = h.now_ms + next_ms


def _forget(h: Handling, item: Item) -> None:
    """Take a closed item out of memory; screens find it for another 30 days."""
    if item.state != "closed":
        return
    h.pool.file_item(item)
    h.timers[f"{PAST}{item.decisions}/{item.item_id}"] = h.now_ms + PAST_KEPT_MS


def _drop_past(h: Handling, name: str) -> None:
    """Remove what is left of a closed item."""
    count, _, item_id = name.removeprefix(PAST).partition("/")
    h.pool.past.drop(item_id)
    if item_id in h.pool.items:
        return
    for number in range(1, int(count) + 1):
        h.pool.decisions.drop(decision_key(item_id, number))


def _overdue(h: Handling, item: Item) -> None:
    """Note that an item waited too long; it leaves with the batch of this instant (UR-44)."""
    queue = h.queue(item.queue_id)
    if item.state != "open" or queue is None:
        return
    rule = next_rule(queue, item.overflowed_ms, was_moved=item.was_passed_on)
    if rule is None or h.now_ms < item.queued_at_ms + rule.exceeds_ms:
        return
    h.pool.overdue.put(item.item_id, Overdue(item.queue_id, rule.exceeds_ms, item.queued_at_ms))
    h.timers[BATCH] = max(h.now_ms, _batch_from_ms(h))


def _batch_from_ms(h: Handling) -> int:
    """Return from when on more items may overflow."""
    state = h.pool.state
    if state.batched < BATCH_ITEMS_MAX:
        return 0
    return state.batch_from_ms + MINUTE_MS


def _overflow_batch(h: Handling) -> None:
    state = h.pool.state
    if h.now_ms >= state.batch_from_ms + MINUTE_MS:
        state = replace(state, batch_from_ms=h.now_ms, batched=0)
    due = [
        Due(item_id, row.queue_id, row.exceeds_ms, row.queued_at_ms)
        for item_id, row in h.pool.overdue.items()
    ]
    ordered = [one for batch in in_batches(due) for one in batch]
    room = BATCH_ITEMS_MAX - state.batched
    h.pool.state = replace(state, batched=state.batched + min(room, len(ordered)))
    for one in ordered[:room]:
        h.pool.overdue.drop(one.item_id)
        item = h.pool.items.get(one.item_id)
        if item is not None and item.state == "open":
            _overflow(h, item, one)
    if len(ordered) > room:
        h.timers[BATCH] = h.pool.state.batch_from_ms + MINUTE_MS


def _overflow(h: Handling, item: Item, due: Due) -> None:
    queue = h.queue(item.queue_id)
    if queue is None:
        return
    rule = next_rule(queue, due.exceeds_ms - 1, was_moved=item.was_passed_on)
    if rule is None:
        return
    because = f"it waited longer than {due.exceeds_ms // 1_000} s in {queue.name}"
    h.emit(
        QueueOverflowed,
        epoch=item.epoch,
        item_id=item.item_id,
        queue_id=queue.id,
        condition="waiting_time",
        action=rule.action.do,
        target_id=rule.action.queue or rule.action.number,
        is_in_queue=True,
        because=because,
    )
    h.pool.count(queue.id, h.now_ms, overflowed=1)
    act(h, replace(item, overflowed_ms=due.exceeds_ms), rule.action, because)


def _cycle(h: Handling) -> None:
    """Look again where a choice depends on time alone: at working hours (UR-14, UR-19)."""
    setup = h.setup
    is_waiting = False
    for queue in setup.queues.values():
        state = h.pool.queues.get(queue.id)
        if state is None or not state.waiting:
            continue
        is_waiting = True
        if queue.assignment:
            h.free.update(dict.fromkeys(queue.members))
    next_ms = h.now_ms + SCAN_MS if is_waiting else None
    h.pool.state = replace(h.pool.state, cycles_at_ms=next_ms)
    if next_ms is not None:
        h.timers[moves.CYCLE] = next_ms


_OF_PERSON: Final[Mapping[str, Callable[[Handling, str], None]]] = {
    people.PRESENCE_TIMER.rstrip("/"): people.grace_over,
    people.GONE_TIMER.rstrip("/"): activity.gone,
    people.SHIFT_TIMER.rstrip("/"): people.shift_over,
}
_OF_ITEM: Final[Mapping[str, Callable[[Handling, Item], None]]] = {
    moves.OFFER.rstrip("/"): offers.run_out,
    moves.OVERFLOW.rstrip("/"): _overdue,
    moves.CLOSE.rstrip("/"): _close,
    moves.WRAP_UP.rstrip("/"): _wrapped,
    moves.UNSEEN.rstrip("/"): _unseen,
    moves.NOTICE.rstrip("/"): _notice,
    moves.BULLSEYE.rstrip("/"): _wider,
    moves.AWAY.rstrip("/"): activity.away_too_long,
    moves.FORGET.rstrip("/"): _forget,
}
