"""Live updates of desks and boards: which rows of routing and hand-off changed.

An event names the row and, for the asker's own desk, says enough to know whether to look; the
screen fetches what it shows. A board of thousands of representatives is not pushed row by row.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from processors.routing import rows
from processors.views import handoff as handoff_views
from streams.api.feed import Change, ChangelogFeed
from streams.api.floor import ROUTING, supervises
from streams.api.live import Strand
from streams.api.visible import ADMIN, SUPERVISOR, Principal

DESK_TABLES: Final = frozenset({rows.DESK, rows.REPRESENTATIVE, rows.ITEM})
BOARD_TABLES: Final = frozenset(
    {rows.QUEUE, rows.REPRESENTATIVE, rows.ITEM, rows.DECISION, rows.MEASURE}
)

HANDOFF: Final = "handoff"
HANDOFF_TABLES: Final = frozenset(
    {
        handoff_views.CONNECTION,
        handoff_views.CONNECTION_TEST,
        handoff_views.BOT,
        handoff_views.DELIVERY,
    }
)

Screen = Literal["desk", "board"]

_encode: Final = msgspec.json.Encoder().encode
_decision_of: Final = msgspec.msgpack.Decoder(rows.DecisionRow).decode
_pool_of: Final = msgspec.msgpack.Decoder(rows.PoolState).decode
_item_of: Final = msgspec.msgpack.Decoder(rows.Item).decode


class RoutingChange(msgspec.Struct, frozen=True):
    """A row changed.

    Attributes:
        processor: Whose row.
        table: Which table.
        key: Its own key, parts separated by NUL: a representative, a queue, an item.
        value: For an item or a delivery, where it stands now; null: removed, or fetch it.
        partition: Where it was written.
        next: Log offset up to which the change counts.
    """

    processor: str
    table: str
    key: str
    value: dict[str, Any] | None
    partition: int
    next: int


class RoutingReader(msgspec.Struct, frozen=True):
    """Who reads, and which screens for.

    Attributes:
        principal: Who reads.
        screens: Their own desk, the supervisors' board, or both.
        mine: Items that were on the desk when last seen: their going away is told too.
        setups: Digest of the setup in force when last seen: that another one is, is told too.
    """

    principal: Principal
    screens: frozenset[Screen]
    mine: set[str] = msgspec.field(default_factory=set)
    setups: set[str] = msgspec.field(default_factory=set)

    @property
    def has_wires(self) -> bool:
        """Whether connections and deliveries are shown to them."""
        return "board" in self.screens and not self.principal.roles.isdisjoint({SUPERVISOR, ADMIN})


class RoutingLive:
    """The changes of a tenant's pool, for its desks and boards."""

    def __init__(self, feed: ChangelogFeed) -> None:
        self._feed = feed

    def strand(self, reader: RoutingReader) -> Strand:
        """Return the changes for a reader."""
        shown = functools.partial(self._change_of, reader)
        # After a gap the desk is fetched anew.
        return Strand(ROUTING, self._feed, shown, reader.mine.clear)

    async def _change_of(self, reader: RoutingReader, found: Change) -> bytes | None:
        own = _own_key(reader, found)
        if own is None:
            return None
        if found.table == rows.POOL:
            if not _is_new_setup(reader, found):
                return None
            change = RoutingChange(ROUTING, found.table, own, None, found.partition, found.next)
            return _encode(change)
        value = _value_of(found)
        is_shown = "desk" in reader.screens and self._is_on_desk(reader, found, own, value)
        if not is_shown and "board" in reader.screens and found.table in BOARD_TABLES:
            is_shown = _is_on_board(reader.principal, found, own, value)
        if not is_shown:
            return None
        return _encode(RoutingChange(ROUTING, found.table, own, value, found.partition, found.next))

    @staticmethod
    def _is_on_desk(
        reader: RoutingReader, found: Change, own: str, value: Mapping[str, Any] | None
    ) -> bool:
        user = reader.principal.user
        if found.table == rows.DESK:
            return own.startswith(f"{user}\0")
        if found.table == rows.REPRESENTATIVE:
            return own == user
        if found.table != rows.ITEM:
            return False
        is_mine = value is not None and (
            value["representative_id"] == user or user in value["consulted"]
        )
        was_mine = own in reader.mine
        if is_mine:
            reader.mine.add(own)
        else:
            reader.mine.discard(own)
        return is_mine or was_mine


class HandoffLive:
    """The changes of a tenant's connections and deliveries, for its boards."""

    def __init__(self, feed: ChangelogFeed) -> None:
        self._feed = feed

    def strand(self, reader: RoutingReader) -> Strand:
        """Return the changes for a reader."""
        shown = functools.partial(self._change_of, reader)
        return Strand(HANDOFF, self._feed, shown, lambda: None)

    @staticmethod
    async def _change_of(reader: RoutingReader, found: Change) -> bytes | None:
        own = _own_key(reader, found)
        if own is None or not reader.has_wires or found.table not in HANDOFF_TABLES:
            return None
        if found.note is None:
            found.note = _delivery_of(found)
        value: dict[str, Any] = found.note
        change = RoutingChange(
            HANDOFF, found.table, own, value or None, found.partition, found.next
        )
        return _encode(change)


def _own_key(reader: RoutingReader, found: Change) -> str | None:
    """Return a row's own key; None for another tenant's."""
    prefix = f"{reader.principal.tenant}\0".encode()
    return found.key[len(prefix) :].decode() if found.key.startswith(prefix) else None


def _is_new_setup(reader: RoutingReader, found: Change) -> bool:
    """Return whether a pool's row says that another setup is in force than the reader has seen."""
    if found.note is None:
        state = rows.PoolState() if found.value is None else _pool_of(found.value)
        found.note = state.setup_digest
    if found.note in reader.setups:
        return False
    reader.setups.clear()
    reader.setups.add(found.note)
    return True


def _delivery_of(change: Change) -> dict[str, Any]:
    """Return where a delivery stands, without what customers said; nothing for other rows."""
    if change.table != handoff_views.DELIVERY or change.value is None:
        return {}
    row = handoff_views.decode(change.table, change.value)
    return {"delivery_id": row.delivery_id, "state": row.state, "attempts": row.attempts}


def _is_on_board(
    principal: Principal, found: Change, own: str, value: Mapping[str, Any] | None
) -> bool:
    if ADMIN in principal.roles:
        return True
    if SUPERVISOR not in principal.roles:
        return False
    if found.table == rows.REPRESENTATIVE:
        return True
    if found.value is None:
        # Whose it was cannot be told any more; what it was of says so itself.
        return False
    if found.table == rows.ITEM:
        return value is not None and supervises(principal, value["queue_id"])
    if found.table == rows.DECISION:
        return supervises(principal, _decision_of(found.value).queue_id)
    return supervises(principal, own.partition("\0")[0])


def _value_of(change: Change) -> dict[str, Any] | None:
    """Return where a changed item stands; made once for all readers."""
    if change.table != rows.ITEM or change.value is None:
        return None
    if change.note is None:
        change.note = _stands(_item_of(change.value))
    stands: dict[str, Any] = change.note
    return stands


def _stands(item: rows.Item) -> dict[str, Any]:
    return {
        "item_id": item.item_id,
        "state": item.state,
        "queue_id": item.queue_id,
        "representative_id": item.representative_id,
        "consulted": list(item.consulted),
        "ownership_epoch": item.epoch,
    }
