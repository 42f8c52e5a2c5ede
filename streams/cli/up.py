"""`cuestream up`: everything on this machine."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from streams.cli.target import connection_options, settings_of

if TYPE_CHECKING:
    from streams.cli.options import DemoOptions, Store, UpOptions

F = TypeVar("F", bound=Callable[..., Any])

PORT = click.IntRange(0, 65_535)


def up_options(function: F) -> F:
    """Add what `up` and `demo` have in common."""

    @click.option("--port", type=PORT, help="Of console and API.  [default: 8420, or the next]")
    @click.option("--broker-port", type=PORT, help="Of Kafka.  [default: 19092, or the next]")
    @click.option("--partitions", type=click.IntRange(1, 1_000), help="Of new logs.  [default: 4]")
    @click.option("--store", type=click.Choice(["rocksdb", "memory"]), help="Where state is kept.")
    @click.option("--no-open", is_flag=True, help="Do not open the console in a browser.")
    @click.option("--plain", is_flag=True, help="Plain lines, as in a pipe.")
    @click.option(
        "--workers",
        type=click.IntRange(1, 16),
        default=1,
        show_default=True,
        metavar="N",
        help="Worker processes.",
    )
    @connection_options
    @functools.wraps(function)
    def verb(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return verb  # type: ignore[return-value]  # click's decorators do not keep the type


@click.command()
@up_options
def command(**given: Any) -> None:
    """Run everything on this machine: Kafka, worker, query API, console. Ctrl-C stops it all.

    Data is kept in the data folder between runs. For development: it listens on loopback only.
    """
    run(options_from(**given))


def options_from(  # noqa: PLR0913
    *,
    port: int | None,
    broker_port: int | None,
    partitions: int | None,
    store: Store | None,
    no_open: bool,
    plain: bool,
    workers: int,
    bootstrap_servers: str | None,
    data_dir: Path | None,
    demo: DemoOptions | None = None,
) -> UpOptions:
    """Return the options of a run.

    Raises:
        UsageError: Options that contradict each other.
        NotDoneError: The settings are wrong.
    """
    from streams.cli.options import UpOptions  # noqa: PLC0415

    settings = settings_of(bootstrap_servers=bootstrap_servers, data_dir=data_dir)
    if bootstrap_servers is not None and broker_port is not None:
        raise click.UsageError(
            "--broker-port is for the local Kafka; leave out --bootstrap-servers."
        )
    if store is not None:
        worker = settings.worker.model_copy(update={"store": store})
        settings = settings.model_copy(update={"worker": worker})
    if port is not None:
        api = settings.api.model_copy(update={"port": port, "port_is_fixed": True})
        settings = settings.model_copy(update={"api": api})
    names_cluster = "bootstrap_servers" in settings.kafka.model_fields_set
    return UpOptions(
        settings=settings,
        port=port,
        broker_port=broker_port,
        is_own_kafka=bootstrap_servers is None and not names_cluster,
        partitions=partitions,
        workers=workers,
        opens_browser=not no_open,
        is_plain=plain or not sys.stdout.isatty(),
        demo=demo,
    )


def run(options: UpOptions) -> None:
    """Run until it is stopped; end the process with its exit code."""
    from streams.app import run_up  # noqa: PLC0415

    sys.exit(run_up(options))
