"""`cuestream replay`: the log once more, offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from streams.cli.errors import NotDoneError
from streams.cli.target import chosen, connection_options, find

if TYPE_CHECKING:
    from processors.machine import Processor
    from streams.replay.logs import KafkaLogs


@click.command()
@click.option(
    "--compare", is_flag=True, help="Hold the live tables against the replay, up to their markers."
)
@click.option("--processor", help="Only this one, e.g. conversation or routing.")
@connection_options
def command(
    *,
    compare: bool,
    processor: str | None,
    bootstrap_servers: str | None,
    data_dir: Path | None,
) -> None:
    """Fold the whole logs offline, with the kernel the workers run, and print their digests."""
    from streams.replay.logs import KafkaLogs  # noqa: PLC0415

    target = find(bootstrap_servers, data_dir)
    with KafkaLogs(target.kafka) as logs:
        found = [_replay(logs, each, compares=compare) for each in chosen(processor)]
    if not any(found):
        raise NotDoneError("there is no such log on this cluster, or nothing in it")


def _replay(logs: KafkaLogs, processor: Processor[Any], *, compares: bool) -> bool:
    """Replay one log and say what it gave; return whether there was something in it."""
    from streams.replay.driver import digest_of, live_tables, replay  # noqa: PLC0415
    from streams.replay.logs import artefacts  # noqa: PLC0415

    live = live_tables(logs, processor.name) if compares else {}
    ends = {number: marker.next for number, (marker, _) in live.items()} if compares else None
    driver = replay(processor, logs, contents=artefacts(logs), ends=ends)
    if not any(folded.records for folded in driver.partitions.values()):
        click.secho(f"{processor.name}: nothing in {processor.log}", dim=True)
        return False
    click.echo(f"{processor.name}:")
    records = sum(folded.records for folded in driver.partitions.values())
    click.echo(f"{records:,} records, {driver.records_per_second():,.0f} a second in the kernel")
    tables = {number: driver.table(number) for number in driver.partitions}
    click.echo(f"tables {digest_of(tables)}")
    if not compares:
        return True
    found = {number: table for number, (_, table) in live.items()}
    click.echo(f"live   {digest_of(found)}")
    different = [number for number in tables if tables[number] != found.get(number)]
    if different:
        named = ", ".join(map(str, different))
        raise NotDoneError(f"partitions {named} differ: `cuestream audit` says where")
    click.echo("the same, byte for byte")
    return True
