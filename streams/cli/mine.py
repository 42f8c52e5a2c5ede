"""`cuestream mine`: past conversations to a library of what customers want."""

from __future__ import annotations

import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import click

from streams.cli.encoder_options import encoder_options
from streams.cli.replay import InstantType

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from processors.intents.library import LibraryContent
    from processors.miner.history import HistoryTurn
    from processors.miner.mined import Mined
    from streams.archive.reading import Archive
    from streams.intents.choosing import EncoderName
    from streams.mining.log_run import Bounds
    from streams.mining.naming import Endpoint, Naming
    from streams.mining.reading import Turns

LINE_EVERY_S = 5.0
BAR_EVERY_S = 0.1
BAD_SHOWN = 20
FIRST_RUN_LAST = 1_000
NAMINGS = "namings.jsonl"


class Source(Protocol):
    """Turns that are read once; `ids` are those of what was read, in order."""

    ids: list[str]

    def __iter__(self) -> Iterator[HistoryTurn]:
        """Yield the turns."""


@click.command()
@click.option(
    "--input",
    "file",
    type=click.Path(path_type=Path),
    help="Turns, one JSON object a line.",
)
@click.option(
    "--archive",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Instead: conversations in an archive, see cuestream archive.",
)
@click.option("--since", type=InstantType(), help="Of an archive: what began then or later.")
@click.option("--until", type=InstantType(), help="Of an archive: what began before.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
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
    "--report", type=click.Path(path_type=Path), metavar="FILE", help="An HTML page to look at."
)
@click.option(
    "--tenant",
    default="demo",
    show_default=True,
    help="Whose library; part of the ids. Of an archive: whose conversations.",
)
@click.option(
    "--simulate",
    type=click.IntRange(min=1),
    metavar="N",
    help="Mine the last N lines only (of an archive: N conversations) and print a table; no "
    "library is written.",
)
@click.option(
    "--min-conversations",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="A new intent needs so many conversations.",
)
@click.option(
    "--name-with",
    "name_url",
    metavar="URL",
    help="Ask an OpenAI-compatible endpoint for names; key in CUESTREAM_NAMING_KEY.",
)
@click.option("--name-model", metavar="M", help="Model to ask for.  [default: gpt-4o-mini]")
@encoder_options
@click.option("--skip-bad", is_flag=True, help="Pass over lines that are no turn, and count them.")
def command(  # noqa: PLR0913
    *,
    file: Path | None,
    archive: Path | None,
    since: int | None,
    until: int | None,
    output: Path | None,
    granularity: Literal["low", "medium", "high"],
    library_at: Path | None,
    utterances: bool,
    from_scratch: bool,
    report: Path | None,
    tenant: str,
    simulate: int | None,
    min_conversations: int,
    name_url: str | None,
    name_model: str | None,
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
    Of an archive: one for each public turn, its id is {conversation_id}/{turn_id}.
    DIR/library.json is what cuestream detect --library DIR reads: names, examples, a trained model.

    With --name-with, redacted examples of every new intent are sent to the address. Its answers are
    kept in DIR/namings.jsonl, so that the same turns never ask twice.
    """  # noqa: D301  (click wants the backspace itself)
    from processors.miner.mined import Options  # noqa: PLC0415
    from processors.miner.mining import mine  # noqa: PLC0415
    from streams.intents.choosing import encoder_named  # noqa: PLC0415
    from streams.mining.reading import read_library  # noqa: PLC0415

    source = _one_source(file, archive, since, until, skip_bad=skip_bad)
    if output is None and simulate is None:
        raise click.UsageError("where to? Give --output DIR, or --simulate N to write no library")
    if from_scratch and library_at is None:
        raise click.UsageError("--from-scratch compares with a library; give --library DIR")
    if name_model is not None and name_url is None:
        raise click.UsageError("--name-model goes with --name-with URL")
    into = output if simulate is None else None
    kept = None
    if archive is not None:
        from streams.archive.reading import Archive  # noqa: PLC0415

        kept = Archive(archive)
    _require_places(into, report, [file, library_at], archive)
    endpoint = None if name_url is None else _endpoint(name_url, name_model)
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
    namings: tuple[Naming, ...] = ()
    with Phases() as phases:
        if kept is None:
            turns: Source = _lines(source, simulate, phases, skip_bad=skip_bad)
        else:
            from streams.mining.log_run import Bounds  # noqa: PLC0415

            turns = _logged(kept, Bounds(tenant, since, until, simulate), phases)
        mined = mine(turns, options, library=library, encoder=encoder, progress=phases)
        if endpoint is not None:
            mined, namings = _named(mined, endpoint, into, phases)
        content = None
        if into is not None:
            from processors.miner.proposal import proposed_library  # noqa: PLC0415
            from processors.miner.training import train  # noqa: PLC0415

            phases("training", 0, 1)
            proposed = proposed_library(mined, None if from_scratch else library)
            content = train(proposed, encoder=encoder).content
        _write(into, report, turns, mined, content, title=source.name)
    _say(mined, turns, source, time.monotonic() - began_s, granularity, is_archive=file is None)
    _say_named(namings)
    if simulate is not None:
        _table(mined)


def _one_source(
    file: Path | None, archive: Path | None, since: int | None, until: int | None, *, skip_bad: bool
) -> Path:
    """Return where the turns are. Raises click.UsageError."""
    if file is not None and archive is not None:
        raise click.UsageError("--input and --archive are two sources; give one of them")
    if file is not None:
        if since is not None or until is not None:
            raise click.UsageError("lines have no times: --since and --until go with --archive")
        return file
    if archive is None:
        raise click.UsageError("mine what? Give --input FILE, or --archive FOLDER")
    if skip_bad:
        raise click.UsageError("an archive has no lines: --skip-bad goes with --input")
    if since is not None and until is not None and since >= until:
        raise click.UsageError("--since is not before --until, so nothing lies between them")
    return archive


def _require_places(
    output: Path | None, report: Path | None, inputs: Sequence[Path | None], archive: Path | None
) -> None:
    """Return when the results can be written, before they are made. Raises UnwritableError."""
    from streams.mining.reading import ASSIGNMENTS, LIBRARY_FILE  # noqa: PLC0415
    from streams.mining.writing import (  # noqa: PLC0415
        require_apart,
        require_file,
        require_folder,
        require_outside,
    )

    files = [] if report is None else [report]
    turns, library = inputs
    read = [one for one in (turns, library) if one is not None]
    if library is not None:
        read.append(library / LIBRARY_FILE)
    if output is not None:
        require_folder(output)
        files += [output / ASSIGNMENTS, output / NAMINGS, output / LIBRARY_FILE]
    for path in files:
        require_file(path)
    # A library may be mined into the place it was read from: what is held on to goes on there.
    require_apart(files, [one for one in read if output is None or one != output / LIBRARY_FILE])
    if archive is not None:
        require_outside(files, archive)


def _endpoint(url: str, model: str | None) -> Endpoint:
    """Return whom to ask for names. Raises click.UsageError."""
    from pydantic import ValidationError  # noqa: PLC0415

    from streams.mining.naming import Endpoint  # noqa: PLC0415
    from streams.mining.settings import NamingSettings  # noqa: PLC0415

    if not url:
        raise click.UsageError("--name-with names no address; write http://HOST:PORT/v1")
    try:
        asked = NamingSettings(url=url) if model is None else NamingSettings(url=url, model=model)
        return Endpoint(asked)
    except ValidationError as error:
        if error.errors()[0]["loc"] == ("model",):
            raise click.UsageError("--name-model names no model") from error
        raise click.UsageError(
            f"--name-with {url!r} is no address; write http://HOST:PORT/v1"
        ) from error
    except ValueError as error:
        raise click.UsageError(f"--name-with {url!r} is no address: {error}") from error


def _lines(source: Path, last: int | None, phases: Phases, *, skip_bad: bool) -> Turns:
    from streams.mining.reading import Turns  # noqa: PLC0415

    return Turns(
        source,
        skips_bad=skip_bad,
        last=last,
        on_read=lambda done, total: phases("reading", done, total),
    )


def _logged(archive: Archive, bounds: Bounds, phases: Phases) -> Source:
    """Return the conversations of an archive. Raises ArchiveDamagedError, NoLogError."""
    from streams.mining.log_run import LoggedTurns  # noqa: PLC0415

    return LoggedTurns(
        archive,
        bounds,
        source=str(archive.folder),
        on_read=lambda done, total: phases("reading", done, total),
    )


def _named(
    mined: Mined, endpoint: Endpoint, output: Path | None, phases: Phases
) -> tuple[Mined, tuple[Naming, ...]]:
    """Return what was mined with the endpoint's names, and all it said."""
    from streams.mining.naming import NamingFile, name_intents  # noqa: PLC0415
    from streams.mining.writing import make_folder  # noqa: PLC0415

    cache = None
    if output is not None:
        make_folder(output)
        cache = NamingFile(output / NAMINGS)
    return name_intents(
        mined,
        endpoint,
        cache=cache,
        progress=lambda done, total: phases("naming", done, total),
    )


def _write(
    output: Path | None,
    report: Path | None,
    turns: Source,
    mined: Mined,
    content: LibraryContent | None,
    *,
    title: str,
) -> None:
    """Write all results, or none."""
    from streams.mining.reading import (  # noqa: PLC0415
        ASSIGNMENTS,
        LIBRARY_FILE,
        library_bytes,
        write_assignments,
    )
    from streams.mining.report import page  # noqa: PLC0415
    from streams.mining.writing import make_folder, whole  # noqa: PLC0415

    with ExitStack() as files:
        # What is opened last takes its place first: the library comes when all else is there.
        if output is not None and content is not None:
            make_folder(output)
            files.enter_context(whole(output / LIBRARY_FILE)).write(library_bytes(content))
            file = files.enter_context(whole(output / ASSIGNMENTS))
            write_assignments(file, turns.ids, mined.assigned)
        if report is not None:
            make_folder(report.parent)
            files.enter_context(whole(report)).write(page(mined, title=title).encode())


def _say(
    mined: Mined,
    turns: Source,
    source: Path,
    seconds: float,
    granularity: str,
    *,
    is_archive: bool,
) -> None:
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
    if not found:
        click.echo(_nothing(mined, source, is_archive=is_archive))
    bad: Sequence[tuple[int, str]] = getattr(turns, "bad", ())
    if bad:
        click.echo(f"{len(bad):,} lines passed over", err=True)
        for line, reason in bad[:BAD_SHOWN]:
            click.echo(f"  line {line:,}: {reason}", err=True)


def _say_named(namings: Sequence[Naming]) -> None:
    """Say how many names the endpoint gave, and why not more."""
    if not namings:
        return
    taken = sum(bool(one.label) for one in namings)
    click.echo(f"{taken:,} of {len(namings):,} new intents have a name from {namings[0].model}")
    failed = Counter(one.because for one in namings if not one.label)
    if failed:
        click.echo(f"{failed.total():,} keep the name that was mined:", err=True)
        for because, count in failed.most_common(BAD_SHOWN):
            click.echo(f"  {count:,}: {because}", err=True)


def _nothing(mined: Mined, source: Path, *, is_archive: bool) -> str:
    """Return why nothing was found, and what to do."""
    seen = mined.figures
    if not seen.turns and is_archive:
        return (
            f"{source} holds no conversation of that tenant and time, so the library is empty; "
            "see --tenant, --since and --until"
        )
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
