"""`cuestream import`: conversations from files into the log."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from streams.cli.errors import NotDoneError
from streams.cli.target import connection_options, find

if TYPE_CHECKING:
    from streams.adapters.files import Bad, Entry, Format, Reading
    from streams.client import Producer

LINE_EVERY_S = 5.0


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


@dataclass(slots=True)
class Plan:
    """What the check of the files found: the formats, how much there is, and what is bad."""

    files: list[tuple[Path, Format]]
    conversations: int = 0
    turns: int = 0
    bad: list[tuple[str, str]] = field(default_factory=list)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option(
    "--format",
    "data_format",
    type=click.Choice(["auto", "sgd", "jsonl"]),
    default="auto",
    show_default=True,
    help="Schema-Guided Dialogue JSON, or one JSON object a line.",
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
    data_format: Literal["auto", "sgd", "jsonl"],
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
    """
    from streams.adapters.errors import BadLinesError  # noqa: PLC0415
    from streams.adapters.files import Reading  # noqa: PLC0415
    from streams.client import Limits, Producer  # noqa: PLC0415

    reading = Reading(
        tenant=tenant,
        system_is=system_is,
        is_accepted=accept,
        is_ended=is_ended,
        representative_id=representative,
        channel=channel,
    )
    plan = _check(files, data_format, reading, limit)
    if plan.bad and not skip_bad:
        error = BadLinesError(bad=plan.bad)
        raise NotDoneError(f"{error}\nNothing was written. --skip-bad leaves these out.")
    if not plan.turns:
        raise NotDoneError("there is no turn to import")
    target = find(bootstrap_servers, data_dir)
    with Producer(target.kafka, limits=Limits(linger_ms=20)) as producer:
        started_s = time.monotonic()
        done = _write(producer, plan, reading, limit=limit, rate=rate)
        producer.flush()
    seconds = max(time.monotonic() - started_s, 1e-6)
    skipped = f"; {len(plan.bad):,} passed over" if plan.bad else ""
    click.echo(
        f"imported {done:,} turns of {plan.conversations:,} conversations in {seconds:.1f} s "
        f"({done / seconds:,.0f} turns/s){skipped}"
    )
    for where, because in plan.bad[:20]:
        click.echo(f"  passed over {where}: {because}", err=True)


def _check(
    files: tuple[Path, ...],
    data_format: Literal["auto", "sgd", "jsonl"],
    reading: Reading,
    limit: int | None,
) -> Plan:
    """Read everything once, so that a fault on the last line is known before the first is written.

    Raises:
        UnreadableFileError: A file as a whole cannot be used.
    """
    from schemas.errors import InvalidRecordError  # noqa: PLC0415
    from streams.adapters.files import Bad, detect  # noqa: PLC0415
    from streams.client.bounds import require_bounds  # noqa: PLC0415

    plan = Plan(files=[])
    for path in files:
        found = detect(path)
        plan.files.append((path, found if data_format == "auto" else data_format))
    for item in _within(plan, reading, limit):
        if isinstance(item, Bad):
            plan.bad.append((item.where, item.because))
            continue
        try:
            require_bounds(item.record)
        except InvalidRecordError as error:
            plan.bad.append((item.where, str(error)))
            continue
        plan.turns += item.is_turn
        plan.conversations += item.first
    return plan


def _within(plan: Plan, reading: Reading, limit: int | None) -> Iterator[Entry | Bad]:
    """Yield what the files hold; with a limit, only what belongs to the first conversations."""
    from streams.adapters.files import Entry, read  # noqa: PLC0415

    entries = itertools.chain.from_iterable(
        read(path, data_format, reading) for path, data_format in plan.files
    )
    if limit is None:
        yield from entries
        return
    wanted: set[str] = set()
    for item in entries:
        if isinstance(item, Entry):
            if item.first and len(wanted) < limit:
                wanted.add(item.record.conversation_id)
            if item.record.conversation_id not in wanted:
                continue
        yield item


def _write(
    producer: Producer, plan: Plan, reading: Reading, *, limit: int | None, rate: float | None
) -> int:
    """Write what the plan counted and return the number of turns."""
    import msgspec  # noqa: PLC0415

    from schemas.errors import InvalidRecordError  # noqa: PLC0415
    from streams.adapters.files import Bad  # noqa: PLC0415

    done = 0
    with Progress(plan.turns) as progress:
        started_s = time.monotonic()
        for item in _within(plan, reading, limit):
            if isinstance(item, Bad):
                continue
            record = item.record
            if record.occurred_at_ms == 0:
                record = msgspec.structs.replace(record, occurred_at_ms=time.time_ns() // 1_000_000)
            try:
                producer.send(record, id=item.id, source=item.source)
            except InvalidRecordError:
                continue  # the check has counted it among the bad
            if item.is_turn:
                done += 1
                progress.advance_to(done)
                if rate is not None:
                    time.sleep(max(0.0, started_s + done / rate - time.monotonic()))
    return done


class Progress:
    """A bar on a terminal, a line now and then in a pipe."""

    def __init__(self, turns: int) -> None:
        self._turns = turns
        self._next_line_s = time.monotonic() + LINE_EVERY_S
        self._bar: Any = None

    def __enter__(self) -> Progress:
        """Show the bar, on a terminal."""
        if sys.stderr.isatty():
            from rich.console import Console  # noqa: PLC0415
            from rich.progress import (  # noqa: PLC0415
                BarColumn,
                MofNCompleteColumn,
                Progress as Bar,
                TextColumn,
                TimeRemainingColumn,
            )

            self._bar = Bar(
                TextColumn("importing"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("turns"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._bar.add_task("turns", total=self._turns)
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()

    def advance_to(self, done: int) -> None:
        """Show that `done` turns are done."""
        if self._bar is not None:
            self._bar.update(0, completed=done)
        elif time.monotonic() >= self._next_line_s:
            self._next_line_s = time.monotonic() + LINE_EVERY_S
            click.echo(f"{done:,} of {self._turns:,} turns", err=True)
