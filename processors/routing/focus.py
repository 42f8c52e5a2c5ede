"""What representatives look at: handle time counts while a session has the focus (QM-06).

A desk says when its representative turns to an item and away from it. Nobody looks at two items at
once, so turning to one is turning away from the other; who signs out or vanishes looks at nothing.
Of a session no desk said anything about, all the time counts. Only who has an item handles it: the
time of somebody who is consulted, or watches, counts nowhere.
"""

from __future__ import annotations

from msgspec.structs import replace

from processors.routing.handling import Handling
from processors.routing.rows import Item
from schemas.records.routing import ItemFocused, ItemUnfocused


def focus(h: Handling, given: ItemFocused) -> None:
    """Note that somebody turned to an item of theirs; other items are of no interest."""
    item = h.pool.items.get(given.item_id)
    row = h.representative(given.representative_id)
    if row is None or row.focused == given.item_id or not row.presence.is_connected:
        return
    look_away(h, row.representative_id)
    if item is None or not is_handled(item, row.representative_id):
        return
    h.pool.put_representative(
        replace(h.pool.representatives[row.representative_id], focused=item.item_id)
    )
    h.pool.put_item(replace(item, focus_ms=max(0, item.focus_ms), focused_at_ms=h.now_ms))


def unfocus(h: Handling, given: ItemUnfocused) -> None:
    """Note that somebody turned away from an item."""
    row = h.representative(given.representative_id)
    if row is not None and row.focused == given.item_id:
        look_away(h, row.representative_id)


def look_away(h: Handling, representative_id: str) -> None:
    """Let somebody look at nothing."""
    row = h.representative(representative_id)
    if row is None or row.focused is None:
        return
    item = h.pool.items.get(row.focused)
    h.pool.put_representative(replace(row, focused=None))
    if item is not None and item.focused_at_ms is not None:
        h.pool.put_item(replace(item, focus_ms=looked_ms(item, h.now_ms), focused_at_ms=None))


def handled(h: Handling, item: Item) -> tuple[Item, int]:
    """Return an item that leaves its representative, and how long they handled it."""
    if item.active_at_ms is None:
        return item, 0
    served_ms = max(0, h.now_ms - item.active_at_ms)
    if item.focus_ms >= 0:
        served_ms = looked_ms(item, h.now_ms)
    row = h.representative(item.representative_id or "")
    if row is not None and row.focused == item.item_id:
        h.pool.put_representative(replace(row, focused=None))
    after = replace(
        item,
        handle_ms=item.handle_ms + served_ms,
        active_at_ms=None,
        focus_ms=-1,
        focused_at_ms=None,
    )
    return after, served_ms


def looked_ms(item: Item, at_ms: int) -> int:
    """Return how long an item was looked at in its present session."""
    now_ms = 0 if item.focused_at_ms is None else max(0, at_ms - item.focused_at_ms)
    return max(0, item.focus_ms) + now_ms


def is_handled(item: Item, representative_id: str) -> bool:
    """Return whether somebody has an item that time is spent on."""
    return item.representative_id == representative_id and item.state in {"active", "wrap_up"}
