"""`cuestream token`: a bearer token for the query API."""

from __future__ import annotations

import time
from pathlib import Path

import click

from streams.cli.errors import NotDoneError
from streams.cli.target import common_options, read_instance, settings_of

HS256_BYTES_MIN = 32


@click.command()
@click.option("--user", default="ann", show_default=True, help="Who it is for (sub).")
@click.option("--tenant", default="demo", show_default=True, help="Whose data they may see.")
@click.option("--name", help="Name to show.")
@click.option(
    "--role", "roles", multiple=True, help="A role; may be repeated.  [default: representative]"
)
@click.option("--team", "teams", multiple=True, help="A team.")
@click.option("--queue", "queues", multiple=True, help="A queue a supervisor watches.")
@click.option(
    "--minutes",
    type=click.IntRange(1, 60 * 24 * 31),
    default=480,
    show_default=True,
    help="How long it is good for.",
)
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Data folder of the run on this machine.  [default: .data]",
)
@common_options
def command(  # noqa: PLR0913
    *,
    user: str,
    tenant: str,
    name: str | None,
    roles: tuple[str, ...],
    teams: tuple[str, ...],
    queues: tuple[str, ...],
    minutes: int,
    data_dir: Path | None,
) -> None:
    """Print a bearer token for the query API.

    Signed with CUESTREAM_API__JWT_SECRET when that is set; otherwise the token of the development
    run in the data folder, which is ann's and takes none of the options. --role, --team and --queue
    may be repeated.
    """
    settings = settings_of(data_dir=data_dir)
    secret = settings.api.jwt_secret
    if secret is None:
        click.echo(_token_of_run(settings.worker.data_dir))
        return
    if len(secret.get_secret_value().encode()) < HS256_BYTES_MIN:
        raise NotDoneError(
            f"CUESTREAM_API__JWT_SECRET has less than {HS256_BYTES_MIN} bytes; the API refuses it"
        )
    import jwt  # noqa: PLC0415

    now = int(time.time())
    claims: dict[str, object] = {
        "sub": user,
        "tenant": tenant,
        "name": name or user.capitalize(),
        "roles": list(roles or ("representative",)),
        "teams": list(teams),
        "queues": list(queues),
        "iat": now,
        "exp": now + minutes * 60,
    }
    if settings.api.jwt_issuer:
        claims["iss"] = settings.api.jwt_issuer
    if settings.api.jwt_audience:
        claims["aud"] = settings.api.jwt_audience
    click.echo(jwt.encode(claims, secret.get_secret_value(), algorithm="HS256"))


def _token_of_run(data_dir: Path) -> str:
    instance, because = read_instance(data_dir)
    if instance is None or instance.token_file is None:
        why = because or "it asks for no token of ours"
        raise NotDoneError(
            f"there is no development run in {data_dir} ({why}) and CUESTREAM_API__JWT_SECRET is "
            "not set, so there is nothing to sign with"
        )
    return instance.token_file.read_text(encoding="utf-8").strip()
