"""`cuestream routing`: check, publish and show what a tenant has set up for routing."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from streams.cli.content import read_content
from streams.cli.errors import NotDoneError
from streams.cli.target import connection_options, find
from streams.reference_publication import (
    ACKNOWLEDGEMENT_S,
    publish_reference,
    published_reference,
)

if TYPE_CHECKING:
    from processors.routing.setup import Setup
    from streams.settings import Kafka

REFERENCE_NAME = "routing.setup"
"""As `processors.routing.setup.SETUP`; named here so that `--help` need not load it."""


@click.group(name="routing", help="Publish what routing goes by: queues, people, rules.")
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
    """Check FILE (JSON), make it the version that counts, and look at all that waits again.

    Prints the digest of the version.
    """
    from processors.routing.setup_changes import check_change  # noqa: PLC0415
    from processors.routing.setup_loading import load_setup  # noqa: PLC0415

    content = read_content(file)
    setup = load_setup(content)
    target = find(bootstrap_servers, data_dir)
    before = published_reference(target.kafka, REFERENCE_NAME, tenant=tenant)
    if before is not None:
        check_change(load_setup(before.content), setup)
    publish_setup(target.kafka, content, tenant=tenant, label=label or file.name)
    click.echo(setup.digest)


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
def check(*, file: Path) -> None:
    """Say what FILE (JSON) sets up, or the first thing that is wrong with it; publish nothing."""
    from processors.routing.setup_loading import load_setup  # noqa: PLC0415

    for line in summary(load_setup(read_content(file))):
        click.echo(line)


@command.command()
@click.option("--tenant", default="demo", show_default=True, help="Whose it is.")
@click.option("--content", "as_content", is_flag=True, help="Print the published file itself.")
@connection_options
def show(
    *, tenant: str, as_content: bool, bootstrap_servers: str | None, data_dir: Path | None
) -> None:
    """Say what the version that was published last sets up."""
    from processors.routing.setup_loading import load_setup  # noqa: PLC0415

    target = find(bootstrap_servers, data_dir)
    artefact = published_reference(target.kafka, REFERENCE_NAME, tenant=tenant)
    if artefact is None:
        raise NotDoneError(
            f"{tenant}: no routing setup was published; do it with cuestream routing publish FILE"
        )
    if as_content:
        click.echo(artefact.content.decode(), nl=False)
        return
    click.echo(f"version {artefact.digest}")
    for line in summary(load_setup(artefact.content)):
        click.echo(line)


def publish_setup(
    kafka: Kafka | str, content: bytes, *, tenant: str, label: str | None = None
) -> str:
    """Publish a version, then ask routing to look at its pool again; return the digest.

    Routing reads both from one partition of its log, so it looks with the new version.

    Raises:
        InvalidReferenceError: The content does not say what it must; nothing was written.
        ClientError: Kafka did not take it.
    """
    from schemas.records.routing import ReviewPool  # noqa: PLC0415
    from streams.client import Producer  # noqa: PLC0415

    digest = publish_reference(kafka, REFERENCE_NAME, content, tenant=tenant, label=label)
    review = ReviewPool(
        tenant=tenant,
        occurred_at_ms=time.time_ns() // 1_000_000,
        because=f"routing setup {label or digest} was published",
    )
    with Producer(kafka, source="/cli/publish") as producer:
        producer.send(review).result(timeout=ACKNOWLEDGEMENT_S)
    return digest


def summary(setup: Setup) -> list[str]:
    """Return what a setup holds, a line each."""
    people = sum(not one.is_bot for one in setup.representatives.values())
    lines = [
        f"{len(setup.workstreams)} workstreams, {len(setup.queues)} queues with the default ones, "
        f"{people} representatives, {len(setup.skills)} skills"
    ]
    for one in setup.workstreams.values():
        bot = f", bot {one.bot_id} first" if one.bot_id else ""
        lines.append(
            f"workstream {one.id}: {one.kind}, {one.mode}{bot}, {len(one.rulesets)} rulesets, "
            f"{len(one.routes)} routes, else {one.fallback_queue}"
        )
    for queue in setup.queues.values():
        hours = setup.hours[queue.hours_id].name if queue.hours_id else "always open"
        lines.append(
            f"queue {queue.id}: {queue.kind}, {len(queue.members)} members, "
            f"{queue.method.replace('_', ' ')}, {hours}"
        )
    lines.append(f"time zone data {setup.time_zone_data}")
    return lines
