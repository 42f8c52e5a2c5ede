"""Replay of an archive without a broker, held against plain fastavro reading of the same files.

A day of dialogues is archived as a worker's log is (deflated Avro container files), then read back
by fastavro alone, which does nothing with the rows, and replayed by the conversation processor:
without references (the rules alone), and with articles (retrieval in it). CPU time of one process,
the run's own files included. `--archive FOLDER` takes an archive of your own.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import fastavro

from ops.bench.stage import stamped
from ops.chaos import ARTICLES, dialogues
from processors.conversation.processor import ConversationProcessor
from schemas import catalogue, codec
from schemas.records.control import ReferenceArtefact, ReferenceChanged
from streams.app import calm_collector
from streams.archive.container import ArchivedRecord
from streams.archive.reading import Archive
from streams.archive.writing import PartitionWriter
from streams.replay.logs import artefacts
from streams.replay.runs import RunWriter
from streams.replay.window import Window
from streams.topics import REFERENCE

LOG = ConversationProcessor.log
START_MS = 1_767_258_000_000
ROUNDS = 3


def main(argv: Sequence[str] | None = None) -> int:
    """Measure reading, replaying, and replaying with articles."""
    parser = argparse.ArgumentParser(prog="python -m ops bench replay", description=__doc__)
    parser.add_argument("--conversations", type=int, default=6_000)
    parser.add_argument("--archive", type=Path, help="an archive with the conversation log")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args(argv)
    calm_collector()
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        if arguments.archive is not None:
            found["given"] = _measured(arguments.archive, folder / "given")
        else:
            log = _log(arguments.conversations)
            for name, content in (("rules_alone", None), ("with_articles", ARTICLES.read_bytes())):
                rate = _write(folder / name / "archive", log, content)
                measured = _measured(folder / name / "archive", folder / name)
                found[name] = {"archived_records_per_cpu_second": rate} | measured
    print(json.dumps(found, indent=2))
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2) + "\n")
    return 0


def _log(conversations: int) -> list[ArchivedRecord]:
    """Return dialogues as a log holds them, from offset 1 on."""
    log = []
    for index, record in enumerate(stamped(conversations), start=1):
        headers = codec.headers(record, id=f"bench/{index}", source="/bench")
        value, key = codec.encode(record), catalogue.key_of(record)
        at_ms = START_MS + index * 50
        log.append(ArchivedRecord(index, at_ms, key, value, tuple(headers)))
    return log


def _write(archive: Path, log: Sequence[ArchivedRecord], content: bytes | None) -> int:
    """Archive a log, articles announced first if there are any; return records a CPU second."""
    first = []
    if content is not None:
        digest = hashlib.sha256(content).hexdigest()
        common: dict[str, Any] = {"tenant": dialogues.TENANT, "occurred_at_ms": START_MS}
        common |= {"reference": "assist.articles", "digest": digest}
        artefact = codec.encode(ReferenceArtefact(**common, content=content))
        changed = codec.encode(ReferenceChanged(**common))
        first = [ArchivedRecord(0, START_MS, None, changed)]
        writer = PartitionWriter(archive / REFERENCE / "0", REFERENCE, 0)
        writer.append(ArchivedRecord(0, START_MS, digest.encode(), artefact))
        writer.close()
    started = time.process_time()
    writer = PartitionWriter(archive / LOG / "0", LOG, 0)
    for each in (*first, *log):
        writer.append(each)
    writer.close()
    return round(len(log) / (time.process_time() - started))


def _measured(archive: Path, runs: Path) -> dict[str, float]:
    records, read_s = min((_read(archive) for _ in range(ROUNDS)), key=lambda pair: pair[1])
    replay_s = min(_replay(archive, runs, f"round-{number}") for number in range(ROUNDS))
    size = sum(path.stat().st_size for path in (archive / LOG).rglob("*.avro"))
    return {
        "records": records,
        "bytes_per_record": round(size / records, 1),
        "fastavro_read_records_per_cpu_second": round(records / read_s),
        "replay_records_per_cpu_second": round(records / replay_s),
        "replay_over_plain_reading": round(read_s / replay_s, 3),
    }


def _read(archive: Path) -> tuple[int, float]:
    """Read every row with fastavro; return how many there are and the CPU seconds it took."""
    started, records = time.process_time(), 0
    for path in sorted((archive / LOG).rglob("*.avro")):
        with path.open("rb") as file:
            for _ in fastavro.reader(file):
                records += 1
    return records, time.process_time() - started


def _replay(folder: Path, runs: Path, name: str) -> float:
    """Replay the conversation log into a run; return the CPU seconds it took."""
    started = time.process_time()
    archive = Archive(folder)
    with RunWriter(runs, name, source=str(folder), window=Window()) as writer:
        writer.drive(ConversationProcessor(), archive, contents=artefacts(archive))
        writer.finish()
    return time.process_time() - started
