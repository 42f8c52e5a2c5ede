"""`cuestream replay`: past logs once more, offline, into a run of its own."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from streams.cli.errors import NotDoneError
from streams.cli.target import chosen, connection_options, find, settings_of

if TYPE_CHECKING:
    from processors.machine import Processor
    from streams.cli.target import Target
    from streams.replay.comparing import Comparison
    from streams.replay.logs import KafkaLogs, Logs
    from streams.replay.runs import ProcessorRun, Run
    from streams.runtime.ledger import Marker

LIVE = "live"
Tables = dict[int, tuple["Marker", dict[bytes, bytes]]]


class InstantType(click.ParamType):
    """A moment: `2026-11-21`, `2026-11-21T10:00:00Z`, or milliseconds since 1970."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return epoch milliseconds."""
        text = str(value)
        if text.isascii() and text.isdigit():
            return int(text)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            self.fail(
                f"{text!r} is no time; write 2026-11-21, 2026-11-21T10:00:00Z or epoch ms",
                param,
                ctx,
            )
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000)


def as_run_name(_: click.Context, __: click.Parameter, name: str | None) -> str | None:
    """Return the name, when a folder can have it."""
    if name is not None and (not name or name.startswith(".") or {"/", "\\", "\0"} & set(name)):
        raise click.BadParameter(f"{name!r} is no name for a run: letters, digits, - and _ are")
    if name == LIVE:
        raise click.BadParameter("a run cannot be named live: --compare live means the live tables")
    return name


@click.command()
@click.option(
    "--archive",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Read the logs from an archive; no broker is needed.  [default: from Kafka]",
)
@click.option("--since", type=InstantType(), help="Keep what follows from records since then.")
@click.option("--until", type=InstantType(), help="Stop at the first record of then or later.")
@click.option("--tenant", help="Only this tenant's inputs.")
@click.option("--processor", help="Only this one, e.g. conversation or routing.")
@click.option(
    "--cold",
    is_flag=True,
    help="Begin with empty tables at --since instead of folding what came before.",
)
@click.option(
    "--run", "name", callback=as_run_name, help="Name of the run.  [default: the time now]"
)
@click.option(
    "--compare",
    is_flag=False,
    flag_value=LIVE,
    metavar="live|RUN",
    help="List what differs from the live topics and tables, or from another run.",
)
@connection_options
def command(  # noqa: PLR0913
    *,
    archive: Path | None,
    since: int | None,
    until: int | None,
    tenant: str | None,
    processor: str | None,
    cold: bool,
    name: str | None,
    compare: str | None,
    bootstrap_servers: str | None,
    data_dir: Path | None,
) -> None:
    """Drive processors through past logs, with the kernel the workers run.

    Live topics are only read. Tables, derived events and digests go into a run of their own,
    runs/NAME in the data folder; the same logs always give the same digest.

    With --compare it lists what is missing, extra or different, by id and field, and ends with 1
    when something is.
    """
    from streams.replay.runs import RUNS, RunWriter, open_run, require_free  # noqa: PLC0415
    from streams.replay.window import Window  # noqa: PLC0415

    if cold and since is None:
        raise click.UsageError("--cold goes with --since")
    target = None
    if archive is None or compare == LIVE:
        target = find(bootstrap_servers, data_dir)
    settings = target.settings if target else settings_of(data_dir=data_dir)
    folder = settings.worker.data_dir / RUNS
    name = name or datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%S.%f")
    require_free(folder, name)
    other = None if compare in {None, LIVE} else open_run(folder, str(compare))
    window = Window(since_ms=since, until_ms=until, tenant=tenant, is_cold=cold)
    processors = chosen(processor)
    with _calm_collector(), _sources(archive, target) as (logs, live):
        source = str(archive) if archive is not None else settings.kafka.bootstrap_servers
        tables = {each.name: _live_tables(live, each) for each in processors if compare == LIVE}
        with RunWriter(folder, name, source=source, window=window) as writer:
            ends = {of: _ends(found) for of, found in tables.items()} if compare == LIVE else None
            for each in processors:
                _drive(writer, each, logs, ends)
            run = writer.finish()
        if not any(each.records for each in run.summary.processors):
            raise NotDoneError("there is no such log here, or nothing in it")
        click.echo(f"run {name}: {run.summary.digest}")
        click.secho(f"in {run.folder}", dim=True)
        if compare is None:
            return
        found = [_compared(run, each, live, tables, other) for each in processors]
    _conclude(found, compare)


@contextmanager
def _calm_collector() -> Iterator[None]:
    """Keep the cyclic collector from walking all imported code: records hold no cycles."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@contextmanager
def _sources(archive: Path | None, target: Target | None) -> Iterator[tuple[Logs, Any]]:
    """Open where logs are read, and the live topics; None when those are not asked for."""
    from streams.archive.reading import Archive  # noqa: PLC0415
    from streams.replay.logs import KafkaLogs  # noqa: PLC0415

    logs = None if archive is None else Archive(archive)
    if target is None:
        assert logs is not None, "without a cluster there is an archive"
        yield logs, None
        return
    with KafkaLogs(target.kafka) as live:
        yield logs or live, live


def _live_tables(live: KafkaLogs | None, processor: Processor[Any]) -> Tables:
    from streams.replay.driver import live_tables  # noqa: PLC0415

    return {} if live is None else live_tables(live, processor.name)


def _ends(tables: Tables) -> dict[int, int]:
    return {number: marker.next for number, (marker, _) in tables.items()}


def _drive(
    writer: Any, processor: Processor[Any], logs: Logs, ends: dict[str, dict[int, int]] | None
) -> None:
    """Fold one log into the run, and say what it gave."""
    from streams.cli.progress import Progress  # noqa: PLC0415
    from streams.replay.logs import artefacts  # noqa: PLC0415

    stops = None if ends is None else ends[processor.name]
    spans = logs.spans(processor.log)
    total = sum(
        max(0, (end if stops is None else min(end, stops.get(number, begin))) - begin)
        for number, (begin, end) in spans.items()
    )
    with Progress(total, doing=processor.name, unit="records") as progress:
        found: ProcessorRun = writer.drive(
            processor,
            logs,
            contents=artefacts(logs),
            ends=stops,
            on_records=progress.advance,
        )
    if not found.records:
        click.secho(f"{processor.name}: nothing in {processor.log}", dim=True)
        return
    click.echo(f"{processor.name}:")
    rate = found.records / max(found.seconds, 1e-3)
    click.echo(f"{found.records:,} records, {rate:,.0f} a second in the kernel")
    click.echo(f"tables {found.tables_digest} ({found.rows:,} rows)")
    for topic, count in found.events.items():
        click.echo(f"       {count:,} into {topic}")
    if found.quarantined or found.rejected:
        click.echo(f"       {found.quarantined:,} quarantined, {found.rejected:,} refused")


def _compared(
    run: Run, processor: Processor[Any], live: Any, tables: dict[str, Tables], other: Run | None
) -> Comparison:
    from streams.replay.comparing import compare_live, compare_runs  # noqa: PLC0415

    if other is not None:
        return compare_runs(run, other, processor.name)
    return compare_live(run, processor, live, tables[processor.name])


def _conclude(found: list[Comparison], with_what: str) -> None:
    """Say what differs. Raises NotDoneError when something does."""
    for comparison in found:
        for difference in comparison.shown:
            click.echo(difference.sentence())
        for note in comparison.notes:
            click.secho(note, dim=True)
    events, rows = sum(each.events for each in found), sum(each.rows for each in found)
    gone = sum(each.gone for each in found)
    if gone:
        click.secho(f"{gone:,} events are no longer in the live topics", dim=True)
    counts = [
        f"{count:,} {kind} in {where}"
        for comparison in found
        for (where, kind), count in sorted(comparison.counts.items())
    ]
    held = f"{events:,} events and {rows:,} rows held against {with_what}"
    if counts:
        raise NotDoneError(f"{held}: {'; '.join(counts)}")
    click.echo(f"{held}: the same, byte for byte")
