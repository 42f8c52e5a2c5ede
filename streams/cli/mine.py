"""`cuestream mine`: past conversations to a library of what customers want."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from streams.cli.encoder_options import encoder_options
from streams.cli.errors import NotDoneError

if TYPE_CHECKING:
    from processors.intents.encoder import Encoder
    from processors.intents.library import LibraryContent
    from processors.miner.mined import Mined
    from streams.intents.choosing import EncoderName
    from streams.mining.reading import Turns

LINE_EVERY_S = 5.0
BAR_EVERY_S = 0.1
BAD_SHOWN = 20
FIRST_RUN_LAST = 1_000


@click.command()
@click.option(
    "--input",
    "source",
    type=click.Path(path_type=Path),
    required=True,
    help="Turns, one JSON object a line.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for assignments.jsonl and library.json.",
)
@click.option(
    "--granularity",
    type=click.Choice(["low", "medium", "high"]),
    default="medium",
    show_default=True,
    help="Fewer, larger intents, or more, smaller ones.",
)
@click.option(
    "--library",
    "library_at",
    type=click.Path(path_type=Path),
    help="A library to hold on to: its intents keep their ids, only the rest is mined.",
)
@click.option(
    "--utterances", is_flag=True, help="Every line is a wish; none is left without intent."
)
@click.option(
    "--from-scratch",
    is_flag=True,
    help="With --library: hold on to nothing, and say what would become of its intents.",
)
@click.option(
    "--report", type=click.Path(path_type=Path, dir_okay=False), help="An HTML page to look at."
)
@click.option("--tenant", default="demo", show_default=True, help="Whose library; part of the ids.")
@click.option(
    "--simulate",
    type=click.IntRange(min=1),
    metavar="N",
    help="Mine the last N lines only and print a table; no library is written.",
)
@click.option(
    "--min-conversations",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="A new intent needs so many conversations.",
)
@encoder_options
@click.option("--skip-bad", is_flag=True, help="Pass over lines that are no turn, and count them.")
def command(  # noqa: PLR0913
    *,
    source: Path,
    output: Path | None,
    granularity: Literal["low", "medium", "high"],
    library_at: Path | None,
    utterances: bool,
    from_scratch: bool,
    report: Path | None,
    tenant: str,
    simulate: int | None,
    min_conversations: int,
    encoder_name: EncoderName,
    embeddings: Path | None,
    skip_bad: bool,
) -> None:
    """Mine a library of what customers want from past conversations.

    The same turns give the same library, in any order. No Kafka is needed.

    \b
    A line of the input:
      {"id": "t-1", "conversation_id": "c-1", "role": "customer", "text": "where is my order"}
    role is customer (the default), representative, bot or system; without conversation_id it is a
    bare utterance (see --utterances).

    \b
    A line of DIR/assignments.jsonl, one for each line of the input, in its order:
      {"id": "t-1", "intent": "…", "sub_intent": "…"}      ids; null where there is none
    DIR/library.json is what cuestream detect --library DIR reads: names, examples, a trained model.
    """  # noqa: D301  (click wants the backspace itself)
    from processors.miner.mined import Options  # noqa: PLC0415
    from processors.miner.mining import mine  # noqa: PLC0415
    from streams.intents.choosing import encoder_named  # noqa: PLC0415
    from streams.mining.reading import Turns, read_library  # noqa: PLC0415

    if output is None and simulate is None:
        raise click.UsageError("where to? Give --output DIR, or --simulate N to write no library")
    if from_scratch and library_at is None:
        raise click.UsageError("--from-scratch compares with a library; give --library DIR")
    library = read_library(library_at) if library_at is not None else None
    encoder = encoder_named(encoder_name, embeddings)
    options = Options(
        tenant=tenant,
        granularity=granularity,
        takes_all=utterances,
        conversations_min=min_conversations,
        is_from_scratch=from_scratch,
    )
    began_s = time.monotonic()
    with Phases() as phases:
        turns = Turns(
            source,
            skips_bad=skip_bad,
            last=simulate,
            on_read=lambda done, total: phases("reading", done, total),
        )
        mined = mine(turns, options, library=library, encoder=encoder, progress=phases)
        if output is not None and simulate is None:
            _write(output, turns, mined, None if from_scratch else library, encoder, phases)
        if report is not None:
            _report(report, mined, source)
    _say(mined, turns, source, time.monotonic() - began_s, granularity)
    if simulate is not None:
        _table(mined)


def _write(
    output: Path,
    turns: Turns,
    mined: Mined,
    library: LibraryContent | None,
    encoder: Encoder | None,
    phases: Phases,
) -> None:
    from processors.miner.proposal import proposed_library  # noqa: PLC0415
    from processors.miner.training import train  # noqa: PLC0415
    from streams.mining.reading import (  # noqa: PLC0415
        ASSIGNMENTS,
        LIBRARY_FILE,
        write_assignments,
        write_library,
    )

    try:
        output.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise NotDoneError(f"{output}: this is a file; --output names a folder") from error
    write_assignments(output / ASSIGNMENTS, turns.ids, mined.assigned)
    phases("training", 0, 1)
    write_library(
        output / LIBRARY_FILE, train(proposed_library(mined, library), encoder=encoder).content
    )


def _report(path: Path, mined: Mined, source: Path) -> None:
    from streams.mining.report import page  # noqa: PLC0415

    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(mined, title=source.name), encoding="utf-8")


def _say(mined: Mined, turns: Turns, source: Path, seconds: float, granularity: str) -> None:
    seen = mined.figures
    click.echo(
        f"{seen.turns:,} turns, {seen.customer_turns:,} of customers, {seen.bearing:,} with a wish "
        f"({seen.distinct:,} different) in {seconds:.1f} s"
    )
    found = [one for one in mined.intents if one.count]
    new = sum(one.change == "new" for one in found)
    anchored = f", {new:,} of them new" if new < len(mined.intents) else ""
    click.echo(
        f"{len(found):,} intents{anchored}, {seen.clusters:,} sub-intents, "
        f"granularity {granularity}"
    )
    if len(turns.ids) > seen.turns:
        click.echo(f"{len(turns.ids) - seen.turns:,} lines repeat an id; each id counts once")
    if seen.small:
        click.echo(f"{seen.small:,} turns have no intent: too few say the like")
    because = _nothing(mined, source)
    if because and not found:
        click.echo(because)
    if turns.bad:
        click.echo(f"{len(turns.bad):,} lines passed over", err=True)
        for line, reason in turns.bad[:BAD_SHOWN]:
            click.echo(f"  line {line:,}: {reason}", err=True)


def _nothing(mined: Mined, source: Path) -> str:
    """Return why nothing was found, and what to do."""
    seen = mined.figures
    if not seen.turns:
        return f"{source} holds no turn, so the library is empty"
    if not seen.customer_turns:
        return "no turn is a customer's, so the library is empty; role says who spoke"
    if not seen.bearing:
        return (
            "no customer turn carries a wish (greetings and bare answers do not; only English is "
            "known), so the library is empty; --utterances takes every turn"
        )
    return "nothing was said often enough, so the library is empty; see --min-conversations"


def _table(mined: Mined) -> None:
    click.echo("")
    click.echo("intent\tchange\tturns\tconversations\tsub-intents\tgroup\tmost typical")
    for one in mined.intents:
        typical = one.examples[0].text if one.examples else ""
        cells = (
            one.name,
            one.change,
            f"{one.count}",
            f"{one.conversations}",
            f"{len(one.sub_intents)}",
            one.group_name,
            typical,
        )
        click.echo("\t".join(" ".join(_shown(cell).split()) for cell in cells))


def _shown(text: str) -> str:
    """Return text of customers without what a terminal would obey."""
    return "".join(char if char.isprintable() else " " for char in text)


class Phases:
    """Progress of work in phases: a bar on a terminal, a line now and then in a pipe."""

    def __init__(self) -> None:
        self._phase = ""
        self._bar: Any = None
        self._task: Any = None
        self._began_s = self._next_s = time.monotonic()

    def __enter__(self) -> Phases:
        """Show the bar, on a terminal."""
        if sys.stderr.isatty():
            from rich.console import Console  # noqa: PLC0415
            from rich.progress import (  # noqa: PLC0415
                BarColumn,
                Progress,
                TaskProgressColumn,
                TextColumn,
                TimeRemainingColumn,
            )

            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TaskProgressColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._bar.start()
        self._next_s = time.monotonic() + (0 if self._bar else LINE_EVERY_S)
        return self

    def __exit__(self, *_: object) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, phase: str, done: int, total: int) -> None:
        """Show how far the phase is."""
        now_s = time.monotonic()
        is_new = phase != self._phase
        if is_new:
            self._phase, self._began_s = phase, now_s
        rate = done / max(now_s - self._began_s, 1e-6)
        if self._bar is not None:
            if is_new or now_s >= self._next_s:
                self._draw(phase, done, total, rate, is_new=is_new)
                self._next_s = now_s + BAR_EVERY_S
        elif now_s >= self._next_s:
            self._next_s = now_s + LINE_EVERY_S
            left = f", {(total - done) / rate:,.0f} s left" if 0 < done < total else ""
            pace = f", {rate:,.0f}/s{left}" if done else ""
            click.echo(f"{phase}: {done:,} of {total:,}{pace}", err=True)

    def _draw(self, phase: str, done: int, total: int, rate: float, *, is_new: bool) -> None:
        if is_new:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task(phase, total=total, rate="")
        pace = f"{rate:,.0f}/s" if done else ""
        self._bar.update(self._task, completed=done, total=total, rate=pace)
