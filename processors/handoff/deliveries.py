"""What hubs are owed: the outbox as state.

A delivery is owed once, under one idempotency key, however often it is attempted. Deliveries of one
hand-off go out one after the other. The worker sends what is `due` and says what came of it; a word
that repeats an earlier one makes nothing true, and `delivered` always counts, however late.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, Final

from msgspec.structs import replace

from processors.handoff.settings import Deliveries
from processors.handoff.state import Handoffs, Making, read_object, to_json
from processors.views.handoff import ConnectionView, DeliveryView, HubHandoffView, delivery_key
from schemas.records.handoff import DeliveryAttempted, DeliveryChanged, DeliveryDue

HEALTH: Final = "health"
UNSETTLED: Final = frozenset({"due", "waiting"})
_WORDS_MAX: Final = 500


def owe(
    making: Making,
    handoff: HubHandoffView,
    kind: str,
    body: dict[str, Any],
    connection: ConnectionView | None = None,
) -> HubHandoffView:
    """Owe the hand-off's hub one more delivery, after those that stand.

    Args:
        making: What is being made.
        handoff: The hand-off.
        kind: initiate, message, status or end.
        body: Facts to send.
        connection: The bot's connection; None: the one in the state.

    Returns:
        The hand-off as it stands now.
    """
    state = making.state
    standing = state.owed(handoff.request_id)
    waits = any(row.state in UNSETTLED for _, row in standing)
    if connection is None and handoff.bot_id is not None:
        connection = state.connections.get(handoff.bot_id)
    handoff = replace(handoff, order=handoff.order + 1)
    delivery_id = f"{handoff.request_id}/{handoff.order:06d}"
    # A connection may be taken down while its hand-offs go on: later deliveries go where the
    # earlier ones went.
    place = standing[-1][1] if standing else connection
    row = DeliveryView(
        delivery_id=delivery_id,
        hub=handoff.hub,
        hub_kind=handoff.hub_kind,
        bot_id=handoff.bot_id,
        environment=place.environment if place is not None else None,
        application_id=place.application_id if place is not None else None,
        kind=kind,
        conversation_id=handoff.conversation_id,
        request_id=handoff.request_id,
        order=handoff.order,
        state="waiting" if waits else "due",
        attempts=0,
        next_at_ms=making.at.now_ms,
        idempotency_key=key_of(making.tenant, delivery_id),
        body=to_json(body),
        hub_ids=handoff.hub_ids,
        model=handoff.model,
        made_at_ms=making.at.now_ms,
        changed_at_ms=making.at.now_ms,
    )
    state.deliveries.put(delivery_key(delivery_id), row)
    if not waits:
        _tell_due(making, row)
    state.put_handoff(handoff)
    return handoff


def owe_health(making: Making, connection: ConnectionView, test_id: str) -> None:
    """Owe a connection's hub a sign that it can be spoken to."""
    delivery_id = f"{HEALTH}/{test_id}/000001"
    row = DeliveryView(
        delivery_id=delivery_id,
        hub=connection.hub,
        hub_kind=connection.hub_kind,
        bot_id=connection.bot_id,
        environment=connection.environment,
        application_id=connection.application_id,
        kind=HEALTH,
        conversation_id=None,
        request_id=None,
        order=1,
        state="due",
        attempts=0,
        next_at_ms=making.at.now_ms,
        idempotency_key=key_of(making.tenant, delivery_id),
        body="{}",
        made_at_ms=making.at.now_ms,
        changed_at_ms=making.at.now_ms,
    )
    making.state.deliveries.put(delivery_key(delivery_id), row)
    _tell_due(making, row)


def find(state: Handoffs, delivery_id: str) -> DeliveryView | None:
    """Return a delivery by its id."""
    row = state.deliveries.get(delivery_key(delivery_id))
    return row if row is not None and row.delivery_id == delivery_id else None


def take_attempt(making: Making, row: DeliveryView, told: DeliveryAttempted) -> DeliveryView | None:
    """Take in what came of an attempt.

    Returns:
        The delivery as it stands now; None when this makes nothing true.
    """
    is_delivered = told.outcome == "delivered"
    is_unanswered = told.outcome == "failed" and (told.status_code or 500) >= 500
    if row.state == "withdrawn" and is_unanswered and not row.is_maybe_there:
        row = replace(row, is_maybe_there=True, changed_at_ms=making.at.now_ms)
        making.state.deliveries.put(delivery_key(row.delivery_id), row)
        return row
    if row.state == "sent" or (not is_delivered and row.state != "due"):
        return None
    if not is_delivered and told.attempt <= row.attempts:
        return None
    row = replace(
        row,
        attempts=max(row.attempts, told.attempt),
        status_code=told.status_code,
        last_error=None if is_delivered else _clipped(told.because or told.outcome),
        response=_clipped(told.response),
        is_maybe_there=row.is_maybe_there or is_unanswered,
        changed_at_ms=making.at.now_ms,
    )
    limits = making.settings.deliveries
    if is_delivered:
        row = _settle(making, replace(row, state="sent", body=""), None)
    elif told.outcome == "refused" or made_of(row) >= limits.attempts_max:
        row = _settle(making, replace(row, state="dead"), row.last_error)
    else:
        wait_ms = wait_of(limits, row, told.retry_after_ms)
        row = replace(row, next_at_ms=making.at.now_ms + wait_ms)
        making.state.deliveries.put(delivery_key(row.delivery_id), row)
        _tell_due(making, row)
    return row


def promote(making: Making, request_id: str) -> None:
    """Let the next delivery of a hand-off go, when none is on its way."""
    handoff = making.state.handoffs.get(request_id)
    if handoff is None:
        return
    for key, row in making.state.owed(request_id):
        if row.state == "due":
            return
        if row.state == "waiting":
            now_ms = making.at.now_ms
            ready = replace(
                row, state="due", next_at_ms=now_ms, hub_ids=handoff.hub_ids, changed_at_ms=now_ms
            )
            making.state.deliveries.put(key, ready)
            _tell_due(making, ready)
            return


def withdraw_unsent(making: Making, request_id: str, because: str) -> bool:
    """Owe a hand-off's deliveries no longer, where none of them can be there yet.

    Returns:
        Whether the hub has the hand-off, or may have it.
    """
    is_there = False
    for _, row in making.state.owed(request_id):
        if row.kind == "initiate":
            is_there = row.state == "sent" or row.is_maybe_there
        if row.state in UNSETTLED:
            withdrawn = replace(row, state="withdrawn", changed_at_ms=making.at.now_ms)
            _settle(making, withdrawn, because)
    return is_there


def retry(making: Making, row: DeliveryView) -> None:
    """Let a dead delivery go again, under the key it had."""
    standing = making.state.owed(row.request_id) if row.request_id is not None else []
    is_free = not any(other.state == "due" for _, other in standing)
    again = replace(
        row,
        state="due" if is_free else "waiting",
        attempts_base=row.attempts,
        next_at_ms=making.at.now_ms,
        changed_at_ms=making.at.now_ms,
    )
    making.state.deliveries.put(delivery_key(row.delivery_id), again)
    if is_free:
        _tell_due(making, again)


def learn(handoff: HubHandoffView, hub_ids: str) -> HubHandoffView:
    """Return the hand-off with ids that its hub gave."""
    before = read_object(handoff.hub_ids)
    after = before | {
        name: value for name, value in read_object(hub_ids).items() if isinstance(value, str)
    }
    return handoff if after == before else replace(handoff, hub_ids=to_json(after))


def wait_of(limits: Deliveries, row: DeliveryView, retry_after_ms: int | None) -> int:
    """Return how long to wait before the next attempt.

    Doubles with each attempt since the last retry by hand, up to the longest wait; between a half
    and the whole of that, by the delivery's id and attempt, so that deliveries that failed together
    do not come together. A hub that asks for a longer wait gets it, up to the longest.
    """
    doublings = min(max(0, made_of(row) - 1), 40)
    whole_ms = min(limits.wait_max_ms, limits.first_wait_ms << doublings)
    digest = blake2b(f"{row.delivery_id}#{row.attempts}".encode(), digest_size=4).digest()
    half_ms = whole_ms // 2
    wait_ms = whole_ms - half_ms * int.from_bytes(digest) // (1 << 32)
    return max(wait_ms, min(retry_after_ms or 0, limits.wait_max_ms))


def made_of(row: DeliveryView) -> int:
    """Return the attempts made since it became owed, or since somebody retried it."""
    return row.attempts - row.attempts_base


def key_of(tenant: str, delivery_id: str) -> str:
    """Return the idempotency key: the same for every attempt, another for every delivery."""
    return blake2b(f"{tenant}\0{delivery_id}".encode(), digest_size=16).hexdigest()


def _settle(making: Making, row: DeliveryView, because: str | None) -> DeliveryView:
    making.state.deliveries.put(delivery_key(row.delivery_id), row)
    making.emit(
        DeliveryChanged,
        about=row.conversation_id or row.bot_id,
        delivery_id=row.delivery_id,
        hub=row.hub,
        kind=row.kind,
        conversation_id=row.conversation_id,
        request_id=row.request_id,
        state=row.state,
        attempts=row.attempts,
        status_code=row.status_code,
        because=because,
    )
    return row


def _tell_due(making: Making, row: DeliveryView) -> None:
    making.emit(
        DeliveryDue,
        about=row.conversation_id or row.bot_id,
        delivery_id=row.delivery_id,
        hub=row.hub,
        bot_id=row.bot_id,
        kind=row.kind,
        conversation_id=row.conversation_id,
        request_id=row.request_id,
        order=row.order,
        attempts=row.attempts,
        next_at_ms=row.next_at_ms,
        idempotency_key=row.idempotency_key,
    )


def _clipped(text: str | None) -> str | None:
    return None if text is None else text[:_WORDS_MAX]
