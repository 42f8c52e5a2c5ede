"""`cuestream asyncapi`: the document that describes all topics."""

from __future__ import annotations

import json
from pathlib import Path

import click

from streams.cli.target import common_options


@click.command()
@click.option("--bootstrap-servers", metavar="HOST:PORT", help="Name this cluster in the document.")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to a file instead of standard output.",
)
@common_options
def command(*, bootstrap_servers: str | None, output: Path | None) -> None:
    """Print the AsyncAPI 3.1 document of all topics: channels, messages, Avro schemas, bindings."""
    from streams.asyncapi import document  # noqa: PLC0415

    text = json.dumps(document(bootstrap_servers=bootstrap_servers), indent=2, ensure_ascii=False)
    if output is None:
        click.echo(text)
    else:
        output.write_text(text + "\n", encoding="utf-8")
