"""What differs between two outcomes of a log: derived events by id, rows by key.

Both sides are read once, side by side and in order, whatever their size. Against live topics only
what follows from the replayed part of the log is looked at; repeats there, which readers drop, are
dropped here too, and what retention or compaction has taken is no difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, Literal

import msgspec

from processors.machine import Processor
from schemas import catalogue, codec
from schemas.errors import UndecodableError
from schemas.headers import sequence_of
from streams.replay.logs import Logs
from streams.replay.runs import PartitionRun, ProcessorRun, Run
from streams.replay.window import is_of_tenant
from streams.runtime import ledger
from streams.runtime.ledger import SEQUENCE_BITS, Marker
from streams.runtime.partitioning import partition_of
from streams.topics import QUARANTINE, REJECTIONS, TOPICS

Kind = Literal["missing", "extra", "different"]

SHOWN_MAX: Final = 20
FIELDS_SHOWN_MAX: Final = 6
VALUE_CHARS_MAX: Final = 60


class Difference(msgspec.Struct, frozen=True):
    """One thing that is not the same.

    Attributes:
        kind: missing from this run, extra in it, or different.
        where: The topic or table.
        name: The event's id or the row's key, for people.
        fields: What is different, a line a field: the other side's value, then this run's.
    """

    kind: Kind
    where: str
    name: str
    fields: tuple[str, ...] = ()

    def sentence(self) -> str:
        """Return it for people."""
        lines = [f"{self.kind} {self.where} {self.name}", *(f"    {each}" for each in self.fields)]
        return "\n".join(lines)


class Comparison(msgspec.Struct):
    """What a comparison found.

    Attributes:
        events: Events held against each other, on either side.
        rows: Rows held against each other, on either side.
        counts: How many differences, by where and kind.
        shown: The first of them.
        gone: Events that the other side once had: trimmed or compacted away.
        notes: What could not be compared, a sentence each.
    """

    events: int = 0
    rows: int = 0
    counts: dict[tuple[str, str], int] = {}
    shown: list[Difference] = []
    gone: int = 0
    notes: list[str] = []

    @property
    def is_same(self) -> bool:
        """Nothing is different."""
        return not self.counts

    def add(self, difference: Difference) -> None:
        """Count a difference, and keep it while there are few."""
        place = difference.where, difference.kind
        self.counts[place] = self.counts.get(place, 0) + 1
        if len(self.shown) < SHOWN_MAX:
            self.shown.append(difference)


class _Event(msgspec.Struct, frozen=True, gc=False):
    sequence: int
    key: bytes | None
    value: bytes | None


Events = Iterator[_Event]
Rows = Iterable[tuple[bytes, bytes]]


def compare_live(
    run: Run,
    processor: Processor[Any],
    logs: Logs,
    tables: Mapping[int, tuple[Marker, Mapping[bytes, bytes]]],
) -> Comparison:
    """Hold what a run gave of a processor against the live topics and tables.

    Args:
        run: The run.
        processor: Which processor of it.
        logs: Where the live topics are.
        tables: The live tables by partition, with where they stand; those that stand elsewhere
            than the run are not compared.
    """
    found = Comparison()
    of = run.of(processor.name)
    if of is None:
        return found
    tenant, derived = run.summary.window.tenant, run.derived(processor.name)
    for part in of.partitions:
        source = f"/{processor.log}/{part.partition}"
        for topic in _topics_of(processor, of):
            partitions = logs.spans(topic)
            place = topic, f"{processor.log}/{part.partition}"
            if topic in processor.feeds:
                for number, (begin, end) in partitions.items():
                    mine = _of_run(derived, topic, part, _goes_to(number, len(partitions)))
                    live = _of_live(logs, topic, number, (begin, end), source)
                    theirs = _within(live, part, tenant)
                    _hold_events(found, place, mine, theirs, is_part=begin > 0)
            else:
                begin, end = partitions.get(part.partition, (0, 0))
                live = _of_live(logs, topic, part.partition, (begin, end), source)
                theirs = _within(live, part, tenant)
                is_part = begin > 0 or topic in _COMPACTED
                mine = _of_run(derived, topic, part)
                _hold_events(found, place, mine, theirs, is_part=is_part)
        marker, table = tables.get(part.partition, (None, {}))
        if run.summary.window.is_cold:
            note = "a cold run's tables lack what came before, so only events were compared"
            found.notes = [note]
        elif marker is None or marker.next != part.next:
            where = f"{processor.log}[{part.partition}]"
            stands = "nowhere" if marker is None else f"at offset {marker.next}"
            found.notes.append(
                f"{where}: the live table stands {stands}, the run at {part.next}: only events were"
                " compared"
            )
        else:
            rows = _rows(run, processor.name, part.partition)
            _hold_rows(found, processor.name, rows, _of_tenant(table, tenant))
    return found


def compare_runs(run: Run, other: Run, processor: str) -> Comparison:
    """Hold what a run gave of a processor against what another run gave."""
    found = Comparison()
    of, before = run.of(processor), other.of(processor)
    if of is None or before is None:
        if of is not before:
            which = run if of is None else other
            found.notes.append(f"run {which.summary.name} did not drive {processor}")
        return found
    if run.summary.window != other.summary.window:
        found.notes.append(f"run {other.summary.name} is about another part of the log")
    parts = {each.partition: each for each in (*before.partitions, *of.partitions)}
    for number, part in sorted(parts.items()):
        for topic in sorted({*of.events, *before.events}):
            mine = _of_run(run.derived(processor), topic, part)
            theirs = _of_run(other.derived(processor), topic, part)
            _hold_events(found, (topic, f"{of.log}/{number}"), mine, theirs)
        rows, others = _rows(run, processor, number), _rows(other, processor, number)
        _hold_rows(found, processor, rows, others)
    return found


_COMPACTED: Final = frozenset(plan.name for plan in TOPICS if plan.compacted)


def _topics_of(processor: Processor[Any], of: ProcessorRun) -> list[str]:
    return sorted({*processor.derives, *processor.feeds, REJECTIONS, QUARANTINE, *of.events})


def _of_run(
    derived: Logs,
    topic: str,
    part: PartitionRun,
    is_wanted: Callable[[bytes | None], bool] | None = None,
) -> Events:
    begin, end = derived.spans(topic).get(part.partition, (0, 0))
    for run in derived.read(topic, part.partition, begin, end):
        for record in run:
            if is_wanted is None or is_wanted(record.key):
                found = sequence_of(record.headers)
                assert found is not None, "every derived record has a sequence"
                yield _Event(found[1], record.key, record.value)


def _of_live(logs: Logs, topic: str, partition: int, span: tuple[int, int], source: str) -> Events:
    """Yield what a source wrote into a live topic, each event once."""
    last = -1
    for run in logs.read(topic, partition, *span):
        for record in run:
            try:
                told = sequence_of(record.headers)
            except UndecodableError:
                continue
            if told is None or told[0] != source or told[1] <= last:
                continue
            last = told[1]
            yield _Event(last, record.key, record.value)


def _within(events: Events, part: PartitionRun, tenant: str | None) -> Events:
    for event in events:
        offset = event.sequence >> SEQUENCE_BITS
        if part.begin <= offset < part.next and is_of_tenant(tenant, event.key):
            yield event


def _goes_to(partition: int, partitions: int) -> Callable[[bytes | None], bool]:
    return lambda key: key is None or partition_of(key, partitions) == partition


def _hold_events(
    found: Comparison,
    place: tuple[str, str],
    mine: Events,
    theirs: Events,
    *,
    is_part: bool = False,
) -> None:
    """Hold two runs of events against each other, both in order of sequence.

    Args:
        found: Where differences go.
        place: The topic, and log and partition they follow from.
        mine: This run's.
        theirs: The other side's.
        is_part: The other side may have lost some since.
    """
    topic, source = place
    for own, other in _side_by_side(mine, theirs, _sequence):
        found.events += 1
        either = own or other
        assert either is not None, "one side has it"
        name = f"{source}/{either.sequence >> SEQUENCE_BITS}#{_index(either.sequence)}"
        if own is None:
            found.add(Difference("missing", topic, name, _told(either.value)))
        elif other is None and is_part:
            found.gone += 1
        elif other is None:
            found.add(Difference("extra", topic, name, _told(either.value)))
        elif (own.key, own.value) != (other.key, other.value):
            fields = _fields(_decoded(other.value), _decoded(own.value))
            if own.key != other.key:
                fields = (f"key: {other.key!r} -> {own.key!r}", *fields)
            found.add(Difference("different", topic, name, fields))


def _hold_rows(found: Comparison, processor: str, mine: Rows, theirs: Rows) -> None:
    for own, other in _side_by_side(iter(mine), iter(theirs), _key):
        found.rows += 1
        either = own or other
        assert either is not None, "one side has it"
        where, name = named(either[0])
        where = f"{processor} {where}"
        if own is None:
            found.add(Difference("missing", where, name))
        elif other is None:
            found.add(Difference("extra", where, name))
        elif own[1] != other[1]:
            fields = _fields(_unpacked(other), _unpacked(own))
            found.add(Difference("different", where, name, fields))


def _side_by_side(
    mine: Iterator[Any], theirs: Iterator[Any], place: Callable[[Any], Any]
) -> Iterator[tuple[Any, Any]]:
    """Yield what stands at equal places of two sorted runs; None where one side has nothing."""
    own, other = next(mine, None), next(theirs, None)
    while own is not None or other is not None:
        if other is None or (own is not None and place(own) < place(other)):
            yield own, None
            own = next(mine, None)
        elif own is None or place(other) < place(own):
            yield None, other
            other = next(theirs, None)
        else:
            yield own, other
            own, other = next(mine, None), next(theirs, None)


def _sequence(event: _Event) -> int:
    return event.sequence


def _index(sequence: int) -> int:
    return sequence & ((1 << SEQUENCE_BITS) - 1)


def _key(row: tuple[bytes, bytes]) -> bytes:
    return row[0]


def _rows(run: Run, processor: str, partition: int) -> Rows:
    tables = run.tables
    begin, end = tables.spans(processor).get(partition, (0, 0))
    for found in tables.read(processor, partition, begin, end):
        for record in found:
            yield record.key, record.value


def _of_tenant(table: Mapping[bytes, bytes], tenant: str | None) -> Rows:
    for key in sorted(table):
        if is_of_tenant(tenant, _aggregate(key)):
            yield key, table[key]


def _aggregate(key: bytes) -> bytes:
    """Return the part of a changelog key that begins with the aggregate's key."""
    if key[:1] == ledger.TIMER:
        return ledger.read_timer_key(key)[0]
    return ledger.read_row_key(key)[1] if key[:1] == ledger.ROW else key[1:]


def named(key: bytes) -> tuple[str, str]:
    """Return which table a changelog key belongs to, and what it names in it, for people."""
    if key[:1] == ledger.TIMER:
        of, name = ledger.read_timer_key(key)
        return f"timer {name}", of.decode(errors="replace")
    if key[:1] == ledger.ROW:
        view, row = ledger.read_row_key(key)
        return f"view {view}", row.decode(errors="replace").replace("\0", " ")
    return "state", key[1:].decode(errors="replace")


def _decoded(value: bytes | None) -> Any:
    try:
        record = codec.decode(value)  # type: ignore[arg-type]  # None is undecodable, too
    except UndecodableError:
        return None if value is None else value.hex()
    return {"": type(record).FULL_NAME.rpartition(".")[2]} | catalogue.to_json(record)


def _told(value: bytes | None) -> tuple[str, ...]:
    found = _decoded(value)
    return (found[""],) if isinstance(found, dict) else ()


def _unpacked(row: tuple[bytes, bytes]) -> Any:
    if row[0][:1] == ledger.TIMER:
        return {"due": ledger.decode_due(row[1])}
    try:
        return msgspec.msgpack.decode(row[1])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return row[1].hex()


def _fields(before: Any, after: Any) -> tuple[str, ...]:
    """Return a line for each place where two values differ, the first few of them."""
    lines = list(_changes("", before, after))
    if len(lines) > FIELDS_SHOWN_MAX:
        more = len(lines) - FIELDS_SHOWN_MAX
        lines = [*lines[:FIELDS_SHOWN_MAX], f"and {more} more"]
    return tuple(lines)


def _changes(place: str, before: Any, after: Any) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(before.keys() | after.keys(), key=str):
            inner = f"{place}.{name}" if place else str(name)
            yield from _changes(inner, before.get(name), after.get(name))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _changes(f"{place}[{index}]", old, new)
    elif before != after:
        yield f"{place or 'value'}: {_short(before)} -> {_short(after)}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= VALUE_CHARS_MAX else f"{text[:VALUE_CHARS_MAX]}…"
