"""`cuestream articles publish`: the knowledge articles that are searched."""

from __future__ import annotations

from pathlib import Path

import click

from streams.cli.reference_publication import publish_reference, read_content
from streams.cli.target import connection_options, find

REFERENCE = "assist.articles"


@click.group(name="articles")
def command() -> None:
    """Publish the knowledge articles to search."""


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--tenant", default="demo", show_default=True, help="Whose articles they are.")
@click.option("--label", help="Name for this version.  [default: the file's name]")
@connection_options
def publish(
    *,
    file: Path,
    tenant: str,
    label: str | None,
    bootstrap_servers: str | None,
    data_dir: Path | None,
) -> None:
    """Check FILE (JSON, {"articles": [...]}) and make it the version that counts from now on.

    Prints the digest of the version.
    """
    content = read_content(file)
    target = find(bootstrap_servers, data_dir)
    digest = publish_reference(
        target.kafka, REFERENCE, content, tenant=tenant, label=label or file.name
    )
    click.echo(digest)
