"""`cuestream demo`: everything on this machine, with something to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from streams.cli.up import options_from, run, up_options


@click.command()
@click.option(
    "--import",
    "imports",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also import this data set; may be repeated.",
)
@click.option("--no-script", is_flag=True, help="Do not play the written conversations.")
@click.option(
    "--speed",
    type=click.FloatRange(0, 1_000),
    default=1.0,
    show_default=True,
    help="2 plays twice as fast; 0 does not wait.",
)
@click.option(
    "--history/--no-history",
    "with_history",
    default=None,
    help="Bring in past conversations to mine, once.  [default: with the script]",
)
@up_options
def command(
    *,
    imports: tuple[Path, ...],
    no_script: bool,
    speed: float,
    with_history: bool | None,
    **given: Any,
) -> None:
    """Run everything on this machine, publish the demo articles and play eight conversations.

    Data is kept in the data folder between runs. For development: it listens on loopback only.
    """
    from streams.cli.options import DemoOptions  # noqa: PLC0415

    demo = DemoOptions(
        imports=imports,
        with_script=not no_script,
        speed=speed,
        with_history=not no_script if with_history is None else with_history,
    )
    run(options_from(**given, demo=demo))
