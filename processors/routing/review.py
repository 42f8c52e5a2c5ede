"""A setup that counts from now on: what waits and who serves is looked at again."""

from __future__ import annotations

from msgspec.structs import replace

from processors.machine import Rejection
from processors.routing import presence
from processors.routing.arriving import place
from processors.routing.handling import Handling
from processors.routing.moves import await_queue, demanding, keep
from processors.routing.people import GONE_MS, GONE_TIMER, set_presence
from processors.routing.places import rank_of
from processors.routing.pool import load_of
from schemas.records.routing import PoolReviewed, ReviewPool


def review(h: Handling, given: ReviewPool) -> Rejection | None:
    """Look at everything again because somebody asked, or published a setup."""
    look_again(h, given.because or "somebody asked")
    return None


def is_due(h: Handling) -> bool:
    """Return whether another setup counts than the one everything was looked at under."""
    return h.pool.state.setup_digest != h.setup.digest


def place_strays(h: Handling) -> None:
    """Route again what came back to a queue that is gone, from an offer or from somebody's desk."""
    for item_id in tuple(h.fresh):
        item = h.pool.items.get(item_id)
        if item is not None and item.is_waiting and h.queue(item.queue_id) is None:
            place(h, item)


def look_again(h: Handling, because: str) -> None:
    """Bring limits, demands and places up to the setup in force; then everybody is asked."""
    setup = h.setup
    h.pool.state = replace(h.pool.state, setup_digest=setup.digest)
    for who, row in h.pool.representatives.items():
        known = setup.representatives.get(who)
        if known is None:
            if row.presence.reason != "signed_out":
                said = "the routing setup does not know them any more"
                set_presence(h, row, presence.signed_out(h.now_ms), said)
            if row.items:
                h.timers[GONE_TIMER + who] = h.now_ms + GONE_MS
            continue
        h.pool.put_representative(replace(row, load=load_of(setup, known, row.load)))
        h.free[who] = None
    waiting = 0
    for item in sorted(h.pool.items.unordered(), key=lambda one: one.item_id):
        if not item.is_waiting:
            continue
        waiting += 1
        queue = setup.queues.get(item.queue_id)
        if queue is None:
            place(h, item)
            continue
        after = demanding(h, item)
        keep(h, replace(after, rank=rank_of(h, after, queue)))
        await_queue(h, after)
    for queue in setup.queues.values():
        bots = [who for who in queue.members if h.is_bot(who)]
        h.free.update(dict.fromkeys(queue.members if queue.assignment else bots))
    h.emit(PoolReviewed, because=because, waiting=waiting, setup_digest=setup.digest or None)
