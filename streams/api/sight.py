"""Whether somebody may be told of a record on a log: by what the record is about."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request

from schemas import catalogue, codec
from schemas.errors import SchemaError
from streams.api.errors import NotFoundError
from streams.api.explain import LogRecord
from streams.api.queries import Reads
from streams.api.routing_reads import RoutingReads
from streams.api.rows import conversation_key
from streams.api.visible import ADMIN, SUPERVISOR, Principal

LIBRARY: Final = "cuestream.library."
"""Records of the intent library: what everybody of the tenant may read."""


class Sight:
    """What one asker may be told of, while one answer is made.

    Records of a conversation are for whoever sees the conversation. Records of a pool may hold what
    is private to those who serve: they are for supervisors who see the item or the conversation
    they are about, and for who serves it. What is about neither is for supervisors, and what has no
    key at all for admins.
    """

    def __init__(
        self, request: Request, asker: Principal, reads: Reads, routing: RoutingReads
    ) -> None:
        self._request, self._asker = request, asker
        self._reads, self._routing = reads, routing
        self._known: dict[tuple[str, str], bool] = {}

    async def __call__(self, record: LogRecord) -> bool:
        """Return whether the asker may be told of a record."""
        key = record.key
        try:
            decoded = codec.decode(record.value or b"")
        except SchemaError:
            # What cannot be read is its conversation's, if its key names one.
            return key is not None and b":" in key and await self._sees_key(key)
        if decoded.tenant != self._asker.tenant:
            return False
        key = catalogue.key_of(decoded)
        if key is None:
            return ADMIN in self._asker.roles
        if catalogue.of(decoded).name.startswith(LIBRARY):
            return True
        if b":" in key:
            return await self._sees_key(key)
        return ADMIN in self._asker.roles or await self._sees_pool(decoded)

    async def _sees_pool(self, record: Any) -> bool:
        item_id = getattr(record, "item_id", None)
        if item_id:
            return await self._remembered("item", item_id)
        conversation_id = getattr(record, "conversation_id", None)
        if conversation_id:
            return await self._remembered("conversation", conversation_id)
        return SUPERVISOR in self._asker.roles

    async def _sees_key(self, key: bytes) -> bool:
        tenant, _, conversation_id = key.decode(errors="replace").partition(":")
        return tenant == self._asker.tenant and await self._remembered("seen", conversation_id)

    async def _remembered(self, what: str, name: str) -> bool:
        known = self._known.get((what, name))
        if known is None:
            known = self._known[what, name] = await self._look(what, name)
        return known

    async def _look(self, what: str, name: str) -> bool:
        if what == "item":
            try:
                return await self._routing.is_in(self._request, self._asker, name)
            except NotFoundError:
                return False
        key = conversation_key(self._asker.tenant, name)
        access = await self._reads.access(self._request.headers, self._asker, key)
        if access is None or what == "seen":
            return access is not None
        user = self._asker.user
        return (
            SUPERVISOR in self._asker.roles or access.owner == user or user in access.participants
        )
