"""Our worker on the turnstats job, as the benchmark starts it: one process, signals end it."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from ops.bench.turnstats import TurnStats
from streams.app import Job, WorkerApp, job_topics, run_until_stopped
from streams.broker.admin import ensure_topics
from streams.settings import Kafka, Settings, Worker
from streams.telemetry import logs
from streams.telemetry.metrics import Metrics
from streams.topics import TopicPlan


async def _run(arguments: argparse.Namespace) -> int:
    processor = TurnStats(log=arguments.log, output=arguments.output)
    settings = Settings(
        kafka=Kafka(bootstrap_servers=arguments.bootstrap_servers),
        worker=Worker(data_dir=Path(arguments.data_dir), store=arguments.store),
    )
    output = TopicPlan(
        name=arguments.output, role="derived", key="conversation", says="Output.",
        partitions_of=arguments.log,
    )  # fmt: skip
    topics = job_topics(processor, [output])
    await asyncio.to_thread(ensure_topics, settings.kafka, topics)
    app = WorkerApp(settings, Job(processors=(processor,), topics=topics), Metrics())
    await app.check()
    await app.start()
    return await run_until_stopped(app, on_ready=lambda _: print("ready", flush=True))


def main() -> None:
    """Run until SIGTERM."""
    parser = argparse.ArgumentParser()
    for name in ("--bootstrap-servers", "--log", "--output", "--data-dir"):
        parser.add_argument(name, required=True)
    parser.add_argument("--store", default="rocksdb", choices=("rocksdb", "memory"))

    logs.configure()
    sys.exit(asyncio.run(_run(parser.parse_args())))


if __name__ == "__main__":
    main()
