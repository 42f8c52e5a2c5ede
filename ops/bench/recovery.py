"""How fast recovery folds a changelog, on both stores, without a broker.

python -m ops.bench.recovery --entries 500000
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from time import perf_counter

from streams.broker.memory import Record
from streams.runtime import ledger
from streams.runtime.ledger import MARKER_KEY, Marker
from streams.runtime.recovery import Recovery
from streams.stores.memory import MemoryStore
from streams.stores.port import Store
from streams.stores.rocksdb import RocksStore

KEYS = 50_000
VALUE_BYTES = 230
BATCH_ENTRIES = 1_000
READ_RECORDS = 20_000


def changelog(entries: int) -> list[Record]:
    """Return a changelog of full batches: states of `VALUE_BYTES` over `KEYS` conversations."""
    chance = Random(1)
    records: list[Record] = []
    reached = 0
    while len(records) < entries:
        reached += BATCH_ENTRIES
        stamp = ledger.stamp(1, reached)
        for _ in range(BATCH_ENTRIES - 1):
            key = ledger.state_key(b"demo:c-%d" % chance.randrange(KEYS))
            records.append(Record(len(records), 0, key, stamp + chance.randbytes(VALUE_BYTES)))
        marker = ledger.encode_marker(Marker(epoch=1, next=reached))
        records.append(Record(len(records), 0, MARKER_KEY, marker))
    return records


def measure(store: Store, records: Sequence[Record]) -> float:
    """Return records a second of one recovery from nothing."""
    started = perf_counter()
    recovery = Recovery(store, "bench", 0, horizon=records[-1].offset + 1)
    for start in range(0, len(records), READ_RECORDS):
        recovery.feed(records[start : start + READ_RECORDS])
    seconds = perf_counter() - started
    assert recovery.marker is not None, "the last record is a marker"
    return len(records) / seconds


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m ops.bench.recovery", description=__doc__)
    parser.add_argument("--entries", type=int, default=500_000, help="changelog entries (500000)")
    asked = parser.parse_args(argv)
    records = changelog(asked.entries)
    print(f"{len(records):,} entries of {VALUE_BYTES} bytes over {KEYS:,} keys, one core")
    memory = MemoryStore()
    print(f"memory   {measure(memory, records):>10,.0f} records/s")
    with tempfile.TemporaryDirectory(prefix="recovery-") as folder:
        rocks = RocksStore(Path(folder) / "store")
        print(f"rocksdb  {measure(rocks, records):>10,.0f} records/s")
        rocks.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
