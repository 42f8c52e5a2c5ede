"""The fold once more, written as plainly as it can be: what the runtime is held against.

It shares no code with the kernel: no chunks, no cache, no heap, no flushes. One record at a time,
one dictionary of rows, one sorted list of timers, every state read back from its bytes. It is slow
and meant to be read.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Mapping
from typing import Any, cast

from processors.machine import At, Outcome, Processor, WideProcessor
from schemas.headers import sequence_of
from schemas.records.control import ReferenceChanged, Tick
from schemas.units import LATEST_MS
from streams.runtime import ledger
from streams.runtime.errors import ReferenceMissingError
from streams.runtime.ledger import Marker
from streams.runtime.step import FIRINGS_MAX, FUTURE_MS_MAX, VALUE_BYTES_MAX, LogRecord

REOPEN_EVERY = 64
"""After how many records a wide state is read back from its rows."""


class PlainFold:
    """One partition, one record after the other.

    Attributes:
        rows: Everything a changelog would hold, by its key: states, timers and view rows.
        next: Log offset of the first record not yet taken in.
        changed: Keys written since somebody last cleared it.
    """

    def __init__(
        self, processor: Processor[Any], partition: int, loaded: Callable[[str, str], Any]
    ) -> None:
        """Begin with nothing.

        Args:
            processor: The rules.
            partition: Whose log.
            loaded: Returns the loaded value of a reference, given its name and digest.
        """
        self.processor, self.partition, self._loaded = processor, partition, loaded
        self.rows: dict[bytes, bytes] = {}
        self.timers: list[tuple[int, bytes, str]] = []
        self.next = self.time_ms = 0
        self.digests: dict[str, dict[str, str]] = {}
        self.upstreams: dict[str, int] = {}
        self.changed: set[bytes] = set()
        self._wide: dict[bytes, Any] = {}

    def adopt(self, rows: Mapping[bytes, bytes], marker: Marker) -> None:
        """Go on from somebody else's table."""
        self._wide.clear()
        self.rows, self.next, self.time_ms = dict(rows), marker.next, marker.stream_time_ms
        self.digests, self.upstreams = dict(marker.references), dict(marker.upstreams)
        dues = ((key, due) for key, due in rows.items() if key.startswith(ledger.TIMER))
        self.timers = sorted((ledger.decode_due(due), *ledger.read_timer_key(k)) for k, due in dues)

    def take(self, record: LogRecord) -> None:
        """Take in the next record."""
        self.next = record.offset + 1
        if record.offset % REOPEN_EVERY == 0:
            # What a wide state knows and its rows do not say would show here.
            self._wide.clear()
        given, prepared = self._read(record)
        if given is not None:
            if self._is_repeat(record):
                return
            try:
                at_ms = self.processor.recorded_at_ms(given) or record.timestamp
            except Exception:  # noqa: BLE001  # quarantined
                given = None
            else:
                in_time = record.timestamp + FUTURE_MS_MAX if record.timestamp > 0 else LATEST_MS
                self.time_ms = max(self.time_ms, min(at_ms, in_time))
        outputs = self._fire(record)
        if given is None or type(given) is Tick:
            return
        if type(given) is ReferenceChanged:
            names = self.digests.get(given.tenant, {}) | {given.reference: given.digest}
            self.digests = self.digests | {given.tenant: names}
            return
        try:
            key = self.processor.key(given)
            if key is not None:
                tenant = self.processor.tenant(given)
                at = self._at(record, self.time_ms, outputs, tenant, prepared=prepared, index=0)
                state = self._state(key)
                self._keep(key, state, self.processor.handle(state, given, at))
        except ReferenceMissingError:
            self._wide.clear()
            raise
        except Exception:  # noqa: BLE001  # quarantined: nothing of it becomes true
            self._wide.clear()

    def _read(self, record: LogRecord) -> tuple[Any, Any]:
        """Return the input and what can be prepared for it; None for what cannot be processed."""
        try:
            if self.processor.traits.has_upstreams:
                sequence_of(record.headers)
            given = self.processor.decode(record.value, record.headers)  # type: ignore[arg-type]  # None too
            digests = self.digests
            if type(given) is ReferenceChanged:
                # One that cannot be loaded is quarantined.
                self._loaded(given.reference, given.digest)
                names = digests.get(given.tenant, {}) | {given.reference: given.digest}
                digests = digests | {given.tenant: names}
            if not self.processor.traits.prepares:
                return given, None
            values = self._values(digests.get(self.processor.tenant(given), {}))
            return given, self.processor.prepare([(given, values)])
        except ReferenceMissingError:
            raise
        except Exception:  # noqa: BLE001  # quarantined
            return None, None

    def _is_repeat(self, record: LogRecord) -> bool:
        found = sequence_of(record.headers) if self.processor.traits.has_upstreams else None
        if found is None:
            return False
        source, sequence = found
        if sequence <= self.upstreams.get(source, -1):
            return True
        self.upstreams = self.upstreams | {source: sequence}
        return False

    def _fire(self, record: LogRecord) -> int:
        """Fire what is due, earliest first; return how many outputs that gave."""
        outputs = 0
        fired: dict[tuple[bytes, str], int] = {}
        while self.timers and self.timers[0][0] <= self.time_ms:
            due_ms, key, name = self.timers.pop(0)
            self._put(ledger.timer_key(key, name), None)
            fired[key, name] = fired.get((key, name), 0) + 1
            try:
                if fired[key, name] > FIRINGS_MAX:
                    raise RecursionError  # noqa: TRY301  # as the kernel counts it
                at = self._at(record, due_ms, outputs, key.partition(b":")[0].decode())
                state = self._state(key)
                outcome = self.processor.on_timer(state, key, name, at)
                self._keep(key, state, outcome)
                outputs += len(outcome.events) + (outcome.rejection is not None)
            except ReferenceMissingError:
                self._wide.clear()
                raise
            except Exception:  # noqa: BLE001  # quarantined
                self._wide.clear()
                outputs += 1
        return outputs

    def _keep(self, key: bytes, state: Any, outcome: Outcome) -> None:
        """Write what an outcome makes true, all or nothing."""
        for event in outcome.events:
            _fits(self.processor.encode_event(event)[1])
        writes: dict[bytes, bytes | None] = {}
        if outcome.state is None:
            writes[ledger.state_key(key)] = None
        elif outcome.state is not state:
            writes[ledger.state_key(key)] = _fits(self.processor.encode_state(outcome.state))
        for name, due_ms in outcome.timers.items():
            due = None if due_ms is None else ledger.encode_due(due_ms)
            writes[ledger.timer_key(key, name)] = due
        for row in outcome.rows:
            writes[ledger.row_key(row.table, row.key)] = row.value and _fits(row.value)
        for entry_key, value in writes.items():
            self._put(entry_key, value)
        for name, due_ms in outcome.timers.items():
            self.timers = [timer for timer in self.timers if timer[1:] != (key, name)]
            if due_ms is not None:
                insort(self.timers, (due_ms, key, name))

    def _put(self, key: bytes, value: bytes | None) -> None:
        if self.rows.get(key) != value:
            self.changed.add(key)
        if value is None:
            self.rows.pop(key, None)
        else:
            self.rows[key] = value

    def _state(self, key: bytes) -> Any:
        if self.processor.traits.is_wide:
            if key not in self._wide:
                self._wide[key] = self._open(key)
            return self._wide[key]
        data = self.rows.get(ledger.state_key(key))
        return None if data is None else self.processor.decode_state(data)

    def _open(self, key: bytes) -> Any:
        def read(table: str) -> list[tuple[bytes, bytes]]:
            prefix, skip = ledger.row_key(table, key + b"\0"), len(ledger.row_key(table, b""))
            return [(k[skip:], self.rows[k]) for k in sorted(self.rows) if k.startswith(prefix)]

        return cast("WideProcessor[Any]", self.processor).open_state(key, read)

    def _at(self, record: LogRecord, now_ms: int, first: int, tenant: str, **more: Any) -> At:
        cause = f"{self.processor.log}/{self.partition}/{record.offset}"
        values = self._values(self.digests.get(tenant, {}))
        return At(now_ms=now_ms, cause=cause, first=first, references=values, **more)

    def _values(self, digests: Mapping[str, str]) -> dict[str, Any]:
        return {name: self._loaded(name, digest) for name, digest in digests.items()}


def _fits(data: bytes) -> bytes:
    if type(data) is not bytes or len(data) > VALUE_BYTES_MAX:
        raise ValueError
    return data
