"""A worker for the storm: the main job, without the query API, ended by signals only."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from streams.api.appending import ProducerAppender
from streams.api.gateway import Gateway
from streams.app import WorkerApp, main_job, run_until_stopped
from streams.hubs.service import HubService
from streams.settings import Kafka, Settings, Worker
from streams.telemetry import logs
from streams.telemetry.metrics import Metrics


async def _run(arguments: argparse.Namespace) -> int:
    settings = Settings(
        kafka=Kafka(bootstrap_servers=arguments.bootstrap_servers),
        worker=Worker(
            data_dir=Path(arguments.data_dir),
            store=arguments.store,
            session_ms=arguments.session_ms,
            chunk_records_max=arguments.chunk,
            batch_bytes_max=arguments.batch_bytes,
        ),
    )
    app = WorkerApp(settings, main_job(), Metrics())
    app.url = arguments.url
    await app.check()
    appender = ProducerAppender(settings.kafka)
    hubs = HubService(
        settings.hubs,
        app.tables(),
        appender,
        Gateway(appender, app.metrics),
        app.metrics,
        data_dir=settings.worker.data_dir,
    )
    await app.start()
    hubs.start()
    try:
        return await run_until_stopped(
            app, on_ready=lambda _: print("ready", flush=True), before_stop=hubs.stop
        )
    finally:
        await appender.close()


def main() -> None:
    """Run until a signal."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bootstrap-servers", required=True)
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--url", default="http://127.0.0.1:1")
    parser.add_argument("--store", default="rocksdb", choices=("rocksdb", "memory"))
    parser.add_argument("--session-ms", type=int, default=1_500)
    parser.add_argument("--chunk", type=int, default=50)
    parser.add_argument("--batch-bytes", type=int, default=900_000)

    logs.configure()
    sys.exit(asyncio.run(_run(parser.parse_args())))


if __name__ == "__main__":
    main()
