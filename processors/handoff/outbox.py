"""What the outbox worker says, and what people ask of it."""

from __future__ import annotations

from typing import Final

from processors.handoff import deliveries, news, refresh
from processors.handoff.state import OPEN, Making
from processors.machine import Outcome
from schemas.records.handoff import DeliveryAttempted, RetryDelivery

_ALWAYS: Final = frozenset({"end", "status", "health"})
"""What may go again when its hand-off is over: it tells the hub just that."""


def take_attempt(making: Making, told: DeliveryAttempted) -> Outcome:
    """Return the delivery after an attempt; repeated and late words make nothing true."""
    before = deliveries.find(making.state, told.delivery_id)
    row = None if before is None else deliveries.take_attempt(making, before, told)
    if row is None:
        return Outcome(making.state)
    if row.kind == deliveries.HEALTH:
        refresh.answered(making, row)
    else:
        news.settle_delivery(making, row, told.hub_ids)
    return making.outcome()


def retry(making: Making, command: RetryDelivery) -> Outcome:
    """Return the dead delivery due again, under the idempotency key it had."""
    row = deliveries.find(making.state, command.delivery_id)
    if row is None:
        because = f"there is no delivery {command.delivery_id!r}, or it is forgotten by now"
        return making.refused("handoff.unknown_delivery", because)
    if row.state in deliveries.UNSETTLED:
        return Outcome(making.state)
    if row.state != "dead":
        because = f"delivery {command.delivery_id} is {row.state}, so there is nothing to retry"
        return making.refused("handoff.not_dead", because)
    handoff = making.state.handoffs.get(row.request_id or "")
    if row.kind not in _ALWAYS and (handoff is None or handoff.state not in OPEN):
        because = (
            f"hand-off {row.request_id} is over ({handoff.state if handoff else 'forgotten'}): its "
            f"{row.kind} would give the conversation a second owner"
        )
        return making.refused("handoff.over", because)
    deliveries.retry(making, row)
    return making.outcome()
