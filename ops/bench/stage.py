"""A stage for benchmarks of our own worker: a local Kafka with our topics, and worker processes."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ops.chaos import ARTICLES, dialogues
from streams.broker.admin import ensure_topics
from streams.broker.local import LocalKafka, Supplies
from streams.reference_publication import publish_reference
from streams.settings import Kafka

ROOT = Path(__file__).parents[2]


@contextlib.contextmanager
def kafka_with_topics(*, partitions: int = 4) -> Iterator[tuple[Kafka, Path]]:
    """Run a local Kafka with our topics and the demo articles; yields it and a scratch folder."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        broker = LocalKafka(data_dir=folder / "kafka", port=0, supplies=Supplies(is_quiet=True))
        with broker:
            ensure_topics(broker.kafka, partitions=partitions)
            publish_reference(
                broker.kafka, "assist.articles", ARTICLES.read_bytes(), tenant=dialogues.TENANT
            )
            yield broker.kafka, folder


class WorkerUnderTest:
    """The product's worker process, as `cuestream worker` starts it."""

    def __init__(self, kafka: Kafka, folder: Path, *, store: str = "rocksdb") -> None:
        """Start it; use as a context manager."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        environ = os.environ | {
            "CUESTREAM_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
            "CUESTREAM_WORKER__DATA_DIR": str(folder),
            "CUESTREAM_WORKER__STORE": store,
            "CUESTREAM_API__PORT": str(self.port),
            "CUESTREAM_API__PORT_IS_FIXED": "true",
        }
        self.log = folder / "worker.log"
        with self.log.open("ab") as log:
            self.started = time.monotonic()
            self.process = subprocess.Popen(
                [sys.executable, "-m", "streams.cli", "worker"],
                env=environ,
                stdout=log,
                stderr=log,
                cwd=ROOT,
            )

    def __enter__(self) -> WorkerUnderTest:
        """Return the running worker."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def await_ready(self, seconds_max: float = 60) -> float:
        """Wait until `/readyz` says so; return the seconds since the process was started."""
        while time.monotonic() - self.started < seconds_max:
            if self.process.poll() is not None:
                raise SystemExit(f"the worker ended: {self.log.read_text()[-2_000:]}")
            if self._is_ready():
                return time.monotonic() - self.started
            time.sleep(0.02)
        raise SystemExit(f"the worker was not ready within {seconds_max} s")

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
        with (
            contextlib.closing(connection),
            contextlib.suppress(OSError, http.client.HTTPException),
        ):
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            answer.read()
            return answer.status == 200
        return False

    def cpu_seconds(self) -> float:
        """Return user and system time it has used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mib(self) -> float:
        """Return its resident memory, MiB."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def stamped(conversations: int, seed: int = 1) -> list[msgspec.Struct]:
    """Return dialogues, mixed, as records with times."""
    talks = dialogues.records(conversations, seed)
    return [
        msgspec.structs.replace(record, occurred_at_ms=at_ms, recorded_at_ms=at_ms)
        for at_ms, record in dialogues.interleaved(talks, seed)
    ]
