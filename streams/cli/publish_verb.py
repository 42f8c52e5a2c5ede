"""`cuestream articles publish` and `cuestream settings publish`: one verb, two references."""

from __future__ import annotations

from pathlib import Path

import click

from streams.cli.content import read_content
from streams.cli.target import connection_options, find
from streams.reference_publication import publish_reference


def publishing(name: str, reference: str, *, what: str) -> click.Group:
    """Return the verb group that publishes versions of a reference.

    Args:
        name: The verb.
        reference: What it publishes, e.g. `assist.articles`.
        what: What that is, for `--help`.
    """

    @click.group(name=name, help=f"Publish {what}.")
    def command() -> None:
        """Only groups."""

    @command.command()
    @click.argument("file", type=click.Path(path_type=Path))
    @click.option("--tenant", default="demo", show_default=True, help="Whose it is.")
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
        """Check FILE (JSON) and make it the version that counts from now on.

        Prints the digest of the version.
        """
        content = read_content(file)
        target = find(bootstrap_servers, data_dir)
        digest = publish_reference(
            target.kafka, reference, content, tenant=tenant, label=label or file.name
        )
        click.echo(digest)

    return command
