"""What a record costs to encode and decode: avro-python3, fastavro alone and our codec.

`python -m ops bench codec [--rounds N] [--json]`. avro-python3 and our codec go from record to
single-object bytes and back; fastavro alone goes from a dictionary to the bytes and back to a
dictionary, which is what our codec builds on: the difference is what records and checks cost. All
work on the same values in the same process; rounds of the three take turns. The figure is processor
time, so that a busy machine counts less, and the median of the rounds.
"""

from __future__ import annotations

import argparse
import io
import json
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from statistics import median
from typing import Any, Final

import avro.io
import avro.schema
import fastavro
import msgspec
from rich.console import Console
from rich.table import Table

from schemas import catalogue, codec
from schemas.catalogue import Contract
from schemas.records.assist import Candidate, RecommendationIssued
from schemas.records.conversation import TurnSaid

OURS: Final = "ours"
FASTAVRO: Final = "fastavro alone"
_HEAD: Final = 10

TURN: Final = TurnSaid(
    tenant="demo",
    occurred_at_ms=1_760_000_000_000,
    recorded_at_ms=1_760_000_000_041,
    conversation_id="conversation-001234",
    turn_id="turn-000007",
    author="customer",
    author_name="Maria",
    text="My router has lost the connection since this morning and the red light is blinking.",
    channel="live_chat",
)
RECOMMENDATION: Final = RecommendationIssued(
    tenant="demo",
    occurred_at_ms=1_760_000_000_000,
    recorded_at_ms=1_760_000_000_041,
    causation_id="conversation.turns.v1/3/1234567",
    ownership_epoch=2,
    conversation_id="conversation-001234",
    recommendation_id="conversation.turns.v1/3/1234567#0",
    kind="knowledge_article",
    item_id="router-red-light",
    title="The red light on the router blinks",
    score=0.87,
    is_highly_relevant=True,
    key_phrases=("router", "red light", "connection"),
    reason="The customer speaks of the router's red light; the article explains what it means.",
    card=json.dumps({"type": "AdaptiveCard", "version": "1.5", "body": ["x" * 60] * 16}),
    trigger_turn_id="turn-000007",
    reference_digest="0" * 64,
    index_version="bm25s-0.3/1",
    candidates=tuple(
        Candidate(
            item_id=f"article-{number}",
            title="The red light on the router blinks",
            score=0.9 - number / 10,
            key_phrases=("router", "red light"),
            verdict="shown",
        )
        for number in range(5)
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one way of doing one thing costs.

    Attributes:
        what: encode or decode.
        record: Short name of the record.
        by: Who does it.
        us: Median of the rounds, microseconds per record.
        fastest_us: Fastest round.
        slowest_us: Slowest round.
        value_bytes: Size of the encoded value.
    """

    what: str
    record: str
    by: str
    us: float
    fastest_us: float
    slowest_us: float
    value_bytes: int


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; return 0."""
    parser = argparse.ArgumentParser(prog="python -m ops bench codec", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="rounds each (default 15)")
    parser.add_argument(
        "--records", type=int, default=2_000, help="records a round; avro-python3 a tenth"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args(argv)
    costs = measure(rounds=max(1, asked.rounds), records=max(20, asked.records))
    if asked.json:
        print(json.dumps({"machine": machine(), "costs": [asdict(cost) for cost in costs]}))
    else:
        Console(width=100).print(table(costs))
        print(machine())
    return 0


def measure(*, rounds: int, records: int) -> list[Cost]:
    """Return what encoding and decoding costs, by record and by who does it.

    Every way is first checked to give the same bytes and the same record.
    """
    costs = []
    for record in (TURN, RECOMMENDATION):
        value = codec.encode(record)
        contract = catalogue.of(record)
        plain = _with_lists(record)
        for what, ways in (
            ("encode", _encoders(contract, record, plain)),
            ("decode", _decoders(contract, value)),
        ):
            for by, way in ways.items():
                expected = value if what == "encode" else plain if by == FASTAVRO else record
                assert way() == expected, (what, by)
            timed = _take_turns(ways, rounds=rounds, records=records)
            costs += [
                Cost(
                    what=what,
                    record=type(record).__name__,
                    by=by,
                    us=round(median(found), 3),
                    fastest_us=round(min(found), 3),
                    slowest_us=round(max(found), 3),
                    value_bytes=len(value),
                )
                for by, found in timed.items()
            ]
    return costs


def table(costs: Sequence[Cost]) -> Table:
    """Return the table people read."""
    found = Table(title="µs per record, median of the rounds (fastest to slowest)")
    for name in ("", "record", "bytes", "by", "µs", "range", "times ours"):
        is_text = name in {"", "record", "by"}
        found.add_column(name, justify="left" if is_text else "right", no_wrap=True)
    ours = {(cost.what, cost.record): cost.us for cost in costs if cost.by == OURS}
    for cost in costs:
        found.add_row(
            cost.what,
            cost.record,
            str(cost.value_bytes),
            cost.by,
            f"{cost.us:.2f}",
            f"{cost.fastest_us:.2f} to {cost.slowest_us:.2f}",
            f"{cost.us / ours[cost.what, cost.record]:.1f}",
            end_section=cost.by == OURS,
        )
    return found


def machine() -> str:
    """Return where the figures come from, in a line."""
    versions = ", ".join(
        f"{name} {version(name)}" for name in ("avro-python3", "fastavro", "msgspec")
    )
    return f"{platform.machine()}, Python {platform.python_version()}, {versions}"


def _encoders(
    contract: Contract, record: Any, plain: dict[str, Any]
) -> dict[str, Callable[[], bytes]]:
    head = codec.MAGIC + contract.fingerprint
    theirs = avro.schema.parse(json.dumps(contract.definition))
    writer = avro.io.DatumWriter(theirs)
    parsed = fastavro.parse_schema(contract.definition)

    def by_avro_python3() -> bytes:
        out = io.BytesIO()
        out.write(head)
        writer.write(_with_lists(record), avro.io.BinaryEncoder(out))
        return out.getvalue()

    def by_fastavro() -> bytes:
        out = io.BytesIO()
        out.write(head)
        fastavro.schemaless_writer(out, parsed, plain)
        return out.getvalue()

    return {
        "avro-python3": by_avro_python3,
        FASTAVRO: by_fastavro,
        OURS: lambda: codec.encode(record),
    }


def _decoders(contract: Contract, value: bytes) -> dict[str, Callable[[], Any]]:
    theirs = avro.schema.parse(json.dumps(contract.definition))
    reader = avro.io.DatumReader(theirs)
    parsed: Any = fastavro.parse_schema(contract.definition)

    def by_avro_python3() -> Any:
        stream = io.BytesIO(value)
        stream.seek(_HEAD)
        return msgspec.convert(reader.read(avro.io.BinaryDecoder(stream)), contract.record)

    def by_fastavro() -> Any:
        stream = io.BytesIO(value)
        stream.seek(_HEAD)
        return fastavro.schemaless_reader(stream, parsed, None)

    return {
        "avro-python3": by_avro_python3,
        FASTAVRO: by_fastavro,
        OURS: lambda: codec.decode(value),
    }


def _with_lists(record: Any) -> Any:
    """Return the record as the Avro libraries give it: lists where records hold tuples."""
    found = msgspec.to_builtins(record)
    for name, value in found.items():
        if isinstance(value, tuple):
            found[name] = [
                {**item, "key_phrases": list(item["key_phrases"])}
                if isinstance(item, dict)
                else item
                for item in value
            ]
    return found


def _take_turns(
    ways: dict[str, Callable[[], Any]], *, rounds: int, records: int
) -> dict[str, list[float]]:
    """Return microseconds per record of every round, the ways taking turns."""
    found: dict[str, list[float]] = {by: [] for by in ways}
    for _ in range(rounds):
        for by, way in ways.items():
            times = max(20, records // 10) if by == "avro-python3" else records
            start = time.process_time_ns()
            for _ in range(times):
                way()
            found[by].append((time.process_time_ns() - start) / times / 1_000)
    return found
