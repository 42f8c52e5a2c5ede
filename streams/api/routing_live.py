"""Live updates of desks and boards: which rows of routing and hand-off changed.

An event names the row and, for the asker's own desk, says enough to know whether to look; the
screen fetches what it shows. A board of thousands of representatives is not pushed row by row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from processors.routing import rows
from streams.api.feed import Change, ChangelogFeed
from streams.api.floor import supervises
from streams.api.live import Streams, sse
from streams.api.visible import ADMIN, SUPERVISOR, Principal
from streams.telemetry.metrics import Metrics

DESK_TABLES: Final = frozenset({rows.DESK, rows.REPRESENTATIVE, rows.ITEM})
BOARD_TABLES: Final = frozenset(
    {rows.QUEUE, rows.REPRESENTATIVE, rows.ITEM, rows.DECISION, rows.MEASURE}
)

_encode: Final = msgspec.json.Encoder().encode
_decision_of: Final = msgspec.msgpack.Decoder(rows.DecisionRow).decode
_item_of: Final = msgspec.msgpack.Decoder(rows.Item).decode


class RoutingChange(msgspec.Struct, frozen=True):
    """A row changed.

    Attributes:
        processor: Whose row.
        table: Which table.
        key: Its own key, parts separated by NUL: a representative, a queue, an item.
        value: For an item, where it stands now; null: removed, or fetch it.
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
    """Who reads, and which screen for.

    Attributes:
        principal: Who reads.
        screen: Their own desk, or the supervisors' board.
        mine: Items that were on the desk when last seen: their going away is told too.
    """

    principal: Principal
    screen: Literal["desk", "board"]
    mine: set[str] = msgspec.field(default_factory=set)


class RoutingLive(Streams[RoutingReader]):
    """Streams the changes of a tenant's pool to its desks and boards."""

    def __init__(self, feed: ChangelogFeed, metrics: Metrics, **limits: Any) -> None:
        super().__init__(feed, metrics, **limits)

    async def event_of(self, reader: RoutingReader, cursor: str, found: Change) -> bytes:
        """Return a change as an event for a reader; empty when it is none of theirs."""
        principal = reader.principal
        prefix = f"{principal.tenant}\0".encode()
        if not found.key.startswith(prefix):
            return b""
        own = found.key[len(prefix) :].decode()
        value = _value_of(found)
        if reader.screen == "desk":
            if not self._is_on_desk(reader, found, own, value):
                return b""
        elif found.table not in BOARD_TABLES or not _is_on_board(principal, found, own, value):
            return b""
        change = RoutingChange("routing", found.table, own, value, found.partition, found.next)
        return sse("change", _encode(change), cursor)

    def forget(self, reader: RoutingReader) -> None:
        """Forget what was on the desk: it is fetched anew."""
        reader.mine.clear()

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
