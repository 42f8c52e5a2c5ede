"""Automated messages: what customer and representative are told by itself (HO-50, UR-51)."""

from __future__ import annotations

from processors.routing.handling import Handling, variables_of
from processors.routing.overflow import position_every_ms, shown_wait_ms, wait_notice
from processors.routing.pool import Pool
from processors.routing.rows import Facts, Item
from processors.routing.setup_notices import NOTICES, rendered, text_of
from schemas.records.conversation import TurnSaid
from schemas.records.routing import CustomerNotified


def notify(
    h: Handling, item: Item, kind: str, representative_id: str | None = None, **slugs: str
) -> bool:
    """Say a notice; return False where the tenant says nothing.

    Args:
        h: The input being handled.
        item: What it is about.
        kind: Name of the notice.
        representative_id: Who is meant by `{RepresentativeName}`; None: who has the item.
        slugs: Further slugs and their values.
    """
    if item.kind == "record":
        return False
    notice = NOTICES[kind]
    facts = h.pool.facts.get(item.item_id) or Facts()
    texts = h.setup.notices.get(kind)
    template = notice.text if texts is None else text_of(texts, facts.locale)
    if not template:
        return False
    who = representative_id or item.representative_id or ""
    queue = h.queue(item.queue_id)
    known = {
        "RepresentativeName": h.name_of(who) if who else "",
        "QueueName": queue.name if queue is not None else "",
        **slugs,
    }
    variables = variables_of(facts.variables) if "{$" in template else {}
    text = rendered(template, known, variables)
    is_private = notice.audience == "representative"
    h.emit(
        CustomerNotified,
        epoch=item.epoch,
        item_id=item.item_id,
        kind=kind,
        text=text,
        representative_id=who if is_private else None,
    )
    h.tell(
        item,
        TurnSaid,
        epoch=item.epoch,
        # Screens tell notices apart by this id.
        turn_id=f"notice-{kind}-{h.at.event_id(len(h.events))}",
        author="system",
        text=text,
        visibility="private" if is_private else "public",
        needs_delivery=not is_private,
    )
    return True


def position_of(pool: Pool, item: Item) -> int:
    """Return an item's position in its queue, from 1."""
    return pool.ahead(item) + 1


def tell_position(h: Handling, item: Item) -> tuple[Item, int] | None:
    """Tell a waiting customer the position, where it changed, and once the expected wait.

    Return the item and after how long to tell again; None: never.
    """
    if item.state != "open" or item.is_persistent or not item.is_synchronous:
        return None
    position = position_of(h.pool, item)
    if position != item.told:
        if position == 1:
            notify(h, item, "next_in_line")
        else:
            notify(h, item, "queue_position", Position=str(position))
    state = h.pool.queues[item.queue_id]
    return item, position_every_ms(state.waiting)


def tell_wait(h: Handling, item: Item) -> None:
    """Tell a customer who begins to wait how long it takes; it is not told again."""
    state = h.pool.queues.get(item.queue_id)
    if state is None:
        return
    wait_ms = shown_wait_ms(state.average, h.now_ms)
    if wait_ms is not None:
        kind, slugs = wait_notice(wait_ms)
        notify(h, item, kind, **slugs)
