"""`cuestream explain`: from a recommendation back to the turn, with everything considered."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from streams.cli.errors import NotDoneError
from streams.cli.target import connection_options, find

if TYPE_CHECKING:
    from rich.text import Text
    from rich.tree import Tree

    from streams.api.answers import ChainLink, Explanation
    from streams.settings import Kafka

SUMMARY_MAX = 400
PIPE_WIDTH = 2_000


@click.command()
@click.argument("event_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="The explanation as JSON.")
@connection_options
def command(
    *, event_id: str, as_json: bool, bootstrap_servers: str | None, data_dir: Path | None
) -> None:
    """Show why something came to be: turn, run, candidates with scores and verdicts, card.

    ID is a recommendation's or event's id, log/partition/offset#n, or an input's without #n.
    """
    import msgspec  # noqa: PLC0415

    from streams.api.errors import ApiError  # noqa: PLC0415

    target = find(bootstrap_servers, data_dir)
    try:
        explanation = asyncio.run(explain_on(target.kafka, event_id))
    except ApiError as error:
        raise NotDoneError(str(error).removeprefix("id: ")) from error
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(explanation), indent=2, ensure_ascii=False))
        return
    from rich.console import Console  # noqa: PLC0415

    # A pipe has no width: what reads it wants whole lines.
    width = None if sys.stdout.isatty() else PIPE_WIDTH
    Console(highlight=False, width=width).print(tree_of(explanation))


async def explain_on(kafka: Kafka, event_id: str) -> Explanation:
    """Return the explanation of an id, read from the cluster.

    Raises:
        ApiError: It is no id, there is no such record, or the log cannot be read.
        NotDoneError: The id does not lead to a processor's log.
        BrokerError: The topics are not there.
    """
    from streams.api.explain import (  # noqa: PLC0415
        OUTCOME_TOPICS,
        cause_of,
        explain,
        place_of,
        reading,
    )
    from streams.broker.admin import verify_topics  # noqa: PLC0415
    from streams.topics import TOPICS  # noqa: PLC0415

    place = place_of(event_id)
    logs = [plan for plan in TOPICS if plan.name == place.log]
    if place.log not in OUTCOME_TOPICS:
        raise NotDoneError(f"{place.log} is no processor's log: nothing follows from it")
    partitions = (await asyncio.to_thread(verify_topics, kafka, logs))[place.log]
    async with reading(kafka) as reader:
        cause = await cause_of(reader, place, partitions=partitions)
        return await explain(reader, event_id, cause, partitions=partitions)


def tree_of(explanation: Explanation) -> Tree:
    """Return the explanation as a tree: the input, its outcomes, and what was considered."""
    from rich.text import Text  # noqa: PLC0415
    from rich.tree import Tree  # noqa: PLC0415

    from streams.client.lines import clipped  # noqa: PLC0415

    first, *outcomes = explanation.chain
    tree = Tree(_label(first))
    for link in outcomes:
        branch = tree.add(_label(link))
        for candidate in (link.record or {}).get("candidates", ()):
            words = ", ".join(candidate["key_phrases"])
            line = Text(f"{candidate['score']:.2f} ", style="bold")
            shown = candidate["verdict"] in {"shown", "refreshed"}
            line.append(candidate["verdict"], style="green" if shown else "yellow")
            line.append(f"  {clipped(candidate['item_id'])} {clipped(candidate['title'])}")
            if words:
                line.append(f"  ({clipped(words)})", style="dim")
            branch.add(line)
        for name in ("index_version", "reference_digest", "settings_digest"):
            value = (link.record or {}).get(name)
            if value:
                branch.add(Text(f"{name.replace('_', ' ')}  {value}", style="dim"))
    if not outcomes:
        tree.add(Text("nothing was derived from it", style="dim"))
    return tree


def _label(link: ChainLink) -> Text:
    from rich.text import Text  # noqa: PLC0415

    from streams.client.lines import clipped  # noqa: PLC0415

    style = {"input": "cyan", "event": "green"}.get(link.kind, "red")
    when = datetime.fromtimestamp(link.at_ms / 1_000, UTC).strftime("%H:%M:%S.%f")[:-3]
    label = Text(f"{link.type.rpartition('.')[2] or 'unreadable'} ", style=style)
    label.append(f"{clipped(link.summary, SUMMARY_MAX)}\n")
    label.append(
        f"{clipped(link.id)}  at {when} UTC  {link.topic}[{link.partition}]@{link.offset}",
        style="dim",
    )
    return label
