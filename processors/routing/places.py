"""An item's place in its queue as a text: texts compare as places do (UR-11, UR-13).

Returning conversations come first. In a queue without priorities of its own the place is the age:
first in, first out. With priorities it is the first bucket whose condition holds, then that
bucket's orders, then the age; what fits no bucket comes after all buckets.
"""

from __future__ import annotations

import struct
from typing import Final

from processors.routing.conditions import Fact, RuleFaultError, holds
from processors.routing.handling import Handling
from processors.routing.rows import Item
from processors.routing.setup import BucketOrder, Queue

TEXT_BYTES_MAX: Final = 32
"""So much of a text counts for the order inside a bucket."""

_RETURNING: Final = "0"
_ORDINARY: Final = "1"


def rank_of(h: Handling, item: Item, queue: Queue) -> str:
    """Return an item's place in a queue."""
    age = f"{item.aged_from_ms:014d}{item.number:010d}"
    if item.affinity is not None:
        return f"{_RETURNING}{age}"
    if not queue.buckets:
        return f"{_ORDINARY}{age}"
    facts = h.facts_of(item)
    for number, bucket in enumerate(queue.buckets):
        try:
            is_in = holds(bucket.when, facts)
        except RuleFaultError:
            is_in = False
        if is_in:
            orders = "".join(_ordered(order, facts.get(order.field)) for order in bucket.order_by)
            return f"{_ORDINARY}{number:03d}{orders}{age}"
    return f"{_ORDINARY}{len(queue.buckets):03d}{age}"


def _ordered(order: BucketOrder, value: Fact | None) -> str:
    """Return a fact as a text that compares as the order wants; what is missing comes last."""
    if value is None:
        return "3"
    if isinstance(value, str):
        data = value.casefold().encode()[:TEXT_BYTES_MAX]
        if order.is_descending:
            return "2" + bytes(255 - byte for byte in data).hex() + "~"
        return "2" + data.hex() + "-"
    (bits,) = struct.unpack(">Q", struct.pack(">d", float(value)))
    # A number's bits compare as numbers do once the sign is turned.
    bits = bits ^ 0xFFFF_FFFF_FFFF_FFFF if bits >> 63 else bits | 1 << 63
    if order.is_descending:
        bits ^= 0xFFFF_FFFF_FFFF_FFFF
    return f"1{bits:016x}"
