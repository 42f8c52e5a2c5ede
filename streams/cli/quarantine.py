"""`cuestream quarantine`: inputs that could not be processed, and the way back for them."""

from __future__ import annotations

import getpass
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from streams.cli.errors import NotDoneError
from streams.cli.target import connection_options, find

if TYPE_CHECKING:
    from schemas.records.control import QuarantineResolved, RecordQuarantined
    from streams.settings import Kafka

ACKNOWLEDGEMENT_S = 15.0
RETRY_HEADER = "retry_of"


@dataclass(slots=True)
class Case:
    """A quarantined record and everything that was done about it.

    Attributes:
        record: What was quarantined; when it failed again on retry, the newest.
        partition: Partition of the quarantine topic it stands in.
        resolutions: What was done, in order.
    """

    record: RecordQuarantined
    partition: int
    resolutions: list[QuarantineResolved]

    @property
    def state(self) -> str:
        """open, retried or discarded."""
        return self.resolutions[-1].resolution if self.resolutions else "open"


@click.group(name="quarantine")
def command() -> None:
    """Look after inputs that could not be processed."""


@command.command(name="list")
@click.option("--all", "with_resolved", is_flag=True, help="Also what has been dealt with.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@connection_options
def list_(
    *, with_resolved: bool, as_json: bool, bootstrap_servers: str | None, data_dir: Path | None
) -> None:
    """List what waits in quarantine, oldest first."""
    cases = read_cases(find(bootstrap_servers, data_dir).kafka)
    shown = [case for case in cases.values() if with_resolved or case.state == "open"]
    for case in sorted(shown, key=lambda case: case.record.recorded_at_ms):
        if as_json:
            click.echo(json.dumps(_plain(case)))
        else:
            from streams.client.lines import clipped  # noqa: PLC0415

            record = case.record
            click.echo(
                f"{record.quarantine_id}  {case.state}  {record.code}  {clipped(record.because)}"
            )
    if not as_json:
        click.echo(f"{len(shown):,} shown, {len(cases):,} in all", err=True)


@command.command()
@click.argument("quarantine_id", metavar="ID")
@connection_options
def show(*, quarantine_id: str, bootstrap_servers: str | None, data_dir: Path | None) -> None:
    """Show one record in quarantine: why, the bytes, what was done. ID is log/partition/offset."""
    case = _case(read_cases(find(bootstrap_servers, data_dir).kafka), quarantine_id)
    from streams.client.lines import clipped  # noqa: PLC0415

    record = case.record
    click.echo(f"{record.quarantine_id}  {case.state}")
    click.echo(f"  processor  {record.processor}")
    click.echo(f"  code       {record.code}")
    click.echo(f"  because    {clipped(record.because, 1_000)}")
    click.echo(f"  key        {_shown(record.key)}")
    for name, data in sorted(record.headers.items()):
        click.echo(f"  header     {clipped(name)}: {_shown(data)}")
    click.echo(f"  value      {_readable(record.value)}")
    for resolution in case.resolutions:
        click.echo(f"  {resolution.resolution:<10} by {resolution.resolved_by}")
    if record.traceback:
        for line in record.traceback.rstrip().splitlines():
            click.echo("".join(character if character.isprintable() else " " for character in line))


@command.command()
@click.argument("quarantine_ids", nargs=-1, metavar="[ID]…")
@click.option("--all", "all_open", is_flag=True, help="Everything that is open.")
@click.option("--again", is_flag=True, help="Also what was retried or discarded before.")
@click.option("--by", help="Who does it.  [default: the user of this terminal]")
@connection_options
def retry(
    *,
    quarantine_ids: tuple[str, ...],
    all_open: bool,
    again: bool,
    by: str | None,
    bootstrap_servers: str | None,
    data_dir: Path | None,
) -> None:
    """Put records back at the end of their log partition, byte for byte, to be processed again.

    A record is retried once; --again does it another time.
    """
    kafka = find(bootstrap_servers, data_dir).kafka
    cases = _chosen(read_cases(kafka), quarantine_ids, all_open=all_open, again=again)
    resolve(kafka, cases, "retried", by=by or _user())


@command.command()
@click.argument("quarantine_ids", nargs=-1, metavar="[ID]…")
@click.option("--all", "all_open", is_flag=True, help="Everything that is open.")
@click.option("--by", help="Who does it.  [default: the user of this terminal]")
@connection_options
def discard(
    *,
    quarantine_ids: tuple[str, ...],
    all_open: bool,
    by: str | None,
    bootstrap_servers: str | None,
    data_dir: Path | None,
) -> None:
    """Note that records will not be processed. They stay where they are and can be looked at."""
    kafka = find(bootstrap_servers, data_dir).kafka
    cases = _chosen(read_cases(kafka), quarantine_ids, all_open=all_open, again=False)
    resolve(kafka, cases, "discarded", by=by or _user())


def read_cases(kafka: Kafka | str) -> dict[str, Case]:
    """Return everything in quarantine by id.

    Raises:
        ClientError: Kafka cannot be read.
        NotDoneError: The quarantine topic itself holds something unreadable.
    """
    from schemas.records.control import QuarantineResolved, RecordQuarantined  # noqa: PLC0415
    from streams.client import Follower, Unreadable  # noqa: PLC0415
    from streams.topics import QUARANTINE  # noqa: PLC0415

    cases: dict[str, Case] = {}
    resolutions: list[QuarantineResolved] = []
    with Follower(kafka, [QUARANTINE], start="earliest", stop_at_end=True) as follower:
        for item in follower:
            if isinstance(item, Unreadable):
                where = f"{item.topic}[{item.partition}]@{item.offset}"
                click.echo(f"cuestream: {where} is no record: {item.because}", err=True)
                continue
            match item.record:
                case RecordQuarantined() as record:
                    cases[record.quarantine_id] = Case(record, item.partition, [])
                case QuarantineResolved() as record:
                    resolutions.append(record)
                case _:
                    pass
    # A resolution may stand in another partition than its case, and so be read before it.
    for resolution in sorted(resolutions, key=lambda record: record.recorded_at_ms):
        if resolution.quarantine_id in cases:
            cases[resolution.quarantine_id].resolutions.append(resolution)
    return cases


def resolve(
    kafka: Kafka | str, cases: list[Case], resolution: Literal["retried", "discarded"], *, by: str
) -> None:
    """Do and note what was decided, one case after the other, each awaited.

    Raises:
        ClientError: Kafka did not take something; the cases before it are done.
    """
    from schemas.records.control import QuarantineResolved  # noqa: PLC0415
    from streams.client import Producer  # noqa: PLC0415
    from streams.topics import QUARANTINE  # noqa: PLC0415

    with Producer(kafka, source="/cli/quarantine") as producer:
        for case in cases:
            record = case.record
            where = ""
            if resolution == "retried":
                headers = [*record.headers.items(), (RETRY_HEADER, record.quarantine_id.encode())]
                receipt = producer.send_bytes(
                    record.log,
                    _original(kafka, record),
                    key=record.key,
                    headers=headers,
                    partition=record.partition,
                ).result(timeout=ACKNOWLEDGEMENT_S)
                where = f" as {receipt.topic}/{receipt.partition}/{receipt.offset}"
            noted = QuarantineResolved(
                tenant=record.tenant,
                occurred_at_ms=time.time_ns() // 1_000_000,
                causation_id=record.quarantine_id,
                quarantine_id=record.quarantine_id,
                resolution=resolution,
                resolved_by=by,
            )
            producer.send(noted, topic=QUARANTINE, partition=case.partition).result(
                timeout=ACKNOWLEDGEMENT_S
            )
            click.echo(f"{resolution} {record.quarantine_id}{where}")


def _original(kafka: Kafka | str, record: RecordQuarantined) -> bytes | None:
    """Return a quarantined input's value; one too large for quarantine is read from its log.

    Raises:
        NotDoneError: It was a timer and no record, or the log no longer has it.
    """
    if "#" in record.quarantine_id:
        raise NotDoneError(
            f"{record.quarantine_id} is a timer that could not fire, and no record to send again."
            " Mend the rule; what the timer should have done comes with the conversation's next"
            " input. Then discard it"
        )
    if record.value is not None:
        return record.value
    from streams.replay.logs import KafkaLogs  # noqa: PLC0415
    from streams.settings import Kafka as KafkaSettings  # noqa: PLC0415

    settings = KafkaSettings(bootstrap_servers=kafka) if isinstance(kafka, str) else kafka
    with KafkaLogs(settings) as logs:
        for run in logs.read(record.log, record.partition, record.offset, record.offset + 1):
            for found in run:
                value: bytes | None = found.value
                return value
    raise NotDoneError(f"{record.quarantine_id}: the log no longer has it; discard it")


def _chosen(
    cases: dict[str, Case], quarantine_ids: tuple[str, ...], *, all_open: bool, again: bool
) -> list[Case]:
    if all_open == bool(quarantine_ids):
        raise click.UsageError("name what to take: either ids or --all.")
    if all_open:
        chosen = [case for case in cases.values() if again or case.state == "open"]
        if not chosen:
            raise NotDoneError("nothing is open in quarantine")
        return chosen
    chosen = [_case(cases, quarantine_id) for quarantine_id in dict.fromkeys(quarantine_ids)]
    for case in chosen:
        if case.state != "open" and not again:
            last = case.resolutions[-1]
            raise NotDoneError(
                f"{case.record.quarantine_id} was {last.resolution} before by {last.resolved_by}; "
                "retry takes it another time with --again. Nothing was done"
            )
    return chosen


def _case(cases: dict[str, Case], quarantine_id: str) -> Case:
    try:
        return cases[quarantine_id]
    except KeyError:
        raise NotDoneError(
            f"{quarantine_id} is not in quarantine; ids have the form log/partition/offset, "
            "and `cuestream quarantine list --all` shows them"
        ) from None


def _plain(case: Case) -> dict[str, Any]:
    from schemas import catalogue  # noqa: PLC0415

    return catalogue.to_json(case.record) | {
        "state": case.state,
        "resolutions": [catalogue.to_json(resolution) for resolution in case.resolutions],
    }


def _readable(value: bytes | None) -> str:
    from schemas import catalogue, codec  # noqa: PLC0415
    from schemas.errors import UndecodableError  # noqa: PLC0415

    try:
        record = codec.decode(value or b"")
    except UndecodableError:
        return _shown(value)
    return f"{record.FULL_NAME} {json.dumps(catalogue.to_json(record), ensure_ascii=False)}"


def _shown(data: bytes | None) -> str:
    if data is None:
        return "(none)"
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = ""
    if text and text.isprintable():
        return text if len(text) <= 400 else f"{text[:399]}…"
    return f"{data[:96].hex(' ')}{' …' if len(data) > 96 else ''}  ({len(data):,} bytes)"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
