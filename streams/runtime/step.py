"""One step over one chunk of one partition: pure, the same under every driver.

The numbers are those of the design, the metrics and `commit.py`:

1. fence the chunk against `next`
2. decode; what cannot be decoded goes to quarantine
3. prepare: whatever a model can do for the whole chunk at once
4. for each record in order: fire due timers, load state, handle, collect

Steps 5 to 8 (send outputs, send the changelog, apply, acknowledge) are effects and live in
`commit.py`. A step leaves the kernel untouched unless it succeeds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath
from time import perf_counter
from traceback import walk_tb
from typing import Any, Protocol, cast

import msgspec

from processors.machine import At, Outcome, Processor, Rejection, WideProcessor
from schemas import codec, headers as cloud_headers
from schemas.errors import UndecodableError
from schemas.records.control import InputRejected, RecordQuarantined, ReferenceChanged, Tick
from schemas.units import LATEST_MS, to_rfc3339
from streams.runtime import ledger
from streams.runtime.errors import ReferenceMissingError, TooManyOutputsError
from streams.runtime.ledger import Marker
from streams.runtime.timers import Timers
from streams.stores.port import Store
from streams.topics import QUARANTINE, REJECTIONS

CACHE_KEYS = 5_000
QUARANTINED_BYTES_MAX = 3_000_000
VALUE_BYTES_MAX = 3_000_000
"""A state, row or event beyond this would not fit into a Kafka record."""
FUTURE_MS_MAX = 60_000
"""How far a record may say it was let in after the broker got it: clocks differ, but one record
from a broken clock must not carry the whole partition's time away."""
FIRINGS_MAX = 100_000
"""How often one timer may fire before one record: more is a timer that sets itself for ever."""
BECAUSE_CHARS_MAX = 2_000
FRAMES_MAX = 30
_ABSENT: Any = object()
NOTHING: Mapping[bytes, bytes | None] = {}
_STATE = ledger.STATE
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}")

Headers = Sequence[tuple[str, bytes]]


class LogRecord(Protocol):
    """One record of a log, as any Kafka client hands it over."""

    @property
    def offset(self) -> int:
        """Position in the partition."""

    @property
    def timestamp(self) -> int:
        """Broker's timestamp, epoch ms."""

    @property
    def key(self) -> bytes | None:
        """Aggregate key."""

    @property
    def value(self) -> bytes | None:
        """Encoded input."""

    @property
    def headers(self) -> Headers:
        """CloudEvents attributes."""


class Output(msgspec.Struct, frozen=True, gc=False):
    """A derived record, ready to be appended.

    Attributes:
        key: Record key.
        value: Encoded event.
        headers: CloudEvents attributes with derived id and sequence.
        timestamp_ms: Stream time, epoch ms.
        sequence: Grows per source partition; what readers drop repeats by.
        caused_at_ms: Broker timestamp of the input, for latency figures.
    """

    key: bytes | None
    value: bytes
    headers: list[tuple[str, bytes]]
    timestamp_ms: int
    sequence: int
    caused_at_ms: int


class Flush(msgspec.Struct):
    """What one step makes true, to be committed as one.

    Attributes:
        marker: Where the partition stands afterwards.
        entries: Changelog key to payload (None: removed), the marker not included.
        outputs: Derived records by topic, in sequence order.
        states: The decoded objects behind the states in `entries`.
        records: How many inputs were taken in.
        seconds: Wall time of steps 2, 3 and 4.
        quarantined: Codes of the inputs that went to quarantine.
        rejected: Codes of the refusals.
        repeats: Inputs dropped because their upstream sequence was seen.
    """

    marker: Marker
    entries: dict[bytes, bytes | None]
    outputs: dict[str, list[Output]]
    states: dict[bytes, Any]
    records: int
    seconds: tuple[float, float, float] = (0.0, 0.0, 0.0)
    quarantined: list[str] = []
    rejected: list[str] = []
    repeats: int = 0


class Above(msgspec.Struct, frozen=True):
    """The fence's upper side: the chunk starts after `expected`; seek back and fetch again."""

    expected: int
    found: int


class _Unusable(msgspec.Struct, frozen=True):
    """Stands for an artefact that cannot be loaded."""

    because: str


class References:
    """Loaded reference values by digest, shared by the partitions of a worker."""

    def __init__(self, load: Callable[[str, bytes], Any]) -> None:
        self._load = load
        self._loaded: dict[str, Any] = {}

    def __contains__(self, digest: str) -> bool:
        return digest in self._loaded

    def add(self, reference: str, digest: str, content: bytes) -> None:
        """Load an artefact's content; one that cannot be loaded is remembered with the reason."""
        try:
            self._loaded[digest] = self._load(reference, content)
        except MemoryError:
            raise
        except Exception as fault:  # noqa: BLE001  # a loader may raise anything
            self._loaded[digest] = _Unusable(str(fault))

    def problem(self, changed: ReferenceChanged) -> str | None:
        """Return why an announced version cannot count, or None.

        Raises:
            ReferenceMissingError: It is not loaded yet.
        """
        if changed.digest not in self._loaded:
            raise ReferenceMissingError(
                reference=changed.reference, digest=changed.digest, tenant=changed.tenant
            )
        found = self._loaded[changed.digest]
        return found.because if isinstance(found, _Unusable) else None

    def values(self, tenant: str, digests: Mapping[str, str]) -> dict[str, Any]:
        """Return reference name to loaded value; raises ReferenceMissingError."""
        found = {}
        for reference, digest in digests.items():
            if digest not in self._loaded:
                raise ReferenceMissingError(reference=reference, digest=digest, tenant=tenant)
            found[reference] = self._loaded[digest]
        return found


class _Failure(msgspec.Struct, frozen=True):
    """Why an input cannot be processed."""

    code: str
    because: str
    traceback: str | None = None


class Kernel:
    """The fold of one processor partition: state in, chunk in, flush out."""

    def __init__(
        self,
        processor: Processor[Any],
        partition: int,
        store: Store,
        marker: Marker,
        references: References,
    ) -> None:
        """Open the kernel over a recovered store.

        Args:
            processor: The rules.
            partition: Which partition of the log.
            store: Committed values, at `marker`.
            marker: Where the partition stands.
            references: Loaded artefacts.
        """
        self.processor = processor
        self.partition = partition
        self.marker = marker
        self.timers = Timers(read_timers(store, partition))
        self._store = store
        self._references = references
        self._young: dict[bytes, Any] = {}
        self._old: dict[bytes, Any] = {}
        self._in_flight: list[Flush] = []
        self._source = f"/{processor.log}/{partition}"
        self.source_header = ("ce_source", self._source.encode())
        self._common_headers = (
            ("ce_specversion", b"1.0"),
            self.source_header,
            ("ce_processor", f"{processor.name}/{processor.version}".encode()),
            ("content-type", b"application/avro"),
        )
        self._headers_by_kind: dict[str, tuple[tuple[str, bytes], ...]] = {}
        self.is_wide = processor.traits.is_wide

    def fixed_headers(self, kind: str) -> tuple[tuple[str, bytes], ...]:
        """Return what the headers of all derived records of a type have in common."""
        found = self._headers_by_kind.get(kind)
        if found is None:
            found = (*self._common_headers, ("ce_type", kind.encode()))
            self._headers_by_kind[kind] = found
        return found

    def step(
        self, records: Sequence[LogRecord], *, gap_is_known: bool = False
    ) -> Flush | Above | None:
        """Return what a chunk makes true; None when all of it was taken in before.

        Args:
            records: A run of one partition in log order.
            gap_is_known: The chunk was fetched after a seek to `next`: a higher first offset means
                that the log really has nothing in between.

        Raises:
            ReferenceMissingError: An announced artefact is not loaded; nothing has changed.
        """
        expected = self.marker.next
        if records[-1].offset < expected:
            return None
        if records[0].offset < expected:
            records = [record for record in records if record.offset >= expected]
        if records[0].offset > expected and not gap_is_known:
            return Above(expected=expected, found=records[0].offset)
        flush = _Step(self).run(records)
        self._adopt(flush)
        return flush

    def applied(self, flush: Flush) -> None:
        """Tell the kernel that a flush is in the store: its states may leave the cache."""
        self._in_flight.remove(flush)

    def state(self, key: bytes, young: Mapping[bytes, bytes | None] = NOTHING) -> Any:
        """Return the state of `key` as of the last step, or None.

        Args:
            key: The aggregate.
            young: Changelog entries of a step under way, for a wide state that is opened anew.
        """
        found = self._young.get(key, _ABSENT)
        if found is not _ABSENT:
            return found
        found = self._old.get(key, _ABSENT)
        if found is _ABSENT and self.is_wide:
            found = self._open(key, young)
        elif found is _ABSENT:
            data = self._store.get(self.partition, ledger.state_key(key))
            found = None if data is None else self.processor.decode_state(data)
        self._young[key] = found
        return found

    def distrust(self, key: bytes | None) -> None:
        """Forget a wide state that an outcome which did not become true may have changed.

        Args:
            key: The aggregate; None for all of them.
        """
        for cache in (self._young, self._old):
            if key is None:
                cache.clear()
            else:
                cache.pop(key, None)

    def _open(self, key: bytes, young: Mapping[bytes, bytes | None]) -> Any:
        """Return a wide state from its rows: the store's, under those not yet in it."""
        layers = [*(flush.entries for flush in self._in_flight), young]

        def read(table: str) -> list[tuple[bytes, bytes]]:
            prefix, skip = ledger.row_key(table, key + b"\0"), len(ledger.row_key(table, b""))
            rows: dict[bytes, bytes | None] = dict(self._store.scan(self.partition, prefix))
            for layer in layers:
                rows |= {name: value for name, value in layer.items() if name.startswith(prefix)}
            return [(name[skip:], rows[name]) for name in sorted(rows) if rows[name] is not None]  # type: ignore[misc]  # just told

        return cast("WideProcessor[Any]", self.processor).open_state(key, read)

    def next_due_ms(self) -> int | None:
        """Return when the earliest timer is due, epoch ms."""
        return self.timers.next_due_ms()

    def _adopt(self, flush: Flush) -> None:
        """Make a successful step the kernel's present."""
        self.marker = flush.marker
        self._young.update(flush.states)
        self._in_flight.append(flush)
        if len(self._young) > CACHE_KEYS:
            self._old, self._young = self._young, {}
            # What is not yet in the store must not leave the cache.
            for waiting in self._in_flight:
                self._young.update(waiting.states)


def read_timers(store: Store, partition: int) -> list[tuple[int, bytes, str]]:
    """Return the timers among a partition's rows."""
    found = []
    for entry_key, payload in store.scan(partition, ledger.TIMER):
        key, name = ledger.read_timer_key(entry_key)
        found.append((ledger.decode_due(payload), key, name))
    return found


class _TooLargeError(Exception):
    """An outcome holds something no Kafka record can carry."""


class _Step:
    """One run over one chunk; everything it learns stays here until it has succeeded."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._processor = kernel.processor
        marker = kernel.marker
        self._states: dict[bytes, Any] = {}
        self._entries: dict[bytes, bytes | None] = {}
        self._outputs: dict[str, list[Output]] = {}
        self._stream_time_ms = marker.stream_time_ms
        self._digests = marker.references
        self._upstreams = marker.upstreams
        self._values: dict[str, dict[str, Any]] = {}
        self._quarantined: list[str] = []
        self._rejected: list[str] = []
        self._repeats = 0
        self._undo: list[tuple[bytes, str, int | None]] = []
        self._cause = f"{kernel.processor.log}/{kernel.partition}/"
        self._time_header: tuple[int, tuple[str, bytes]] = (-1, ("ce_time", b""))
        self._is_cloudevents = kernel.processor.traits.is_cloudevents

    def run(self, records: Sequence[LogRecord]) -> Flush:
        """Return the flush of a chunk, with the records that make it fail put in quarantine."""
        failures: dict[int, _Failure] = {}
        started = perf_counter()
        inputs = self._decode(records, failures)
        decoded = perf_counter()
        prepared = self._prepare(records, inputs, failures)
        ready = perf_counter()
        flush = self._fold(records, inputs, failures, prepared)
        flush.seconds = (decoded - started, ready - decoded, perf_counter() - ready)
        return flush

    def _fold(
        self,
        records: Sequence[LogRecord],
        inputs: list[Any],
        failures: dict[int, _Failure],
        prepared: Any,
    ) -> Flush:
        try:
            self._run_through(records, inputs, failures, prepared)
            return self._finish(records)
        except BaseException:
            self._roll_back()
            raise

    def _run_through(  # noqa: C901, PLR0915  # the hot loop: a call saved is a call saved
        self,
        records: Sequence[LogRecord],
        inputs: list[Any],
        failures: dict[int, _Failure],
        prepared: Any,
    ) -> None:
        """Take in record after record.

        The usual case is written out here; whatever is not usual (failures, control records, due
        timers, rejections, a handler that raises) goes through `_take`, which does the same with
        every care. Handlers are pure, so it may call one again that has raised here.
        """
        processor, kernel = self._processor, self._kernel
        key_of, handle = processor.key, processor.handle
        recorded_at_ms, tenant_of = processor.recorded_at_ms, processor.tenant
        encode_state, encode_event = processor.encode_state, processor.encode_event
        needs_care = processor.traits.has_upstreams or kernel.is_wide
        timers, states, entries, outputs = (
            kernel.timers, self._states, self._entries, self._outputs,
        )  # fmt: skip
        cause, values, cached = self._cause, self._values, kernel.state
        next_due_ms = timers.next_due_ms()
        for index, record in enumerate(records):
            decoded = inputs[index]
            kind = type(decoded)
            if decoded is None or kind is Tick or kind is ReferenceChanged or needs_care:
                failure = failures.get(index)
                self._take(index, record, decoded, failure, prepared)
                next_due_ms = timers.next_due_ms()
                continue
            try:
                timestamp_ms = record.timestamp
                at_ms = recorded_at_ms(decoded) or timestamp_ms
                latest_ms = timestamp_ms + FUTURE_MS_MAX if timestamp_ms > 0 else LATEST_MS
                now_ms = max(self._stream_time_ms, min(at_ms, latest_ms))
                key = key_of(decoded)
                if key is None or (next_due_ms is not None and next_due_ms <= now_ms):
                    self._take(index, record, decoded, None, prepared)
                    next_due_ms = timers.next_due_ms()
                    continue
                tenant = tenant_of(decoded)
                known: Mapping[str, Any] | None = values.get(tenant)
                if known is None:
                    known = self._values_of(tenant)
                state = states.get(key, _ABSENT)
                if state is _ABSENT:
                    state = cached(key)
                offset = record.offset
                at = At(now_ms, f"{cause}{offset}", 0, known, prepared, index)
                outcome = handle(state, decoded, at)
                if outcome.rejection is not None or outcome.timers or outcome.rows:
                    self._stream_time_ms = now_ms
                    found = self._outputs_of(outcome, record, at, decoded, key)
                    self._keep(key, state, outcome, found)
                    next_due_ms = timers.next_due_ms()
                    continue
                after = outcome.state
                is_changed = after is not state
                data = None
                if is_changed and after is not None:
                    data = encode_state(after)
                    if type(data) is not bytes or len(data) > VALUE_BYTES_MAX:
                        _fitting(data, "the state")
                derived = [
                    (encoded[0], self._output(record, at, n, encoded[1:]))
                    for n, encoded in enumerate(map(encode_event, outcome.events))
                ]
            except (MemoryError, TooManyOutputsError, ReferenceMissingError):
                raise
            except Exception:  # noqa: BLE001  # `_take` finds out whose fault it is
                self._take(index, record, decoded, None, prepared)
                next_due_ms = timers.next_due_ms()
                continue
            # From here on nothing raises: the outcome counts whole.
            self._stream_time_ms = now_ms
            if is_changed:
                entries[_STATE + key] = data
                states[key] = after
            for topic, output in derived:
                held = outputs.get(topic)
                if held is None:
                    outputs[topic] = [output]
                else:
                    held.append(output)

    # 2 decode

    def _decode(self, records: Sequence[LogRecord], failures: dict[int, _Failure]) -> list[Any]:
        decode = self._processor.decode
        checks_sequence = self._processor.traits.has_upstreams
        inputs: list[Any] = []
        append = inputs.append
        for record in records:
            try:
                if checks_sequence:
                    cloud_headers.sequence_of(record.headers)
                decoded = decode(record.value, record.headers)  # type: ignore[arg-type]  # None too
                if type(decoded) is ReferenceChanged:
                    decoded = self._announced(decoded, failures, len(inputs))
                append(decoded)
            except UndecodableError as fault:
                failures[len(inputs)] = _Failure(fault.code, _trimmed(str(fault)))
                append(None)
            except (MemoryError, ReferenceMissingError):
                raise
            except Exception as fault:  # noqa: BLE001  # whatever the bytes did to a decoder
                failures[len(inputs)] = _raised(fault, "decoding it", "undecodable")
                append(None)
        return inputs

    def _announced(
        self, changed: ReferenceChanged, failures: dict[int, _Failure], index: int
    ) -> ReferenceChanged | None:
        """Return an announcement that can count; one of an unusable artefact is a failure."""
        because = self._kernel._references.problem(changed)
        if because is None:
            return changed
        failures[index] = _Failure(
            "bad_reference",
            f"{changed.reference} {changed.digest[:12]} cannot be loaded: {_trimmed(because)}."
            " The version before stays in force; publish a corrected one",
        )
        return None

    # 3 prepare

    def _prepare(
        self, records: Sequence[LogRecord], inputs: list[Any], failures: dict[int, _Failure]
    ) -> Any:
        if not self._processor.traits.prepares:
            return None
        digests = self._digests
        asked: list[tuple[Any, Mapping[str, Any]]] = []
        for index, record in enumerate(inputs):
            if type(record) is ReferenceChanged:
                digests = _with_reference(digests, record)
            try:
                tenant = "" if record is None else self._processor.tenant(record)
            except Exception as fault:  # noqa: BLE001  # a processor may raise anything
                failures[index] = _raised(fault, "reading its tenant")
                inputs[index], tenant = None, ""
            asked.append((inputs[index], self._references_of(tenant, digests)))
        try:
            return self._processor.prepare(asked)
        except (ReferenceMissingError, MemoryError):
            raise
        except Exception:  # noqa: BLE001  # a model may raise anything
            self._find_unpreparable(asked, inputs, failures)
            kept = [(inputs[i], asked[i][1]) for i in range(len(asked))]
            return self._processor.prepare(kept)

    def _find_unpreparable(
        self,
        asked: list[tuple[Any, Mapping[str, Any]]],
        inputs: list[Any],
        failures: dict[int, _Failure],
    ) -> None:
        """Halve the batch until the inputs that make `prepare` raise stand alone."""
        halves = [(0, len(asked))]
        while halves:
            low, high = halves.pop()
            try:
                self._processor.prepare(asked[low:high])
            except MemoryError:
                raise
            except Exception as fault:  # noqa: BLE001  # a model may raise anything
                if high - low == 1:
                    failures[low] = _raised(fault, "preparing it")
                    inputs[low] = None
                else:
                    middle = (low + high) // 2
                    halves += [(low, middle), (middle, high)]

    def _references_of(self, tenant: str, digests: dict[str, dict[str, str]]) -> Mapping[str, Any]:
        asked = digests.get(tenant)
        if not asked:
            return {}
        return self._kernel._references.values(tenant, asked)  # one unit

    # 4 handle

    def _take(
        self,
        index: int,
        record: LogRecord,
        decoded: Any,
        failure: _Failure | None,
        prepared: Any,
    ) -> None:
        if failure is None:
            if self._processor.traits.has_upstreams and self._was_seen(record.headers):
                self._repeats += 1
                return
            # What cannot be read does not say when it was let in: time stands still for it.
            try:
                at_ms = self._time_of(record, decoded)
            except Exception as fault:  # noqa: BLE001  # a processor may raise anything
                failure = _raised(fault, "reading its time")
            else:
                self._stream_time_ms = max(self._stream_time_ms, at_ms)
        due_ms = self._kernel.timers.next_due_ms()
        is_due = due_ms is not None and due_ms <= self._stream_time_ms
        first = self._fire_due(record) if is_due else 0
        if failure is not None:
            self._quarantine(record, first, failure)
            return
        kind = type(decoded)
        if kind is Tick:
            return
        if kind is ReferenceChanged:
            self._digests = _with_reference(self._digests, decoded)
            self._values.clear()
            return
        try:
            self._handle(index, record, decoded, first, prepared)
        except (MemoryError, TooManyOutputsError, ReferenceMissingError):
            raise
        except _TooLargeError as fault:
            self._quarantine(record, first, _Failure("too_large", str(fault)))
        except Exception as fault:  # noqa: BLE001  # a handler may raise anything
            self._quarantine(record, first, _raised(fault, "handling it"))

    def _handle(
        self, index: int, record: LogRecord, decoded: Any, first: int, prepared: Any
    ) -> None:
        processor = self._processor
        key = processor.key(decoded)
        if key is None:
            return
        at = At(
            self._stream_time_ms,
            f"{self._cause}{record.offset}",
            first,
            self._values_of(processor.tenant(decoded)),
            prepared,
            index,
        )
        state = self._state(key)
        try:
            outcome = processor.handle(state, decoded, at)
            self._keep(key, state, outcome, self._outputs_of(outcome, record, at, decoded, key))
        except BaseException:
            if self._kernel.is_wide:
                self._kernel.distrust(key)
            raise

    def _time_of(self, record: LogRecord, decoded: Any) -> int:
        """Return when a record was let in, epoch ms, as far as it can be believed."""
        at_ms = self._processor.recorded_at_ms(decoded) or record.timestamp
        latest_ms = record.timestamp + FUTURE_MS_MAX if record.timestamp > 0 else LATEST_MS
        return min(at_ms, latest_ms)

    def _values_of(self, tenant: str) -> Mapping[str, Any]:
        values = self._values.get(tenant)
        if values is None:
            values = self._values[tenant] = dict(self._references_of(tenant, self._digests))
        return values

    def _was_seen(self, headers: Headers) -> bool:
        """Return whether an upstream's record came before; note its sequence if not."""
        found = cloud_headers.sequence_of(headers)
        if found is None:
            return False
        source, sequence = found
        if sequence <= self._upstreams.get(source, -1):
            return True
        self._upstreams = self._upstreams | {source: sequence}
        return False

    def _state(self, key: bytes) -> Any:
        found = self._states.get(key, _ABSENT)
        return self._kernel.state(key, self._entries) if found is _ABSENT else found

    def _fire_due(self, record: LogRecord) -> int:
        """Fire every timer due by stream time; return how many outputs that gave."""
        timers = self._kernel.timers
        first = 0
        fired: dict[tuple[bytes, str], int] = {}
        due_ms = timers.next_due_ms()
        while due_ms is not None and due_ms <= self._stream_time_ms:
            _, key, name = timers.pop()
            self._undo.append((key, name, due_ms))
            self._entries[ledger.timer_key(key, name)] = None
            times = fired[key, name] = fired.get((key, name), 0) + 1
            at = At(
                now_ms=due_ms,
                cause=f"{self._processor.log}/{self._kernel.partition}/{record.offset}",
                first=first,
            )
            try:
                first += self._fire(key, name, record, at, times)
            except (MemoryError, TooManyOutputsError, ReferenceMissingError):
                raise
            except Exception as fault:  # noqa: BLE001  # a handler may raise anything
                named = f"firing timer {name} of {key.decode(errors='replace')}"
                code = "too_large" if isinstance(fault, _TooLargeError) else "handler_raised"
                self._quarantine(record, first, _raised(fault, named, code), timer_of=key)
                first += 1
            due_ms = timers.next_due_ms()
        return first

    def _fire(self, key: bytes, name: str, record: LogRecord, at: At, times: int) -> int:
        if times > FIRINGS_MAX:
            raise RecursionError(f"it was set again {FIRINGS_MAX} times for times already past")
        state = self._state(key)
        at.references = self._values_of(key.partition(b":")[0].decode())
        try:
            outcome = self._processor.on_timer(state, key, name, at)
            outputs = self._outputs_of(outcome, record, at, None, key)
            self._keep(key, state, outcome, outputs)
        except BaseException:
            if self._kernel.is_wide:
                self._kernel.distrust(key)
            raise
        return len(outputs)

    def _keep(
        self, key: bytes, state: Any, outcome: Outcome, outputs: list[tuple[str, Output]]
    ) -> None:
        """Make an outcome the run's: first whatever may raise, then, unstoppably, the rest."""
        entries: dict[bytes, bytes | None] = {}
        after = outcome.state
        changed = after is not state
        if changed and self._kernel.is_wide:
            raise TypeError("a wide state is changed in place; another object came back")
        if changed:
            # Encoded here and not once per chunk: what has no encoding must be this input's fault,
            # however the log is cut.
            data = None if after is None else self._processor.encode_state(after)
            entries[ledger.STATE + key] = _fitting(data, "the state")
        for name, due_ms in outcome.timers.items():
            due = None if due_ms is None else ledger.encode_due(due_ms)
            entries[ledger.timer_key(key, name)] = due
        for row in outcome.rows:
            entries[ledger.row_key(row.table, row.key)] = _fitting(row.value, "a row")
        self._entries.update(entries)
        if changed:
            self._states[key] = after
        for topic, output in outputs:
            self._outputs.setdefault(topic, []).append(output)
        if outcome.rejection is not None:
            self._rejected.append(outcome.rejection.code)
        if outcome.timers:
            timers = self._kernel.timers
            for name, due_ms in outcome.timers.items():
                self._undo.append((key, name, timers.due_of(key, name)))
                if due_ms is None:
                    timers.cancel(key, name)
                else:
                    timers.set(key, name, due_ms)

    def _outputs_of(
        self, outcome: Outcome, record: LogRecord, at: At, decoded: Any, key: bytes
    ) -> list[tuple[str, Output]]:
        if not outcome.events and outcome.rejection is None:
            return []
        found = []
        for index, event in enumerate(outcome.events):
            topic, value, event_key, kind, subject = self._processor.encode_event(event)
            found.append(
                (
                    topic,
                    self._output(record, at, at.first + index, (value, event_key, kind, subject)),
                )
            )
        if outcome.rejection is not None:
            index = at.first + len(outcome.events)
            encoded = self._rejection(outcome.rejection, record, at, decoded, key)
            found.append((REJECTIONS, self._output(record, at, index, encoded)))
        return found

    def _output(
        self,
        record: LogRecord,
        at: At,
        index: int,
        encoded: tuple[bytes, bytes | None, str, str],
    ) -> Output:
        value, key, kind, subject = encoded
        _fitting(value, "an event")
        if index >> ledger.SEQUENCE_BITS:
            raise TooManyOutputsError(cause=at.cause, outputs=index)
        sequence = (record.offset << ledger.SEQUENCE_BITS) | index
        now_ms = at.now_ms
        if not self._is_cloudevents:
            lean = [self._kernel.source_header, ("ce_sequence", b"%d" % sequence)]
            return Output(key, value, lean, now_ms, sequence, record.timestamp)
        told_ms, time_header = self._time_header
        if told_ms != now_ms:
            time_header = ("ce_time", to_rfc3339(now_ms).encode())
            self._time_header = (now_ms, time_header)
        headers = [
            *self._kernel.fixed_headers(kind),
            ("ce_id", f"{at.cause}#{index}".encode()),
            ("ce_sequence", b"%d" % sequence),
            ("ce_subject", subject.encode()),
            time_header,
        ]
        return Output(key, value, headers, now_ms, sequence, record.timestamp)

    def _rejection(
        self, rejection: Rejection, record: LogRecord, at: At, decoded: Any, key: bytes
    ) -> tuple[bytes, bytes | None, str, str]:
        subject = key.decode(errors="replace")
        refused = InputRejected(
            tenant="" if decoded is None else self._processor.tenant(decoded),
            occurred_at_ms=at.now_ms,
            recorded_at_ms=at.now_ms,
            causation_id=at.cause,
            log=self._processor.log,
            partition=self._kernel.partition,
            offset=record.offset,
            input_type="" if decoded is None else type(decoded).__name__,
            subject=subject,
            code=rejection.code,
            because=rejection.because,
        )
        return codec.encode(refused), key, "cuestream.control.InputRejected", subject

    def _quarantine(
        self, record: LogRecord, first: int, failure: _Failure, *, timer_of: bytes | None = None
    ) -> None:
        """Set an input aside; for a timer only its key, as the record before it did no wrong."""
        kernel = self._kernel
        cause = f"{self._processor.log}/{kernel.partition}/{record.offset}"
        of_record = timer_of is None
        value = record.value if of_record else None
        because = failure.because
        if value is not None and len(value) > QUARANTINED_BYTES_MAX:
            because += f" (the record's {len(value)} bytes stay at {cause})"
            value = None
        entry = RecordQuarantined(
            tenant="",
            occurred_at_ms=self._stream_time_ms,
            recorded_at_ms=self._stream_time_ms,
            causation_id=cause,
            log=self._processor.log,
            partition=kernel.partition,
            offset=record.offset,
            quarantine_id=cause if of_record else f"{cause}#{first}",
            processor=self._processor.name,
            code=failure.code,
            because=because,
            traceback=failure.traceback,
            key=record.key if of_record else timer_of,
            value=value,
            headers={name: bytes(data or b"") for name, data in record.headers if of_record},
        )
        at = At(now_ms=self._stream_time_ms, cause=cause, first=first)
        encoded = (
            codec.encode(entry),
            cause.encode(),
            "cuestream.control.RecordQuarantined",
            cause,
        )
        output = self._output(record, at, first, encoded)
        self._outputs.setdefault(QUARANTINE, []).append(output)
        self._quarantined.append(failure.code)

    def _finish(self, records: Sequence[LogRecord]) -> Flush:
        processor = self._processor
        marker = Marker(
            epoch=self._kernel.marker.epoch,
            next=records[-1].offset + 1,
            stream_time_ms=self._stream_time_ms,
            processor=f"{processor.name}/{processor.version}",
            references=self._digests,
            upstreams=self._upstreams,
        )
        return Flush(
            marker=marker,
            entries=self._entries,
            outputs=self._outputs,
            states=self._states,
            records=len(records),
            quarantined=self._quarantined,
            rejected=self._rejected,
            repeats=self._repeats,
        )

    def _roll_back(self) -> None:
        """Give the kernel's timers back what this run changed; wide states are opened anew."""
        if self._kernel.is_wide:
            self._kernel.distrust(None)
        timers = self._kernel.timers
        for key, name, due_ms in reversed(self._undo):
            if due_ms is None:
                timers.cancel(key, name)
            else:
                timers.set(key, name, due_ms)


def _with_reference(
    digests: dict[str, dict[str, str]], changed: ReferenceChanged
) -> dict[str, dict[str, str]]:
    tenant = digests.get(changed.tenant, {}) | {changed.reference: changed.digest}
    return digests | {changed.tenant: tenant}


def _fitting(data: bytes | None, what: str) -> bytes | None:
    if data is not None:
        if type(data) is not bytes:
            raise TypeError(f"{what} is {type(data).__name__}, not bytes")
        if len(data) > VALUE_BYTES_MAX:
            because = f"{what} would have {len(data)} bytes; a record carries {VALUE_BYTES_MAX}"
            raise _TooLargeError(because)
    return data


def _raised(fault: Exception, doing: str, code: str = "handler_raised") -> _Failure:
    try:
        said = str(fault)
    except Exception:  # noqa: BLE001  # a fault that cannot even say what it is
        said = "(no words)"
    because = (
        f"{doing} raised {_trimmed(f'{type(fault).__name__}: {said}')}. Mend the rule, then"
        " `cuestream quarantine retry`; or discard it"
    )
    return _Failure(code, because, _traceback(fault))


def _traceback(fault: BaseException) -> str:
    """Return where a fault arose: the same text on every machine, so that repeats are the same."""
    frames = [
        f"{'/'.join(PurePath(frame.f_code.co_filename).parts[-2:])}:{line} {frame.f_code.co_name}"
        for frame, line in walk_tb(fault.__traceback__)
    ]
    return "\n".join([*frames[-FRAMES_MAX:], type(fault).__name__])


def _trimmed(text: str) -> str:
    """Return text fit for a record: short, encodable, without addresses in memory."""
    text = _ADDRESS.sub("0x\N{HORIZONTAL ELLIPSIS}", text[:BECAUSE_CHARS_MAX])
    return text.encode(errors="replace").decode()
