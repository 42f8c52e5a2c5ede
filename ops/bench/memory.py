"""Memory of an open conversation of 12 turns, state and view rows, in the memory store."""

from __future__ import annotations

import argparse
import gc
import json
import os
from collections.abc import Sequence
from pathlib import Path

from ops.bench.processor import Logged
from processors.conversation.processor import ConversationProcessor
from schemas import codec
from schemas.records.conversation import ConversationOpened, RepresentativeAccepted, TurnSaid
from streams.runtime.ledger import Marker
from streams.runtime.step import Kernel, References
from streams.stores.memory import MemoryStore

TEXT = "thank you, the parcel came this morning but the glass of the lamp is broken on one side"


def main(argv: Sequence[str] | None = None) -> int:
    """Fill a store and divide what it took by the conversations."""
    parser = argparse.ArgumentParser(prog="python -m ops bench memory", description=__doc__)
    parser.add_argument("--conversations", type=int, default=20_000)
    parser.add_argument("--turns", type=int, default=12)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args(argv)
    processor, store = ConversationProcessor(), MemoryStore()
    kernel = Kernel(
        processor, 0, store, Marker(epoch=0, next=0), References(processor.load_reference)
    )
    _fill(kernel, store, 0, 200, arguments.turns)
    gc.collect()
    before, rows = _resident_bytes(), store.approximate_keys(0)
    _fill(kernel, store, 200, arguments.conversations, arguments.turns)
    gc.collect()
    taken = _resident_bytes() - before
    payload = sum(len(key) + len(value) for key, value in store.scan(0, b""))
    found = {
        "conversations": arguments.conversations,
        "turns": arguments.turns,
        "resident_kib_per_conversation": round(taken / arguments.conversations / 1_024, 2),
        "payload_kib_per_conversation": round(payload / (arguments.conversations + 200) / 1_024, 2),
        "rows_per_conversation": (store.approximate_keys(0) - rows) / arguments.conversations,
    }
    print(json.dumps(found, indent=2))
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2) + "\n")
    return 0


def _fill(kernel: Kernel, store: MemoryStore, first: int, count: int, turns: int) -> None:
    chunk: list[Logged] = []
    offset = kernel.marker.next

    def step() -> None:
        nonlocal chunk
        flush = kernel.step(chunk)
        store.apply(0, flush.entries.items(), 0)
        kernel.applied(flush)
        chunk = []

    for number in range(first, first + count):
        about = {"tenant": "demo", "occurred_at_ms": 1, "recorded_at_ms": 1}
        name = f"conversation-{number:08d}"
        said: list[object] = [
            ConversationOpened(**about, conversation_id=name, channel="live_chat"),
            RepresentativeAccepted(**about, conversation_id=name, representative_id="ann"),
        ]
        said += [
            TurnSaid(
                **about,
                conversation_id=name,
                turn_id=f"turn-{turn}",
                author="customer" if turn % 2 == 0 else "representative",
                text=f"{TEXT} {turn}",
            )
            for turn in range(turns)
        ]
        for record in said:
            chunk.append(Logged(offset, 1, None, codec.encode(record), []))
            offset += 1
        if len(chunk) > 900:
            step()
    if chunk:
        step()


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
