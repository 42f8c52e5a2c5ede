"""Live updates: change feeds as server-sent events, each reader seeing only what they may.

Events: `hello` with the cursor, `change` for a row, `snapshot` when changes of a processor were
left out and all of it must be fetched anew. Every event's id is a cursor with a place in every feed
of the stream; `Last-Event-ID` or `?cursor=` resumes.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import functools
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from time import time
from typing import Final

import msgspec
from aiokafka.errors import KafkaError
from fastapi.sse import EventSourceResponse, format_sse_event
from starlette.types import Receive, Scope, Send

from processors.views.conversation import CONVERSATION, VIEWS, Access
from streams.api.answers import ChangeEvent, HelloEvent, SnapshotEvent
from streams.api.errors import CursorError, FeedClosedError, TooManyError, UnavailableError
from streams.api.feed import Change, ChangelogFeed, Cursor, Gap, Subscription
from streams.api.queries import Reads
from streams.api.rows import PROCESSOR, access_of, as_json, read_conversation_key
from streams.api.visible import Principal, visible
from streams.telemetry.metrics import Metrics

STREAMS_MAX = 8
KEEP_ALIVE_S = 15.0
ACCESS_KEPT = 50_000
PIECE_BYTES = 65_536
DENIED_MAX = 10_000
DENIED_S = 60.0
WAIT_S = 3_600.0
PROCESSORS: Final = ("conversation", "routing", "handoff", "library")
"""Whose changes are streamed."""

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


@dataclass(frozen=True, slots=True)
class Strand:
    """One feed as one reader gets it; a stream joins one or more.

    Attributes:
        processor: Whose rows: a key of `Places`.
        feed: Their changes.
        shown: Returns a change as JSON for the reader; None when it is none of theirs.
        forget: Called when changes were left out.
    """

    processor: str
    feed: ChangelogFeed
    shown: Callable[[Change], Awaitable[bytes | None]]
    forget: Callable[[], None]


class Places(msgspec.Struct, frozen=True):
    """Where a reader of several feeds stands: one cursor a processor.

    Attributes:
        cursors: By processor; under the empty name one that does not say whose it is.
    """

    cursors: dict[str, Cursor]

    def encode(self) -> str:
        """Return them as one URL-safe word."""
        return ".".join(f"{name}:{cursor.encode()}" for name, cursor in self.cursors.items())

    @classmethod
    def decode(cls, word: str) -> Places:
        """Return the places behind a word.

        Raises:
            CursorError: It is none of ours.
        """
        cursors = {}
        for part in word.split("."):
            name, _, cursor = part.rpartition(":")
            if name not in {"", *PROCESSORS}:
                raise CursorError(because="it was not given out by this API")
            cursors[name] = Cursor.decode(cursor)
        return cls(cursors)

    def of(self, processor: str, *, is_alone: bool) -> Cursor | None:
        """Return the place in a feed; a cursor without a name is for a stream of one feed."""
        return self.cursors.get(processor) or (self.cursors.get("") if is_alone else None)


class Followed:
    """A strand on its way to a reader.

    Attributes:
        strand: What is followed.
        place: Where the reader stands after what was given out. The subscription may be ahead.
    """

    def __init__(self, strand: Strand, subscription: Subscription) -> None:
        self.strand, self._subscription = strand, subscription
        self.place = subscription.cursor()
        self._asked: asyncio.Task[Change | Gap | None] | None = None

    def ask(self) -> asyncio.Task[Change | Gap | None]:
        """Return what waits for the next change."""
        if self._asked is None:
            waiting = self._subscription.next(WAIT_S)
            self._asked = asyncio.create_task(waiting, name=f"next of {self.strand.processor}")
        return self._asked

    def take(self) -> Change | Gap | None:
        """Return what was waited for, if it is there.

        Raises:
            FeedClosedError: The worker is stopping.
            aiokafka.errors.KafkaError: Catching up was interrupted.
        """
        if self._asked is None or not self._asked.done():
            return None
        asked, self._asked = self._asked, None
        return asked.result()

    def ready(self) -> Change | Gap | None:
        """Return the next change if there is one now; only while nothing is waited for."""
        return self._subscription.ready()

    def stand(self) -> None:
        """Take the place of what was taken last, once it is given out or passed over."""
        if self._asked is None or not self._asked.done():
            self.place = self._subscription.cursor()

    async def stop(self) -> None:
        """Wait no longer."""
        asked, self._asked = self._asked, None
        if asked is not None:
            asked.cancel()
            await asyncio.wait([asked])
            if not asked.cancelled():
                asked.exception()


class Streams:
    """Streams feeds to readers: how many streams, for how long, in which pieces."""

    def __init__(
        self,
        metrics: Metrics,
        *,
        streams_max: int = STREAMS_MAX,
        keep_alive_s: float = KEEP_ALIVE_S,
    ) -> None:
        self._metrics = metrics
        self._streams_max, self._keep_alive_s = streams_max, keep_alive_s
        self._open: Counter[tuple[str, str]] = Counter()

    async def open(
        self, principal: Principal, strands: Sequence[Strand], places: Places | None
    ) -> EventSourceResponse:
        """Return the stream as an answer that closes everything behind it when it ends.

        Args:
            principal: Who reads.
            strands: What; each once.
            places: Where to go on; None: from now. A strand it does not name begins with a gap.

        Raises:
            TooManyError: The principal has as many streams as are allowed.
            UnavailableError: A changelog cannot be read just now.
        """
        who = (principal.tenant, principal.user)
        if self._open[who] >= self._streams_max:
            raise TooManyError(
                f"You have {self._streams_max} live streams open already; close one.",
                retry_after_s=10,
            )
        stack = contextlib.AsyncExitStack()
        self._open[who] += 1
        self._metrics.streams_open.inc()
        stack.callback(self._closed, who)
        followed = []
        try:
            for strand in strands:
                one = await self._follow(stack, strand, places, is_alone=len(strands) == 1)
                followed.append(one)
        except FeedClosedError as fault:
            await stack.aclose()
            raise UnavailableError("The worker is stopping; connect again.") from fault
        except BaseException:
            await stack.aclose()
            raise
        return Stream(self._events(principal, followed), stack)

    @staticmethod
    async def _follow(
        stack: contextlib.AsyncExitStack,
        strand: Strand,
        places: Places | None,
        *,
        is_alone: bool,
    ) -> Followed:
        cursor = None if places is None else places.of(strand.processor, is_alone=is_alone)
        subscription = await stack.enter_async_context(strand.feed.subscribe(cursor))
        if places is not None and cursor is None:
            subscription.restart("the cursor has no place in it")
        followed = Followed(strand, subscription)
        stack.push_async_callback(followed.stop)
        return followed

    def _closed(self, who: tuple[str, str]) -> None:
        self._metrics.streams_open.dec()
        self._open[who] -= 1
        if not self._open[who]:
            del self._open[who]

    async def _events(
        self, principal: Principal, followed: Sequence[Followed]
    ) -> AsyncIterator[bytes]:
        cursor = _word(followed)
        yield sse("hello", _encode(HelloEvent(cursor)), cursor)
        while True:
            wait_s = self._keep_alive_s
            if principal.expires_at_ms is not None:
                left_s = principal.expires_at_ms / 1_000 - time()
                if left_s <= 0:
                    yield b": the token has expired\n\n"
                    return
                wait_s = min(wait_s, left_s)
            try:
                piece = await self._piece(followed, wait_s)
            except (FeedClosedError, UnavailableError, KafkaError, OSError):
                # The reader has the cursor of what it was given, and comes back with it.
                return
            if piece:
                yield piece

    async def _piece(self, followed: Sequence[Followed], wait_s: float) -> bytes:
        """Return the events of everything that is there now, in one piece for the socket."""
        asked = [one.ask() for one in followed]
        done, _ = await asyncio.wait(asked, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
        events: list[bytes] = []
        for one in followed:
            size = 0
            found = one.take()
            while found is not None and size < PIECE_BYTES:
                event = await self._event_of(followed, one, found)
                events.append(event)
                size += len(event)
                found = one.ready() if size < PIECE_BYTES else None
        if not done:
            for one in followed:
                one.stand()
            # An id without data moves a client's cursor over what it may not see.
            return b": keep-alive\nid: " + _word(followed).encode() + b"\n\n"
        return b"".join(events)

    async def _event_of(
        self, followed: Sequence[Followed], one: Followed, found: Change | Gap
    ) -> bytes:
        strand = one.strand
        if isinstance(found, Gap):
            strand.forget()
            one.stand()
            self._metrics.stream_snapshots.inc()
            gap = _encode(SnapshotEvent(found.reason, strand.processor))
            return sse("snapshot", gap, _word(followed))
        shown = await strand.shown(found)
        one.stand()
        if shown is None:
            return b""
        self._metrics.stream_changes.inc()
        return sse("change", shown, _word(followed))


def _word(followed: Sequence[Followed]) -> str:
    return Places({one.strand.processor: one.place for one in followed}).encode()


class Live:
    """The changes of conversations, each reader seeing only what they may."""

    def __init__(self, feed: ChangelogFeed, reads: Reads) -> None:
        self._feed, self._reads = feed, reads
        self._accesses = Accesses()
        feed.annotate = self._accesses.annotate
        feed.on_gap = self._accesses.forget

    def strand(self, reader: Reader) -> Strand:
        """Return the changes for a reader."""
        shown = functools.partial(self._change_of, reader)
        return Strand(PROCESSOR, self._feed, shown, reader.denied.clear)

    async def _change_of(self, reader: Reader, found: Change) -> bytes | None:
        if not reader.wants(found) or found.table not in VIEWS:
            return None
        shown = await self._shown(reader, found)
        if shown is None:
            return None
        _, conversation_id = read_conversation_key(found.key)
        return _encode(
            ChangeEvent(
                found.table,
                conversation_id,
                base64.b64encode(found.key).decode(),
                shown,
                found.partition,
                found.next,
            )
        )

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
