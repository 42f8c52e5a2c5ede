"""What a pool is made for, and the notice when more waits (UR-52).

Nothing that waits is turned away: who comes next would be lost. Somebody is told once, and again
after the pool has emptied. How many representatives there may be is looked at when a setup is
loaded.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from processors.routing.handling import Handling
from schemas.records.routing import QuotaPassed

EASED_PERCENT: Final = 90
"""At so much of the quota it is over, and passing it again is told again."""


def watch(h: Handling) -> None:
    """Say so if an input lets more wait than the quota allows."""
    state, most = h.pool.state, h.setup.quotas.waiting_max
    if state.open <= most and not state.is_overfull:
        return
    waiting = sum(queue.waiting for queue in h.pool.queues.unordered())
    if not state.is_overfull and waiting > most:
        h.pool.state = replace(state, is_overfull=True)
        because = (
            f"{waiting} items wait, the quota is {most}; all of them are kept. Sign more people "
            "in, let queues overflow, or raise quotas.waiting_max in the routing setup"
        )
        h.emit(QuotaPassed, quota="waiting_max", limit=most, found=waiting, because=because)
    elif state.is_overfull and waiting * 100 <= most * EASED_PERCENT:
        h.pool.state = replace(state, is_overfull=False)
