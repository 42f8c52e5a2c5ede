"""`cuestream topics`: the Kafka topics, compared with their plans, created, or as Strimzi files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from streams.cli.errors import NotDoneError
from streams.cli.target import common_options, connection_options, find

if TYPE_CHECKING:
    from streams.topics import TopicPlan


@click.group(name="topics")
def command() -> None:
    """Compare, create and export the Kafka topics."""


@command.command()
@click.option("--partitions", type=click.IntRange(1, 10_000), help="Wanted for logs.")
@connection_options
def plan(*, partitions: int | None, bootstrap_servers: str | None, data_dir: Path | None) -> None:
    """Show what `apply` would do; change nothing.

    Exit code 1 when a topic is there and is not as it must be.
    """
    from streams.broker.admin import verify_topics  # noqa: PLC0415
    from streams.broker.errors import (  # noqa: PLC0415
        TopicMismatchError,
        TopicMissingError,
        TopicRefusedError,
    )
    from streams.topics import TOPICS  # noqa: PLC0415

    target = find(bootstrap_servers, data_dir)
    wrong = missing = 0
    for topic in TOPICS:
        try:
            count = verify_topics(target.kafka, [topic], partitions=partitions)[topic.name]
            line, colour = f"  = {topic.name:<36} {count:>4} partitions  {topic.says}", None
        except TopicMissingError:
            missing += 1
            line, colour = f"  + {topic.name:<36} {'':>15}  {topic.says}", "green"
        except (TopicMismatchError, TopicRefusedError) as error:
            wrong += 1
            line, colour = f"  ! {error}", "red"
        click.secho(line, fg=colour)
    click.echo(f"{len(TOPICS) - missing - wrong} as planned, {missing} missing, {wrong} wrong")
    if wrong:
        raise NotDoneError("a topic is not as it must be; see above")


@command.command()
@click.option(
    "--partitions",
    type=click.IntRange(1, 10_000),
    help="Of every log.  [default: 4 for new topics, what is there for others]",
)
@click.option(
    "--replication", type=click.IntRange(1, 10), default=1, show_default=True, help="Copies."
)
@connection_options
def apply(
    *,
    partitions: int | None,
    replication: int,
    bootstrap_servers: str | None,
    data_dir: Path | None,
) -> None:
    """Create the topics that are missing. What is there is never altered."""
    from streams.broker.admin import ensure_topics  # noqa: PLC0415

    target = find(bootstrap_servers, data_dir)
    created = ensure_topics(target.kafka, partitions=partitions, replication=replication)
    for name in created:
        click.echo(f"created {name}")
    if not created:
        click.echo("nothing to do: every topic is there and as planned")


@command.command()
@click.option("--cluster", default="kafka", show_default=True, help="Name of the Kafka resource.")
@click.option("--namespace", help="Kubernetes namespace.")
@click.option(
    "--partitions",
    type=click.IntRange(1, 10_000),
    default=4,
    show_default=True,
    help="Of every topic.",
)
@click.option(
    "--replicas", type=click.IntRange(1, 10), default=3, show_default=True, help="Copies."
)
@common_options
def strimzi(*, cluster: str, namespace: str | None, partitions: int, replicas: int) -> None:
    """Print KafkaTopic resources for the Strimzi operator (kafka.strimzi.io/v1)."""
    from streams.topics import TOPICS  # noqa: PLC0415

    for topic in TOPICS:
        for line in _resource(
            topic, cluster=cluster, namespace=namespace, partitions=partitions, replicas=replicas
        ):
            click.echo(line)


def _resource(
    topic: TopicPlan, *, cluster: str, namespace: str | None, partitions: int, replicas: int
) -> Iterator[str]:
    """Yield one YAML document; every text is quoted as JSON, which YAML takes as it is."""
    yield "---"
    yield "apiVersion: kafka.strimzi.io/v1"
    yield "kind: KafkaTopic"
    yield "metadata:"
    yield f"  name: {json.dumps(topic.name)}"
    if namespace:
        yield f"  namespace: {json.dumps(namespace)}"
    yield "  labels:"
    yield f"    strimzi.io/cluster: {json.dumps(cluster)}"
    yield "  annotations:"
    yield f"    description: {json.dumps(topic.says)}"
    yield "spec:"
    yield f"  topicName: {json.dumps(topic.name)}"
    yield f"  partitions: {partitions}"
    yield f"  replicas: {replicas}"
    yield "  config:"
    settings: Mapping[str, str] = topic.settings()
    for name, value in sorted(settings.items()):
        yield f"    {name}: {json.dumps(value)}"
