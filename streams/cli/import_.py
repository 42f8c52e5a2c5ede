"""`cuestream import`: conversations from files into the log."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import click

from streams.cli.errors import NotDoneError
from streams.cli.target import connection_options, find

PASSED_OVER_SHOWN = 20


class RateType(click.ParamType):
    """Turns a second: `200` or `200/s`."""

    name = "N/s"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the rate."""
        try:
            rate = float(str(value).removesuffix("/s"))
        except ValueError:
            rate = 0.0
        if not 0 < rate < float("inf"):
            self.fail(f"{value!r} is no rate; write for example 200/s", param, ctx)
        return rate


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option(
    "--format",
    "data_format",
    type=click.Choice(["auto", "sgd", "jsonl", "multidogo", "abcd"]),
    default="auto",
    show_default=True,
    help="Schema-Guided Dialogue or ABCD JSON, a table of MultiDoGO, or one JSON object a line.",
)
@click.option("--tenant", default="demo", show_default=True, help="Whose data it becomes.")
@click.option("--rate", type=RateType(), help="At most so many turns a second.")
@click.option(
    "--accept/--no-accept",
    default=True,
    show_default=True,
    help="Let a representative accept after the first customer turn, so that recommendations run.",
)
@click.option(
    "--end/--no-end",
    "is_ended",
    default=None,
    help="End each conversation after its last turn.  [default: dialogues yes, lines no]",
)
@click.option(
    "--system-is",
    type=click.Choice(["representative", "bot"]),
    default="representative",
    show_default=True,
    help="Who SYSTEM is in a dialogue; with bot nobody accepts.",
)
@click.option("--representative", default="ann", show_default=True, help="Who accepts.")
@click.option("--channel", default="live_chat", show_default=True, help="When the data says none.")
@click.option("--limit", type=click.IntRange(min=1), help="Only the first so many conversations.")
@click.option("--skip-bad", is_flag=True, help="Pass over what cannot be read, and count it.")
@connection_options
def command(  # noqa: PLR0913
    *,
    files: tuple[Path, ...],
    data_format: Literal["auto", "sgd", "jsonl", "multidogo", "abcd"],
    tenant: str,
    rate: float | None,
    accept: bool,
    is_ended: bool | None,
    system_is: Literal["representative", "bot"],
    representative: str,
    channel: str,
    limit: int | None,
    skip_bad: bool,
    bootstrap_servers: str | None,
    data_dir: Path | None,
) -> None:
    """Bring conversations from files into the conversation log.

    The files are read and checked before anything is written. Ids follow from the content, so
    importing the same file twice adds nothing the second time.

    \b
    The plain format has one turn a line:
      {"conversation_id": "c-1", "author": "customer", "text": "hello"}
    author is customer, representative, bot or system. Also taken: turn_id, at (RFC 3339 or epoch
    ms), author_id, author_name, visibility, text_format, channel, locale, customer_id,
    customer_name, reply_to.
    """  # noqa: D301  (click wants the backspace itself)
    from streams.adapters.files import Reading  # noqa: PLC0415
    from streams.adapters.importing import BadLinesError, check, write  # noqa: PLC0415
    from streams.cli.progress import Progress  # noqa: PLC0415
    from streams.client import Limits, Producer  # noqa: PLC0415

    reading = Reading(
        tenant=tenant,
        system_is=system_is,
        is_accepted=accept,
        is_ended=is_ended,
        representative_id=representative,
        channel=channel,
    )
    try:
        plan = check(
            files,
            reading,
            data_format=data_format,
            conversations_max=limit,
            skips_bad=skip_bad,
        )
    except BadLinesError as error:
        raise NotDoneError(f"{error}\nNothing was written. --skip-bad leaves these out.") from error
    if not plan.turns:
        raise NotDoneError("there is no turn to import")
    target = find(bootstrap_servers, data_dir)
    with (
        Producer(target.kafka, limits=Limits(linger_ms=20)) as producer,
        Progress(plan.turns, doing="importing", unit="turns") as progress,
    ):
        done = write(producer, plan, rate=rate, on_turn=progress.advance_to)
    seconds = progress.seconds
    skipped = f"; {len(plan.bad):,} passed over" if plan.bad else ""
    click.echo(
        f"imported {done:,} turns of {plan.conversations:,} conversations in {seconds:.1f} s "
        f"({done / seconds:,.0f} turns/s){skipped}"
    )
    for where, because in plan.bad[:PASSED_OVER_SHOWN]:
        click.echo(f"  passed over {where}: {because}", err=True)
    if len(plan.bad) > PASSED_OVER_SHOWN:
        click.echo(f"  … and {len(plan.bad) - PASSED_OVER_SHOWN:,} more", err=True)
