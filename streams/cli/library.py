"""`cuestream library`: mine, curate and publish what customers want, from the terminal."""

from __future__ import annotations

import getpass
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

import click

from streams.cli.errors import NotDoneError
from streams.cli.library_lines import comparison_lines, library_lines, run_lines, told_run
from streams.cli.target import connection_options, find

if TYPE_CHECKING:
    from processors.miner.mined import Mined
    from schemas.records.library import MiningEnded
    from streams.library.asking import Known
    from streams.settings import Kafka

ANSWER_S: Final = 15.0
"""How long the processor may take to say what became of a command."""
WORK_S: Final = 120.0
"""How long mining or training may say nothing at all."""
DRY_RUN_S: Final = 300.0

F = TypeVar("F", bound=Callable[..., Any])


def of_tenant(function: F) -> F:
    """Add what every verb has."""
    tenant = click.option("--tenant", default="demo", show_default=True, help="Whose library.")
    return tenant(connection_options(function))


@click.group(name="library")
def command() -> None:
    """Look after the library of intents. Each verb says what happened, or why not."""


@command.command()
@of_tenant
def show(*, tenant: str, bootstrap_servers: str | None, data_dir: Path | None) -> None:
    """List the intents with their ids, and what is in force."""
    from streams.library.asking import known  # noqa: PLC0415

    found = known(find(bootstrap_servers, data_dir).kafka, tenant)
    for line in library_lines(found):
        click.echo(line)


@command.command()
@click.option(
    "--granularity",
    type=click.Choice(["low", "medium", "high"]),
    help="Fewer, larger intents, or more, smaller ones.  [default: the library's setting]",
)
@click.option(
    "--simulate",
    type=click.IntRange(min=1),
    metavar="N",
    help="Try it on the last N conversations; the library stays as it is.",
)
@click.option(
    "--last", type=click.IntRange(min=1), metavar="N", help="Only the last N conversations."
)
@click.option("--all", "is_all", is_flag=True, help="All there is, not only the last two months.")
@click.option(
    "--report", type=click.Path(path_type=Path), metavar="FILE", help="An HTML page to look at."
)
@of_tenant
def mine(  # noqa: PLR0913
    *,
    granularity: str | None,
    simulate: int | None,
    last: int | None,
    is_all: bool,
    report: Path | None,
    tenant: str,
    bootstrap_servers: str | None,
    data_dir: Path | None,
) -> None:
    """Let the worker mine the conversations it knows, and follow it to the end.

    What it finds waits for review: cuestream library review.
    """
    from schemas.records.library import StartMining  # noqa: PLC0415

    if simulate is not None and last is not None:
        raise click.UsageError("--simulate N is over the last N already; leave out --last")
    if report is not None:
        _require_place(report)
    kafka = find(bootstrap_servers, data_dir).kafka
    given = StartMining(
        **_by(tenant),
        run_id=f"run-{uuid.uuid4().hex[:16]}",
        is_simulation=simulate is not None,
        granularity=granularity,
        records_max=simulate or last,
        since_ms=0 if is_all else None,
    )
    assert given.run_id is not None, "just made"
    ended = _followed(kafka, [given], given.run_id)
    mined = _result(kafka, tenant, given.run_id)
    if report is not None:
        from streams.mining.report import page  # noqa: PLC0415
        from streams.mining.writing import whole  # noqa: PLC0415

        with whole(report) as opened:
            opened.write(page(mined, title=f"{tenant}, run {given.run_id}").encode())
    for line in run_lines(mined, ended):
        click.echo(line)


@command.command()
@of_tenant
def runs(*, tenant: str, bootstrap_servers: str | None, data_dir: Path | None) -> None:
    """List mining runs, newest first."""
    from streams.library.asking import known  # noqa: PLC0415

    found = known(find(bootstrap_servers, data_dir).kafka, tenant)
    newest = sorted(found.runs.values(), key=lambda run: -run.occurred_at_ms)
    for run in newest:
        click.echo(told_run(run))
    click.echo(f"{len(newest):,} runs", err=True)


@command.command()
@click.argument("status", type=click.Choice(["approved", "pending", "discarded"]))
@click.argument("intents", nargs=-1, metavar="[INTENT]…")
@click.option("--all", "is_all", is_flag=True, help="All that are pending.")
@of_tenant
def review(
    *,
    status: Literal["approved", "pending", "discarded"],
    intents: tuple[str, ...],
    is_all: bool,
    tenant: str,
    bootstrap_servers: str | None,
    data_dir: Path | None,
) -> None:
    """Set the review status of each INTENT: its id, the beginning of that, or its name."""
    from schemas.records.library import (  # noqa: PLC0415
        IntentChanged,
        LibraryCommandAnswered,
        ReviewIntents,
    )
    from streams.library.asking import asked, known  # noqa: PLC0415

    if bool(intents) == is_all:
        raise click.UsageError("name the intents, or say --all for all that are pending")
    kafka = find(bootstrap_servers, data_dir).kafka
    library = known(kafka, tenant)
    if is_all:
        ids = [one.intent_id for one in library.living() if one.status == "pending"]
    else:
        ids = [_named(library, one) for one in intents]
    waiting = {one for one in ids if library.intents[one].status != status}
    if not waiting:
        what = "no intent is pending" if is_all else f"they are {status} already"
        raise NotDoneError(f"{tenant}: {what}. See: cuestream library show")
    given = ReviewIntents(**_by(tenant), intent_ids=tuple(sorted(waiting)), status=status)
    changed, warnings = 0, set[str]()
    for record in asked(kafka, [given], ANSWER_S):
        match record:
            case LibraryCommandAnswered() if record.command_id == given.command_id:
                for part in record.refused:
                    click.echo(f"{part.item_id}: {part.because}", err=True)
                    waiting.discard(part.item_id)
            case IntentChanged() if record.intent_id in waiting and record.status == status:
                waiting.discard(record.intent_id)
                warnings.update(record.warnings)
                changed += 1
            case _:
                pass
        if not waiting:
            break
    for warning in sorted(warnings):
        click.echo(f"warning: {warning}", err=True)
    click.echo(f"{changed:,} intents are {status} now")


@command.command()
@click.option("--note", default="", help="What changed, for people.")
@of_tenant
def publish(
    *, note: str, tenant: str, bootstrap_servers: str | None, data_dir: Path | None
) -> None:
    """Bring what is approved into force, and wait until it is.

    Prints the digest of the version.
    """
    from schemas.records.library import (  # noqa: PLC0415
        LibraryPublished,
        PublicationDue,
        PublicationEnded,
        PublishLibrary,
    )
    from streams.library.asking import asked  # noqa: PLC0415

    kafka = find(bootstrap_servers, data_dir).kafka
    given = PublishLibrary(**_by(tenant), note=note)
    version: int | None = None
    for record in asked(kafka, [given], WORK_S):
        match record:
            case PublicationDue():
                version = record.version
                click.echo(f"version {version}: training {record.intents:,} intents", err=True)
            case PublicationEnded() if record.version == version:
                raise NotDoneError(f"version {version} is not in force: {record.because}")
            case LibraryPublished() if record.version == version:
                told = "" if record.accuracy is None else f", accuracy {record.accuracy:.1%}"
                click.echo(
                    f"version {version} is in force: {record.intents:,} intents, "
                    f"{record.examples:,} examples{told}",
                    err=True,
                )
                click.echo(record.digest)
                return
            case _:
                pass


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@of_tenant
def export(
    *, file: Path, tenant: str, bootstrap_servers: str | None, data_dir: Path | None
) -> None:
    """Write the library in force to FILE, as cuestream detect reads it."""
    from streams.library.asking import known  # noqa: PLC0415
    from streams.mining.writing import whole  # noqa: PLC0415
    from streams.reference_publication import published_reference  # noqa: PLC0415

    _require_place(file)
    kafka = find(bootstrap_servers, data_dir).kafka
    published = known(kafka, tenant).published
    if published is None:
        raise NotDoneError(
            f"{tenant}: no library is in force; do it with cuestream library publish"
        )
    artefact = published_reference(kafka, "intent.library", tenant=tenant, digest=published.digest)
    if artefact is None:
        raise NotDoneError(f"{tenant}: version {published.version} is not on the reference topic")
    with whole(file) as opened:
        opened.write(artefact.content)
    click.echo(f"version {published.version}, {published.intents:,} intents: {file}")


@command.command(name="import")
@click.argument("source", metavar="FILE|FOLDER", type=click.Path(path_type=Path))
@click.option(
    "--granularity",
    type=click.Choice(["low", "medium", "high"]),
    help="With which it was mined.  [default: the library's setting]",
)
@of_tenant
def import_(
    *,
    source: Path,
    granularity: Literal["low", "medium", "high"] | None,
    tenant: str,
    bootstrap_servers: str | None,
    data_dir: Path | None,
) -> None:
    """Bring in a library from elsewhere: its intents wait for review like mined ones.

    FOLDER is what cuestream mine --output or cuestream train --output wrote; with assignments.jsonl
    in it, intents count by their turns. What people edited here is not overwritten, and what they
    discarded does not come back.
    """
    from streams.library.importing import counts_of, mined_of, records_of  # noqa: PLC0415
    from streams.mining.reading import read_library  # noqa: PLC0415

    content = read_library(source)
    if not content.intents:
        raise NotDoneError(f"{source}: the library has no intents")
    mined = mined_of(content, counts_of(source))
    kafka = find(bootstrap_servers, data_dir).kafka
    run_id = f"import-{uuid.uuid4().hex[:16]}"
    given = list(
        records_of(
            mined,
            tenant=tenant,
            run_id=run_id,
            source=source.name,
            granularity=granularity,
            encoder=content.encoder,
            now_ms=_now_ms(),
        )
    )
    ended = _followed(kafka, given, run_id)
    click.echo(
        f"{ended.intents:,} intents: {ended.added:,} new, {ended.updated:,} known, "
        f"{ended.left_out:,} left out (discarded here, or said too seldom)"
    )


@command.command(name="dry-run")
@click.option(
    "--conversations",
    type=click.IntRange(1, 1_000),
    default=200,
    show_default=True,
    help="Over the last so many.",
)
@click.option("--url", help="Query API to ask.  [default: that of the run on this machine]")
@click.option("--token", help="Token for it.  [default: that of the run on this machine]")
@connection_options
def dry_run(
    *,
    conversations: int,
    url: str | None,
    token: str | None,
    bootstrap_servers: str | None,
    data_dir: Path | None,
) -> None:
    """Say what publishing now would change in the last conversations."""
    import msgspec  # noqa: PLC0415

    from streams.api.dry_run_answers import DryRunAnswer  # noqa: PLC0415

    if url is None or token is None:
        instance = find(bootstrap_servers, data_dir).instance
        if instance is None:
            raise NotDoneError("which worker? Give --url and --token: no run on this machine")
        url = url or instance.url
        if token is None and instance.token_file is not None:
            token = instance.token_file.read_text(encoding="utf-8").strip()
    posted = _posted(url, token or "", {"conversations": conversations})
    try:
        answer = msgspec.json.decode(posted, type=DryRunAnswer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise NotDoneError(f"{url} answers, but is no query API of cuestream") from fault
    for line in comparison_lines(answer):
        click.echo(line)


def _by(tenant: str) -> dict[str, Any]:
    """Return what every command says of itself."""
    return {
        "tenant": tenant,
        "occurred_at_ms": _now_ms(),
        "command_id": uuid.uuid4().hex,
        "actor_id": getpass.getuser(),
    }


def _followed(kafka: Kafka, given: list[Any], run_id: str) -> MiningEnded:
    """Append records and follow a mining run to its end, with progress."""
    from schemas.records.library import (  # noqa: PLC0415
        MiningEnded,
        MiningProgressed,
        MiningStarted,
    )
    from streams.cli.mine import Phases  # noqa: PLC0415
    from streams.library.asking import asked  # noqa: PLC0415

    with Phases() as phases:
        for record in asked(kafka, given, WORK_S):
            if getattr(record, "run_id", None) != run_id:
                continue
            match record:
                case MiningStarted(attempt=attempt) if attempt > 1:
                    click.echo(f"begun anew: attempt {attempt}", err=True)
                case MiningProgressed():
                    phases(record.phase, record.done, record.total)
                case MiningEnded(state="failed"):
                    raise NotDoneError(f"run {run_id} failed: {record.because}")
                case MiningEnded():
                    return record
                case _:
                    pass
    raise NotDoneError(f"nothing came of run {run_id}")


def _result(kafka: Kafka, tenant: str, run_id: str) -> Mined:
    """Return what a run found, as the log holds it."""
    import msgspec  # noqa: PLC0415

    from processors.miner.mined import Figures, Mined, MinedIntent  # noqa: PLC0415
    from streams.library.asking import results_of  # noqa: PLC0415
    from streams.library.messages import Tree  # noqa: PLC0415

    contents, finished = results_of(kafka, tenant, run_id)
    tree = msgspec.json.decode(finished.tree, type=Tree)
    return Mined(
        intents=tuple(msgspec.json.decode(one, type=MinedIntent) for one in contents),
        leaves=tree.leaves,
        merges=tree.merges,
        cut=tree.cut,
        cuts=tree.cuts,
        assigned=(),
        figures=msgspec.json.decode(finished.figures, type=Figures),
        encoder=finished.encoder,
    )


def _named(library: Known, wanted: str) -> str:
    """Return the id of the intent that is meant.

    Raises:
        NotDoneError: None is, or several are.
    """
    if wanted in library.intents:
        return wanted
    living = library.living()
    found = [one for one in living if one.name.casefold() == wanted.casefold()]
    found = found or [one for one in living if one.intent_id.startswith(wanted)]
    if len(found) == 1:
        return found[0].intent_id
    if not found:
        raise NotDoneError(f"there is no intent {wanted!r}. See: cuestream library show")
    ids = ", ".join(one.intent_id for one in found)
    raise NotDoneError(f"{wanted!r} may be any of {ids}; name one by its id")


def _posted(url: str, token: str, given: dict[str, Any]) -> bytes:
    """Return the answer to a dry run.

    Raises:
        NotDoneError: The worker refuses it, or does not answer.
    """
    import http.client  # noqa: PLC0415
    import json  # noqa: PLC0415
    import urllib.error  # noqa: PLC0415
    import urllib.request  # noqa: PLC0415

    if not (token.isascii() and token.isprintable()):
        raise NotDoneError("the token is none: it has characters that no token has")
    if not url.startswith(("http://", "https://")):
        raise NotDoneError(f"{url!r} is no address; write for example http://127.0.0.1:8420")
    asking = urllib.request.Request(
        f"{url.rstrip('/')}/v1/library/dry-run",
        data=json.dumps(given).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(asking, timeout=DRY_RUN_S) as answer:
            body: bytes = answer.read()
            return body
    except urllib.error.HTTPError as refused:
        raise NotDoneError(_detail(refused.read()) or f"{url} answers {refused.code}") from refused
    except (urllib.error.URLError, OSError) as fault:
        because = getattr(fault, "reason", fault)
        raise NotDoneError(f"{url} does not answer: {because}") from fault
    except (ValueError, http.client.HTTPException) as fault:
        raise NotDoneError(f"{url!r} cannot be asked: {fault}") from fault


def _detail(body: bytes) -> str:
    import json  # noqa: PLC0415

    try:
        return str(json.loads(body)["detail"])
    except (ValueError, KeyError, TypeError):
        return ""


def _require_place(file: Path) -> None:
    """Return when a file can be written, in a folder that is there."""
    from streams.mining.writing import require_file  # noqa: PLC0415

    if not file.absolute().parent.exists():
        raise NotDoneError(f"{file}: there is no folder {file.parent}; make it, or name another")
    require_file(file)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
