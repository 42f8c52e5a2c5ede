"""Live updates of the intent library: which of its rows changed, for everybody of the tenant."""

from __future__ import annotations

import functools
from typing import Any, Final

import msgspec

from processors.views import library as views
from streams.api.feed import Change, ChangelogFeed
from streams.api.library_answers import LibraryChange
from streams.api.live import Strand
from streams.api.visible import Principal

TABLES: Final = frozenset(
    {views.LIBRARY, views.INTENT, views.GROUP, views.LINE, views.RUN, views.PUBLICATION}
)

_encode: Final = msgspec.json.Encoder().encode


class LibraryLive:
    """The changes of a tenant's library, for its screens."""

    def __init__(self, feed: ChangelogFeed) -> None:
        self._feed = feed

    def strand(self, principal: Principal) -> Strand:
        """Return the changes for a reader."""
        shown = functools.partial(_change_of, f"{principal.tenant}\0".encode())
        return Strand(views.PROCESSOR, self._feed, shown, lambda: None)


async def _change_of(prefix: bytes, found: Change) -> bytes | None:
    if found.table not in TABLES or not found.key.startswith(prefix):
        return None
    if found.note is None:
        found.note = _stands(found)
    stands: dict[str, Any] = found.note
    own = found.key[len(prefix) :].decode()
    return _encode(
        LibraryChange("library", found.table, own, stands or None, found.partition, found.next)
    )


def _stands(change: Change) -> dict[str, Any]:
    """Return where a changed row stands, in short; nothing for one that is gone or to fetch."""
    if change.value is None:
        return {}
    row = views.decode(change.table, change.value)
    match row:
        case views.RunView():
            return {
                "run_id": row.run_id,
                "state": row.state,
                "is_simulation": row.is_simulation,
                "phase": row.phase,
                "done": row.done,
                "total": row.total,
                "intents": row.intents,
                "because": row.because or None,
            }
        case views.PublicationView():
            return {"version": row.version, "state": row.state, "because": row.because or None}
        case views.IntentView():
            return {
                "intent_id": row.intent_id,
                "name": row.name,
                "status": row.status,
                "group_id": row.group_id,
                "is_used_by_bots": row.is_used_by_bots,
                "merged_into": row.merged_into,
                "updated_at_ms": row.updated_at_ms,
            }
        case views.GroupView():
            return {"group_id": row.group_id, "name": row.name, "status": row.status}
        case _:
            return {}
