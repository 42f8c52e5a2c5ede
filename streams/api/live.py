"""Live updates: the change feed as server-sent events, each reader seeing only what they may.

Events: `hello` with the cursor, `change` for a row, `snapshot` when changes were left out and all
must be fetched anew. Every event's id is a cursor; `Last-Event-ID` or `?cursor=` resumes.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from time import time
from typing import Generic, Protocol, TypeVar

import msgspec
from aiokafka.errors import KafkaError
from fastapi.sse import EventSourceResponse, format_sse_event
from starlette.types import Receive, Scope, Send

from processors.views.conversation import CONVERSATION, VIEWS, Access
from streams.api.answers import ChangeEvent, HelloEvent, SnapshotEvent
from streams.api.errors import FeedClosedError, TooManyError, UnavailableError
from streams.api.feed import Change, ChangelogFeed, Cursor, Gap, Subscription
from streams.api.queries import Reads
from streams.api.rows import access_of, as_json, read_conversation_key
from streams.api.visible import Principal, visible
from streams.telemetry.metrics import Metrics

STREAMS_MAX = 8
KEEP_ALIVE_S = 15.0
ACCESS_KEPT = 50_000
PIECE_BYTES = 65_536
DENIED_MAX = 10_000
DENIED_S = 60.0

_encode = msgspec.json.Encoder().encode


class Note(msgspec.Struct):
    """What the feed's changes carry for readers.

    Attributes:
        access: For a conversation row: who may see it now.
        before: For a conversation row: who could see it before, when that is known.
        json: The row as readers get it, made when the first of them needs it.
    """

    access: Access | None = None
    before: Access | None = None
    json: msgspec.Raw | None = None


class Accesses:
    """Who may see which conversation, as far as the feed has told or somebody has asked."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, Access] = OrderedDict()

    def annotate(self, changes: Sequence[Change]) -> None:
        """Note accesses on a committed batch; called before anybody reads it.

        Conversation rows come first: the turns of a batch are judged by the access it sets.
        """
        for change in changes:
            if change.table != CONVERSATION:
                continue
            before = self._kept.get(change.key)
            access = None if change.value is None else access_of(change.value)
            change.note = Note(access=access, before=before)
            if access is None:
                self._kept.pop(change.key, None)
            else:
                self.keep(change.key, access)

    def forget(self) -> None:
        """Forget everything: the feed may have missed that somebody lost a conversation."""
        self._kept.clear()

    def get(self, key: bytes) -> Access | None:
        """Return a conversation's access if it is known."""
        return self._kept.get(key)

    def keep(self, key: bytes, access: Access) -> None:
        """Remember a conversation's access."""
        self._kept[key] = access
        self._kept.move_to_end(key)
        if len(self._kept) > ACCESS_KEPT:
            self._kept.popitem(last=False)


class Reader(msgspec.Struct, frozen=True):
    """Who reads a stream and what they want of it.

    Attributes:
        principal: Who reads.
        headers: Their request's headers: other workers are asked in their name.
        conversation: Key of the only conversation wanted; None for all they may see.
        denied: Conversations found to be none of theirs, with the time to ask again.
    """

    principal: Principal
    headers: Mapping[str, str]
    conversation: bytes | None = None
    denied: dict[bytes, float] = msgspec.field(default_factory=dict)

    def wants(self, change: Change) -> bool:
        """Return whether a change can concern the reader at all."""
        key = change.key
        if self.conversation is not None:
            return key.startswith(self.conversation) and (
                len(key) == len(self.conversation) or key[len(self.conversation)] == 0
            )
        return key.startswith(f"{self.principal.tenant}:".encode())


class Watcher(Protocol):
    """Who reads a stream."""

    @property
    def principal(self) -> Principal:
        """Who reads."""


W = TypeVar("W", bound=Watcher)


class Streams(Generic[W]):
    """Streams a feed to readers; subclasses say what of it a reader gets, and how."""

    def __init__(
        self,
        feed: ChangelogFeed,
        metrics: Metrics,
        *,
        streams_max: int = STREAMS_MAX,
        keep_alive_s: float = KEEP_ALIVE_S,
    ) -> None:
        self._feed, self._metrics = feed, metrics
        self._streams_max, self._keep_alive_s = streams_max, keep_alive_s
        self._open: Counter[tuple[str, str]] = Counter()

    async def event_of(self, reader: W, cursor: str, change: Change) -> bytes:
        """Return a change as an event for a reader; empty when it is none of theirs."""
        raise NotImplementedError

    def forget(self, reader: W) -> None:
        """Forget what was kept for a reader: changes were left out."""

    async def open(self, reader: W, cursor: Cursor | None) -> EventSourceResponse:
        """Return the stream as an answer that closes everything behind it when it ends.

        Raises:
            TooManyError: The principal has as many streams as are allowed.
            UnavailableError: The changelog cannot be read just now.
        """
        who = (reader.principal.tenant, reader.principal.user)
        if self._open[who] >= self._streams_max:
            raise TooManyError(
                f"You have {self._streams_max} live streams open already; close one.",
                retry_after_s=10,
            )
        stack = contextlib.AsyncExitStack()
        self._open[who] += 1
        self._metrics.streams_open.inc()
        stack.callback(self._closed, who)
        try:
            subscription = await stack.enter_async_context(self._feed.subscribe(cursor))
        except FeedClosedError as fault:
            await stack.aclose()
            raise UnavailableError("The worker is stopping; connect again.") from fault
        except BaseException:
            await stack.aclose()
            raise
        return Stream(self._events(reader, subscription), stack)

    def _closed(self, who: tuple[str, str]) -> None:
        self._metrics.streams_open.dec()
        self._open[who] -= 1
        if not self._open[who]:
            del self._open[who]

    async def _events(self, reader: W, subscription: Subscription) -> AsyncIterator[bytes]:
        cursor = subscription.cursor().encode()
        yield sse("hello", _encode(HelloEvent(cursor)), cursor)
        expires_at_ms = reader.principal.expires_at_ms
        while True:
            wait_s = self._keep_alive_s
            if expires_at_ms is not None:
                left_s = expires_at_ms / 1_000 - time()
                if left_s <= 0:
                    yield b": the token has expired\n\n"
                    return
                wait_s = min(wait_s, left_s)
            try:
                found = await subscription.next(wait_s)
                piece = b"" if found is None else await self._piece(reader, subscription, found)
            except (FeedClosedError, UnavailableError, KafkaError, OSError):
                # The reader has the cursor of what it was given, and comes back with it.
                return
            if found is None:
                # An id without data moves a client's cursor over what it may not see.
                piece = b": keep-alive\nid: " + subscription.cursor().encode().encode() + b"\n\n"
            if piece:
                yield piece

    async def _piece(self, reader: W, subscription: Subscription, first: Change | Gap) -> bytes:
        """Return the events of everything that is there now, in one piece for the socket."""
        events: list[bytes] = []
        size = 0
        found: Change | Gap | None = first
        while found is not None and size < PIECE_BYTES:
            event = await self._event_of(reader, subscription, found)
            if event:
                events.append(event)
                size += len(event)
            found = subscription.ready() if size < PIECE_BYTES else None
        return b"".join(events)

    async def _event_of(self, reader: W, subscription: Subscription, found: Change | Gap) -> bytes:
        if isinstance(found, Gap):
            self.forget(reader)
            self._metrics.stream_snapshots.inc()
            gap = _encode(SnapshotEvent(found.reason))
            return sse("snapshot", gap, subscription.cursor().encode())
        event = await self.event_of(reader, subscription.cursor().encode(), found)
        if event:
            self._metrics.stream_changes.inc()
        return event


class Live(Streams[Reader]):
    """Streams the changes of conversations."""

    def __init__(
        self,
        feed: ChangelogFeed,
        reads: Reads,
        metrics: Metrics,
        *,
        streams_max: int = STREAMS_MAX,
        keep_alive_s: float = KEEP_ALIVE_S,
    ) -> None:
        super().__init__(feed, metrics, streams_max=streams_max, keep_alive_s=keep_alive_s)
        self._reads = reads
        self._accesses = Accesses()
        feed.annotate = self._accesses.annotate
        feed.on_gap = self._accesses.forget

    def forget(self, reader: Reader) -> None:
        """Forget which conversations are none of the reader's."""
        reader.denied.clear()

    async def event_of(self, reader: Reader, cursor: str, found: Change) -> bytes:
        """Return a change as an event for a reader; empty when it is none of theirs."""
        if not reader.wants(found) or found.table not in VIEWS:
            return b""
        shown = await self._shown(reader, found)
        if shown is None:
            return b""
        _, conversation_id = read_conversation_key(found.key)
        change = ChangeEvent(
            found.table,
            conversation_id,
            base64.b64encode(found.key).decode(),
            shown,
            found.partition,
            found.next,
        )
        return sse("change", _encode(change), cursor)

    async def _shown(self, reader: Reader, change: Change) -> msgspec.Raw | None:
        """Return the row as the reader gets it, JSON null when it is gone; None: not theirs."""
        principal = reader.principal
        note: Note | None = change.note
        if change.table == CONVERSATION and note is not None:
            is_theirs = note.access is not None and visible(principal, note.access)
            was_theirs = note.before is not None and visible(principal, note.before)
        else:
            # Other rows, and everything brought up from the past, go by the access of today.
            home = change.key.partition(b"\0")[0]
            is_theirs = await self._may_see(reader, home)
            was_theirs = False
        if is_theirs:
            return _json_of(change)
        return msgspec.Raw(b"null") if was_theirs else None

    async def _may_see(self, reader: Reader, key: bytes) -> bool:
        access = self._accesses.get(key)
        if access is None:
            now_s = asyncio.get_running_loop().time()
            if reader.denied.get(key, 0.0) > now_s:
                return False
            access = await self._reads.access(reader.headers, reader.principal, key)
            if access is None:
                if len(reader.denied) >= DENIED_MAX:
                    reader.denied.clear()
                reader.denied[key] = now_s + DENIED_S
                return False
            if self._accesses.get(key) is None:
                self._accesses.keep(key, access)
        return visible(reader.principal, access)


class Stream(EventSourceResponse):
    """An event stream that lets go of its subscription however it ends."""

    def __init__(self, events: AsyncIterator[bytes], behind: contextlib.AsyncExitStack) -> None:
        super().__init__(events, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._events, self._behind = events, behind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the reader leaves, the token ends or the worker stops."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            close = getattr(self._events, "aclose", None)
            if close is not None:
                with contextlib.suppress(RuntimeError):
                    await close()
            await self._behind.aclose()


def _json_of(change: Change) -> msgspec.Raw:
    if change.value is None:
        return msgspec.Raw(b"null")
    if change.note is None:
        change.note = Note()
    note: Note = change.note
    if note.json is None:
        note.json = as_json(change.table, change.value)
    return note.json


def sse(name: str, data: bytes, cursor: str) -> bytes:
    """Return a server-sent event whose id is a cursor."""
    return format_sse_event(event=name, data_str=data.decode(), id=cursor)
