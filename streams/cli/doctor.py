"""`cuestream doctor`: is this machine and the cluster fit, and if not, what to do."""

from __future__ import annotations

import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from streams.cli.errors import CliError, NotDoneError, NothingRunsError
from streams.cli.target import connection_options, find, read_instance, settings_of

if TYPE_CHECKING:
    from streams.cli.target import Target
    from streams.settings import Settings

Verdict = Literal["ok", "note", "wrong"]

COLOURS: dict[Verdict, str] = {"ok": "green", "note": "yellow", "wrong": "red"}
FREE_BYTES_MIN = 1_000_000_000
PYTHON_MIN = (3, 11)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: a sentence and what to make of it."""

    verdict: Verdict
    about: str
    says: str


@click.command()
@connection_options
def command(*, bootstrap_servers: str | None, data_dir: Path | None) -> None:
    """Check this machine and the cluster; a sentence for each thing.

    Exit code 1 when something is wrong. `note` is worth knowing and harms nothing.
    """
    findings = list(examine(bootstrap_servers, data_dir))
    for finding in findings:
        mark = click.style(f"{finding.verdict:<5}", fg=COLOURS[finding.verdict])
        click.echo(f"{mark}  {finding.about:<9} {finding.says}")
    wrong = sum(finding.verdict == "wrong" for finding in findings)
    if wrong:
        raise NotDoneError(f"{wrong} of {len(findings)} checks found something wrong; see above")


def examine(bootstrap_servers: str | None, data_dir: Path | None) -> Iterator[Finding]:
    """Yield what every check finds."""
    yield _python()
    try:
        settings = settings_of(bootstrap_servers=bootstrap_servers, data_dir=data_dir)
    except CliError as error:
        yield Finding("wrong", "settings", str(error))
        return
    yield Finding("ok", "settings", "the environment and cuestream.toml are understood")
    folder = settings.worker.data_dir
    yield _disk(folder)
    yield _java()
    yield _jars()
    instance, because = read_instance(folder)
    if instance is not None:
        yield Finding("ok", "run", f"cuestream runs at {instance.url} (process {instance.pid})")
    else:
        yield Finding("note", "run", f"no cuestream runs in {folder}: {because}")
        yield from _ports(settings)
    yield _console()
    yield _exposure(settings)
    try:
        target = find(bootstrap_servers, data_dir)
    except NothingRunsError:
        yield Finding("note", "broker", "no cluster is named and none runs here: not looked at")
        return
    yield from _cluster(target)


def _python() -> Finding:
    found = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] < PYTHON_MIN:
        return Finding("wrong", "python", f"this is {found}; cuestream needs 3.11 or newer")
    return Finding("ok", "python", found)


def _disk(folder: Path) -> Finding:
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not existing.is_dir():
        return Finding("wrong", "disk", f"{existing} is a file; --data-dir must be a folder")
    free_bytes = shutil.disk_usage(existing).free
    says = f"{free_bytes / 1e9:.1f} GB free for {folder}"
    if free_bytes < FREE_BYTES_MIN:
        return Finding("wrong", "disk", f"{says}; have at least {FREE_BYTES_MIN / 1e9:.0f} GB")
    return Finding("ok", "disk", says)


def _java() -> Finding:
    from streams.broker.errors import BrokerError  # noqa: PLC0415
    from streams.broker.local import find_java  # noqa: PLC0415

    try:
        java = find_java()
    except BrokerError as error:
        return Finding("note", "java", f"{error}")
    return Finding("ok", "java", f"Java {java.major} at {java.path}, for the local Kafka")


def _jars() -> Finding:
    from streams.broker.jars import JARS, KAFKA_VERSION, cache_dir  # noqa: PLC0415

    folder = cache_dir() / f"kafka-{KAFKA_VERSION}"
    missing = [jar for jar in JARS if not (folder / jar.name).is_file()]
    if missing:
        size_mb = sum(jar.size_bytes for jar in missing) / 1e6
        says = f"{len(missing)} of {len(JARS)} files of Kafka {KAFKA_VERSION} ({size_mb:.0f} MB)"
        return Finding("note", "kafka", f"{says} will be fetched into {folder} by cuestream up")
    return Finding("ok", "kafka", f"Kafka {KAFKA_VERSION} is in {folder}")


def _ports(settings: Settings) -> Iterator[Finding]:
    for about, port in (("console", settings.api.port), ("kafka", 19_092)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                says = f"port {port} cannot be had ({error.strerror}); cuestream up takes the next"
                yield Finding("note", "port", f"{about}: {says}")
            else:
                yield Finding("ok", "port", f"{about}: port {port} is free")


def _console() -> Finding:
    index = Path(__file__).parent.parent / "console" / "dist" / "index.html"
    if index.is_file():
        return Finding("ok", "console", "the web console is built")
    return Finding(
        "note", "console", f"{index} is missing: the console is not built; run make console"
    )


def _exposure(settings: Settings) -> Finding:
    api = settings.api
    has_keys = api.jwt_secret or api.jwt_public_key or api.jwt_jwks_url
    host = api.host
    if has_keys:
        return Finding("ok", "access", f"the API on {host} asks for signed tokens")
    if host in {"127.0.0.1", "localhost", "::1"}:
        return Finding("ok", "access", "development: the API listens on loopback only")
    return Finding(
        "wrong",
        "access",
        f"the API would listen on {host} without authentication; set CUESTREAM_API__JWT_SECRET, "
        "CUESTREAM_API__JWT_PUBLIC_KEY or CUESTREAM_API__JWT_JWKS_URL",
    )


def _cluster(target: Target) -> Iterator[Finding]:
    from streams.broker.admin import verify_topics  # noqa: PLC0415
    from streams.broker.errors import BrokerError  # noqa: PLC0415
    from streams.client.connection import options_of, require_broker  # noqa: PLC0415
    from streams.client.errors import ClientError  # noqa: PLC0415

    kafka = target.kafka
    try:
        require_broker(options_of(kafka))
    except ClientError as error:
        yield Finding("wrong", "broker", str(error))
        return
    yield Finding("ok", "broker", f"Kafka answers at {kafka.bootstrap_servers}")
    if kafka.security_protocol in {"PLAINTEXT", "SASL_PLAINTEXT"} and not _is_loopback(
        kafka.bootstrap_servers
    ):
        yield Finding(
            "wrong",
            "broker",
            f"{kafka.security_protocol} to another machine: everybody on the way can read it; "
            "use SASL_SSL or SSL",
        )
    try:
        counts = verify_topics(kafka)
    except BrokerError as error:
        yield Finding("wrong", "topics", str(error))
        return
    yield Finding("ok", "topics", f"all {len(counts)} topics are there and as planned")
    yield _guarded("quarantine", lambda: _quarantine(target))


def _quarantine(target: Target) -> Finding:
    from streams.cli.quarantine import read_cases  # noqa: PLC0415

    cases = read_cases(target.kafka)
    waiting = sum(case.state == "open" for case in cases.values())
    if waiting:
        says = f"{waiting:,} records wait in quarantine; see cuestream quarantine list"
        return Finding("note", "inputs", says)
    return Finding("ok", "inputs", "nothing waits in quarantine")


def _guarded(about: str, look: Callable[[], Finding]) -> Finding:
    from streams.client.errors import ClientError  # noqa: PLC0415

    try:
        return look()
    except ClientError as error:
        return Finding("wrong", about, str(error))


def _is_loopback(bootstrap_servers: str) -> bool:
    names = ("127.", "localhost", "[::1]")
    return all(server.strip().startswith(names) for server in bootstrap_servers.split(","))
