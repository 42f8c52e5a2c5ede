"""Past conversations out of the conversation log: turns as the miner reads them, in bounded memory.

The same span of the log gives the same turns in the same order, whoever reads it and whenever, so
that a mining that was cut short can be done again and gives the same bytes.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b
from typing import Any, Final

import msgspec

from processors.miner.history import HistoryTurn
from schemas import codec
from schemas.errors import UndecodableError
from schemas.records.conversation import ConversationOpened, TurnSaid
from streams.mining.errors import NoLogError
from streams.replay.logs import Logs, Span
from streams.topics import CONVERSATION_LOG

Spans = Mapping[int, Span]
"""Partition to the part of it that is read."""
Read = Callable[[int, int], None]
"""Called with how much was read and how much there is."""

WINDOW_RECORDS: Final = 20_000
"""Records read at once on the way back from the end of the log."""
SAID_EVERY: Final = 5_000

_TAG: Final = re.compile(r"<[^<>]*>")


class Bounds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which conversations of a log count.

    Attributes:
        tenant: Whose.
        since_ms: Only those whose first turn was said then or later, epoch ms.
        until_ms: Only those whose first turn was said before, epoch ms.
        conversations_max: Only the last so many: those whose last turns came last.
    """

    tenant: str
    since_ms: int | None = None
    until_ms: int | None = None
    conversations_max: int | None = None

    def take(self, first_said_ms: int) -> bool:
        """Return whether a conversation counts whose first turn was said then."""
        is_late_enough = self.since_ms is None or first_said_ms >= self.since_ms
        return is_late_enough and (self.until_ms is None or first_said_ms < self.until_ms)

    @property
    def are_open(self) -> bool:
        """Return whether any time will do."""
        return self.since_ms is None and self.until_ms is None


def spans_of(logs: Logs) -> dict[int, Span]:
    """Return what the conversation log holds just now."""
    return dict(sorted(logs.spans(CONVERSATION_LOG).items()))


def history(
    logs: Logs, bounds: Bounds, spans: Spans, on_read: Read | None = None
) -> Iterator[HistoryTurn]:
    """Yield the turns that count, partition by partition, in the order of the log.

    Private turns are left out, HTML becomes text, turn ids are `{conversation_id}/{turn_id}`. A
    turn that was delivered twice comes twice, with the same id. A conversation counts by its first
    turn and then with all its turns. With `conversations_max` the log is read from its end, time
    bounds pick among those last ones, and the turns come conversation by conversation.

    Args:
        logs: Where the log is.
        bounds: What counts.
        spans: What to read of each partition; nothing beyond it is looked at.
        on_read: Told of progress: records read of all; with `conversations_max` conversations
            found of those wanted.

    Raises:
        LogUnreadableError: Kafka does not give what is there.
    """
    if bounds.conversations_max is not None:
        yield from _last(logs, bounds, spans, bounds.conversations_max, on_read)
        return
    total = sum(end - begin for begin, end in spans.values())
    done, told = 0, 0
    for partition in sorted(spans):
        begin, end = spans[partition]
        counted = _Counted(bounds)
        for records in logs.read(CONVERSATION_LOG, partition, begin, end):
            for record in records:
                turn = _turn_said(record, bounds.tenant)
                if turn is not None and counted.take(turn) and turn.visibility == "public":
                    yield _as_history(turn)
            done += len(records)
            if on_read is not None and done - told >= SAID_EVERY:
                told = done
                on_read(min(done, total), total)
    if on_read is not None:
        on_read(total, total)


class LoggedTurns:
    """The turns of a log, read once from the beginning, as `streams.mining.reading.Turns` are.

    Attributes:
        ids: Ids of the turns read so far, in order; one that was delivered twice is there once.
    """

    def __init__(
        self, logs: Logs, bounds: Bounds, *, source: str, on_read: Read | None = None
    ) -> None:
        """Get ready to read.

        Args:
            logs: Where the log is.
            bounds: What counts.
            source: Where that is, for people.
            on_read: Told of progress, see `history`.

        Raises:
            NoLogError: The log is not there.
        """
        self.ids: list[str] = []
        self._logs, self._bounds, self._on_read = logs, bounds, on_read
        self._spans = spans_of(logs)
        if not self._spans:
            raise NoLogError(source=source, topic=CONVERSATION_LOG)

    def __iter__(self) -> Iterator[HistoryTurn]:
        """Yield the turns. Raises as `history`."""
        seen: set[str] = set()
        for turn in history(self._logs, self._bounds, self._spans, self._on_read):
            if turn.turn_id not in seen:
                seen.add(turn.turn_id)
                self.ids.append(turn.turn_id)
                yield turn


class _Counted:
    """Which conversations of a partition count, by their first turns."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._in: set[bytes] = set()
        self._out: set[bytes] = set()

    def take(self, turn: TurnSaid) -> bool:
        """Return whether the turn's conversation counts."""
        if self._bounds.are_open:
            return True
        name = blake2b(turn.conversation_id.encode(), digest_size=8).digest()
        if name in self._in:
            return True
        if name in self._out:
            return False
        counts = self._bounds.take(turn.occurred_at_ms)
        (self._in if counts else self._out).add(name)
        return counts


class _Found(msgspec.Struct):
    """A conversation on the way back through the log."""

    conversation_id: str
    partition: int
    last_at_ms: int
    first_at_ms: int = 0
    is_whole: bool = False
    pieces: list[list[HistoryTurn]] = []

    def turns(self) -> Iterator[HistoryTurn]:
        """Yield its turns in the order of the log."""
        for piece in reversed(self.pieces):
            yield from piece


class _Way:
    """The way back through one partition, a window at a time."""

    def __init__(self, logs: Logs, tenant: str, partition: int, span: Span) -> None:
        self._logs, self._tenant, self._partition = logs, tenant, partition
        self._begin, self._at = span
        self.found: dict[str, _Found] = {}

    @property
    def is_at_begin(self) -> bool:
        """Return whether there is nothing left before."""
        return self._at <= self._begin

    def step(self, *, takes_new: bool) -> None:
        """Read the window before; without `takes_new` only for conversations known already."""
        start = max(self._begin, self._at - WINDOW_RECORDS)
        pieces: dict[str, list[HistoryTurn]] = {}
        firsts: dict[str, int] = {}
        opened: set[str] = set()
        for records in self._logs.read(CONVERSATION_LOG, self._partition, start, self._at):
            for record in records:
                said = _decoded(record, self._tenant)
                if isinstance(said, ConversationOpened):
                    opened.add(said.conversation_id)
                if not isinstance(said, TurnSaid):
                    continue
                name = said.conversation_id
                found = self.found.get(name)
                if found is None:
                    if not takes_new:
                        continue
                    found = self.found[name] = _Found(name, self._partition, 0, pieces=[])
                if not found.pieces:
                    at_ms = said.recorded_at_ms or record.timestamp
                    found.last_at_ms = max(found.last_at_ms, at_ms)
                firsts.setdefault(name, said.occurred_at_ms)
                piece = pieces.setdefault(name, [])
                if said.visibility == "public":
                    piece.append(_as_history(said))
        for name, piece in pieces.items():
            self.found[name].pieces.append(piece)
            self.found[name].first_at_ms = firsts[name]
        for name in opened & self.found.keys():
            self.found[name].is_whole = True
        self._at = start


def _last(
    logs: Logs, bounds: Bounds, spans: Spans, wanted: int, on_read: Read | None
) -> Iterator[HistoryTurn]:
    """Yield the turns of the last conversations, reading backwards and no further than needed."""
    if wanted <= 0:
        return
    ways = [_Way(logs, bounds.tenant, one, spans[one]) for one in sorted(spans)]
    for way in ways:
        # The last conversations of all are among the last of each partition.
        while not way.is_at_begin and len(way.found) < wanted:
            way.step(takes_new=True)
            if on_read is not None:
                on_read(min(wanted, sum(len(one.found) for one in ways)), wanted)
    found = [one for way in ways for one in way.found.values()]
    found.sort(key=lambda one: (-one.last_at_ms, one.conversation_id))
    chosen = found[:wanted]
    names = {one.conversation_id for one in chosen}
    del found
    for way in ways:
        way.found = {name: one for name, one in way.found.items() if name in names}
        while not way.is_at_begin and not all(one.is_whole for one in way.found.values()):
            way.step(takes_new=False)
    if on_read is not None:
        on_read(wanted, wanted)
    for one in sorted(chosen, key=lambda one: (one.partition, one.conversation_id)):
        if bounds.take(one.first_at_ms):
            yield from one.turns()


def _turn_said(record: Any, tenant: str) -> TurnSaid | None:
    said = _decoded(record, tenant)
    return said if isinstance(said, TurnSaid) else None


def _decoded(record: Any, tenant: str) -> Any:
    """Return a record of the tenant's; None for what is another's, or no record at all."""
    key = record.key
    if key is None or record.value is None or not bytes(key).startswith(f"{tenant}:".encode()):
        return None
    try:
        return codec.decode(record.value)
    except UndecodableError:
        return None


def _as_history(turn: TurnSaid) -> HistoryTurn:
    text = turn.text
    if turn.text_format == "html":
        text = html.unescape(_TAG.sub(" ", text))
    return HistoryTurn(
        turn_id=f"{turn.conversation_id}/{turn.turn_id}",
        text=text,
        role=turn.author,
        conversation_id=turn.conversation_id,
    )
