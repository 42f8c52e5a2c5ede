"""`cuestream archive`: logs into files, exact to the byte, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from streams.cli.errors import NotDoneError
from streams.cli.target import common_options, connection_options, find

if TYPE_CHECKING:
    from streams.archive.container import ArchivedRecord
    from streams.archive.reading import Archive
    from streams.replay.logs import Logs

Folder = click.Path(path_type=Path, file_okay=False)


@click.group()
def command() -> None:
    """Keep logs in files: Avro object container files by topic, partition and day.

    Every record keeps offset, timestamp, key, value and headers, exactly. Any Avro tool reads the
    files; `cuestream replay --archive` and mining read them without a broker.
    """


@command.command()
@click.argument("folder", type=Folder)
@click.option(
    "--topic",
    "topics",
    multiple=True,
    metavar="NAME",
    help="Only this one; may be given again.  [default: every processor's log]",
)
@click.option("--all", "takes_all", is_flag=True, help="Derived and control topics too.")
@click.option(
    "--reference/--no-reference",
    default=True,
    show_default=True,
    help="Articles, settings and libraries too: a replay needs them.",
)
@click.option(
    "--codec",
    type=click.Choice(["deflate", "null"]),
    default="deflate",
    show_default=True,
    help="How new files are compressed.",
)
@click.option("--with-gap", is_flag=True, help="Go on although the log no longer holds all of it.")
@connection_options
def create(  # noqa: PLR0913
    *,
    folder: Path,
    topics: tuple[str, ...],
    takes_all: bool,
    reference: bool,
    codec: Literal["deflate", "null"],
    with_gap: bool,
    bootstrap_servers: str | None,
    data_dir: Path | None,
) -> None:
    """Write topics into FOLDER, from where it ends to where the logs end now.

    Run it again whenever you like, e.g. every night: it goes on. When it is killed, the next run
    mends what was torn.
    """
    from streams.archive.writing import archive_topic, writing  # noqa: PLC0415
    from streams.cli.progress import Progress  # noqa: PLC0415
    from streams.replay.logs import KafkaLogs  # noqa: PLC0415

    target = find(bootstrap_servers, data_dir)
    with writing(folder), KafkaLogs(target.kafka) as logs:
        chosen = _chosen(logs, topics, takes_all=takes_all, with_reference=reference)
        for topic in chosen:
            with Progress(_missing(logs, topic, folder), doing=topic, unit="records") as progress:
                done = archive_topic(
                    logs,
                    topic,
                    folder,
                    codec=codec,
                    is_gap_taken=with_gap,
                    on_records=progress.advance,
                )
            added, held = sum(each.added for each in done), sum(each.records for each in done)
            rate = f", {added / progress.seconds:,.0f} a second" if added else ""
            click.echo(f"{topic}: {added:,} records added, {held:,} archived{rate}")
            for each in done:
                if each.mended:
                    where = f"{topic}[{each.partition}]"
                    click.secho(f"{where}: mended: {each.mended}", dim=True, err=True)


@command.command()
@click.argument("folder", type=Folder)
@click.option("--topic", "topics", multiple=True, metavar="NAME", help="Only this one.")
@click.option("--into", metavar="NAME", help="The topic to restore into, with one --topic.")
@click.option(
    "--new-offsets", is_flag=True, help="Restore although offsets will not be what they were."
)
@connection_options
def restore(
    *,
    folder: Path,
    topics: tuple[str, ...],
    into: str | None,
    new_offsets: bool,
    bootstrap_servers: str | None,
    data_dir: Path | None,
) -> None:
    """Write the archive in FOLDER into empty topics: order, keys, headers, timestamps as they were.

    The topics must exist. When it was interrupted, run it again: it goes on, and nothing is there
    twice.
    """
    from streams.archive.reading import Archive  # noqa: PLC0415
    from streams.archive.restoring import KafkaSink, restore_topic  # noqa: PLC0415
    from streams.cli.progress import Progress  # noqa: PLC0415

    if into is not None and len(topics) != 1:
        raise click.UsageError("--into goes with exactly one --topic")
    archive = Archive(folder)
    target = find(bootstrap_servers, data_dir)
    with KafkaSink(target.kafka) as sink:
        for topic in topics or archive.topics():
            total = sum(each.records for each in archive.surveys(topic).values())
            with Progress(total, doing=topic, unit="records") as progress:
                done = restore_topic(
                    archive,
                    topic,
                    sink,
                    into=into,
                    takes_new_offsets=new_offsets,
                    on_records=progress.advance,
                )
            added, held = sum(each.added for each in done), sum(each.records for each in done)
            changed = [str(each.partition) for each in done if each.has_new_offsets]
            new = f"; offsets are new in partitions {', '.join(changed)}" if changed else ""
            click.echo(f"{into or topic}: {added:,} records restored, {held:,} there{new}")


@command.command()
@click.argument("folder", type=Folder)
@click.option("--topic", metavar="NAME", help="Only this one.")
@common_options
@click.pass_context
def verify(context: click.Context, *, folder: Path, topic: str | None) -> None:
    """Read every byte of the archive in FOLDER and say what is wrong with it.

    Ends with 1 when something is.
    """
    from streams.archive.verifying import verify as verified  # noqa: PLC0415

    is_right = True
    for found in verified(folder, topic):
        is_right = is_right and not found.faults
        colour = "red" if found.faults else None
        click.secho(found.sentence(), fg=colour, err=bool(found.faults))
    if not is_right:
        context.exit(1)


@command.command()
@click.argument("folder", type=Folder)
@click.argument("topic", required=False)
@click.option("--partition", type=click.IntRange(min=0), help="Only this one.")
@click.option("--start", type=click.IntRange(min=0), default=0, help="From this offset on.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many records.")
@common_options
def show(
    *, folder: Path, topic: str | None, partition: int | None, start: int, limit: int | None
) -> None:
    """Show what is in FOLDER, or the records of TOPIC, a JSON object a line."""
    from streams.archive.reading import Archive  # noqa: PLC0415

    archive = Archive(folder)
    if topic is None:
        for name in archive.topics():
            _overview(archive, name)
        return
    spans = archive.spans(topic)
    if not spans or (partition is not None and partition not in spans):
        what = topic if not spans else f"partition {partition} of {topic}"
        raise NotDoneError(f"there is no {what} in {folder}")
    left = -1 if limit is None else limit
    for number, (begin, end) in spans.items():
        if partition is not None and number != partition:
            continue
        for run in archive.read(topic, number, max(begin, start), end):
            for record in run:
                if left == 0:
                    return
                left -= 1
                click.echo(_line(number, record))


def _chosen(
    logs: Logs, topics: tuple[str, ...], *, takes_all: bool, with_reference: bool
) -> list[str]:
    """Return the topics to archive. Raises NotDoneError when one that was named is not there."""
    from streams.topics import REFERENCE, TOPICS  # noqa: PLC0415

    for topic in topics:
        if not logs.spans(topic):
            raise NotDoneError(f"there is no topic {topic} on this cluster")
    wanted = list(topics)
    if not topics:
        roles = {"log", "derived", "control"} if takes_all else {"log"}
        wanted = [plan.name for plan in TOPICS if plan.role in roles and logs.spans(plan.name)]
    if with_reference and REFERENCE not in wanted and logs.spans(REFERENCE):
        wanted.append(REFERENCE)
    if not wanted:
        raise NotDoneError("there is no log on this cluster")
    return wanted


def _missing(logs: Logs, topic: str, folder: Path) -> int:
    """Return about how many records are still to be archived, for the bar."""
    from streams.archive import layout  # noqa: PLC0415

    total = 0
    for partition, (begin, end) in logs.spans(topic).items():
        manifest = layout.read_manifest(folder / topic / str(partition))
        total += max(0, end - max(begin, manifest.next if manifest else 0))
    return total


def _overview(archive: Archive, topic: str) -> None:
    for number, found in archive.surveys(topic).items():
        size = sum(entry.bytes for entry in found.files)
        names = sorted(entry.name.removesuffix(".avro") for entry in found.files)
        days = f"{names[0]} to {names[-1]}" if len(names) > 1 else "".join(names)
        about = f"offsets {found.begin} to {found.next - 1}, {days}" if found.records else "empty"
        click.echo(f"{topic}[{number}]: {found.records:,} records, {size:,} bytes, {about}")


def _line(partition: int, record: ArchivedRecord) -> str:
    """Return a record for people and programs: one line of JSON."""
    import json  # noqa: PLC0415

    from schemas import catalogue, codec  # noqa: PLC0415
    from schemas.errors import UndecodableError  # noqa: PLC0415

    about: dict[str, object] = {
        "partition": partition,
        "offset": record.offset,
        "timestamp_ms": record.timestamp,
        "key": None if record.key is None else record.key.decode(errors="replace"),
        "headers": [
            [n, None if v is None else v.decode(errors="replace")] for n, v in record.headers
        ],
    }
    try:
        decoded = codec.decode(record.value)  # type: ignore[arg-type]  # None is undecodable, too
        about["type"] = type(decoded).FULL_NAME
        about["record"] = catalogue.to_json(decoded)
    except UndecodableError as error:
        about["undecodable"] = str(error)
        about["value"] = None if record.value is None else record.value.hex()
    return json.dumps(about)
