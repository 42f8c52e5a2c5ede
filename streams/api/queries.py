"""Reads: rows of the Agent desktop, filtered by `visible`, from whichever worker owns them."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Mapping
from typing import Literal
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from processors.views.conversation import (
    CONVERSATION,
    HANDOFF,
    INTENT,
    NOTHING_FOUND,
    RECOMMENDATION,
    TURN,
    Access,
    ConversationView,
    IntentView,
    decode,
    turn_key,
)
from streams.api.errors import InvalidInputError, NotFoundError, UnavailableError
from streams.api.peers import Peers, is_forwarded
from streams.api.rows import (
    PROCESSOR,
    access_in,
    access_of,
    active_at_ms,
    as_json,
    conversation_key,
    conversation_of,
    decode_cursor,
    encode_cursor,
)
from streams.api.visible import Principal, visible
from streams.tables import AsOf, NotOwnedError, Tables

Scope = Literal["mine", "visible"]
Phase = Literal["open", "ended", "all"]

SCAN_ROWS = 500
"""Rows looked at before the event loop gets its turn."""
RECOMMENDATIONS_MAX = 200
JSON = "application/json"

_encode = msgspec.json.Encoder().encode


class Wanted(msgspec.Struct, frozen=True):
    """Which conversations a list asks for.

    Attributes:
        scope: mine: the asker owns it or took part; visible: everything they may see.
        phase: open, ended or all.
        after: `(active_at_ms, row key)` of the last item of the page before.
        limit: Most items.
    """

    scope: Scope
    phase: Phase
    after: tuple[int, bytes] | None
    limit: int

    def takes(self, view: ConversationView, principal: Principal) -> bool:
        """Return whether a row belongs in the list."""
        if self.phase != "all" and (view.ended_at_ms is not None) != (self.phase == "ended"):
            return False
        access = view.access
        if not visible(principal, access):
            return False
        user = principal.user
        return self.scope == "visible" or access.owner == user or user in access.participants


class Found(msgspec.Struct, frozen=True):
    """A row of a list: as the store has it (bytes), or as another worker's JSON."""

    active_at_ms: int
    key: bytes
    value: bytes | msgspec.Raw

    def __lt__(self, other: Found) -> bool:
        """Return whether the other comes first: newer, or as new with the smaller key."""
        if self.active_at_ms != other.active_at_ms:
            return self.active_at_ms < other.active_at_ms
        return self.key > other.key


class _PeerItem(msgspec.Struct):
    tenant: str
    conversation_id: str
    opened_at_ms: int
    last_turn_at_ms: int


class _PeerPage(msgspec.Struct):
    items: list[msgspec.Raw]
    total: int
    is_complete: bool
    as_of: list[AsOf]


class _Gathered(msgspec.Struct):
    """What was found so far, from here and elsewhere."""

    found: list[Found]
    total: int = 0
    is_complete: bool = True
    as_of: list[AsOf] = []


class Reads:
    """Answers queries over the worker's tables."""

    def __init__(self, tables: Tables, peers: Peers, *, partitions: int) -> None:
        """Take the parts.

        Args:
            tables: The worker's rows.
            peers: The way to other workers.
            partitions: How many partitions the conversation log has.
        """
        self._tables, self._peers, self._partitions = tables, peers, partitions

    # One conversation

    async def conversation(
        self, request: Request, principal: Principal, conversation_id: str
    ) -> Response:
        """Return a conversation the asker may see. Raises NotFoundError, UnavailableError."""
        key = conversation_key(principal.tenant, conversation_id)

        def answer() -> bytes:
            value, as_of = self._visible_row(principal, key, conversation_id)
            fields = msgspec.json.decode(as_json(CONVERSATION, value), type=dict[str, msgspec.Raw])
            return _encode(fields | {"as_of": msgspec.Raw(_encode([as_of]))})

        return await self._here_or_there(request, answer)

    async def turns(
        self, request: Request, principal: Principal, conversation_id: str, after: int, limit: int
    ) -> Response:
        """Return turns numbered above `after`. Raises NotFoundError, UnavailableError."""
        key = conversation_key(principal.tenant, conversation_id)

        def answer() -> bytes:
            self._visible_row(principal, key, conversation_id)
            rows, as_of = self._tables.scan(
                PROCESSOR, TURN, key + b"\0", after=turn_key(key, after), limit=limit
            )
            return _encode({"items": [as_json(TURN, value) for _, value in rows], "as_of": [as_of]})

        return await self._here_or_there(request, answer)

    async def recommendations(
        self, request: Request, principal: Principal, conversation_id: str
    ) -> Response:
        """Return recommendations, newest first. Raises NotFoundError, UnavailableError."""
        key = conversation_key(principal.tenant, conversation_id)

        def answer() -> bytes:
            self._visible_row(principal, key, conversation_id)
            prefix = key + b"\0"
            rows, as_of = self._tables.scan(
                PROCESSOR, RECOMMENDATION, prefix, reverse=True, limit=RECOMMENDATIONS_MAX
            )
            empty, _ = self._tables.scan(PROCESSOR, NOTHING_FOUND, prefix)
            return _encode(
                {
                    "items": [as_json(RECOMMENDATION, value) for _, value in rows],
                    "nothing_found": [as_json(NOTHING_FOUND, value) for _, value in empty],
                    "as_of": [as_of],
                }
            )

        return await self._here_or_there(request, answer)

    def epoch(self, key: bytes) -> int:
        """Return a conversation's ownership epoch if this worker has it, else 0."""
        try:
            value, _ = self._tables.get(PROCESSOR, CONVERSATION, key)
        except NotOwnedError:
            return 0
        return 0 if value is None else conversation_of(value).ownership_epoch

    async def handoff(
        self, request: Request, principal: Principal, conversation_id: str
    ) -> Response:
        """Return the newest hand-off. Raises NotFoundError, UnavailableError."""
        key = conversation_key(principal.tenant, conversation_id)

        def answer() -> bytes:
            row, as_of = self._visible_row(principal, key, conversation_id)
            value, _ = self._tables.get(PROCESSOR, HANDOFF, key)
            if value is None:
                raise NotFoundError(f"Conversation {conversation_id!r} was never handed off.")
            head = conversation_of(row)
            told = msgspec.structs.asdict(decode(HANDOFF, value)) | {
                "state": head.handoff_state,
                "hub": head.handoff_hub,
                "said": head.handoff_said,
                "as_of": [as_of],
            }
            return _encode(told)

        return await self._here_or_there(request, answer)

    async def intent(
        self, request: Request, principal: Principal, conversation_id: str
    ) -> Response:
        """Return what the customer wants. Raises NotFoundError, UnavailableError."""
        key = conversation_key(principal.tenant, conversation_id)

        def answer() -> bytes:
            _, as_of = self._visible_row(principal, key, conversation_id)
            value, _ = self._tables.get(PROCESSOR, INTENT, key)
            # Without a library in force, or before anybody said anything, there is no row.
            view = IntentView() if value is None else decode(INTENT, value)
            return _encode(msgspec.structs.asdict(view) | {"as_of": [as_of]})

        return await self._here_or_there(request, answer)

    async def access(
        self, headers: Mapping[str, str], principal: Principal, key: bytes
    ) -> Access | None:
        """Return the access of a conversation as far as the asker may see it; None otherwise.

        Args:
            headers: The asker's request headers: another worker is asked in their name.
            principal: The asker.
            key: The conversation's key; of another tenant it is never visible.

        Raises:
            UnavailableError: Its owner cannot be asked just now.
        """
        tenant, _, conversation_id = key.decode().partition(":")
        if tenant != principal.tenant:
            return None
        try:
            value, _ = self._tables.get(PROCESSOR, CONVERSATION, key)
        except NotOwnedError as elsewhere:
            access = await self._remote_access(headers, elsewhere.url, conversation_id)
        else:
            access = None if value is None else access_of(value)
        return access if access is not None and visible(principal, access) else None

    async def _remote_access(
        self, headers: Mapping[str, str], url: str | None, conversation_id: str
    ) -> Access | None:
        if url is not None:
            target = f"/v1/conversations/{quote(conversation_id, safe='')}"
            answer = await self._peers.read(headers, url, target)
            if answer.status == 200:
                return access_in(answer.body)
            if answer.status == 404:
                return None
        raise UnavailableError(
            "The worker that holds this conversation does not answer; try again in a moment."
        )

    def _visible_row(
        self, principal: Principal, key: bytes, conversation_id: str
    ) -> tuple[bytes, AsOf]:
        value, as_of = self._tables.get(PROCESSOR, CONVERSATION, key)
        if value is None or not visible(principal, access_of(value)):
            raise no_conversation(conversation_id)
        return value, as_of

    async def _here_or_there(self, request: Request, answer: Callable[[], bytes]) -> Response:
        try:
            return Response(answer(), media_type=JSON)
        except NotOwnedError as elsewhere:
            return await self._peers.forward(request, elsewhere.url)

    # Lists

    async def conversations(
        self, request: Request, principal: Principal, wanted: Wanted
    ) -> Response:
        """Return a page of conversations, newest activity first, from all workers.

        Raises:
            UnavailableError: No partition can be asked at all.
        """
        gathered = _Gathered([])
        covered = await self._here(principal, wanted, gathered)
        if not is_forwarded(request):
            covered |= await self._there(request, gathered, covered)
            if not covered:
                raise UnavailableError(
                    "No worker has its conversations ready yet; /readyz says what is waited for."
                )
            if len(covered) < self._partitions:
                gathered.is_complete = False
        # A partition that moves may answer twice.
        newest = sorted({found.key: found for found in gathered.found}.values(), reverse=True)
        page = newest[: wanted.limit]
        next_cursor = None
        if len(newest) > wanted.limit:
            next_cursor = encode_cursor(page[-1].active_at_ms, page[-1].key)
        # A part of a list goes on to the asking worker with one more row, which tells it whether
        # there is a next page.
        items = newest[: wanted.limit + 1] if is_forwarded(request) else page
        body = {
            "items": [_item(found) for found in items],
            "next": next_cursor,
            "total": gathered.total,
            "is_complete": gathered.is_complete,
            "as_of": sorted(gathered.as_of, key=lambda as_of: as_of.partition),
        }
        return Response(_encode(body), media_type=JSON)

    async def _here(self, principal: Principal, wanted: Wanted, gathered: _Gathered) -> set[int]:
        covered = set()
        for partition in sorted(self._tables.owned(PROCESSOR)):
            try:
                await self._scan(principal, wanted, gathered, partition)
            except NotOwnedError:
                # It was revoked while the list was made.
                gathered.is_complete = False
            else:
                covered.add(partition)
        return covered

    async def _scan(
        self, principal: Principal, wanted: Wanted, gathered: _Gathered, partition: int
    ) -> None:
        """Look through a partition's conversations, giving the event loop its turn in between."""
        prefix = f"{principal.tenant}:".encode()
        after: bytes | None = None
        best: list[Found] = []
        total = 0
        as_of: AsOf | None = None
        while True:
            rows, seen = self._tables.scan(
                PROCESSOR, CONVERSATION, prefix, partition=partition, after=after, limit=SCAN_ROWS
            )
            as_of = as_of or seen
            for key, value in rows:
                view = conversation_of(value)
                if not wanted.takes(view, principal):
                    continue
                total += 1
                at_ms = active_at_ms(view)
                if wanted.after is not None and not _is_past(at_ms, key, wanted.after):
                    continue
                if len(best) <= wanted.limit:
                    heapq.heappush(best, Found(at_ms, key, value))
                elif best[0].active_at_ms <= at_ms:
                    heapq.heappushpop(best, Found(at_ms, key, value))
            if len(rows) < SCAN_ROWS:
                break
            after = rows[-1][0]
            await asyncio.sleep(0)
        gathered.found += best
        gathered.total += total
        gathered.as_of.append(as_of)

    async def _there(self, request: Request, gathered: _Gathered, covered: set[int]) -> set[int]:
        urls = {
            url: partitions - covered
            for url, partitions in self._tables.urls(PROCESSOR).items()
            if partitions - covered
        }
        reached: set[int] = set()
        for answer in await self._peers.gather(request, urls):
            if answer.status != 200:
                gathered.is_complete = False
                continue
            page = msgspec.json.decode(answer.body, type=_PeerPage)
            gathered.total += page.total
            gathered.is_complete &= page.is_complete
            gathered.as_of += page.as_of
            reached |= {as_of.partition for as_of in page.as_of}
            for raw in page.items:
                item = msgspec.json.decode(raw, type=_PeerItem)
                key = conversation_key(item.tenant, item.conversation_id)
                at_ms = max(item.opened_at_ms, item.last_turn_at_ms)
                gathered.found.append(Found(at_ms, key, raw))
        return reached


def wanted_of(scope: Scope, phase: Phase, cursor: str | None, limit: int) -> Wanted:
    """Return what a list's parameters ask for. Raises CursorError for a foreign cursor."""
    after = None if cursor is None else decode_cursor(cursor, tuple[int, bytes])
    return Wanted(scope, phase, after, limit)


def no_conversation(conversation_id: str) -> NotFoundError:
    """Return the answer for a conversation that is not there or may not be seen."""
    return NotFoundError(f"There is no conversation {conversation_id!r} that you may see.")


def require_conversation_id(conversation_id: str) -> str:
    """Return the id if one can have it.

    Raises:
        InvalidInputError: It is too long, or holds characters that no id has.
    """
    if not 0 < len(conversation_id) <= 256 or not conversation_id.isprintable():
        raise InvalidInputError(
            "conversation_id: 1 to 256 printable characters are what an id can have."
        )
    return conversation_id


def _item(found: Found) -> msgspec.Raw:
    return (
        found.value if isinstance(found.value, msgspec.Raw) else as_json(CONVERSATION, found.value)
    )


def _is_past(at_ms: int, key: bytes, after: tuple[int, bytes]) -> bool:
    """Return whether a row comes after the last one of the page before."""
    return at_ms < after[0] or (at_ms == after[0] and key > after[1])
