"""`cuestream audit`: does every table say what its log says?"""

from __future__ import annotations

from pathlib import Path

import click

from streams.cli.errors import NotDoneError
from streams.cli.target import chosen, connection_options, find


@click.command()
@click.option("--processor", help="Only this one, e.g. conversation or routing.")
@connection_options
@click.pass_context
def command(
    context: click.Context,
    *,
    processor: str | None,
    bootstrap_servers: str | None,
    data_dir: Path | None,
) -> None:
    """Hold the changelogs against their logs, at every marker.

    Workers may run meanwhile. Ends with 1 when something differs, and says where.
    """
    from streams.replay.audit import audit_kafka  # noqa: PLC0415

    target = find(bootstrap_servers, data_dir)
    reports = []
    missing = []
    for each in chosen(processor):
        found = audit_kafka(target.kafka, each)
        reports += found
        if not found:
            missing.append(f"there is no log {each.log} on this cluster")
    if not reports:
        raise NotDoneError(missing[0])
    for sentence in missing:
        click.secho(sentence, dim=True)
    for report in reports:
        differs = report.difference is not None
        click.secho(report.sentence(), fg="red" if differs else None, err=differs)
    if any(report.difference is not None for report in reports):
        context.exit(1)
