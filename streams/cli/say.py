"""`cuestream say`: one turn, from the terminal."""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import Literal

import click

from streams.cli.errors import NotDoneError
from streams.cli.target import connection_options, find

ACKNOWLEDGEMENT_S = 15.0


@click.command()
@click.argument("conversation_id")
@click.argument("text", nargs=-1, required=True)
@click.option(
    "--as",
    "author",
    type=click.Choice(["customer", "representative", "bot"]),
    default="customer",
    show_default=True,
    help="Who speaks.",
)
@click.option("--channel", help="Channel of the turn, when the conversation is new.")
@click.option("--private", is_flag=True, help="An internal note; the customer never sees it.")
@click.option("--tenant", default="demo", show_default=True, help="Whose conversation it is.")
@click.option("--turn-id", help="Say the same turn again by its id.  [default: a new one]")
@connection_options
def command(  # noqa: PLR0913
    *,
    conversation_id: str,
    text: tuple[str, ...],
    author: Literal["customer", "representative", "bot"],
    channel: str | None,
    private: bool,
    tenant: str,
    turn_id: str | None,
    bootstrap_servers: str | None,
    data_dir: Path | None,
) -> None:
    """Say TEXT in a conversation, as the customer unless told otherwise.

    Prints where the turn stands in the log, after Kafka has taken it.
    """
    from schemas.records.conversation import TurnSaid  # noqa: PLC0415
    from streams.client import Producer  # noqa: PLC0415

    said = " ".join(text).strip()
    if not said:
        raise NotDoneError("there is nothing to say: the text is empty")
    target = find(bootstrap_servers, data_dir)
    turn = TurnSaid(
        tenant=tenant,
        occurred_at_ms=time.time_ns() // 1_000_000,
        conversation_id=conversation_id,
        turn_id=turn_id or f"say-{uuid.uuid4().hex[:12]}",
        author=author,
        text=said,
        visibility="private" if private else "public",
        channel=channel,
    )
    with Producer(target.kafka, source="/cli/say") as producer:
        receipt = producer.send(turn).result(timeout=ACKNOWLEDGEMENT_S)
    click.echo(f"{receipt.topic}/{receipt.partition}/{receipt.offset}")
