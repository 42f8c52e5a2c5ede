"""`cuestream worker`: one worker against a Kafka that is there."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from streams.cli.target import connection_options, settings_of


@click.command()
@click.option("--host", help="Where the query API listens.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65_535), help="Its port.  [default: 8420]")
@click.option("--advertised-url", help="How other workers reach this one's query API.")
@click.option("--store", type=click.Choice(["rocksdb", "memory"]), help="Where state is kept.")
@connection_options
def command(
    *,
    host: str | None,
    port: int | None,
    advertised_url: str | None,
    store: str | None,
    bootstrap_servers: str | None,
    data_dir: Path | None,
) -> None:
    """Run one worker: processors, tables, query API, console.

    Kafka must be there with its topics (`cuestream topics apply`). Everything else is set by
    CUESTREAM_… variables or cuestream.toml. Start as many workers as there are partitions.
    """
    settings = settings_of(bootstrap_servers=bootstrap_servers, data_dir=data_dir)
    given = {"host": host, "port": port, "advertised_url": advertised_url}
    api = {name: value for name, value in given.items() if value is not None}
    changes = {"api": settings.api.model_copy(update=api)}
    if store is not None:
        settings = settings.model_copy(
            update={"worker": settings.worker.model_copy(update={"store": store})}
        )
    from streams.app import run_worker  # noqa: PLC0415

    sys.exit(run_worker(settings.model_copy(update=changes)))
