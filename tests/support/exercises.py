"""Log records, kernels and owners around the exercise processor, for the runtime's tests."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Sequence
from typing import Any, TypeVar

import msgspec

from streams.broker.memory import MemoryBroker, MemoryPartitionLog, Record
from streams.replay.exercise import CONTENTS, Asked, Exercise
from streams.runtime.commit import Owner
from streams.runtime.ledger import MARKER_KEY, Marker, decode_marker, encode_marker
from streams.runtime.step import Flush, Kernel, References
from streams.stores.memory import MemoryStore
from streams.stores.port import Store
from streams.topics import QUARANTINE, REJECTIONS, changelog_of

T = TypeVar("T")
EPOCH_MS = 1_767_258_000_000


def asked(op: str, key: str = "k", amount: int = 1, at_ms: int = EPOCH_MS) -> bytes:
    """Return an encoded input."""
    return msgspec.msgpack.encode(Asked(op, key, amount, at_ms))


def record(
    offset: int,
    value: bytes | None,
    *,
    timestamp: int = EPOCH_MS,
    headers: tuple[tuple[str, bytes], ...] = (),
) -> Record:
    """Return a log record."""
    return Record(offset, timestamp, b"k", value, headers)


def log_of(*values: bytes | None, start: int = 0, step_ms: int = 1) -> list[Record]:
    """Return values as a run of a log, a millisecond apart."""
    return [
        record(start + n, value, timestamp=EPOCH_MS + (start + n) * step_ms)
        for n, value in enumerate(values)
    ]


def loaded(processor: Any) -> References:
    """Return references with all contents of the exercise."""
    references = References(processor.load_reference)
    for digest, content in CONTENTS.items():
        references.add("exercise.weight", digest, content)
    return references


def kernel_over(
    store: Store, processor: Any = None, *, references: References | None = None
) -> Kernel:
    """Return a kernel that goes on from what a store holds."""
    processor = processor or Exercise()
    held = store.get(0, MARKER_KEY)
    marker = Marker(epoch=1, next=0) if held is None else decode_marker(held)
    return Kernel(processor, 0, store, marker, references or loaded(processor))


def stepped(kernel: Kernel | Owner, records: Sequence[Record]) -> Flush:
    """Step a chunk that gives a flush; the gap before it is known."""
    flush = kernel.step(records, gap_is_known=True)
    assert isinstance(flush, Flush)
    return flush


def taken(kernel: Kernel, store: Store, records: Sequence[Record]) -> Flush:
    """Step a chunk and apply it."""
    flush = stepped(kernel, records)
    put(kernel, store, flush)
    return flush


def put(kernel: Kernel, store: Store, flush: Flush) -> None:
    """Apply a flush as its owner would."""
    marker = (MARKER_KEY, encode_marker(flush.marker))
    store.apply(0, [*flush.entries.items(), marker], 0)
    kernel.applied(flush)


def rows(store: Store) -> dict[bytes, bytes]:
    """Return everything a store holds in partition 0."""
    return dict(store.scan(0, b""))


def broker_for(processor: Any) -> MemoryBroker:
    """Return a broker with a processor's topics, one partition each."""
    broker = MemoryBroker()
    followers = (*processor.derives, REJECTIONS, QUARANTINE, changelog_of(processor.name))
    for topic in (processor.log, *followers):
        broker.create(topic, 1)
    return broker


def owner_on(
    broker: MemoryBroker,
    store: Store | None = None,
    processor: Any = None,
    *,
    batch_bytes_max: int = 900_000,
    log: Any = None,
) -> Owner:
    """Return an owner that has not recovered yet."""
    processor = processor or Exercise()
    log = log or MemoryPartitionLog(broker, processor.name, 0)
    store = MemoryStore() if store is None else store
    references = loaded(processor)
    return Owner(processor, 0, store, log, references, batch_bytes_max=batch_bytes_max)


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    coroutine.close()
    raise AssertionError("it waited")


def committed(owner: Owner, values: Iterable[bytes]) -> Flush:
    """Let an owner take in the next records and commit them."""
    records = log_of(*values, start=owner.kernel.marker.next)
    flush = stepped(owner, records)
    run(owner.commit(flush))
    return flush
