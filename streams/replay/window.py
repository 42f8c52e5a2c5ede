"""Which part of a log a replay is about: from when, until when, whose.

State is a fold of everything before, so by default everything before is folded too and only what
follows from the window is kept; with `is_cold` the tables are empty where the window begins.
Records of other tenants are never handled: they only move time, as they did when they came.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from processors.machine import Processor
from schemas import catalogue, codec, upcast
from schemas.errors import UndecodableError
from schemas.records.control import ReferenceChanged, Tick
from streams.runtime.step import LogRecord

_HEAD: Final = len(codec.MAGIC) + 8


class Window(msgspec.Struct, frozen=True):
    """A part of a log.

    Attributes:
        since_ms: From the first record with this timestamp or a later one; None: the beginning.
        until_ms: Up to the first record with this timestamp or a later one; None: the end.
        tenant: Only this tenant's inputs; None: all.
        is_cold: Leave out what came before `since_ms`, but for announced references, instead of
            folding it: fast, and conversations under way are seen from their middle.
    """

    since_ms: int | None = None
    until_ms: int | None = None
    tenant: str | None = None
    is_cold: bool = False


class Part(msgspec.Struct, frozen=True, gc=False):
    """A log record as a part of the log shows it: perhaps another value at its place."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Any


class WindowedLog:
    """One partition's records as a window shows them.

    Attributes:
        begin: Offset at which the window began; None until it is reached.
        next: Offset after the last record that was read.
        read: Records read so far, those left out included.
    """

    def __init__(self, processor: Processor[Any], window: Window) -> None:
        self._processor, self._window = processor, window
        self._tenant = None if window.tenant is None else window.tenant.encode()
        self.begin: int | None = None
        self.next = 0
        self.read = 0

    def runs(self, found: Iterable[Sequence[LogRecord]]) -> Iterator[Sequence[LogRecord]]:
        """Yield the records of a log that are to be folded, in runs as they come."""
        for run in found:
            if self.begin is None:
                self.begin = self._begin_of(run)
            within = self._before_until(run)
            if within:
                self.next = within[-1].offset + 1
                self.read += len(within)
                shown = within if self._is_plain(within) else list(self._shown(within))
                if shown:
                    yield shown
            if len(within) < len(run):
                return

    def _is_plain(self, run: Sequence[LogRecord]) -> bool:
        """Return whether all records of a run are shown as they are."""
        is_before = self.begin is None or self.begin > run[0].offset
        return self._tenant is None and not (self._window.is_cold and is_before)

    def _begin_of(self, run: Sequence[LogRecord]) -> int | None:
        since_ms = self._window.since_ms
        if since_ms is None:
            return run[0].offset
        return next((record.offset for record in run if record.timestamp >= since_ms), None)

    def _before_until(self, run: Sequence[LogRecord]) -> Sequence[LogRecord]:
        until_ms = self._window.until_ms
        if until_ms is None:
            return run
        for index, record in enumerate(run):
            if record.timestamp >= until_ms:
                return run[:index]
        return run

    def _shown(self, run: Sequence[LogRecord]) -> Iterator[LogRecord]:
        is_cold, begin = self._window.is_cold, self.begin
        for record in run:
            if is_cold and (begin is None or record.offset < begin):
                if record.value is not None and record.value[:_HEAD] in _announcements():
                    yield record
            elif self._tenant is None or record.key is None or _is_of(self._tenant, record.key):
                yield record
            else:
                yield self._tick(record)

    def _tick(self, record: LogRecord) -> Part:
        """Return what moves time as the record did, and does nothing else."""
        try:
            decoded = self._processor.decode(record.value, record.headers)  # type: ignore[arg-type]  # None is undecodable, too
            at_ms = self._processor.recorded_at_ms(decoded)
        except UndecodableError:
            at_ms = 1  # what cannot be read does not move time
        tick = Tick(tenant="", occurred_at_ms=at_ms, recorded_at_ms=at_ms)
        headers = record.headers
        return Part(record.offset, record.timestamp, None, codec.encode(tick), headers)


def is_of_tenant(tenant: str | None, key: bytes | None) -> bool:
    """Return whether an aggregate's key is the tenant's; a key of nobody is everybody's."""
    return tenant is None or key is None or _is_of(tenant.encode(), key)


def _is_of(tenant: bytes, key: bytes) -> bool:
    rest = key[len(tenant) :]
    return key.startswith(tenant) and (not rest or rest[:1] in {b":", b"\0", b"/"})


_heads: set[bytes] = set()


def _announcements() -> set[bytes]:
    """Return what values that announce a reference begin with, in any released version."""
    if not _heads:
        now = catalogue.of(ReferenceChanged)
        _heads.add(codec.MAGIC + now.fingerprint)
        for fingerprint, definition in upcast.history().items():
            if f"{definition.get('namespace')}.{definition['name']}" == now.name:
                _heads.add(codec.MAGIC + fingerprint)
    return _heads
