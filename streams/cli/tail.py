"""`cuestream tail`: what happens, a line each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import click

from streams.cli.target import connection_options, find

STYLES: dict[str, dict[str, Any]] = {
    "turn": {},
    "card": {"fg": "green", "bold": True},
    "change": {"fg": "cyan"},
    "quiet": {"dim": True},
    "trouble": {"fg": "red"},
}


@click.command()
@click.argument("topics", nargs=-1, metavar="[TOPIC]…")
@click.option(
    "--from",
    "start",
    type=click.Choice(["earliest", "latest"]),
    default="latest",
    show_default=True,
    help="Begin with what is there, or with what comes.",
)
@click.option("--conversation", metavar="ID", help="Only this conversation.")
@click.option("--tenant", help="Only this tenant.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--once", is_flag=True, help="Stop at the end of what is there.")
@connection_options
def command(  # noqa: PLR0913
    *,
    topics: tuple[str, ...],
    start: Literal["earliest", "latest"],
    conversation: str | None,
    tenant: str | None,
    as_json: bool,
    once: bool,
    bootstrap_servers: str | None,
    data_dir: Path | None,
) -> None:
    """Show what is written to topics, as it is written.

    Without TOPIC: turns and recommendations. Ctrl-C stops it.
    """
    from streams.client import Follower, Received  # noqa: PLC0415
    from streams.client.lines import clipped, line_of  # noqa: PLC0415
    from streams.topics import (  # noqa: PLC0415
        CONVERSATION_LOG,
        RECOMMENDATIONS,
        ROUTING_DECISIONS,
    )

    target = find(bootstrap_servers, data_dir)
    with Follower(
        target.kafka,
        topics or (CONVERSATION_LOG, RECOMMENDATIONS, ROUTING_DECISIONS),
        start=start,
        tenant=tenant,
        conversation_id=conversation,
        stop_at_end=once,
    ) as follower:
        for item in follower:
            if as_json:
                click.echo(json.dumps(_plain(item, is_record=isinstance(item, Received))))
                continue
            line = line_of(item)
            text = line.plain()
            if isinstance(item, Received) and item.event.sequence is not None:
                # What was derived can be explained; this is the id to ask with.
                text = f"{text}  {clipped(item.event.id)}"
            click.secho(text, **STYLES[line.tone])
    if follower.repeats and not as_json:
        click.echo(f"({follower.repeats:,} repeats left out)", err=True)


def _plain(item: Any, *, is_record: bool) -> dict[str, Any]:
    """Return what was received as plain JSON values; bytes are base64."""
    import msgspec  # noqa: PLC0415

    from schemas import catalogue  # noqa: PLC0415

    where = {"topic": item.topic, "partition": item.partition, "offset": item.offset}
    if not is_record:
        unreadable: dict[str, Any] = msgspec.to_builtins(item)
        return unreadable
    event = item.event
    return where | {
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "time_ms": event.time_ms,
        "sequence": event.sequence,
        "record": catalogue.to_json(item.record),
    }
